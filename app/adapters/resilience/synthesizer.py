"""A voice that speaks in time or says that it does not: the same voice from several places."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from app.adapters.resilience.health import Health
from app.adapters.resilience.pace import OutOfTurnError, Pace
from app.adapters.resilience.steady import FailedError, Limits, Steady
from app.domain.speech import Utterance
from app.engine.events import ProviderReported
from app.session.ports import Clock, PatientSynthesizer, Report, SynthesisError, Synthesizer

SPEAKING = Limits(patience_ms=3_000, idle_ms=3_000)
"""The speaker gives a silent play up after 4 s: what is left then is for a stand-in voice."""


class SteadySynthesizer:
    """Implements ReportingSynthesizer over named candidates that sound the same (other regions, say).

    Another voice is no candidate: its sound would be kept as this one's. It stands in behind the cache.
    Its requests keep to `pace`, where one is given; waiting for a turn counts as nobody's slowness.
    """

    def __init__(
        self,
        candidates: Sequence[tuple[str, Synthesizer]],
        clock: Clock,
        *,
        health: Health | None = None,
        limits: Limits | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.health = health or Health(clock)
        self._pace = pace
        name, self._first = candidates[0]
        self._provider = self.health.provider("tts", name)
        self._steady = Steady("tts", candidates, clock, self.health, limits or SPEAKING)

    def identity(self, utterance: Utterance) -> str:
        """The first candidate's, which is everybody's."""
        return self._first.identity(utterance)

    async def synthesize(self, utterance: Utterance) -> AsyncIterator[bytes]:
        """Yield mu-law as it comes. Raises SynthesisError. Safe to cancel."""
        async with contextlib.aclosing(self.synthesize_for(utterance, _untold)) as sound:
            async for chunk in sound:
                yield chunk

    def ahead(self) -> PatientSynthesizer:
        """Return this voice for what no call waits for: its requests let those of calls go first."""
        return _Ahead(self)

    def synthesize_for(self, utterance: Utterance, report: Report) -> AsyncGenerator[bytes, None]:
        """Do as `synthesize` does, and tell of retries and falling back."""
        return self.speak(utterance, report, ahead=False)

    async def speak(
        self, utterance: Utterance, report: Report, *, ahead: bool
    ) -> AsyncGenerator[bytes, None]:
        """Do as `synthesize_for` does, for a call or ahead of calls."""
        try:
            name = utterance if ahead else None
            async with self._turn(name), contextlib.aclosing(self._sound(utterance, report)) as sound:
                async for chunk in sound:
                    yield chunk
        except OutOfTurnError as error:
            self._provider.note("out_of_turn")
            report(ProviderReported("tts", "failed", str(error)))
            raise SynthesisError(str(error), reason="throttled") from error

    def hurry(self, utterance: Utterance) -> None:
        """Let this one, begun ahead of calls, wait like a call's."""
        if self._pace is not None:
            self._pace.hurry(utterance)

    def _turn(self, ahead: Utterance | None) -> contextlib.AbstractAsyncContextManager[None]:
        return self._pace.turn(ahead=ahead) if self._pace else contextlib.nullcontext()

    async def _sound(self, utterance: Utterance, report: Report) -> AsyncGenerator[bytes, None]:
        identity = self.identity(utterance)
        asked = 0

        def speak(voice: Synthesizer) -> AsyncIterator[bytes]:
            nonlocal asked
            asked += 1
            if asked > 1 and self._pace is not None:
                self._pace.owe()
            if voice.identity(utterance) != identity:
                raise FailedError("refused", f"{voice.identity(utterance)} is not the voice {identity}")
            return voice.synthesize(utterance)

        try:
            async with contextlib.aclosing(self._steady.stream(speak, report)) as sound:
                async for chunk in sound:
                    yield chunk
        except FailedError as error:
            raise SynthesisError(str(error), reason=error.reason) from error


class _Ahead:
    """Implements PatientSynthesizer."""

    def __init__(self, voice: SteadySynthesizer) -> None:
        self._voice = voice

    def identity(self, utterance: Utterance) -> str:
        return self._voice.identity(utterance)

    async def synthesize(self, utterance: Utterance) -> AsyncIterator[bytes]:
        async with contextlib.aclosing(self._voice.speak(utterance, _untold, ahead=True)) as sound:
            async for chunk in sound:
                yield chunk

    def hurry(self, utterance: Utterance) -> None:
        self._voice.hurry(utterance)


def _untold(report: ProviderReported) -> None:
    """Tell no call: nobody asked for this one."""
