"""Which words belong to which turn, by the time of the audio they were heard in; knows no socket.

A stream lives as long as the call, so its segments do not keep to turns: one may begin in an old turn and
end in this one. Each word is judged by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from app.domain.call import Millis
from app.engine.events import FinalTranscript, PartialTranscript

STABLE = 0.9
"""Confidence of a guessed word that AWS will not change any more: it scores the words of whole segments only.
With stabilisation such a word is as good as final, and a final's usual score is 0.9 to 1."""

UNSTABLE = 0.75
"""Confidence of a guessed word that may still change: it is judged only when it outlived the end of speech,
so it stays above the 0.7 below which the caller is asked back, and below a stable word."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word or mark; its times are milliseconds of audio."""

    text: str
    begins_ms: Millis
    ends_ms: Millis
    confidence: float | None = None
    is_stable: bool = False
    is_punctuation: bool = False

    @property
    def middle_ms(self) -> Millis:
        """Where the word lies: recognisers' edges are vague, a word's middle is not."""
        return (self.begins_ms + self.ends_ms) // 2


@dataclass(frozen=True, slots=True)
class Segment:
    """The words of a stretch of speech; a partial one comes again, with more."""

    words: tuple[Word, ...]
    is_partial: bool


class TurnWords:
    """The words of one turn, whose first sample is at `begins_ms` of the call's audio."""

    def __init__(self, turn: int, begins_ms: Millis) -> None:
        self.turn = turn
        self._settled_ms = begins_ms
        self._guess: tuple[Word, ...] = ()
        self._is_guessing = False

    def take(self, segment: Segment, origin_ms: Millis) -> PartialTranscript | FinalTranscript | None:
        """Return what a segment says in this turn; its stream's first sample is at `origin_ms`.

        Words before the turn, and words a final settled already, are not said again.
        """
        words = tuple(word for word in _moved(segment.words, origin_ms) if word.middle_ms >= self._settled_ms)
        if segment.is_partial:
            if not words:
                return None
            self._guess, self._is_guessing = words, True
            return PartialTranscript(self.turn, _text(words), _confidence(words))
        if words or self._is_guessing:
            return self._settle(words)
        return None

    def lose(self, from_ms: Millis) -> FinalTranscript | None:
        """Return the guessed words that no replay brings back, when one begins at `from_ms`."""
        lost = tuple(takewhile(lambda word: word.middle_ms < from_ms, self._guess))
        return self._settle(lost) if lost else None

    def _settle(self, words: tuple[Word, ...]) -> FinalTranscript:
        self._guess, self._is_guessing = (), False
        if not words:
            return FinalTranscript(self.turn, "", 0.0)
        self._settled_ms = max(self._settled_ms, words[-1].ends_ms)
        return FinalTranscript(self.turn, _text(words), _confidence(words))


def _moved(words: Iterable[Word], by_ms: Millis) -> Iterable[Word]:
    return (replace(w, begins_ms=w.begins_ms + by_ms, ends_ms=w.ends_ms + by_ms) for w in words)


def _text(words: Sequence[Word]) -> str:
    parts: list[str] = []
    for word in words:
        if word.is_punctuation and parts:
            parts[-1] += word.text
        else:
            parts.append(word.text)
    return " ".join(parts)


def _confidence(words: Sequence[Word]) -> float:
    """The mean over the words: one unclear "the" is no reason to doubt a sentence."""
    spoken = [word for word in words if not word.is_punctuation]
    if not spoken:
        return 0.0
    return round(sum(_score(word) for word in spoken) / len(spoken), 3)


def _score(word: Word) -> float:
    if word.confidence is not None:
        return word.confidence
    return STABLE if word.is_stable else UNSTABLE
