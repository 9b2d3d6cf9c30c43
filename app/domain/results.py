"""What calls brought, as tables see it: calls, answers, the columns they fill; no file and no store."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.call import Millis, Value


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """One settled question of a call. What is masked in the log stays masked."""

    slot: str
    value: Value
    label: str
    status: str
    source: str
    raw: str
    confidence: float
    asks: int
    no_inputs: int
    no_matches: int
    language: str
    answered_ms: Millis
    latency_ms: Millis


@dataclass(frozen=True, slots=True)
class CallResult:
    """One call with every answer it brought, in their order; `disposition` is None while it lasts."""

    id: str
    flow: str
    flow_version: str
    direction: str
    language: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    disposition: str | None
    answers: tuple[AnswerResult, ...] = ()

    def current(self) -> dict[str, AnswerResult]:
        """Return the latest answer to each question: a question can be answered more than once."""
        return {answer.slot: answer for answer in self.answers}


class ColumnKind(StrEnum):
    """What a column's cells hold. A date is its ISO form, a moment its ISO form with the offset from UTC."""

    TEXT = "text"
    WHOLE = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    ONE = "select_one"
    MANY = "select_many"
    DATE = "date"
    MOMENT = "datetime"


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values that a column may hold, and what it is called."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Column:
    """One question as a column; `label` is its text. Of a sensitive one no value is ever shown.

    What is not `is_asked` no caller gives: there is no reason why it is missing. `is_worked_out` means that
    an expression gives its values: the log tells of what kind they are, the flow only where `is_kind_known`.
    """

    name: str
    kind: ColumnKind
    label: str = ""
    options: tuple[Option, ...] = ()
    minimum: int | None = None
    sensitive: bool = False
    is_asked: bool = True
    is_worked_out: bool = False
    is_kind_known: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """What the log holds of one answer: a kind that takes all its values, and the choices of its lists.

    The kind is None where the log has no value at all.
    """

    kind: ColumnKind | None
    choices: tuple[str, ...] = ()
