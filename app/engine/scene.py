"""All that one call remembers, and the few moves that every rule makes with it; decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache

from app.domain.call import Millis, Value
from app.domain.errands import ErrandResult, Post
from app.domain.grammar import hints_for, hints_in_talk
from app.domain.speech import BargeIn
from app.engine.actions import (
    AnswerGiven,
    Entry,
    Listen,
    Order,
    Play,
    Record,
    StopAsking,
    StopListening,
    StopPlayback,
    TurnTaken,
)
from app.engine.bargein import Breath
from app.engine.hearing import Ear
from app.engine.states import Closing, Deciding, Prompting, Ringing, State
from app.engine.tail import Tail
from app.engine.talk import Talk
from app.engine.timing import HINTED_PHRASES, RING_MS
from app.flows.interpreter import FlowRun
from app.flows.model import Consent, Flow
from app.flows.sprint import Converse, Expect, Policy, RunErrand, Sprint, Universal, question_of


@dataclass(slots=True)
class Asking:
    """The open question and what happened to it so far."""

    expect: Expect
    turn: int
    asked_at: Millis
    prompt_started_at: Millis | None = None
    prompt_ended_at: Millis | None = None
    listening: bool = False
    barged_in: bool = False
    false_alarms: int = 0
    keyed: str = ""
    keyed_at: Millis | None = None
    heard: list[str] = field(default_factory=list)
    inquired_at: Millis | None = None
    ear: Ear = field(default_factory=Ear)


@dataclass(frozen=True, slots=True)
class Cut:
    """A playback that was told to stop, and the turn it belonged to; PromptCut says what was heard."""

    play: int
    breath: Breath
    turn: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A turn that is over but whose next sound has not left yet: the latency is still running."""

    turn: TurnTaken
    input_ended_at: Millis


@dataclass(slots=True)
class Underway:
    """An errand that was ordered: when the caller is told of it, until when it is waited for, what came."""

    number: int
    tell_at: Millis
    until: Millis
    is_told: bool = False
    result: ErrandResult | None = None


