"""What every step of a flow is made of: places, expressions, texts, languages, branches.

Knows no steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the author's file something stands; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled condition or value in CEL.

    `names` are the variables it reads, dotted paths cut to their root.
    """

    source: str
    names: frozenset[str]
    program: Any = field(compare=False, repr=False)


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


@dataclass(frozen=True, slots=True)
class LanguageSpec:
    """One language of a flow: its key (`en`), BCP 47 locale (`en-US`) and voice (may be empty).

    `vocabulary` names the recogniser's custom vocabulary, `lexicons` the voice's lexicons, each made with
    the provider beforehand.
    """

    key: str
    locale: str
    voice: str = ""
    vocabulary: str = ""
    lexicons: tuple[str, ...] = ()


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
