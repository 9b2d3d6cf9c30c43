"""One part of a sentence, as long as it can be."""

from dataclasses import dataclass

from app.domain.grammar.lexicon import Entry, Kind
from app.domain.grammar.mention import Mention
from app.domain.grammar.numerals import Run

SETTLED = frozenset({Kind.ANSWER, Kind.KEY, Kind.GROUP})


@dataclass(frozen=True, slots=True)
class Item:
    """The words from `start` to before `end`.

    A `named` number follows "press" or the like. A `dangling` part breaks off in the middle of a date.
    One that `is_part` is the part of a choice's label.
    """

    entry: Entry
    start: int
    end: int
    run: Run | None = None
    named: bool = False
    mention: Mention | None = None
    dangling: bool = False
    is_part: bool = False

    @property
    def kind(self) -> Kind:
        """What this part does to the sentence."""
        return self.entry.kind


def says_something(item: Item) -> bool:
    """Whether this part may hold an answer."""
    return item.kind in {*SETTLED, Kind.NUMBER, Kind.CALENDAR, Kind.BOTH}
