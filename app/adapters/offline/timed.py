"""Engines of fixed speed and almost no cost, for load tests: what they take is known, so the rest is ours."""

import asyncio
from collections.abc import AsyncIterator

from app.adapters.offline.turn_by_turn import TurnByTurn
from app.domain.call import Millis
from app.domain.speech import Hints, Utterance
from app.engine.events import Fact, FinalTranscript, PartialTranscript
from app.media.audio import BYTES_PER_MS, tone
from app.session.ports import CallTranscriber, Clock, Post, Timer, TranscriberTurn

TONE_MS_PER_CHARACTER = 60
_CHUNK_MS = 1_000
_FASTER_THAN_LIFE = 4
_TONE = tone(_CHUNK_MS)
_PARTIAL_BYTES = 300 * 16


class TimedSynthesizer:
    """A tone as long as the text: 60 ms a character, four times faster than real time after `first_ms`."""

    def __init__(self, clock: Clock, first_ms: Millis = 150) -> None:
        self._clock = clock
        self._first_ms = first_ms

    def identity(self, utterance: Utterance) -> str:  # noqa: ARG002 - the port's
        """The tone and its length per character."""
        return f"timed/{TONE_MS_PER_CHARACTER}"

    async def synthesize(self, utterance: Utterance) -> AsyncIterator[bytes]:
        """Yield the tone in chunks of a second, each when its time has come. Safe to cancel."""
        left = len(utterance.text) * TONE_MS_PER_CHARACTER
        due = self._clock.now() + self._first_ms
        while left > 0:
            await self._until(due)
            chunk = min(left, _CHUNK_MS)
            yield _TONE[: chunk * BYTES_PER_MS]
            left -= chunk
            due += chunk // _FASTER_THAN_LIFE

    async def _until(self, due: Millis) -> None:
        reached = asyncio.get_running_loop().create_future()
        timer = self._clock.call_at(due, lambda: None if reached.done() else reached.set_result(None))
        try:
            await reached
        finally:
            timer.cancel()


class TimedTurn:
    """A turn that hears the same words, whatever was said."""

    def __init__(self, clock: Clock, turn: int, post: Post, text: str, final_ms: Millis) -> None:
        self._clock = clock
        self._turn = turn
        self._post = post
        self._text = text
        self._final_ms = final_ms
        self._bytes = 0
        self._told = False
        self._timers: list[Timer] = []

    def feed(self, pcm16: bytes) -> None:
        """Count the sound; 300 ms of it bring the one partial."""
        self._bytes += len(pcm16)
        if not self._told and self._bytes >= _PARTIAL_BYTES:
            self._told = True
            self._post(PartialTranscript(self._turn, self._text, 1.0))

    def speech_ended(self) -> None:
        """Give the final after its fixed time."""
        final: Fact = FinalTranscript(self._turn, self._text, 1.0)
        self._timers.append(
            self._clock.call_at(self._clock.now() + self._final_ms, lambda: self._post(final))
        )
        self._bytes = 0
        self._told = False

    def close(self) -> None:
        """Forget the finals that are not due yet."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


class TimedTranscriber:
    """Hears `text` in every turn: a partial while sound comes, the final `final_ms` after speech ended."""

    def __init__(self, clock: Clock, final_ms: Millis = 200, text: str = "yes") -> None:
        self._clock = clock
        self._final_ms = final_ms
        self._text = text

    @property
    def is_continuous(self) -> bool:
        """False: a turn is fed while there is voice."""
        return False

    def join(self, expecting: Hints, post: Post) -> CallTranscriber:  # noqa: ARG002 - the port's
        """Begin a call, as the port says."""
        return TurnByTurn(self, post)

    def open(self, turn: int, hints: Hints, post: Post) -> TranscriberTurn:  # noqa: ARG002 - the port's
        """Begin a turn, as the port says."""
        return TimedTurn(self._clock, turn, post, self._text, self._final_ms)
