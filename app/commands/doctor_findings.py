"""What an examination is made of: checks with deadlines, and what each found; knows no check."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.session.clock import seconds

_AT_ONCE: Final = 2


class Mark(StrEnum):
    """How a check went. Only `failed` keeps calls from working as configured."""

    OK = "ok"
    NOTE = "note"
    FAILED = "failed"
    IDLE = "not configured"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report, and what to do about it; `took_ms` is how long the service took to answer.

    `is_late`: nothing is known but that time was up, so that a second look may find otherwise.
    """

    mark: Mark
    says: str
    todo: str = ""
    took_ms: int | None = None
    is_late: bool = False


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


def failed(says: str, todo: str, *, is_late: bool = False) -> Finding:
    """Say what does not work, and what to do."""
    return Finding(Mark.FAILED, says, todo, is_late=is_late)


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
    """Look at a few things at once; yield the findings in the order of the checks, as they come.

    What was late is looked at once more. More at once would wait for each other on a busy machine, and
    count that as the services' time.
    """
    places = asyncio.Semaphore(_AT_ONCE)

    async def look(check: Check) -> Finding:
        async with places:
            finding = await _look(check)
            return await _look(check) if finding.is_late else finding

    looks = [asyncio.ensure_future(look(check)) for check in checks]
    try:
        for check, looking in zip(checks, looks, strict=True):
            yield check, await looking
    finally:
        for looking in looks:
            looking.cancel()
        await asyncio.gather(*looks, return_exceptions=True)


async def _look(check: Check) -> Finding:
    try:
        async with asyncio.timeout(check.deadline_s):
            return await check.look()
    except TimeoutError:
        return failed(
            f"no answer within {check.deadline_s:g} s",
            "check the network, proxies and firewalls on the way",
            is_late=True,
        )
    except Exception as error:  # noqa: BLE001 - a check that breaks must not hide the others
        # Its own words may hold a signed address, and reports are sent to others.
        return failed(f"this check broke: {type(error).__name__}", "report this: it has no line yet")
