"""How far callers come: what happened at each step of a flow, counted; knows no call and no store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.domain.call import Disposition

LEFT_EARLY: Final = frozenset(
    {
        Disposition.PARTIAL,
        Disposition.BREAK_OFF,
        Disposition.REFUSED,
        Disposition.OPTED_OUT,
        Disposition.NO_INPUT,
        Disposition.INTERRUPTED,
        Disposition.ERROR,
    }
)
"""How calls end that end early at a step, whoever ended them.

The caller hung up, refused, wants no more calls or said nothing any more, or the call was cut off. Who is
handed over, called back or asked no further because the flow says so has left no step; neither has whom
nobody reached.
"""


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step of one flow. `reached`, `dropped` and the answers count calls; the rest counts turns.

    `dropped` are the calls that ended early (`LEFT_EARLY`) with this step as the last one asked. `answered`
    is by source (key, text, speech, model), `unanswered` by status (refused, dont_know, no_input, no_match);
    the latest answer of a call counts.
    """

    step: str
    reached: int = 0
    dropped: int = 0
    answered: Mapping[str, int] = field(default_factory=dict)
    unanswered: Mapping[str, int] = field(default_factory=dict)
    turns: int = 0
    no_inputs: int = 0
    no_matches: int = 0
    helps: int = 0
    repeats: int = 0
    barge_ins: int = 0
    false_alarms: int = 0
    answer_ms: float | None = None
    flow: str = ""

    @property
    def drop_off(self) -> float | None:
        """The share of those who reached the step that went no further."""
        return self.dropped / self.reached if self.reached else None


@dataclass(frozen=True, slots=True)
class FlowFigures:
    """One flow: how its calls ended, how long the completed ones lasted, what all cost, and its steps.

    `flow` is empty where all flows are meant; steps of the same name in two flows are two. `cost` is in US
    dollars by list price; None where no prices are set.
    """

    flow: str
    dispositions: Mapping[Disposition, int] = field(default_factory=dict)
    live: int = 0
    median_seconds: float | None = None
    cost: float | None = None
    steps: tuple[StepFigures, ...] = ()

    @property
    def cost_per_completed(self) -> float | None:
        """What all calls together cost for each that was completed."""
        completed = self.dispositions.get(Disposition.COMPLETED, 0)
        return self.cost / completed if self.cost is not None and completed else None
