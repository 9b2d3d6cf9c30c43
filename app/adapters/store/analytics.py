"""How soon callers were answered, and when they called: counted inside the database, by what one asks.

A percentile is exact (nearest rank): the database hands over how often each millisecond occurred.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar

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


OWN_STAGES: Final = {
    "stt": ("recognition",),
    "llm": ("interpretation", "first_token", "first_sentence"),
    "tts": ("first_audio",),
}
"""The stages that are the time of a service."""

FRESH_S: Final = 30.0
_VIEWS: Final = 100


class By(StrEnum):
    """What latencies are told apart by."""

    STEP = "step"
    FLOW = "flow"
    LANGUAGE = "language"
    SOURCE = "source"
    PROVIDER = "provider"
    HOUR = "hour"


_View: TypeAlias = tuple[Filter, By, tuple[str, ...], bool]
"""Whose figures are meant: those of the filter, told apart so, of these steps first, hourly or not."""


@dataclass(frozen=True, slots=True)
class Latencies:
    """Spreads of the whole turn for each value of what was asked, and of each stage over all of them.

    Where all flows are meant, a step is named with its flow: `csat · score`.
    By provider they are of what each of them took (`OWN_STAGES`): its name, and the stage.
    """

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
    """Reads from any thread, in pools of its own of a single thread: one count at a time is enough.

    Names have a pool besides, so that no page waits for another's figures to be offered a flow.
    """

    def __init__(
        self, database: Database, prices: Prices = FREE, *, now: Callable[[], float] = seconds
    ) -> None:
        self._database = database
        self._prices = prices
        self._now = now
        self._known: dict[_View, tuple[float, Overview]] = {}
        self._counting: dict[_View, asyncio.Task[Overview]] = {}
        self._pool = Pool("call-log-analyst", 1)
        self._names_pool = Pool("call-log-names", 1)
        self.pools = (self._pool, self._names_pool)

    async def overview(
        self, wanted: Filter, by: By, steps: tuple[str, ...] = (), *, hourly: bool = False
    ) -> Overview:
        """Return the figures, at most FRESH_S old: they can take seconds to count. Raises StoreError.

        All who want the same share one count, which goes on when they leave.
        """
        view, now = (wanted, by, steps, hourly), self._now()
        at, found = self._known.get(view, (0.0, None))
        if found is not None and now - at <= FRESH_S:
            return found
        counting = self._counting.get(view)
        if counting is None:
            counting = asyncio.ensure_future(self._count(now, view))
            self._counting[view] = counting
            counting.add_done_callback(lambda done: self._counted(view, done))
        return await asyncio.shield(counting)

    async def _count(self, now: float, view: _View) -> Overview:
        wanted, by, steps, hourly = view
        found = await self._run(self._pool, lambda: self.overview_now(wanted, by, steps, hourly=hourly))
        self._known.pop(view, None)
        self._known[view] = now, found
        if len(self._known) > _VIEWS:
            del self._known[next(iter(self._known))]
        return found

    def _counted(self, view: _View, done: "asyncio.Task[Overview]") -> None:
        self._counting.pop(view, None)
        if not done.cancelled():
            done.exception()  # whoever waited was told; where nobody did, nobody needs to be

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

        return await self._run(self._names_pool, look)

    def close(self) -> None:
        """End the threads and close the database."""
        for pool in self.pools:
            pool.shutdown()
        self._database.close()

    async def _run(self, pool: Pool, work: Callable[[], _T]) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work)
        except PoolFullError:
            raise StoreError("too many want figures at once: try again in a moment") from None
        except sa.exc.DBAPIError as error:
            raise StoreError(f"the figures cannot be read: {error.orig}") from None


def latencies(connection: sa.Connection, wanted: Filter, by: By) -> Latencies:
    """Return the spreads of all turns of the calls that are meant."""
    calls = selected(wanted).subquery()
    stage = _stages(connection)
    # Labels that no column has: PostgreSQL would take `key` for the stage's own.
    told_by, stage_name = _key(calls, by, wanted).label("told_by"), stage.c.key.label("stage_name")
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
    if by is By.PROVIDER:
        groups = _by_provider(connection, calls, stage)
    return Latencies(
        {key: spread_of(times) for key, times in sorted(groups.items())},
        {stage: spread_of(times) for stage, times in stages.items()},
    )


def _by_provider(connection: sa.Connection, calls: sa.Subquery, stage: Any) -> dict[str, dict[int, int]]:  # noqa: ANN401 - a table made of a value
    served = _each(connection, _TURN.providers, "served", as_text=True)
    own = sa.or_(
        *(sa.and_(served.c.key == service, stage.c.key.in_(stages)) for service, stages in OWN_STAGES.items())
    )
    name, stage_name = served.c.value.label("provider"), stage.c.key.label("stage_name")
    ms, times = _whole(stage.c.value).label("ms"), sa.func.count().label("times")
    query = (
        sa.select(name, stage_name, ms, times)
        .select_from(
            schema.turn.join(calls, calls.c.id == _TURN.call).join(served, sa.true()).join(stage, own)
        )
        .group_by(name, stage_name, ms)
    )
    groups: dict[str, dict[int, int]] = {}
    for row in connection.execute(query):
        groups.setdefault(f"{row.provider}, {row.stage_name.replace('_', ' ')}", {})[row.ms] = row.times
    return groups


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


def _key(calls: sa.Subquery, by: By, wanted: Filter) -> sa.ColumnElement[Any]:
    match by:
        case By.STEP:
            return _TURN.step if wanted.flow else calls.c.flow + " · " + _TURN.step
        case By.FLOW:
            return calls.c.flow
        case By.LANGUAGE:
            return calls.c.language
        case By.PROVIDER:
            return sa.literal("")  # a turn has several: they are told apart by themselves
        case By.SOURCE:
            return _TURN.source
        case By.HOUR:
            return sa.func.substr(sa.cast(calls.c.started_at, sa.String), 12, 2)


def _stages(connection: sa.Connection) -> Any:  # noqa: ANN401 - a table made of a value
    return _each(connection, _TURN.latency_ms, "stage")


def _each(connection: sa.Connection, text: sa.ColumnElement[Any], name: str, *, as_text: bool = False) -> Any:  # noqa: ANN401 - as above
    """Return the pairs of a JSON object as a table of `key` and `value`."""
    if connection.dialect.name != "postgresql":
        return sa.func.json_each(text).table_valued("key", "value", name=name)
    each = sa.func.json_each_text if as_text else sa.func.json_each
    return each(sa.cast(text, sa.JSON)).table_valued("key", "value", name=name)


def _whole(value: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.cast(sa.cast(value, sa.Text), sa.Integer)
