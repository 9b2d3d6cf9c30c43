"""The exhaustive branch walk: every outcome that matters, at every wait, in every state that differs.

Knows what answers can turn a condition, and runs the flow by itself; plays no audio and asks no model.
An answer that only arithmetic would find (`age * 2 == 30`) is not tried, so such a branch counts as missed.
Two states are the same when the same step waits and everything read from there on has the same values.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Final

from app.domain.answers import Source, Understood
from app.domain.call import Value
from app.domain.conversation import Field
from app.domain.errands import ErrandResult
from app.flows import questions, turning
from app.flows.coverage import Coverage, Tracker
from app.flows.interpreter import FlowRun
from app.flows.model import Flow, wanted_of
from app.flows.sections import telling_seeds
from app.flows.speaking import known_by
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
    TransferTo,
)

MOST_STATES: Final = 5_000
"""States after which the walk stops and says so."""

_MOST_COMBINATIONS: Final = 64
_YES: Final = Heard(Understood(value=True, label=""), Source.KEY, "1")


@dataclass(frozen=True, slots=True)
class Walked:
    """What the walk came to. `ways` counts the outcomes tried; `is_complete` is false if it was cut short."""

    coverage: Coverage
    ways: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class _Act:
    """Something to try: what a conversation brings, then the outcome; `again` until the flow goes on."""

    outcome: Outcome
    learned: Mapping[str, Value] | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Way:
    """How a state is come to, so that it can be come to again: a run cannot be copied."""

    variables: Mapping[str, Value]
    seed: str
    acts: tuple[_Act, ...] = ()


def walk(flow: Flow, *, most_states: int = MOST_STATES) -> Walked:
    """Go through everything that a caller can make of the flow. Deterministic; never raises."""
    return _Walker(flow, most_states).walk()


class _Walker:
    """Breadth first, so that what is never reached was not just too far away."""

    def __init__(self, flow: Flow, most_states: int) -> None:
        self._flow = flow
        self._most = most_states
        self._tracker = Tracker(flow)
        self._reads = turning.Reads(flow)
        self._seen: set[object] = set()
        self._todo: deque[_Way] = deque()
        self._ways = 0

    def walk(self) -> Walked:
        for variables, seed in product(self._variables(), telling_seeds(self._flow.steps)):
            way = _Way(variables, seed)
            run, sprint = self._replay(way)
            self._arrive(way, "", None, sprint, run)
        done = 0
        while self._todo and done < self._most:
            done += 1
            self._expand(self._todo.popleft())
        return Walked(self._tracker.coverage(), self._ways, not self._todo)

    def _variables(self) -> Iterator[Mapping[str, Value]]:
        names = sorted(self._flow.variables & self._reads.anywhere)
        choices = [(None, *self._reads.texts(name), *self._reads.numbers(name)) for name in names]
        for values in islice(product(*choices), _MOST_COMBINATIONS):
            yield dict(zip(names, values, strict=True))

    def _expand(self, way: _Way) -> None:
        _, sprint = self._replay(way)
        for act in tuple(self._acts(sprint)):
            self._ways += 1
            run, before = self._replay(way)
            after = _perform(run, act)
            if _has_moved(after):
                on = replace(way, acts=(*way.acts, act))
                self._arrive(on, before.wait.step, act.outcome, after, run)

    def _replay(self, way: _Way) -> tuple[FlowRun, Sprint]:
        run = FlowRun(self._flow, variables=way.variables, seed=way.seed)
        sprint = run.start()
        for act in way.acts:
            sprint = _perform(run, act)
        return run, sprint

    def _arrive(self, way: _Way, source: str, outcome: Outcome | None, sprint: Sprint, run: FlowRun) -> None:
        self._tracker.note(source, outcome, sprint, run.answers, way.variables)
        if isinstance(sprint.wait, End):
            return
        if isinstance(sprint.wait, TransferTo):
            self._tracker.taken(sprint.wait.step)
        known = known_by(self._flow, way.variables, run.answers, run.language).values
        read = sorted(self._reads.from_step(sprint.wait.step))
        values = tuple(repr(known.get(name)) for name in read)
        kind = type(sprint.wait.errand if isinstance(sprint.wait, RunErrand) else sprint.wait)
        state = (sprint.wait.step, kind, way.seed, values)
        if state not in self._seen:
            self._seen.add(state)
            self._todo.append(way)

    def _acts(self, sprint: Sprint) -> Iterable[_Act]:
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
                yield _Act(TransferFailed())

    def _answers(self, expect: Expect) -> Iterator[_Act]:
        yield _Act(NoInput(), again=True)
        yield _Act(NoMatch(Source.SPEECH, "?"), again=True)
        if expect.optional:
            yield _Act(Skipped())
        for special in expect.grammar.specials:
            understood = Understood(None, "", status=special.status)
            yield _Act(Heard(understood, Source.KEY, special.key or ""))
        for value in turning.values_for(expect.grammar.body, expect.step, self._reads):
            understood = Understood(value, str(value))
            if questions.is_allowed(expect.grammar, understood):
                yield _Act(Heard(understood, Source.KEY, str(value)))

    def _results(self, name: str) -> Iterator[_Act]:
        """Try that it fails, and that it is done and brings what it may."""
        yield _Act(ErrandEnded(ErrandResult(ok=False, reason="failed")))
        wanted = next(wanted_of(step) for step in self._flow.steps if step.name == name)
        fields = [Field(each.name, each.kind, choices=each.choices) for each in wanted]
        for values in islice(
            product(*(turning.values_of(f, self._reads) for f in fields)), _MOST_COMBINATIONS
        ):
            brought = {field.name: value for field, value in zip(fields, values, strict=True)}
            yield _Act(ErrandEnded(ErrandResult(ok=True, values=brought)))

    def _conversations(self, wait: Converse) -> Iterator[_Act]:
        yield _Act(NoInput(), again=True)
        yield _Act(NoMatch(Source.KEY, "?"), again=True)
        yield _Act(ConverseFailed("failed"))
        for way_out in wait.brief.exits:
            yield _Act(Conversed(way_out.name))
        fields = wait.brief.fields
        choices = [turning.values_of(field, self._reads) for field in fields]
        for values in islice(product(*choices), _MOST_COMBINATIONS):
            learned = {field.name: value for field, value in zip(fields, values, strict=True)}
            yield _Act(Conversed(), learned)


def _requests(expect: Expect) -> Iterator[_Act]:
    for universal in sorted(set(expect.universals.values())):
        yield _Act(Asked(universal))


def _perform(run: FlowRun, act: _Act) -> Sprint:
    """Do it; a read-back is agreed to."""
    if act.learned:
        run.learn(act.learned)
    sprint = run.resume(act.outcome)
    while not _has_moved(sprint):
        if isinstance(sprint.wait, Expect) and sprint.wait.confirming:
            sprint = run.resume(_YES)
        elif act.again:  # ends, because attempts run out
            sprint = run.resume(act.outcome)
        else:
            break
    return sprint


def _has_moved(sprint: Sprint) -> bool:
    return bool(sprint.path or sprint.settled) or isinstance(sprint.wait, End | RunErrand)
