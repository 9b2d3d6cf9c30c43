"""Makes pages from templates, and serves what they are drawn with; knows no page's content."""

import hashlib
import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.domain.access import Person, Role

_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"

NAVIGATION: Final = (
    ("/", "Softphone"),
    ("/calls", "Calls"),
    ("/flows", "Flows"),
    ("/analytics", "Analytics"),
    ("/system", "System"),
)

_TONES: Final = {
    "completed": "good",
    "transferred": "good",
    "callback": "good",
    "partial": "warn",
    "break_off": "warn",
    "refused": "warn",
    "opted_out": "warn",
    "no_input": "warn",
    "interrupted": "bad",
    "error": "bad",
    "failed": "bad",
}
"""What a disposition means at a glance; the others are neither good nor bad."""

_A_YEAR: Final = 31_536_000
_QUOTED: Final = re.compile(r"`([^`]+)`")


class Pages:
    """The templates of the console. One object serves the whole process."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {"asset": asset, "navigation": NAVIGATION, "Role": Role}
        self._templates.filters.update(
            tone=lambda disposition: _TONES.get(str(disposition), "plain"),
            words=lambda name: str(name).replace("_", " "),
            utc=utc,
            thousands=thousands,
            percent=percent,
            duration=duration,
            span=span,
            quoted=quoted,
        )
        # Compiled now, so that no first reader waits for it, nor a caller behind them on the loop.
        for name in self._templates.list_templates():
            self._templates.get_template(name)

    def render(self, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 - what a template shows
        """Return the page. `person`, `path` and `csrf` are there in every template."""
        person: Person | None = getattr(request.state, "person", None)
        text = self._templates.get_template(template).render(
            person=person, csrf=person.csrf if person else "", path=request.url.path, **values
        )
        # Pages show personal data: nothing between us and the reader keeps them.
        return HTMLResponse(text, status, {"Cache-Control": "no-store"})


class Assets(StaticFiles):
    """The files under /static: kept for a year under the address that `asset` gives, else asked for anew."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file with how long it may be kept."""
        response = await super().get_response(path, scope)
        is_named = scope["query_string"] == f"v={_hash_of(path)}".encode()
        response.headers["Cache-Control"] = (
            f"public, max-age={_A_YEAR}, immutable" if is_named else "no-cache"
        )
        return response


def asset(path: str) -> str:
    """Return the address of a file under static, which changes with what the file holds."""
    return f"/static/{path}?v={_hash_of(path)}"


def _hash_of(path: str) -> str:
    try:
        found = (STATIC / path).stat()
    except OSError:
        return ""
    return _digest(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=256)
def _digest(path: str, _saved: int, _size: int) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]


def utc(moment: datetime | str) -> str:
    """Return a moment as a person reads it: `2026-01-31 09:05:07`, in UTC."""
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return found.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def quoted(line: str) -> Markup:
    """Return a line as HTML, what stands between backticks in it as code."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if n % 2 else escape(part)
        for n, part in enumerate(_QUOTED.split(line))
    )


def thousands(number: int) -> str:
    """Return the number with a thin space before each three digits that follow others."""
    return f"{number:,}".replace(",", "\u202f")


def percent(share: float | None) -> str:
    """Return a share of one as a percentage; a dash where there is none."""
    return "–" if share is None else f"{share:.1%}"


def duration(seconds: float | None) -> str:
    """Return `4.2 s`, `1:05` or `1:02:05`; a dash where there is none."""
    if seconds is None:
        return "–"
    minute = 60
    if seconds < minute:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), minute)
    hours, minutes = divmod(minutes, minute)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def span(shortest: float, longest: float) -> str:
    """Return `5 s to 1:05`, or one length where both read alike."""
    ends = duration(shortest), duration(longest)
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)
