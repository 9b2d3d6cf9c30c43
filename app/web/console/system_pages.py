"""The system page: how the process and its providers fare, refreshed as one looks, and how it is set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from app.domain.access import Role
from app.web.access import Guard
from app.web.console.pages import Pages
from app.web.doors import Doors
from app.web.vitals import Vitals


def system_router(doors: Doors, vitals: Callable[[], Vitals], pages: Pages) -> APIRouter:
    """Return the system page, and the part of it that changes."""
    router = APIRouter(dependencies=[Depends(Guard(doors, Role.VIEWER))])

    async def page(request: Request) -> Response:
        now = vitals()
        return pages.render(request, "system.html", **_values(doors, now), vitals=now)

    async def present(request: Request) -> Response:
        return pages.render(request, "system_now.html", **_values(doors, vitals()))

    router.add_api_route("/system", page, methods=["GET"], response_model=None)
    router.add_api_route("/system/now", present, methods=["GET"], response_model=None)
    return router


@dataclass(frozen=True, slots=True)
class PoolNow:
    """One pool of threads."""

    name: str
    threads: int
    busy: float
    waiting: int
    wait_p50_ms: float
    wait_p99_ms: float


def _values(doors: Doors, vitals: Vitals) -> dict[str, Any]:
    return {
        "gauges": vitals.gauges,
        "most_calls": vitals.most_calls,
        "providers": vitals.providers,
        "pools": pools_in(vitals.gauges),
        "unready": doors.unready(),
    }


def pools_in(gauges: Mapping[str, float]) -> list[PoolNow]:
    """Return the pools that the gauges tell of, in their order."""
    names = [
        key.removeprefix('pool_threads{pool="').removesuffix('"}')
        for key in gauges
        if key.startswith("pool_threads{")
    ]
    return [
        PoolNow(
            name,
            int(gauges[f'pool_threads{{pool="{name}"}}']),
            gauges[f'pool_busy_share{{pool="{name}"}}'],
            int(gauges[f'pool_waiting{{pool="{name}"}}']),
            gauges[f'pool_wait_p50_ms{{pool="{name}"}}'],
            gauges[f'pool_wait_p99_ms{{pool="{name}"}}'],
        )
        for name in names
    ]
