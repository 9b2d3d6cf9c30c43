"""Tells what went wrong: a designed page for a person, one line of JSON for a program."""

from http import HTTPStatus
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.web.access import SignInFirst
from app.web.console.pages import Pages
from app.web.requests import Refused, Slowed, as_json, wants_page

_TITLES = {
    400: "This address cannot be read",
    401: "Please sign in",
    403: "This was refused",
    404: "There is nothing here",
    429: "Not so fast",
    500: "Something broke",
    503: "Not now",
}


class Faults:
    """One method per kind of exception, as Starlette's exception handlers."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def refused(self, request: Request, error: Exception) -> Response:
        """Answer a refusal with its own line."""
        if not isinstance(error, Refused):
            raise error
        answer = self._tell(request, error.status, error.line, **error.extra)
        if isinstance(error, Slowed):
            answer.headers["Retry-After"] = str(error.wait_s)
        return answer

    async def unknown_person(self, _: Request, error: Exception) -> Response:
        """Lead to the sign-in page, and from there back."""
        if not isinstance(error, SignInFirst):
            raise error
        return RedirectResponse(f"/signin?next={quote(error.back)}", 303)

    async def no_route(self, request: Request, error: Exception) -> Response:
        """Answer what Starlette refuses by itself."""
        if not isinstance(error, HTTPException):
            raise error
        return self._tell(request, error.status_code, str(error.detail).lower())

    async def log_away(self, request: Request, error: Exception) -> Response:
        """Answer while the database is away."""
        return self._tell(request, 503, f"the call log cannot be used: {error}")

    async def nobody_there(self, _: Request, __: Exception) -> Response:
        """Answer into a connection that broke off."""
        return as_json({"error": "the request broke off"}, 400)

    async def broken(self, request: Request, _: Exception) -> Response:
        """Answer a fault of ours without saying more than that; the log has the rest."""
        return self._tell(request, 500, "the server met a fault; its log says more")

    def _tell(self, request: Request, status: int, line: str, **extra: object) -> Response:
        if not wants_page(request):
            return as_json({"error": line, **extra}, status)
        title = _TITLES.get(status, HTTPStatus(status).phrase)
        shown = "" if status == HTTPStatus.NOT_FOUND and line == "not found" else line
        return self._pages.render(request, "fault.html", status=status, code=status, title=title, line=shown)
