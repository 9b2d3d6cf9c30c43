"""Puts the doors together: the media socket straight on the server, everything else through FastAPI."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.adapters.store.errors import StoreError
from app.adapters.twilio.signature import SignatureCheck
from app.session.ports import LogError
from app.web.access import SignInFirst
from app.web.api import api_router, health_router
from app.web.calls_api import calls_router
from app.web.console.analytics_pages import analytics_router
from app.web.console.call_pages import call_pages_router
from app.web.console.faults import Faults
from app.web.console.flow_pages import flow_router
from app.web.console.pages import Assets, Pages
from app.web.console.phone import phone_page_router
from app.web.console.sign_in import sign_in_router
from app.web.console.system_pages import system_router
from app.web.doors import Doors
from app.web.headers import SafeHeaders
from app.web.live_routes import live_router
from app.web.media import MediaSocket, Receive, Scope, Send
from app.web.requests import Refused
from app.web.softphone import softphone_router
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
    pages = Pages()
    app.include_router(voice_router(doors, signatures))
    if doors.shelf is not None:  # before the API: `export` is no call's id
        app.include_router(calls_router(doors, doors.shelf))
        app.include_router(call_pages_router(doors, doors.shelf, pages))
    app.include_router(api_router(doors))
    app.include_router(softphone_router(doors))
    app.include_router(phone_page_router(doors, pages))
    if doors.live is not None:
        app.include_router(live_router(doors, doors.live))
    app.include_router(health_router(doors))
    app.include_router(sign_in_router(doors, pages))
    app.include_router(flow_router(doors, pages))
    if doors.analyst is not None:
        app.include_router(analytics_router(doors, doors.analyst, pages))
    if doors.vitals is not None:
        app.include_router(system_router(doors, doors.vitals, pages))
    app.mount("/static", Assets())
    faults = Faults(pages)
    app.add_exception_handler(Refused, faults.refused)
    app.add_exception_handler(SignInFirst, faults.unknown_person)
    app.add_exception_handler(HTTPException, faults.no_route)
    app.add_exception_handler(LogError, faults.log_away)
    app.add_exception_handler(StoreError, faults.log_away)
    app.add_exception_handler(ClientDisconnect, faults.nobody_there)
    app.add_exception_handler(Exception, faults.broken)
    app.add_middleware(SafeHeaders)
    return app
