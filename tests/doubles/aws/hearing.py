"""What the double's Transcribe hears: sound cut into segments, and words for each, given or recognised.

All times are those of the audio, so the same sound gives the same results; knows no wire.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from app.adapters.offline.sphinx import SphinxTranscriber
from app.domain.speech import Hints
from app.media.audio import pcm_level
from tests.doubles.aws.log import Request

BYTES_PER_MS = 16
_FRAME_MS = 20
_VOICE_DBFS = -45.0
_LEAST_VOICE_MS = 80
_LEAD_MS = 200
_GUESS_EVERY_MS = 300
_RECOGNISE_EVERY_MS = 900
_SETTLES_AFTER_MS = 160


_PATIENCE_S = 60.0
"""AWS does not slow down with this machine: the double gives up only on a recogniser that hangs."""


@dataclass(frozen=True, slots=True)
class Result:
    """One of Transcribe's results. The last `unstable` words may still change."""

    text: str
    begins_ms: int
    ends_ms: int
    is_partial: bool
    unstable: int = 0
    confidence: float = 0.98
    result_id: str = ""

    def body(self, *, stabilised: bool) -> dict[str, Any]:
        """Return it as the service words it; `Stable` only where stabilisation was asked for."""
        words = self.text.split()
        each = (self.ends_ms - self.begins_ms) / max(1, len(words))
        items = []
        for n, word in enumerate(words):
            item: dict[str, Any] = {
                "Content": word,
                "StartTime": (self.begins_ms + n * each) / 1000,
                "EndTime": (self.begins_ms + (n + 1) * each) / 1000,
                "Type": "pronunciation",
                "VocabularyFilterMatch": False,
            }
            if stabilised:
                item["Stable"] = not self.is_partial or n < len(words) - self.unstable
            if not self.is_partial:
                item["Confidence"] = self.confidence
            items.append(item)
        alternative = {"Transcript": self.text, "Items": items}
        return {
            "Alternatives": [alternative],
            "StartTime": self.begins_ms / 1000,
            "EndTime": self.ends_ms / 1000,
            "IsPartial": self.is_partial,
            "ResultId": self.result_id or str(uuid4()),
            "ChannelId": "ch_0",
        }


@dataclass(slots=True)
class Ears:
    """How every session hears.

    `words` are said for the segments of voice, one entry each, over all sessions in the order of the
    sound. Without any left, `hints` names what may be said and the offline recogniser decides; without
    hints nothing is heard but what a test says (`Session.say`). `languages` and `vocabularies` are what
    there is; an empty `languages` takes any.
    """

    words: deque[str] = field(default_factory=deque)
    hints: Hints | Callable[[Request], Hints] | None = None
    silence_ms: int = 500
    languages: frozenset[str] = frozenset()
    vocabularies: frozenset[str] = frozenset()
    _sphinx: SphinxTranscriber | None = None

    async def recognise(self, request: Request, pcm16: bytes) -> str:
        """Return what the offline recogniser makes of a stretch of sound."""
        if self.hints is None:
            return ""
        if self._sphinx is None:
            self._sphinx = SphinxTranscriber(size=1, queue=64)
        hints = self.hints(request) if callable(self.hints) else self.hints
        text, _ = await self._sphinx.hear(hints, pcm16, deadline_s=_PATIENCE_S)
        return text

    async def aclose(self) -> None:
        """End the recogniser."""
        if self._sphinx is not None:
            await self._sphinx.aclose()
            self._sphinx = None


class Segmenter:
    """One session's sound, cut where it falls silent. Feed it from one task."""

    def __init__(self, ears: Ears, request: Request, *, final_after_ms: float) -> None:
        self._ears = ears
        self._request = request
        longest = ears.silence_ms
        self._final_ms = min(longest, final_after_ms) if final_after_ms else longest
        self._buffer = bytearray()
        self._at_ms = 0
        self._segment = bytearray()
        self._begins_ms = 0
        self._voice_ms = 0
        self._quiet_ms = 0
        self._guessed_ms = 0
        self._given: Sequence[str] | None = None
        self._text = ""
        self._result_id = ""

    async def feed(self, pcm16: bytes) -> AsyncIterator[Result]:
        """Take sound of any length and yield what it brings."""
        self._buffer += pcm16
        size = _FRAME_MS * BYTES_PER_MS
        while len(self._buffer) >= size:
            frame = bytes(self._buffer[:size])
            del self._buffer[:size]
            self._at_ms += _FRAME_MS
            async for result in self._frame(frame):
                yield result

    async def end(self) -> AsyncIterator[Result]:
        """Yield the final of what is under way: no more sound comes."""
        if self._voice_ms >= _LEAST_VOICE_MS:
            yield await self._final()

    async def _frame(self, frame: bytes) -> AsyncIterator[Result]:
        self._segment += frame
        if pcm_level(frame) > _VOICE_DBFS:
            if not self._voice_ms:
                self._begin()
            self._voice_ms += _FRAME_MS
            self._quiet_ms = 0
            every = _GUESS_EVERY_MS if self._words() is not None else _RECOGNISE_EVERY_MS
            if self._voice_ms - self._guessed_ms >= every:
                self._guessed_ms = self._voice_ms
                if result := await self._guess(settled=False):
                    yield result
            return
        if not self._voice_ms:
            del self._segment[: -_LEAD_MS * BYTES_PER_MS]
            return
        self._quiet_ms += _FRAME_MS
        is_speech = self._voice_ms >= _LEAST_VOICE_MS
        if self._quiet_ms == _SETTLES_AFTER_MS and is_speech and (result := await self._guess(settled=True)):
            yield result
        if self._quiet_ms >= self._final_ms:
            if is_speech and (final := await self._final()).text:
                yield final
            self._reset()

    def _begin(self) -> None:
        self._begins_ms = self._at_ms - _FRAME_MS
        self._result_id = str(uuid4())

    def _reset(self) -> None:
        self._segment.clear()
        self._voice_ms = self._quiet_ms = self._guessed_ms = 0
        self._given = None
        self._text = ""

    def _words(self) -> Sequence[str] | None:
        if self._given is None and self._ears.words and self._voice_ms >= _LEAST_VOICE_MS:
            self._given = self._ears.words.popleft().split()
        return self._given

    async def _guess(self, *, settled: bool) -> Result | None:
        words = self._words()
        if words is None:
            self._text = await self._ears.recognise(self._request, bytes(self._segment))
            words = self._text.split()
        elif not settled:
            words = words[: max(1, self._voice_ms // _GUESS_EVERY_MS)]
        if not words:
            return None
        return self._result(words, is_partial=True, unstable=0 if settled else 1)

    async def _final(self) -> Result:
        words = self._words()
        if words is None:
            text = self._text or await self._ears.recognise(self._request, bytes(self._segment))
            words = text.split()
        return self._result(words, is_partial=False)

    def _result(self, words: Sequence[str], *, is_partial: bool, unstable: int = 0) -> Result:
        ends_ms = max(self._at_ms - self._quiet_ms, self._begins_ms + _FRAME_MS)
        return Result(
            " ".join(words),
            self._begins_ms,
            ends_ms,
            is_partial,
            unstable=unstable,
            result_id=self._result_id,
        )
