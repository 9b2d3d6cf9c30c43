"""One call's recogniser at Transcribe: keeps a stream open as long as the call and reopens a lost one.

Knows when to connect, to wait and to give up, and which turn is open; the socket is the transport's
business and the words' times are `transcribe_words.py`'s.
"""

import asyncio
import traceback
from collections.abc import Callable

import structlog

from app.adapters.aws.transcribe_opening import Guard, Limits, Opener
from app.adapters.aws.transcribe_track import BYTES_PER_MS, Track
from app.adapters.aws.transcribe_wire import Setup, Stream, TranscribeError, Transport, setup_of
from app.adapters.aws.transcribe_words import Segment, TurnWords
from app.domain.call import Millis
from app.domain.speech import Hints
from app.engine.events import ProviderReported, TranscriberFailed
from app.session.ports import Clock, Post, Timer, TranscriberTurn

_SILENCE_MS: Millis = 100
_MUTE_AFTER = 3
_SUSPICIONS = 2
"""Three stretches of voice without a word may be coughs, or a service that hangs: a call finds out twice."""

_log = structlog.get_logger(__name__)


class _Turn:
    """A turn's handle. After its close it does nothing."""

    def __init__(self, call: "TranscribeCall") -> None:
        self._call = call

    def feed(self, pcm16: bytes) -> None:
        """Queue audio."""
        self._call.feed(self, pcm16)

    def speech_ended(self) -> None:
        """Expect words: Transcribe cannot be asked for its final, and its stable words come without."""
        self._call.expect_words(self)

    def close(self) -> None:
        """Hear no more for this turn; the stream stays."""
        self._call.end_turn(self)


