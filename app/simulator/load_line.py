"""One caller of a load run: sends prepared frames, reckons what is playing, measures reactions.

Holds no audio and no task: whoever owns it calls `tick` every 20 ms and `take` for each message.
"""

import base64
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.simulator.line import (
    FRAME_BYTES,
    FRAME_MS,
    SAMPLES_PER_MS,
    SILENCE,
    first_audible_ms,
    last_audible_ms,
)
from app.simulator.load_socket import LoadSocket
from app.simulator.wire import ClearAudio, InvalidMessageError, PlayAudio, SetMark, StreamWriter, read_command

SILENT_FRAME = base64.b64encode(bytes((SILENCE,)) * FRAME_BYTES)
UNDERRUN_MS = 5.0
"""Shorter gaps may be the generator's own lateness."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Speech cut into base64 frames; voice lies between `onset_ms` and `end_ms`."""

    frames: tuple[bytes, ...]
    onset_ms: int
    end_ms: int

    @classmethod
    def of(cls, mulaw: bytes) -> "Clip":
        """Prepare a clip once for all callers."""
        pad = bytes((SILENCE,)) * (-len(mulaw) % FRAME_BYTES)
        whole = mulaw + pad
        pieces = (whole[at : at + FRAME_BYTES] for at in range(0, len(whole), FRAME_BYTES))
        length = len(mulaw) // SAMPLES_PER_MS
        onset, end = first_audible_ms(mulaw), last_audible_ms(mulaw)
        return cls(tuple(base64.b64encode(piece) for piece in pieces), onset or 0, end or length)


@dataclass(frozen=True, slots=True)
class LoadAction:
    """What a caller does after a prompt, or `interrupt_after_ms` into it: press a key or play a clip."""

    key: str = ""
    clip: Clip | None = None
    interrupt_after_ms: int | None = None


HEAD_BYTES = 8


@dataclass(frozen=True, slots=True)
class LoadTurn:
    """What one caller did and what came of it; times are milliseconds of the running loop's clock.

    `cleared_ms` is None where the bot was not interrupted. `after` and `head` are the first bytes of the
    bot's words before and of those that answer: a server whose words are known can be told which these were.
    """

    is_key: bool
    began_ms: float
    ended_ms: float
    cleared_ms: float | None
    answered_ms: float
    after: bytes
    head: bytes


@dataclass(slots=True)
class Measures:
    """What all lines of a run have seen, in milliseconds."""

    key_to_audio: list[float] = field(default_factory=list)
    key_to_clear: list[float] = field(default_factory=list)
    voice_to_clear: list[float] = field(default_factory=list)
    speech_end_to_audio: list[float] = field(default_factory=list)
    underruns: list[float] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    turns: list[LoadTurn] = field(default_factory=list)
    frames: int = 0
    messages: int = 0
    prompts: int = 0


@dataclass(slots=True)
class _Pending:
    """A reaction that is being waited for."""

    is_key: bool
    began_ms: float
    ended_ms: float
    wants_clear: bool
    wants_audio: bool = True
    cleared_ms: float | None = None


