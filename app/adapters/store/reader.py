"""The call log as people and programs read it: pages of calls, one call whole, its journal, its audio.

Reads beside a running server, never takes its lock, never writes a journal.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.adapters.store import calls, schema, search
from app.adapters.store.codec import Json, from_json
from app.adapters.store.costs import cost_of
from app.adapters.store.database import Database
from app.adapters.store.rows import RowMaker
from app.adapters.store.sealing import Vault
from app.adapters.store.selection import EVERY, Filter, after_call, selected
from app.domain.cost import FREE, Prices
from app.session.ports import StoredCall

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_CALL = schema.call.c
_KEY = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3})~(.+)")

_ANSWER_EXTRAS = (
    "no_inputs",
    "no_matches",
    "language",
    "prompt_started_ms",
    "prompt_ended_ms",
    "answered_ms",
    "latency_ms",
)
_TURN_FIELDS = (
    "turn",
    "step",
    "kind",
    "prompt",
    "heard",
    "input",
    "source",
    "understood",
    "outcome",
    "barged_in",
    "false_alarms",
    "asked_ms",
    "prompt_ended_ms",
    "answered_ms",
)


@dataclass(frozen=True, slots=True)
class CallPage:
    """Some calls, newest first; `next_key` asks for the ones after them and is None at the end."""

    calls: tuple[Json, ...]
    next_key: str | None


class CallReader:
    """Reads from any thread. What is sensitive stays masked unless `reveal` asks for it.

    `audio_dir` holds a folder of recordings per call, `prices` are what their cost is reckoned by. Every
    method may raise StoreError.
    """

    def __init__(self, database: Database, vault: Vault, audio_dir: Path, prices: Prices = FREE) -> None:
        self._database = database
        self._maker = RowMaker(vault)
        self._audio_dir = audio_dir
        self._prices = prices

    def page(self, wanted: Filter = EVERY, *, after: str | None = None, limit: int = 50) -> CallPage:
        """Return up to `limit` calls behind the key `after`. Raises KeyError when that is no key."""
        behind = None if after is None else _opened(after)
        with self._database.reading.begin() as connection:
            rows = search.page(connection, wanted, behind=behind, limit=limit + 1)
        shown = rows[:limit]
        has_more = len(rows) > limit
        return CallPage(tuple(_summary(row) for row in shown), _key(shown[-1]) if has_more else None)

    def count(self, wanted: Filter = EVERY, *, most: int = 1_000) -> int:
        """Return how many calls are meant; `most` + 1 stands for more than that."""
        with self._database.reading.begin() as connection:
            return search.count(connection, wanted, most=most)

    def facets(self) -> dict[str, list[str]]:
        """Return the flows and the languages that calls have, by name."""
        with self._database.reading.begin() as connection:
            return {name: search.distinct(connection, name) for name in ("flow", "language")}

    def call(self, call_id: str, *, reveal: bool = False) -> Json | None:
        """Return the call with its answers and turns, or None."""
        with self._database.reading.begin() as connection:
            row = (
                connection.execute(sa.select(schema.call).where(_CALL.id == call_id)).mappings().one_or_none()
            )
            return None if row is None else self._whole(connection, row, reveal=reveal)

    def beginning_with(self, start: str, *, limit: int = 3) -> list[str]:
        """Return up to `limit` ids that begin with `start`; the id that is `start` itself comes alone."""
        if not start:
            return []
        # Not LIKE: its wildcards are letters that an id may hold, and SQLite's ignores case.
        query = sa.select(_CALL.id).where(sa.func.substr(_CALL.id, 1, len(start)) == start)
        with self._database.reading.begin() as connection:
            found = list(connection.execute(query.order_by(_CALL.id).limit(limit)).scalars())
        return [start] if start in found else found

    def events(self, call_id: str, *, reveal: bool = False) -> list[Json] | None:
        """Return the call's journal in order, or None when there is no such call."""
        with self._database.reading.begin() as connection:
            if connection.execute(sa.select(_CALL.id).where(_CALL.id == call_id)).scalar() is None:
                return None
            return self._events(connection, call_id, reveal=reveal)

    def audio(self, call_id: str) -> Path | None:
        """Return where the recording of both sides lies, or None."""
        path = self.audio_folder(call_id) / "call.wav"
        return path if path.is_file() else None

    def audio_folder(self, call_id: str) -> Path:
        """Return where all of the call's audio lies, if there is any."""
        return self._audio_dir / _UNSAFE.sub("_", call_id)

    def stored(self, call_id: str) -> StoredCall | None:
        """Return what a call is restored from, or None. Raises StoreError, CodecError."""
        with self._database.reading.begin() as connection:
            return calls.load_by_id(connection, self._maker, call_id)

    def export(self, wanted: Filter = EVERY, *, reveal: bool = False, chunk: int = 200) -> Iterator[Json]:
        """Yield every call with answers, turns and events, oldest first, a few in memory at a time."""
        last: tuple[datetime, str] | None = None
        while True:
            query = selected(wanted).order_by(_CALL.started_at, _CALL.id).limit(chunk)
            if last is not None:
                query = query.where(after_call(*last))
            with self._database.reading.begin() as connection:
                rows = connection.execute(query).mappings().all()
            for row in rows:
                with self._database.reading.begin() as connection:
                    whole = self._whole(connection, row, reveal=reveal)
                    whole["events"] = self._events(connection, row["id"], reveal=reveal)
                yield whole
            if len(rows) < chunk:
                return
            last = (rows[-1]["started_at"], rows[-1]["id"])

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _whole(self, connection: sa.Connection, row: sa.RowMapping, *, reveal: bool) -> Json:
        answers: Json = {}
        for found in _of(connection, schema.answer, row["id"]):
            answer = self._maker.revealed(found) if reveal else found
            # A question can be answered more than once: the latest is current, and stands last.
            answers.pop(answer["slot"], None)
            answers[answer["slot"]] = _shown_answer(answer)
        turns = [
            _shown_turn(self._maker.revealed(found) if reveal else found)
            for found in _of(connection, schema.turn, row["id"])
        ]
        audio = self.audio(row["id"])
        return {
            **_summary(row),
            "variables": from_json(row["variables"]),
            "recording": None if audio is None else str(audio),
            "audio_files": self._audio_files(connection, row["id"]),
            "cost": cost_of(connection, row, self._prices),
            "answers": answers,
            "turns": turns,
        }

    def _audio_files(self, connection: sa.Connection, call_id: str) -> list[str]:
        # What lies in the call's folder, noted or not: a server that was killed noted nothing.
        found = set(self.audio_folder(call_id).glob("*.wav"))
        for noted in _of(connection, schema.recording, call_id):
            path = self._audio_dir.parent / noted["path"]
            if path.is_file():
                found.add(path)
        return sorted(str(path) for path in found)

    def _events(self, connection: sa.Connection, call_id: str, *, reveal: bool) -> list[Json]:
        return [
            {
                "seq": event["seq"],
                "at_ms": event["at_ms"],
                "epoch": event["epoch"],
                "kind": event["kind"],
                **(self._maker.truth(event) if reveal else from_json(event["data"])),
            }
            for event in _of(connection, schema.call_event, call_id)
        ]


