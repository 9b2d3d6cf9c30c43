"""What the doors ask of the desk, and its answers; knows neither HTTP nor any carrier's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from app.domain.call import CallId, Direction, Disposition, Value
from app.session.ports import Carrier

if TYPE_CHECKING:
    from app.session.held import Held


@dataclass(frozen=True, slots=True)
class Ready:
    """A line is kept for this call: its stream may come with this token, once, within 60 s."""

    token: str
    call_id: CallId
    epoch: int


@dataclass(frozen=True, slots=True)
class Busy:
    """No line is free, or the process takes no more calls."""


@dataclass(frozen=True, slots=True)
class UnknownFlow:
    """No flow has this name; these have one."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownVariables:
    """The flow has no variables of these names; it has those in `known`."""

    names: tuple[str, ...]
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Barred:
    """This number is on the do-not-call list."""


@dataclass(frozen=True, slots=True)
class Finished:
    """This call has ended already, or was never known."""


@dataclass(frozen=True, slots=True)
class Exhausted:
    """This call was resumed too often; it ends as `interrupted`."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """This call's caller is with a number they were handed over to, of which the carrier will tell."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The carrier took the order to call; `carrier_sid` is its name for the call."""

    call_id: CallId
    carrier_sid: str


Admission: TypeAlias = Ready | Busy | Finished | UnknownFlow
Resumption: TypeAlias = Ready | Finished | Exhausted | Elsewhere
Placement: TypeAlias = Placed | Barred | Busy | UnknownFlow | UnknownVariables


class LiveCall(Protocol):
    """One call's session as its media socket sees it. Nothing here blocks or raises but `run`."""

    def audio(self, mulaw: bytes, timestamp_ms: int) -> None:
        """Take caller audio of any length; `timestamp_ms` is the carrier's clock since the stream's start."""
        ...

    def digit(self, digit: str) -> None:
        """Take one key."""
        ...

    def mark(self, name: str) -> None:
        """Take the echo of a mark: played, or flushed by our own clear."""
        ...

    def stopped(self) -> None:
        """Take the carrier's word that the stream ended."""
        ...

    def lost(self) -> None:
        """Take that the socket closed without such a word."""
        ...

    async def run(self) -> Disposition | None:
        """Carry the call until it ended, or until this process no longer owns it (None)."""
        ...


class Desk(Protocol):
    """Where calls are admitted, resumed, connected and placed."""

    async def admit(
        self,
        *,
        carrier_sid: str,
        flow_name: str,
        direction: Direction,
        from_number: str,
        to_number: str,
        variables: Mapping[str, Value],
        call_id: CallId | None = None,
    ) -> Admission:
        """Keep a line; asked again for a `carrier_sid`, give the same answer while its token is unused.

        An empty `flow_name` means the default one, or with `call_id` the one the call was placed with.
        """
        ...

    async def resume(self, carrier_sid: str, epoch: int) -> Resumption:
        """Take over a call whose stream ended under `epoch`; duplicates get the same answer."""
        ...

    async def transfer_ended(
        self, carrier_sid: str, epoch: int, *, taken: bool, has_left: bool
    ) -> Resumption:
        """Take how a transfer ended that was ordered under `epoch`; duplicates get the same answer.

        `has_left` says that the caller has hung up.
        """
        ...

    async def connect(self, token: str, carrier_sid: str, carrier: Carrier) -> LiveCall | None:
        """Spend the token and start the session; None when it is unknown, used, expired or another call's."""
        ...

    def held(self, call_id: CallId) -> "Held | None":
        """Return the call of this name while this process answers for it."""
        ...

    async def place(self, to: str, flow: str, variables: Mapping[str, Value]) -> Placement:
        """Have the carrier call this number. Raises DialError."""
        ...

    async def status(self, carrier_sid: str, status: str, sequence: int) -> None:
        """Take the carrier's last word on a call: completed, busy, no-answer, failed or canceled."""
        ...

    async def amd(self, carrier_sid: str, answered_by: str) -> None:
        """Take who answered: human, machine_start, machine_end_beep, fax, unknown and the like."""
        ...
