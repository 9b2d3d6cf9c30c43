"""How much of a flow was gone through: its steps, the ways between them, and the ends a call can come to.

Knows the flow's graph and where its runs stopped; starts none.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from app.domain.answers import Answer, Status
from app.domain.call import Value
from app.flows.expressions import holds, settled
from app.flows.graph import LABEL_OF, Edge, FlowGraph
from app.flows.model import (
    AskMoment,
    CallbackStep,
    Consent,
    ConverseStep,
    EndStep,
    Flow,
    OptOutStep,
    Place,
    Question,
    QuotaStep,
    Section,
    Step,
    TransferStep,
    WebhookStep,
)
from app.flows.speaking import known_by
from app.flows.sprint import (
    Asked,
    ConverseFailed,
    End,
    ErrandEnded,
    NoInput,
    NoMatch,
    Outcome,
    Sprint,
    Universal,
)

_AFTER_THE_LAST = "after the last step"
_FAILED = frozenset({"no answer", "no conversation"})
_ERRAND_FAILED = frozenset({"full", "no reply"})


@dataclass(frozen=True, slots=True)
class Missed:
    """A step, a branch (`plan > thanks`) or an end (`thanks: completed`), and the place of its step."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Tally:
    """What there is of one kind, and what of it was never come to."""

    total: int
    missed: tuple[Missed, ...]

    @property
    def reached(self) -> int:
        """How many were come to."""
        return self.total - len(self.missed)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was come to of a flow."""

    steps: Tally
    branches: Tally
    ends: Tally

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missed."""
        return not (self.steps.missed or self.branches.missed or self.ends.missed)


