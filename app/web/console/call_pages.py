"""The pages of the call log: the list with its filters, one call; knows addresses and templates."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from app.adapters.store.archive import COUNTED, CallArchive, Listing
from app.adapters.store.async_reader import AsyncCallReader
from app.adapters.store.codec import Json
from app.adapters.store.reader import CallPage
from app.adapters.store.selection import Filter
from app.domain.access import Role
from app.domain.call import Direction, Disposition
from app.web.access import Guard
from app.web.call_exports import FORMATS
from app.web.call_filters import check_flow, filter_of, kept
from app.web.console.call_view import other_party, seconds_of, turns_of
from app.web.console.pages import Pages, thousands
from app.web.doors import Doors
from app.web.requests import Refused

ON_A_PAGE: Final = 50

_FORMAT_NAMES: Final = {
    "jsonl": "JSON Lines, a call a line with its journal",
    "csv-long": "CSV, a row an answer",
    "csv-wide": "CSV, a row a call (of one flow)",
}


def call_pages_router(doors: Doors, shelf: AsyncCallReader, pages: Pages) -> APIRouter:
    """Return the routes of the two pages; they need the role of a viewer."""
    router = APIRouter(dependencies=[Depends(Guard(doors, Role.VIEWER))])
    desk = CallPages(doors, shelf, pages)
    router.add_api_route("/calls", desk.listing, methods=["GET"], response_model=None)
    router.add_api_route("/calls/{call_id}", desk.call, methods=["GET"], response_model=None)
    return router


class CallPages:
    """One method per page."""

    def __init__(self, doors: Doors, shelf: AsyncCallReader, pages: Pages) -> None:
        self._doors = doors
        self._shelf = shelf
        self._pages = pages

    async def listing(self, request: Request) -> Response:
        """Show the calls that the query means, newest first; what is wrong with it stands above its form."""
        query = request.query_params
        filtered, line, status, listing = kept(query), "", 200, None
        try:
            wanted = filter_of(query)
            await check_flow(self._doors, wanted)
            listing = await self._shelf.do(
                lambda archive: _listing(archive, wanted, after=query.get("after") or None)
            )
        except Refused as error:
            line, status = error.line, error.status
        if listing is None:
            facets = await self._shelf.do(lambda archive: archive.reader.facets())
            listing = Listing(CallPage((), None), 0, facets["flow"], facets["language"])
            if not line:
                line, status = "`after` is no key that an earlier page gave", 400
        return self._pages.render(
            request,
            "calls.html",
            status=status,
            line=line,
            filtered=filtered,
            calls=[_row(call) for call in listing.page.calls],
            count=_counted(listing.count),
            is_first="after" not in query,
            older=_address("/calls", filtered, after=listing.page.next_key),
            newest=_address("/calls", filtered) if query.get("after") else "",
            exports=[
                (_address("/api/calls/export", filtered, format=form), _FORMAT_NAMES[form])
                for form in FORMATS
            ],
            choices=_choices(listing),
            has_live=self._doors.live is not None,
        )

    async def call(self, request: Request) -> Response:
        """Show one call whole."""
        call_id: str = request.path_params["call_id"]
        found = await self._shelf.do(lambda archive: _found(archive, call_id))
        if found is None:
            raise Refused(404, "no such call")
        call, kinds = found
        held = self._doors.desk.held(call["id"]) if call["disposition"] is None else None
        return self._pages.render(
            request,
            "call.html",
            call=call,
            other_party=other_party(call),
            seconds=seconds_of(call),
            turns=turns_of(call),
            kinds=kinds,
            is_live=call["disposition"] is None,
            is_held=held is not None and not held.is_over,
            can_transfer=self._doors.control is not None,
            prefixes=self._doors.allowed_prefixes,
        )


def _listing(archive: CallArchive, wanted: Filter, *, after: str | None) -> Listing | None:
    try:
        return archive.listing(wanted, after=after, limit=ON_A_PAGE)
    except KeyError:
        return None


def _found(archive: CallArchive, call_id: str) -> tuple[Json, dict[str, int]] | None:
    call = archive.reader.call(call_id)
    return None if call is None else (call, archive.kinds(call_id))


def _row(call: Mapping[str, Any]) -> dict[str, Any]:
    return {**call, "other_party": other_party(call), "seconds": seconds_of(call)}


def _counted(count: int) -> str:
    if count > COUNTED:
        return f"{thousands(COUNTED)}+ calls"
    return "1 call" if count == 1 else f"{thousands(count)} calls"


def _choices(listing: Listing) -> Sequence[tuple[str, str, Sequence[str]]]:
    """Return the fields of the form that are chosen from a list: name, label, values."""
    return (
        ("flow", "Flow", listing.flows),
        ("disposition", "Ended as", [one.value for one in Disposition]),
        ("language", "Language", listing.languages),
        ("direction", "Direction", [one.value for one in Direction]),
    )


def _address(path: str, filtered: Mapping[str, str], **more: str | None) -> str:
    if any(value is None for value in more.values()):
        return ""
    query = urlencode({**filtered, **more})
    return f"{path}?{query}" if query else path
