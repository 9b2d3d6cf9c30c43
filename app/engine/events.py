"""Facts: what happened on a call, in the past tense. The call log is made of these.

Every fact that answers an order carries that order's number (`play`, `turn`, `ask`, `record`,
`errand`); an old number changes nothing. Fields are plain values, so a fact survives JSON.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from app.domain.call import Value


@dataclass(frozen=True, slots=True)
class LegAnswered:
    """The media stream is up. A second one, with a higher `epoch`, is a call resumed after a loss.

    `utc` is what the wall's clock showed, in ISO 8601; empty where nobody looked. No race hangs on it.
    """

    epoch: int = 0
    utc: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class LegEnded:
    """The carrier says the call is over.

    `hangup`, `completed`, `busy`, `no_answer`, `failed`, `canceled` or `machine`.
    """

    cause: str


@dataclass(frozen=True, slots=True)
class StreamLost:
    """The media socket closed without a `stop`; the caller may still be on the line."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Voice began `voiced_ms` before this fact."""

    voiced_ms: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """Voice ceased `silence_ms` before this fact."""

    silence_ms: int


@dataclass(frozen=True, slots=True)
class PartialTranscript:
    """The recogniser's present guess at the words since its last final; replaces the guess before."""

    turn: int
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class FinalTranscript:
    """The recogniser's last word on one segment; later speech makes a new segment."""

    turn: int
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class TextTyped:
    """The caller wrote this instead of saying it: exact, whole, and sent by their own hand."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """One key: `0`-`9`, `*` or `#`."""

    digit: str


@dataclass(frozen=True, slots=True)
class PromptStarted:
    """The first audio of this play left for the line. `cached` says that it waited for no synthesis."""

    play: int
    cached: bool


@dataclass(frozen=True, slots=True)
class PromptEnded:
    """Every sound of this play was heard: its last mark came back unflushed.

    It `is_proven` unless that mark was lost: then the time the sound takes has passed, and that is all.
    """

    play: int
    is_proven: bool = True


@dataclass(frozen=True, slots=True)
class PromptCut:
    """This play was stopped.

    `utterances` were heard whole; `heard_text` is all that was heard, to the word.
    """

    play: int
    utterances: int
    heard_text: str
    heard_ms: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """The durable record with this number is committed."""

    record: int


@dataclass(frozen=True, slots=True)
class RecordFailed:
    """The durable record with this number could not be committed."""

    record: int


@dataclass(frozen=True, slots=True)
class TranscriberFailed:
    """The recogniser gave up on this turn; keys still work.

    `reason` is one word: busy, timeout, error, unsupported, unavailable (it is left alone for a while).
    """

    turn: int
    reason: str


@dataclass(frozen=True, slots=True)
class SynthesizerFailed:
    """This play could not be spoken to its end."""

    play: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """The first word of the reply with this number arrived from the model, or from one in its place."""

    ask: int


@dataclass(frozen=True, slots=True)
class ReplySentence:
    """The `n`-th sentence of a reply is whole; they come in order, counted from 0."""

    ask: int
    n: int
    text: str


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """The reply is complete: no further sentence comes."""

    ask: int


@dataclass(frozen=True, slots=True)
class Extracted:
    """What the conversation up to this order has brought, unchecked; `exit` names a way out, or is empty."""

    ask: int
    values: dict[str, Value]
    exit: str = ""


@dataclass(frozen=True, slots=True)
class Interpreted:
    """Which allowed value the words mean, unchecked; None when they mean none of them."""

    ask: int
    value: Value = None
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class ResponderFailed:
    """The order with this number brings nothing (more).

    `reason` is one word: timeout, throttled, refused, denied, error, garbled, unavailable.
    """

    ask: int
    reason: str


@dataclass(frozen=True, slots=True)
class ProviderReported:
    """A provider did something worth counting; it changes nothing in the call but who its turns name.

    `service` is stt, llm or tts. `event` is one word: served (`detail` is its name, until another served),
    used, retried, reopened, mute, fell_back, failed, refused. `detail` is one line without personal data;
    `amount` counts `unit` (ms, characters, input_tokens, output_tokens).
    """

    service: str
    event: str
    detail: str = ""
    amount: int = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ErrandDone:
    """This came of the errand with this number: as an ErrandResult says it."""

    errand: int
    ok: bool
    reason: str = ""
    values: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TransferEnded:
    """The transferred call came back: `completed` when somebody took it."""

    completed: bool


@dataclass(frozen=True, slots=True)
class OperatorCommand:
    """An operator or the process itself asks: `hang_up`, `interrupt`, `error` (a fault of the program).

    `interrupt_prompt` silences the bot, whatever it says, and gives the floor to the caller. `transfer`
    hands the caller over to the number in `argument`.
    """

    command: str
    argument: Value = None


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The call's next deadline is due."""


Fact: TypeAlias = (
    LegAnswered
    | LegEnded
    | StreamLost
    | SpeechStarted
    | SpeechEnded
    | PartialTranscript
    | FinalTranscript
    | TextTyped
    | DigitPressed
    | PromptStarted
    | PromptEnded
    | PromptCut
    | Recorded
    | RecordFailed
    | TranscriberFailed
    | SynthesizerFailed
    | ReplyStarted
    | ReplySentence
    | ReplyEnded
    | Extracted
    | Interpreted
    | ResponderFailed
    | ProviderReported
    | ErrandDone
    | TransferEnded
    | OperatorCommand
    | DeadlinePassed
)
