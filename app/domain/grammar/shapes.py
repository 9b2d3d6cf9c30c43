"""What a question accepts and what a reading of keys or words says; how to read stands elsewhere."""

from dataclasses import dataclass
from datetime import date, datetime

from app.domain.answers import Status, Understood


@dataclass(frozen=True, slots=True)
class Option:
    """One allowed choice: `phrases` are the words that mean it (label and synonyms), lower case."""

    value: str
    key: str | None
    label: str
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Special:
    """A way out of a question that is no answer to it: refused or don't know."""

    status: Status
    key: str | None
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class YesNo:
    """Yes (key 1, True) or no (key 2, False)."""

    yes_key: str = "1"
    no_key: str = "2"


@dataclass(frozen=True, slots=True)
class Choices:
    """One of several options; keys may have more than one digit."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Digits:
    """A string of digits whose length lies in the bounds, leading zeros kept."""

    min_length: int
    max_length: int


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number in the bounds, both included.

    Where the words of the question are known (`asked`), a unit of time that it does not name makes another
    number: "six months" is no age in years.
    """

    minimum: int
    maximum: int
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Several:
    """Any of the options together; the answer is the tuple of their values, in the options' order.

    An option whose value is in `exclusive` goes with no other. At least `minimum`, at most `maximum` of them.
    """

    options: tuple[Option, ...]
    exclusive: frozenset[str] = frozenset()
    minimum: int = 1
    maximum: int = 99


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day in the bounds, both included; `today` is the caller's, for words like "tomorrow".

    `leans` says where a day without a year, or a weekday, is looked for: "future", "past", or "" for the
    nearest one. By keys it is typed as the language writes dates, eight digits or six.
    """

    earliest: date
    latest: date
    today: date
    leans: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A day and a time of day not before `now` nor after `latest`; both carry the caller's time zone.

    "tomorrow at three", "in two hours", "Friday afternoon". By keys it is a time of the day, four digits:
    the next time the clock shows it.
    """

    now: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class FreeText:
    """Any words."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What one question accepts. `language` is the flow's language key, `locale` its BCP 47 tag."""

    body: YesNo | Choices | Several | Digits | Number | Day | Moment | FreeText
    language: str
    locale: str
    specials: tuple[Special, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyReading:
    """What keys mean so far: `answer` if they already are one, `may_grow` if a longer entry could be."""

    answer: Understood | None
    may_grow: bool


@dataclass(frozen=True, slots=True)
class SpeechReading:
    """What words mean so far: `answer` if they already are one, `may_grow` while more is likely to come."""

    answer: Understood | None
    may_grow: bool
