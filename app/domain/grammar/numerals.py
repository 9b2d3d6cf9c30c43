"""Spoken whole numbers: from words to the digits they stand for; knows nothing of questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.domain.grammar.keys import is_digits
from app.domain.grammar.tokens import Words, split
from app.domain.languages import language

_DIGITS_IN_A_GROUP = 3
_BEYOND = 10**12


@dataclass(frozen=True, slots=True)
class Piece:
    """One number said in one breath: its digits (`007`) and words. `oh` marks a zero said as a letter."""

    digits: str
    oh: bool = False
    words: Words = ()


@dataclass(frozen=True, slots=True)
class Run:
    """Numbers that follow each other, up to the word at `end`. A `dangling` one breaks off."""

    pieces: tuple[Piece, ...]
    end: int
    dangling: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """A number, or a part of one, that ends before the word at `end`."""

    value: int
    end: int
    dangling: bool = False


class NumberReader:
    """Reads numbers in one language's plain words.

    `continuations` are the words that may go on a number; those that differ only in value share a list.
    """

    def __init__(self, language_key: str) -> None:
        numerals = language(language_key).numerals
        self.digits = _plain_words(numerals.digits)
        self.small = {word: value for value, word in enumerate(self.digits)} | _plain(numerals.small)
        self.tens = _plain(numerals.tens)
        self.tens_joiners = _plain_words(numerals.tens_joiners)
        self.hundreds = _plain(numerals.hundreds)
        self.hundred = _plain_words(numerals.hundred)
        self.scales = _plain(numerals.scales)
        self.joiners = _plain_words(numerals.joiners)
        self._linked = {f"{unit}{joiner}" for unit in self.small for joiner in self.joiners}
        self._linked &= {word[:end] for word in self.small for end in range(len(word))}
        self.ones = _plain_words(numerals.ones)
        self.zeros = _plain_words(numerals.zeros)
        self.repeats = _plain(numerals.repeats)
        self.alone = _plain(numerals.alone)
        units, teens = (
            self.digits[1:],
            [word for word, value in self.small.items() if value >= len(self.digits)],
        )
        zeros = dict.fromkeys((self.digits[0], *self.zeros))
        alike = [units, teens, [*self.tens], [*self.hundreds], *((word,) for word in zeros)]
        alike += [(word,) for word in (*self.hundred, *self.scales)]
        self.continuations: list[list[Words]] = [[(word,) for word in words] for words in alike if words]
        self.continuations += [[(joiner, word) for word in units] for joiner in self.tens_joiners]

    def run(self, words: Words, start: int) -> Run | None:
        """Return the numbers that begin at `start`, or None when none begins there."""
        pieces: list[Piece] = []
        at, dangling = start, False
        while at < len(words) and not dangling:
            repeated = self._repeated(words, at)
            if repeated is not None:
                pieces.extend(repeated)
                at += 2
            elif words[at] in self.zeros:
                pieces.append(Piece("0", oh=True, words=words[at : at + 1]))
                at += 1
            elif is_digits(words[at]) and not self._is_multiplied(words, at):
                pieces.append(Piece(words[at], words=words[at : at + 1]))
                at += 1
            elif (number := self._cardinal(words, at)) is not None:
                pieces.append(Piece(str(number.value), words=words[at : number.end]))
                at, dangling = number.end, number.dangling
            else:
                dangling = at + 1 == len(words) and words[at] in self.repeats and at > start
                at += dangling
                break
        # A lone "oh" is a sigh, not a number; among digits it is a zero.
        if all(piece.oh for piece in pieces):
            return None
        return Run(tuple(pieces), at, dangling)

    def spell(self, digits: str) -> str:
        """Return the plain words of digits said one by one."""
        return " ".join(self.digits[int(digit)] for digit in digits)

    def _repeated(self, words: Words, at: int) -> list[Piece] | None:
        """Read "double two"."""
        times = self.repeats.get(words[at])
        if times is None or at + 1 == len(words):
            return None
        following = words[at + 1]
        digit = "0" if following in self.zeros else str(self.small.get(following, following))
        return [Piece(digit, words=(digit,))] * times if is_digits(digit) and len(digit) == 1 else None

    def _is_multiplied(self, words: Words, at: int) -> bool:
        return at + 1 < len(words) and (words[at + 1] in self.hundred or words[at + 1] in self.scales)

    def _cardinal(self, words: Words, at: int) -> _Part | None:
        """Read one number such as "two thousand and five"; its scales must fall."""
        whole: _Part | None = None
        ceiling = _BEYOND
        while whole is None or not whole.dangling:
            start = at if whole is None else whole.end
            group = self._below_thousand(words, start)
            end = start if group is None else group.end
            scale = self.scales.get(words[end], _BEYOND) if end < len(words) else _BEYOND
            sofar = 0 if whole is None else whole.value
            if scale < ceiling and (group is not None or whole is None):
                joined = self._joined(words, end + 1, self.joiners)
                whole = _Part(
                    sofar + (1 if group is None else group.value) * scale, joined.end, joined.dangling
                )
                ceiling = scale
                continue
            if group is not None and group.value < ceiling:
                whole = _Part(sofar + group.value, group.end, group.dangling)
            break
        return whole

    def _below_thousand(self, words: Words, at: int) -> _Part | None:
        if at >= len(words):
            return None
        if words[at] in self.hundreds:
            head = _Part(self.hundreds[words[at]], at + 1)
        else:
            count = self._below_hundred(words, at) or self._one(words, at)
            end = at if count is None else count.end
            if end >= len(words) or words[end] not in self.hundred:
                return count
            joined = self._joined(words, end + 1, self.joiners)
            head = _Part((1 if count is None else count.value) * 100, joined.end, joined.dangling)
        rest = None if head.dangling else self._below_hundred(words, head.end)
        return head if rest is None else _Part(head.value + rest.value, rest.end, rest.dangling)

    def _below_hundred(self, words: Words, at: int) -> _Part | None:
        if at >= len(words):
            return None
        word = words[at]
        if word in self.tens:
            joined = self._joined(words, at + 1, self.tens_joiners)
            follows = joined.end > at + 1 if self.tens_joiners else joined.end < len(words)
            unit = self.small.get(words[joined.end], 0) if follows and not joined.dangling else 0
            if 1 <= unit < len(self.digits):
                return _Part(self.tens[word] + unit, joined.end + 1)
            return _Part(self.tens[word], joined.end if joined.dangling else at + 1, joined.dangling)
        if word + "".join(words[at + 1 : at + 2]) in self._linked:  # "fünf und zwanzig"
            linked = self.small.get("".join(words[at : at + 3]))
            if linked is not None or len(words) == at + 2:
                return _Part(linked or self.small[word], min(at + 3, len(words)), dangling=linked is None)
        if word in self.small:
            return _Part(self.small[word], at + 1)
        return _Part(int(word), at + 1) if is_digits(word) and len(word) <= _DIGITS_IN_A_GROUP else None

    def _one(self, words: Words, at: int) -> _Part | None:
        """Read the "a" of "a hundred"."""
        return _Part(1, at + 1) if words[at] in self.ones and self._is_multiplied(words, at) else None

    def _joined(self, words: Words, at: int, joiners: Words) -> _Part:
        """Step over a joiner that a number follows; one at the very end breaks the number off."""
        if at >= len(words) or words[at] not in joiners:
            return _Part(0, at)
        if at + 1 == len(words):
            return _Part(0, at + 1, dangling=True)
        follows = words[at + 1] in self.small or words[at + 1] in self.tens or is_digits(words[at + 1])
        return _Part(0, at + 1 if follows else at)


@lru_cache(maxsize=8)
def number_reader(language_key: str) -> NumberReader:
    """Return the one reader of a language."""
    return NumberReader(language_key)


def cardinal_of(run: Run) -> str | None:
    """Return the digits of a run that is one single number, else None."""
    return run.pieces[0].digits if len(run.pieces) == 1 else None


def joined_of(run: Run) -> str:
    """Return all digits of a run, one number written after the other."""
    return "".join(piece.digits for piece in run.pieces)


def natural_of(run: Run) -> str | None:
    """Return the digits when people say one number so: "two five", "one ten", "nineteen oh five"."""
    pieces = [piece.digits for piece in run.pieces]
    if all(len(piece) == 1 for piece in pieces):
        return "".join(pieces)
    head, tail = pieces[0], pieces[1:]
    pairs = len(tail) == 1 and len(tail[0]) == 2  # noqa: PLR2004
    oh_five = len(tail) == 2 and tail[0] == "0" and len(tail[1]) == 1  # noqa: PLR2004
    if len(head) <= 2 and not head.startswith("0") and (pairs or oh_five):  # noqa: PLR2004
        return head + "".join(tail)
    return None


def _plain(words: Mapping[str, int] | None) -> dict[str, int]:
    return {split(word)[0]: value for word, value in (words or {}).items()}


def _plain_words(words: tuple[str, ...]) -> Words:
    return tuple(split(word)[0] for word in words)
