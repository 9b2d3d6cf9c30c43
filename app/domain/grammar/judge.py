"""Weighs the parts of one sentence: one answer, or none; it never guesses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from app.domain.answers import LOOSE, Status, Understood
from app.domain.grammar.amounts import amount_may_grow, read_amount, runs_of
from app.domain.grammar.dated import dated
from app.domain.grammar.gather import gathered
from app.domain.grammar.item import Item
from app.domain.grammar.keys import fixed_keys, language_of
from app.domain.grammar.lexicon import Entry, Kind, Lexicon, phrases_of
from app.domain.grammar.numerals import NumberReader, Piece, Run, joined_of, number_reader
from app.domain.grammar.part_of_label import options_of, owners_of
from app.domain.grammar.shapes import Choices, Day, Digits, Grammar, Moment, Number, Several, YesNo
from app.domain.grammar.tokens import Words, words_of

LEADING = 0.85
"""What is left of the confidence of a yes that leads a longer sentence; any other in one is `LOOSE`."""

MOST_UNKNOWN = 6
"""An answer among more strange words than this was hardly meant as one."""

_SILENT = frozenset({Kind.IDLE, Kind.PREFIX, Kind.SOFT_CORRECTION})
_LONE = frozenset({Kind.UNKNOWN, Kind.NEGATION, Kind.DOUBT})
_STRANGE = frozenset({Kind.UNKNOWN, Kind.OUT_OF})


Meaning = tuple[Item, Understood]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The one answer of a sentence; `factor` is what is left of the words' confidence."""

    answer: Understood
    factor: float
    may_grow: bool


