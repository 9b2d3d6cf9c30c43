"""The words and word orders in which a language names days and times, ready to match; matches none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from itertools import product
from typing import Final

from num2words import num2words

from app.domain.grammar.labels import cldr
from app.domain.grammar.tokens import Words, split, without_hesitations, words_of
from app.domain.languages import Language, language

_MOST_DAYS: Final = 31
_WIDTHS: Final = ("wide", "abbreviated")


class Said(Enum):
    """What a mention says of a day or of a time."""

    DATE = auto()
    DAY_OF_MONTH = auto()
    BARE_DAY = auto()
    NEAR = auto()
    AHEAD = auto()
    BACK = auto()
    WEEKDAY = auto()
    COMING = auto()
    FOLLOWING = auto()
    IN_LAST_WEEK = auto()
    IN_THIS_WEEK = auto()
    IN_NEXT_WEEK = auto()
    LAST = auto()
    IN_LAST_MONTH = auto()
    IN_THIS_MONTH = auto()
    IN_NEXT_MONTH = auto()
    CLOCK = auto()
    PART = auto()


@dataclass(frozen=True, slots=True)
class Pattern:
    """An order of words and `{slots}`; `minutes` come on top of what the slots say, `sign` weighs theirs."""

    said: Said
    parts: tuple[str, ...]
    minutes: int = 0
    sign: int = 1


@dataclass(slots=True)
class CalendarWords:
    """One language's words for slots, by their plain words, and its patterns by what they begin with."""

    language: Language
    slots: dict[str, dict[Words, int]] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)
    by_word: dict[str, list[Pattern]] = field(default_factory=dict)
    by_slot: dict[str, list[Pattern]] = field(default_factory=dict)

    def name(self, slot: str, phrases: Mapping[str, int]) -> None:
        """Let these phrases stand for values of a slot; the first meaning stays."""
        known = self.slots.setdefault(slot, {})
        for phrase, value in phrases.items():
            known.setdefault(words_of(phrase, self.language), value)
        self.longest[slot] = max(map(len, known), default=0)

    def order(self, said: Said, forms: Mapping[str, int] | tuple[str, ...], *, sign: int = 1) -> None:
        """Let these forms say something; `word?` may be left out, forms with a number add minutes."""
        minutes = forms if isinstance(forms, Mapping) else dict.fromkeys(forms, 0)
        for form, more in minutes.items():
            for spelled in _variants(form):
                # A form is heard as a caller's words are: "este" alone is no word, "este mes" is one.
                parts = without_hesitations(spelled, self.language)
                pattern = Pattern(said, parts, more, sign)
                table = self.by_slot if parts[0].startswith("{") else self.by_word
                table.setdefault(parts[0], []).append(pattern)


@lru_cache(maxsize=16)
def calendar_words(language_key: str) -> CalendarWords:
    """Return the calendar of a language, built once."""
    spoken_in = language(language_key)
    said = spoken_in.calendar
    words = CalendarWords(spoken_in)
    words.name("{month}", {**_cldr_names(spoken_in.key, "months"), **said.months})
    words.name("{weekday}", {**_cldr_names(spoken_in.key, "days"), **said.weekdays})
    words.name("{ordinal}", _ordinals(spoken_in))
    words.name("{near}", said.near)
    words.name("{days}", said.days)
    words.name("{months}", said.months_counted)
    words.name("{minutes}", said.minutes)
    words.name("{span}", said.spans)
    words.name("{several}", said.counts)
    words.name("{which}", said.years)
    words.name("{stretch}", said.stretches)
    words.name("{feast}", said.feasts)
    words.name("{named}", said.named_times)
    words.name("{part}", {phrase: at for at, part in enumerate(said.parts) for phrase in part.phrases})
    for kind, forms in (
        (Said.DATE, said.dates),
        (Said.DAY_OF_MONTH, said.days_of_month),
        (Said.BARE_DAY, said.bare_days),
        (Said.NEAR, ("{near}",)),
        (Said.AHEAD, said.ahead),
        (Said.BACK, said.back),
        (Said.WEEKDAY, said.weekday),
        (Said.COMING, said.coming),
        (Said.FOLLOWING, said.following),
        (Said.IN_LAST_WEEK, said.in_last_week),
        (Said.IN_THIS_WEEK, said.in_this_week),
        (Said.IN_NEXT_WEEK, said.in_next_week),
        (Said.LAST, said.last),
        (Said.IN_LAST_MONTH, said.in_last_month),
        (Said.IN_THIS_MONTH, said.in_this_month),
        (Said.IN_NEXT_MONTH, said.in_next_month),
        (Said.CLOCK, said.clock),
        (Said.PART, ("{part}",)),
    ):
        words.order(kind, forms)
    words.order(Said.CLOCK, said.clock_before, sign=-1)
    return words


def _variants(form: str) -> Iterator[tuple[str, ...]]:
    """Return every form that leaves out some of the words marked by `?`."""
    choices: list[tuple[Words, ...]] = []
    for part in form.split():
        word = part.rstrip("?")
        spelled = (word,) if word.startswith("{") else split(word)
        choices.append((spelled, ()) if part.endswith("?") else (spelled,))
    for chosen in product(*choices):
        yield tuple(word for words in chosen for word in words)


def _cldr_names(language_key: str, what: str) -> dict[str, int]:
    """Return the names of months or weekdays, full and short."""
    names = getattr(cldr(language_key), what)
    found: dict[str, int] = {}
    for use, width in product(("format", "stand-alone"), _WIDTHS):
        for value, name in names[use][width].items():
            found.setdefault(str(name), value)
    return found


def _ordinals(spoken_in: Language) -> dict[str, int]:
    said = spoken_in.calendar
    found = dict(said.ordinals)
    if said.ordinal_endings:
        for day in range(1, _MOST_DAYS + 1):
            spelled = str(num2words(day, lang=spoken_in.key, to="ordinal"))
            found.update({spelled + ending: day for ending in said.ordinal_endings})
    return found
