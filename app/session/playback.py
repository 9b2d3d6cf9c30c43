"""What one play has sent to the line and how much of it was heard; sends nothing and reads no clock."""

from dataclasses import dataclass, field

from app.domain.call import Millis
from app.domain.speech import Utterance
from app.media.audio import BYTES_PER_MS

MS_PER_CHARACTER = 65
"""The length of speech that is not synthesised yet: about 15 characters a second, an unhurried voice."""


@dataclass(slots=True)
class Spoken:
    """One utterance on its way to the line. `starts_at` is on the process's clock, when it sounds first."""

    utterance: Utterance
    pending: bytearray = field(default_factory=bytearray)
    is_complete: bool = False
    starts_at: Millis | None = None
    sent_bytes: int = 0
    was_heard: bool = False

    @property
    def length_ms(self) -> Millis:
        """How long all of it lasts: known once it is complete, guessed from the text before."""
        known = (self.sent_bytes + len(self.pending)) // BYTES_PER_MS
        return known if self.is_complete else max(known, len(self.utterance.text) * MS_PER_CHARACTER)

    def heard_ms(self, now: Millis) -> Millis:
        """Return how much of it the line has played by `now`, whole if its mark came back."""
        sent = self.sent_bytes // BYTES_PER_MS
        if self.was_heard:
            return sent
        return 0 if self.starts_at is None else min(sent, max(0, now - self.starts_at))

    def heard_whole(self, now: Millis) -> bool:
        """Say whether nothing of it is left to hear."""
        if self.was_heard:
            return True
        return self.is_complete and not self.pending and self.heard_ms(now) >= self.length_ms

    def heard_text(self, now: Millis) -> str:
        """Return the words heard by `now`: a proportion of the text, back to the last whole word."""
        heard_ms, length_ms = self.heard_ms(now), self.length_ms
        if self.utterance.sensitive:
            return "[sensitive]" if heard_ms else ""
        text = self.utterance.text
        if self.heard_whole(now):
            return text
        characters = len(text) * heard_ms // length_ms if length_ms else 0
        return text[:characters].rpartition(" ")[0].rstrip()


@dataclass(frozen=True, slots=True)
class HeardPart:
    """How much of a play was heard: whole utterances, the text to the word, the time it took."""

    utterances: int
    text: str
    ms: Millis


def heard_of(spoken: list[Spoken], now: Millis, previous_ended_at: Millis) -> HeardPart:
    """Return what was heard of a play by `now`.

    `previous_ended_at` is when the last mark came back: what follows it cannot have sounded before,
    however early it was sent.
    """
    utterances, words, heard_ms = 0, [], 0
    whole_so_far = True
    for one in spoken:
        if one.starts_at is not None and not one.was_heard:
            one.starts_at = max(one.starts_at, previous_ended_at)
            previous_ended_at = one.starts_at + one.sent_bytes // BYTES_PER_MS
        whole_so_far = whole_so_far and one.heard_whole(now)
        utterances += whole_so_far
        heard_ms += one.heard_ms(now)
        if text := one.heard_text(now):
            words.append(text)
    return HeardPart(utterances, " ".join(words), heard_ms)
