"""A conversation with a model: what it is about, what was said, what it may settle; no model, no flow.

A line of the bot holds only what the caller heard of it. What a model hands back is checked here
before anything else believes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from app.domain.call import Value
from app.domain.keepable import keepable

LONGEST_TEXT: Final = 500
"""Characters of an extracted text: it is a cell in a table, not a transcript."""


class Role(StrEnum):
    """Who said a line."""

    BOT = "bot"
    CALLER = "caller"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the conversation, as it was heard."""

    role: Role
    text: str


class FieldKind(StrEnum):
    """The type of a value that a conversation is to bring."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Field:
    """A value that the conversation is to bring; `about` says what it means, `choices` what it may be."""

    name: str
    kind: FieldKind
    about: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of the conversation; `when` says, in the author's words, when it is taken."""

    name: str
    when: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What the author wants of a conversation. `forbid` are topics; `locale` is the caller's (BCP 47)."""

    goal: str
    locale: str
    style: str = ""
    forbid: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    exits: tuple[Exit, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation up to now: everything a responder needs, in one value.

    `known` are the fields' values so far. `turns_left` counts the caller's turns still to come; at 0 the
    bot has to take its leave. No line is empty; the last is the caller's, or there is none.
    """

    brief: Brief
    lines: tuple[Line, ...] = ()
    known: Mapping[str, Value] = field(default_factory=dict)
    turns_left: int = 0

    @property
    def missing(self) -> tuple[Field, ...]:
        """The fields that have no value yet, in the author's order."""
        return tuple(wanted for wanted in self.brief.fields if self.known.get(wanted.name) is None)


@dataclass(frozen=True, slots=True)
class Together:
    """Some of the options are meant, `most` of them at most."""

    most: int


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A whole number is meant, both bounds included."""

    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class DayRange:
    """A day is meant, both bounds included; it is named as ISO text. `today` is the caller's."""

    earliest: date
    latest: date
    today: date


@dataclass(frozen=True, slots=True)
class MomentRange:
    """A moment from now on is meant; it is named as ISO text, in the caller's time."""

    now: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Words that no grammar settled: which of the allowed values they mean is asked.

    `options` are value and label of each: one of them is meant, or some `Together`. Beside a range they are
    only the ways out of the question.
    """

    question: str
    said: str
    locale: str
    options: tuple[tuple[str, str], ...] = ()
    wanted: Together | NumberRange | DayRange | MomentRange | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """What one request cost the provider."""

    model: str
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a responder found in a conversation, unchecked; `exit` is the name of a way out, or empty."""

    values: Mapping[str, Value] = field(default_factory=dict)
    exit: str = ""
    used: Used | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """Which allowed value a responder takes the words for, unchecked; None for none of them."""

    value: Value
    confidence: float = 0.0
    used: Used | None = None


def accept(wanted: Field, value: Value) -> Value:
    """Return the value in its field's type, or None when it is none of that type.

    A date is ISO 8601 text; a boolean may come as the text `true` or `false`, a number as its text.
    """
    match wanted.kind:
        case FieldKind.TEXT:
            text = " ".join(keepable(value).split()) if isinstance(value, str) else ""
            return text[:LONGEST_TEXT] or None
        case FieldKind.NUMBER:
            return _number(value)
        case FieldKind.BOOLEAN:
            return value if isinstance(value, bool) else _BOOLEANS.get(_word(value))
        case FieldKind.DATE:
            return _date(value)
        case FieldKind.CHOICE:
            return next((choice for choice in wanted.choices if choice.casefold() == _word(value)), None)


_BOOLEANS: Final = {"true": True, "false": False}


def _word(value: Value) -> str:
    return value.strip().casefold() if isinstance(value, str) else ""


def _number(value: Value) -> Value:
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):  # JSON bounds no whole number
        return None
    if number != number or abs(number) > 1e15:  # noqa: PLR0124, PLR2004 - not a number; beyond exact floats
        return None
    return int(number) if number == int(number) else number


def _date(value: Value) -> Value:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value.strip()).isoformat()
    except ValueError:
        return None
