"""One telephone call as a fold over facts: `handle` takes a fact with its time and answers with orders.

Pure: it reads no clock, starts no task and touches no wire; the same facts give the same orders.
"""

from collections.abc import Iterable, Mapping

from app.domain.call import Disposition, Millis, Value
from app.domain.speech import Hints
from app.engine import asking, conversing, deadlines, leg, running, speaking
from app.engine.actions import Order
from app.engine.conversing import TalkFact
from app.engine.events import (
    DeadlinePassed,
    DigitPressed,
    ErrandDone,
    Extracted,
    Fact,
    FinalTranscript,
    Interpreted,
    LegAnswered,
    LegEnded,
    OperatorCommand,
    PartialTranscript,
    PromptCut,
    PromptEnded,
    PromptStarted,
    ProviderReported,
    Recorded,
    RecordFailed,
    ReplyEnded,
    ReplySentence,
    ReplyStarted,
    ResponderFailed,
    SpeechEnded,
    SpeechStarted,
    StreamLost,
    SynthesizerFailed,
    TextTyped,
    TranscriberFailed,
    TransferEnded,
)
from app.engine.hearing import Words
from app.engine.journal import late_words, note_provider
from app.engine.scene import Asking, Scene
from app.engine.states import (
    Closing,
    Deciding,
    Ended,
    Prompting,
    State,
)
from app.flows.model import Flow


