"""Finds calls newest first, page by page and by key, and counts them as far as anybody asks.

Where an index has the calls in order of time, a page reads about as many rows as it shows. A condition
that says from where on (a latency, the end of a number) has no such index: few matches are looked up and
sorted, many are met soon enough on the way through time.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from app.adapters.store import schema
from app.adapters.store.selection import Filter, before_call, matches, same, spans
from app.adapters.store.words import sought

FEW: Final = 1_000
"""So many matches are looked up and sorted at once."""

_CALL = schema.call.c
_TEXT = schema.call_text.c
_WORDS = sa.table("call_words", sa.column("rowid", sa.Integer))

Behind = tuple[datetime, str] | None
"""The start and the id of the last call that was seen."""


def page(connection: sa.Connection, wanted: Filter, *, behind: Behind, limit: int) -> Sequence[sa.RowMapping]:
    """Return up to `limit` calls behind that one, newest first."""
    if matches(wanted) is not None:
        query = _by_words(connection, wanted, behind)
    else:
        query = _by_time(connection, wanted, behind)
    return connection.execute(query.limit(limit)).mappings().all()


def count(connection: sa.Connection, wanted: Filter, *, most: int) -> int:
    """Return how many calls are meant; beyond `most` it stops counting and returns one more."""
    if matches(wanted) is None:
        query = sa.select(_CALL.id).where(*same(wanted), *spans(wanted))
    else:
        # In order, too: that leaves the database no other way than from word to call.
        query = _by_words(connection, wanted, None).with_only_columns(_CALL.id)
    found = query.limit(most + 1).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(found)).scalar_one())


def distinct(connection: sa.Connection, name: str) -> list[str]:
    """Return what stands in this column of `call`, by stepping through its index from value to value."""
    column = _CALL[name]
    first = sa.select(sa.func.min(column).label("value")).cte("steps", recursive=True)
    following = sa.select(sa.func.min(column)).where(column > first.c.value).scalar_subquery()
    steps = first.union_all(sa.select(following).where(first.c.value.is_not(None)))
    query = sa.select(steps.c.value).where(steps.c.value.is_not(None))
    return list(connection.execute(query).scalars())


def _by_time(connection: sa.Connection, wanted: Filter, behind: Behind) -> sa.Select[Any]:
    query = sa.select(schema.call).where(*same(wanted))
    if conditions := spans(wanted):
        sparse = sa.select(_CALL.id).where(*conditions)
        if _are_few(connection, sparse):
            query = query.where(_CALL.id.in_(sparse))
        else:
            query = query.where(*spans(wanted, by_index=False))
    if behind is not None:
        query = query.where(before_call(*behind))
    return query.order_by(_CALL.started_at.desc(), _CALL.id.desc())


def _are_few(connection: sa.Connection, found: sa.Select[Any]) -> bool:
    counted = sa.select(sa.func.count()).select_from(found.limit(FEW + 1).subquery())
    return bool(connection.execute(counted).scalar_one() <= FEW)


def _by_words(connection: sa.Connection, wanted: Filter, behind: Behind) -> sa.Select[Any]:
    """Go through the texts from the last one on: they are numbered in the order in which calls begin."""
    query = sa.select(schema.call).join(schema.call_text, _TEXT.call == _CALL.id)
    query = query.where(*same(wanted), *spans(wanted, by_index=False))
    number: sa.ColumnElement[int] = _TEXT.no
    text = sought(wanted.words or "")
    if connection.dialect.name == "sqlite" and text is not None:
        # Joined, not asked for by IN: the index gives its rows in order, and is left when the page is full.
        number = _WORDS.c.rowid
        query = query.join(_WORDS, _TEXT.no == number)
        query = query.where(sa.text("call_words MATCH :sought").bindparams(sought=text.fts5))
    elif (condition := matches(wanted)) is not None:
        query = query.where(condition)
    if behind is not None:
        query = query.where(number < _number_of(connection, *behind))
    return query.order_by(number.desc())


def _number_of(connection: sa.Connection, started: datetime, call_id: str) -> int:
    """Return the number of this call's text, or the least one behind it when the call is gone."""
    number = connection.execute(sa.select(_TEXT.no).where(_TEXT.call == call_id)).scalar()
    if number is None:
        last = sa.select(_CALL.id).where(before_call(started, call_id))
        last = last.order_by(_CALL.started_at.desc(), _CALL.id.desc()).limit(1)
        query = sa.select(_TEXT.no + 1).where(_TEXT.call == last.scalar_subquery())
        number = connection.execute(query).scalar()
    return int(number or 0)
