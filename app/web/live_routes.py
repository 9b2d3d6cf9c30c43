"""The streams of live calls as routes: all calls, one call; knows no event's meaning."""

from collections.abc import AsyncGenerator

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from app.domain.access import Role
from app.domain.call import CallId
from app.web.access import Door, Guard
from app.web.doors import Doors
from app.web.live import LiveCalls
from app.web.readers import TooManyReaders
from app.web.requests import Refused
from app.web.streams import BegunResponse, begun


def live_router(doors: Doors, live: LiveCalls) -> APIRouter:
    """Return the routes of the streams; they need the role of a viewer."""
    router = APIRouter(dependencies=[Depends(Guard(doors, Role.VIEWER))])

    door = Door(doors)

    async def all_calls(request: Request) -> Response:
        try:
            return await _events(live.all_calls(door.visit(request)))
        except TooManyReaders as error:
            raise Refused(503, str(error)) from None

    async def one_call(request: Request) -> Response:
        try:
            stream = live.one_call(CallId(request.path_params["call_id"]), door.visit(request))
        except TooManyReaders as error:
            raise Refused(503, str(error)) from None
        if stream is None:
            raise Refused(404, "no such call is live here")
        return await _events(stream)

    router.add_api_route("/api/live", all_calls, methods=["GET"], response_model=None)
    router.add_api_route("/api/calls/{call_id}/live", one_call, methods=["GET"], response_model=None)
    return router


async def _events(stream: AsyncGenerator[bytes]) -> Response:
    # Begun at once, so that who comes at the same moment is counted already.
    pieces = await begun(stream)
    # A proxy that gathers what it passes on would make a live call a late one.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return BegunResponse(pieces, media_type="text/event-stream", headers=headers)
