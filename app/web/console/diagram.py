"""Draws a flow: its steps from top to bottom, and a lane at the side for every way that leaves the order.

Works out places only; colours and letters are the style sheet's.
"""

from dataclasses import dataclass
from typing import Final

from app.flows.graph import LABEL_OF, Edge, FlowGraph
from app.flows.model import ConverseStep, EndStep, Flow, Question, Section, Step

BOX_WIDTH: Final = 200
BOX_HEIGHT: Final = 34
GAP: Final = 18
LANE: Final = 14
LABEL_WIDTH: Final = 190
_PER_LINE: Final = 14
_LETTERS: Final = 26
_MARGIN: Final = 12


@dataclass(frozen=True, slots=True)
class Box:
    """A step: its upper left corner, what it shows and how."""

    name: str
    kind: str
    x: int
    y: int
    height: int
    label: str


@dataclass(frozen=True, slots=True)
class Way:
    """A line from one step to another, as an SVG path. `why` is written at its beginning."""

    path: str
    why: str
    full: str
    label_x: int
    label_y: int
    is_exception: bool


@dataclass(frozen=True, slots=True)
class Diagram:
    """A picture of this size."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]


def draw(flow: Flow) -> Diagram:
    """Return the picture of a flow."""
    edges = _shown(flow)
    jumps = [edge for edge in edges if _is_jump(edge)]
    boxes = _boxes(flow.steps, jumps)
    lanes = _lanes(jumps)
    lane_x = BOX_WIDTH + _MARGIN + LANE
    label_x = lane_x + LANE * (max(lanes.values(), default=0) + 1)
    ways = [_straight(boxes[edge.source], boxes[edge.target]) for edge in edges if edge not in jumps]
    begun: dict[int, int] = {}
    for edge in jumps:
        nth = begun[edge.source] = begun.get(edge.source, -1) + 1
        x = lane_x + LANE * lanes[_span(edge)]
        ways.append(_jump(boxes[edge.source], boxes[edge.target], edge, nth, x, label_x))
    last = boxes[-1]
    return Diagram(label_x + LABEL_WIDTH, last.y + last.height + _MARGIN, tuple(boxes), tuple(ways))


def jumps_of(flow: Flow) -> list[Edge]:
    """Return the ways that are drawn at the side: those that leave the order of the file, or say why."""
    return [edge for edge in _shown(flow) if _is_jump(edge)]


def kind_of(step: Step) -> str:
    """Return what a step is, in a word of the flow language's kind."""
    match step:
        case Question():
            return "question"
        case ConverseStep():
            return "talk"
        case EndStep():
            return "end"
        case Section():
            return "section"
        case _:
            return "step"


def _is_jump(edge: Edge) -> bool:
    return edge.target != edge.source + 1 or bool(edge.why)


def _shown(flow: Flow) -> list[Edge]:
    """Leave out what leads everywhere (the operator, opting out) and what only a lot decides."""
    found: dict[tuple[int, int, str], Edge] = {}
    for edge in FlowGraph(flow).edges:
        is_request = edge.is_exception and edge.why in LABEL_OF
        if edge.target < len(flow.steps) and not is_request and not edge.is_drawn:
            found.setdefault((edge.source, edge.target, edge.why), edge)
    return list(found.values())


def _boxes(steps: tuple[Step, ...], jumps: list[Edge]) -> list[Box]:
    boxes, y = [], _MARGIN
    for index, step in enumerate(steps):
        leaving = sum(edge.source == index for edge in jumps)
        height = max(BOX_HEIGHT, _PER_LINE * leaving + 8)
        boxes.append(Box(step.name, kind_of(step), _MARGIN, y, height, _short(step.name)))
        y += height + GAP
    return boxes


def _span(edge: Edge) -> tuple[int, int]:
    return edge.source, edge.target


def _lanes(jumps: list[Edge]) -> dict[tuple[int, int], int]:
    """Give each jump a lane of its own over the steps it passes, short ones nearest to the boxes."""
    taken: list[list[tuple[int, int]]] = []
    lanes: dict[tuple[int, int], int] = {}
    for span in sorted({_span(edge) for edge in jumps}, key=lambda span: (abs(span[1] - span[0]), span)):
        low, high = min(span), max(span)
        number = next(
            (n for n, lane in enumerate(taken) if all(high < a or b < low for a, b in lane)), len(taken)
        )
        if number == len(taken):
            taken.append([])
        taken[number].append((low, high))
        lanes[span] = number
    return lanes


def _straight(source: Box, target: Box) -> Way:
    x = source.x + BOX_WIDTH // 2
    path = f"M{x} {source.y + source.height}V{target.y - 1}"
    return Way(path, "", "", 0, 0, is_exception=False)


def _jump(source: Box, target: Box, edge: Edge, nth: int, x: int, label_x: int) -> Way:
    right = source.x + BOX_WIDTH
    begin = source.y + 11 + _PER_LINE * nth
    # Ways in end above the middle, so that they do not meet the first way out of the same box.
    end = target.y + target.height - 8
    path = f"M{right} {begin}H{x}V{end}H{right + 1}"
    return Way(path, _short(edge.why), edge.why, label_x, begin + 4, edge.is_exception)


def _short(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"
