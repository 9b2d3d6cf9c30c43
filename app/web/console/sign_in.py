"""The sign-in page: a key becomes a session's cookie, and signing out ends it; knows no other page."""

import re
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.adapters.store.access import AccessBook, Deed, hash_of
from app.adapters.twilio.signature import Form
from app.domain.access import Role
from app.web.access import COOKIE, Door, Guard, check_origin, note
from app.web.console.pages import Pages
from app.web.doors import Doors
from app.web.media import sender_of
from app.web.queries import only_known
from app.web.requests import Refused, Slowed, body_of

SESSION: Final = timedelta(hours=12)
"""A working day; then the key is asked for again."""

_OWN_PATH: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def sign_in_router(doors: Doors, pages: Pages) -> APIRouter:
    """Return the routes of signing in, which are open, and of signing out."""
    router = APIRouter()
    desk = SignIn(doors, pages)
    signed_in = [Depends(Guard(doors, Role.VIEWER))]
    known = [Depends(only_known)]
    for method, what in (("GET", desk.page), ("POST", desk.sign_in)):
        router.add_api_route("/signin", what, methods=[method], dependencies=known, response_model=None)
    router.add_api_route(
        "/signout", desk.sign_out, methods=["POST"], dependencies=signed_in, response_model=None
    )
    return router


class SignIn:
    """One method per route."""

    def __init__(self, doors: Doors, pages: Pages) -> None:
        self._doors = doors
        self._pages = pages
        self._door = Door(doors)

    async def page(self, request: Request) -> Response:
        """Ask for a key."""
        return self._ask(request, own_path(request.query_params.get("next", "/")))

    async def sign_in(self, request: Request) -> Response:
        """Take a key; lead on when it is one."""
        check_origin(request, self._doors.public_url)
        form = Form.parse(await body_of(request)) or Form(())
        back, access = own_path(form.one("next")), self._doors.access
        if access is None:
            raise Refused(503, "nobody can sign in: this server keeps no sessions")
        key = form.one("key").strip()
        try:
            person = await self._door.holder(key, request, "sign_in_refused")
        except Slowed as error:
            answer = self._ask(request, back, error.line, error.status)
            answer.headers["Retry-After"] = str(error.wait_s)
            return answer
        if person is None:
            return self._ask(request, back, "This key opens nothing. Is it whole, or was it revoked?", 401)
        old, now = request.cookies.get(COOKIE, ""), self._doors.wall()

        def renew(book: AccessBook) -> str:
            # Always a session of its own: one that somebody planted here beforehand gains nothing.
            book.close_session(old)
            return book.open_session(hash_of(key), now, SESSION)

        token = await access.do(renew)
        self._ends(old)
        deed = Deed(now, person.name, sender_of(request.scope).host, "sign_in", None, "")
        await access.do(lambda book: book.note(deed))
        answer = RedirectResponse(back, 303)
        answer.set_cookie(
            COOKIE,
            token,
            max_age=int(SESSION.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=not _is_this_machine(request),
        )
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        token = request.cookies.get(COOKIE, "")
        if self._doors.access is not None:
            await self._doors.access.do(lambda book: book.close_session(token))
            self._ends(token)
            await note(request, self._doors, "sign_out")
        answer = RedirectResponse("/signin", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=not _is_this_machine(request))
        return answer

    def _ask(self, request: Request, back: str, line: str = "", status: int = 200) -> Response:
        return self._pages.render(request, "sign_in.html", status=status, back=back, line=line)

    def _ends(self, session: str) -> None:
        """Let nothing stay open that this session, which is closed, has opened."""
        if self._doors.live is not None:
            self._doors.live.sign_out(session)


def own_path(text: str) -> str:
    """Return a path of this server; `/` for anything that would lead elsewhere."""
    return text if _OWN_PATH.fullmatch(text) else "/"


def _is_this_machine(request: Request) -> bool:
    # Not the address of the other end: that may be a proxy on this machine, with browsers far away.
    return request.url.hostname in {"localhost", "127.0.0.1", "::1"}
