"""What calls brought, read for tables: calls with their answers, a few hundred in memory at a time.

Holds no key: what is masked in the log cannot be read here at all.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.adapters.store import schema
from app.adapters.store.codec import from_json
from app.adapters.store.database import Database
from app.adapters.store.selection import Filter, after_call, selected
from app.domain.call import Value
from app.domain.results import AnswerResult, CallResult, ColumnKind, Seen

_CALL = schema.call.c
_ANSWER = schema.answer.c


@dataclass(frozen=True, slots=True)
class UsedFlow:
    """A flow as the calls that used it began with it; `private` are the answers that stand in no log."""

    name: str
    version: str
    source: str
    private: frozenset[str]


class ResultReader:
    """Reads from any thread, beside a running server. Every method may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def flows(self, wanted: Filter) -> tuple[UsedFlow, ...]:
        """Return the flows and versions that the calls used, the latest first."""
        calls = selected(wanted).subquery()
        table = schema.flow
        query = (
            sa.select(table.c.id, table.c.version, table.c.yaml, table.c.sensitive_steps)
            .where(table.c.sha256.in_(sa.select(calls.c.flow_sha256)))
            .order_by(table.c.frozen_at.desc(), table.c.sha256)
        )
        with self._database.reading.begin() as connection:
            rows = connection.execute(query).all()
        return tuple(UsedFlow(*row[:3], frozenset(from_json(row[3]))) for row in rows)

    def slots(self, wanted: Filter) -> Mapping[str, Seen]:
        """Return every question that has an answer, by name, and what kind of values it has."""
        calls = selected(wanted).subquery()
        shape = _shape().label("shape")
        answers = sa.select(_ANSWER.slot, shape).join(calls, calls.c.id == _ANSWER.call)
        query = answers.distinct().order_by(_ANSWER.slot, shape)
        lists = (
            sa.select(_ANSWER.slot, _ANSWER.value)
            .join(calls, calls.c.id == _ANSWER.call)
            .where(_ANSWER.value.like("[%"))
            .distinct()
        )
        shapes: dict[str, set[str]] = {}
        choices: dict[str, set[str]] = {}
        with self._database.reading.begin() as connection:
            for slot, form in connection.execute(query):
                shapes.setdefault(slot, set()).add(form)
            for slot, value in connection.execute(lists):
                choices.setdefault(slot, set()).update(from_json(value))
        return {
            slot: Seen(_kind(forms), tuple(sorted(choices.get(slot, ())))) for slot, forms in shapes.items()
        }

    def count(self, wanted: Filter) -> int:
        """Return how many calls there are."""
        query = sa.select(sa.func.count()).select_from(selected(wanted).subquery())
        with self._database.reading.begin() as connection:
            return int(connection.execute(query).scalar_one())

    def calls(self, wanted: Filter, *, chunk: int = 500) -> Iterator[CallResult]:
        """Yield every call with its answers, oldest first; at most `chunk` are in memory."""
        last: sa.RowMapping | None = None
        while True:
            query = selected(wanted).order_by(_CALL.started_at, _CALL.id).limit(chunk)
            if last is not None:
                query = query.where(after_call(last["started_at"], last["id"]))
            with self._database.reading.begin() as connection:
                rows = connection.execute(query).mappings().all()
                answers = _answers(connection, [row["id"] for row in rows])
            for row in rows:
                yield _call(row, tuple(answers.get(row["id"], ())))
            if len(rows) < chunk:
                return
            last = rows[-1]


_COLUMNS = tuple(_ANSWER[name] for name in AnswerResult.__slots__)
_VALUE = AnswerResult.__slots__.index("value")


def _answers(connection: sa.Connection, calls: list[str]) -> dict[str, list[AnswerResult]]:
    query = (
        sa.select(_ANSWER.call, *_COLUMNS)
        .where(_ANSWER.call.in_(calls))
        .order_by(_ANSWER.call, _ANSWER.seq, _ANSWER.part)
    )
    found: dict[str, list[AnswerResult]] = {}
    for call, *cells in connection.execute(query):
        cells[_VALUE] = _given(from_json(cells[_VALUE]))
        found.setdefault(call, []).append(AnswerResult(*cells))
    return found


def _given(value: Any) -> Value:  # noqa: ANN401 - JSON is any of its values
    return tuple(value) if isinstance(value, list) else value


_NOTHING = "null"
_KINDS = (
    (ColumnKind.BOOLEAN, {"boolean"}),
    (ColumnKind.WHOLE, {"integer"}),
    (ColumnKind.NUMBER, {"integer", "number"}),
    (ColumnKind.MANY, {"list"}),
)
"""Which kind takes which forms of JSON; text takes all."""


def _shape() -> sa.ColumnElement[str]:
    """Say what form a value has by the beginning of its JSON."""
    value = _ANSWER.value
    return sa.case(
        (value == "null", _NOTHING),
        (value.in_(("true", "false")), "boolean"),
        (value.like('"%'), "text"),
        (value.like("[%"), "list"),
        (sa.or_(value.like("%.%"), value.like("%e%")), "number"),
        else_="integer",
    )


def _kind(forms: Set[str]) -> ColumnKind | None:
    given = forms - {_NOTHING}
    return next((kind for kind, taken in _KINDS if given <= taken), ColumnKind.TEXT) if given else None


def _call(row: sa.RowMapping, answers: tuple[AnswerResult, ...]) -> CallResult:
    return CallResult(
        **{name: row[name] for name in CallResult.__slots__ if name != "answers"}, answers=answers
    )
