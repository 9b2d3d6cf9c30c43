"""Prompts to the line: ahead of real time, marked at sentence ends; knows what was heard, not what to say.

One play at a time. Everything is driven by four events: audio became ready, a mark came back, the
timer fired, the play was stopped.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from app.domain.call import Millis
from app.engine.actions import Extend, Play
from app.engine.events import PromptCut, PromptEnded, PromptStarted, SynthesizerFailed
from app.media.audio import BYTES_PER_MS
from app.session.playback import Spoken, heard_of
from app.session.ports import Carrier, Clock, Post, PromptSource, SynthesisError, Timer

AHEAD_MS: Millis = 4_000
"""Sound sent ahead of the line: survives a stalled loop, costs a short flush when interrupted."""

REFILL_MS: Millis = 3_000
"""Send on when less than this is left on the line."""

MESSAGE_MS: Millis = 1_000
"""The longest message: one where the peers send fifty."""

SMALLEST_MS: Millis = 200
"""Streamed sound is gathered to this much before it is sent, unless the line is about to run dry."""

FIRST_AUDIO_MS: Millis = 4_000
"""A synthesiser that leaves the line dry for so long has failed: the caller must hear something in 8 s."""

OVERDUE_MS: Millis = 2_000
"""A mark that late was lost, and its sound counts as heard."""

_log = structlog.get_logger(__name__)


class HearsTheBot(Protocol):
    """Who must know what the bot sounds like just now: the echo guard and the recording."""

    def bot_audio(self, mulaw: bytes, starts_at: Millis) -> None:
        """Take what the line will play from `starts_at` (process's clock)."""
        ...

    def bot_silenced(self, at: Millis) -> None:
        """Take that the line is silent from `at`: what was to sound later will not."""
        ...


@dataclass(slots=True)
class _Playing:
    """One play under way. `sending` is the utterance being sent, `opened` how many are being made.

    More may follow an open one, so it does not end when all there is has been heard.
    """

    play: int
    spoken: list[Spoken]
    began_at: Millis
    last_mark_at: Millis
    sending: int = 0
    opened: int = 0
    started: bool = False
    has_news: bool = False
    cached: bool = True
    failure: str = ""
    is_open: bool = False
    marks: dict[str, int] = field(default_factory=dict)
    stream: asyncio.Task[None] | None = None

    @property
    def all_sent(self) -> bool:
        return self.sending == len(self.spoken)

    @property
    def is_heard(self) -> bool:
        return self.all_sent and not self.marks and not self.is_open

    @property
    def may_open(self) -> bool:
        """One utterance ahead, once the one before is made: then its maker is free and memory small."""
        if self.opened == len(self.spoken) or self.opened > self.sending + 1:
            return False
        return self.opened == 0 or self.spoken[self.opened - 1].is_complete

    def fail(self, index: int, reason: str) -> None:
        """Let the play end after what there is of this utterance."""
        self.failure = reason
        self.is_open = False
        for one in self.spoken[index : index + 1]:
            one.is_complete = True
        del self.spoken[index + 1 :]
        self.opened = len(self.spoken)


class Speaker:
    """Speaks one play at a time; posts PromptStarted, then PromptEnded, PromptCut or SynthesizerFailed."""

    def __init__(
        self, carrier: Carrier, prompts: PromptSource, clock: Clock, post: Post, hears: HearsTheBot
    ) -> None:
        self._carrier = carrier
        self._prompts = prompts
        self._clock = clock
        self._post = post
        self._hears = hears
        self._playing: _Playing | None = None
        self._line_ends_at: Millis = 0
        self._generation = 0
        self._timer: Timer | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def play(self, order: Play) -> None:
        """Speak the prompt; what is ready leaves before this returns."""
        if self._playing is not None:
            self._silence()
        now = self._clock.now()
        spoken = [Spoken(utterance) for utterance in order.prompt.utterances]
        self._playing = _Playing(order.play, spoken, began_at=now, last_mark_at=now, is_open=order.is_open)
        self._pump(self._playing)

    def extend(self, order: Extend) -> None:
        """Speak more behind an open play; one that is over, failed or closed takes no more."""
        playing = self._playing
        if playing is None or playing.play != order.play or not playing.is_open:
            return
        playing.spoken += [Spoken(utterance) for utterance in order.utterances]
        playing.is_open = not order.is_last
        self._pump(playing)

    def stop(self, play: int) -> None:
        """Silence the line and post what was heard; a play that is over already is left alone."""
        playing = self._playing
        if playing is None or playing.play != play:
            return
        heard = heard_of(playing.spoken, self._clock.now(), playing.last_mark_at)
        self._silence()
        self._post(PromptCut(play, heard.utterances, heard.text, heard.ms))

    def mark(self, name: str) -> None:
        """Take a mark's echo. After a clear the outstanding ones mean "flushed" and are void."""
        playing = self._playing
        index = None if playing is None else playing.marks.get(name)
        if playing is None or index is None:
            return
        playing.last_mark_at = self._clock.now()
        # Sound is played in order: a mark speaks for every utterance before it, too.
        playing.marks = {mark: i for mark, i in playing.marks.items() if i > index}
        for one in playing.spoken[: index + 1]:
            one.was_heard = True
        if playing.is_heard:
            self._end(playing)

    def close(self) -> None:
        """Stop all work; posts nothing more. The line keeps what it has."""
        self._playing = None
        self._disarm()
        for task in self._tasks:
            task.cancel()

    async def closed(self) -> None:
        """Wait until the work that `close` stopped is gone."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _silence(self) -> None:
        playing, self._playing = self._playing, None
        now = self._clock.now()
        self._disarm()
        # Marks sent before this clear come back as "flushed": a new generation makes them strangers.
        self._generation += 1
        self._carrier.clear()
        self._line_ends_at = now
        self._hears.bot_silenced(now)
        if playing is not None and playing.stream is not None:
            playing.stream.cancel()

    def _end(self, playing: _Playing, *, is_proven: bool = True) -> None:
        self._playing = None
        self._disarm()
        self._hears.bot_silenced(self._clock.now())
        if playing.stream is not None:
            playing.stream.cancel()
        if playing.failure:
            self._post(SynthesizerFailed(playing.play, playing.failure))
        else:
            self._post(PromptEnded(playing.play, is_proven))

    def _open_ahead(self, playing: _Playing) -> None:
        while playing.may_open:
            one, index = playing.spoken[playing.opened], playing.opened
            playing.opened += 1
            ready = self._prompts.ready(one.utterance)
            if ready is not None:
                one.pending += ready
                one.is_complete = True
                continue
            playing.cached = playing.cached and index > 0
            playing.stream = asyncio.get_running_loop().create_task(self._synthesise(playing, index))
            self._tasks.add(playing.stream)
            playing.stream.add_done_callback(self._tasks.discard)

    async def _synthesise(self, playing: _Playing, index: int) -> None:
        one = playing.spoken[index]
        try:
            async for mulaw in self._prompts.stream(one.utterance, self._post):
                one.pending += mulaw
                self._pump(playing)
        except SynthesisError as error:
            _log.warning("synthesis_failed", play=playing.play, reason=str(error))
            playing.fail(index, "error")
        except Exception:  # noqa: BLE001 - the provider's task is the border: any fault of it is one fact
            _log.exception("synthesizer_broke", play=playing.play)
            playing.fail(index, "error")
        one.is_complete = True
        playing.stream = None
        self._pump(playing)

    def _pump(self, playing: _Playing) -> None:
        """Send what the line should have by now, then end or wait for the next event."""
        if playing is not self._playing:
            return
        now = self._clock.now()
        self._open_ahead(playing)
        while not playing.all_sent and self._line_ends_at - now < AHEAD_MS:
            one = playing.spoken[playing.sending]
            if one.pending and self._is_worth_sending(one, now):
                self._send(playing, one, now)
            elif one.is_complete and not one.pending:
                self._finish_utterance(playing)
            else:
                break
        if playing.is_heard:
            self._end(playing)
            return
        self._arm(playing, now)
        if playing.has_news:
            # Last, because whoever hears it may stop this very play.
            playing.has_news = False
            self._post(PromptStarted(playing.play, playing.cached))

    def _is_worth_sending(self, one: Spoken, now: Millis) -> bool:
        enough = one.is_complete or len(one.pending) >= SMALLEST_MS * BYTES_PER_MS
        return enough or self._line_ends_at - now < SMALLEST_MS

    def _send(self, playing: _Playing, one: Spoken, now: Millis) -> None:
        size = MESSAGE_MS * BYTES_PER_MS
        mulaw = bytes(one.pending[:size])
        del one.pending[:size]
        starts_at = max(now, self._line_ends_at)
        if one.starts_at is None:
            one.starts_at = starts_at
        one.sent_bytes += len(mulaw)
        self._line_ends_at = starts_at + len(mulaw) // BYTES_PER_MS
        self._carrier.send_audio(mulaw)
        self._hears.bot_audio(mulaw, starts_at)
        if not playing.started:
            playing.started = playing.has_news = True

    def _finish_utterance(self, playing: _Playing) -> None:
        if playing.started:
            name = f"{playing.play}.{playing.sending}.{self._generation}"
            playing.marks[name] = playing.sending
            self._carrier.send_mark(name)
        playing.sending += 1
        self._open_ahead(playing)

    def _arm(self, playing: _Playing, now: Millis) -> None:
        self._disarm()
        if playing.all_sent and playing.is_open:
            at = self._dry_at(playing)
        elif playing.all_sent:
            at = max(now, self._line_ends_at) + OVERDUE_MS
        elif self._line_ends_at - now >= AHEAD_MS:
            at = self._line_ends_at - REFILL_MS
        elif playing.spoken[playing.sending].pending:
            at = self._line_ends_at - SMALLEST_MS + 1
        else:
            at = self._dry_at(playing)
        self._timer = self._clock.call_at(at, self._on_timer)

    def _dry_at(self, playing: _Playing) -> Millis:
        return max(playing.began_at, self._line_ends_at) + FIRST_AUDIO_MS

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timer(self) -> None:
        self._timer = None
        playing = self._playing
        if playing is None:
            return
        now = self._clock.now()
        if playing.all_sent and not playing.is_open:
            # The last mark is overdue: what was sent counts as heard, lest the call hang on it.
            self._end(playing, is_proven=False)
        elif now >= self._dry_at(playing):
            playing.fail(playing.sending, "timeout")
            self._end(playing)
        else:
            self._pump(playing)
