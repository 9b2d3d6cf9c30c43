"""The words that count at one question, each with what it does there; knows no sentence."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum, auto
from functools import lru_cache

from app.domain.answers import Understood
from app.domain.grammar.keys import fixed_keys, language_of
from app.domain.grammar.shapes import (
    Choices,
    Day,
    Digits,
    Grammar,
    Moment,
    Number,
    Option,
    Several,
    YesNo,
)
from app.domain.grammar.tokens import Words, words_of
from app.domain.languages import Language


class Kind(Enum):
    """What a phrase does to the sentence it stands in."""

    ANSWER = auto()
    NUMBER = auto()
    KEY = auto()
    CALENDAR = auto()
    GROUP = auto()
    BOTH = auto()
    EXCEPT = auto()
    DENYING = auto()
    FINISHED = auto()
    PREFIX = auto()
    OUT_OF = auto()
    NEGATION = auto()
    DOUBT = auto()
    BARE_NO = auto()
    CORRECTION = auto()
    SOFT_CORRECTION = auto()
    IDLE = auto()
    VAGUE = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    """One phrase's part.

    A `weak` answer yields to any other, and a weak correction may be a denial. A `whole` answer suffers no
    strange words beside it, an `edge` one must begin or end its sentence ("I have no car" is no no), and a
    `loose` one is asked back. `values` are the choices of a group.
    """

    kind: Kind
    answer: Understood | None = None
    key: str = ""
    weak: bool = False
    whole: bool = False
    edge: bool = False
    loose: bool = False
    values: frozenset[str] | None = None


_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_ALIKE: dict[type, Number | Digits | Day | Moment] = {
    Digits: Digits(0, 0),
    Day: Day(_SOME_DAY.date(), _SOME_DAY.date(), _SOME_DAY.date()),
    Moment: Moment(_SOME_DAY, _SOME_DAY),
}
"""Questions whose bounds add no words; those of a day and of a moment differ with every call."""


@dataclass(slots=True)
class Lexicon:
    """Phrases by their plain words; the first meaning given to a phrase stays."""

    language: Language
    entries: dict[Words, Entry] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)
    beginnings: dict[Words, set[Words]] = field(default_factory=dict)

    def add(self, phrases: Iterable[str], entry: Entry) -> None:
        """Give every phrase this part, unless it has one."""
        for phrase in phrases:
            words = words_of(phrase, self.language)
            if words and words not in self.entries:
                self.entries[words] = entry
                self.longest[words[0]] = max(len(words), self.longest.get(words[0], 0))

    def match(self, words: Words, at: int) -> tuple[Entry, int] | None:
        """Return the longest phrase that begins at `at`, and where it ends."""
        for length in range(self.longest.get(words[at], 0), 0, -1):
            entry = self.entries.get(words[at : at + length])
            if entry is not None and at + length <= len(words):
                return entry, at + length
        return None

    def denies(self, words: Words) -> bool:
        """Whether these words also deny what follows them ("no good")."""
        return words in {words_of(each, self.language) for each in self.language.negations}

    def may_become_other(self, words: Words, answer: Understood) -> bool:
        """Whether these words are the beginning of a phrase with another answer."""
        others = (self.entries[longer].answer for longer in self.beginnings.get(words, ()))
        return any(other is None or other.value != answer.value for other in others)


def lexicon_of(grammar: Grammar) -> Lexicon:
    """Return the lexicon of a question; one is built for all questions whose words are alike, and kept."""
    alike = _ALIKE.get(type(grammar.body))
    if isinstance(grammar.body, Number):
        alike = replace(grammar.body, minimum=0, maximum=0)
    return _built(grammar if alike is None else replace(grammar, body=alike))


@lru_cache(maxsize=512)
def _built(grammar: Grammar) -> Lexicon:
    words = language_of(grammar)
    lexicon = Lexicon(words)
    if isinstance(grammar.body, Choices | Several):
        _add_options(lexicon, grammar.body.options)
    _add_specials(lexicon, grammar)
    lexicon.add(words.holds, Entry(Kind.DOUBT))
    if isinstance(grammar.body, YesNo):
        _add_yes_no(lexicon, words)
    elif isinstance(grammar.body, Choices):
        _add_yes_no_options(lexicon, grammar.body.options, words)
        _add_ordinals(lexicon, grammar.body.options, words)
    elif isinstance(grammar.body, Several):
        _add_groups(lexicon, grammar.body, words)
        _add_ordinals(lexicon, grammar.body.options, words)
    elif isinstance(grammar.body, Day | Moment):
        lexicon.add(words.calendar.idle, Entry(Kind.IDLE))
        said = words.calendar
        lexicon.add((*said.days, *said.months_counted, *said.minutes), Entry(Kind.DOUBT))
    _add_grammar_words(lexicon, grammar, words)
    return lexicon


def phrases_of(option: Option) -> tuple[str, ...]:
    """Return all that means an option, its label first."""
    return tuple(dict.fromkeys((option.label, *option.phrases)))


def _add_options(lexicon: Lexicon, options: tuple[Option, ...]) -> None:
    meanings: dict[Words, set[str]] = {}
    for option in options:
        for phrase in phrases_of(option):
            meanings.setdefault(words_of(phrase, lexicon.language), set()).add(option.value)
    edges = [
        words_of(label, lexicon.language) for label in (lexicon.language.yes_label, lexicon.language.no_label)
    ]
    for option in options:
        answer = Understood(option.value, option.label)
        for phrase in phrases_of(option):
            words = words_of(phrase, lexicon.language)
            entry = Entry(Kind.ANSWER, answer, edge=words in edges)
            lexicon.add([phrase], entry if len(meanings[words]) == 1 else Entry(Kind.DOUBT))
            for end in range(1, len(words)):
                lexicon.beginnings.setdefault(words[:end], set()).add(words)


def _add_specials(lexicon: Lexicon, grammar: Grammar) -> None:
    known = lexicon.language.specials
    labels = lexicon.language.special_labels
    for special in grammar.specials:
        answer = Understood(None, labels[special.status], status=special.status)
        lexicon.add(special.phrases + known[special.status], Entry(Kind.ANSWER, answer))


def _add_yes_no(lexicon: Lexicon, words: Language) -> None:
    for phrases, sure, answer in (
        (words.yes, words.sure_yes, Understood(value=True, label=words.yes_label)),
        (words.no, words.sure_no, Understood(value=False, label=words.no_label)),
    ):
        _add_sure_or_whole(lexicon, phrases, sure, answer)
    yes = Understood(value=True, label=words.yes_label)
    lexicon.add(words.loose_yes, _loose(yes))
    lexicon.add(words.weak_yes, Entry(Kind.ANSWER, yes, weak=True, whole=True))


def _add_yes_no_options(lexicon: Lexicon, options: tuple[Option, ...], words: Language) -> None:
    """An option called "yes" is also meant by every other way to say yes."""
    for option in options:
        spoken = {words_of(phrase, words) for phrase in phrases_of(option)}
        answer = Understood(option.value, option.label)
        if words_of(words.yes_label, words) in spoken:
            _add_sure_or_whole(lexicon, words.yes, words.sure_yes, answer)
            lexicon.add(words.loose_yes, _loose(answer))
        if words_of(words.no_label, words) in spoken:
            _add_sure_or_whole(lexicon, words.no, words.sure_no, answer)


def _loose(answer: Understood) -> Entry:
    return Entry(Kind.ANSWER, answer, weak=True, whole=True, loose=True)


def _add_sure_or_whole(
    lexicon: Lexicon, phrases: tuple[str, ...], sure: tuple[str, ...], answer: Understood
) -> None:
    starts = {words_of(word, lexicon.language)[0] for word in sure}
    for phrase in phrases:
        spoken = words_of(phrase, lexicon.language)
        lexicon.add([phrase], Entry(Kind.ANSWER, answer, whole=spoken[0] not in starts, edge=True))


def _add_ordinals(lexicon: Lexicon, options: tuple[Option, ...], words: Language) -> None:
    names = list(zip(options, words.ordinals, strict=False))
    if len(options) > 1:
        names.append((options[-1], words.last))
    for option, ordinals in names:
        answer = Understood(option.value, option.label)
        for ordinal in ordinals:
            full = [f"{ordinal} {noun}" for noun in words.ordinal_nouns]
            full += [f"{noun} {ordinal}" for noun in words.ordinal_nouns]
            lexicon.add(full, Entry(Kind.ANSWER, answer))
            lexicon.add([ordinal], Entry(Kind.ANSWER, answer, whole=True))


def _other_units(body: Number, words: Language) -> list[str]:
    """Return the units of time that the question does not name in any form; those of age are never others."""
    asked = set(words_of(body.asked, words))
    said, others = words.calendar, []
    for units in (said.days, said.months_counted, said.minutes):
        for size in set(units.values()):
            forms = [form for form, count in units.items() if count == size and form not in words.idle]
            if asked and not any(asked.issuperset(words_of(form, words)) for form in forms):
                others += forms
    return others


def _add_adverse(lexicon: Lexicon, options: tuple[Option, ...], words: Language) -> None:
    """Words that turn a choice round ("barely good"), except those that a choice's own name holds."""
    named = {word for option in options for each in phrases_of(option) for word in words_of(each, words)}
    adverse = [phrase for phrase in words.adverse if not named & set(words_of(phrase, words))]
    lexicon.add(adverse, Entry(Kind.DOUBT))


