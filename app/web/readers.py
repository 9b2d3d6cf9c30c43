"""Who looks on at live calls: each one's queue, and how many there may be; knows no call.

One person has so many streams, so that nobody takes the view from all others. Beside them a place is kept for
whoever began a browser's call: what is said in one's own call is shown however many look on.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from app.domain.call import CallId, Millis

MOST_WAITING: Final = 500
"""Events that a slow reader may be behind."""

MOST_READERS: Final = 100
MOST_OF_ONE: Final = 20
"""Streams of one person; a browser opens fewer, but a person may have several, and programs."""

MOST_OF_OWN: Final = 2
"""Kept places at one's own call: a page that is loaded again meets the stream of the one before."""


class TooManyReaders(Exception):  # noqa: N818 - says how it is
    """No further stream is served."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks on, and by which session (empty where no cookie speaks for them).

    `is_welcome` tells whether what let them in is still good; `name` is theirs, which others may share.
    """

    who: str
    session: str
    is_welcome: Callable[[], Awaitable[bool]]
    name: str


class Reader:
    """One subscriber's queue; `is_over` once no more will come."""

    __slots__ = ("_news", "_ready", "asked_at", "is_kept", "is_over", "visit")

    def __init__(self, visit: Visit, asked_at: Millis, *, is_kept: bool = False) -> None:
        self.visit = visit
        self.asked_at = asked_at
        self.is_kept = is_kept
        self._news: deque[bytes] = deque()
        self._ready = asyncio.Event()
        self.is_over = False

    def tell(self, event: bytes) -> None:
        """Queue an event; a reader too far behind is given up."""
        if len(self._news) >= MOST_WAITING:
            self.end()
        elif not self.is_over:
            self._news.append(event)
            self._ready.set()

    def end(self, *, at_once: bool = True) -> None:
        """Let the stream end, behind what is queued unless `at_once`."""
        if at_once:
            self._news.clear()
        self.is_over = True
        self._ready.set()

    async def take(self, within_ms: Millis) -> bytes | None:
        """Return all that waits, or nothing when nothing came in time; None at the end. Safe to cancel."""
        if not self._news and not self.is_over:
            self._ready.clear()
            try:
                async with asyncio.timeout(within_ms / 1000):
                    await self._ready.wait()
            except TimeoutError:
                return b""
        if not self._news:
            return None
        found = b"".join(self._news)
        self._news.clear()
        return found


class Readers:
    """All readers by the call they look at; None stands for all calls."""

    def __init__(self) -> None:
        self._at: dict[CallId | None, set[Reader]] = {}

    def __iter__(self) -> Iterator[Reader]:
        return iter([reader for readers in self._at.values() for reader in readers])

    def at(self, call: CallId | None) -> tuple[Reader, ...]:
        """Return who looks at this."""
        return tuple(self._at.get(call, ()))

    def admitted(self, visit: Visit, call: CallId | None, now: Millis, *, is_own: bool = False) -> Reader:
        """Return a reader for this visit, to be added when its stream begins. Raises TooManyReaders."""
        here = sum(reader.visit.who == visit.who for reader in self.at(call))
        if is_own and here < MOST_OF_OWN:
            return Reader(visit, now, is_kept=True)
        others = [reader for reader in self if not reader.is_kept]
        if sum(reader.visit.who == visit.who for reader in others) >= MOST_OF_ONE:
            raise TooManyReaders(
                f"{visit.name} follows {MOST_OF_ONE} streams already: close a page that shows live calls"
            )
        if len(others) >= MOST_READERS:
            raise TooManyReaders("too many look on already: try again when somebody has closed a page")
        return Reader(visit, now)

    def add(self, reader: Reader, call: CallId | None) -> None:
        """Let this reader be told of the call."""
        self._at.setdefault(call, set()).add(reader)

    def leave(self, reader: Reader, call: CallId | None) -> None:
        """Tell this reader no more; harmless when that is so already."""
        readers = self._at.get(call, set())
        readers.discard(reader)
        if not readers:
            self._at.pop(call, None)
