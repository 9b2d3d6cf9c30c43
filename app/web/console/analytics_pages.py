"""The analytics page: the figures of the calls that the address names, so that a view can be shared."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from app.adapters.store.analytics import TOTAL, Analyst, By, Overview
from app.adapters.store.selection import Filter
from app.domain.access import Role
from app.domain.funnel import FlowFigures
from app.domain.rates import eligibility, rates, tally
from app.flows.model import ConverseStep, Question
from app.web.access import Guard
from app.web.call_filters import midnight
from app.web.console.charts import columns, every
from app.web.console.pages import Pages
from app.web.doors import Doors
from app.web.queries import day_behind, day_of, flow_among, in_order, one_of

PERIODS: Final = {
    "1d": "Today",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "all": "All time",
}
"""Of whole days in UTC, today included, as the log's page takes them too."""

_DAYS: Final = {"1d": 1, "7d": 7, "30d": 30, "90d": 90}
_DEFAULT: Final = "30d"
PATIENCE_S: Final = 0.25
"""So long a page waits for its figures; then it is shown without, and they come by themselves."""

WAITS: Final = "X-Wait"
"""The header of a request that waits as long as it takes."""

_HOURLY: Final = timedelta(days=2)

STAGES: Final = {
    "total": "Whole turn: the caller's last sound or key to our first",
    "end_of_turn": "Silence, or a wait for a next key, before the turn was over",
    "recognition": "Voice ceased to words",
    "interpretation": "Model asked what the words mean",
    "first_token": "Model asked to its first word",
    "first_sentence": "Model asked to its first sentence",
    "first_audio": "Turn over to the next sound on the line",
}
RATES: Final = {
    "RR1": "Response rate 1: completed of all eligible or unknown",
    "RR2": "Response rate 2: with partial interviews",
    "RR3": "Response rate 3: of the unknown, those estimated eligible",
    "RR4": "Response rate 4: as 3, with partial interviews",
    "RR5": "Response rate 5: the unknown left out",
    "RR6": "Response rate 6: as 5, with partial interviews",
    "COOP1": "Cooperation rate: completed of those reached",
    "REF1": "Refusal rate",
    "CON1": "Contact rate",
}


@dataclass(frozen=True, slots=True)
class View:
    """What the address asks for."""

    flow: str
    period: str
    since: date | None
    until: date | None
    by: By

    def filter(self, now: datetime) -> Filter:
        """Return which calls are meant at this moment."""
        since, until = midnight(self.first_day(now.date())), midnight(day_behind(self.until))
        return Filter(flow=self.flow or None, since=since, until=until)

    def first_day(self, today: date) -> date | None:
        """Return the day from which on calls are meant; None where it is from the first."""
        if self.since or self.until or self.period not in _DAYS:
            return self.since
        return today - timedelta(days=_DAYS[self.period] - 1)

    def calls(self, today: date, disposition: str) -> str:
        """Return the address that lists those of the calls that ended so."""
        since = self.first_day(today)
        values = {
            "disposition": disposition,
            "flow": self.flow,
            "since": since.isoformat() if since else "",
            "until": self.until.isoformat() if self.until else "",
        }
        return f"/calls?{_query(values)}"

    def address(self, **changes: str) -> str:
        """Return the address of this view with some of it changed."""
        values = {
            "flow": self.flow,
            "period": "" if self.since or self.until else self.period,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "by": self.by.value,
        }
        return f"/analytics?{_query(values | changes)}"


def _query(values: dict[str, str]) -> str:
    return urlencode({name: value for name, value in values.items() if value})


def view_of(query: QueryParams) -> View:
    """Return what is asked for. Raises Refused (400) for what cannot be."""
    period, by = query.get("period") or _DEFAULT, query.get("by") or By.STEP.value
    since, until = (day_of(name, query.get(name, "")) for name in ("since", "until"))
    in_order(since, until)
    period, by = one_of("period", period, PERIODS), one_of("by", by, list(By))
    return View(query.get("flow", "").strip(), period, since, until, By(by))


def analytics_router(doors: Doors, analyst: Analyst, pages: Pages) -> APIRouter:
    """Return the analytics page."""
    router = APIRouter(dependencies=[Depends(Guard(doors, Role.VIEWER))])

    async def page(request: Request) -> Response:
        view = view_of(request.query_params)
        names = sorted({*doors.flows.names(), *await analyst.flows()})
        if view.flow:
            flow_among(view.flow, (*names, *(path.stem for path in doors.flow_files())))
        now = doors.wall()
        wanted = view.filter(now)
        span = (wanted.until or now) - wanted.since if wanted.since else None
        is_hourly = span is not None and span <= _HOURLY
        found = analyst.overview(wanted, view.by, _steps(doors, view.flow), hourly=is_hourly)
        shown: dict[str, Any] = {"view": view, "names": names, "periods": PERIODS, "by": By}
        shown["today"] = now.date()
        try:
            async with asyncio.timeout(None if WAITS in request.headers else PATIENCE_S):
                overview = await found
        except TimeoutError:
            # The count goes on; the page's script asks for the same and waits for it.
            return pages.render(request, "counting.html", **shown)
        # The calls of today are all that today has: its end is now, not midnight.
        buckets = every(overview.buckets, wanted.since, min(wanted.until or now, now), hourly=is_hourly)
        shown["chart"] = columns(buckets)
        return pages.render(request, "analytics.html", **shown, **_values(doors, overview))

    router.add_api_route("/analytics", page, methods=["GET"], response_model=None)
    return router


def _values(doors: Doors, found: Overview) -> dict[str, Any]:
    figures = found.figures
    cases = tally(figures.dispositions, doors.rate_groups)
    return {
        "figures": figures,
        "calls": sum(figures.dispositions.values()),
        "completed": _share(figures),
        "rates": rates(cases),
        "cases": cases,
        "groups": doors.rate_groups,
        "share": eligibility(cases),
        "about_rates": RATES,
        "latencies": found.latencies,
        "stages": [
            (name, about, found.latencies.stages[name])
            for name, about in STAGES.items()
            if name in found.latencies.stages
        ],
        "whole": found.latencies.stages.get(TOTAL),
        "slowest": max((spread.p95 for spread in found.latencies.groups.values()), default=0),
        "flows": found.flows,
    }


def _share(figures: FlowFigures) -> float | None:
    calls = sum(figures.dispositions.values())
    return (
        next((n / calls for end, n in figures.dispositions.items() if end.value == "completed"), 0.0)
        if calls
        else None
    )


def _steps(doors: Doors, name: str) -> tuple[str, ...]:
    flow = doors.flows.get(name) if name else None
    return (
        tuple(step.name for step in flow.steps if isinstance(step, Question | ConverseStep)) if flow else ()
    )
