"""The ports of a live call: what the shell needs from the outside, as protocols.

Adapters implement these and import nothing else of the session floor. All methods are called on the
event loop's thread; none may block it.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from app.domain.call import CallId, CallInfo, Disposition, Millis
from app.domain.conversation import Conversation, Extraction, Guess, Inquiry
from app.domain.errands import Errand
from app.domain.speech import Hints, SpeechEdge, Utterance
from app.engine.actions import Order
from app.engine.events import Fact, ProviderReported
from app.flows.model import Flow

Post = Callable[[Fact], None]
"""Hands a fact to the call's inbox. Never blocks, never raises; after the call ended it does nothing."""


class Timer(Protocol):
    """A scheduled callback."""

    def cancel(self) -> None:
        """Forget the callback; harmless when it has already run."""
        ...


class Clock(Protocol):
    """The process's monotonic clock. Tests give a virtual one."""

    def now(self) -> Millis:
        """Milliseconds since an arbitrary start; never goes back."""
        ...

    def call_at(self, at: Millis, callback: Callable[[], None]) -> Timer:
        """Run `callback` on the loop once `now() >= at`."""
        ...


class Carrier(Protocol):
    """One call's leg at the carrier: a line that takes mu-law audio and plays it in order."""

    def send_audio(self, mulaw: bytes) -> None:
        """Queue 8 kHz mu-law audio of any length behind what is queued already."""
        ...

    def send_mark(self, name: str) -> None:
        """Ask to be told (`Line.mark`) once everything sent before has been played, or was flushed."""
        ...

    def clear(self) -> None:
        """Drop everything queued and not yet played. Outstanding marks come back, meaning "flushed"."""
        ...

    async def hang_up(self) -> None:
        """End the call at the carrier, then close the line. Idempotent; never raises."""
        ...

    async def close(self) -> None:
        """Close our end of the line and leave the call, which somebody else may own, alone. Never raises."""
        ...

    async def transfer(self, to: str) -> bool:
        """Redirect the caller to another number. False when the carrier refused."""
        ...


class DialError(Exception):
    """The carrier placed no call; one line says why."""


class Dialer(Protocol):
    """Places calls at the carrier."""

    async def dial(self, to: str, call_id: CallId) -> str:
        """Place one call, never twice, and return the carrier's name for it. Raises DialError."""
        ...


class VoiceDetector(Protocol):
    """Hears where voice begins and ceases on one line."""

    def feed(self, pcm16: bytes, at: Millis) -> SpeechEdge | None:
        """Take 8 kHz audio of any length that ends at `at`; say whether voice just began or ceased."""
        ...

    def set_echo(self, level_dbfs: float | None) -> None:
        """Expect the bot's own voice back, which is this loud just now; None when it is silent."""
        ...

    def mute(self, until: Millis) -> None:
        """Take nothing before `until` for voice: a key's tone is on the line."""
        ...


class TranscriberTurn(Protocol):
    """One turn of recognition."""

    def feed(self, pcm16: bytes) -> None:
        """Take 8 kHz signed 16-bit little-endian mono audio of any length. Returns at once."""
        ...

    def speech_ended(self) -> None:
        """Say that voice ceased: an engine that decodes in one piece gives its final now."""
        ...

    def close(self) -> None:
        """Recognise no more; facts already under way may still arrive and are ignored by number."""
        ...


class CallTranscriber(Protocol):
    """Speech to text for one call."""

    def open(self, turn: int, hints: Hints) -> TranscriberTurn:
        """Begin a turn; posts PartialTranscript, FinalTranscript and TranscriberFailed with its number."""
        ...

    def close(self) -> None:
        """Let go of what is held for this call; posts nothing more."""
        ...


class Transcriber(Protocol):
    """Speech to text. One object serves the whole process."""

    @property
    def is_continuous(self) -> bool:
        """True for an engine that hears a running stream: an open turn is fed silence, too."""
        ...

    def join(self, expecting: Hints, post: Post) -> CallTranscriber:
        """Begin a call, whose first turn will likely expect this; may connect ahead. Returns at once."""
        ...


class SynthesisError(Exception):
    """The engine could not speak this text; the message says why, in one line, without the text.

    `reason` is one word: timeout, throttled, unavailable, refused (this text; asking again is in vain),
    denied (we are, whatever is asked), error.
    """

    def __init__(self, message: str, *, reason: str = "error") -> None:
        super().__init__(message)
        self.reason = reason


class Synthesizer(Protocol):
    """Text to speech. One object serves the whole process."""

    def identity(self, utterance: Utterance) -> str:
        """Name what besides the text decides the sound (engine, version, voice): part of the cache's key."""
        ...

    def synthesize(self, utterance: Utterance) -> AsyncIterator[bytes]:
        """Yield 8 kHz mu-law audio as it becomes ready. Raises SynthesisError. Safe to cancel."""
        ...


class PatientSynthesizer(Synthesizer, Protocol):
    """A voice for what is made ahead of calls: its requests let those of calls go first."""

    def hurry(self, utterance: Utterance) -> None:
        """A call waits for this one now: let its request, if it waits for its turn, wait like a call's."""
        ...


