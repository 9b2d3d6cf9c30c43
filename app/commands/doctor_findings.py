"""What an examination is made of: checks with deadlines, and what each found; knows no check."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.session.clock import seconds


class Mark(StrEnum):
    """How a check went. Only `failed` keeps calls from working as configured."""

    OK = "ok"
    NOTE = "note"
    FAILED = "failed"
    IDLE = "not configured"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report, and what to do about it; `took_ms` is how long the service took to answer."""

    mark: Mark
    says: str
    todo: str = ""
    took_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. `look` may raise anything: that is a failure, too."""

    name: str
    look: Callable[[], Awaitable[Finding]]
    deadline_s: float = 10.0


def ok(says: str, took_ms: int | None = None) -> Finding:
    """Say that it works."""
    return Finding(Mark.OK, says, took_ms=took_ms)


def note(says: str, todo: str = "") -> Finding:
    """Say what works but deserves a look."""
    return Finding(Mark.NOTE, says, todo)


def failed(says: str, todo: str) -> Finding:
    """Say what does not work, and what to do."""
    return Finding(Mark.FAILED, says, todo)


def idle(why: str) -> Finding:
    """Say why there is nothing to look at."""
    return Finding(Mark.IDLE, why)


class Stopwatch:
    """Measures since it was made."""

    def __init__(self) -> None:
        self._began = seconds()

    @property
    def ms(self) -> int:
        """Whole milliseconds so far."""
        return round((seconds() - self._began) * 1_000)


async def examine(checks: Sequence[Check]) -> AsyncIterator[tuple[Check, Finding]]:
    """Look at everything at once; yield the findings in the order of the checks, as they come."""
    looks = [asyncio.ensure_future(_look(check)) for check in checks]
    try:
        for check, look in zip(checks, looks, strict=True):
            yield check, await look
    finally:
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)


async def _look(check: Check) -> Finding:
    try:
        async with asyncio.timeout(check.deadline_s):
            return await check.look()
    except TimeoutError:
        return failed(
            f"no answer within {check.deadline_s:g} s", "check the network, proxies and firewalls on the way"
        )
    except Exception as error:  # noqa: BLE001 - a check that breaks must not hide the others
        # Its own words may hold a signed address, and reports are sent to others.
        return failed(f"this check broke: {type(error).__name__}", "report this: it has no line yet")
