"""A voice that speaks in time or says that it does not: the same voice from several places."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from app.adapters.resilience.health import Health
from app.adapters.resilience.steady import FailedError, Limits, Steady
from app.domain.speech import Utterance
from app.engine.events import ProviderReported
from app.session.ports import Clock, Report, SynthesisError, Synthesizer

SPEAKING = Limits(patience_ms=3_000, idle_ms=3_000)
"""The speaker gives a silent play up after 4 s: what is left then is for a stand-in voice."""


class SteadySynthesizer:
    """Implements ReportingSynthesizer over named candidates that sound the same (other regions, say).

    Another voice is no candidate: its sound would be kept as this one's. It stands in behind the cache.
    """

    def __init__(
        self,
        candidates: Sequence[tuple[str, Synthesizer]],
        clock: Clock,
        *,
        health: Health | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.health = health or Health(clock)
        self._first = candidates[0][1]
        self._steady = Steady("tts", candidates, clock, self.health, limits or SPEAKING)

    def identity(self, utterance: Utterance) -> str:
        """The first candidate's, which is everybody's."""
        return self._first.identity(utterance)

    async def synthesize(self, utterance: Utterance) -> AsyncIterator[bytes]:
        """Yield mu-law as it comes. Raises SynthesisError. Safe to cancel."""
        async with contextlib.aclosing(self.synthesize_for(utterance, _untold)) as sound:
            async for chunk in sound:
                yield chunk

    async def synthesize_for(self, utterance: Utterance, report: Report) -> AsyncGenerator[bytes, None]:
        """Do as `synthesize` does, and tell of retries and falling back."""
        identity = self.identity(utterance)

        def speak(voice: Synthesizer) -> AsyncIterator[bytes]:
            if voice.identity(utterance) != identity:
                raise FailedError("refused", f"{voice.identity(utterance)} is not the voice {identity}")
            return voice.synthesize(utterance)

        try:
            async with contextlib.aclosing(self._steady.stream(speak, report)) as sound:
                async for chunk in sound:
                    yield chunk
        except FailedError as error:
            raise SynthesisError(str(error), reason=error.reason) from error


def _untold(report: ProviderReported) -> None:
    """Tell no call: nobody asked for this one."""
