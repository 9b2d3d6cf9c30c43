"""What every step of a flow is made of: places, expressions, texts, languages, branches.

Knows no steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, TypeAlias

from app.domain.languages import EnginePrompts
from app.domain.languages import language as catalogue_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the author's file something stands; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled condition or value in CEL.

    `names` are the variables it reads, dotted paths cut to their root. One that `is_settled` reads nothing
    but what the round of a repeat that it stands in is about.
    """

    source: str
    names: frozenset[str]
    program: Any = field(compare=False, repr=False)
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class Piped:
    """Text with `${expression}` holes: plain strings and expressions in the order they are read."""

    parts: tuple[str | Expression, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """What one prompt says in one language. `audio` is a path relative to the flow's file."""

    text: Piped
    ssml: Piped | None = None
    audio: str | None = None


Text: TypeAlias = Mapping[str, Say]
"""A prompt by language key; every language of the flow is present."""


OwnWords: TypeAlias = tuple[tuple[str, str | tuple[str, ...]], ...]
"""Prompts of the bot's own that are worded otherwise, each by its name: a text, or several that escalate."""


@dataclass(frozen=True, slots=True)
class LanguageSpec:
    """One language of a flow: its key (`en`), BCP 47 locale (`en-US`) and voice (may be empty).

    `prompts` is what the bot says where the author wrote nothing, None what the catalogue has; `words` are
    those of them that the flow itself words.
    `vocabulary` names the recogniser's custom vocabulary, `lexicons` the voice's lexicons, each made with
    the provider beforehand.
    """

    key: str
    locale: str
    voice: str = ""
    vocabulary: str = ""
    lexicons: tuple[str, ...] = ()
    prompts: EnginePrompts | None = None
    words: OwnWords = ()


def prompts_of(language: LanguageSpec) -> EnginePrompts:
    """Return what the bot says by itself in this language."""
    return language.prompts or catalogue_of(language.locale).prompts


class Confirm(StrEnum):
    """When an answer is read back before it counts."""

    NEVER = "never"
    LOW = "low"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Branch:
    """Go to the step or label `goto` when `when` holds (always, when it is None)."""

    goto: str
    when: Expression | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """A cell of the flow's quotas: no more than `target` completed calls that `when` holds for."""

    name: str
    when: Expression
    target: int


WAYS_OUT: Final = frozenset({"skip", "operator", "end"})
"""What `on_fail` may say besides a step or label."""

_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class DayBound:
    """A day that bounds an answer: a date, or the day of the call, moved by so many months and days."""

    day: date | None = None
    months: int = 0
    days: int = 0

    def seen_from(self, today: date) -> date:
        """Return the day; of a month that is too short for it, the last; never beyond the calendar."""
        start = today if self.day is None else self.day
        year, month = divmod(start.year * _MONTHS + start.month - 1 + self.months, _MONTHS)
        if not date.min.year < year < date.max.year:
            return date.min if year <= date.min.year else date.max
        first = date(year, month + 1, 1)
        following = date(year + month // (_MONTHS - 1), (month + 1) % _MONTHS + 1, 1)
        moved = first + timedelta(days=min(start.day, (following - first).days) - 1)
        return moved + timedelta(days=self.days)
