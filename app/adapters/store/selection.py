"""Which calls are meant: a filter and the condition it stands for; orders and limits nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.adapters.store import schema
from app.adapters.store.words import sought

_CALL = schema.call.c
_TEXT = schema.call_text.c

PAST_EVERY_DIGIT = ":"
"""The character behind `9`: what begins with some digits sorts before those digits and this."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which calls are meant; None means any.

    `number` is the other party's: whole with its `+`, else the digits it ends in. Calls of `until` itself
    are not meant any more. Latencies are of whole turns, and of calls that ended. `words` are searched as
    `words.py` says, in calls that ended.
    """

    flow: str | None = None
    disposition: str | None = None
    direction: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    language: str | None = None
    number: str | None = None
    worst_ms: int | None = None
    median_ms: int | None = None
    words: str | None = None


EVERY = Filter()
"""Every call."""


def party_of(direction: str, from_number: str, to_number: str) -> str:
    """Return the other party's digits, the last one first: what it ends in is what this begins with."""
    number = to_number if direction == "outbound" else from_number
    return backward(number)


def backward(number: str) -> str:
    """Return the number's digits, the last one first."""
    return "".join(letter for letter in reversed(number) if letter in "0123456789")[:32]


def selected(wanted: Filter) -> sa.Select[Any]:
    """Return the query for the calls that are meant, in no order."""
    return sa.select(schema.call).where(*same(wanted), *spans(wanted), *said(wanted))


def same(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that an index in order of time serves, and those on time itself."""
    pairs = (
        (_CALL.flow, wanted.flow),
        (_CALL.disposition, wanted.disposition),
        (_CALL.direction, wanted.direction),
        (_CALL.language, wanted.language),
    )
    found = [column == value for column, value in pairs if value is not None]
    if wanted.number is not None and wanted.number.startswith("+"):
        found.append(_CALL.party == backward(wanted.number))
    if wanted.since is not None:
        found.append(_CALL.started_at >= wanted.since)
    if wanted.until is not None:
        found.append(_CALL.started_at < wanted.until)
    return found


def spans(wanted: Filter, *, by_index: bool = True) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that say from where on; `by_index` is False for a scan in another order."""
    found: list[sa.ColumnElement[bool]] = []
    for column, least in ((_CALL.worst_ms, wanted.worst_ms), (_CALL.median_ms, wanted.median_ms)):
        if least is not None:
            found.append((column if by_index else column + 0) >= least)
    if wanted.number is not None and not wanted.number.startswith("+"):
        begins = backward(wanted.number)
        party = _CALL.party if by_index else _CALL.party.concat("")
        found.append(sa.and_(party >= begins, party < begins + PAST_EVERY_DIGIT))
    return found


def said(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    """Return the condition that a call holds the words, as one on the call's id."""
    condition = matches(wanted)
    if condition is None:
        return []
    return [_CALL.id.in_(sa.select(_TEXT.call).where(condition))]


def matches(wanted: Filter) -> sa.ColumnElement[bool] | None:
    """Return the condition on a row of `call_text`; None when no words are asked for."""
    text = sought(wanted.words or "")
    if text is None:
        return None
    # Each database is handed its own spelling; the other one is never compiled.
    return _Holds(_TEXT.no, sa.literal(text.fts5), sa.literal(text.tsquery))


class _Holds(FunctionElement[bool]):
    """Whether the text with this number holds what is sought."""

    name = "holds"
    type = sa.Boolean()
    inherit_cache = True


@compiles(_Holds, "sqlite")
def _by_fts5(element: _Holds, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    number, fts5, _ = element.clauses
    matching = f"SELECT rowid FROM call_words WHERE call_words MATCH {compiler.process(fts5, **how)}"  # noqa: S608 - a bound value
    return f"{compiler.process(number, **how)} IN ({matching})"


@compiles(_Holds, "postgresql")
def _by_tsvector(element: _Holds, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 - as above
    tsquery = compiler.process(list(element.clauses)[2], **how)
    return f"call_text.words @@ to_tsquery('simple', {tsquery})"


def after_call(started: datetime, call_id: str) -> sa.ColumnElement[bool]:
    """Return the condition that a call began behind this one; of the same millisecond by its id."""
    return sa.tuple_(_CALL.started_at, _CALL.id) > (started, call_id)


def before_call(started: datetime, call_id: str) -> sa.ColumnElement[bool]:
    """Return the condition that a call began before this one; of the same millisecond by its id."""
    return sa.tuple_(_CALL.started_at, _CALL.id) < (started, call_id)