@dataclass(slots=True)
class Scene:
    """One call's memory. Numbers only grow; `breath` is the playback under way or interrupted.

    `talk` is the conversation under way, `errand` what the world was asked to do, `inquiry` the order that
    asked what words mean, 0 for none. `committed` is the latest durable record that is on disk. `wordless` is
    an answer that was kept as sound, whose words may still come. `wall` is what the wall's clock showed when
    the call's own began. `key_at` is when the last key was pressed, `tail` what may still come of the last
    entry. `serving` names the provider of each service, as far as it told.
    """

    flow: Flow
    run: FlowRun
    state: State = field(default_factory=lambda: Ringing(RING_MS))
    orders: list[Order] = field(default_factory=list)
    plays: int = 0
    turns: int = 0
    records: int = 0
    asks: int = 0
    committed: int = 0
    wordless: AnswerGiven | None = None
    epoch: int = 0
    sprint: Sprint | None = None
    breaths: tuple[Breath, ...] = ()
    breath: Breath | None = None
    cut: Cut | None = None
    asking: Asking | None = None
    talk: Talk | None = None
    inquiry: int = 0
    errand: Underway | None = None
    type_ahead: str = ""
    key_at: Millis = 0
    tail: Tail | None = None
    unanswered: Unanswered | None = None
    started_at: Millis | None = None
    failed_plays: int = 0
    cause: str = "end"
    open_ms: Millis = Policy().open_ms
    recording: bool | None = None
    wall: datetime | None = None
    serving: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, flow: Flow, variables: Mapping[str, Value] | None, seed: str) -> "Scene":
        """Return the memory of a call that has not begun."""
        asks = any(isinstance(step, Consent) and "recording" in step.covers for step in flow.steps)
        return cls(flow, FlowRun(flow, variables=variables, seed=seed), recording=False if asks else None)

    def look_at_clock(self, at: Millis, utc: str = "") -> None:
        """Tell the flow what time it is, where that is known: once the wall's clock showed `utc`."""
        if utc:
            self.wall = datetime.fromisoformat(utc) - timedelta(milliseconds=at)
        if self.wall is not None:
            self.run.tell_time(self.wall + timedelta(milliseconds=at))

    def record(self, entry: Entry, *, durable: bool = False) -> int:
        """Order an entry for the log; return the record's number."""
        self.records += 1
        self.orders.append(Record(self.records, entry, durable))
        return self.records

    def number(self) -> int:
        """Return the number of the next order to a model."""
        self.asks += 1
        return self.asks

    def stop_asking(self, ask: int) -> None:
        """Have the model stop working on this order, if there is one."""
        if ask:
            self.orders.append(StopAsking(ask))

    def stop_reply(self) -> None:
        """Have the model's reply stop where it is; what was spoken of it stays."""
        if self.talk is not None:
            self.stop_asking(self.talk.reply)
            self.talk.reply = self.talk.open_play = 0

    def stop_inquiry(self) -> None:
        """Wait no more for what words mean."""
        self.stop_asking(self.inquiry)
        self.inquiry = 0

    def stop_models(self) -> None:
        """Have every model's work for this call stop."""
        self.stop_reply()
        self.stop_inquiry()
        if self.talk is not None:
            self.stop_asking(self.talk.extraction)
            self.talk.extraction = 0

    def play(self, breath: Breath, *, is_open: bool = False) -> int:
        """Order a playback; return its number. More follows an open one."""
        self.plays += 1
        self.breath = breath
        self.orders.append(Play(self.plays, breath.prompt, is_open))
        return self.plays

    def stop_playback(self) -> None:
        """Silence the line if anything is being played that was not told to stop already."""
        self.stop_reply()
        if not isinstance(self.state, Prompting | Closing) or self.breath is None:
            return
        play = self.state.play
        if self.cut is None or self.cut.play != play:
            self.cut = Cut(play, self.breath, self.turns)
            self.orders.append(StopPlayback(play))

    def listen(self) -> None:
        """Have the open question's turn recognised, unless it takes no speech or is listened to already."""
        asking = self.asking
        if asking is None or asking.listening or not asking.expect.policy.speech:
            return
        asking.listening = True
        expect = asking.expect
        requests = _likeliest(tuple(expect.universal_phrases.items()))
        hints = hints_for(expect.grammar, requests)
        if self.talk is not None:
            hints = hints_in_talk(expect.grammar, self.talk.wanted_next, requests)
        vocabulary = self.flow.languages[self.run.language].vocabulary
        self.orders.append(
            Listen(
                asking.turn,
                replace(hints, vocabulary=vocabulary) if vocabulary else hints,
                sensitive=expect.sensitive,
                keep_audio=expect.step if expect.keep_audio else "",
            )
        )

    def stop_listening(self, *, keep: bool = False) -> None:
        """Recognise this turn no more."""
        if self.asking is not None and self.asking.listening:
            self.asking.listening = False
            self.orders.append(StopListening(self.asking.turn, keep))

    def open_question(self, at: Millis) -> None:
        """Give the sprint's question a turn of its own; a sprint without a question leaves none open."""
        wait = self.sprint.wait if self.sprint else None
        expect = question_of(wait)
        self.asking = None
        if expect is not None:
            self.turns += 1
            self.asking = Asking(expect, self.turns, at)
        if not isinstance(wait, Converse):
            self.talk = None
        elif self.talk is None or self.talk.wait.visit != wait.visit:
            self.talk = Talk.of(wait, at)

    def next_turn(self, at: Millis) -> None:
        """Give the conversation's next exchange a turn of its own, of which nothing was said yet."""
        expect = self.conversation.wait.expect
        self.turns += 1
        self.asking = Asking(replace(expect, prompt=replace(expect.prompt, utterances=())), self.turns, at)

    @property
    def waits_for_errand(self) -> bool:
        """True when an errand alone stands before the next question: keys typed ahead may answer that."""
        return self.sprint is not None and isinstance(self.sprint.wait, RunErrand) and not self.breaths

    @property
    def sends_secrets(self) -> bool:
        """True while a message is under way that no log may hold."""
        wait = self.sprint.wait if self.sprint else None
        return isinstance(wait, RunErrand) and isinstance(wait.errand, Post) and wait.errand.sensitive

    @property
    def conversation(self) -> Talk:
        """The conversation under way; there is one wherever the model has a turn."""
        assert self.talk is not None  # noqa: S101 - a law of the machine, held by the property tests
        return self.talk

    @property
    def question(self) -> Asking:
        """The open question; there is one in every state in which the caller has the floor."""
        assert self.asking is not None  # noqa: S101 - a law of the machine, held by the property tests
        return self.asking

    @property
    def is_heard_out(self) -> bool:
        """True while the caller is to hear what is said, or about to be, before anything they give counts."""
        if not isinstance(self.state, Prompting | Deciding | Closing):
            return False
        due = self.breaths if self.breath is None else (self.breath, *self.breaths)
        flushes = self.asking is not None and self.asking.expect.flushes_type_ahead
        return any(breath.prompt.bargein is BargeIn.NONE for breath in due) or (
            flushes and any(breath.is_question for breath in self.breaths)
        )

    @property
    def speech_may_interrupt(self) -> bool:
        """True while a prompt plays that the caller may talk over, and their words are listened to."""
        return (
            isinstance(self.state, Prompting)
            and self.breath is not None
            and self.breath.prompt.bargein is BargeIn.ANY
            and self.asking is not None
            and self.asking.listening
        )


@lru_cache(maxsize=256)
def _likeliest(phrases: tuple[tuple[str, Universal], ...]) -> tuple[str, ...]:
    """Return the first phrases of each universal: a recogniser that expects all of them hears none well."""
    chosen: dict[Universal, list[str]] = {}
    for phrase, universal in phrases:
        chosen.setdefault(universal, []).append(phrase)
    return tuple(phrase for several in chosen.values() for phrase in several[:HINTED_PHRASES])
