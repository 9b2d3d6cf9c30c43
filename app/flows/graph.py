"""Which step can follow which, as a graph over the steps' numbers; and its picture.

The number after the last step stands for running out of steps.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from app.flows.expressions import settled
from app.flows.model import (
    CallbackStep,
    Consent,
    ConverseStep,
    EndStep,
    Expression,
    Flow,
    Goto,
    Leave,
    Message,
    OptOutStep,
    Order,
    Question,
    QuotaStep,
    Section,
    SetValue,
    Step,
    TransferStep,
    WebhookStep,
)
from app.flows.parts import WAYS_OUT
from app.flows.sections import Layout
from app.flows.sprint import Universal

LABEL_OF: Final = {Universal.OPERATOR: "operator", Universal.OPT_OUT: "optout"}
"""Where a universal leads when the flow has such a step."""


_COMPARED: Final = re.compile(
    r"""(?P<left>[^"'=!<>&|?()]+?)\s*(?P<sign>[=!<>]=|[<>])\s*(?P<right>"[^"]*"|'[^']*'|[^"'=!<>&|?()]+)"""
)
_OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_NAMED: Final = re.compile(r"(?P<denied>!?)\s*(?P<name>\w+)")


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one step to another.

    `waits` says that a caller or a colleague was waited for first; `is_skip` that the step was passed
    over by its `when`; `is_exception` that no answer to the question leads here; `is_jump` that the way is
    named in the file; `by_lot` that it depends on a lot, `is_drawn` that only a lot leads this way, and the
    order of the file does not.
    """

    source: int
    target: int
    why: str = ""
    waits: bool = False
    is_skip: bool = False
    is_exception: bool = False
    is_jump: bool = False
    by_lot: bool = False
    is_drawn: bool = False


