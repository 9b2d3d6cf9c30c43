"""What a caller, a model or the world can make of a wait: every outcome that the walk tries there.

Knows a run's waits and which answers turn a condition; goes nowhere by itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from app.domain.answers import Source, Understood
from app.domain.call import Value
from app.domain.conversation import Field
from app.domain.errands import ErrandResult
from app.flows import questions, turning
from app.flows.interpreter import FlowRun
from app.flows.model import Flow, wanted_of
from app.flows.sprint import (
    Asked,
    Converse,
    Conversed,
    ConverseFailed,
    End,
    ErrandEnded,
    Expect,
    Heard,
    NoInput,
    NoMatch,
    Outcome,
    RunErrand,
    Skipped,
    Sprint,
    TransferFailed,
)

MOST_COMBINATIONS: Final = 64
"""Of values that come together, such as those of one reply."""

_YES: Final = Heard(Understood(value=True, label=""), Source.KEY, "1")


@dataclass(frozen=True, slots=True)
class Act:
    """Something to try: what a conversation brings, then the outcome; `again` until the flow goes on.

    `is_plain` is what callers and the world do mostly: an answer, a reply.
    """

    outcome: Outcome
    learned: Mapping[str, Value] | None = None
    again: bool = False
    is_plain: bool = False


class Trying:
    """The acts of one flow's waits."""

    def __init__(self, flow: Flow, reads: turning.Reads) -> None:
        self._flow = flow
        self._reads = reads

    def acts(self, sprint: Sprint) -> Iterable[Act]:
        """Yield everything to try where this sprint stopped."""
        match sprint.wait:
            case Expect():
                yield from self._answers(sprint.wait)
                yield from _requests(sprint.wait)
            case Converse():
                yield from self._conversations(sprint.wait)
                yield from _requests(sprint.wait.expect)
            case RunErrand(step=step):
                yield from self._results(step)
            case _:
                yield Act(TransferFailed())

    def _answers(self, expect: Expect) -> Iterator[Act]:
        yield Act(NoInput(), again=True)
        yield Act(NoMatch(Source.SPEECH, "?"), again=True)
        if expect.optional:
            yield Act(Skipped())
        for special in expect.grammar.specials:
            understood = Understood(None, "", status=special.status)
            yield Act(Heard(understood, Source.KEY, special.key or ""))
        for value in turning.values_for(expect.grammar.body, expect.step, self._reads):
            understood = Understood(value, str(value))
            if questions.is_allowed(expect.grammar, understood):
                yield Act(Heard(understood, Source.KEY, str(value)), is_plain=True)

    def _results(self, name: str) -> Iterator[Act]:
        """Try that it fails, and that it is done and brings what it may."""
        yield Act(ErrandEnded(ErrandResult(ok=False, reason="failed")))
        wanted = next(wanted_of(step) for step in self._flow.steps if step.name == name)
        fields = [Field(each.name, each.kind, choices=each.choices) for each in wanted]
        for values in islice(
            product(*(turning.values_of(f, self._reads) for f in fields)), MOST_COMBINATIONS
        ):
            brought = {field.name: value for field, value in zip(fields, values, strict=True)}
            yield Act(ErrandEnded(ErrandResult(ok=True, values=brought)), is_plain=True)

    def _conversations(self, wait: Converse) -> Iterator[Act]:
        yield Act(NoInput(), again=True)
        yield Act(NoMatch(Source.KEY, "?"), again=True)
        yield Act(ConverseFailed("failed"))
        for way_out in wait.brief.exits:
            yield Act(Conversed(way_out.name))
        fields = wait.brief.fields
        choices = [turning.values_of(field, self._reads) for field in fields]
        for values in islice(product(*choices), MOST_COMBINATIONS):
            learned = {field.name: value for field, value in zip(fields, values, strict=True)}
            yield Act(Conversed(), learned, is_plain=True)


def _requests(expect: Expect) -> Iterator[Act]:
    for universal in sorted(set(expect.universals.values())):
        yield Act(Asked(universal))


def perform(run: FlowRun, act: Act) -> Sprint:
    """Do it; a read-back is agreed to. Returns where the run stopped then."""
    if act.learned:
        run.learn(act.learned)
    sprint = run.resume(act.outcome)
    while not has_moved(sprint):
        if isinstance(sprint.wait, Expect) and sprint.wait.confirming:
            sprint = run.resume(_YES)
        elif act.again:  # ends, because attempts run out
            sprint = run.resume(act.outcome)
        else:
            break
    return sprint


def has_moved(sprint: Sprint) -> bool:
    """Whether the flow went on."""
    return bool(sprint.path or sprint.settled) or isinstance(sprint.wait, End | RunErrand)