class Call:
    """One call, from its first ring to its one disposition. Feed it facts in the order they happened."""

    def __init__(self, flow: Flow, *, variables: Mapping[str, Value] | None = None, seed: str = "") -> None:
        self._scene = Scene.of(flow, variables, seed)

    @classmethod
    def restore(
        cls,
        flow: Flow,
        entries: Iterable[tuple[Millis, Fact]],
        *,
        variables: Mapping[str, Value] | None = None,
        seed: str = "",
    ) -> "Call":
        """Return the call that wrote this journal, exactly as it was after its last line."""
        call = cls(flow, variables=variables, seed=seed)
        for at, fact in entries:
            call.handle(fact, at)
        return call

    @property
    def state(self) -> State:
        """What the call is doing now."""
        return self._scene.state

    @property
    def epoch(self) -> int:
        """The number of the stream that the call was last held on."""
        return self._scene.epoch

    @property
    def language(self) -> str:
        """The key of the language the call is held in."""
        return self._scene.run.language

    @property
    def expecting(self) -> Hints:
        """What the call's next words will be in, as far as that is known before the question."""
        spec = self._scene.flow.languages[self.language]
        return Hints(spec.locale, dictation=True, vocabulary=spec.vocabulary)

    @property
    def disposition(self) -> Disposition | None:
        """How the call ended, or None while it lives."""
        return self._scene.state.disposition if isinstance(self._scene.state, Ended) else None

    @property
    def is_sensitive(self) -> bool:
        """True while what the caller gives, or a reply, must appear in no log, recording or transcript."""
        scene = self._scene
        if scene.tail is not None and scene.tail.is_typed_on and scene.tail.sensitive:
            return True
        return scene.sends_secrets or (scene.asking is not None and scene.asking.expect.sensitive)

    @property
    def is_heard_out(self) -> bool:
        """True while the caller is to hear what is said, or about to be, before anything they give counts."""
        return self._scene.is_heard_out

    @property
    def question(self) -> Asking | None:
        """The open question and what happened at it so far, to be looked at only; None while none is open."""
        return self._scene.asking

    @property
    def next_deadline(self) -> Millis | None:
        """When the call must be handed a fact at the latest; None once it has ended."""
        return deadlines.due_at(self._scene)

    def may_be_recorded(self, *, unless_asked: bool) -> bool:
        """Say what the caller decided: no until they are asked; `unless_asked` where the flow never asks."""
        return unless_asked if self._scene.recording is None else self._scene.recording

    def handle(self, fact: Fact, at: Millis) -> list[Order]:
        """Take one fact and return the orders it leads to, to be carried out in this order.

        Deadlines that are due by `at` are settled first. Never raises for any history; facts about
        anything that is over change nothing.
        """
        scene = self._scene
        scene.orders = []
        scene.look_at_clock(at)
        deadlines.settle_due(scene, at)
        scene.tail = scene.tail and scene.tail.still(at)
        if not isinstance(scene.state, Ended):
            self._take(fact, at)
            deadlines.settle_due(scene, at)
        return scene.orders

    def _take(self, fact: Fact, at: Millis) -> None:
        match fact:
            case LegAnswered() | LegEnded() | StreamLost() | TransferEnded() | OperatorCommand():
                leg.take_fact(self._scene, fact, at)
            case DigitPressed() | SpeechStarted() | SpeechEnded() | TranscriberFailed():
                self._caller(fact, at)
            case PartialTranscript() | FinalTranscript() | TextTyped():
                self._words(fact, at)
            case PromptStarted() | PromptEnded() | PromptCut() | SynthesizerFailed():
                self._playback(fact, at)
            case Recorded() | RecordFailed():
                self._committed(fact, at)
            case ProviderReported():
                note_provider(self._scene, fact)
            case DeadlinePassed():
                pass
            case ErrandDone():
                running.errand_done(self._scene, fact, at)
            case (
                Interpreted()
                | ReplyStarted()
                | ReplySentence()
                | ReplyEnded()
                | Extracted()
                | ResponderFailed()
            ):
                self._thought(fact, at)

    def _caller(
        self, fact: DigitPressed | SpeechStarted | SpeechEnded | TranscriberFailed, at: Millis
    ) -> None:
        match fact:
            case DigitPressed():
                asking.key_pressed(self._scene, fact.digit, at)
            case SpeechStarted():
                asking.voice_started(self._scene, fact.voiced_ms, at)
            case SpeechEnded():
                asking.voice_ceased(self._scene, fact.silence_ms, at)
            case TranscriberFailed():
                asking.recognition_failed(self._scene, fact.turn, at)

    def _words(self, fact: Words, at: Millis) -> None:
        scene, asked = self._scene, self._scene.asking
        if asked is not None and asked.turn == fact.turn:
            asked.ear.take(fact, at)
            asking.words_came(scene, fact.turn, at)
        elif isinstance(fact, FinalTranscript):
            late_words(scene, fact.turn, fact.text, fact.confidence)

    def _playback(
        self, fact: PromptStarted | PromptEnded | PromptCut | SynthesizerFailed, at: Millis
    ) -> None:
        scene, state = self._scene, self._scene.state
        if isinstance(fact, PromptCut):
            speaking.prompt_cut(scene, fact)
        elif isinstance(state, Prompting | Closing) and fact.play == state.play:
            match fact:
                case PromptStarted():
                    speaking.prompt_started(scene, at, cached=fact.cached)
                case PromptEnded():
                    speaking.prompt_ended(scene, at)
                case SynthesizerFailed() if scene.talk and state.play == scene.talk.open_play:
                    conversing.give_up(scene, "unspoken", at)
                case SynthesizerFailed():
                    speaking.prompt_failed(scene, at)

    def _thought(self, fact: Interpreted | TalkFact, at: Millis) -> None:
        scene = self._scene
        if not fact.ask:  # orders are counted from 1; 0 stands for none
            return
        if fact.ask == scene.inquiry:
            asking.meaning_came(scene, fact if isinstance(fact, Interpreted) else None, at)
        elif scene.talk is not None and not isinstance(fact, Interpreted):
            conversing.take_fact(scene, scene.talk, fact, at)

    def _committed(self, fact: Recorded | RecordFailed, at: Millis) -> None:
        state = self._scene.state
        if isinstance(fact, Recorded):
            self._scene.committed = max(self._scene.committed, fact.record)
        if not isinstance(state, Deciding) or fact.record != state.record:
            return
        if isinstance(fact, Recorded):
            asking.go_on(self._scene, at)
        else:
            deadlines.give_up_on_log(self._scene, at)
