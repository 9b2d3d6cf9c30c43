"""The operators' API: places calls and reads the call log; knows no carrier."""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from app.domain.access import Role
from app.domain.call import Disposition, Millis
from app.domain.keepable import MOST_NUMBER, keepable_value
from app.session.admission import Barred, Busy, Placed, UnknownFlow, UnknownVariables
from app.session.ports import DialError
from app.web.access import Guard, note
from app.web.call_filters import check_flow, filter_of
from app.web.doors import Doors, SomeCalls
from app.web.numbers import NumberRefusedError, dialable
from app.web.queries import one_of
from app.web.requests import Refused, as_json, body_of

MAX_PAGE: Final = 500
DEFAULT_PAGE: Final = 50
SAME_LISTENING_MS: Final[Millis] = 600_000
"""Whoever asks for the same recording again within this long goes on listening."""

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Text = Annotated[str, msgspec.Meta(max_length=2000)]
_Whole = Annotated[int, msgspec.Meta(ge=-MOST_NUMBER, le=MOST_NUMBER)]


class NewCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /api/calls`."""

    to: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    flow: _Name
    variables: Annotated[dict[_Name, _Text | _Whole | float | bool | None], msgspec.Meta(max_length=100)] = {}


_new_call = msgspec.json.Decoder(NewCall).decode


def api_router(doors: Doors) -> APIRouter:
    """Return the routes under /api and /metrics, all behind the key."""
    router = APIRouter(dependencies=[Depends(Guard(doors, Role.VIEWER))])
    api = Api(doors)
    add = router.add_api_route
    dials = [Depends(Guard(doors, Role.OPERATOR))]
    add("/api/calls", api.place, methods=["POST"], dependencies=dials, response_model=None)
    add("/api/calls", api.page, methods=["GET"], response_model=None)
    add("/api/calls/{call_id}", api.call, methods=["GET"], response_model=None)
    add("/api/calls/{call_id}/events", api.events, methods=["GET"], response_model=None)
    add("/api/calls/{call_id}/audio", api.audio, methods=["GET"], response_model=None)
    add("/api/flows", api.flows, methods=["GET"], response_model=None)
    add("/metrics", api.metrics, methods=["GET"], response_model=None)
    return router


def health_router(doors: Doors) -> APIRouter:
    """Return the two routes that are open to everybody, because they tell nothing but yes or no."""
    router = APIRouter()

    async def healthz() -> Response:
        return as_json({"status": "ok"})

    async def readyz() -> Response:
        if why := doors.unready():
            return as_json({"error": why}, 503)
        return as_json({"status": "ready"})

    router.add_api_route("/healthz", healthz, methods=["GET"], response_model=None)
    router.add_api_route("/readyz", readyz, methods=["GET"], response_model=None)
    return router


class Api:
    """One method per route."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._given: dict[tuple[str, str], Millis] = {}

    async def place(self, request: Request) -> Response:
        """Have a number called."""
        try:
            order = _new_call(await body_of(request))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Refused(400, f"the body must be JSON {{to, flow, variables}}: {error}") from error
        try:
            to = dialable(order.to, self._doors.allowed_prefixes)
        except NumberRefusedError as error:
            raise Refused(400, str(error)) from error
        variables = {name: keepable_value(value) for name, value in order.variables.items()}
        try:
            placement = await self._doors.desk.place(to, order.flow, variables)
        except DialError as error:
            raise Refused(502, f"the call was not placed: {error}") from error
        match placement:
            case Placed(call_id=call_id, carrier_sid=sid):
                await note(request, self._doors, "dial", call=call_id, detail=order.flow)
                self._doors.counters.add("calls_placed_total")
                return as_json({"id": call_id, "carrier_sid": sid}, 201)
            case Barred():
                raise Refused(409, "`to` is on the do-not-call list: it is not called (dialai optouts)")
            case Busy():
                raise Refused(503, "all lines are busy: try again when a call has ended")
            case UnknownVariables(names=names, known=known):
                why = f"the flow {order.flow} has no variable {', '.join(names)}"
                raise Refused(400, f"{why}; it has: {', '.join(known) or 'none'}")
            case UnknownFlow(names=names):
                raise Refused(404, f"no flow is named {order.flow!r}", flows=names)

    async def page(self, request: Request) -> Response:
        """List calls, newest first, filtered as the page of calls is, behind the key `after`."""
        query = request.query_params
        limit = query.get("limit", str(DEFAULT_PAGE))
        if not (limit.isascii() and limit.isdecimal() and len(limit) <= 4 and 1 <= int(limit) <= MAX_PAGE):  # noqa: PLR2004 - digits of MAX_PAGE
            raise Refused(400, f"limit must be a whole number from 1 to {MAX_PAGE}")
        disposition = query.get("disposition") or None
        if disposition is not None:
            one_of("disposition", disposition, [one.value for one in Disposition])
        try:
            found = await self._page(query, query.get("after") or None, int(limit))
        except KeyError:
            raise Refused(400, "`after` is no key that an earlier page gave") from None
        return as_json({"calls": found.calls, "next": found.next_key})

    async def _page(self, query: Mapping[str, str], after: str | None, limit: int) -> SomeCalls:
        shelf = self._doors.shelf
        if shelf is not None:
            wanted = filter_of(query)
            await check_flow(self._doors, wanted)
            return await shelf.do(lambda archive: archive.reader.page(wanted, after=after, limit=limit))
        return await self._doors.calls.page(
            after=after,
            limit=limit,
            flow=query.get("flow") or None,
            disposition=query.get("disposition") or None,
        )

    async def call(self, request: Request) -> Response:
        """Show one call."""
        found = await self._doors.calls.call(_call_id(request))
        if found is None:
            raise Refused(404, "no such call")
        return as_json(found)

    async def events(self, request: Request) -> Response:
        """Show a call's journal."""
        found = await self._doors.calls.events(_call_id(request))
        if found is None:
            raise Refused(404, "no such call")
        return as_json({"events": found})

    async def audio(self, request: Request) -> Response:
        """Give a call's recording."""
        path = await self._doors.calls.audio(_call_id(request))
        if path is None:
            raise Refused(404, "no recording of such a call")
        await self._note_sound(request)
        return FileResponse(path, media_type="audio/wav", filename=f"{path.stem}.wav")

    async def _note_sound(self, request: Request) -> None:
        """Note who gets a recording; a player asks for it piece by piece, which is one line."""
        call_id, now = _call_id(request), self._doors.clock.now()
        who = (request.state.person.identity, call_id)
        self._given = {known: at for known, at in self._given.items() if now - at < SAME_LISTENING_MS}
        if who not in self._given:
            await note(request, self._doors, "audio", call=call_id)
            self._given[who] = now

    async def flows(self) -> Response:
        """List the flows that a call can be placed with, and what is wrong with the files of others."""
        found = []
        for name in self._doors.flows.names():
            flow = self._doors.flows.get(name)
            if flow is not None:
                found.append(
                    {
                        "name": name,
                        "title": flow.title,
                        "version": flow.version,
                        "languages": list(flow.languages),
                        "variables": sorted(flow.variables),
                    }
                )
        return as_json({"flows": found, "problems": list(self._doors.broken_flows())})

    async def metrics(self) -> Response:
        """Give all counts in Prometheus' text form."""
        counted = self._doors.counters.render(self._doors.gauges())
        return PlainTextResponse(counted + self._doors.histograms())


def _call_id(request: Request) -> str:
    # Not as a parameter: for each of those FastAPI looks for pydantic 1, a tenth of a second at start-up.
    call_id: str = request.path_params["call_id"]
    return call_id
