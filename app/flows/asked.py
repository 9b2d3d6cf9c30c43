"""What the questions of a flow are, one kind each; knows no step that waits for nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.answers import Status
from app.domain.speech import BargeIn
from app.flows.parts import Branch, Confirm, DayBound, Expression, Piped, Place, Text
from app.flows.sprint import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What all steps share. `name` is unique in the flow; `label` is a further name to go to."""

    name: str
    place: Place
    label: str | None = None
    when: Expression | None = None
    then: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Step):
    """What all steps that wait for an answer share. `on_fail` is `skip`, `operator`, `end` or a label."""

    prompt: Text
    noinput: tuple[Text, ...] = ()
    nomatch: tuple[Text, ...] = ()
    help: Text | None = None
    policy: Policy = field(default_factory=Policy)
    bargein: BargeIn = BargeIn.ANY
    max_attempts: int = 3
    on_fail: str = "skip"
    confirm: Confirm = Confirm.LOW
    required: bool = True
    sensitive: bool = False
    special: Mapping[Status, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseLanguage(Question):
    """Chooses the language that the rest of the call is held in; `keys` maps a key to a language key."""

    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(Question):
    """Asks for permission; `covers` may name `recording`. A no goes to `on_no`."""

    covers: frozenset[str] = frozenset()
    on_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskYesNo(Question):
    """Yes or no."""


class Order(StrEnum):
    """In which order parts come: the file's, by lot, or the file's from a part by lot."""

    FIXED = "fixed"
    RANDOM = "random"
    ROTATE = "rotate"


class Pin(StrEnum):
    """At which end of its list a choice stays."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice: its value in the results, its key, what it is called and its synonyms, by language.

    An `is_exclusive` one goes with no other. One that is `pinned` keeps its end of the list in every order.
    """

    value: str
    key: str | None
    text: Mapping[str, str]
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_exclusive: bool = False
    pinned: Pin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Select(Question):
    """What all steps with choices share. The choices stand in the order that callers hear without a lot."""

    choices: tuple[Choice, ...]
    order: Order = Order.FIXED


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectOne(Select):
    """One of the choices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectMany(Select):
    """Any of the choices together, at least `minimum` and at most `maximum` of them."""

    minimum: int = 1
    maximum: int = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeric(Question):
    """A whole number in the bounds. `kind` is `numeric` or `rating`."""

    minimum: int
    maximum: int
    kind: str = "numeric"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDigits(Question):
    """A string of digits whose length lies in the bounds."""

    min_length: int
    max_length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDate(Question):
    """A calendar day in the bounds, seen from the day of the call."""

    earliest: DayBound
    latest: DayBound


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMoment(Question):
    """When to call back at the `number` or the caller's own: a moment at most `most_days` ahead."""

    most_days: int = 30
    number: Piped | None = None
