"""Makes what hears and what speaks, as the settings choose, and lets go of it; knows no call."""

import contextlib
from dataclasses import dataclass

from app.adapters.offline.espeak import EspeakSynthesizer
from app.adapters.offline.sphinx import SphinxTranscriber
from app.adapters.offline.timed import TimedSynthesizer, TimedTranscriber
from app.main import Unusable
from app.session.ports import Clock, Synthesizer, Transcriber
from app.settings import EngineKind, Settings


@dataclass(frozen=True, slots=True)
class Engines:
    """The providers of one process. `closing` lets go of them; `aclose` it once no call is left."""

    transcriber: Transcriber
    synthesizer: Synthesizer
    closing: contextlib.AsyncExitStack

    async def aclose(self) -> None:
        """End helper processes, threads and connections."""
        await self.closing.aclose()


def make_engines(settings: Settings, clock: Clock) -> Engines:
    """Make every provider, in a running loop. Raises Unusable."""
    closing = contextlib.AsyncExitStack()
    for kind in (settings.stt, settings.tts):
        if kind is EngineKind.AWS:
            raise Unusable("the engine `aws` is not in this version: use offline or timed")
    return Engines(_transcriber(settings, clock, closing), _synthesizer(settings, clock, closing), closing)


def _transcriber(settings: Settings, clock: Clock, closing: contextlib.AsyncExitStack) -> Transcriber:
    if settings.stt is EngineKind.TIMED:
        return TimedTranscriber(clock, final_ms=settings.timed_stt_final_ms, text=settings.timed_stt_text)
    offline = SphinxTranscriber()
    closing.push_async_callback(offline.aclose)
    return offline


def _synthesizer(settings: Settings, clock: Clock, closing: contextlib.AsyncExitStack) -> Synthesizer:
    if settings.tts is EngineKind.TIMED:
        return TimedSynthesizer(clock, first_ms=settings.timed_tts_first_ms)
    offline = EspeakSynthesizer()
    closing.push_async_callback(offline.aclose)
    return offline