Report = Callable[[ProviderReported], None]
"""Takes what a provider did for one call into that call's log. Never raises."""


@runtime_checkable
class ReportingSynthesizer(Synthesizer, Protocol):
    """A synthesizer that has things to tell of its work for a call: retries, and who else had to speak."""

    def synthesize_for(self, utterance: Utterance, report: Report) -> AsyncIterator[bytes]:
        """Do as `synthesize` does, and tell."""
        ...


class ResponderError(Exception):
    """The responder brings nothing (more); the message is one of the words of ResponderFailed."""


class Responder(Protocol):
    """A model that holds conversations. One object serves the whole process.

    Every method raises ResponderError and nothing else; cancelled, it stops the work at its source.
    """

    def reply(self, conversation: Conversation, report: Report) -> AsyncIterator[str]:
        """Yield the bot's next line in pieces as they come: words for the ear and nothing else.

        The first piece comes with the first word; it is empty where the words behind it are held back. A
        further empty one tells that another model took the place of one whose words were held back.
        """
        ...

    async def extract(self, conversation: Conversation, report: Report) -> Extraction:
        """Return what the conversation has brought; values are unchecked."""
        ...

    async def interpret(self, inquiry: Inquiry, report: Report) -> Guess:
        """Return which allowed value the words mean, or none of them."""
        ...


class PromptSource(Protocol):
    """Synthesis behind a content-addressed cache: what the speaker plays from."""

    def ready(self, utterance: Utterance) -> bytes | None:
        """Return the whole utterance as mu-law when it lies in memory; never waits."""
        ...

    def stream(self, utterance: Utterance, report: Report) -> AsyncIterator[bytes]:
        """Yield mu-law audio as it becomes ready, keeping it unless sensitive. Raises SynthesisError.

        `report` is told what was synthesised for this call, and when another voice had to stand in.
        """
        ...

    async def warm(self, utterances: Sequence[Utterance]) -> int:
        """Make these ready, a few at a time; return how many could not be spoken. Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call as the log holds it: enough to restore it, and the flow exactly as it began with it."""

    info: CallInfo
    epoch: int
    resumes: int
    disposition: Disposition | None
    flow_source: str
    flow_sha256: str
    entries: tuple[tuple[Millis, Fact], ...]


class CallLog(Protocol):
    """Where the journal goes. Writes are ordered per call, and fenced: a stale `epoch` writes nothing."""

    async def open(self, info: CallInfo, flow: Flow) -> None:
        """Create the call with epoch 0 and freeze its flow. Raises LogError."""
        ...

    def append(
        self,
        call: CallId,
        *,
        epoch: int,
        seq: int,
        at: Millis,
        fact: Fact,
        orders: Sequence[Order],
        sensitive: bool,
    ) -> None:
        """Queue one journal line (the fact and the orders it led to); on disk at the latest after 200 ms.

        A `sensitive` line's fact is stored sealed (encrypted), its orders with the values masked.
        """
        ...

    async def commit(self, call: CallId) -> None:
        """Return once every line appended so far for this call is durable. Raises LogError or StaleEpoch."""
        ...

    async def claim(self, carrier_sid: str, epoch: int) -> bool:
        """Compare-and-set the owner's epoch from `epoch` to `epoch + 1`; False when another was first."""
        ...

    async def load(self, carrier_sid: str) -> StoredCall | None:
        """Return the call with its whole journal, or None."""
        ...

    async def unfinished(self) -> Sequence[str]:
        """Return the carrier's names of all calls that have no disposition yet. Raises LogError."""
        ...

    async def add_recording(self, call: CallId, path: str, *, kind: str = "call", slot: str = "") -> None:
        """Note where audio of this call lies, from the data directory; twice is once. Raises LogError."""
        ...

    async def finish(self, call: CallId, epoch: int, disposition: Disposition, cause: str) -> None:
        """Write the call's end, once; a second finish changes nothing."""
        ...


class Errands(Protocol):
    """Runs what flows ask of the world. One object serves the whole process."""

    def begin(self, call: CallInfo, number: int, errand: Errand, post: Post) -> None:
        """Run this errand of the call; posts one ErrandDone. Returns at once; never raises.

        The same number of the same call is the same errand: it is done once, and its first result told
        again. It goes on when the call ends.
        """
        ...


class FlowShelf(Protocol):
    """The flows that calls can be held by."""

    def names(self) -> Sequence[str]:
        """Return the names of all flows, in the order a person would read them."""
        ...

    def get(self, name: str) -> Flow | None:
        """Return the flow of this name as it is now, or None."""
        ...

    def compile(self, source: str) -> Flow:
        """Return the flow that a stored call began with, from its text."""
        ...


class LogError(Exception):
    """The log could not be written; one line says why."""


class StaleEpoch(LogError):  # noqa: N818 - the fencing literature's word
    """Somebody else owns this call now; stop working on it."""