class Judge:
    """Weighs `items`, the parts of a sentence that count; a correction replaced what came `before`."""

    def __init__(
        self,
        grammar: Grammar,
        lexicon: Lexicon,
        reader: NumberReader,
        words: Words,
        items: Sequence[Item],
        before: Sequence[Item] = (),
    ) -> None:
        self._grammar = grammar
        self._lexicon = lexicon
        self._reader = reader
        self._words = words
        self._items = [item for item in items if item.kind not in _SILENT]
        self._before = before
        self._may_be_denial = any(item.kind is Kind.CORRECTION and item.entry.weak for item in before)
        self._ends_with_number = bool(items) and items[-1].run is not None
        self._strange = sum(item.is_part or item.kind in _STRANGE for item in items)
        self._language = language_of(grammar)
        self._fixed = fixed_keys(grammar, self._language)

    def verdict(self) -> Verdict | None:
        """Return the sentence's one answer, or None."""
        self._replace_lone_word()
        if not self._items or self._strange > MOST_UNKNOWN or self._is_forbidden() or self._breaks_off():
            return None
        verdict = self._settle()
        if verdict is not None and self._may_be_denial:
            return replace(verdict, factor=min(verdict.factor, LOOSE))
        return verdict

    def _settle(self) -> Verdict | None:
        match self._grammar.body:
            case Number() | Digits() as body:
                return self._amount(body)
            case Several() as body:
                return self._several(body)
            case Day() | Moment() as body:
                return self._dated(body)
            case _:
                return self._listed()

    def _replace_lone_word(self) -> None:
        """Read a lone word that recognisers write for a number ("for"), or one that means zero ("none")."""
        # The "una" of "una docena" counts nothing.
        articles = {(word,) for word in self._reader.ones}
        heavy = [item for item in self._items if self._words[item.start : item.end] not in articles]
        if len(heavy) != 1 or isinstance(self._grammar.body, YesNo):
            return
        item = heavy[0]
        number = self._reader.alone.get(self._words[item.start])
        if number is None or item.end - item.start > 1 or item.kind not in _LONE:
            return
        run = Run((Piece(str(number), words=(str(number),)),), item.end)
        self._items = [Item(Entry(Kind.NUMBER), item.start, item.end, run, named=True)]
        self._strange = 1

    def _is_forbidden(self) -> bool:
        """A doubt forbids every answer, a negation every answer but the no that began the sentence."""
        kinds = {item.kind for item in self._items}
        if Kind.NEGATION not in kinds:
            return Kind.DOUBT in kinds
        first = self._items[0].entry
        said_no = first.answer is not None and first.answer.value is False and not first.whole
        return not said_no or Kind.DOUBT in kinds

    def _breaks_off(self) -> bool:
        run = self._items[-1].run
        return run is not None and run.dangling

    def _listed(self) -> Verdict | None:
        """Settle a question whose answers are listed: by phrase, or by the name of a key."""
        heard = [(item, item.entry.answer) for item in self._items if item.entry.answer is not None]
        heard += [(item, answer) for item in self._items if (answer := self._by_key(item)) is not None]
        read = {item.start for item, _ in heard}
        numbers = [item for item in self._items if item.kind is Kind.NUMBER and item.start not in read]
        is_loose = bool(self._strange or numbers)
        meant = [pair for pair in heard if not (is_loose and pair[0].entry.whole)]
        meant = [pair for pair in meant if not pair[0].entry.weak] or meant
        if not heard:
            return self._part_of_a_label()
        if _is_loosely_other(heard):
            return None
        meant = self._without_outdone(meant)
        if len({(answer.status, answer.value) for _, answer in meant}) != 1:
            return None
        # A denial that is too vague to answer still denies the yes beside it.
        if meant[0][1].value is True and any(answer.value is False for _, answer in heard):
            return None
        return self._settled(*meant[0], is_loose=is_loose)

    def _without_outdone(self, meant: list[Meaning]) -> list[Meaning]:
        """Leave out what was said again with more weight: "bad, very bad"."""
        said = [self._words[item.start : item.end] for item, _ in meant]
        return [
            pair
            for at, pair in enumerate(meant)
            if not any(len(more) > len(said[at]) and more[-len(said[at]) :] == said[at] for more in said[at:])
        ]

    def _several(self, body: Several) -> Verdict | None:
        """Settle a question for several choices: every part must be read, or another answer came out."""
        named = any(item.named for item in self._items)
        by_key = named or not (self._strange or _labels_count(self._grammar))
        items = [item for item in self._items if item.kind is not Kind.UNKNOWN]
        if len(items) < len(self._items) and any(item.kind is Kind.DENYING for item in items):
            return None  # what cannot be read may be what is denied
        if self._strange and any(item.entry.whole for item in items):
            return None
        ways_out = self._ways_out()
        if ways_out:
            return self._way_out(ways_out, others=len(items) - len(ways_out))
        found = gathered(body, items, self._language, by_key=by_key)
        if found is None:
            return None
        is_loose = self._strange or _may_count(items)
        return Verdict(found.answer, LOOSE if is_loose else 1.0, found.may_grow)

    def _dated(self, body: Day | Moment) -> Verdict | None:
        """Settle a question for a day or a moment."""
        mentioned = sum(item.kind is Kind.CALENDAR for item in self._items)
        ways_out = self._ways_out()
        if ways_out:
            return self._way_out(ways_out, others=mentioned)
        if any(item.kind in {Kind.NUMBER, Kind.KEY} for item in self._items):
            return None
        locale = self._grammar.locale or self._language.key
        found = dated(body, self._items, self._before, self._language, locale)
        if found is None:
            return None
        is_loose = bool(self._strange) or not found.is_sure
        return Verdict(found.answer, LOOSE if is_loose else 1.0, found.may_grow)

    def _ways_out(self) -> list[Understood]:
        """Return what was said that is no answer to this question, by its name or by that of its key."""
        said = [item.entry.answer or self._by_key(item) for item in self._items]
        return [each for each in said if each is not None and each.status is not Status.OK]

    def _way_out(self, ways_out: Sequence[Understood], *, others: int) -> Verdict | None:
        if others or len({each.status for each in ways_out}) != 1:
            return None
        return Verdict(ways_out[0], LOOSE if self._strange else 1.0, may_grow=False)

    def _settled(self, item: Item, answer: Understood, *, is_loose: bool) -> Verdict | None:
        grows = self._listed_may_grow(item, answer)
        if not is_loose:
            return Verdict(answer, LOOSE if item.entry.loose else 1.0, grows)
        leads = item is self._items[0]
        if item.entry.edge and not leads and item is not self._items[-1]:
            return None
        factor = LEADING if item.entry.edge and leads and answer.value is True else LOOSE
        # "I have no" may still become "I have no car".
        return Verdict(answer, factor, grows or (item.entry.edge and not leads))

    def _by_key(self, item: Item) -> Understood | None:
        if item.kind is Kind.KEY:
            return self._fixed.get(item.entry.key)
        if item.run is None:
            return None
        bare = not item.named
        if bare and (self._strange or _labels_count(self._grammar)):
            return None
        return self._fixed.get(joined_of(item.run))

    def _listed_may_grow(self, item: Item, answer: Understood) -> bool:
        if item is not self._items[-1]:
            return False
        if item.run is not None:
            digits = joined_of(item.run)
            return any(key.startswith(digits) and key != digits for key in self._fixed)
        return self._lexicon.may_become_other(self._words[item.start :], answer)

    def _part_of_a_label(self) -> Verdict | None:
        """Take a part of a label that no other option shares ("the clinic" for "clinic on Main Street")."""
        body = self._grammar.body
        if not isinstance(body, Choices) or any(item.kind is not Kind.UNKNOWN for item in self._items):
            return None
        start, end = self._items[0].start, self._items[-1].end
        said = self._words[start:end]
        if len(said) != len(self._items):
            return None
        owners = owners_of(said, self._grammar)
        if len(owners) != 1:
            return None
        return Verdict(Understood(owners[0].value, owners[0].label), LOOSE, may_grow=True)

    def _amount(self, body: Number | Digits) -> Verdict | None:
        """Settle a question for a number or for digits."""
        runs = runs_of(body, self._items)
        answers = [item.entry.answer for item in self._items if item.entry.answer is not None]
        answers += [self._fixed[item.entry.key] for item in self._items if item.kind is Kind.KEY]
        # A lone "eine" may count or not.
        strange = self._strange + (len(self._words) == 1 and self._words[0] in self._reader.ones)
        for run in runs:
            amount = self._fixed.get(joined_of(run)) or read_amount(body, run, self._language.key)
            if amount is not None:
                answers.append(amount)
            elif isinstance(body, Digits) and len(runs) > 1:
                strange += 1  # the "two" of "my two numbers are four one five"
            else:
                return None
        if len({(answer.status, answer.value) for answer in answers}) != 1:
            return None
        grows = any(
            amount_may_grow(body, run, self._language.key, is_last=self._ends_with_number)
            for run in runs[-1:]
        )
        return Verdict(answers[0], LOOSE if strange else 1.0, grows)


def _may_count(items: Sequence[Item]) -> bool:
    """Whether a number may be how many are chosen: "only two", but "only the two", "only number two"."""
    numbers = [piece for item in items if item.run is not None for piece in item.run.pieces]
    follows = any(
        last.kind is Kind.FINISHED and item.kind is Kind.NUMBER and last.end == item.start
        for last, item in pairwise(items)
    )
    return follows and len(numbers) == 1


def _is_loosely_other(heard: Sequence[Meaning]) -> bool:
    """Whether a loose answer stands beside another one: "no, I have nothing against it" may be either."""
    loose = [answer for item, answer in heard if item.entry.loose]
    return any(answer.value != each.value for each in loose for _, answer in heard)


@lru_cache(maxsize=512)
def _labels_count(grammar: Grammar) -> bool:
    """Whether an option's words hold a number: then "two" may mean the amount and not the key."""
    body, spoken_in = grammar.body, language_of(grammar)
    reader = number_reader(spoken_in.key)
    phrases = [words_of(each, spoken_in) for option in options_of(body) for each in phrases_of(option)]
    return any(
        reader.run(words, at) is not None and words[at] not in reader.ones
        for words in phrases
        for at in range(len(words))
    )
