"""Puts the doors together: the media socket straight on the server, everything else through FastAPI."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from app.adapters.twilio.signature import SignatureCheck
from app.session.ports import LogError
from app.web.api import api_router, health_router
from app.web.doors import Doors
from app.web.media import MediaSocket, Receive, Scope, Send
from app.web.requests import Refused, as_json
from app.web.voice import voice_router

Asgi: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

STREAM_PATH = "/voice/stream"


def build_app(doors: Doors, lifespan: Any = None) -> Asgi:  # noqa: ANN401 - FastAPI's own type is no smaller
    """Return the ASGI application. `lifespan` is FastAPI's. Raises ValueError without a public URL."""
    if not doors.public_url.startswith(("http://", "https://")):
        raise ValueError("public_url must begin with https:// (http:// on this machine only)")
    signatures = SignatureCheck(doors.public_url, doors.auth_token, dev=doors.dev)
    http = build_http(doors, signatures, lifespan)
    media = MediaSocket(doors, signatures)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await http(scope, receive, send)
        elif scope["path"].rstrip("/") == STREAM_PATH:
            await media(scope, receive, send)
        else:
            await receive()  # websocket.connect
            await send({"type": "websocket.close", "code": 1008})  # before accept: HTTP 403

    return app


def build_http(doors: Doors, signatures: SignatureCheck, lifespan: Any = None) -> FastAPI:  # noqa: ANN401 - as above
    """Return the routes of HTTP. No slash is ever redirected: it would break the signed URL."""
    app = FastAPI(
        title="DialAI",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.include_router(voice_router(doors, signatures))
    app.include_router(api_router(doors))
    app.include_router(health_router(doors))
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(LogError, _log_away)
    app.add_exception_handler(ClientDisconnect, _nobody_there)
    return app


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return as_json({"error": error.line, **error.extra}, error.status)


async def _no_route(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return as_json({"error": str(error.detail).lower()}, error.status_code)


async def _log_away(_: Request, error: Exception) -> Response:
    return as_json({"error": f"the call log cannot be used: {error}"}, 503)


async def _nobody_there(_: Request, __: Exception) -> Response:
    return as_json({"error": "the request broke off"}, 400)
