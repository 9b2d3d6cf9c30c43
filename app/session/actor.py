"""One live leg of a call: carries facts in and orders out; decides nothing.

One inbox, one deadline. A fact is settled at once when nothing else is being settled, so a key's
orders leave in the key's own callback; else it waits its turn.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeAlias

import structlog

from app.domain.call import Disposition, Millis
from app.engine.actions import (
    Ask,
    Extend,
    Extract,
    HangUp,
    Interpret,
    Listen,
    Order,
    Play,
    Record,
    RecordingDecided,
    Run,
    StopAsking,
    StopListening,
    StopPlayback,
    Transfer,
)
from app.engine.events import (
    DeadlinePassed,
    DigitPressed,
    Fact,
    LegAnswered,
    LegEnded,
    OperatorCommand,
    ProviderReported,
    Recorded,
    RecordFailed,
    StreamLost,
)
from app.media.audio import BYTES_PER_MS, mulaw_level
from app.session.clock import utc_now
from app.session.deadline import DeadlineTimer
from app.session.ending import end_leg
from app.session.errands import NoErrands
from app.session.handover import HandOver
from app.session.ledger import Ledger
from app.session.linetime import LineTime
from app.session.listener import Listener
from app.session.ports import (
    Carrier,
    Clock,
    Errands,
    LogError,
    PromptSource,
    Responder,
    StaleEpoch,
    Transcriber,
    VoiceDetector,
)
from app.session.recorder import CallRecorder, NoRecorder
from app.session.sound import BotSound
from app.session.speaker import Speaker
from app.session.thinker import NoResponder, Thinker
from app.session.weakly import weakly

OnLeft: TypeAlias = Callable[["CallSession", Disposition | None], Awaitable[None]]

_log = structlog.get_logger(__name__)


class CallSession:
    """Carries one call over one leg, from the stream's start to its end or its loss.

    The doors (`audio` ... `command`) neither block nor raise; after the end they do nothing. `on_left`
    is told, as the last thing, how the leg ended.
    """

    def __init__(
        self,
        ledger: Ledger,
        carrier: Carrier,
        transcriber: Transcriber,
        prompts: PromptSource,
        clock: Clock,
        *,
        responder: Responder | None = None,
        errands: Errands | None = None,
        detector: VoiceDetector,
        recorder: CallRecorder | None = None,
        on_left: OnLeft | None = None,
    ) -> None:
        self.ledger = ledger
        self._call = ledger.call
        self._info = ledger.info
        self._carrier = carrier
        self._clock = clock
        self._recorder = recorder or NoRecorder()
        self._errands = errands or NoErrands()
        self._on_left = on_left
        self._time = ledger.time
        self._line_time = LineTime()
        # First, since rooms may post as they are made; nothing is settled before the call runs.
        self._inbox: deque[tuple[Fact, Millis]] = deque()
        self._is_settling = True
        self._is_over = False
        self._sound = BotSound(detector, self._recorder, self._time)
        post = weakly(self.post)
        self._speaker = Speaker(carrier, prompts, clock, post, self._sound)
        self._listener = Listener(
            transcriber,
            detector,
            post=post,
            post_at=weakly(self._enter),
            keep=self._recorder.keep_answer,
            expecting=self._call.expecting,
        )
        self._handover = HandOver(ledger, carrier, post, weakly(self._leave))
        self._thinker = Thinker(responder or NoResponder(), post)
        self._last_frame = b""
        call = self._call
        self._timer = DeadlineTimer(lambda: call.next_deadline, clock, self._time, weakly(self._time_passed))
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        self._disposition: Disposition | None = None

    def audio(self, mulaw: bytes, timestamp_ms: int) -> None:
        """Take caller audio of any length; `timestamp_ms` is when it began on the stream's own clock."""
        if self._is_over:
            return
        now = self._clock.now()
        ends = self._line_time.map(timestamp_ms + len(mulaw) // BYTES_PER_MS, now)
        at = self._time.of(ends)
        try:
            if now >= self._sound.next_change_at:
                self._sound.change(now)
            self._recorder.caller_audio(mulaw, at)
            self._listener.audio(mulaw, at)
            self._last_frame = mulaw
        except Exception as error:  # noqa: BLE001 - the top of this call: no other call may suffer
            self._break_off(error)

    @property
    def levels(self) -> tuple[float, float]:
        """How loud the caller's last frame was and how loud the bot is, in dBFS; reckoned when asked for."""
        return mulaw_level(self._last_frame), self._sound.level

    def digit(self, digit: str) -> None:
        """Take one key."""
        self._listener.key_pressed(self.ledger.now())
        self.post(DigitPressed(digit))

    def mark(self, name: str) -> None:
        """Take the echo of a mark: played, or flushed by our own clear."""
        self._speaker.mark(name)

    def stopped(self) -> None:
        """Take the carrier's word that the stream ended."""
        self.post(LegEnded("hangup"))

    def lost(self) -> None:
        """Take that the socket closed without such a word: this leg is over, the call may be resumed."""
        self.post(StreamLost())

    def command(self, name: str) -> None:
        """Take an operator's or the process's wish: `hang_up`, `interrupt`, `interrupt_prompt`."""
        self.post(OperatorCommand(name))

    def post(self, fact: Fact) -> None:
        """Take any fact of now."""
        self._enter(fact, self.ledger.now())

    def abandon(self) -> None:
        """Stop without a word: somebody else owns the call."""
        self._leave()

    async def run(self) -> Disposition | None:
        """Carry the call until it ended; None when only this leg did, or another process owns the call.

        Cancelled, it leaves the call as if its socket had closed.
        """
        epoch = self.ledger.epoch
        self._inbox.appendleft(
            (LegAnswered(epoch, utc_now().isoformat(timespec="seconds")), self.ledger.now())
        )
        self._is_settling = False
        with structlog.contextvars.bound_contextvars(call_id=self._info.id, call_sid=self._info.carrier_sid):
            try:
                self._settle()
                await self._over.wait()
            except asyncio.CancelledError:
                self.lost()
                raise
            finally:
                await self._stop_work()
            if not await end_leg(self.ledger, self._carrier, self._disposition):
                self._disposition = None
            if self._on_left is not None:
                await self._on_left(self, self._disposition)
        return self._disposition

    def _time_passed(self, now: Millis) -> None:
        self._enter(DeadlinePassed(), now)

    def _enter(self, fact: Fact, at: Millis) -> None:
        if not self._is_over:
            self._inbox.append((fact, at))
            if not self._is_settling:
                self._settle()

    def _settle(self) -> None:
        self._is_settling = True
        try:
            while self._inbox and not self._is_over:
                fact, at = self._inbox.popleft()
                orders = self.ledger.take(fact, at)
                self._recorder.set_sensitive(self._call.is_sensitive, self.ledger.last_at)
                for order in orders:
                    self._perform(order)
                if isinstance(fact, StreamLost | LegEnded):
                    self._handover.stream_ended()
        except StaleEpoch:
            self._leave()
        except Exception as error:  # noqa: BLE001 - the top of this call: no other call may suffer
            self._break_off(error)
        self._is_settling = False
        if not self._is_over:
            self._timer.arm()

    def _perform(self, order: Order) -> None:  # noqa: C901 - one arm for each order
        match order:
            case Play():
                self._speaker.play(order)
            case StopPlayback():
                self._speaker.stop(order.play)
            case Listen():
                self._listener.listen(order)
            case StopListening():
                self._listener.stop(order.turn, keep=order.keep)
            case Record():
                self._record(order)
            case Extend():
                self._speaker.extend(order)
            case Ask() | Extract() | Interpret():
                self._thinker.take(order)
            case StopAsking():
                self._thinker.stop(order.ask)
            case Run():
                self._errands.begin(self._info, order.number, order.errand, weakly(self.post))
            case Transfer():
                self._start(self._handover.order(order.to))
            case HangUp():
                self._disposition = order.disposition
                self._leave()

    def _record(self, order: Record) -> None:
        if isinstance(order.entry, RecordingDecided):
            self._recorder.set_allowed(order.entry.allowed, self.ledger.last_at)
        if order.durable:
            self._start(self._commit(order.record))

    async def _commit(self, record: int) -> None:
        try:
            await self.ledger.commit()
        except StaleEpoch:
            self._leave()
        except LogError as error:
            _log.error("commit_failed", reason=str(error))
            self.post(RecordFailed(record))
        else:
            self.post(Recorded(record))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._worked)

    def _worked(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._break_off(error)

    def _break_off(self, error: BaseException) -> None:
        """End this call after a fault of the program: with its disposition, and without any other call."""
        if self._is_over:
            return
        _log.error("call_broke", call_id=self._info.id, exc_info=error)
        with suppress(Exception):  # what is broken may break again; the end does not depend on it
            self.ledger.take(OperatorCommand("error", type(error).__name__), self.ledger.last_at)
        self._disposition = self._call.disposition or Disposition.ERROR
        self._leave()

    def _leave(self) -> None:
        if self._is_over:
            return
        # What the engines used is told as they are let go of; it still belongs into the journal.
        self._is_settling = True
        self._listener.close()
        self._is_over = True
        self._timer.disarm()
        self._speaker.close()
        self._thinker.close()
        self._over.set()

    def _note_usage(self) -> None:
        with suppress(StaleEpoch):
            for fact, at in self._inbox:
                if isinstance(fact, ProviderReported):
                    self.ledger.take(fact, at)
        self._inbox.clear()

    async def _stop_work(self) -> None:
        self._leave()
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._speaker.closed()
        await self._thinker.closed()
        self._note_usage()
        self._recorder.close(self.ledger.now())