class FlowGraph:
    """A flow's steps and every way between them."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self.layout = Layout(flow.steps)
        self._index = {
            name: i
            for i, step in reversed(list(enumerate(flow.steps)))
            for name in (step.name, step.label)
            if name
        }
        self.edges: tuple[Edge, ...] = tuple(
            edge for index, step in enumerate(flow.steps) for edge in self._leaving(index, step)
        )
        self._next: list[list[int]] = [[] for _ in range(len(flow.steps) + 1)]
        self._before: list[list[int]] = [[] for _ in range(len(flow.steps) + 1)]
        for edge in self.edges:
            self._next[edge.source].append(edge.target)
            self._before[edge.target].append(edge.source)

    def reachable(self) -> frozenset[int]:
        """Return the steps that a call can come to, the one after the last included."""
        return frozenset(_flood([0], self._next))

    def before(self, index: int) -> frozenset[int]:
        """Return the steps that a call can have gone through before it comes to this one."""
        return frozenset(_flood(self._before[index], self._before))

    def can_end(self) -> frozenset[int]:
        """Return the steps from which the call can still come to an end of its own."""
        ends = [
            index
            for index, step in enumerate(self._flow.steps)
            if isinstance(step, EndStep | OptOutStep)
            or (isinstance(step, Question | ConverseStep) and step.on_fail == "end")
        ]
        return frozenset(_flood([*ends, len(self._flow.steps)], self._before))

    def idle_loop(self) -> int | None:
        """Return a step on a loop that waits for nobody, or None. No answer changes there: it never ends."""
        following: dict[int, list[int]] = {}
        for edge in self.edges:
            if not edge.waits and not edge.is_drawn:
                following.setdefault(edge.source, []).append(edge.target)
        degree = dict.fromkeys(range(len(self._flow.steps) + 1), 0)
        for targets in following.values():
            for target in targets:
                degree[target] += 1
        free = [index for index, count in degree.items() if count == 0]
        while free:
            index = free.pop()
            del degree[index]
            for target in following.get(index, ()):
                degree[target] -= 1
                if degree[target] == 0:
                    free.append(target)
        # What is left lies on a loop or behind one; a loop's step leads to another that is left.
        return next((i for i in degree if i in _flood(following.get(i, ()), following)), None)

    def mermaid(self) -> str:
        """Return the flow as a Mermaid flowchart."""
        lines = ["flowchart TD"]
        for index, step in enumerate(self._flow.steps):
            opening, closing = ("([", "])") if isinstance(step, EndStep | OptOutStep) else ("[", "]")
            opening, closing = ("{{", "}}") if isinstance(step, Question) else (opening, closing)
            opening, closing = ("[[", "]]") if isinstance(step, ConverseStep) else (opening, closing)
            opening, closing = ("[/", "/]") if isinstance(step, Section) else (opening, closing)
            lines.append(f'  s{index}{opening}"{step.name}"{closing}')
        for edge in self.edges:
            is_request = edge.is_exception and edge.why in LABEL_OF
            if edge.target < len(self._flow.steps) and not is_request and not edge.is_drawn:
                why = edge.why.replace('"', "'")
                arrow = f'-->|"{why}"|' if why else "-->"
                lines.append(f"  s{edge.source} {arrow} s{edge.target}")
        return "\n".join(lines) + "\n"

    def _leaving(self, index: int, step: Step) -> Iterator[Edge]:  # noqa: C901, PLR0912 - one arm for each kind
        if step.when is not None and (taken := settled(step.when)) is not True:
            yield from self._past(index, Edge(index, index, _unless(step.when), is_skip=True))
            if taken is False:
                return
        match step:
            case Goto():
                yield self._to(index, step.target)
            case TransferStep():
                if step.on_fail is not None:
                    yield self._to(index, step.on_fail, "nobody there", waits=True)
                else:
                    yield from self._past(index, Edge(index, index, "nobody there", waits=True))
            case Section():
                yield from self._into(index, step)
            case Leave():
                yield from self._behind(self._index[step.section], Edge(index, index))
            case QuotaStep() | WebhookStep() | CallbackStep():
                goto, why = (step.full, "full") if isinstance(step, QuotaStep) else (step.on_fail, "no reply")
                yield from () if goto is None or goto in WAYS_OUT else (self._to(index, goto, why),)
                yield from self._onward(index, step)
            case Message() | SetValue():
                yield from self._onward(index, step)
            case Question():
                yield from self._onward(index, step, waits=True)
                yield from self._ways_out(index, step)
            case ConverseStep():
                yield from self._onward(index, step, waits=True)
                yield from (self._to(index, way.goto, way.name, waits=True) for way in step.exits)
                yield from self._ways_out(index, step)
            case _:
                pass

    def _onward(self, index: int, step: Step, *, waits: bool = False) -> Iterator[Edge]:
        for branch in step.then:
            if settled(branch.when) is not False:
                yield self._to(index, branch.goto, branch.when.source if branch.when else "", waits=waits)
            if settled(branch.when):
                return
        yield from self._past(index, Edge(index, index, waits=waits))

    def _into(self, index: int, section: Section) -> Iterator[Edge]:
        parts = self.layout.parts(index)
        lot = "" if section.order is Order.FIXED else section.order.value
        picked = f"{section.pick} of {len(parts)}" if section.pick else ""
        why = ", ".join(word for word in (picked, lot) if word)
        for part in parts if section.is_drawn else parts[:1]:
            by_lot = section.is_drawn
            yield Edge(index, part, why, by_lot=by_lot, is_drawn=part != parts[0] and section.pick is None)

    def _past(self, at: int, way: Edge) -> Iterator[Edge]:
        """Yield `way` to each step that can follow the one at `at` when that is over or left out."""
        home = self.layout.home(at)
        section = None if home is None else self._flow.steps[home]
        if home is None or not isinstance(section, Section):
            yield replace(way, target=self.layout.end(at))
            return
        parts = self.layout.parts(home)
        place = parts.index(at)
        way = replace(way, by_lot=way.by_lot or section.is_drawn)
        for number, part in enumerate(parts):
            is_next = number == place + 1
            may_follow = number > place if section.order is Order.FIXED else number != place
            if is_next or (section.is_drawn and may_follow):
                is_drawn = way.is_drawn or section.pick is not None or not is_next
                yield replace(way, target=part, is_drawn=is_drawn)
        is_last = place + 1 == len(parts)
        if not is_last and not section.is_drawn:
            return
        yield from self._behind(home, replace(way, is_drawn=way.is_drawn or not (is_last or section.pick)))

    def _behind(self, home: int, out: Edge) -> Iterator[Edge]:
        """Yield `out` to each step that can follow when a section is over."""
        for branch in self._flow.steps[home].then:
            why = branch.when.source if branch.when else ""
            if settled(branch.when) is not False:
                yield replace(out, target=self._index[branch.goto], why=why, is_jump=True)
            if settled(branch.when):
                return
        yield from self._past(home, out)

    def _ways_out(self, index: int, step: Question | ConverseStep) -> Iterator[Edge]:
        if step.on_fail in self._index:
            why = "no answer" if isinstance(step, Question) else "no conversation"
            yield self._exception(index, step.on_fail, why)
        if isinstance(step, Consent):
            yield self._to(index, step.on_no, "no", waits=True)
        for universal, label in LABEL_OF.items():
            if universal in self._flow.universals and label in self._index:
                yield self._exception(index, label, universal.value)

    def _exception(self, index: int, name: str, why: str) -> Edge:
        return Edge(index, self._index[name], why, waits=True, is_exception=True, is_jump=True)

    def _to(self, index: int, name: str, why: str = "", *, waits: bool = False) -> Edge:
        return Edge(index, self._index[name], why, waits, is_jump=True)


def _unless(condition: Expression) -> str:
    """Return when a step with this `when` is passed over, turned round where that is read more easily.

    Where what it asks for is missing the step is passed over, too; that goes without saying.
    """
    source = condition.source.strip()
    if condition.is_settled or source == "false":
        return "always"
    if compared := _COMPARED.fullmatch(source):
        return f"{compared['left']} {_OPPOSITE[compared['sign']]} {compared['right']}"
    if named := _NAMED.fullmatch(source):
        return named["name"] if named["denied"] else f"not {named['name']}"
    return f"unless {source}"


def _flood(start: Iterable[int], following: "list[list[int]] | dict[int, list[int]]") -> set[int]:
    seen = set(start)
    todo = list(seen)
    while todo:
        index = todo.pop()
        ahead = following.get(index, []) if isinstance(following, dict) else following[index]
        fresh = set(ahead) - seen
        seen |= fresh
        todo.extend(fresh)
    return seen
