"""What operators do with calls: export, look into the journal, replay, delete, hang up, transfer; audited."""

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from app.adapters.store.archive import CallArchive
from app.adapters.store.async_reader import AsyncCallReader
from app.adapters.store.codec import FACTS, CodecError, Json
from app.adapters.store.errors import StoreError
from app.adapters.store.removal import StillLiveError
from app.adapters.store.replaying import NotReplayableError
from app.domain.access import Role
from app.domain.call import CallId
from app.engine.events import OperatorCommand
from app.session.actor import CallSession
from app.web.access import Guard, note
from app.web.call_exports import FORMATS, exported
from app.web.call_filters import check_flow, filter_of, told
from app.web.doors import Doors
from app.web.downloads import Downloads, PatientResponse, TooManyDownloads
from app.web.numbers import NumberRefusedError, dialable
from app.web.queries import one_of
from app.web.requests import Refused, as_json, body_of
from app.web.sound import Peaks, peaks_of

MOST_LINES: Final = 500
LINES: Final = 100
_MOST_DIGITS: Final = 12


class Handover(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /api/calls/{id}/transfer`."""

    to: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


_handover = msgspec.json.Decoder(Handover).decode


def calls_router(doors: Doors, shelf: AsyncCallReader) -> APIRouter:
    """Return the routes. They go before those of `/api/calls/{call_id}`."""
    router = APIRouter()
    desk = CallsApi(doors, shelf)
    viewer, operator = Depends(Guard(doors, Role.VIEWER)), Depends(Guard(doors, Role.OPERATOR))

    def add(method: str, path: str, name: str, guard: Any) -> None:  # noqa: ANN401 - what Depends gives
        router.add_api_route(
            f"/api/calls/{path}", getattr(desk, name), methods=[method], dependencies=[guard],
            response_model=None,
        )  # fmt: skip

    add("GET", "export", "export", viewer)
    add("GET", "{call_id}/download", "download", viewer)
    add("GET", "{call_id}/journal", "journal", viewer)
    add("GET", "{call_id}/peaks", "peaks", viewer)
    add("POST", "{call_id}/replay", "replay", viewer)
    add("DELETE", "{call_id}", "delete", Depends(Guard(doors, Role.ADMIN)))
    add("POST", "{call_id}/hangup", "hang_up", operator)
    add("POST", "{call_id}/transfer", "transfer", operator)
    return router


class CallsApi:
    """One method per route."""

    def __init__(self, doors: Doors, shelf: AsyncCallReader) -> None:
        self._doors = doors
        self._shelf = shelf
        self._downloads = Downloads()

    async def export(self, request: Request) -> Response:
        """Give the calls that the filter means as one file, oldest first."""
        form = one_of("format", request.query_params.get("format") or "jsonl", FORMATS)
        wanted = filter_of(request.query_params)
        await check_flow(self._doors, wanted)
        try:
            pieces = await self._downloads.begun(
                request.state.person, await exported(self._shelf, form, wanted)
            )
        except TooManyDownloads as error:
            raise Refused(503, str(error)) from None
        media_type, ending = FORMATS[form]
        try:
            await note(request, self._doors, "export", detail=f"{form} {told(request.query_params)}".strip())
        except StoreError:
            await pieces.aclose()
            raise
        headers = {"Content-Disposition": f'attachment; filename="calls.{ending}"'}
        return PatientResponse(pieces, media_type=media_type, headers=headers)

    async def download(self, request: Request) -> Response:
        """Give one call with its journal as a file."""
        call_id = _call_id(request)

        def read(archive: CallArchive) -> Json | None:
            call = archive.reader.call(call_id)
            return None if call is None else {**call, "events": archive.reader.events(call_id)}

        found = await self._shelf.do(read)
        if found is None:
            raise Refused(404, "no such call")
        await note(request, self._doors, "download", call=call_id)
        answer = as_json(found)
        answer.headers["Content-Disposition"] = f'attachment; filename="{_safe(call_id)}.json"'
        return answer

    async def journal(self, request: Request) -> Response:
        """Give journal lines behind the one numbered `after`; `kind` narrows them."""
        query, call_id = request.query_params, _call_id(request)
        after = _whole(query.get("after", "-1"), "after", least=-1, most=2**31)
        limit = _whole(query.get("limit", str(LINES)), "limit", least=1, most=MOST_LINES)
        kind = one_of("kind", query["kind"], FACTS) if query.get("kind") else None

        def read(archive: CallArchive) -> list[Json] | None:
            lines = archive.journal(call_id, kind=kind, after=after, limit=limit + 1)
            return lines if lines or archive.reader.call(call_id) is not None else None

        lines = await self._shelf.do(read)
        if lines is None:
            raise Refused(404, "no such call")
        following = lines[limit - 1]["seq"] if len(lines) > limit else None
        return as_json({"events": lines[:limit], "next": following})

    async def peaks(self, request: Request) -> Response:
        """Give what a recording looks like."""
        call_id = _call_id(request)

        def read(archive: CallArchive) -> Peaks | None:
            path = archive.reader.audio(call_id)
            return None if path is None else peaks_of(path)

        found = await self._shelf.do(read)
        if found is None:
            raise Refused(404, "no recording of such a call")
        return as_json({"duration_ms": found.duration_ms, "caller": found.caller, "bot": found.bot})

    async def replay(self, request: Request) -> Response:
        """Feed the journal through the core again, and say whether the same orders come out."""
        call_id = _call_id(request)
        try:
            verdict = await self._shelf.do(lambda archive: archive.replay(call_id))
        except (NotReplayableError, CodecError) as error:
            raise Refused(409, str(error)) from None
        if verdict is None:
            raise Refused(404, "no such call")
        if verdict.difference is None:
            return as_json({"same": True, "events": verdict.events})
        # The orders themselves may hold what is sealed: only where they part is shown.
        parted = verdict.difference
        where = {"seq": parted.seq, "at_ms": parted.at_ms, "fact": parted.fact}
        kinds = {
            name: [order.get("kind") for order in orders]
            for name, orders in (("stored", parted.stored), ("replayed", parted.replayed))
        }
        return as_json({"same": False, "events": verdict.events, **where, **kinds})

    async def delete(self, request: Request) -> Response:
        """Delete an ended call for good."""
        call_id = _call_id(request)
        try:
            was_there = await self._shelf.do(lambda archive: archive.delete(call_id))
        except StillLiveError as error:
            raise Refused(409, str(error)) from None
        except OSError as error:
            raise Refused(
                500, f"the call's audio cannot be deleted, so nothing was: {error.strerror}"
            ) from None
        if not was_there:
            raise Refused(404, "no such call")
        await note(request, self._doors, "delete", call=call_id)
        return as_json({"deleted": call_id})

    async def hang_up(self, request: Request) -> Response:
        """End a live call."""
        session = self._session(request)
        await note(request, self._doors, "hang_up", call=_call_id(request))
        session.post(OperatorCommand("hang_up"))
        return as_json({"ordered": "hang_up"}, 202)

    async def transfer(self, request: Request) -> Response:
        """Hand a live call's caller over to the number `to`."""
        try:
            order = _handover(await body_of(request))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Refused(400, f"the body must be JSON {{to}}: {error}") from error
        try:
            number = dialable(order.to, self._doors.allowed_prefixes)
        except NumberRefusedError as error:
            raise Refused(400, str(error)) from None
        if self._doors.control is None:
            raise Refused(409, "no Twilio account is configured: nobody can be transferred")
        session = self._session(request)
        await note(request, self._doors, "transfer", call=_call_id(request), detail=number)
        session.post(OperatorCommand("transfer", number))
        return as_json({"ordered": "transfer", "to": number}, 202)

    def _session(self, request: Request) -> CallSession:
        held = self._doors.desk.held(CallId(_call_id(request)))
        if held is None or held.is_over:
            raise Refused(404, "no such call is live here")
        if held.session is None:
            raise Refused(409, "the call's line is not with us just now: try again when it is back")
        return held.session


def _call_id(request: Request) -> str:
    call_id: str = request.path_params["call_id"]
    return call_id


def _whole(text: str, name: str, *, least: int, most: int) -> int:
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS
    if not is_number or not least <= sign * int(digits) <= most:
        raise Refused(400, f"`{name}` must be a whole number from {max(least, 0)} to {most}")
    return sign * int(digits)


def _safe(call_id: str) -> str:
    return "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in call_id)