class Tracker:
    """Notes where runs of one flow come through. Many runs may be noted, each after the other or mixed."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        graph = FlowGraph(flow)
        self._takeable = _takeable(flow, graph)
        # Which of two steps comes first by lot is nothing that a caller can bring about.
        without = _without_a_place(flow, graph)
        self._edges = tuple(edge for edge in graph.edges if not edge.by_lot and edge.source not in without)
        self._leaving: dict[int, list[Edge]] = {}
        for edge in graph.edges:
            self._leaving.setdefault(edge.source, []).append(edge)
        self._index = {step.name: index for index, step in enumerate(flow.steps)}
        self._ends = tuple(_ends(flow, graph))
        self._steps_seen: set[str] = set()
        self._edges_seen: set[Edge] = set()
        self._ends_seen: set[str] = set()

    def note(
        self,
        source: str,
        outcome: Outcome | None,
        sprint: Sprint,
        answers: Mapping[str, Answer],
        variables: Mapping[str, Value],
    ) -> None:
        """Note a run that `outcome` began at the step `source`; the first has neither.

        `answers` are those known when it stopped.
        """
        self._steps_seen.update(sprint.path)
        way = [self._index[name] for name in sprint.path]
        if isinstance(sprint.wait, End):
            self._note_end(sprint, sprint.wait, outcome)
            if not sprint.wait.step:
                way.append(len(self._flow.steps))
        if source:
            way.insert(0, self._index[source])
        else:
            self._edges_seen.update(self._skips(0, way[0]) or ())
        known = known_by(self._flow, variables, answers, sprint.language).values
        failed = _gave_up(outcome, sprint)
        for number, (here, there) in enumerate(pairwise(way)):
            is_first = bool(source) and number == 0
            self._move(here, there, outcome if is_first else None, known, failed=failed and is_first)

    def taken(self, step: str) -> None:
        """Note that somebody took the call that this step handed over."""
        self._ends_seen.add(f"{step}: transferred")

    def coverage(self) -> Coverage:
        """Return what was come to so far."""
        steps = self._flow.steps
        taken = self._takeable
        return Coverage(
            Tally(
                len(taken),
                tuple(Missed(step.name, step.place) for step in taken if step.name not in self._steps_seen),
            ),
            Tally(
                len(self._edges),
                tuple(
                    Missed(self._shown(edge), steps[edge.source].place)
                    for edge in self._edges
                    if edge not in self._edges_seen
                ),
            ),
            Tally(len(self._ends), tuple(end for end in self._ends if end.text not in self._ends_seen)),
        )

    def _note_end(self, sprint: Sprint, end: End, outcome: Outcome | None) -> None:
        if not end.step:
            self._ends_seen.add(_AFTER_THE_LAST)
        elif end.step in sprint.path or isinstance(
            self._flow.steps[self._index[end.step]], OptOutStep | EndStep
        ):
            self._ends_seen.add(f"{end.step}: {end.disposition.value}")
        elif isinstance(outcome, ErrandEnded):
            self._ends_seen.add(Universal.OPT_OUT.value)
        elif isinstance(outcome, Asked):
            self._ends_seen.add(outcome.universal.value)
        else:
            self._ends_seen.add(f"{end.step}: on_fail")

    def _move(
        self, here: int, there: int, outcome: Outcome | None, known: Mapping[str, Value], *, failed: bool
    ) -> None:
        """Note the edge from one entered step to the next, and the steps passed over between them."""
        fitting = [
            edge
            for edge in self._leaving.get(here, ())
            if not edge.is_skip and self._skips(edge.target, there) is not None
        ]
        meant = [edge for edge in fitting if self._is_meant(edge, outcome, known, failed=failed)]
        for chosen in (meant or fitting)[:1]:
            self._edges_seen.update((chosen, *(self._skips(chosen.target, there) or ())))

    def _is_meant(
        self, edge: Edge, outcome: Outcome | None, known: Mapping[str, Value], *, failed: bool
    ) -> bool:
        step = self._flow.steps[edge.source]
        asks_world = isinstance(step, QuotaStep | WebhookStep | CallbackStep)
        if asks_world and edge.is_jump and edge.why in _ERRAND_FAILED:
            return isinstance(outcome, ErrandEnded) and not outcome.result.ok
        if isinstance(outcome, ErrandEnded) and isinstance(step, AskMoment):
            return not edge.is_exception
        if isinstance(outcome, ErrandEnded) and isinstance(step, Question | ConverseStep):
            return edge.is_exception and edge.why == Universal.OPT_OUT.value
        if isinstance(outcome, Asked):
            return edge.is_exception and edge.why == outcome.universal.value
        if failed and any(each.why in _FAILED for each in self._leaving[edge.source]):
            return edge.why in _FAILED
        if edge.is_exception:
            return False
        if isinstance(step, Consent) and outcome is not None:
            return (edge.why == "no") is (known.get(step.name) is not True)
        condition = next((b.when for b in step.then if b.when and b.when.source == edge.why), None)
        return condition is None or holds(condition, known)

    def _skips(self, target: int, there: int) -> tuple[Edge, ...] | None:
        """Return how the steps from `target` up to `there` are passed over; None when they cannot be."""
        ways: dict[int, tuple[Edge, ...]] = {target: ()}
        todo = [target]
        for at in todo:
            for edge in self._leaving.get(at, ()):
                if edge.is_skip and edge.target not in ways:
                    ways[edge.target] = (*ways[at], edge)
                    todo.append(edge.target)
        return ways.get(there)

    def _shown(self, edge: Edge) -> str:
        steps = self._flow.steps
        target = steps[edge.target].name if edge.target < len(steps) else "the end"
        return f"{steps[edge.source].name} > {target}" + (f" ({edge.why})" if edge.why else "")


def _takeable(flow: Flow, graph: FlowGraph) -> list[Step]:
    """Return the steps that calls can take: what is about one round only has no place in others."""
    without = _without_a_place(flow, graph)
    return [
        step
        for index, step in enumerate(flow.steps)
        if index not in without and settled(step.when) is not False
    ]


def _without_a_place(flow: Flow, graph: FlowGraph) -> frozenset[int]:
    """Return the steps of rounds that no way leads to; one that no round comes to is an error."""
    reachable, layout = graph.reachable(), graph.layout
    rounds = {i for i, step in enumerate(flow.steps) if isinstance(step, Section) and step.is_round}
    return frozenset(
        index
        for index in range(len(flow.steps))
        if index not in reachable and any(home in rounds for home, _ in layout.around(index))
    )


def _ends(flow: Flow, graph: FlowGraph) -> Iterator[Missed]:
    """Return every end that there is; all are missed at first."""
    for step in _takeable(flow, graph):
        if isinstance(step, EndStep | OptOutStep):
            yield Missed(f"{step.name}: {step.disposition.value}", step.place)
        elif isinstance(step, TransferStep):
            yield Missed(f"{step.name}: transferred", step.place)
        elif isinstance(step, Question | ConverseStep) and step.on_fail == "end":
            yield Missed(f"{step.name}: on_fail", step.place)
    if len(flow.steps) in graph.reachable():
        yield Missed(_AFTER_THE_LAST, flow.steps[-1].place)
    labels: Collection[str | None] = {name for step in flow.steps for name in (step.label, step.name)}
    hears = [step for step in flow.steps if isinstance(step, Question | ConverseStep)]
    if hears and Universal.OPT_OUT in flow.universals and LABEL_OF[Universal.OPT_OUT] not in labels:
        yield Missed(Universal.OPT_OUT.value, hears[0].place)


def _gave_up(outcome: Outcome | None, sprint: Sprint) -> bool:
    """Whether a question ran out of attempts, or a conversation could not be held."""
    if isinstance(outcome, ConverseFailed):
        return True
    is_nothing = isinstance(outcome, NoInput | NoMatch)
    return is_nothing and all(answer.status is not Status.OK for answer in sprint.settled[:1])
