"""The states a call can be in, one value each; every live one says until when it may last.

`TRANSITIONS` is the whole picture; the diagram in docs/design.md is drawn from it.
"""

from dataclasses import dataclass
from typing import TypeAlias

from app.domain.call import Disposition, Millis


@dataclass(frozen=True, slots=True)
class Ringing:
    """No media yet, or no media any more: the caller may come (back) until `until`."""

    until: Millis


@dataclass(frozen=True, slots=True)
class Prompting:
    """The bot speaks. `barge_at` is when the voice now heard will have lasted long enough to interrupt."""

    play: int
    until: Millis
    started: bool = False
    barge_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class Listening:
    """The line is quiet and it is the caller's turn; at `until` it counts as no input."""

    until: Millis


@dataclass(frozen=True, slots=True)
class Hearing:
    """The caller makes sound, or has just ceased; `until` is when the turn is judged next.

    `no_input_at` is the first-input timer that the sound holds; None when the sound cut a prompt.
    """

    until: Millis
    no_input_at: Millis | None


@dataclass(frozen=True, slots=True)
class Keying:
    """The caller presses keys; at `until` what was pressed counts as the entry."""

    keys: str
    until: Millis


@dataclass(frozen=True, slots=True)
class Deciding:
    """An answer is being made durable; the flow goes on once record `record` is committed."""

    record: int
    until: Millis


@dataclass(frozen=True, slots=True)
class Thinking:
    """A model was asked by order `ask` and nobody speaks; at `until` it is too slow.

    Without an order (0) it is only to be decided, at once, whose turn it is in a conversation.
    """

    ask: int
    until: Millis


@dataclass(frozen=True, slots=True)
class Running:
    """The flow's errand `number` is being run and nobody speaks; at `until` it is looked after."""

    number: int
    until: Millis


@dataclass(frozen=True, slots=True)
class Transferring:
    """The carrier has been asked to hand the caller over; their stream is still up."""

    until: Millis


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The caller has no stream: they hear the other number ring, or talk to whoever took the call.

    A number that nobody takes has been reported by `rings_until`. `is_certain` says that the carrier
    took the stream away; otherwise it may have been lost. `has_left` waits for the outcome alone.
    """

    until: Millis
    rings_until: Millis
    is_certain: bool
    has_left: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """The last words are being spoken; then the call ends with `disposition`."""

    play: int
    disposition: Disposition
    cause: str
    until: Millis


@dataclass(frozen=True, slots=True)
class Ended:
    """Over. Nothing changes any more."""

    disposition: Disposition


State: TypeAlias = (
    Ringing
    | Prompting
    | Listening
    | Hearing
    | Keying
    | Deciding
    | Thinking
    | Running
    | Transferring
    | HandedOver
    | Closing
    | Ended
)

TRANSITIONS: dict[type, dict[type, str]] = {
    Ringing: {
        Prompting: "answered",
        Listening: "nothing to say",
        Keying: "keys typed ahead",
        Deciding: "flow settles by itself",
        Transferring: "nothing to say",
        Thinking: "the model opens",
        Running: "nothing to say",
        Closing: "last words",
    },
    Prompting: {
        Prompting: "next prompt",
        Listening: "prompt ended",
        Hearing: "voice interrupts",
        Keying: "key interrupts",
        Deciding: "answer given",
        Transferring: "prompt ended",
        Thinking: "words for the model",
        Running: "prompt ended",
        Closing: "last words",
        Ringing: "stream lost",
    },
    Listening: {
        Hearing: "voice",
        Keying: "key",
        Prompting: "no input",
        Deciding: "given up, conversation over",
        Thinking: "conversation over, the model opens the next",
        Transferring: "conversation over",
        Running: "conversation over",
        Closing: "last words",
        Ringing: "stream lost",
    },
    Hearing: {
        Hearing: "more voice",
        Listening: "only noise",
        Prompting: "false alarm, no match",
        Keying: "key",
        Deciding: "answer given",
        Thinking: "words for the model",
        Closing: "last words",
        Ringing: "stream lost",
        Transferring: "operator asked for",
        Running: "no further call asked for",
    },
    Keying: {
        Keying: "next key",
        Thinking: "repeat, of what was not said yet",
        Prompting: "no match, repeat, help",
        Deciding: "answer given",
        Closing: "last words",
        Ringing: "stream lost",
        Transferring: "operator asked for",
        Running: "no further call asked for",
    },
    Deciding: {
        Prompting: "committed",
        Keying: "committed, keys typed ahead",
        Listening: "committed",
        Transferring: "committed",
        Thinking: "committed, the model opens",
        Running: "committed",
        Closing: "committed, or not",
        Ringing: "stream lost",
    },
    Thinking: {
        Thinking: "asked once more",
        Prompting: "first sentence",
        Listening: "interrupted",
        Hearing: "caller goes on",
        Keying: "key",
        Deciding: "value found, conversation over",
        Transferring: "conversation over",
        Running: "conversation over",
        Closing: "last words",
        Ringing: "stream lost",
    },
    Running: {
        Running: "next errand",
        Prompting: "done, or it takes a moment",
        Listening: "done",
        Keying: "done, keys typed ahead",
        Deciding: "done, brought answers",
        Thinking: "done, the model opens",
        Transferring: "done",
        Closing: "last words",
        Ringing: "stream lost",
    },
    Transferring: {
        HandedOver: "stream over",
        Prompting: "refused",
        Closing: "last words",
        Listening: "refused",
        Deciding: "flow settles by itself",
        Thinking: "refused",
        Running: "refused",
    },
    HandedOver: {
        Ringing: "nobody took it",
        Prompting: "caller is back",
        Closing: "last words",
        Listening: "caller is back",
        Deciding: "flow settles by itself",
        Transferring: "nothing to say",
        Thinking: "caller is back",
        Running: "caller is back",
    },
    Closing: {Ringing: "stream lost"},
    Ended: {},
}
"""From -> to -> why. Every live state may also go to Ended: hang-up, deadline, time is up."""


def diagram() -> str:
    """Draw `TRANSITIONS` as a Mermaid state diagram: the one in docs/design.md."""
    lines = ["stateDiagram-v2", "    [*] --> Ringing"]
    for source, targets in TRANSITIONS.items():
        lines += [
            f"    {source.__name__} --> {target.__name__}: {why}"
            for target, why in targets.items()
            if target is not source
        ]
    lines += ["    Closing --> Ended: heard, or too late", "    Ended --> [*]"]
    return "\n".join(lines)
