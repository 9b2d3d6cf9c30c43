"""What the pages show of stored calls: rows of a list, turns of a call; pure, knows no request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from app.domain.call import BROWSERS

Call: TypeAlias = Mapping[str, Any]
"""A call as the log's reader gives it."""

STAGES: Final = {
    "end_of_turn": "End of turn",
    "recognition": "Words",
    "interpretation": "Meaning",
    "first_token": "Model's first word",
    "first_sentence": "Model's first sentence",
    "first_audio": "First sound",
    "total": "All",
}
"""The stages of a reply in the order in which they are drawn."""

_FROM_THE_LAST_INPUT: Final = frozenset({"end_of_turn", "recognition", "total"})
_BAR_UNITS: Final = 1_000
_SLOW_MS: Final = 1_500

_SOURCES: Final = {
    "key": "by keys",
    "speech": "by the grammar",
    "text": "typed",
    "model": "by the model",
    "operator": "by an operator",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One stage of a waterfall, in thousandths of the longest turn's time."""

    name: str
    label: str
    ms: int
    begin: int
    width: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange as the page shows it."""

    number: int
    step: str
    heard: str
    cut: str
    given: str
    source: str
    understood: str
    how: str
    confidence: float | None
    outcome: str
    tone: str
    barged_in: bool
    false_alarms: int
    asked_ms: int
    answered_ms: int
    total_ms: int | None
    is_slow: bool
    bars: Sequence[Bar]


def other_party(call: Call) -> str:
    """Return the number that is not ours, or that there is none; empty when it was withheld."""
    if str(call["carrier_sid"]).startswith(BROWSERS):
        return "Browser call"
    return str(call["to"] if call["direction"] == "outbound" else call["from"])


def seconds_of(call: Call) -> float | None:
    """Return how long the call lasted, from its answer on; None while it does, and when nobody answered."""
    if call["answered_at"] is None or call["ended_at"] is None:
        return None
    begun, ended = datetime.fromisoformat(call["answered_at"]), datetime.fromisoformat(call["ended_at"])
    return max(0.0, (ended - begun).total_seconds())


def turns_of(call: Call) -> list[Turn]:
    """Return the call's turns, each with what it takes to draw it."""
    longest = max((_total(turn) or 0 for turn in call["turns"]), default=0)
    return [_turn(turn, call["answers"], longest) for turn in call["turns"]]


def _turn(turn: Call, answers: Mapping[str, Call], longest: int) -> Turn:
    heard, cut = told_apart(turn["prompt"], turn["heard"])
    answer = answers.get(turn["step"])
    is_settled = answer is not None and answer["answered_ms"] == turn["answered_ms"]
    total = _total(turn)
    return Turn(
        number=turn["turn"],
        step=turn["step"],
        heard=heard,
        cut=cut,
        given=turn["input"],
        source=turn["source"],
        understood=turn["understood"],
        how=_SOURCES.get(turn["source"], ""),
        confidence=answer["confidence"] if answer is not None and is_settled else None,
        outcome=turn["outcome"],
        tone=_tone(turn["outcome"]),
        barged_in=turn["barged_in"],
        false_alarms=turn["false_alarms"],
        asked_ms=turn["asked_ms"],
        answered_ms=turn["answered_ms"],
        total_ms=total,
        is_slow=total is not None and total >= _SLOW_MS,
        bars=_bars(turn["latency_ms"], longest),
    )


def told_apart(prompt: str, heard: str) -> tuple[str, str]:
    """Return what was heard and what was cut off of the prompt; messages may stand before it in `heard`."""
    said, words = heard.split(), prompt.split()
    for length in range(min(len(said), len(words)), 0, -1):
        if said[-length:] == words[:length]:
            return heard, " ".join(words[length:])
    # After a false alarm the bot goes on from a sentence's start, which need not be the prompt's own.
    has_begun = bool(words) and any(said[at : at + 2] == words[:2] for at in range(len(said)))
    return heard, "" if has_begun else prompt


def _bars(latency: Mapping[str, int], longest: int) -> tuple[Bar, ...]:
    """Place each stage on the time since the voice ceased, or since the last key."""
    asked = latency.get("end_of_turn", 0)
    closed = asked + latency.get("interpretation", 0)
    scale = max(longest, *latency.values(), 1) if latency else 1
    bars = []
    for name, label in STAGES.items():
        if name in latency:
            begin = {"interpretation": asked}.get(name, 0 if name in _FROM_THE_LAST_INPUT else closed)
            end = min(begin + latency[name], scale)
            width = max(4, (end - begin) * _BAR_UNITS // scale)
            place = min(begin * _BAR_UNITS // scale, _BAR_UNITS - width)
            bars.append(Bar(name, label, latency[name], place, width))
    return tuple(bars)


def _total(turn: Call) -> int | None:
    total: int | None = turn["latency_ms"].get("total")
    return total


def _tone(outcome: str) -> str:
    match outcome:
        case "answer":
            return "good"
        case "no_input" | "no_match":
            return "warn"
        case _:
            return "plain"
