"""A telephone line's audio: what is queued, what was heard, what was said, sample by sample; pure.

Times are milliseconds on the call's clock, which starts when the call is answered. Nothing here waits:
whoever owns the line says what time it is.
"""

import audioop
import io
import wave
from collections import deque
from dataclasses import dataclass, field

SAMPLES_PER_MS = 8
FRAME_MS = 20
FRAME_BYTES = FRAME_MS * SAMPLES_PER_MS
SILENCE = 0xFF
"""Mu-law zero."""
MAX_BUFFERED_MS = 600_000
"""Ten minutes; Twilio discards what would exceed it (warning 31931)."""
AUDIBLE_RMS = 130
"""16-bit level above which a stretch counts as sound: about -48 dBFS."""


def silence(milliseconds: int) -> bytes:
    """This much quiet, as mu-law."""
    return bytes((SILENCE,)) * (milliseconds * SAMPLES_PER_MS)


def is_audible(mulaw: bytes) -> bool:
    """Whether this stretch, taken as a whole, is louder than a quiet line."""
    return bool(mulaw) and audioop.rms(audioop.ulaw2lin(mulaw, 2), 2) > AUDIBLE_RMS


def first_audible_ms(mulaw: bytes) -> int | None:
    """Where the first 10 ms of sound begin, or None for silence."""
    step = 10 * SAMPLES_PER_MS
    for offset in range(0, len(mulaw), step):
        if is_audible(mulaw[offset : offset + step]):
            return offset // SAMPLES_PER_MS
    return None


def last_audible_ms(mulaw: bytes) -> int | None:
    """Where the last 10 ms of sound end, or None for silence."""
    step = 10 * SAMPLES_PER_MS
    for offset in range((len(mulaw) - 1) // step * step, -1, -step):
        if is_audible(mulaw[offset : offset + step]):
            return min(offset + step, len(mulaw)) // SAMPLES_PER_MS
    return None


@dataclass(frozen=True, slots=True)
class Underrun:
    """The buffer ran empty for `gap_ms` inside an utterance: media, then media again, no mark between."""

    at_ms: int
    gap_ms: int


@dataclass(slots=True)
class _Chunk:
    mulaw: bytes
    arrived_ms: int
    taken: int = 0


@dataclass(slots=True)
class Heard:
    """When the bot was last heard: `at_ms` the sound itself, `arrived_ms` the message that brought it."""

    at_ms: int = -1
    arrived_ms: int = -1


@dataclass(slots=True)
class Playback:
    """The bot's audio on its way to the caller's ear: a queue played in real time, with Twilio's marks.

    Call `advance` before asking anything; it renders up to a moment and gives the marks then due.
    """

    heard: bytearray = field(default_factory=bytearray)
    last_heard: Heard = field(default_factory=Heard)
    underruns: list[Underrun] = field(default_factory=list)
    _chunks: deque[_Chunk] = field(default_factory=deque)
    _marks: deque[tuple[int, str]] = field(default_factory=deque)
    _queued: int = 0
    _played: int = 0
    _open_since_ms: int | None = None
    """When the queue ran dry inside an utterance; None while there is audio or the utterance was marked."""
    _unmarked: bool = False

    @property
    def position_ms(self) -> int:
        """How far the line has been rendered."""
        return len(self.heard) // SAMPLES_PER_MS

    @property
    def buffered_ms(self) -> int:
        """What is queued and not yet played."""
        return (self._queued - self._played) // SAMPLES_PER_MS

    @property
    def is_playing(self) -> bool:
        """Whether something is queued, be it sound or silence."""
        return self._queued > self._played

    @property
    def outstanding_marks(self) -> tuple[str, ...]:
        """Marks not yet sent back."""
        return tuple(name for _, name in self._marks)

    def advance(self, now_ms: int) -> list[str]:
        """Play up to `now_ms`; return the marks whose moment has come, in order."""
        missing = now_ms * SAMPLES_PER_MS - len(self.heard)
        while missing > 0:
            missing -= self._render(missing)
        return self._due()

    def _render(self, most: int) -> int:
        if not self._chunks:
            self.heard += bytes((SILENCE,)) * most
            return most
        chunk = self._chunks[0]
        # A frame at a time, so that the moment of the last sound is known to 20 ms.
        piece = chunk.mulaw[chunk.taken : chunk.taken + min(most, FRAME_BYTES)]
        self.heard += piece
        chunk.taken += len(piece)
        self._played += len(piece)
        if is_audible(piece):
            self.last_heard = Heard(self.position_ms, chunk.arrived_ms)
        if chunk.taken == len(chunk.mulaw):
            self._chunks.popleft()
            if not self._chunks and self._unmarked:
                self._open_since_ms = self.position_ms
        return len(piece)

    def _due(self) -> list[str]:
        due = []
        while self._marks and self._marks[0][0] <= self._played:
            due.append(self._marks.popleft()[1])
        return due

    def queue(self, mulaw: bytes, now_ms: int) -> bool:
        """Take audio that arrived now. False when the buffer is full and it was discarded."""
        if not mulaw:
            return True
        if self.buffered_ms + len(mulaw) // SAMPLES_PER_MS > MAX_BUFFERED_MS:
            return False
        if self._open_since_ms is not None and now_ms > self._open_since_ms:
            self.underruns.append(Underrun(self._open_since_ms, now_ms - self._open_since_ms))
        self._open_since_ms = None
        self._unmarked = True
        self._chunks.append(_Chunk(mulaw, now_ms))
        self._queued += len(mulaw)
        return True

    def mark(self, name: str) -> list[str]:
        """Set a mark behind what is queued; return the marks due now: this one, when nothing is queued."""
        self._unmarked = False
        self._open_since_ms = None
        self._marks.append((self._queued, name))
        return self._due()

    def clear(self) -> list[str]:
        """Drop the queue and return every outstanding mark, in order: flushed, not played."""
        flushed = [name for _, name in self._marks]
        self._marks.clear()
        self._chunks.clear()
        self._queued = self._played
        self._unmarked = False
        self._open_since_ms = None
        return flushed


def wav(channels: list[bytes]) -> bytes:
    """A WAV file (16-bit, 8 kHz) with one channel per mu-law track; short tracks end in silence."""
    length = max((len(track) for track in channels), default=0)
    tracks = [audioop.ulaw2lin(track.ljust(length, bytes((SILENCE,))), 2) for track in channels]
    if len(tracks) == 1:
        frames = tracks[0]
    else:
        left = audioop.tostereo(tracks[0], 2, 1, 0)
        frames = audioop.add(left, audioop.tostereo(tracks[1], 2, 0, 1), 2)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(len(tracks))
        file.setsampwidth(2)
        file.setframerate(SAMPLES_PER_MS * 1000)
        file.writeframes(frames)
    return buffer.getvalue()
