"""Finds days and times in plain words; knows neither what today is nor what a question accepts."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from app.domain.grammar.calendar_words import CalendarWords, Pattern, Said, calendar_words
from app.domain.grammar.keys import is_digits
from app.domain.grammar.mention import Mention, mention_of, rank
from app.domain.grammar.numerals import NumberReader, Piece, number_reader
from app.domain.grammar.tokens import Words, words_of

_CLOCK: Final = re.compile(r"(\d{1,2})[:.](\d{2})")
_TIMES: Final = frozenset({Said.CLOCK, Said.PART})
_WRITTEN: Final = re.compile(r"(\d{1,4})([/.-])(\d{1,2})(?:\2(\d{2,4}))?")
_TYPED: Final = (6, 8)
_DATE_PARTS: Final = 3
_LAST_HOUR: Final = 24
_MINUTES: Final = 60
_MONTHS: Final = 12
_CENTURY: Final = 100
_MOST_COUNTED: Final = 999
_PAIR: Final = 2
_FIVE: Final = 5
_FOUR: Final = 4


@dataclass(frozen=True, slots=True)
class Found:
    """The longest mention at a place, if any; a `dangling` one breaks off in a longer one."""

    mention: Mention | None
    dangling: bool


class CalendarReader:
    """Reads days and times in one language's plain words."""

    def __init__(self, language_key: str) -> None:
        self._words: CalendarWords = calendar_words(language_key)
        self._numbers: NumberReader = number_reader(language_key)
        self._readers: dict[str, Callable[[Words, int], Iterator[tuple[int, int]]]] = {
            "{day}": self._day,
            "{ordinal}": self._ordinal,
            "{nth}": self._nth,
            "{year}": self._year,
            "{hour}": self._hour,
            "{minute}": self._minute,
            "{past}": lambda words, at: self._number(words, at, 1, _MINUTES - 1),
            "{fives}": self._fives,
            "{count}": self._count,
            "{time}": self._written_time,
        }
        # Many patterns look for the same slot at the same place.
        self._values = lru_cache(maxsize=4_096)(self._read)
        self._pieces = lru_cache(maxsize=1_024)(self._numbers_at)
        spoken_in = self._words.language
        no = (*spoken_in.sure_no, *spoken_in.corrections, *spoken_in.soft_corrections)
        self._corrections = frozenset(words_of(each, spoken_in) for each in no)
        self._weekdays = frozenset(self._words.slots["{weekday}"])
        self._marks = frozenset(self._words.language.calendar.ordinal_marks)

    def at(self, words: Words, start: int, *, with_times: bool) -> Found:
        """Return what is named at `start`; without times, numbers are no hours."""
        best: Mention | None = None
        dangling = False
        for pattern in self._patterns(words, start):
            if pattern.said in _TIMES and not with_times:
                continue
            for end, slots in self._matches(pattern, words, start):
                if end < 0:
                    dangling = True
                    continue
                if best is not None and end < best.end:
                    continue
                mention = mention_of(pattern, slots, end, self._words.language.calendar.rough_days)
                is_day = pattern.said is not Said.BARE_DAY or self._is_day(words, start, mention, with_times)
                if is_day and (best is None or rank(mention) > rank(best)):
                    best = mention
        if best is not None and best.bare and best.exact and self._may_be_day(words, start):
            best = replace(best, is_sure=False)
        by_numbers = self._by_numbers(words, start)
        if by_numbers is not None and (best is None or by_numbers.end > best.end):
            best = by_numbers
        # What ends with the words is whole, though more might have followed: "at three o'clock".
        return Found(best, dangling and (best is None or best.end < len(words)))

    def _is_day(self, words: Words, start: int, mention: Mention, with_times: bool) -> bool:  # noqa: FBT001
        """Whether a number or an ordinal is a day: "Monday twenty-third", "no, sixteenth".

        Beside times, a number is one only where a time follows: "viernes veinte a las cuatro".
        """
        follows_weekday = _ends_with(words[:start], self._weekdays)
        if "ordinal" in mention.slots:
            return follows_weekday or _ends_with(words[:start], self._corrections)
        if not follows_weekday or not with_times or mention.end == len(words):
            return follows_weekday and not with_times
        time = self.at(words, mention.end, with_times=True).mention
        return time is not None and time.said is Said.CLOCK and not time.bare

    def _may_be_day(self, words: Words, start: int) -> bool:
        """Whether an hour may be a day as well: "viernes veinte"."""
        is_day = "{day}" in self._words.language.calendar.bare_days
        return is_day and _ends_with(words[:start], self._weekdays)

    def _by_numbers(self, words: Words, start: int) -> Mention | None:
        """Read a date that is all numbers: "3/5/2026", "five three twenty twenty six", "05032026"."""
        written = _WRITTEN.fullmatch(words[start])
        if written:
            figures = tuple(each for each in (written[1], written[3], written[4]) if each)
            return Mention(Said.DATE, {}, start + 1, figures=figures)
        pieces = self._pieces(words, start)
        if len(pieces) < _DATE_PARTS:
            typed = pieces[0].digits if len(pieces) == 1 and pieces[0].words == (pieces[0].digits,) else ""
            is_typed = len(typed) in _TYPED
            return Mention(Said.DATE, {}, start + 1, figures=(typed,)) if is_typed else None
        end = start + sum(len(piece.words) for piece in pieces)
        joined = "".join(piece.digits for piece in pieces)
        if all(len(piece.digits) == 1 for piece in pieces) and len(joined) in _TYPED:
            return Mention(Said.DATE, {}, end, figures=(joined,))
        if len(pieces[0].digits) == _FOUR and len(pieces) == _DATE_PARTS:
            return Mention(Said.DATE, {}, end, figures=tuple(piece.digits for piece in pieces))
        first, at = _figure(pieces, 0)
        second, at = _figure(pieces, at)
        begin = start + sum(len(piece.words) for piece in pieces[:at])
        years = self._year(words, begin) if begin < end else ()
        return next(
            (
                Mention(Said.DATE, {}, end, figures=(first, second, f"{year:02}"))
                for year, year_end in years
                if year_end == end
            ),
            None,
        )

    def _patterns(self, words: Words, start: int) -> Iterator[Pattern]:
        yield from self._words.by_word.get(words[start], ())
        for slot, patterns in self._words.by_slot.items():
            if self._values(slot, words, start):
                yield from patterns

    def _matches(self, pattern: Pattern, words: Words, start: int) -> Iterator[tuple[int, dict[str, int]]]:
        """Return ends and slots of every way to match; an end of -1 where the words break off inside."""
        stack: list[tuple[int, int, dict[str, int]]] = [(0, start, {})]
        while stack:
            place, at, slots = stack.pop()
            if place == len(pattern.parts):
                yield at, slots
                continue
            if at >= len(words):
                # A literal word was the last: "the third of". After a slot the rest may just be left out.
                if not pattern.parts[place - 1].startswith("{") and place > 1:
                    yield -1, slots
                continue
            part = pattern.parts[place]
            if not part.startswith("{"):
                if words[at] == part:
                    stack.append((place + 1, at + 1, slots))
                continue
            for value, end in self._values(part, words, at):
                after_day = part == "{year}" and pattern.parts[place - 1] == "{day}"
                if after_day and self._halves_a_year(words, at, value, end):
                    continue
                stack.append((place + 1, end, {**slots, part: value}))

    def _halves_a_year(self, words: Words, at: int, value: int, end: int) -> bool:
        """Whether a year of two digits makes one of four with the number before it: "May nineteen eighty"."""
        years = self._values("{year}", words, at - 1)
        return value < _CENTURY and any(year >= _CENTURY and ends == end for year, ends in years)

    def _read(self, slot: str, words: Words, at: int) -> tuple[tuple[int, int], ...]:
        """Return the values that a slot may have at a place, each with its end."""
        read = self._readers.get(slot)
        return tuple(read(words, at) if read is not None else self._named(slot, words, at))

    def _hour(self, words: Words, at: int) -> Iterator[tuple[int, int]]:
        yield from self._number(words, at, 0, _LAST_HOUR)
        if words[at + 1 : at + 2] and words[at + 1] in self._numbers.tens_joiners:
            # "Las diez y cinco" may be five past ten, though "diez y cinco" may be fifteen.
            yield from self._number(words[: at + 1], at, 0, _LAST_HOUR)

    def _count(self, words: Words, at: int) -> Iterator[tuple[int, int]]:
        yield from self._named("{several}", words, at)
        yield from self._number(words, at, 1, _MOST_COUNTED)

    def _named(self, slot: str, words: Words, at: int) -> Iterator[tuple[int, int]]:
        known = self._words.slots[slot]
        for length in range(min(self._words.longest[slot], len(words) - at), 0, -1):
            value = known.get(words[at : at + length])
            if value is not None:
                yield value, at + length
                return

    def _numbers_at(self, words: Words, at: int) -> tuple[Piece, ...]:
        run = self._numbers.run(words, at)
        return run.pieces if run is not None and not run.dangling else ()

    def _number(self, words: Words, at: int, least: int, most: int) -> Iterator[tuple[int, int]]:
        for piece in self._pieces(words, at)[:1]:
            if len(piece.digits) <= _PAIR + 1 and least <= int(piece.digits) <= most:
                yield int(piece.digits), at + len(piece.words)

    def _minute(self, words: Words, at: int) -> Iterator[tuple[int, int]]:
        """Minutes after an hour have two digits: "three thirty", "three oh five"."""
        pieces = self._pieces(words, at)
        for piece in pieces[:1]:
            if len(piece.digits) == _PAIR and int(piece.digits) < _MINUTES:
                yield int(piece.digits), at + len(piece.words)
        if len(pieces) >= _PAIR and pieces[0].digits == "0" and len(pieces[1].digits) == 1:
            yield int(pieces[1].digits), at + 1 + len(pieces[1].words)

    def _fives(self, words: Words, at: int) -> Iterator[tuple[int, int]]:
        """Minutes before an hour are counted by fives: "three to four" are two hours."""
        found = self._number(words, at, 1, _MINUTES - 1)
        yield from ((value, end) for value, end in found if value % _FIVE == 0)

    def _ordinal(self, words: Words, at: int) -> Iterator[tuple[int, int]]:
        yield from self._named("{ordinal}", words, at)
        if is_digits(words[at]) and at + 1 < len(words) and words[at + 1] in self._marks:
            yield from self._day_number(words[at], at + 2)

    def _nth(self, words: Words, at: int) -> Iterator[tuple[int, int]]:
        yield from ((value, end) for value, end in self._ordinal(words, at) if value <= _MONTHS)

    def _day(self, words: Words, at: int) -> Iterator[tuple[int, int]]:
        ordinal = next(self._ordinal(words, at), None)
        if ordinal is not None:
            yield ordinal
            return
        for piece in self._pieces(words, at)[:1]:
            if piece.words[0] not in self._numbers.ones:  # "den einen" is no first
                yield from self._day_number(piece.digits, at + len(piece.words))

    @staticmethod
    def _day_number(digits: str, end: int) -> Iterator[tuple[int, int]]:
        if len(digits) <= _PAIR and 1 <= int(digits) <= 31:  # noqa: PLR2004 - the longest month
            yield int(digits), end

    def _year(self, words: Words, at: int) -> Iterator[tuple[int, int]]:
        pieces = self._pieces(words, at)
        if not pieces:
            return
        for count in range(min(_FOUR, len(pieces)), 0, -1):
            said = pieces[:count]
            joined = "".join(piece.digits for piece in said)
            # "2006" may be said as one number, in two halves, as "nineteen oh five", or digit by digit.
            whole = len(joined) == _FOUR and (count in {1, _FOUR} or len(said[0].digits) == _PAIR)
            if whole and joined[0] != "0":
                yield int(joined), at + sum(len(piece.words) for piece in said)
                return
        if len(pieces) == 1 and len(pieces[0].digits) == _PAIR:
            yield int(pieces[0].digits), at + len(pieces[0].words)

    @staticmethod
    def _written_time(words: Words, at: int) -> Iterator[tuple[int, int]]:
        """Return hour and minute as one number: 1530; 10000 on top says that it is one of 24 hours."""
        match = _CLOCK.fullmatch(words[at])
        if match and int(match[1]) <= _LAST_HOUR and int(match[2]) < _MINUTES:
            exact = 10_000 if match[1].startswith("0") else 0
            yield exact + int(match[1]) * 100 + int(match[2]), at + 1


def _ends_with(words: Words, phrases: frozenset[Words]) -> bool:
    return any(words[at:] in phrases for at in range(len(words)))


def _figure(pieces: Sequence[Piece], at: int) -> tuple[str, int]:
    """Return a day or a month and where it ends: "five", "oh five"."""
    digits = pieces[at].digits
    if digits == "0" and at + 1 < len(pieces) and len(pieces[at + 1].digits) == 1:
        return pieces[at + 1].digits, at + 2
    return digits, at + 1


@lru_cache(maxsize=16)
def calendar_reader(language_key: str) -> CalendarReader:
    """Return the one reader of a language."""
    return CalendarReader(language_key)
