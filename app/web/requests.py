"""What every route does with a request before it looks at it: bound it, refuse it in one line."""

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

MAX_BODY_BYTES: Final = 64 * 1024

_FOR_PROGRAMS: Final = ("/api/", "/voice/", "/metrics", "/healthz", "/readyz")

_encode = msgspec.json.Encoder(enc_hook=str).encode


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """A request that gets an error status and one line that says why; `extra` goes beside the line."""

    def __init__(self, status: int, line: str, **extra: object) -> None:
        super().__init__(line)
        self.status = status
        self.line = line
        self.extra = extra


class Slowed(Refused):
    """Somebody who has to wait `wait_s` before they try again (429)."""

    def __init__(self, line: str, wait_s: int) -> None:
        super().__init__(429, line)
        self.wait_s = wait_s


def as_json(value: Any, status: int = 200) -> Response:  # noqa: ANN401 - whatever JSON can hold
    """Answer with plain values as JSON."""
    return Response(_encode(value), status, media_type="application/json")


async def body_of(request: Request) -> bytes:
    """Return the body. Raises Refused (413) beyond 64 KiB, without reading the rest."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise Refused(413, "the body is larger than 64 KiB")
        parts.append(part)
    return b"".join(parts)


def wants_page(request: Request) -> bool:
    """Whether a person's browser is to be shown a page, rather than a program JSON."""
    is_for_programs = request.url.path.startswith(_FOR_PROGRAMS)
    return not is_for_programs and "text/html" in request.headers.get("accept", "")
