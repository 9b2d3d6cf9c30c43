"""Transcribe over HTTP/2 by Amazon's own streaming client, for networks that let only port 443 out.

The client's native loop (awscrt) asks the request's body for audio without pause and burns a whole core
from the first open stream on, idle or not. Here the body waits up to 5 ms for audio, which brings twenty
streams down to a tenth of a core, but holds up that loop's thread, which all streams share: with twenty,
words come up to 0.1 s later. The WebSocket has neither fault; prefer it. Each stream has a client and a
connection of its own, and everything the native threads tell is handed to our loop before it is awaited,
so that cancelling is safe.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

from amazon_transcribe.auth import StaticCredentialResolver
from amazon_transcribe.client import TranscribeStreamingClient
from amazon_transcribe.endpoints import StaticEndpointResolver
from amazon_transcribe.exceptions import SDKError, ServiceException, UnknownServiceException
from amazon_transcribe.model import StartStreamTranscriptionEventStream, StartStreamTranscriptionRequest
from amazon_transcribe.request import Request
from amazon_transcribe.response import Response
from amazon_transcribe.serialize import TranscribeStreamingSerializer
from amazon_transcribe.structures import BufferableByteStream
from awscrt import http, io
from awscrt.exceptions import AwsCrtError

from app.adapters.aws.transcribe_wire import (
    SAMPLE_RATE,
    Decoder,
    KeySource,
    Setup,
    TranscribeError,
    error_of,
    keys_from,
)
from app.adapters.aws.transcribe_words import Segment

_BODY_WAITS_S = 0.005
_HTTPS = 443
_ENDED = "ended"
_T = TypeVar("_T")


class Http2Transport:
    """Opens a client and a connection per stream. `endpoint_url` (`https://host:port`) leads elsewhere."""

    def __init__(
        self,
        region: str,
        keys: KeySource,
        endpoint_url: str = "",
        *,
        ca_file: str = "",
        stability: str = "high",
    ) -> None:
        self._region = region
        self._keys = keys
        self._endpoint_url = endpoint_url
        self._stability = stability
        options = io.TlsContextOptions()
        if ca_file:
            options.override_default_trust_store_from_path(None, ca_file)
        self._tls = io.ClientTlsContext(options)

    async def open(self, setup: Setup) -> "Http2Stream":
        """Return an open stream, as the port of transports says."""
        access_key, secret_key, token = await keys_from(self._keys)
        resolver = StaticCredentialResolver(access_key, secret_key, token or None)
        endpoint = _endpoint(self._endpoint_url)
        client: Any = TranscribeStreamingClient(
            region=self._region, endpoint_resolver=endpoint, credential_resolver=resolver
        )
        # The client offers no other place to say how it connects and what its body does.
        wire = _Wire(self._tls)
        client._session_manager = wire  # noqa: SLF001
        client._serializer = _Serializer()  # noqa: SLF001
        try:
            opened = await client.start_stream_transcription(
                language_code=setup.language,
                media_sample_rate_hz=SAMPLE_RATE,
                media_encoding="pcm",
                vocabulary_name=setup.vocabulary or None,
                enable_partial_results_stabilization=True if self._stability else None,
                partial_results_stability=self._stability or None,
            )
        except (SDKError, AwsCrtError, ValueError) as error:
            wire.close()
            raise _error(error) from None  # what it says may quote the request
        except BaseException:
            wire.close()
            raise
        return Http2Stream(opened, wire)


class Http2Stream:
    """One open stream and its connection."""

    def __init__(self, opened: StartStreamTranscriptionEventStream, wire: "_Wire") -> None:
        self._opened = opened
        self._wire = wire
        self._decoder = Decoder()

    async def send(self, pcm16: bytes) -> None:
        """Sign audio and queue it for the native loop. Raises TranscribeError."""
        try:
            await self._opened.input_stream.send_audio_event(audio_chunk=pcm16)
        except OSError as error:
            raise TranscribeError("connection lost") from error

    async def end(self) -> None:
        """Sign an event without audio and end the request. Raises TranscribeError."""
        try:
            await self._opened.input_stream.end_stream()  # type: ignore[no-untyped-call]
        except OSError as error:
            raise TranscribeError("connection lost") from error

    async def receive(self) -> Sequence[Segment]:
        """Return the segments of what came next. Raises TranscribeError."""
        chunk = await self._wire.answer.next()
        if not chunk:
            fate = self._wire.answer.fate
            raise TranscribeError(fate, is_end=fate == _ENDED)
        return self._decoder.feed(chunk)

    def abort(self) -> None:
        """Break the connection off."""
        self._wire.close()


class _WaitingBody(BufferableByteStream):
    """A request's body whose reader, a native thread, waits a little instead of asking at once again."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._there = threading.Event()

    def read(self, size: Any = -1) -> Any:  # noqa: ANN401 - the client's
        # The native side calls `readinto1`, which comes down to this.
        if not self._byte_chunks:
            self._there.wait(_BODY_WAITS_S)
        self._there.clear()
        return super().read(size)

    def write(self, b: Any) -> int:  # noqa: ANN401 - the client's
        written = super().write(b)
        self._there.set()
        return written

    def close(self) -> None:
        super().close()  # type: ignore[no-untyped-call]
        self._there.set()


