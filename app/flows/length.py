"""Estimates how long a call takes, from what is said and asked on the way. Plays nothing."""

import math
from collections.abc import Mapping
from typing import Final

from app.flows.graph import FlowGraph
from app.flows.model import Flow, Open, Question, Say, Section, Text, conversation_of

WORDS_A_SECOND: Final = 2.5
"""Spoken words a second: 150 a minute, the usual rate of a recorded announcement."""

_ANSWER_S: Final = 3.0
_OPEN_ANSWER_S: Final = 12.0
_EXCHANGE_S: Final = 10.0
"""A caller's turn of a conversation and the bot's words to it, a sentence or two each."""


def estimate_seconds(flow: Flow) -> tuple[int, int]:
    """Return the shortest and the longest call in seconds, of callers who answer at the first ask.

    A caller's way through a loop is counted once.
    """
    graph = FlowGraph(flow)
    ahead: dict[int, set[int]] = {}
    for edge in graph.edges:
        if edge.target > edge.source and not edge.is_exception and not edge.is_drawn:
            ahead.setdefault(edge.source, set()).add(edge.target)
    costs = [_seconds(flow, index) * _picks(flow, graph, index) for index in range(len(flow.steps))]
    shortest: dict[int, float] = {len(flow.steps): 0.0}
    longest: dict[int, float] = {len(flow.steps): 0.0}
    skips = {edge.source for edge in graph.edges if edge.is_skip}
    for index in range(len(flow.steps) - 1, -1, -1):
        following = ahead.get(index, set())
        shortest_ahead = min((shortest[i] for i in following), default=0.0)
        longest_ahead = max((longest[i] for i in following), default=0.0)
        shortest[index] = (0.0 if index in skips else costs[index]) + shortest_ahead
        longest[index] = costs[index] + longest_ahead
    return round(shortest[0]), round(longest[0])


def _picks(flow: Flow, graph: FlowGraph, index: int) -> int:
    """Return how many steps like this one a call takes: where some are picked, all count as the one."""
    sections = (flow.steps[home] for home, _ in graph.layout.around(index))
    return math.prod(section.pick or 1 for section in sections if isinstance(section, Section))


def _seconds(flow: Flow, index: int) -> float:
    step = flow.steps[index]
    text: Text | None = getattr(step, "prompt", None)
    # A moment may be asked for in the house's own words, which the flow does not hold.
    spoken = _spoken(text, flow.default_language) if text else 0.0
    talk = conversation_of(step)
    if talk is not None:
        spoken += min(talk.most_turns * _EXCHANGE_S, talk.duration_ms / 1_000)
    if isinstance(step, Open):
        return spoken + min(_OPEN_ANSWER_S, step.max_duration_ms / 1_000)
    return spoken + (_ANSWER_S if isinstance(step, Question) else 0.0)


def _spoken(text: Mapping[str, Say], language: str) -> float:
    words = sum(len(part.split()) if isinstance(part, str) else 1 for part in text[language].text.parts)
    return words / WORDS_A_SECOND
