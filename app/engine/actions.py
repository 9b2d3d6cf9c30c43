"""Orders: what the engine asks of the shell around it, in the imperative."""

from dataclasses import dataclass, field
from typing import TypeAlias

from app.domain.answers import Answer
from app.domain.call import Disposition, Millis
from app.domain.conversation import Conversation, Inquiry
from app.domain.errands import Errand
from app.domain.speech import Hints, Prompt, Utterance


@dataclass(frozen=True, slots=True)
class Play:
    """Speak this prompt. Answered by PromptStarted, then PromptEnded, PromptCut or SynthesizerFailed.

    An `is_open` one ends only after an Extend that is the last.
    """

    play: int
    prompt: Prompt
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Extend:
    """Speak these behind what the open play has already; after the last one it may end."""

    play: int
    utterances: tuple[Utterance, ...]
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class StopPlayback:
    """Silence the line now. Answered at once by PromptCut."""

    play: int


@dataclass(frozen=True, slots=True)
class Listen:
    """Recognise what the caller says from now on (with pre-roll), as this turn.

    A `sensitive` turn is neither recorded nor transcribed into any log. `keep_audio` names the slot
    whose answer is kept as audio, or is empty.
    """

    turn: int
    hints: Hints
    sensitive: bool = False
    keep_audio: str = ""


@dataclass(frozen=True, slots=True)
class StopListening:
    """Recognise no more for this turn; `keep` says that its audio is an answer and must be stored."""

    turn: int
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Have the model say the bot's next line. Answered by ReplyStarted, ReplySentence ..., ReplyEnded.

    ResponderFailed may take the place of each.
    """

    ask: int
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Extract:
    """Find what the conversation has brought. Answered by Extracted or ResponderFailed."""

    ask: int
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Interpret:
    """Find which allowed value the words mean. Answered by Interpreted or ResponderFailed."""

    ask: int
    inquiry: Inquiry


@dataclass(frozen=True, slots=True)
class StopAsking:
    """Nobody waits for this order's answer any more: stop it at its source."""

    ask: int


@dataclass(frozen=True, slots=True)
class TurnTaken:
    """One exchange: what was asked, what the caller heard of it, what they gave and what it meant.

    `barged_in` says that the caller interrupted the prompt by a key, a word or a request; `false_alarms`
    counts the noises that cut it and came to nothing, which interrupt nobody.
    `latency_ms` names each stage that took time: `end_of_turn` (voice ceased -> turn closed; of keys the last
    one -> turn closed, where a next one was waited for), `recognition` (voice ceased -> words),
    `interpretation` (model asked -> value), `first_token` and `first_sentence` (model asked -> first word,
    first whole sentence), `first_audio` (turn closed -> next sound on the line), `total` (last key or
    voice's end -> next sound). `providers` names who served it: `stt` the words, `llm` what they mean or the
    reply, `tts` that sound (`cache` when it was there already).
    """

    turn: int
    step: str
    kind: str
    prompt: str
    heard: str
    input: str
    source: str
    understood: str
    outcome: str
    barged_in: bool
    false_alarms: int
    asked_at: Millis
    prompt_ended_at: Millis | None
    answered_at: Millis
    latency_ms: dict[str, Millis] = field(default_factory=dict)
    providers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnswerGiven:
    """A settled answer with its times."""

    turn: int
    answer: Answer
    prompt_started_at: Millis
    prompt_ended_at: Millis | None
    answered_at: Millis
    latency_ms: Millis


@dataclass(frozen=True, slots=True)
class StepsEntered:
    """The flow went through these steps, in order."""

    steps: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class RecordingDecided:
    """The caller allowed or forbade recording."""

    allowed: bool


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The call's one disposition."""

    disposition: Disposition
    cause: str


Entry: TypeAlias = TurnTaken | AnswerGiven | StepsEntered | RecordingDecided | CallEnded


@dataclass(frozen=True, slots=True)
class Record:
    """Write this to the call's log. A `durable` one is answered by Recorded or RecordFailed."""

    record: int
    entry: Entry
    durable: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Run this errand. Answered by ErrandDone. The same number again, after a loss, is the same errand."""

    number: int
    errand: Errand


@dataclass(frozen=True, slots=True)
class Transfer:
    """Hand the caller to this number. Answered by TransferEnded or LegEnded."""

    to: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call; the one and last order of every call."""

    disposition: Disposition


Order: TypeAlias = (
    Play
    | Extend
    | StopPlayback
    | Listen
    | StopListening
    | Ask
    | Extract
    | Interpret
    | StopAsking
    | Record
    | Run
    | Transfer
    | HangUp
)
