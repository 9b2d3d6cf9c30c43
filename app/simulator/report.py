"""What happened on a simulated call, as the caller and Twilio's debugger would tell it."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table

from app.simulator.line import FRAME_BYTES, FRAME_MS, SAMPLES_PER_MS, Underrun, is_audible, wav
from app.simulator.wire import Violation

LONG_SILENCE_MS = 10_000
"""A line on which nobody is heard for longer than this is broken (dialogue-rules.md, rule 9)."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, on the call's clock. `kind` is one word."""

    at_ms: int
    kind: str
    text: str = ""


@dataclass(slots=True)
class Act:
    """One thing the caller did and how the server took it. Times are on the call's clock.

    `ended_ms` is the last key, or the end of the voice in the caller's speech; the response is the first
    audible audio that came after it: when it arrived and when it began to be heard.
    """

    kind: str
    text: str
    began_ms: int
    ended_ms: int
    interrupted: bool = False
    cleared_ms: int | None = None
    response_arrived_ms: int | None = None
    response_heard_ms: int | None = None

    @property
    def response_latency_ms(self) -> int | None:
        """From the end of the act to the arrival of the first audible audio."""
        return None if self.response_arrived_ms is None else self.response_arrived_ms - self.ended_ms

    @property
    def heard_latency_ms(self) -> int | None:
        """From the end of the act to the first sound in the caller's ear."""
        return None if self.response_heard_ms is None else self.response_heard_ms - self.ended_ms

    @property
    def barge_in_ms(self) -> int | None:
        """From the first key or the voice's onset to the server's `clear`."""
        return None if self.cleared_ms is None else self.cleared_ms - self.began_ms


@dataclass(frozen=True, slots=True)
class MarkSeen:
    """One mark: `played`, `flushed` by a clear, or `lost` with its stream."""

    name: str
    at_ms: int
    fate: str


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which neither side was heard."""

    at_ms: int
    length_ms: int


@dataclass(slots=True)
class CallReport:
    """One call. `end` is how: `server_hung_up`, `caller_hung_up`, `document_ended`, `rejected`, ..."""

    call_sid: str
    caller: str
    direction: str
    answered: bool = False
    end: str = ""
    duration_ms: int = 0
    failure: str = ""
    steps_left: int = 0
    streams: int = 0
    transferred_to: str = ""
    acts: list[Act] = field(default_factory=list)
    marks: list[MarkSeen] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    underruns: list[Underrun] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)
    longest_silence_ms: int = 0
    happenings: list[Happening] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    heard: bytes = field(default=b"", repr=False)
    said: bytes = field(default=b"", repr=False)

    @property
    def ok(self) -> bool:
        """Whether the script ran to its end, nothing failed and no rule of the wire was broken."""
        return not (self.failure or self.steps_left or self.violations)

    def save_audio(self, folder: Path) -> dict[str, str]:
        """Write what the caller heard, and both sides on two channels (caller left, bot right)."""
        folder.mkdir(parents=True, exist_ok=True)
        heard, both = folder / f"{self.call_sid}-heard.wav", folder / f"{self.call_sid}-both.wav"
        heard.write_bytes(wav([self.heard]))
        both.write_bytes(wav([self.said, self.heard]))
        self.files |= {"heard": str(heard), "both": str(both)}
        return self.files

    def as_dict(self) -> dict[str, Any]:
        """Everything but the audio, with the derived figures, as plain values."""
        plain = asdict(self)
        del plain["heard"], plain["said"]
        for act, values in zip(self.acts, plain["acts"], strict=True):
            values |= {
                "response_latency_ms": act.response_latency_ms,
                "heard_latency_ms": act.heard_latency_ms,
                "barge_in_ms": act.barge_in_ms,
            }
        return plain | {"ok": self.ok}

    def as_json(self) -> str:
        """`as_dict` as one JSON document."""
        return json.dumps(self.as_dict(), indent=2)

    def table(self) -> Table:
        """The caller's acts with the server's reactions, for a terminal."""
        table = Table(title=f"{self.caller}: what the line measured", title_justify="left")
        for column in ("at", "the caller", "stopped after", "answer arrived after", "answer heard after"):
            table.add_column(column, justify="left" if column == "the caller" else "right")
        for act in self.acts:
            table.add_row(
                f"{act.began_ms / 1000:.1f} s",
                f"{act.kind} {act.text}" + (" (interrupting)" if act.interrupted else ""),
                _ms(act.barge_in_ms),
                _ms(act.response_latency_ms),
                _ms(act.heard_latency_ms),
            )
        return table

    def summary(self) -> list[str]:
        """The rest of the report, a line each."""
        fates = [mark.fate for mark in self.marks]
        lines = [
            f"End: {self.end} after {self.duration_ms / 1000:.1f} s",
            f"Longest silence: {self.longest_silence_ms / 1000:.1f} s",
            "Marks: " + ", ".join(f"{fates.count(fate)} {fate}" for fate in ("played", "flushed", "lost")),
            f"Gaps inside a sentence: {len(self.underruns)}",
        ]
        lines += [
            f"Silent for {s.length_ms / 1000:.1f} s from {s.at_ms / 1000:.1f} s on" for s in self.silences
        ]
        lines += [f"Protocol {v.code} at {v.at_ms / 1000:.1f} s: {v.text}" for v in self.violations]
        if self.failure:
            lines.append(f"Failed: {self.failure}")
        if self.steps_left:
            lines.append(f"The call ended with {self.steps_left} of the caller's steps left to do")
        return lines


def _ms(value: int | None) -> str:
    return "-" if value is None else f"{value} ms"


def silences(tracks: list[bytes], at_least_ms: int = LONG_SILENCE_MS) -> tuple[list[Silence], int]:
    """The stretches of at least `at_least_ms` without a sound on any track, and the longest of any length."""
    length = max((len(track) for track in tracks), default=0)
    found: list[Silence] = []
    longest, began = 0, 0
    for offset in range(0, length + FRAME_BYTES, FRAME_BYTES):
        loud = any(is_audible(track[offset : offset + FRAME_BYTES]) for track in tracks)
        if not loud and offset < length:
            continue
        quiet_ms = (min(offset, length) - began) // SAMPLES_PER_MS
        longest = max(longest, quiet_ms)
        if quiet_ms >= at_least_ms:
            found.append(Silence(began // SAMPLES_PER_MS, quiet_ms))
        began = offset + FRAME_MS * SAMPLES_PER_MS
    return found, longest
