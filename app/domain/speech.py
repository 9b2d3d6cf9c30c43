"""What is said and what is heard, as text and times; no audio."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.call import Millis


class BargeIn(StrEnum):
    """What may interrupt a prompt."""

    ANY = "any"
    KEYS = "keys"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sentence (or one recording): the unit of synthesis, of the prompt cache and of marks.

    `voice` names the provider's voice and may be empty; `locale` is BCP 47 (`en-US`). `audio` is a
    recording's path inside the flow's folder and is played instead of the text, which then is its
    transcript. A `sensitive` utterance is neither cached nor written to any log; one that is not `kept` is
    said to one caller, and its sound is not cached. `lexicons` name the provider's pronunciation lexicons
    to apply.
    """

    text: str
    locale: str
    voice: str = ""
    audio: str | None = None
    ssml: str | None = None
    sensitive: bool = False
    lexicons: tuple[str, ...] = ()
    kept: bool = True

    @property
    def is_cacheable(self) -> bool:
        """Whether its sound may outlive its playing."""
        return self.kept and not self.sensitive


@dataclass(frozen=True, slots=True)
class Prompt:
    """Utterances spoken in one breath, under one rule of interruption."""

    utterances: tuple[Utterance, ...]
    bargein: BargeIn = BargeIn.ANY

    @property
    def text(self) -> str:
        """The whole prompt as one line, for logs and transcripts."""
        return " ".join("[sensitive]" if u.sensitive else u.text for u in self.utterances)


@dataclass(frozen=True, slots=True)
class SpeechEdge:
    """The detector's word that voice began or ceased, on the line's audio clock.

    `at` is when the decision fell; `evidence_ms` is how much voice (at a start) or how much silence
    (at an end) it already rests on, so `at - evidence_ms` is when it really began or ceased.
    """

    started: bool
    at: Millis
    evidence_ms: Millis


@dataclass(frozen=True, slots=True)
class Hints:
    """What the recogniser should expect in this turn.

    `phrases` are what a caller may say, lower case, each a whole answer; an empty tuple with
    `dictation` set asks for anything. `locale` is BCP 47. `number_range` and `digit_count` say that
    spoken numbers or digit strings are expected too. `vocabulary` names the provider's custom vocabulary.
    """

    locale: str
    phrases: tuple[str, ...] = ()
    dictation: bool = False
    number_range: tuple[int, int] | None = None
    digit_count: tuple[int, int] | None = None
    vocabulary: str = ""
