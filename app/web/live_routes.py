"""The streams of live calls as routes: all calls, one call; knows no event's meaning."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.domain.access import Role
from app.domain.call import CallId
from app.web.access import Guard
from app.web.doors import Doors
from app.web.live import LiveCalls, TooManyReaders
from app.web.requests import Refused


def live_router(doors: Doors, live: LiveCalls) -> APIRouter:
    """Return the routes of the streams; they need the role of a viewer."""
    router = APIRouter(dependencies=[Depends(Guard(doors, Role.VIEWER))])

    async def all_calls() -> Response:
        try:
            return _events(live.all_calls())
        except TooManyReaders as error:
            raise Refused(503, str(error)) from None

    async def one_call(request: Request) -> Response:
        try:
            stream = live.one_call(CallId(request.path_params["call_id"]))
        except TooManyReaders as error:
            raise Refused(503, str(error)) from None
        if stream is None:
            raise Refused(404, "no such call is live here")
        return _events(stream)

    router.add_api_route("/api/live", all_calls, methods=["GET"], response_model=None)
    router.add_api_route("/api/calls/{call_id}/live", one_call, methods=["GET"], response_model=None)
    return router


def _events(stream: AsyncIterator[bytes]) -> Response:
    # A proxy that gathers what it passes on would make a live call a late one.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)
