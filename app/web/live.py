"""Live calls for whoever looks on: an observer of the desk, and its server-sent events; changes no call.

A subscriber has a bounded queue: one who reads too slowly loses the stream (and is told all anew when the
browser reconnects), never the call. It is asked again and again whether they may look on: a stream ends with
the key or session that opened it. Nobody watching, a fact costs a few microseconds and a frame nothing.

Every message is one unnamed event: `id:` counts, `data:` is a JSON object with `type`. A connection begins
with a snapshot, so that a browser that comes back needs nothing from before. A comment line is the heartbeat.

`GET /api/live`: all live calls.

    {type: "snapshot", calls: [CALL]}
    {type: "started", call: CALL}             a call was answered, or came back after a loss
    {type: "step", id, step, language, state, at}
    {type: "turn", id, step, outcome, source, total_ms, barged_in, turns, state, at}
    {type: "lost", id, at}                    its line was lost; it may be resumed
    {type: "ended", id, disposition, cause, at}
    CALL = {id, flow, direction, from, to, language, step, turns, state, at}

`at` is in ms since the call began. `state` is one of: connecting, preparing (the bot is about to speak),
speaking, listening, hearing (the caller speaks), keying, deciding, thinking, transferring, handed_over,
closing (the last words), over.

`GET /api/calls/{id}/live`: one call; 404 when this process does not hold it (it has ended, say). Every
event has `at`, and but for the snapshot and levels `seq`.

    {type: "snapshot", at, call: CALL, whole, since_epoch, past: [EVENT], state: STATE,
     question: QUESTION or null}
        `past` are the lasting events (those without *) so far, `seq` counted anew where
        `since_epoch` differs; `whole` is false when the call began before
        this process did, or before what is still remembered: the log has the rest.
    {type: "joined", epoch}                   the line is up; epoch > 0: again
    {type: "lost"}                            the line was lost; the call waits to be resumed
    {type: "step", steps: [NAME], language}
    {type: "bot", play, said: [SENTENCE], bargein: any | keys | none}
    {type: "bot_more", play, said: [SENTENCE]}
    {type: "sounding", play, cached}          its first sound left for the line
    {type: "heard", play, whole: true} or {..., whole: false, text, ms, utterances}: how far it was heard
    {type: "barge_in", play, by: voice | key | operator}
    {type: "false_alarm", turn}               it was no answer: the prompt goes on
    {type: "question", question: QUESTION or null} *
    {type: "state", state, timer, left_ms, keys, listen_first} * STATE; timer: no_input, end_of_turn,
                                              next_key, commit, model, transfer, stream or "";
                                              `keys`: keyed so far;
                                              `listen_first`: nothing given counts until this was said
    {type: "partial", turn, text} *           replaces the partial before
    {type: "words", turn, text, confidence}   the recogniser's last word on a segment
    {type: "words", turn, text, typed: true}  what the caller wrote instead
    {type: "key", key, counts}                counts: false where the caller was to listen first
    {type: "answer", turn, slot, value, label, status, source, raw, confidence, asks, sensitive, ...}
    {type: "turn", turn, step, kind, prompt, heard, input, source, understood, outcome, barged_in,
           false_alarms, asked_at, prompt_ended_at, answered_at, latency_ms: {STAGE: ms}}
    {type: "recording", allowed}
    {type: "transfer", to}, {type: "transfer_ended", taken}
    {type: "trouble", service: stt | llm | tts, detail}
    {type: "command", command}
    {type: "level", caller, bot} *            in dBFS, four times a second while the line is up
    {type: "ended", disposition, cause}       the last event; the stream ends behind it
    QUESTION = {turn, step, kind, text, ask, confirming, optional, sensitive, by_voice, by_keys,
        accepts: {kind, keys: [{key, label, status}], end_key, requests: [{key, request}], ...}}
        accepts.kind: yes_no, choice, several (options: [{value, label, key}]), digits, number, date, moment
        (min, max), text

What a sensitive question brings is masked as in the log.
"""

