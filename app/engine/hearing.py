"""What the caller said so far in one turn: voice, words, and when the turn may be called over."""

from dataclasses import dataclass, field
from typing import TypeAlias

from app.domain.answers import Source, Understood
from app.domain.call import Millis
from app.domain.grammar import FreeText, SpeechReading
from app.engine.events import FinalTranscript, PartialTranscript, TextTyped
from app.engine.timing import (
    FALSE_ALARM_MS,
    FINAL_WAIT_MS,
    PAUSE_CEILING_MS,
    PAUSE_FLOOR_MS,
    VOICE_IS_AN_ANSWER_MS,
)
from app.engine.understanding import understand
from app.flows.sprint import Expect, Given, Heard, NoMatch

Words: TypeAlias = PartialTranscript | FinalTranscript | TextTyped


@dataclass(slots=True)
class Ear:
    """One turn's speech. `voice_ended_at` is when voice really ceased, not when that was noticed.

    What is typed (`typed_at`) stands for all that was said before, and nothing said later changes it.
    """

    voice_on: bool = False
    voice_began_at: Millis | None = None
    voice_ended_at: Millis | None = None
    voiced_ms: Millis = 0
    finals: list[tuple[str, float]] = field(default_factory=list)
    partial: tuple[str, float] = ("", 0.0)
    words_at: Millis | None = None
    typed_at: Millis | None = None
    final_since_voice: bool = False
    failed: bool = False
    judged: "Judged | None" = field(default=None, repr=False, compare=False)

    def voice_started(self, began_at: Millis) -> Millis | None:
        """Note that voice began; return how long the pause before it was, if it followed other voice."""
        pause = None if self.voice_ended_at is None else began_at - self.voice_ended_at
        self.voice_on = True
        self.voice_began_at = began_at
        self.final_since_voice = False
        return pause

    def voice_ceased(self, ended_at: Millis) -> None:
        """Note that voice ceased at `ended_at`."""
        if not self.voice_on or self.voice_began_at is None:
            return
        self.voiced_ms += max(0, ended_at - self.voice_began_at)
        self.voice_on = False
        self.voice_ended_at = ended_at

    def take(self, fact: Words, at: Millis) -> None:
        """Take what the caller said, or wrote."""
        match fact:
            case PartialTranscript():
                self._guessed(fact.text, fact.confidence, at)
            case FinalTranscript():
                self._concluded(fact.text, fact.confidence, at)
            case TextTyped():
                self._written(fact.text, at)

    def _guessed(self, text: str, confidence: float, at: Millis) -> None:
        """Take the recogniser's present guess; it replaces the one before."""
        if self.typed_at is None:
            self.partial = (text.strip(), confidence)
            self._note_words(at)

    def _concluded(self, text: str, confidence: float, at: Millis) -> None:
        """Take the recogniser's last word on a segment."""
        if self.typed_at is not None:
            return
        self.partial = ("", 0.0)
        self.final_since_voice = True
        if text.strip():
            self.finals.append((text.strip(), confidence))
        self._note_words(at)

    def _written(self, text: str, at: Millis) -> None:
        """Take what was typed, in place of what was heard so far."""
        before = self.finals if self.typed_at is not None else []
        self.partial = ("", 0.0)
        self.finals = [*before, (text.strip(), 1.0)]
        self.typed_at = at

    def _note_words(self, at: Millis) -> None:
        if self.text and self.words_at is None:
            self.words_at = at

    @property
    def _segments(self) -> list[tuple[str, float]]:
        return [*self.finals, self.partial] if self.partial[0] else self.finals

    @property
    def text(self) -> str:
        """All words of the turn so far."""
        return " ".join(words for words, _ in self._segments)

    @property
    def source(self) -> Source:
        """How the words came."""
        return Source.SPEECH if self.typed_at is None else Source.TEXT

    @property
    def confidence(self) -> float:
        """The least sure segment's confidence: an answer is as sure as its weakest part."""
        return min((confidence for _, confidence in self._segments), default=0.0)

    def outcome(self, expect: Expect) -> Given | None:
        """Return what the words settle at this question, or None when they are no answer to it."""
        return self._judged(expect).outcome

    def last_resort(self, expect: Expect) -> Given:
        """Return what the turn comes to when nothing more will arrive: an answer, or no match."""
        outcome = self.outcome(expect)
        if outcome is None and expect.keep_audio and self.voiced_ms >= VOICE_IS_AN_ANSWER_MS:
            # The recording is the answer; the transcript was only ever a help.
            outcome = Heard(Understood(self.text, self.text, 0.0), self.source, self.text)
        return outcome or NoMatch(self.source, self.text)

    def reading(self, expect: Expect) -> SpeechReading:
        """Return what the question's grammar makes of the words so far."""
        return self._judged(expect).reading

    def _judged(self, expect: Expect) -> "Judged":
        """Judge the words anew only when they, or the question, are others than before."""
        given = (self.text, self.confidence, self.source)
        known = self.judged
        if known is None or known.about is not expect or known.given != given:
            known = self.judged = _judge(expect, *given)
        return known

    def judged_at(self, expect: Expect, began_at: Millis, open_ms: Millis) -> Millis:
        """Return when this turn is to be judged next, if nothing more is heard until then."""
        if self.typed_at is not None:
            return self.typed_at
        if self.voice_on or self.voice_ended_at is None:
            return began_at + expect.policy.max_speech_ms
        ended_at = self.voice_ended_at
        if not self.text:
            kept = expect.keep_audio and self.voiced_ms >= VOICE_IS_AN_ANSWER_MS
            return ended_at + (FINAL_WAIT_MS if kept and not self.failed else FALSE_ALARM_MS)
        if isinstance(expect.grammar.body, FreeText):
            return ended_at + open_ms
        outcome = self.outcome(expect)
        if outcome is None:
            silence = max(expect.policy.incomplete_ms, 0 if self.is_final else FINAL_WAIT_MS)
            return ended_at + silence
        may_grow = isinstance(outcome, Heard) and self.reading(expect).may_grow
        return ended_at + (expect.policy.incomplete_ms if may_grow else expect.policy.complete_ms)

    @property
    def is_final(self) -> bool:
        """True once the recogniser has nothing more to say of what was spoken."""
        return self.failed or (self.final_since_voice and not self.partial[0])


@dataclass(frozen=True, slots=True)
class Judged:
    """What certain words come to at a certain question."""

    about: Expect
    given: tuple[str, float, Source]
    reading: SpeechReading
    outcome: Given | None


def _judge(expect: Expect, text: str, confidence: float, source: Source) -> Judged:
    given = (text, confidence, source)
    if not text:
        return Judged(expect, given, SpeechReading(None, may_grow=True), None)
    reading, outcome = understand(expect, text, confidence, source)
    return Judged(expect, given, reading, outcome)


def adapted_pause(average_ms: Millis, pause_ms: Millis) -> Millis:
    """Return the silence that ends an open answer after a further pause inside the caller's speech.

    A moving average of one and a half times the caller's own pauses, inside the bounds.
    """
    moved = (7 * average_ms + 3 * (pause_ms + pause_ms // 2)) // 10
    return min(PAUSE_CEILING_MS, max(PAUSE_FLOOR_MS, moved))
