"""What the doors need from the house, handed in by whoever builds it; nothing here reads a setting."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from app.adapters.store.access import AsyncAccess
from app.adapters.store.analytics import Analyst
from app.adapters.store.async_reader import AsyncCallReader
from app.adapters.twilio.leg import CallControl
from app.domain.call import Disposition
from app.domain.languages import DEFAULT
from app.domain.rates import GROUPS, Group
from app.session.admission import Desk
from app.session.clock import utc_now
from app.session.pools import Pool
from app.session.ports import Clock, FlowShelf
from app.web.counters import Counters
from app.web.live import LiveCalls
from app.web.passes import Passes
from app.web.tries import Tries
from app.web.vitals import Vitals


@dataclass(frozen=True, slots=True)
class Page:
    """Some calls, newest first; `next_key` asks for the ones after them and is None at the end."""

    calls: Sequence[Mapping[str, Any]]
    next_key: str | None


class SomeCalls(Protocol):
    """A page as any reader gives it."""

    @property
    def calls(self) -> Sequence[Mapping[str, Any]]:
        """The calls, newest first."""
        ...

    @property
    def next_key(self) -> str | None:
        """What asks for the calls after these; None at the end."""
        ...


class CallReader(Protocol):
    """The call log as the API shows it: plain values, ready for JSON."""

    async def page(
        self, *, after: str | None, limit: int, flow: str | None, disposition: str | None
    ) -> SomeCalls:
        """Return up to `limit` calls behind the key `after`. Raises KeyError when no page has that key."""
        ...

    async def call(self, call_id: str) -> Mapping[str, Any] | None:
        """Return one call with its answers and turns, or None."""
        ...

    async def events(self, call_id: str) -> Sequence[Mapping[str, Any]] | None:
        """Return the call's journal in order, or None when there is no such call."""
        ...

    async def audio(self, call_id: str) -> Path | None:
        """Return the call's recording, or None when there is none."""
        ...


def _always_ready() -> str:
    return ""


def _nothing_broken() -> Sequence[str]:
    return ()


def _no_files() -> Sequence[Path]:
    return ()


def _no_gauges() -> Mapping[str, float]:
    return {}


@dataclass(frozen=True, slots=True)
class Doors:
    """Everything that the web floor is built from.

    `public_url` is the address under which Twilio reaches us: signatures are judged by it. `dev` lets this
    very machine in without signature or key. `control` is None where no Twilio account is set.
    """

    desk: Desk
    calls: CallReader
    flows: FlowShelf
    clock: Clock
    public_url: str
    auth_token: str = ""
    api_key: str = ""
    dev: bool = False
    default_flow: str = ""
    allowed_prefixes: tuple[str, ...] = ("+1",)
    language: str = DEFAULT.key
    control: CallControl | None = None
    shelf: AsyncCallReader | None = None
    """Stored calls for those who do more than read one; None where the console shows none."""
    access: AsyncAccess | None = None
    """Keys, sessions and the audit log; without them only `api_key` opens anything."""
    wall: Callable[[], datetime] = utc_now
    live: LiveCalls | None = None
    """Who looks on; None where nobody can."""
    passes: Passes = field(default_factory=Passes)
    tries: Tries = field(default_factory=Tries)
    """Wrong keys, counted by address for every door."""
    counters: Counters = field(default_factory=Counters)
    gauges: Callable[[], Mapping[str, float]] = _no_gauges
    histograms: Callable[[], str] = str
    """What /metrics adds, in Prometheus' text form."""
    broken_flows: Callable[[], Sequence[str]] = _nothing_broken
    """What is wrong with the files of flows, a line each."""
    flow_files: Callable[[], Sequence[Path]] = _no_files
    """The files that flows are read from, usable or not."""
    chores: Executor = field(default_factory=lambda: Pool("chores", 1))
    """The threads for what blocks and no call waits for."""
    analyst: Analyst | None = None
    """Figures over many calls; None where the console shows none."""
    rate_groups: Mapping[Disposition, Group] = field(default_factory=lambda: GROUPS)
    """Which AAPOR group a disposition counts in."""
    vitals: Callable[[], Vitals] | None = None
    """How the process fares; None where nobody measures it."""
    unready: Callable[[], str] = _always_ready
    """Why no call can be taken now, in one line; empty when ready."""
