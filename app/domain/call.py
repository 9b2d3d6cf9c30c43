"""What a call is: its identity, its direction and the one way it ended."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NewType, TypeAlias

Millis: TypeAlias = int
"""Milliseconds on the call's own clock, which starts at 0 when the call is created."""

Value: TypeAlias = str | int | float | bool | tuple[str, ...] | None
"""What an answer or a variable can hold.

A tuple holds the values of the choices that were taken together, in the order the file lists them. A date is
its ISO form (`2026-05-03`), a moment its ISO form with the offset (`2026-05-03T15:00-04:00`): as text they
sort by time.
"""

CallId = NewType("CallId", str)


class Direction(StrEnum):
    """Who placed the call, seen from us."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Disposition(StrEnum):
    """How a call ended; every call ends with exactly one."""

    COMPLETED = "completed"
    PARTIAL = "partial"
    BREAK_OFF = "break_off"
    REFUSED = "refused"
    OPTED_OUT = "opted_out"
    INELIGIBLE = "ineligible"
    QUOTA_FULL = "quota_full"
    NO_INPUT = "no_input"
    TRANSFERRED = "transferred"
    CALLBACK = "callback"
    MACHINE = "machine"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    CANCELED = "canceled"
    INTERRUPTED = "interrupted"
    ERROR = "error"


BROWSERS: Final = "browser-"
"""What the names of browsers' calls begin with; a carrier's never do."""


@dataclass(frozen=True, slots=True)
class CallInfo:
    """What is known of a call before its first sound."""

    id: CallId
    carrier_sid: str
    flow: str
    flow_version: str
    direction: Direction
    from_number: str
    to_number: str
    variables: dict[str, Value] = field(default_factory=dict)

    @property
    def has_carrier(self) -> bool:
        """False for a call that came from a browser: no telephone line bore it."""
        return not self.carrier_sid.startswith(BROWSERS)

    @property
    def party(self) -> str:
        """The telephone number at the other end, as the carrier writes it."""
        return self.to_number if self.direction is Direction.OUTBOUND else self.from_number
