"""Statements for the writer's busy way: compiled once, then handed to the driver as they are.

SQLAlchemy's own way of a statement (cache key, bind processors, a result) costs several times what SQLite
needs for it. Rows must hold what the driver takes: text, numbers, bytes, None; times by `schema.utc_text`.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa

Statement: TypeAlias = sa.Insert | sa.Update | sa.Select[Any]

_MOST_AT_ONCE = 64
"""Rows in one INSERT: with the widest table well below SQLite's 32,766 values."""


class Prepared:
    """One statement with named values, whose spelling is kept for each kind of database it was used on."""

    __slots__ = ("_spelled", "_statement")

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._spelled: dict[str, _Spelling] = {}

    def run(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute for each row. Raises SQLAlchemyError, as any statement does."""
        spelling = self._spelling(connection.dialect)
        places = spelling.places
        if places is None:
            connection.exec_driver_sql(spelling.text, [dict(row) for row in rows])
        elif spelling.head:
            _insert(connection, spelling, [row[name] for row in rows for name in places], len(rows))
        else:
            for row in rows:
                _execute(connection, spelling.text, tuple([row[name] for name in places]))

    def select(self, connection: sa.Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Return the rows found, their values as the driver gives them."""
        spelling = self._spelling(connection.dialect)
        if spelling.places is None:
            return connection.exec_driver_sql(spelling.text, dict(values)).fetchall()
        return _execute(connection, spelling.text, tuple([values[name] for name in spelling.places]))

    def _spelling(self, dialect: sa.Dialect) -> "_Spelling":
        spelling = self._spelled.get(dialect.driver)
        if spelling is None:
            spelling = self._spelled[dialect.driver] = _spell(self._statement, dialect)
        return spelling


class _Spelling(NamedTuple):
    """A statement's SQL and, where values go by place, their names in order.

    `head` and `row` are an INSERT's two halves where several rows may follow one head.
    """

    text: str
    places: Sequence[str] | None
    head: str = ""
    row: str = ""


def _spell(statement: Statement, dialect: sa.Dialect) -> _Spelling:
    compiled = statement.compile(dialect=dialect)
    text = str(compiled)
    if not dialect.positional:
        return _Spelling(text, None)
    places: Sequence[str] = getattr(compiled, "positiontup", ())
    if isinstance(statement, sa.Insert):
        head, values, row = text.partition(" VALUES ")
        return _Spelling(text, places, head + values, row)
    return _Spelling(text, places)


def _insert(connection: sa.Connection, spelling: _Spelling, values: list[Any], rows: int) -> None:
    """Insert many rows by few statements: each one lets go of the interpreter and must get it back.

    They hold powers of two of rows, so that the driver keeps every spelling prepared.
    """
    width = len(values) // rows
    begin = 0
    while rows:
        now = min(_MOST_AT_ONCE, 1 << (rows.bit_length() - 1))
        end = begin + now * width
        text = spelling.head + ", ".join([spelling.row] * now)
        _execute(connection, text, tuple(values[begin:end]))
        begin, rows = end, rows - now


def _execute(connection: sa.Connection, text: str, values: tuple[Any, ...]) -> Sequence[Sequence[Any]]:
    """Have SQLite itself do it, and put its complaints as SQLAlchemy does."""
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    try:
        return driver.execute(text, values).fetchall()
    except sqlite3.Error as error:
        raise sa.exc.DBAPIError.instance(text, None, error, sqlite3.Error, hide_parameters=True) from None
