"""A local AWS: Bedrock, Polly and STS on one HTTP port, with room for Transcribe beside them.

Proves signatures, keeps the log and hands each request, with its script, to its service.
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from app.session.clock import utc_now
from tests.doubles.aws import bedrock, control, polly, sts
from tests.doubles.aws.account import Account, Refusal
from tests.doubles.aws.certs import Certificates, make_certificates
from tests.doubles.aws.http import Connection, Exchange
from tests.doubles.aws.log import Ending, Request, RequestLog, Service
from tests.doubles.aws.routes import Route, find_route
from tests.doubles.aws.script import Scripts
from tests.doubles.aws.serving import Serving
from tests.doubles.aws.sigv4 import Credentials, SignatureError, Signed, Verified, verify_headers

ACCESS_KEY = "AKIADIALAITESTDOUBLE"
SECRET_KEY = "double/secret/of/no/worth/anywhere000000"
REGIONS = ("us-east-1", "us-east-2", "us-west-2", "eu-central-1")


class Part(Protocol):
    """A server beside the HTTP one, as Transcribe's: started and stopped with the double."""

    async def start(self, double: "AwsDouble") -> None:
        """Listen on loopback and say where: set `transcribe_ws_url` or `transcribe_h2_url`."""
        ...

    async def stop(self) -> None:
        """Close everything."""
        ...


_PASSES: Final = 5
"""Of the loop, in which transports that were broken off come to their end: TLS above TCP."""


class AwsDouble:
    """Start it on a running loop, point real clients at its addresses, read what it saw.

    `scripts` makes it misbehave, `account` says what it has, `requests` what came. Times in the log are
    monotonic seconds. `mouth` speaks for Polly in place of espeak-ng: it gives mu-law for a text.
    `async with AwsDouble() as double:` starts and stops it.
    """

    def __init__(
        self,
        *,
        parts: Sequence[Part] = (),
        regions: Sequence[str] = REGIONS,
        mouth: Callable[[str], bytes] | None = None,
    ) -> None:
        self.account = Account(Credentials(ACCESS_KEY, SECRET_KEY), tuple(regions))
        self.scripts = Scripts()
        self.requests = RequestLog()
        self.endpoint_url = ""
        self.transcribe_ws_url = ""
        self.transcribe_h2_url = ""
        self.failures: list[BaseException] = []
        self._speech = polly.Polly(mouth)
        self._routes: tuple[Route, ...] = (
            *bedrock.ROUTES,
            *self._speech.routes,
            *control.ROUTES,
            *sts.ROUTES,
        )
        self._parts = tuple(parts)
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="dialai-aws-double-")
        self._certificates: Certificates | None = None

    @property
    def access_key(self) -> str:
        """The access key that is accepted."""
        return self.account.credentials.access_key

    @property
    def secret_key(self) -> str:
        """Its secret."""
        return self.account.credentials.secret_key

    @property
    def region(self) -> str:
        """The first of the regions it answers for."""
        return self.account.regions[0]

    @property
    def certificates(self) -> Certificates:
        """The throw-away authority and leaf, made when first asked for."""
        if self._certificates is None:
            self._certificates = make_certificates(Path(self._folder.name))
        return self._certificates

    def environment(self, transport: str = "websocket") -> dict[str, str]:
        """Return the variables that lead a program's AWS clients here; `transport` is Transcribe's."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "DIALAI_AWS_ENDPOINT_URL": self.endpoint_url,
            "NO_PROXY": "127.0.0.1,localhost",
            "SSL_CERT_FILE": str(self.certificates.ca),
            "DIALAI_TRANSCRIBE_TRANSPORT": transport,
            "DIALAI_TRANSCRIBE_ENDPOINT_URL": (
                self.transcribe_h2_url if transport == "http2" else self.transcribe_ws_url
            ),
        }

    async def start(self, port: int = 0) -> None:
        """Listen on loopback, on any free port unless one is given."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, "127.0.0.1", port)
        taken = self._server.sockets[0].getsockname()[1]
        self.endpoint_url = f"http://127.0.0.1:{taken}"
        for part in self._parts:
            await part.start(self)

    async def stop(self) -> None:
        """Close everything and raise what went wrong inside the double itself."""
        for part in self._parts:
            await part.stop()
        if self._server is not None:
            self._server.close()
        connections = list(self._connections)
        for connection in connections:
            connection.reset()
        for connection in connections:
            await connection.ended()
        await self._speech.aclose()
        for _ in range(_PASSES):
            await asyncio.sleep(0)
        self._folder.cleanup()
        if self.failures:
            raise self.failures[0]

    async def __aenter__(self) -> "AwsDouble":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def next(self, service: Service, operation: str = "") -> Request:
        """Return the service's next request, each only once; waits until there is one."""
        return await self.requests.next(service, operation)

    def _connection(self) -> Connection:
        return Connection(self._serve, self._connections, self.failures)

    async def _serve(self, wire: Exchange) -> None:
        found = find_route(self._routes, wire.signed)
        if found is None:
            wire.answer_json({"message": f"{wire.signed.method} {wire.signed.path}: no such operation"}, 404)
            return
        route, body = found
        serving = self._receive(wire, route, body)
        try:
            verified = self.verify(wire.signed, route.signing_name)
            serving.request.region = verified.region
        except SignatureError as error:
            serving.refuse(403, error.kind, error.message)
            return
        serving.script = self.scripts.take(serving.request)
        try:
            await route.serve(serving)
        except Refusal as refusal:
            serving.refuse(refusal.status, refusal.kind, refusal.message)

    def verify(self, signed: Signed, signing_name: str, *, payload_hash: str | None = None) -> Verified:
        """Prove a request signed by header. Raises SignatureError."""
        return verify_headers(
            signed,
            self.account.credentials,
            service=signing_name,
            regions=self.account.regions,
            now=utc_now(),
            payload_hash=payload_hash,
        )

    def _receive(self, wire: Exchange, route: Route, body: dict[str, Any]) -> Serving:
        headers = {name.lower(): value for name, value in wire.signed.headers}
        request = Request(route.service, route.operation, body, headers=headers)
        wire.on_gone = _leaving(request)
        self.requests.add(request)
        return Serving(wire, request, self.account)


def _leaving(request: Request) -> Callable[[], None]:
    return lambda: request.note_end(Ending.CLIENT_GONE)
