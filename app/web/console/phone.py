"""The softphone's page: which flows may be called from a browser; knows no call."""

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from app.domain.access import Role
from app.web.access import Guard
from app.web.console.pages import Pages
from app.web.doors import Doors


def phone_page_router(doors: Doors, pages: Pages) -> APIRouter:
    """Return the route of the start page. `?flow=` chooses one beforehand."""
    router = APIRouter(dependencies=[Depends(Guard(doors, Role.VIEWER))])

    async def phone(request: Request) -> Response:
        shelf = doors.flows
        flows = [flow for flow in map(shelf.get, shelf.names()) if flow is not None]
        wanted = request.query_params.get("flow") or doors.default_flow
        return pages.render(request, "softphone.html", flows=flows, chosen=wanted)

    router.add_api_route("/", phone, methods=["GET"], response_model=None)
    return router
