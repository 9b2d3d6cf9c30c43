"""A stand-in for Twilio's REST API on loopback: creates, shows and updates calls for the official client."""

import asyncio
import base64
import contextlib
import email.utils
import json
import secrets
import socket
from collections.abc import Iterator
from typing import Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

MAX_TWIML = 4_000
"""Characters of TwiML that a request may carry."""
Form = list[tuple[str, str]]


class RestError(Exception):
    """A refusal in Twilio's shape."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Calls(Protocol):
    """What the API acts on. Each method gives the call as Twilio's fields, or raises RestError."""

    async def create(self, form: Form) -> dict[str, object]:
        """Place a call."""
        ...

    async def update(self, sid: str, form: Form) -> dict[str, object]:
        """Redirect or end a call."""
        ...

    async def show(self, sid: str) -> dict[str, object]:
        """Look a call up."""
        ...


def resource(account_sid: str, sid: str, values: dict[str, object]) -> dict[str, object]:
    """A call as the API shows it."""
    now = email.utils.formatdate()
    uri = f"/2010-04-01/Accounts/{account_sid}/Calls/{sid}"
    return {
        "sid": sid,
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "date_created": now,
        "date_updated": now,
        "start_time": None,
        "end_time": None,
        "duration": None,
        "price": None,
        "price_unit": "USD",
        "parent_call_sid": None,
        "phone_number_sid": None,
        "answered_by": None,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "uri": f"{uri}.json",
        "subresource_uris": {"streams": f"{uri}/Streams.json"},
        **values,
    }


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the process that this server is a guest in."""
        yield


class RestStandIn:
    """The HTTP server. Use it as an async context manager."""

    def __init__(self, calls: Calls, account_sid: str, auth_token: str, port: int = 0) -> None:
        self._calls = calls
        self._account_sid = account_sid
        self._credentials = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._port = port
        self._socket: socket.socket | None = None
        root = "/2010-04-01/Accounts/{account}"
        routes = [
            Route(f"{root}/Calls.json", self._create, methods=["POST"]),
            Route(f"{root}/Calls/{{sid}}.json", self._update, methods=["POST"]),
            Route(f"{root}/Calls/{{sid}}.json", self._show, methods=["GET"]),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes), log_config=None, access_log=False, lifespan="off", ws="none"
        )
        self._server = _Server(config)
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "RestStandIn":
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        # Connections made before the server runs wait in the backlog.
        listener.listen(128)
        self._socket, self._port = listener, listener.getsockname()[1]
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving
        if self._socket is not None:
            self._socket.close()

    @property
    def url(self) -> str:
        """The address, which is known once the server runs."""
        return f"http://127.0.0.1:{self._port}"

    def _admit(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Basic {self._credentials}".encode()):
            raise RestError(401, 20003, "Authenticate")
        if request.path_params["account"] != self._account_sid:
            raise RestError(404, 20404, f"The requested resource {request.url.path} was not found")

    async def _create(self, request: Request) -> Response:
        return await self._answer(request, 201)

    async def _update(self, request: Request) -> Response:
        return await self._answer(request, 200)

    async def _show(self, request: Request) -> Response:
        return await self._answer(request, 200)

    async def _answer(self, request: Request, status: int) -> Response:
        try:
            self._admit(request)
            sid = request.path_params.get("sid", "")
            if request.method == "GET":
                body = await self._calls.show(sid)
            else:
                form = [(name, str(value)) for name, value in (await request.form()).multi_items()]
                _check(dict(form))
                body = await (self._calls.update(sid, form) if sid else self._calls.create(form))
        except RestError as error:
            more = f"https://www.twilio.com/docs/errors/{error.code}"
            body = {"code": error.code, "message": str(error), "more_info": more, "status": error.status}
            status = error.status
        return Response(json.dumps(body), status, media_type="application/json")


def _check(form: dict[str, str]) -> None:
    if len(form.get("Twiml", "")) > MAX_TWIML:
        raise RestError(400, 20001, f"Twiml is longer than {MAX_TWIML} characters")