def _add_groups(lexicon: Lexicon, body: Several, words: Language) -> None:
    said, numerals = words.groups, words.numerals.digits
    common = [option.value for option in body.options if option.value not in body.exclusive]
    for count in range(2, min(len(common) + 1, len(numerals))):
        for written in (numerals[count], str(count)):
            first = [form.format(count=written) for form in said.first]
            last = [form.format(count=written) for form in said.last]
            lexicon.add(first, Entry(Kind.GROUP, values=frozenset(common[:count])))
            lexicon.add(last, Entry(Kind.GROUP, values=frozenset(common[-count:])))
    lexicon.add(said.both, Entry(Kind.BOTH))
    spelled = [str(len(common)), *numerals[len(common) : len(common) + 1]]
    everything = [form.format(count=count) for form in said.everything for count in spelled]
    lexicon.add(everything, Entry(Kind.GROUP, values=frozenset(common)))
    nothing = _nothing(lexicon, body)
    if nothing is not None:
        lexicon.add(said.nothing, Entry(Kind.GROUP, values=nothing))
    lexicon.add(said.denying, Entry(Kind.DENYING))
    lexicon.add(said.excepting, Entry(Kind.EXCEPT))
    lexicon.add(said.finished, Entry(Kind.FINISHED))


def _nothing(lexicon: Lexicon, body: Several) -> frozenset[str] | None:
    """Return what "none of them" chooses: the exclusive choice that begins with such words, or nothing."""
    denials = [words_of(phrase, lexicon.language) for phrase in lexicon.language.groups.nothing]
    names = [
        option.value
        for option in body.options
        if option.value in body.exclusive
        for said in [words_of(option.label, lexicon.language)]
        if any(said[: len(denial)] == denial for denial in denials)
    ]
    if names:
        return frozenset(names) if len(names) == 1 else None
    return frozenset() if body.minimum == 0 else None


