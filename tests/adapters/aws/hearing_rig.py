"""A call's recogniser against the double, on a clock that the test moves."""

import asyncio
import itertools
import ssl
from collections.abc import Callable, Coroutine
from typing import Any

from app.adapters.aws.tls import TlsSource
from app.adapters.aws.transcribe import AwsTranscriber, make_transcriber
from app.adapters.aws.transcribe_opening import Limits
from app.adapters.aws.transcribe_wire import Transport
from app.adapters.offline.espeak import EspeakSynthesizer
from app.domain.speech import Hints, Utterance
from app.engine.events import ProviderReported
from app.media.audio import to_pcm16
from app.session.ports import CallTranscriber
from tests.doubles.aws import AwsDouble, Service
from tests.doubles.aws.certs import Certificates
from tests.doubles.aws.hearing import Ears
from tests.doubles.aws.script import Fault, Script
from tests.doubles.aws.transcribe import Session
from tests.doubles.aws.transcribe_h2 import TranscribeHttp2
from tests.doubles.aws.transcribe_ws import TranscribeWebSocket


def trusting(certificates: Certificates) -> TlsSource:
    """Return what gives the context that trusts these."""
    context = certificates.client_context()

    async def tls() -> ssl.SSLContext:
        return context

    return tls


ENGLISH = Hints("en-US")
BYTES_PER_MS = 16


def sound(ms: int, level: int = 1) -> bytes:
    """Audio that can be told from other audio by its `level`."""
    return level.to_bytes(2, "little") * (ms * BYTES_PER_MS // 2)


def used(ms: int) -> ProviderReported:
    """What a turn's or a call's end tells."""
    return ProviderReported("stt", "used", amount=ms, unit="ms")


async def _speak(text: str) -> bytes:
    synthesizer = EspeakSynthesizer()
    try:
        said = [chunk async for chunk in synthesizer.synthesize(Utterance(text, "en-US"))]
    finally:
        await synthesizer.aclose()
    return bytes(16 * 400) + to_pcm16(b"".join(said)) + bytes(16 * 1_200)


def spoken(text: str) -> bytes:
    """A word between silences, as espeak-ng says it."""
    return asyncio.run(_speak(text))


class _Timer:
    def __init__(self, at: int, callback: Callable[[], None]) -> None:
        self.at = at
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class HandClock:
    """Time passes by `advance` only; what is due at once runs at once."""

    def __init__(self) -> None:
        self._now = 0
        self._timers: list[_Timer] = []
        self._set = asyncio.Event()

    def now(self) -> int:
        return self._now

    def call_at(self, at: int, callback: Callable[[], None]) -> _Timer:
        timer = _Timer(at, callback)
        if at <= self._now:
            asyncio.get_running_loop().call_soon(self._fire, timer)
        else:
            self._timers.append(timer)
            was, self._set = self._set, asyncio.Event()
            was.set()
        return timer

    async def armed(self, at: int) -> None:
        """Return once something waits for exactly this moment."""
        while not any(timer.at == at and timer.callback for timer in self._timers):
            await self._set.wait()

    def advance(self, ms: int) -> None:
        end = self._now + ms
        while due := [t for t in self._timers if t.callback and t.at <= end]:
            timer = min(due, key=lambda t: t.at)
            self._timers.remove(timer)
            self._now = timer.at
            self._fire(timer)
        self._now = end

    @staticmethod
    def _fire(timer: _Timer) -> None:
        if timer.callback is not None:
            timer.callback()


class Stage:
    """The double, an engine pointed at it, and the facts of the one call."""

    def __init__(self, double: AwsDouble, transport: str) -> None:
        self.double = double
        self.transport = transport
        self.clock = HandClock()
        self.facts: list[Any] = []
        self._came = asyncio.Event()
        self._read = itertools.count()
        self.engines: list[AwsTranscriber] = []

    def engine(self, limits: Limits | None = None, **changed: Any) -> AwsTranscriber:
        async def keys() -> tuple[str, str, str] | None:
            return self.double.access_key, self.double.secret_key, ""

        urls = {"websocket": self.double.transcribe_ws_url, "http2": self.double.transcribe_h2_url}
        given = {
            "region": self.double.region,
            "keys": keys,
            "clock": self.clock,
            "transport": self.transport,
            "endpoint_url": urls[self.transport],
            "tls": trusting(self.double.certificates),
            "ca_file": str(self.double.certificates.ca),
            "limits": limits or Limits(pause_ms=0),
            **changed,
        }
        self.engines.append(make_transcriber(**given))
        return self.engines[-1]

    def join(
        self, expecting: Hints = ENGLISH, limits: Limits | None = None, **changed: Any
    ) -> CallTranscriber:
        return self.engine(limits, **changed).join(expecting, self.post)

    def transport_of(self) -> Transport:
        """Return what opens bare streams."""
        return self.engine()._transport

    def post(self, fact: Any) -> None:
        self.facts.append(fact)
        came, self._came = self._came, asyncio.Event()
        came.set()

    async def next(self) -> Any:
        """Return the call's next fact."""
        n = next(self._read)
        while len(self.facts) <= n:
            await self._came.wait()
        return self.facts[n]

    async def next_of(self, kind: type) -> Any:
        """Return the next fact of this kind, others passed over."""
        while not isinstance(fact := await self.next(), kind):
            pass
        return fact

    async def session(self) -> Session:
        """Return the double's next session."""
        session = await self.double.next(Service.TRANSCRIBE)
        assert isinstance(session, Session)
        return session

    def next_goes(self, *faults: Fault | None) -> None:
        self.double.scripts.once(Service.TRANSCRIBE, *(Script(fault) for fault in faults))


def on_stage(
    transport: str, play: Callable[[Stage], Coroutine[Any, Any, None]], ears: Ears | None = None
) -> None:
    """Run a test's scenes; fails when the engine leaves work behind."""

    async def main() -> None:
        parts = (TranscribeWebSocket(ears), TranscribeHttp2(ears))
        async with AwsDouble(parts=parts) as double:
            stage = Stage(double, transport)
            try:
                await play(stage)
            finally:
                for engine in stage.engines:
                    await engine.aclose()
            ours = [
                t for t in asyncio.all_tasks() if "app.adapters" in repr(t) or "transcribe_call" in repr(t)
            ]
            assert not ours

    asyncio.run(main())
