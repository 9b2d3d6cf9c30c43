"""From spoken numbers to a number in bounds or a string of digits; knows no other words."""

from collections.abc import Sequence
from functools import lru_cache

from app.domain.answers import Understood
from app.domain.grammar.item import Item
from app.domain.grammar.keys import spaced
from app.domain.grammar.numerals import Piece, Run, cardinal_of, joined_of, natural_of, number_reader
from app.domain.grammar.shapes import Digits, Number

_TEN = 10
_MOST_REPEATS = 4


def runs_of(body: Number | Digits, items: Sequence[Item]) -> list[Run]:
    """Return the numbers of a sentence. Digits with nothing of weight between them belong together."""
    runs: list[Run] = []
    before: Run | None = None
    for item in items:
        if item.run is None:
            before = None
            continue
        if before is not None and isinstance(body, Digits):
            runs[-1] = Run(before.pieces + item.run.pieces, item.run.end, item.run.dangling)
        else:
            runs.append(item.run)
        before = runs[-1]
    return runs


def read_amount(body: Number | Digits, run: Run, language_key: str) -> Understood | None:
    """Return what spoken numbers are to this question, or None when they do not fit it."""
    if isinstance(body, Digits):
        digits = _fitting_digits(body, run)
        return None if digits is None else Understood(digits, spaced(digits))
    value = _value_within(body, _without_article(run.pieces, language_key))
    return None if value is None else Understood(value, str(value))


def amount_may_grow(body: Number | Digits, run: Run, language_key: str, *, is_last: bool) -> bool:
    """Whether more digits may follow; `is_last` says that nothing was said after the number."""
    if isinstance(body, Digits):
        return len(joined_of(run)) < body.max_length
    return is_last and _number_may_grow(body, _without_article(run.pieces, language_key), language_key)


def _fitting_digits(body: Digits, run: Run) -> str | None:
    said = joined_of(run)
    sigh = "".join(piece.digits for piece in run.pieces[1:]) if run.pieces[0].oh else said
    for digits in (said, sigh):
        for times in range(1, _MOST_REPEATS + 1):
            once = digits[: len(digits) // times]
            if once * times == digits and body.min_length <= len(once) <= body.max_length:
                return once
    return None


def _without_article(pieces: tuple[Piece, ...], language_key: str) -> tuple[Piece, ...]:
    """Leave out the "un" of "un ocho": before another number it counts nothing."""
    is_article = len(pieces) > 1 and pieces[0].words[0] in number_reader(language_key).ones
    return pieces[1:] if is_article and pieces[0].digits == "1" else pieces


def _value_within(body: Number, pieces: tuple[Piece, ...]) -> int | None:
    """Return the number in bounds; a number that was only said again counts once."""
    value = _spoken_value(body, pieces)
    if value is None and len({piece.digits for piece in pieces}) == 1:
        return _spoken_value(body, pieces[:1])
    return value


def _spoken_value(body: Number, pieces: tuple[Piece, ...]) -> int | None:
    spoken = pieces[1:] if pieces[0].oh else pieces  # the "oh" of "oh, thirty" is a sigh or adds nothing
    run = Run(spoken, 0)
    digits = cardinal_of(run) or natural_of(run)
    if digits is None:
        return None
    plain = digits.lstrip("0") or "0"
    # The length is checked first because int() refuses texts of thousands of digits.
    if len(plain) <= len(str(body.maximum)) and body.minimum <= int(plain) <= body.maximum:
        return int(plain)
    return None


@lru_cache(maxsize=4096)
def _number_may_grow(body: Number, pieces: tuple[Piece, ...], language_key: str) -> bool:
    """Whether one more word can make another number in bounds: "twenty" can, "eleven" seldom."""
    reader = number_reader(language_key)
    value = _value_within(body, pieces)
    words = tuple(word for piece in pieces for word in piece.words)
    for alike in reader.continuations:
        for following in alike:
            longer = reader.run(words + following, 0)
            if longer is None or _stands_apart(pieces, longer.pieces):
                break  # and so would the others
            # Nobody says ten as "one zero".
            if _spoken_value(body, longer.pieces) not in {None, value, _TEN}:
                return True
    return False


def _stands_apart(pieces: tuple[Piece, ...], longer: tuple[Piece, ...]) -> bool:
    """Whether a further number was begun behind one of three digits or more, which makes no number."""
    head = pieces[0]
    return len(longer) > len(pieces) and not head.oh and len(head.digits) > 2 and longer[0] == head  # noqa: PLR2004