class _Serializer(TranscribeStreamingSerializer):
    def serialize_start_stream_transcription_request(
        self, endpoint: str, request_shape: StartStreamTranscriptionRequest
    ) -> Request:
        request = super().serialize_start_stream_transcription_request(endpoint, request_shape)
        request.body = _WaitingBody()
        return request


class _Wire:
    """One HTTP/2 connection with one request on it: what the client calls its session manager."""

    def __init__(self, tls: io.ClientTlsContext) -> None:
        self._tls = tls
        self._connection: Any = None
        self._body: _WaitingBody | None = None
        self.answer = _Answer()

    async def make_request(self, url: str, method: str, headers: list[Any], body: _WaitingBody) -> "_Answer":
        """Connect and send the request's head; the body follows as it is written."""
        address = urlsplit(url)
        host = address.hostname or ""
        options = self._tls.new_connection_options()
        options.set_server_name(host)
        options.set_alpn_list(["h2"])
        self._body = body
        connecting = http.HttpClientConnection.new(
            host_name=host, port=address.port or _HTTPS, tls_connection_options=options
        )
        self._connection = await _crossed(connecting, late=lambda connection: connection.close())
        request = http.HttpRequest(method, address.path, http.HttpHeaders(headers), body)
        stream = self._connection.request(request, self.answer.on_head, self.answer.on_body)
        stream.completion_future.add_done_callback(self.answer.on_end)
        stream.activate()
        return self.answer

    def close(self) -> None:
        """Break off: the body ends, the connection closes. Idempotent."""
        if self._body is not None:
            self._body.close()
        if self._connection is not None:
            self._connection.close()


class _Answer:
    """What came back. Native threads call `on_...`; all else happens on the loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._head: asyncio.Future[Response] = self._loop.create_future()
        self._chunks: asyncio.Queue[bytes] = asyncio.Queue()
        self.fate = "connection lost"

    def on_head(self, status_code: int, headers: list[tuple[str, str]], **_: object) -> None:
        self._tell(self._take_head, Response(status_code=status_code, headers=dict(headers)))

    def on_body(self, chunk: bytes, **_: object) -> None:
        if chunk:
            self._tell(self._chunks.put_nowait, bytes(chunk))

    def on_end(self, completion: "Future[int]") -> None:
        error = completion.exception()
        self._tell(self._take_end, _ENDED if error is None else _name(error))

    def _tell(self, what: Callable[[_T], object], value: _T) -> None:
        with suppress(RuntimeError):  # our loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(what, value)

    def _take_head(self, head: Response) -> None:
        if not self._head.done():
            self._head.set_result(head)

    def _take_end(self, fate: str) -> None:
        self.fate = fate
        self._chunks.put_nowait(b"")
        if not self._head.done():
            self._head.set_exception(_WireError(f"closed before an answer: {fate}"))
            self._head.exception()  # whoever waited may be gone

    async def next(self) -> bytes:
        """Return the next bytes of the answer, empty once it is over."""
        chunk = await self._chunks.get()
        if not chunk:
            self._chunks.put_nowait(b"")
        return chunk

    # What the client asks of a response.

    async def resolve_response(self) -> Response:
        """Return the status and the headers."""
        return await self._head

    async def consume_body(self) -> bytes:
        """Return all that comes."""
        return b"".join([chunk async for chunk in self.chunks()])

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the answer as it comes."""
        while chunk := await self.next():
            yield chunk


class _WireError(SDKError):
    """The connection ended without an answer."""


async def _crossed(native: "Future[_T]", *, late: Callable[[_T], object]) -> _T:
    """Return a native thread's result; one that comes after we were cancelled is given to `late`.

    asyncio's own bridge would cancel the native future, and its thread then fails to settle it.
    """
    loop = asyncio.get_running_loop()
    arrived: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not arrived.done():
            arrived.set_result(None)

    def settle(_: object) -> None:
        with suppress(RuntimeError):  # our loop is closed
            loop.call_soon_threadsafe(wake)

    native.add_done_callback(settle)
    try:
        await arrived
    except asyncio.CancelledError:
        native.add_done_callback(lambda done: late(done.result()) if done.exception() is None else None)
        raise
    return native.result()


def _endpoint(url: str) -> StaticEndpointResolver | None:
    return StaticEndpointResolver(url) if url else None  # type: ignore[no-untyped-call]


def _error(error: Exception) -> TranscribeError:
    if isinstance(error, UnknownServiceException):
        return error_of(str(error.error_code), str(error.message), int(error.status_code))
    if isinstance(error, ServiceException):
        return error_of(type(error).__name__, str(getattr(error, "message", "")))
    if isinstance(error, AwsCrtError):
        return TranscribeError(f"not reached: {_name(error)}", is_passing="TLS" not in _name(error))
    if isinstance(error, ValueError):
        return TranscribeError(f"the address cannot be used: {type(error).__name__}", is_passing=False)
    return TranscribeError(str(error) if isinstance(error, _WireError) else type(error).__name__)


def _name(error: BaseException) -> str:
    return str(getattr(error, "name", "") or type(error).__name__)
