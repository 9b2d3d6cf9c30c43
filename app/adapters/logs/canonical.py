"""One log line per turn and one per call, made from what a session's ledger tells its watchers."""

from dataclasses import dataclass
from typing import Any, Final

import structlog

from app.domain.call import CallId, Millis
from app.engine.actions import AnswerGiven, CallEnded, Order, Record, StepsEntered, TurnTaken
from app.engine.events import Fact

_MAX_CALLS: Final = 10_000
"""Calls remembered at once: more than ever live, since those that another process took over stay here."""


@dataclass(slots=True)
class CallTally:
    """What the line of a whole call adds up."""

    turns: int = 0
    answers: int = 0
    barge_ins: int = 0
    false_alarms: int = 0
    language: str = ""
    last_step: str = ""


class CanonicalLines:
    """A watcher of ledgers. Values of sensitive questions must come masked, as ledgers tell them."""

    def __init__(self) -> None:
        self._tallies: dict[CallId, CallTally] = {}
        self._log = structlog.get_logger("dialai.call")

    def __call__(self, call: CallId, at: Millis, fact: Fact, orders: tuple[Order, ...]) -> None:
        """Take one journal line."""
        self._log.debug("fact", call_id=call, at_ms=at, kind=type(fact).__name__, orders=len(orders))
        for order in orders:
            self.saw(call, order, at)

    def saw(self, call: CallId, order: Order, at: Millis) -> None:
        """Take one order; write a line when it ends a turn or the call."""
        if not isinstance(order, Record):
            return
        tally = self._tallies.setdefault(call, CallTally())
        match order.entry:
            case TurnTaken() as turn:
                tally.turns += 1
                tally.barge_ins += turn.barged_in
                tally.false_alarms += turn.false_alarms
                log_turn(self._log, call, turn)
            case AnswerGiven():
                tally.answers += 1
            case StepsEntered(steps=steps, language=language):
                tally.language = language
                tally.last_step = steps[-1] if steps else tally.last_step
            case CallEnded() as end:
                del self._tallies[call]
                log_call(self._log, call, end, tally, at)
            case _:
                pass
        if len(self._tallies) > _MAX_CALLS:
            del self._tallies[next(iter(self._tallies))]


def log_turn(log: Any, call: CallId, turn: TurnTaken) -> None:  # noqa: ANN401 - a structlog logger of any kind
    """Write a turn's one line."""
    log.info(
        "turn",
        call_id=call,
        turn=turn.turn,
        step=turn.step,
        kind=turn.kind,
        source=turn.source,
        outcome=turn.outcome,
        barged_in=turn.barged_in,
        false_alarms=turn.false_alarms,
        latency_ms=dict(turn.latency_ms),
        personal={
            "prompt": turn.prompt,
            "heard": turn.heard,
            "input": turn.input,
            "understood": turn.understood,
        },
    )


def log_call(log: Any, call: CallId, end: CallEnded, tally: CallTally, at: Millis) -> None:  # noqa: ANN401 - as above
    """Write a call's one line; `at` is its length on its own clock."""
    log.info(
        "call",
        call_id=call,
        disposition=end.disposition.value,
        cause=end.cause,
        duration_ms=at,
        turns=tally.turns,
        answers=tally.answers,
        barge_ins=tally.barge_ins,
        false_alarms=tally.false_alarms,
        language=tally.language,
        last_step=tally.last_step,
    )
