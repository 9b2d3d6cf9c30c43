"""Makes what hears, thinks and speaks, as the settings choose, and lets go of it; knows no call."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from app.adapters.offline.espeak import EspeakSynthesizer
from app.adapters.offline.responder import ScriptedResponder
from app.adapters.offline.sphinx import SphinxTranscriber
from app.adapters.offline.timed import TimedSynthesizer, TimedTranscriber
from app.adapters.offline.timed_responder import TimedResponder
from app.adapters.resilience.health import Health
from app.adapters.resilience.named import NamedResponder, NamedTranscriber
from app.adapters.resilience.pace import Pace, PaceRules
from app.adapters.resilience.responder import SteadyResponder
from app.adapters.resilience.steady import Limits
from app.adapters.resilience.synthesizer import SPEAKING, SteadySynthesizer
from app.domain.speech import Hints
from app.engine.timing import EXTRACTION_MS, FIRST_TOKEN_MS, INTERPRETATION_MS, SENTENCE_MS
from app.session.pools import Pool
from app.session.ports import Clock, PatientSynthesizer, Responder, Synthesizer, Transcriber
from app.settings import EngineKind, Settings

if TYPE_CHECKING:
    from app.adapters.aws.session import AwsClients

_FIRST_HINTS: Final = (Hints("en-US", ("yes", "no")), Hints("en-US", dictation=True))
"""Enough to have the recogniser's processes and models loaded before the first call."""

_AHEAD_MS: Final = 200
"""So long before the engine gives a model up, whoever stands in for it has had its turn."""

_SCRIPTED_MS: Final = 100
"""Kept for the scripted interviewer, who answers at once when every model was too slow."""

_MODELS: Final = 1
"""Threads that read AWS's service models at the start; nothing else of the clients blocks."""


@dataclass(frozen=True, slots=True)
class Engines:
    """The providers of one process; `aclose` them once no call is left.

    `stand_in` speaks where the voice fails; None where the voice is this house's own. `pools` are the
    threads they work in.
    """

    settings: Settings
    transcriber: Transcriber
    responder: Responder
    synthesizer: Synthesizer
    stand_in: Synthesizer | None
    health: Health
    pools: Sequence[Pool]
    closing: contextlib.AsyncExitStack
    clients: "AwsClients | None" = None

    @property
    def ear(self) -> Transcriber:
        """What hears, telling each call who it is."""
        names = {EngineKind.AWS: "transcribe", EngineKind.OFFLINE: "pocketsphinx", EngineKind.TIMED: "timed"}
        return NamedTranscriber(names[self.settings.stt], self.transcriber)

    @property
    def mind(self) -> Responder:
        """What thinks, telling each call who it is."""
        if isinstance(self.responder, SteadyResponder):
            return self.responder
        return NamedResponder(self.settings.llm.value, self.responder)

    async def warm(self) -> None:
        """Load what the first call would wait for otherwise. Raises nothing for a provider that fails."""
        if isinstance(self.transcriber, SphinxTranscriber):
            for hints in _FIRST_HINTS:
                await self.transcriber.warm(hints)
        if self.clients is not None:
            from app.main.aws import warm_clients  # noqa: PLC0415 - as below

            await warm_clients(self.settings, self.clients)

    async def warm_stand_in(self) -> None:
        """Have the voice ready that speaks when AWS's does not; no call waits for this. Raises nothing."""
        if isinstance(self.stand_in, EspeakSynthesizer):
            await self.stand_in.warm()

    @property
    def ahead(self) -> PatientSynthesizer | None:
        """The voice for prompts that are made ahead of calls; None where nothing keeps calls waiting."""
        return self.synthesizer.ahead() if isinstance(self.synthesizer, SteadySynthesizer) else None

    def gauges(self) -> dict[str, float]:
        """Return what /metrics shows of the helper processes that hear and speak, where there are some."""
        found: dict[str, float] = {}
        for engine in (self.transcriber, self.synthesizer, self.stand_in):
            if isinstance(engine, SphinxTranscriber | EspeakSynthesizer):
                found |= engine.gauges()
        return found

    async def aclose(self) -> None:
        """End helper processes, threads and connections."""
        await self.closing.aclose()


