"""An answer: what a caller gave to one question, how it came and what it took to get it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.call import Value

SURE: Final = 0.7
"""From this confidence on an answer needs no read-back (dialogue-rules.md, rule 7)."""

LOOSE: Final = SURE - 0.01
"""The most confidence in what was half understood: however well it was heard, it is asked back."""


class Source(StrEnum):
    """How an answer reached us."""

    KEY = "key"
    SPEECH = "speech"
    TEXT = "text"
    MODEL = "model"
    OPERATOR = "operator"
    NONE = "none"


class Status(StrEnum):
    """What kind of answer it is; only `ok` has a value conditions can use.

    `missing` is what nobody was asked for and what could not be worked out or was not sent.
    """

    OK = "ok"
    REFUSED = "refused"
    DONT_KNOW = "dont_know"
    NO_INPUT = "no_input"
    NO_MATCH = "no_match"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Understood:
    """What a grammar made of keys or words: an allowed value, its label in the caller's language."""

    value: Value
    label: str
    confidence: float = 1.0
    status: Status = Status.OK


@dataclass(frozen=True, slots=True)
class Answer:
    """One settled question. `raw` holds the keys or the words as they came.

    `asks` counts how often the question was asked, the first time included.
    """

    slot: str
    value: Value
    label: str
    status: Status
    source: Source
    raw: str
    confidence: float
    asks: int
    no_inputs: int
    no_matches: int
    language: str
    sensitive: bool = False
