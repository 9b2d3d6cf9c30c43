"""The exhaustive branch walk: every outcome that matters, at every wait, in every state that differs.

Knows the flow's graph and what can be tried at a wait, and runs the flow by itself; plays no audio and asks
no model. An answer that only arithmetic would find (`age * 2 == 30`) is not tried, so such a branch counts
as missed. Two states are the same when the same step waits and everything read from there on has the same
values. Where the states are too many, the walk goes whole calls through by lot instead, towards what is
still missed; the lot is the same every time.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice, product
from typing import Final, TypeAlias

from app.domain.call import Value
from app.flows import turning
from app.flows.coverage import Coverage, Tracker
from app.flows.interpreter import FlowRun
from app.flows.model import Flow
from app.flows.sections import telling_seeds
from app.flows.speaking import known_by
from app.flows.sprint import End, Outcome, RunErrand, Sprint, TransferTo
from app.flows.trying import MOST_COMBINATIONS, Act, Trying, has_moved, perform

MOST_WORK: Final = 200_000
"""How much the walk does to go through every state: a run's way to a wait is 1, and 1 more for ten steps."""

MOST_WORK_BY_LOT: Final = 100_000
"""How much it does after that, by lot."""

_MOST_WAITS: Final = 3
"""Waits of a call by lot, for each step of the flow: a call may go in circles."""

_At: TypeAlias = tuple[str, type]
"""A step, and what kind of wait it is at."""


@dataclass(frozen=True, slots=True)
class Walked:
    """What the walk came to. `ways` counts the outcomes tried.

    `is_complete` is false if it was cut short before it had come to everything.
    """

    coverage: Coverage
    ways: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class _Way:
    """How a state is come to, so that it can be come to again: a run cannot be copied."""

    variables: Mapping[str, Value]
    seed: str
    acts: tuple[Act, ...] = ()


def walk(flow: Flow, *, most_work: int = MOST_WORK, most_by_lot: int = MOST_WORK_BY_LOT) -> Walked:
    """Go through everything that a caller can make of the flow. Deterministic; never raises."""
    return _Walker(flow).walk(most_work, most_by_lot)


class _Walker:
    """Breadth first, so that what is never reached was not just too far away; then by lot, to the ends."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._tracker = Tracker(flow)
        self._reads = turning.Reads(flow)
        self._trying = Trying(flow, self._reads)
        self._seen: set[object] = set()
        self._todo: deque[_Way] = deque()
        self._ways = 0
        self._work = 0
        self._wait_costs = 1 + len(flow.steps) // 10
        self._lots = 0
        self._opened: set[_At] = set()
        self._taken: Counter[tuple[_At, int]] = Counter()

    def walk(self, most_work: int, most_by_lot: int) -> Walked:
        starts = [_Way(*start) for start in product(self._variables(), telling_seeds(self._flow.steps))]
        for way in starts:
            run, sprint = self._replay(way)
            self._arrive(way, "", None, sprint, run)
        while self._todo and self._work < most_work:
            self._expand(self._todo.popleft())
        is_whole = not self._todo
        most, calls = self._work + most_by_lot, 0
        while not is_whole and self._work < most:
            self._call_by_lot(starts, calls, most)
            calls += 1
            is_whole = self._tracker.coverage().is_whole
        return Walked(self._tracker.coverage(), self._ways, is_whole)

    def _variables(self) -> Iterator[Mapping[str, Value]]:
        names = sorted(self._flow.variables & self._reads.anywhere)
        choices = [(None, *self._reads.texts(name), *self._reads.numbers(name)) for name in names]
        for values in islice(product(*choices), MOST_COMBINATIONS):
            yield dict(zip(names, values, strict=True))

    def _expand(self, way: _Way) -> None:
        _, sprint = self._replay(way)
        for act in tuple(self._trying.acts(sprint)):
            self._try(way, act)

    def _try(self, way: _Way, act: Act) -> tuple[_Way, Sprint]:
        """Do this at the end of a way; return the way and where it leads, noted."""
        run, before = self._replay(way)
        return self._go_on(run, before, way, act)

    def _go_on(self, run: FlowRun, before: Sprint, way: _Way, act: Act) -> tuple[_Way, Sprint]:
        self._ways += 1
        self._work += self._wait_costs
        after = perform(run, act)
        on = replace(way, acts=(*way.acts, act))
        if has_moved(after):
            self._arrive(on, before.wait.step, act.outcome, after, run)
        return on, after

    def _replay(self, way: _Way) -> tuple[FlowRun, Sprint]:
        self._work += self._wait_costs * (1 + len(way.acts))
        run = FlowRun(self._flow, variables=way.variables, seed=way.seed)
        sprint = run.start()
        for act in way.acts:
            sprint = perform(run, act)
        return run, sprint

    def _call_by_lot(self, starts: list[_Way], number: int, most: int) -> None:
        """Hold one call to where nothing leads on, or round and round for a while."""
        way = starts[int(self._lot() * len(starts))]
        run, sprint = self._replay(way)
        for _ in range(_MOST_WAITS * len(self._flow.steps)):
            at = _at(sprint)
            if at not in self._opened:
                # Each step is come to in full once, however few of its answers the lot brings.
                self._opened.add(at)
                self._expand(way)
            acts = list(self._trying.acts(sprint))
            for index in self._drawn(at, acts, number):
                on, after = self._go_on(run, sprint, way, acts[index])
                if has_moved(after) and not isinstance(after.wait, End):
                    self._taken[at, index] += 1
                    break
                if self._work >= most:
                    return
                run, sprint = self._replay(way)
            else:
                return
            way, sprint = on, after

    def _drawn(self, at: _At, acts: list[Act], number: int) -> list[int]:
        """Return the acts in an order by lot: plain ones first, in every other call those least taken."""
        lot = {index: self._lot() for index in range(len(acts))}
        # In every third call, one turn in eight is as likely anything else.
        is_straight = number % 3 != 0 or self._lot() > 1 / 8

        def rank(index: int) -> tuple[bool, int, float]:
            is_late = is_straight and not acts[index].is_plain
            return is_late, self._taken[at, index] if number % 2 else 0, lot[index]

        return sorted(lot, key=rank)

    def _lot(self) -> float:
        """Return a number from 0 to 1: the next of a row that looks like chance and is always the same."""
        self._lots += 1
        return int.from_bytes(sha256(b"%d" % self._lots).digest()[:6], "big") / 2**48

    def _arrive(self, way: _Way, source: str, outcome: Outcome | None, sprint: Sprint, run: FlowRun) -> None:
        self._tracker.note(source, outcome, sprint, run.answers, way.variables)
        if isinstance(sprint.wait, End):
            return
        if isinstance(sprint.wait, TransferTo):
            self._tracker.taken(sprint.wait.step)
        known = known_by(self._flow, way.variables, run.answers, run.language).values
        read = sorted(self._reads.from_step(sprint.wait.step))
        values = tuple(repr(known.get(name)) for name in read)
        state = (_at(sprint), way.seed, values)
        if state not in self._seen:
            self._seen.add(state)
            self._todo.append(way)


def _at(sprint: Sprint) -> _At:
    wait = sprint.wait
    return wait.step, type(wait.errand if isinstance(wait, RunErrand) else wait)