def make_engines(settings: Settings, clock: Clock) -> Engines:
    """Make every provider, in a running loop; nothing is asked yet. Raises Unusable."""
    maker = _Maker(settings, clock)
    own_voice = EspeakSynthesizer() if settings.tts is not EngineKind.TIMED else None
    if own_voice is not None:
        maker.closing.push_async_callback(own_voice.aclose)
    transcriber = maker.transcriber()
    responder = maker.responder()
    synthesizer = maker.synthesizer(own_voice)
    return Engines(
        settings,
        transcriber,
        responder,
        synthesizer,
        None if synthesizer is own_voice else own_voice,
        maker.health,
        maker.pools,
        maker.closing,
        maker.made_clients,
    )


class _Maker:
    """Makes engines that share clients, health and an end."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self.made_clients: AwsClients | None = None
        self.health = Health(clock)
        self.pools: list[Pool] = []
        self.closing = contextlib.AsyncExitStack()

    def transcriber(self) -> Transcriber:
        settings = self._settings
        if settings.stt is EngineKind.TIMED:
            return TimedTranscriber(
                self._clock, final_ms=settings.timed_stt_final_ms, text=settings.timed_stt_text
            )
        if settings.stt is EngineKind.AWS:
            # Amazon's clients are imported where they are used: the others start without.
            from app.main.aws import hear_by_transcribe  # noqa: PLC0415

            transcribe = hear_by_transcribe(settings, self.clients(), self._clock, self.health)
            self.closing.push_async_callback(transcribe.aclose)
            return transcribe
        offline = SphinxTranscriber()
        self.closing.push_async_callback(offline.aclose)
        return offline

    def responder(self) -> Responder:
        settings = self._settings
        if settings.llm is EngineKind.TIMED:
            return TimedResponder(
                self._clock,
                first_ms=settings.timed_llm_first_ms,
                tokens_per_second=settings.timed_llm_tokens_per_second,
                tokens=settings.timed_llm_tokens,
            )
        scripted = ScriptedResponder()
        if settings.llm is EngineKind.OFFLINE:
            return scripted
        from app.main.aws import models_on_bedrock  # noqa: PLC0415 - as above

        models: list[tuple[str, Responder]] = list(models_on_bedrock(settings, self.clients()))
        return SteadyResponder(
            [*models, ("offline", scripted)],
            self._clock,
            health=self.health,
            limits=Limits(
                first_ms=round(settings.llm_first_seconds * 1_000),
                patience_ms=FIRST_TOKEN_MS - _AHEAD_MS,
                whole_ms=SENTENCE_MS - _AHEAD_MS,
                last_ms=_SCRIPTED_MS,
                idle_ms=SENTENCE_MS - FIRST_TOKEN_MS,
                total_ms=round(settings.llm_total_seconds * 1_000),
            ),
            extract_ms=EXTRACTION_MS - _AHEAD_MS,
            interpret_ms=INTERPRETATION_MS - _AHEAD_MS,
        )

    def synthesizer(self, own_voice: EspeakSynthesizer | None) -> Synthesizer:
        settings = self._settings
        if own_voice is None:
            return TimedSynthesizer(self._clock, first_ms=settings.timed_tts_first_ms)
        if settings.tts is EngineKind.OFFLINE:
            return own_voice
        from app.main.aws import voices_of_polly  # noqa: PLC0415 - as above

        voices: list[tuple[str, Synthesizer]] = list(voices_of_polly(settings, self.clients()))
        limits = replace(
            SPEAKING,
            first_ms=round(settings.tts_first_seconds * 1_000),
            total_ms=round(settings.tts_total_seconds * 1_000),
        )
        rules = PaceRules(per_second=settings.polly_rate, at_once=settings.polly_concurrency)
        return SteadySynthesizer(
            voices, self._clock, health=self.health, limits=limits, pace=Pace(self._clock, rules)
        )

    def clients(self) -> "AwsClients":
        """Return the AWS clients, which all engines share. Raises Unusable."""
        if self.made_clients is None:
            from app.main.aws import make_clients  # noqa: PLC0415 - as above

            pool = Pool("aws-models", _MODELS)
            self.made_clients = make_clients(self._settings, pool)
            self.pools.append(pool)
            self.closing.callback(pool.shutdown, wait=False)
            self.closing.push_async_callback(self.made_clients.aclose)
        return self.made_clients
