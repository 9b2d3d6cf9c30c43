"""What the double saw: each request, when it came, what became of it and when its client went away.

Everything can be awaited, so tests need no sleeps; a wait that can no longer come true raises.
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Service(StrEnum):
    """Who is asked."""

    BEDROCK = "bedrock"
    POLLY = "polly"
    TRANSCRIBE = "transcribe"
    BEDROCK_CONTROL = "bedrock-control"
    STS = "sts"


class Ending(StrEnum):
    """How a request (Transcribe: a session) ended, as the double knows."""

    COMPLETE = "complete"
    REFUSED = "refused"
    EXCEPTION = "exception"
    CUT = "cut"
    CLIENT_GONE = "client_gone"


class NeverHappensError(AssertionError):
    """What is awaited cannot come true any more."""


def now() -> float:
    """Return monotonic seconds, comparable with `time.monotonic()` and finer than loops keep it."""
    return time.perf_counter()


class Request:
    """One request. Times are monotonic seconds; `pieces` counts text deltas, sounds or results sent.

    `pieces_at` is when each was sent.
    """

    def __init__(
        self,
        service: Service,
        operation: str,
        body: Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
        region: str = "",
        number: int = 0,
    ) -> None:
        self.service = service
        self.operation = operation
        self.body = body
        self.headers = headers or {}
        self.region = region
        self.number = number
        self.arrived = now()
        self.first_piece_at: float | None = None
        self.pieces_at: list[float] = []
        self.ended_at: float | None = None
        self.ending: Ending | None = None
        self.error = ""
        self.pieces = 0
        self.said = ""
        self._moved = asyncio.Event()

    def __repr__(self) -> str:
        fate = self.ending.value if self.ending else "open"
        return f"<{self.service.value} {self.operation}: {fate} {self.error} after {self.pieces} pieces>"

    def note_piece(self, text: str = "") -> None:
        """Count a piece that was sent, and what it says."""
        self.pieces_at.append(now())
        if self.first_piece_at is None:
            self.first_piece_at = self.pieces_at[0]
        self.pieces += 1
        self.said += text
        self._wake()

    def note_end(self, ending: Ending, error: str = "") -> None:
        """Say how it ended; only the first word counts."""
        if self.ending is None:
            self.ending = ending
            self.error = error
            self.ended_at = now()
            self._wake()

    def _wake(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def has_sent(self, pieces: int) -> None:
        """Return once this many pieces were sent. Raises NeverHappensError when it ended with fewer."""
        while self.pieces < pieces:
            if self.ending is not None:
                raise NeverHappensError(f"{self!r} will not send {pieces}")
            await self._moved.wait()

    async def over(self) -> Ending:
        """Return how it ended, once it did."""
        while self.ending is None:
            await self._moved.wait()
        return self.ending

    async def client_gone(self) -> float:
        """Return when the client went away in the middle. Raises NeverHappensError if it ended otherwise."""
        if await self.over() is not Ending.CLIENT_GONE or self.ended_at is None:
            raise NeverHappensError(f"{self!r}: the client did not leave")
        return self.ended_at


class RequestLog(list[Request]):
    """All requests in the order they came."""

    def __init__(self) -> None:
        super().__init__()
        self._unread: dict[Service, deque[Request]] = defaultdict(deque)
        self._came = asyncio.Event()

    def add(self, request: Request) -> None:
        """Keep a request and wake whoever waits for it."""
        request.number = 1 + len(self.of(request.service))
        self.append(request)
        self._unread[request.service].append(request)
        came, self._came = self._came, asyncio.Event()
        came.set()

    def of(self, service: Service, operation: str = "") -> list[Request]:
        """Return a service's requests so far."""
        return [r for r in self if r.service is service and operation in {"", r.operation}]

    async def next(self, service: Service, operation: str = "") -> Request:
        """Return the service's next request, each only once; waits until there is one."""
        while True:
            for request in self._unread[service]:
                if operation in {"", request.operation}:
                    self._unread[service].remove(request)
                    return request
            await self._came.wait()
