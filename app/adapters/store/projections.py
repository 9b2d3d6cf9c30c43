"""What the journal says of turns, answers and the end: a pure function, for live lines and for rebuilding."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.adapters.store.codec import JournalLine, Json, to_json
from app.domain.call import Disposition, Millis
from app.engine.actions import (
    AnswerGiven,
    CallEnded,
    Entry,
    Record,
    RecordingDecided,
    StepsEntered,
    TurnTaken,
)
from app.engine.events import LegAnswered


@dataclass(slots=True)
class Projection:
    """The rows that lines add, with true values, keyed by `seq` and the order's place; the call's news."""

    turns: list[Json] = field(default_factory=list)
    answers: list[Json] = field(default_factory=list)
    language: str | None = None
    answered_ms: Millis | None = None
    disposition: Disposition | None = None
    cause: str | None = None


def project(lines: Iterable[JournalLine]) -> Projection:
    """Fold the lines of one call; folding them in pieces and adding the pieces up gives the same."""
    seen = Projection()
    for line in lines:
        if isinstance(line.fact, LegAnswered) and seen.answered_ms is None:
            seen.answered_ms = line.at
        for part, order in enumerate(line.orders):
            if isinstance(order, Record):
                _take(seen, order.entry, {"seq": line.seq, "part": part})
    return seen


def _take(seen: Projection, entry: Entry, key: dict[str, Any]) -> None:
    match entry:
        case TurnTaken():
            seen.turns.append(key | _turn(entry))
        case AnswerGiven():
            seen.answers.append(key | _answer(entry))
        case StepsEntered(language=language):
            seen.language = language or seen.language
        case CallEnded(disposition=disposition, cause=cause):
            # The first end stands: a call ends once.
            if seen.disposition is None:
                seen.disposition, seen.cause = disposition, cause
        case RecordingDecided():
            pass


def _turn(entry: TurnTaken) -> Json:
    return {
        "turn": entry.turn,
        "step": entry.step,
        "kind": entry.kind,
        "prompt": entry.prompt,
        "heard": entry.heard,
        "input": entry.input,
        "source": str(entry.source),
        "understood": entry.understood,
        "outcome": entry.outcome,
        "barged_in": entry.barged_in,
        "false_alarms": entry.false_alarms,
        "asked_ms": entry.asked_at,
        "prompt_ended_ms": entry.prompt_ended_at,
        "answered_ms": entry.answered_at,
        "latency_ms": to_json(entry.latency_ms),
        "providers": to_json(entry.providers),
    }


def _answer(entry: AnswerGiven) -> Json:
    answer = entry.answer
    return {
        "turn": entry.turn,
        "slot": answer.slot,
        "value": to_json(answer.value),
        "label": answer.label,
        "raw": answer.raw,
        "status": str(answer.status),
        "source": str(answer.source),
        "confidence": float(answer.confidence),
        "asks": answer.asks,
        "no_inputs": answer.no_inputs,
        "no_matches": answer.no_matches,
        "language": answer.language,
        "prompt_started_ms": entry.prompt_started_at,
        "prompt_ended_ms": entry.prompt_ended_at,
        "answered_ms": entry.answered_at,
        "latency_ms": entry.latency_ms,
    }
