"""One caller's handset and line: its clock, what is said and heard, the server's reactions; no TwiML."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from app.simulator.line import (
    FRAME_BYTES,
    FRAME_MS,
    SAMPLES_PER_MS,
    SILENCE,
    Playback,
    first_audible_ms,
    last_audible_ms,
    silence,
)
from app.simulator.report import Act, CallReport, Happening, MarkSeen, silences
from app.simulator.wire import BUFFER_FULL, Violation

MAX_VIOLATIONS = 100
"""More than these are not worth keeping."""


class CallOverError(Exception):
    """The call ended while the caller still had something to do."""


class Stream(Protocol):
    """The media socket as the handset needs it."""

    async def send_frame(self, mulaw: bytes) -> None:
        """Send 20 ms of the caller's audio."""
        ...

    async def send_key(self, digit: str) -> None:
        """Send one key."""
        ...

    async def send_marks(self, names: list[str]) -> None:
        """Send marks back."""
        ...

    def drop(self) -> None:
        """Break the socket off without a word."""
        ...


class Phone:
    """A line in real time. All times are milliseconds on the call's clock, which begins with `pick_up`.

    `speed` runs the whole line faster than real time; it suits servers that keep no time of their own.
    """

    def __init__(self, report: CallReport, speed: float, on_happening: Callable[[Happening], None]) -> None:
        self.report = report
        self.playback = Playback()
        self.said = bytearray()
        self.stream: Stream | None = None
        self.is_over = False
        self._speed = speed
        self._on_happening = on_happening
        self._outgoing = bytearray()
        self._beat = asyncio.Event()
        self._began_at: float | None = None
        self._picked_up = asyncio.Event()
        self._pending: Act | None = None

    @property
    def now_ms(self) -> int:
        """Milliseconds since the call was answered; 0 before."""
        if self._began_at is None:
            return 0
        return int((asyncio.get_running_loop().time() - self._began_at) * 1000 * self._speed)

    def happened(self, kind: str, text: str = "") -> None:
        """Note one thing in the call's story."""
        happening = Happening(self.now_ms, kind, text)
        self.report.happenings.append(happening)
        self._on_happening(happening)

    def violated(self, code: int, text: str) -> None:
        """Note a warning of Twilio's debugger."""
        if len(self.report.violations) < MAX_VIOLATIONS:
            self.report.violations.append(Violation(code, text, self.now_ms))
        self.happened("violation", f"{code} {text}")

    def pick_up(self) -> None:
        """Start the call's clock."""
        if self._began_at is None:
            self._began_at = asyncio.get_running_loop().time()
            self.report.answered = True
            self._picked_up.set()

    async def run(self) -> None:
        """Once answered, carry a frame each way every 20 ms to the call's end; late ones follow at once."""
        await self._picked_up.wait()
        loop = asyncio.get_running_loop()
        began = loop.time() if self._began_at is None else self._began_at
        frame = 0
        while not self.is_over:
            frame += 1
            wait = began + frame * FRAME_MS / 1000 / self._speed - loop.time()
            await asyncio.sleep(max(0.0, wait))
            await self._exchange(frame * FRAME_MS)
            beat, self._beat = self._beat, asyncio.Event()
            beat.set()

    async def _exchange(self, at_ms: int) -> None:
        due = self.playback.advance(at_ms)
        self._seen(due, "played")
        spoken = bytes(self._outgoing[:FRAME_BYTES])
        del self._outgoing[:FRAME_BYTES]
        frame = spoken.ljust(FRAME_BYTES, bytes((SILENCE,)))
        self.said += frame
        if self.stream is not None:
            await self.stream.send_marks(due)
            await self.stream.send_frame(frame)

    async def next_frame(self) -> None:
        """Return 20 ms later. Raises CallOverError."""
        if self.is_over:
            raise CallOverError
        await self._beat.wait()

    def finish(self) -> None:
        """The call is over: stop the clock and settle the report."""
        if self.is_over:
            return
        self.report.duration_ms = self.now_ms
        self.is_over = True
        self._beat.set()
        self.lost_marks()
        self.report.heard, self.report.said = bytes(self.playback.heard), bytes(self.said)
        self.report.underruns = self.playback.underruns
        self.report.silences, self.report.longest_silence_ms = silences([self.report.heard, self.report.said])

    # What the server sends.

    def hear(self, mulaw: bytes) -> None:
        """Audio arrived."""
        now = self.now_ms
        self._seen(self.playback.advance(max(now, self.playback.position_ms)), "played")
        starts_ms = now + self.playback.buffered_ms
        if not self.playback.queue(mulaw, now):
            self.violated(BUFFER_FULL, "more than 10 minutes of audio are buffered; the rest is discarded")
            return
        act = self._pending
        if act is not None and act.response_arrived_ms is None and now >= act.ended_ms:
            offset = first_audible_ms(mulaw)
            if offset is not None:
                act.response_arrived_ms, act.response_heard_ms = now, starts_ms + offset

    def set_mark(self, name: str) -> list[str]:
        """A mark arrived; return those to send back at once."""
        due = self.playback.mark(name)
        self._seen(due, "played")
        return due

    def clear(self) -> list[str]:
        """A clear arrived; return the marks it flushes."""
        now = self.now_ms
        if self.playback.is_playing:
            self.happened("cleared", f"{self.playback.buffered_ms} ms were not played")
        flushed = self.playback.clear()
        self._seen(flushed, "flushed")
        act = self._pending
        if act is not None:
            if act.interrupted and act.cleared_ms is None and now >= act.began_ms:
                act.cleared_ms = now
            if act.response_heard_ms is not None and act.response_heard_ms > now:
                act.response_arrived_ms = act.response_heard_ms = None
        return flushed

    def lost_marks(self) -> None:
        """The stream is gone: what it still owed never comes."""
        self._seen(self.playback.clear(), "lost")

    def _seen(self, names: list[str], fate: str) -> None:
        self.report.marks += [MarkSeen(name, self.now_ms, fate) for name in names]

    # What the caller does.

    async def press(self, digit: str, act: Act | None) -> Act:
        """Press one key; `act` is the one that the entry's first key began."""
        now = self.now_ms
        if act is None:
            act = Act("press", "", now, now, interrupted=self.playback.is_playing)
            self.report.acts.append(act)
            self._pending = act
        act.text += digit
        if act.response_arrived_ms is None:
            act.ended_ms = now
        if self.stream is not None:
            await self.stream.send_key(digit)
        return act

    def speak(self, kind: str, text: str, mulaw: bytes) -> Act:
        """Begin to send this sound; the act's times are those of its first and last audible parts."""
        starts_ms = (len(self.said) + len(self._outgoing)) // SAMPLES_PER_MS
        began = first_audible_ms(mulaw) or 0
        ended = last_audible_ms(mulaw) or len(mulaw) // SAMPLES_PER_MS
        act = Act(kind, text, starts_ms + began, starts_ms + ended, interrupted=self.playback.is_playing)
        self.report.acts.append(act)
        self._pending = act
        # Whole frames: the next sound begins on a frame of its own.
        self._outgoing += mulaw + silence(-len(mulaw) // SAMPLES_PER_MS % FRAME_MS)
        return act

    @property
    def is_speaking(self) -> bool:
        """Whether the caller's sound is still being sent."""
        return bool(self._outgoing)
