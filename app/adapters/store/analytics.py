"""How soon callers were answered, and when they called: counted inside the database, by what one asks.

A percentile is exact (nearest rank): the database hands over how often each millisecond occurred.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from app.adapters.store import schema
from app.adapters.store.database import Database
from app.adapters.store.errors import StoreError
from app.adapters.store.figures import flow_figures
from app.adapters.store.selection import Filter, selected
from app.domain.cost import FREE, Prices
from app.domain.funnel import FlowFigures
from app.domain.latency import Spread, spread_of
from app.session.clock import seconds
from app.session.pools import Pool, PoolFullError

_T = TypeVar("_T")
_TURN = schema.turn.c

TOTAL: Final = "total"
"""The stage that the caller feels: from their last sound or key to our first."""


FRESH_S: Final = 30.0
_VIEWS: Final = 100


class By(StrEnum):
    """What latencies are told apart by."""

    STEP = "step"
    FLOW = "flow"
    LANGUAGE = "language"
    SOURCE = "source"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class Latencies:
    """Spreads of the whole turn for each value of what was asked, and of each stage over all of them."""

    groups: dict[str, Spread]
    stages: dict[str, Spread]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One day or hour: calls by how they ended, those in progress under the empty name."""

    begins: str
    ended: dict[str, int]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the analytics page shows of the calls that are meant."""

    figures: FlowFigures
    latencies: Latencies
    buckets: list[Bucket]
    flows: dict[str, dict[str, int]]


class Analyst:
    """Reads from any thread, in a pool of its own with a single thread: one look at a time is enough."""

    def __init__(
        self, database: Database, prices: Prices = FREE, *, now: Callable[[], float] = seconds
    ) -> None:
        self._database = database
        self._prices = prices
        self._now = now
        self._known: dict[object, tuple[float, Overview]] = {}
        self.pool = Pool("call-log-analyst", 1)

    async def overview(
        self, wanted: Filter, by: By, steps: tuple[str, ...] = (), *, hourly: bool = False
    ) -> Overview:
        """Return the figures, at most FRESH_S old: they can take seconds to count. Raises StoreError."""
        view, now = (wanted, by, steps, hourly), self._now()
        at, found = self._known.get(view, (0.0, None))
        if found is None or now - at > FRESH_S:
            found = await self._run(lambda: self.overview_now(wanted, by, steps, hourly=hourly))
            self._known.pop(view, None)
            self._known[view] = now, found
            if len(self._known) > _VIEWS:
                del self._known[next(iter(self._known))]
        return found

    def overview_now(
        self, wanted: Filter, by: By, steps: tuple[str, ...] = (), *, hourly: bool = False
    ) -> Overview:
        """Return the figures; blocks. Raises StoreError."""
        figures = flow_figures(self._database, wanted, steps, self._prices)
        with self._database.reading.begin() as connection:
            return Overview(
                figures,
                latencies(connection, wanted, by),
                buckets(connection, wanted, hourly=hourly),
                _flows(connection, wanted),
            )

    async def flows(self) -> list[str]:
        """Return the names of all flows that ever held a call."""

        def look() -> list[str]:
            with self._database.reading.begin() as connection:
                return list(
                    connection.execute(sa.select(schema.flow.c.id).distinct().order_by("id")).scalars()
                )

        return await self._run(look)

    def close(self) -> None:
        """End the thread and close the database."""
        self.pool.shutdown()
        self._database.close()

    async def _run(self, work: Callable[[], _T]) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, work)
        except PoolFullError:
            raise StoreError("too many want figures at once: try again in a moment") from None
        except sa.exc.DBAPIError as error:
            raise StoreError(f"the figures cannot be read: {error.orig}") from None


def latencies(connection: sa.Connection, wanted: Filter, by: By) -> Latencies:
    """Return the spreads of all turns of the calls that are meant."""
    calls = selected(wanted).subquery()
    stage = _stages(connection)
    # Labels that no column has: PostgreSQL would take `key` for the stage's own.
    told_by, stage_name = _key(calls, by).label("told_by"), stage.c.key.label("stage_name")
    ms, times = _whole(stage.c.value).label("ms"), sa.func.count().label("times")
    query = (
        sa.select(told_by, stage_name, ms, times)
        .select_from(schema.turn.join(calls, calls.c.id == _TURN.call).join(stage, sa.true()))
        .group_by(told_by, stage_name, ms)
    )
    groups: dict[str, dict[int, int]] = {}
    stages: dict[str, dict[int, int]] = {}
    for row in connection.execute(query):
        every = stages.setdefault(row.stage_name, {})
        every[row.ms] = every.get(row.ms, 0) + row.times
        if row.stage_name == TOTAL:
            groups.setdefault(row.told_by or "–", {})[row.ms] = row.times
    return Latencies(
        {key: spread_of(times) for key, times in sorted(groups.items())},
        {stage: spread_of(times) for stage, times in stages.items()},
    )


def buckets(connection: sa.Connection, wanted: Filter, *, hourly: bool = False) -> list[Bucket]:
    """Return the calls by day (`2026-01-31`) or by hour (`2026-01-31T09`), in UTC, the oldest first."""
    calls = selected(wanted).subquery()
    # Times are text of a fixed width: their beginning is the day, and some more of it the hour.
    begins = sa.func.substr(sa.cast(calls.c.started_at, sa.String), 1, 13 if hourly else 10).label("begins")
    query = (
        sa.select(begins, calls.c.disposition, sa.func.count())
        .group_by("begins", calls.c.disposition)
        .order_by("begins")
    )
    found: dict[str, Bucket] = {}
    for day, disposition, count in connection.execute(query):
        found.setdefault(day, Bucket(day, {})).ended[disposition or ""] = count
    return list(found.values())


def _flows(connection: sa.Connection, wanted: Filter) -> dict[str, dict[str, int]]:
    """Return for each flow how its calls ended."""
    calls = selected(wanted).subquery()
    query = (
        sa.select(calls.c.flow, calls.c.disposition, sa.func.count())
        .group_by(calls.c.flow, calls.c.disposition)
        .order_by(calls.c.flow)
    )
    found: dict[str, dict[str, int]] = {}
    for flow, disposition, count in connection.execute(query):
        found.setdefault(flow, {})[disposition or ""] = count
    return found


def _key(calls: sa.Subquery, by: By) -> sa.ColumnElement[Any]:
    match by:
        case By.STEP:
            return _TURN.step
        case By.FLOW:
            return calls.c.flow
        case By.LANGUAGE:
            return calls.c.language
        case By.SOURCE:
            return _TURN.source
        case By.HOUR:
            return sa.func.substr(sa.cast(calls.c.started_at, sa.String), 12, 2)


def _stages(connection: sa.Connection) -> Any:  # noqa: ANN401 - a table made of a value
    text: sa.ColumnElement[Any] = _TURN.latency_ms
    if connection.dialect.name == "postgresql":
        text = sa.cast(text, sa.JSON)
    return sa.func.json_each(text).table_valued("key", "value", name="stage")


def _whole(value: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.cast(sa.cast(value, sa.Text), sa.Integer)
