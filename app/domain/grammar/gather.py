"""Settles a question for several choices from the parts of one sentence; it never guesses."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.answers import Understood
from app.domain.grammar.item import Item
from app.domain.grammar.keys import several_of
from app.domain.grammar.lexicon import Kind
from app.domain.grammar.numerals import Piece
from app.domain.grammar.shapes import Several
from app.domain.grammar.typed import chosen_by, goes_together, is_complete
from app.domain.languages import Language


@dataclass(frozen=True, slots=True)
class Gathered:
    """The choices of a sentence as one answer."""

    answer: Understood
    may_grow: bool


def gathered(body: Several, items: Sequence[Item], language: Language, *, by_key: bool) -> Gathered | None:
    """Return what these parts choose together, or None when one of them cannot be read.

    `by_key` says that numbers are the names of keys. One part that is lost would make another answer.
    """
    if _says_all_and_some(body, items):
        return None
    cuts = [place for place, item in enumerate(items) if item.kind in {Kind.EXCEPT, Kind.DENYING}]
    named = items[: cuts[0]] if cuts else items
    chosen = _all_of(body, named, by_key=by_key)
    if chosen is None or len(cuts) > 1:
        return None
    if any(item.kind is Kind.BOTH for item in named):
        chosen = chosen or _common(body)
        if len(chosen) != 2:  # noqa: PLR2004 - both
            return None
    if cuts:
        taken_away = _all_of(body, items[cuts[0] + 1 :], by_key=by_key)
        everything = any(item.kind is Kind.GROUP and item.entry.values == _common(body) for item in named)
        denies = items[cuts[0]].kind is Kind.DENYING
        is_apart = denies and bool(chosen) and chosen.isdisjoint(taken_away or ())
        is_rest = everything and taken_away is not None and taken_away <= chosen
        if not taken_away or not (is_apart or is_rest):
            return None
        chosen -= taken_away
    return _answer(body, chosen, items, language)


def _says_all_and_some(body: Several, items: Sequence[Item]) -> bool:
    """Whether all are named and some of them besides ("all two"): one of both was misheard."""
    kinds = {item.kind for item in items}
    everything = any(item.kind is Kind.GROUP and item.entry.values == _common(body) for item in items)
    named = not kinds.isdisjoint({Kind.NUMBER, Kind.ANSWER})
    return everything and named and kinds.isdisjoint({Kind.EXCEPT, Kind.DENYING})


def _common(body: Several) -> frozenset[str]:
    return frozenset(option.value for option in body.options) - body.exclusive


def _all_of(body: Several, items: Sequence[Item], *, by_key: bool) -> frozenset[str] | None:
    """Return all that these parts choose, or None when one of them is a number that is no key here."""
    found = [_values(body, item, by_key=by_key) for item in items]
    known = [each for each in found if each is not None]
    return frozenset[str]().union(*known) if len(known) == len(found) else None


def _answer(
    body: Several, chosen: frozenset[str], items: Sequence[Item], language: Language
) -> Gathered | None:
    if not chosen:
        nobody = any(item.kind is Kind.GROUP for item in items) and body.minimum == 0
        nothing = Understood((), language.groups.nothing[0])
        return Gathered(nothing, may_grow=False) if nobody else None
    if not goes_together(body, chosen):
        return None
    finished = any(item.kind is Kind.FINISHED for item in items)
    return Gathered(several_of(body, chosen, language), not finished and not is_complete(body, chosen))


def _values(body: Several, item: Item, *, by_key: bool) -> frozenset[str] | None:
    entry = item.entry
    if entry.values is not None:
        return entry.values
    if entry.answer is not None:
        return frozenset({str(entry.answer.value)})
    if item.kind is Kind.KEY:
        return chosen_by(body, entry.key)[0]
    if item.run is None:
        return frozenset()
    found = [_by_piece(body, piece) for piece in item.run.pieces if by_key]
    known = [each for each in found if each is not None]
    return frozenset[str]().union(*known) if known and len(known) == len(found) else None


def _by_piece(body: Several, piece: Piece) -> frozenset[str] | None:
    """Return what one number chooses; several keys may be written together as one ("12")."""
    named = frozenset(option.value for option in body.options if option.key == piece.digits)
    if named or piece.words != (piece.digits,):
        return named or None
    return chosen_by(body, piece.digits)[0]
