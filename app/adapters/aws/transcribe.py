"""Speech to text by Amazon Transcribe: one stream per call, over a WebSocket or over HTTP/2.

Wires a transport to calls; `transcribe_call.py` keeps a call's stream, `transcribe_ws.py` and
`transcribe_h2.py` carry it.
"""

from app.adapters.aws.tls import TlsSource
from app.adapters.aws.transcribe_call import TranscribeCall
from app.adapters.aws.transcribe_opening import Guard, Limits
from app.adapters.aws.transcribe_wire import KeySource, Transport
from app.adapters.aws.transcribe_ws import WebSocketTransport
from app.domain.speech import Hints
from app.session.ports import CallTranscriber, Clock, Post

TRANSPORTS = ("websocket", "http2")


class AwsTranscriber:
    """Transcribe as the port wants it. AWS allows an account 25 streams, so 25 calls, until it is asked."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        limits: Limits | None = None,
        *,
        vocabulary: str = "",
        guard: Guard | None = None,
    ) -> None:
        self._guard = guard
        self._vocabulary = vocabulary
        self._transport = transport
        self._clock = clock
        self._limits = limits or Limits()
        self._calls: set[TranscribeCall] = set()

    @property
    def is_continuous(self) -> bool:
        """True: Transcribe finds the ends of segments by the silence it hears."""
        return True

    def join(self, expecting: Hints, post: Post) -> CallTranscriber:
        """Begin a call and connect for what its first turn will likely expect."""
        call = TranscribeCall(
            self._transport,
            self._clock,
            expecting,
            post,
            limits=self._limits,
            vocabulary=self._vocabulary,
            on_end=self._calls.discard,
            guard=self._guard,
        )
        self._calls.add(call)
        return call

    async def aclose(self) -> None:
        """Close every call that is still open and return once nothing of them is left."""
        calls = tuple(self._calls)
        for call in calls:
            call.close()
        for call in calls:
            await call.closed()


def make_transcriber(
    *,
    region: str,
    keys: KeySource,
    clock: Clock,
    transport: str = "websocket",
    endpoint_url: str = "",
    tls: TlsSource | None = None,
    ca_file: str = "",
    stability: str = "high",
    vocabulary: str = "",
    limits: Limits | None = None,
    guard: Guard | None = None,
) -> AwsTranscriber:
    """Return the engine for a region.

    `endpoint_url` leads elsewhere than to AWS: `wss://host:port` or, for `http2`, `https://host:port`.
    The WebSocket trusts what `tls` gives, HTTP/2 what `ca_file` holds; the system's authorities otherwise.
    `stability` is `low`, `medium`, `high` or empty for partial results that may still change.
    `vocabulary` is for turns whose hints name none. `guard` says when Transcribe is to be left alone.
    """
    return AwsTranscriber(
        make_transport(
            transport,
            region,
            keys,
            endpoint_url,
            tls=tls,
            ca_file=ca_file,
            stability=stability,
        ),
        clock,
        limits,
        vocabulary=vocabulary,
        guard=guard,
    )


def make_transport(
    name: str,
    region: str,
    keys: KeySource,
    endpoint_url: str = "",
    *,
    tls: TlsSource | None = None,
    ca_file: str = "",
    stability: str = "high",
) -> Transport:
    """Return what opens streams, `websocket` or `http2`; the other values are those of the engine."""
    if name == "websocket":
        return WebSocketTransport(region, keys, endpoint_url, tls=tls, stability=stability)
    if name != "http2":
        raise ValueError(f"the transport `{name}` does not exist: use {' or '.join(TRANSPORTS)}")
    # The native library behind it costs start-up time and memory that only those who ask for it pay.
    from app.adapters.aws.transcribe_h2 import Http2Transport  # noqa: PLC0415

    return Http2Transport(region, keys, endpoint_url, ca_file=ca_file, stability=stability)