def _add_grammar_words(lexicon: Lexicon, grammar: Grammar, words: Language) -> None:
    asked = words.universals
    for special_phrases in words.specials.values():
        lexicon.add(special_phrases, Entry(Kind.DOUBT))
    options = grammar.body.options if isinstance(grammar.body, Several) else ()
    for key in (*fixed_keys(grammar, words), *(option.key for option in options if option.key)):
        names = [name for name, symbol in words.key_names.items() if symbol == key]
        lexicon.add([*names, key] if names else [], Entry(Kind.KEY, key=key))
    is_yes_no = isinstance(grammar.body, YesNo)  # "no quiero decir sí" may be no correction
    for phrase in words.corrections:
        may_deny = is_yes_no and words.no_denies and lexicon.denies(words_of(phrase, words)[:1])
        lexicon.add([phrase], Entry(Kind.CORRECTION, weak=may_deny))
    lexicon.add(words.soft_corrections, Entry(Kind.SOFT_CORRECTION))
    lexicon.add(words.sure_no, Entry(Kind.BARE_NO))
    for requests in (asked.repeat, asked.help, asked.operator, asked.opt_out):
        lexicon.add(requests, Entry(Kind.DOUBT))
    if isinstance(grammar.body, Number | Digits):
        lexicon.add(words.out_of, Entry(Kind.OUT_OF))
    if isinstance(grammar.body, Number):
        lexicon.add((*words.other_amounts, *_other_units(grammar.body, words)), Entry(Kind.DOUBT))
        lexicon.add(words.vague_amounts, Entry(Kind.VAGUE))
    if isinstance(grammar.body, Choices | Several):
        _add_adverse(lexicon, grammar.body.options, words)
    lexicon.add((*words.doubts, *words.buts), Entry(Kind.DOUBT))
    lexicon.add(words.key_prefixes, Entry(Kind.PREFIX))
    lexicon.add(words.idle, Entry(Kind.IDLE))
    lexicon.add(words.negations, Entry(Kind.NEGATION))
