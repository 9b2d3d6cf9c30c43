"""Fills a call log with calls whose answers are given, past the core: fast, for tables and figures."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa

from app.adapters.store import schema
from app.adapters.store.codec import to_json
from app.adapters.store.database import Database
from app.domain.results import AnswerResult, CallResult
from tests.adapters.store.helpers import START

SHA = "f" * 64


def fill(database: Database, calls: Iterable[CallResult], source: str) -> None:
    """Put a flow, its calls and a turn for each answer in the place of all that was there."""
    with database.engine.begin() as connection:
        for table in (schema.call, schema.flow):
            connection.execute(sa.delete(table))
        _flow(connection, source)
    for some in _chunks(iter(calls)):
        with database.engine.begin() as connection:
            _add(connection, some)


def _chunks(calls: Iterator[CallResult]) -> Iterator[list[CallResult]]:
    while some := list(islice(calls, 2_000)):
        yield some


def _flow(connection: sa.Connection, source: str) -> None:
    connection.execute(
        sa.insert(schema.flow),
        {
            "sha256": SHA, "id": "visit", "version": "1", "yaml": source, "max_duration_ms": 900_000,
            "sensitive_steps": "[]", "frozen_at": START,
        },
    )  # fmt: skip


def _add(connection: sa.Connection, calls: list[CallResult]) -> None:
    connection.execute(sa.insert(schema.call), [_call(call) for call in calls])
    given = [(call, number, answer) for call in calls for number, answer in enumerate(call.answers, 1)]
    if given:
        connection.execute(sa.insert(schema.answer), [_answer(*each) for each in given])
        connection.execute(sa.insert(schema.turn), [_turn(*each) for each in given])
        connection.execute(sa.insert(schema.call_event), [_event(*each) for each in given])


def _call(call: CallResult) -> dict[str, Any]:
    return {
        "id": call.id, "carrier_sid": f"CA{call.id}", "flow": "visit", "flow_version": "1",
        "flow_sha256": SHA, "direction": call.direction, "from_number": "+15550100",
        "to_number": "+15550199", "variables": "{}", "language": call.language,
        "started_at": call.started_at, "answered_at": call.answered_at, "ended_at": call.ended_at,
        "last_event_at": call.ended_at or call.started_at, "disposition": call.disposition,
    }  # fmt: skip


def _answer(call: CallResult, number: int, answer: AnswerResult) -> dict[str, Any]:
    plain = {name: getattr(answer, name) for name in AnswerResult.__slots__}
    more = {"call": call.id, "seq": number, "part": 0, "turn": number, "prompt_started_ms": 0}
    return plain | more | {"value": to_json(answer.value), "prompt_ended_ms": 0}


def _turn(call: CallResult, number: int, answer: AnswerResult) -> dict[str, Any]:
    return {
        "call": call.id, "seq": number, "part": 0, "turn": number, "step": answer.slot, "kind": "numeric",
        "prompt": "And now?", "heard": answer.raw, "input": answer.raw, "source": answer.source,
        "understood": answer.label, "outcome": answer.status, "barged_in": False, "false_alarms": 0,
        "asked_ms": 0, "prompt_ended_ms": 0, "answered_ms": answer.answered_ms, "latency_ms": "{}",
    }  # fmt: skip


def _event(call: CallResult, number: int, answer: AnswerResult) -> dict[str, Any]:
    fact = '{"fact":{"kind":"DigitPressed","digit":"1"},"orders":[]}'
    return {
        "call": call.id,
        "seq": number,
        "at_ms": answer.answered_ms,
        "epoch": 0,
        "kind": "DigitPressed",
        "data": fact,
    }