class LoadLine:
    """A call in progress. `actions` repeat from their start when they are through."""

    def __init__(
        self,
        socket: LoadSocket,
        writer: StreamWriter,
        actions: Sequence[LoadAction],
        measures: Measures,
        quiet_ms: int = 300,
    ) -> None:
        self.has_heard = False
        self._socket = socket
        self._writer = writer
        self._actions = actions
        self._measures = measures
        self._quiet_ms = quiet_ms
        self._next = 0
        self._clip: Clip | None = None
        self._clip_frame = 0
        self._sent_ms = 0
        self._ends_ms = 0.0
        self._began_ms: float | None = None
        """When the bot's present words began to play; None before it has answered the last action."""
        self._head = b""
        self._is_unmarked = False
        self._marks: deque[tuple[float, str]] = deque()
        self._pending: _Pending | None = None

    def take(self, text: str, now_ms: float) -> None:
        """Take one message of the server."""
        self._measures.messages += 1
        try:
            command = read_command(text, self._writer.stream_sid)
        except InvalidMessageError as error:
            self._measures.violations.append(str(error))
            return
        match command:
            case PlayAudio(mulaw):
                self._hear(mulaw, now_ms)
            case SetMark(name):
                self._is_unmarked = False
                self._marks.append((max(now_ms, self._ends_ms), name))
                self._send_marks(now_ms)
            case ClearAudio():
                self._clear(now_ms)

    def _hear(self, mulaw: bytes, now_ms: float) -> None:
        self.has_heard = True
        if self._is_unmarked and now_ms - self._ends_ms > UNDERRUN_MS:
            self._measures.underruns.append(now_ms - self._ends_ms)
        self._is_unmarked = True
        self._ends_ms = max(self._ends_ms, now_ms) + len(mulaw) / SAMPLES_PER_MS
        pending = self._pending
        if pending is None:
            if self._began_ms is None:
                self._began_ms, self._head = now_ms, mulaw[:HEAD_BYTES]
        elif pending.wants_audio and now_ms >= pending.ended_ms:
            pending.wants_audio = False
            kept = self._measures.key_to_audio if pending.is_key else self._measures.speech_end_to_audio
            kept.append(now_ms - pending.ended_ms)
            self._note_turn(pending, mulaw[:HEAD_BYTES], now_ms)
            self._began_ms = now_ms
            self._pending = None

    def _note_turn(self, pending: _Pending, head: bytes, now_ms: float) -> None:
        done = (pending.is_key, pending.began_ms, pending.ended_ms, pending.cleared_ms)
        self._measures.turns.append(LoadTurn(*done, now_ms, self._head, head))
        self._head = head

    def _clear(self, now_ms: float) -> None:
        pending = self._pending
        if pending is not None and pending.wants_clear and now_ms >= pending.began_ms:
            pending.wants_clear = False
            pending.cleared_ms = now_ms
            kept = self._measures.key_to_clear if pending.is_key else self._measures.voice_to_clear
            kept.append(now_ms - pending.began_ms)
        self._ends_ms, self._is_unmarked = now_ms, False
        for _, name in self._marks:
            self._send_mark(name)
        self._marks.clear()

    def _send_mark(self, name: str) -> None:
        self._socket.send(self._writer.mark(name).encode())

    def _send_marks(self, now_ms: float) -> None:
        while self._marks and self._marks[0][0] <= now_ms:
            self._send_mark(self._marks.popleft()[1])

    def tick(self, now_ms: float) -> None:
        """Send 20 ms of audio and the marks now due, and act when the moment has come."""
        self._send_marks(now_ms)
        self._socket.send(self._frame())
        self._measures.frames += 1
        if self._clip is None and self._actions:
            self._act(now_ms)

    def _frame(self) -> bytes:
        payload = SILENT_FRAME
        if self._clip is not None:
            payload = self._clip.frames[self._clip_frame]
            self._clip_frame += 1
            if self._clip_frame == len(self._clip.frames):
                self._clip = None
        timestamp, self._sent_ms = self._sent_ms, self._sent_ms + FRAME_MS
        return self._writer.raw_media(payload, timestamp)

    def _act(self, now_ms: float) -> None:
        if self._began_ms is None or self._pending is not None:
            return
        action = self._actions[self._next % len(self._actions)]
        is_playing = now_ms < self._ends_ms
        if action.interrupt_after_ms is not None and is_playing:
            if now_ms - self._began_ms < action.interrupt_after_ms:
                return
        elif self._marks or now_ms - self._ends_ms < self._quiet_ms:
            return
        self._next += 1
        self._measures.prompts += 1
        self._began_ms = None
        if action.clip is not None:
            self._clip, self._clip_frame = action.clip, 0
            # The first frame leaves at the next tick and tells of the 20 ms before that.
            began, ended = now_ms + action.clip.onset_ms, now_ms + action.clip.end_ms
            self._pending = _Pending(is_key=False, began_ms=began, ended_ms=ended, wants_clear=is_playing)
        else:
            self._pending = _Pending(is_key=True, began_ms=now_ms, ended_ms=now_ms, wants_clear=is_playing)
            self._socket.send(self._writer.dtmf(action.key).encode())

    def stop(self) -> None:
        """End the stream as Twilio does."""
        self._socket.send(self._writer.stop().encode())
        self._socket.close()
