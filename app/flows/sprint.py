"""What a flow asks of the engine: prompts, then one wait; and what the engine reports back.

A wait is a value that can be stored, not a blocked coroutine. The flow says what to ask; the engine
decides when a caller has answered.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from app.domain.answers import Answer, Source, Understood
from app.domain.call import Disposition, Millis
from app.domain.conversation import Brief, Line
from app.domain.errands import Errand, ErrandResult
from app.domain.grammar import Grammar
from app.domain.speech import Prompt


class Universal(StrEnum):
    """A request that a caller may make at any question."""

    REPEAT = "repeat"
    HELP = "help"
    OPERATOR = "operator"
    OPT_OUT = "opt_out"


class Farewell(StrEnum):
    """Why the bot says its last words by itself, where no step of the flow does."""

    ERROR = "error"
    TIME_UP = "time_up"
    BUSY = "busy"
    OPTED_OUT = "opted_out"
    GOODBYE = "goodbye"


@dataclass(frozen=True, slots=True)
class Policy:
    """How long and by what means a question waits for its answer (dialogue-rules.md, turns and timers).

    `first_input_ms` runs from the prompt's end on the line, `inter_digit_ms` from each key. An empty
    `end_key` means there is no terminator. `complete_ms` and `incomplete_ms` are the silences that end
    a turn that already is, or is not yet, an answer (VoiceXML completetimeout, incompletetimeout).
    """

    dtmf: bool = True
    speech: bool = True
    first_input_ms: Millis = 5_000
    inter_digit_ms: Millis = 3_000
    end_key: str = "#"
    complete_ms: Millis = 300
    incomplete_ms: Millis = 1_000
    open_ms: Millis = 1_200
    max_speech_ms: Millis = 60_000


@dataclass(frozen=True, slots=True)
class Expect:
    """Ask `prompt` and wait for an answer that `grammar` accepts.

    `ask` counts from 1. `confirming` is set when the question is "I heard three. Is that right?".
    `flushes_type_ahead` drops keys pressed before this question (consent, confirmation, sensitive).
    `universals` maps key sequences (`*`, `*4`) to requests; `universal_phrases` does so for words.
    `keep_audio` asks that what the caller says be kept as a recording of this answer.
    """

    step: str
    kind: str
    ask: int
    prompt: Prompt
    grammar: Grammar
    policy: Policy = Policy()
    confirming: bool = False
    optional: bool = False
    sensitive: bool = False
    flushes_type_ahead: bool = False
    keep_audio: bool = False
    universals: dict[str, Universal] = field(default_factory=dict)
    universal_phrases: dict[str, Universal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Converse:
    """Hold a conversation with the caller inside the brief's bounds, then go on by what it brought.

    `expect` says how the caller's turns are heard; its prompt opens the conversation, and where it is
    empty the model does. `lines` were said before and belong to it. `most_turns` counts the caller's turns;
    after `duration_ms` no further one is begun. `visit` numbers the conversations of a call: the same
    number after an outcome means that the same conversation goes on.
    """

    step: str
    visit: int
    expect: Expect
    brief: Brief
    most_turns: int = 6
    duration_ms: Millis = 120_000
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class TransferTo:
    """Hand the caller to another number; the flow goes on only when that fails."""

    step: str
    number: str


@dataclass(frozen=True, slots=True)
class RunErrand:
    """Have the world do something, and go on by what came of it.

    `number` counts the errands of a call from 1; the same number again is the same errand. What has not
    come of it `within_ms` counts as a timeout. `meanwhile` is said to a caller who waits.
    """

    step: str
    number: int
    errand: Errand
    within_ms: Millis = 5_000
    meanwhile: Prompt = field(default_factory=lambda: Prompt(()))


@dataclass(frozen=True, slots=True)
class End:
    """Say what the sprint still has to say, then hang up with this disposition."""

    step: str
    disposition: Disposition


Wait: TypeAlias = Expect | Converse | TransferTo | RunErrand | End


def question_of(wait: Wait | None) -> Expect | None:
    """Return how the caller is heard during this wait, or None when they do not have the floor in it."""
    match wait:
        case Expect():
            return wait
        case Converse():
            return wait.expect
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Sprint:
    """One run of the flow from an outcome to its next wait.

    `settled` holds the answers this outcome settled, in order; `path` the names of the steps entered;
    `recording` is set when the caller allowed (True) or forbade (False) recording in this sprint.
    """

    wait: Wait
    prompts: tuple[Prompt, ...] = ()
    settled: tuple[Answer, ...] = ()
    path: tuple[str, ...] = ()
    language: str = ""
    recording: bool | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """The caller gave something the grammar accepts. `raw` is the keys or the words as they came."""

    understood: Understood
    source: Source
    raw: str


@dataclass(frozen=True, slots=True)
class NoInput:
    """The caller gave nothing in time."""


@dataclass(frozen=True, slots=True)
class NoMatch:
    """The caller gave something that is no answer to this question."""

    source: Source
    raw: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """The caller passed an optional question by pressing the terminator alone."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The caller made a request that is open at every question."""

    universal: Universal


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """Nobody took the transferred call."""


@dataclass(frozen=True, slots=True)
class Conversed:
    """The conversation is over: by the named exit, or (empty) as nothing is missing or time is up."""

    exit: str = ""


@dataclass(frozen=True, slots=True)
class ConverseFailed:
    """The model failed or was too slow; `reason` is one word."""

    reason: str


@dataclass(frozen=True, slots=True)
class ErrandEnded:
    """This came of the errand."""

    result: ErrandResult


Given: TypeAlias = Heard | NoInput | NoMatch | Skipped | Asked
"""What a caller can make of a question."""

Outcome: TypeAlias = Given | TransferFailed | Conversed | ConverseFailed | ErrandEnded