class TranscribeCall:
    """The stream of one call and its turns; it begins to connect at once.

    What was sent is told at each turn's end and when the call closes, so a call that is cut off was
    counted but for its last turn.
    """

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        expecting: Hints,
        post: Post,
        *,
        limits: Limits,
        vocabulary: str,
        on_end: Callable[["TranscribeCall"], None],
        guard: Guard | None = None,
    ) -> None:
        self._guard = guard
        self._opener = Opener(transport, clock, limits, guard)
        self._clock = clock
        self._vocabulary = vocabulary
        self._setup = setup_of(expecting, vocabulary)
        self._post = post
        self._limits = limits
        self._on_end = on_end
        self._track = Track(replay_ms=limits.replay_ms, backlog_ms=limits.backlog_ms)
        self._filled = asyncio.Event()
        self._asked = asyncio.Event()
        self._turn: _Turn | None = None
        self._words: TurnWords | None = None
        self._stream: Stream | None = None
        self._is_closed = False
        self._is_lasting = True
        self._unanswered = 0
        self._suspicions = _SUSPICIONS
        self._reopened = 0
        self._fed_at = clock.now()
        self._timer: Timer = clock.call_at(self._fed_at + limits.keep_alive_ms, self._keep_alive)
        self._task = self._start()

    def _start(self) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._run())
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            # Its words, and those of what caused it, may hold a signed address.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            _log.error("transcriber_broke", error=type(error).__name__, at=f"{frame.filename}:{frame.lineno}")
            self._give_up(TranscribeError("a fault of the program"))
        if self._is_closed:
            self._on_end(self)

    def open(self, turn: int, hints: Hints) -> TranscriberTurn:
        """Begin a turn; a stream that was given up is tried for again, another language gets another one."""
        self._end_words()
        self._turn = _Turn(self)
        self._words = TurnWords(turn, self._track.end_ms)
        setup = setup_of(hints, self._vocabulary)
        if setup != self._setup:
            self._setup = setup
            self._track.clear()
            if self._stream is not None:
                self._stream.abort()
        self._asked.set()
        if self._task.done():
            self._task = self._start()
        return self._turn

    def feed(self, turn: _Turn, pcm16: bytes) -> None:
        """Queue audio of the open turn."""
        if turn is self._turn and self._words is not None:
            self._add(pcm16)

    def expect_words(self, turn: _Turn) -> None:
        """Note that speech ended; a stream that is mute to one after the other is taken for a dead one."""
        if turn is not self._turn or self._stream is None:
            return
        self._unanswered += 1
        if self._unanswered >= _MUTE_AFTER and self._suspicions:
            self._suspicions -= 1
            self._note("mute")
            self._post(ProviderReported("stt", "mute", f"no word of {self._unanswered} stretches of speech"))
            self._stream.abort()

    def end_turn(self, turn: _Turn) -> None:
        """End the open turn."""
        if turn is self._turn:
            self._end_words()
            self._report_use()

    def close(self) -> None:
        """Break the stream off and end all work. The last thing posted is what was used."""
        if self._is_closed:
            return
        self._is_closed = True
        self._end_words()
        self._report_use()
        self._timer.cancel()
        if self._stream is not None:
            self._stream.abort()
        if self._task.done():
            self._on_end(self)
        self._task.cancel()

    async def closed(self) -> None:
        """Return once nothing of a closed call is left running."""
        await asyncio.wait({self._task})

    def _end_words(self) -> None:
        self._turn = self._words = None

    def _report_use(self) -> None:
        used, dropped = self._track.used_ms(), self._track.dropped_ms()
        if used:
            self._post(ProviderReported("stt", "used", amount=used, unit="ms"))
        if dropped:
            _log.warning("transcriber_audio_dropped", dropped_ms=dropped)
            self._post(ProviderReported("stt", "failed", "audio dropped: too late", dropped, "ms"))

    def _note(self, event: str) -> None:
        if self._guard is not None:
            self._guard.note(event)

    def _add(self, pcm16: bytes) -> None:
        self._track.add(pcm16)
        self._fed_at = self._clock.now()
        self._filled.set()

    def _keep_alive(self) -> None:
        now, every = self._clock.now(), self._limits.keep_alive_ms
        due = self._fed_at + every
        if now >= due:
            due = now + every
            if self._stream is not None:
                self._add(bytes(_SILENCE_MS * BYTES_PER_MS))
        self._timer = self._clock.call_at(due, self._keep_alive)

    async def _run(self) -> None:
        """Keep a stream until the call closes; a call that did is over, not cancelled, and keeps no trace."""
        try:
            await self._keep_streams()
        except asyncio.CancelledError:
            if not self._is_closed:
                raise

    async def _keep_streams(self) -> None:
        lost: TranscribeError | None = None
        while True:
            setup = self._setup
            try:
                # A stream that was lost before it said a word is replaced slowly.
                hold_ms = 0 if lost is None or self._is_lasting else self._reopened * self._limits.pause_ms
                stream = await self._opener.open(setup, hold_ms=hold_ms)
                lost = await self._serve(stream, setup, lost)
            except TranscribeError as error:
                lost = None
                if self._setup == setup:
                    self._give_up(error)
                    await self._asked.wait()
            else:
                lost = lost if self._setup == setup else None

    async def _serve(self, stream: Stream, setup: Setup, lost: TranscribeError | None) -> TranscribeError:
        """Carry audio and words until the stream is over. Return why, or raise it when that is the end."""
        self._stream = stream
        pump = asyncio.get_running_loop().create_task(self._pump(stream))
        try:
            self._begin(lost)
            while self._setup == setup:
                for segment in await stream.receive():
                    self._hear(segment)
            return TranscribeError("another language")
        except TranscribeError as error:
            return self._judge(error, setup)
        finally:
            self._stream = None
            stream.abort()
            pump.cancel()
            await asyncio.wait({pump})

    def _begin(self, lost: TranscribeError | None) -> None:
        self._track.begin_stream()
        self._filled.set()
        self._is_lasting = False
        self._unanswered = 0
        if lost is not None:
            self._note("reopened")
            self._post(ProviderReported("stt", "reopened", lost.cause))
            if self._words is not None and (said := self._words.lose(self._track.origin_ms)):
                self._post(said)

    def _judge(self, error: TranscribeError, setup: Setup) -> TranscribeError:
        if self._setup == setup:
            _log.warning("transcriber_lost", cause=error.cause)
            self._reopened += 1
            if not error.is_passing or self._reopened > self._limits.reopenings:
                raise error
        return error

    async def _pump(self, stream: Stream) -> None:
        while True:
            piece = self._track.take()
            if piece:
                try:
                    await stream.send(piece)
                except TranscribeError:
                    stream.abort()  # the receiving side tells why
                    return
            else:
                self._filled.clear()
                await self._filled.wait()

    def _hear(self, segment: Segment) -> None:
        self._is_lasting = True
        self._unanswered = 0
        if self._words is not None:
            fact = self._words.take(segment, self._track.origin_ms)
            if fact is not None:
                self._post(fact)

    def _give_up(self, error: TranscribeError) -> None:
        """Leave the open turn to the keys; the next one tries again."""
        _log.warning("transcriber_given_up", cause=error.cause)
        self._asked.clear()
        self._track.clear()
        words, self._words = self._words, None
        event = "failed" if error.is_passing or error.reason == "timeout" else "refused"
        self._post(ProviderReported("stt", event, error.cause))
        if words is not None:
            self._post(TranscriberFailed(words.turn, error.reason))