from collections.abc import AsyncGenerator, Callable
from typing import Final, Protocol

import msgspec

from app.domain.call import CallId, CallInfo, Millis
from app.engine.actions import Order
from app.engine.events import Fact, LegAnswered
from app.session.held import Held
from app.session.ledger import Watcher
from app.session.ports import Clock
from app.web.live_question import Plain
from app.web.live_story import Story
from app.web.passes import belongs_to
from app.web.readers import Reader, Readers, Visit

MOST_STORIES: Final = 2_000
LEVEL_MS: Final[Millis] = 250
HEARTBEAT_MS: Final[Millis] = 15_000
ASK_AGAIN_MS: Final[Millis] = 10_000
"""A reader is asked for again with the first news after this long, and by the next heartbeat."""

RETRY_MS: Final[Millis] = 1_000

_encode = msgspec.json.Encoder(enc_hook=str).encode


class WatchedDesk(Protocol):
    """What is looked at."""

    def live(self) -> tuple[CallInfo, ...]:
        """Return the calls that this process answers for."""
        ...

    def held(self, call_id: CallId) -> Held | None:
        """Return the call of this name while this process answers for it."""
        ...

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Tell `watcher` every journal line from now on; return what ends that."""
        ...


class LiveCalls:
    """Watches the desk from its making on; `close` ends every stream, so that the server can leave."""

    def __init__(self, desk: WatchedDesk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self._stories: dict[CallId, Story] = {}
        self._readers = Readers()
        self._sent = 0
        self._is_closed = False
        desk.watch(self._saw)

    def close(self) -> None:
        """End every stream, and serve no more."""
        self._is_closed = True
        for reader in self._readers:
            reader.end(at_once=False)

    def sign_out(self, session: str) -> None:
        """End every stream that this session opened."""
        for reader in self._readers:
            if session and reader.visit.session == session:
                reader.end()

    def all_calls(self, visit: Visit) -> AsyncGenerator[bytes]:
        """Return the stream of all live calls. Raises TooManyReaders."""
        return self._stream_all(self._admitted(visit, None))

    def one_call(self, call_id: CallId, visit: Visit) -> AsyncGenerator[bytes] | None:
        """Return the stream of this call; None when this process does not hold it. Raises TooManyReaders."""
        held = self._desk.held(call_id)
        if held is None or held.is_over:
            return None
        is_own = belongs_to(held.info.carrier_sid, visit.who)
        reader = self._admitted(visit, call_id, is_own=is_own)
        story = self._story(call_id, held, whole=held.ledger.last_at == 0)
        return self._stream_one(reader, story, held)

    async def _stream_all(self, reader: Reader) -> AsyncGenerator[bytes]:
        self._readers.add(reader, None)
        try:
            calls = [self._brief(info) for info in self._desk.live()]
            yield self._spelled({"type": "snapshot", "calls": calls}, first=True)
            while (news := await self._news(reader, HEARTBEAT_MS)) is not None:
                yield news or b":\n\n"
        finally:
            self._readers.leave(reader, None)

    async def _stream_one(self, reader: Reader, story: Story, held: Held) -> AsyncGenerator[bytes]:
        self._readers.add(reader, story.info.id)
        try:
            yield self._spelled(story.snapshot(held.ledger.now()), first=True)
            level_at = beat_at = self._clock.now()
            while (news := await self._news(reader, LEVEL_MS)) is not None:
                now = self._clock.now()
                if now - level_at >= LEVEL_MS and (level := self._level(story.info.id)) is not None:
                    news += self._spelled(level)
                    level_at = now
                if not news and now - beat_at >= HEARTBEAT_MS:
                    news = b":\n\n"
                if news:
                    beat_at = now
                    yield news
        finally:
            self._readers.leave(reader, story.info.id)

    async def _news(self, reader: Reader, within_ms: Millis) -> bytes | None:
        """Return what the reader is to be told next, maybe nothing; None when it is to be told no more."""
        left_ms = max(0, reader.asked_at + HEARTBEAT_MS - self._clock.now())
        news = await reader.take(min(within_ms, left_ms))
        now = self._clock.now()
        if news is not None and now - reader.asked_at >= ASK_AGAIN_MS:
            reader.asked_at = now
            if not await reader.visit.is_welcome():
                return None
        return news

    def _admitted(self, visit: Visit, call_id: CallId | None, *, is_own: bool = False) -> Reader:
        reader = self._readers.admitted(visit, call_id, self._clock.now(), is_own=is_own)
        if self._is_closed:
            reader.end()
        return reader

    def _brief(self, info: CallInfo) -> Plain:
        held = self._desk.held(info.id)
        assert held is not None  # noqa: S101 - `live` has just named it
        story = self._story(info.id, held, whole=held.ledger.last_at == 0)
        return story.brief() | {"at": held.ledger.now()}

    def _level(self, call_id: CallId) -> Plain | None:
        held = self._desk.held(call_id)
        if held is None or held.session is None:
            return None
        caller, bot = held.session.levels
        return {"type": "level", "at": held.ledger.now(), "caller": round(caller), "bot": round(bot)}

    def _story(self, call_id: CallId, held: Held, *, whole: bool) -> Story:
        story = self._stories.get(call_id)
        if story is None:
            if len(self._stories) >= MOST_STORIES:  # calls that another process took over never end here
                gone = [known for known in self._stories if self._desk.held(known) is None]
                for known in gone:
                    del self._stories[known]
            story = self._stories[call_id] = Story(
                held.info, held.ledger.call, whole=whole, epoch=held.ledger.epoch
            )
        return story

    def _saw(self, call_id: CallId, at: Millis, fact: Fact, orders: tuple[Order, ...]) -> None:
        """Take one journal line, as a watcher of the desk."""
        story = self._stories.get(call_id)
        if story is None or isinstance(fact, LegAnswered):
            held = self._desk.held(call_id)
            if held is None:
                self._stories.pop(call_id, None)
                return
            story = self._story(call_id, held, whole=isinstance(fact, LegAnswered) and fact.epoch == 0)
            story.call = held.ledger.call  # a call that was taken over again is held by another machine
        readers = self._readers.at(call_id)
        told = story.take(at, fact, orders, watched=bool(readers))
        if readers:
            news = b"".join(map(self._spelled, told))
            for reader in readers:
                if news:
                    reader.tell(news)
        if lookers := self._readers.at(None):
            self._tell_all(lookers, story, told)
        if any(event["type"] == "ended" for event in told):
            self._stories.pop(call_id, None)
            for reader in readers:
                reader.end(at_once=False)

    def _tell_all(self, lookers: tuple[Reader, ...], story: Story, told: list[Plain]) -> None:
        for event in told:
            if (short := _in_short(story, event)) is not None:
                news = self._spelled(short)
                for reader in lookers:
                    reader.tell(news)

    def _spelled(self, event: Plain, *, first: bool = False) -> bytes:
        self._sent += 1
        head = f"retry: {RETRY_MS}\n" if first else ""
        return f"{head}id: {self._sent}\ndata: ".encode() + _encode(event) + b"\n\n"


def _in_short(story: Story, event: Plain) -> Plain | None:
    """Return what a list of live calls is told of an event; None for nothing."""
    common = {"id": story.info.id, "at": event["at"]}
    match event["type"]:
        case "joined":
            return {"type": "started", "call": story.brief()}
        case "step":
            state = story.brief()["state"]
            return {"type": "step", "step": story.step, "language": story.language, "state": state} | common
        case "turn":
            kept = {name: event[name] for name in ("step", "outcome", "source", "barged_in")}
            more = {"total_ms": event["latency_ms"].get("total"), "turns": story.turns}
            return {"type": "turn"} | kept | more | {"state": story.brief()["state"]} | common
        case "lost":
            return {"type": "lost"} | common
        case "ended":
            ended = {"disposition": event["disposition"], "cause": event["cause"]}
            return {"type": "ended"} | ended | common
        case _:
            return None