# Made once: to make a statement for each call takes longer than to run it.
_PARTS = {
    table.name: sa.select(table)
    .where(table.c.call == sa.bindparam("of_call"))
    .order_by(*table.primary_key.columns)
    for table in (schema.answer, schema.turn, schema.call_event, schema.recording)
}


def _of(connection: sa.Connection, table: sa.Table, call_id: str) -> Iterator[sa.RowMapping]:
    yield from connection.execute(_PARTS[table.name], {"of_call": call_id}).mappings()


def _summary(row: sa.RowMapping) -> Json:
    return {
        "id": row["id"],
        "carrier_sid": row["carrier_sid"],
        "flow": row["flow"],
        "flow_version": row["flow_version"],
        "direction": row["direction"],
        "from": row["from_number"],
        "to": row["to_number"],
        "language": row["language"],
        "started_at": _time(row["started_at"]),
        "answered_at": _time(row["answered_at"]),
        "ended_at": _time(row["ended_at"]),
        "disposition": row["disposition"],
        "cause": row["cause"],
        "resumes": row["resumes"],
        "worst_ms": row["worst_ms"],
        "median_ms": row["median_ms"],
    }


def _shown_answer(row: Any) -> Json:  # noqa: ANN401 - a row of any driver
    return {
        "value": from_json(row["value"]),
        "label": row["label"],
        "source": row["source"],
        "status": row["status"],
        "confidence": row["confidence"],
        "asks": row["asks"],
        "raw": row["raw"],
        "sensitive": row["sealed"] is not None,
        **{name: row[name] for name in _ANSWER_EXTRAS},
    }


def _shown_turn(row: Any) -> Json:  # noqa: ANN401 - a row of any driver
    told = {name: from_json(row[name]) for name in ("latency_ms", "providers")}
    return {**{name: row[name] for name in _TURN_FIELDS}, **told}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")


def _key(row: sa.RowMapping) -> str:
    return f"{row['started_at'].replace(tzinfo=None).isoformat(timespec='milliseconds')}~{row['id']}"


def _opened(key: str) -> tuple[datetime, str]:
    parts = _KEY.fullmatch(key)
    if parts is None:
        raise KeyError(key)
    try:
        return datetime.fromisoformat(parts[1] + "+00:00"), parts[2]
    except ValueError:
        raise KeyError(key) from None
