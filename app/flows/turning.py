"""Which answers can turn a flow's conditions: the values to both sides of everything they are compared with.

Knows the expressions of a flow and who reads whose answer; runs nothing.
"""

import re
from collections.abc import Iterator
from typing import Final

from app.domain.call import Value
from app.domain.conversation import Field, FieldKind
from app.domain.grammar import Choices, Day, Digits, Moment, Number, Several, YesNo
from app.flows.expressions import names_in
from app.flows.graph import FlowGraph
from app.flows.model import AskMoment, CallbackStep, Expression, Flow, QuotaStep, SetValue, Step, TransferStep
from app.flows.questions import Body

_TEXT: Final = re.compile(r'"([^"\\]*)"|\'([^\'\\]*)\'')
_NUMBER: Final = re.compile(r"(?<![\w.])\d{1,12}(?![\w.])")


class Reads:
    """Which names a flow's conditions read, from where on, and what they are compared with."""

    def __init__(self, flow: Flow) -> None:
        self._expressions = [each for step in flow.steps for each in _expressions(step)]
        self._expressions += [quota.when for quota in flow.quotas]
        reads = [_read_by(step, flow) for step in flow.steps]
        following: dict[int, set[int]] = {index: set() for index in range(len(flow.steps))}
        for edge in FlowGraph(flow).edges:
            if edge.target < len(flow.steps):
                following[edge.source].add(edge.target)
        self._from = {
            step.name: frozenset[str]().union(*(reads[i] for i in _ahead(index, following)))
            for index, step in enumerate(flow.steps)
        }
        # A value worked out of an answer is compared in its place.
        self._made_of = {step.name: step.value.names for step in flow.steps if isinstance(step, SetValue)}
        self.anywhere: frozenset[str] = frozenset[str]().union(*reads)
        self._texts: dict[str, tuple[str, ...]] = {}
        self._numbers: dict[str, tuple[int, ...]] = {}

    def from_step(self, name: str) -> frozenset[str]:
        """Return the names that are read at this step or at any that can follow."""
        return self._from[name]

    def texts(self, name: str) -> tuple[str, ...]:
        """Return texts to try: every one that it may be compared with, and one that it is not."""
        if name not in self._texts:
            found = {one or other for source in self._about(name) for one, other in _TEXT.findall(source)}
            self._texts[name] = (*sorted(found), "words")
        return self._texts[name]

    def numbers(self, name: str) -> tuple[int, ...]:
        """Return the numbers that it may be compared with, and those next to them."""
        if name not in self._numbers:
            found = {int(number) for source in self._about(name) for number in _NUMBER.findall(source)}
            near = {each for number in found for each in (number - 1, number, number + 1)}
            self._numbers[name] = tuple(sorted(near))
        return self._numbers[name]

    def _about(self, name: str) -> Iterator[str]:
        names = {name}
        for _ in self._made_of:
            names |= {made for made, parts in self._made_of.items() if parts & names}
        return (each.source for each in self._expressions if each.names & names)


def values_for(body: Body, slot: str, reads: Reads) -> tuple[Value, ...]:
    """Return the answers to try at a question; those that it does not allow are the caller's to leave out."""
    match body:
        case YesNo():
            return (True, False)
        case Choices(options):
            return tuple(option.value for option in options)
        case Several():
            return _together(body)
        case Number(minimum, maximum):
            return tuple(sorted({minimum, maximum, *reads.numbers(slot)}))
        case Day(earliest, latest):
            return (*sorted({earliest.isoformat(), latest.isoformat()}), *reads.texts(slot))
        case Moment(_, latest):
            return (latest.isoformat(),)
        case Digits(shortest, _):
            return ("0" * shortest, *reads.texts(slot))
        case _:
            return reads.texts(slot)


def _together(body: Several) -> tuple[Value, ...]:
    """Return each choice alone, all that go together, and all of those but one."""
    several = tuple(option.value for option in body.options if option.value not in body.exclusive)
    found: list[tuple[str, ...]] = [(option.value,) for option in body.options]
    found += [tuple(value for value in several if value != left) for left in (*several, "")]
    return tuple(dict.fromkeys(values for values in found if values))


def values_of(field: Field, reads: Reads) -> tuple[Value, ...]:
    """Return what a conversation may bring for one value; None brings nothing."""
    if field.name not in reads.anywhere:
        return (_any_of(field),)
    match field.kind:
        case FieldKind.BOOLEAN:
            return (True, False, None)
        case FieldKind.NUMBER:
            return (*(reads.numbers(field.name) or (1,)), None)
        case FieldKind.CHOICE:
            return (*field.choices, None)
        case FieldKind.TEXT:
            return (*reads.texts(field.name), None)
        case FieldKind.DATE:  # pragma: no branch - mypy proves it is the last
            return (_any_of(field), *reads.texts(field.name), None)


def _any_of(field: Field) -> Value:
    samples: dict[FieldKind, Value] = {
        FieldKind.BOOLEAN: True,
        FieldKind.NUMBER: 1,
        FieldKind.DATE: "2026-01-31",
        FieldKind.TEXT: "words",
    }
    return samples[field.kind] if field.kind in samples else field.choices[0]


def _expressions(step: Step) -> Iterator[Expression]:
    if isinstance(step, SetValue):
        yield step.value
    if step.when is not None:
        yield step.when
    yield from (branch.when for branch in step.then if branch.when is not None)


def _read_by(step: Step, flow: Flow) -> frozenset[str]:
    if isinstance(step, QuotaStep):
        counted = (quota.when.names for quota in flow.quotas)
        return frozenset[str]().union(*counted, *(each.names for each in _expressions(step)))
    number = frozenset[str]()
    if isinstance(step, TransferStep | AskMoment | CallbackStep) and step.number is not None:
        number = names_in(step.number)
    return number.union(*(each.names for each in _expressions(step)))


def _ahead(index: int, following: dict[int, set[int]]) -> set[int]:
    seen = {index}
    todo = [index]
    while todo:
        fresh = following[todo.pop()] - seen
        seen |= fresh
        todo.extend(fresh)
    return seen
