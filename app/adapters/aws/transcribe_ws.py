"""Transcribe over its WebSocket: a presigned address, then event-stream messages both ways.

Twenty streams cost a tenth of a core, an abort takes effect at once and every failure has a name.
"""

import logging
import ssl
from collections.abc import Sequence
from urllib.parse import urlencode

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
    WebSocketException,
)
from websockets.frames import CloseCode

from app.adapters.aws.tls import SystemTls, TlsSource
from app.adapters.aws.transcribe_wire import (
    SAMPLE_RATE,
    Decoder,
    KeySource,
    Setup,
    TranscribeError,
    encode_audio,
    error_of,
    keys_from,
)
from app.adapters.aws.transcribe_words import Segment

_EXPIRES_S = 300  # the most that Transcribe allows
_LARGEST = 4 * 1024 * 1024
_PATH = "/stream-transcription-websocket"

# On DEBUG the client writes every frame, and so what callers say, into the log.
_quiet = logging.getLogger(f"{__name__}.frames")
_quiet.setLevel(logging.INFO)


class WebSocketTransport:
    """Opens a WebSocket per stream. `endpoint_url` (`wss://host:port`) leads elsewhere than to AWS."""

    def __init__(
        self,
        region: str,
        keys: KeySource,
        endpoint_url: str = "",
        *,
        tls: TlsSource | None = None,
        stability: str = "high",
    ) -> None:
        self._region = region
        self._keys = keys
        self._base = endpoint_url.rstrip("/") or _endpoint(region)
        self._is_secure = self._base.startswith("wss:")
        self._tls = tls or SystemTls()
        self._stability = stability

    async def open(self, setup: Setup) -> "WebSocketStream":
        """Return an open stream, as the port of transports says."""
        keys = await keys_from(self._keys)
        try:
            connection = await connect(
                self._presigned(setup, keys),
                ssl=await self._tls() if self._is_secure else None,
                compression=None,
                proxy=None,
                open_timeout=None,
                max_size=_LARGEST,
                logger=_quiet,
                create_connection=_Connection,
            )
        except InvalidStatus as error:
            response = error.response
            kind = response.headers.get("x-amzn-errortype", "")
            raise error_of(kind, _text(response.body), response.status_code) from error
        except InvalidMessage as error:
            raise TranscribeError("closed before an answer") from error
        except ssl.SSLError as error:
            raise TranscribeError(f"TLS: {error.reason}", is_passing=False) from error
        except (OSError, EOFError, InvalidHandshake) as error:
            raise TranscribeError(f"not reached: {type(error).__name__}") from error
        except (WebSocketException, ValueError) as error:
            # These quote the address, which is signed: nothing of them may go further.
            cause = f"the address cannot be used: {type(error).__name__}"
            raise TranscribeError(cause, is_passing=False) from None
        return WebSocketStream(connection)

    def _presigned(self, setup: Setup, keys: tuple[str, str, str]) -> str:
        query = {"language-code": setup.language, "media-encoding": "pcm", "sample-rate": str(SAMPLE_RATE)}
        if setup.vocabulary:
            query["vocabulary-name"] = setup.vocabulary
        if self._stability:
            query["enable-partial-results-stabilization"] = "true"
            query["partial-results-stability"] = self._stability
        scheme, _, host = self._base.partition("://")
        request = AWSRequest("GET", f"https://{host}{_PATH}?{urlencode(query)}")
        access_key, secret_key, token = keys
        credentials = ReadOnlyCredentials(access_key, secret_key, token or None)
        SigV4QueryAuth(credentials, "transcribe", self._region, expires=_EXPIRES_S).add_auth(request)
        return f"{scheme}{str(request.url).removeprefix('https')}"


class _Connection(ClientConnection):
    """Lets go of itself when it is over."""

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.protocol.parser_exc is not None:
            # Its frames hold the protocol, and it is held by that: both would wait for the garbage collector.
            self.protocol.parser_exc.__traceback__ = None


class WebSocketStream:
    """One open WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._decoder = Decoder()

    async def send(self, pcm16: bytes) -> None:
        """Send audio. Raises TranscribeError."""
        try:
            await self._connection.send(encode_audio(pcm16))
        except ConnectionClosed as error:
            raise _closed(error) from error

    async def end(self) -> None:
        """Send an event without audio. Raises TranscribeError."""
        await self.send(b"")

    async def receive(self) -> Sequence[Segment]:
        """Return the segments of the next message. Raises TranscribeError."""
        try:
            message = await self._connection.recv(decode=False)
        except ConnectionClosed as error:
            raise _closed(error) from error
        return self._decoder.feed(message)

    def abort(self) -> None:
        """Break the connection off."""
        self._connection.transport.abort()


def _closed(error: ConnectionClosed) -> TranscribeError:
    if error.rcvd is None:
        return TranscribeError("connection lost")
    code = error.rcvd.code
    return TranscribeError(f"closed ({code})", is_end=code == CloseCode.NORMAL_CLOSURE)


def _endpoint(region: str) -> str:
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"wss://transcribestreaming.{region}.{domain}:8443"


def _text(body: bytes | bytearray | None) -> str:
    return body.decode("utf-8", "replace") if body else ""
