"""The softphone's page: which flows may be called from a browser; knows no call."""

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from app.domain.access import Role
from app.web.access import Guard
from app.web.console.pages import Pages
from app.web.doors import Doors
from app.web.queries import flow_among


def phone_page_router(doors: Doors, pages: Pages) -> APIRouter:
    """Return the route of the start page. `?flow=` chooses one beforehand."""
    router = APIRouter(dependencies=[Depends(Guard(doors, Role.VIEWER))])

    async def phone(request: Request) -> Response:
        shelf, wanted = doors.flows, request.query_params.get("flow", "")
        flows = {name: flow for name in shelf.names() if (flow := shelf.get(name)) is not None}
        if wanted:
            flow_among(wanted, flows)
        chosen = wanted or doors.default_flow
        return pages.render(request, "softphone.html", flows=list(flows.values()), chosen=chosen)

    router.add_api_route("/", phone, methods=["GET"], response_model=None)
    return router
