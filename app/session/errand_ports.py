"""The ports of what runs errands: where they are kept, and how messages reach the web. Knows no live call."""

from dataclasses import dataclass
from typing import Protocol

from app.domain.call import CallInfo
from app.domain.errands import ErrandResult, KeepCallback, OptOut, Post, ReserveQuota


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that was taken to be sent for the `tries`-th time; `call` and `number` are its identity."""

    call: str
    number: int
    tries: int
    post: Post


class ErrandStore(Protocol):
    """Keeps what flows ask for. What a method returns is durable; all may raise LogError."""

    async def keep(
        self, call: CallInfo, number: int, errand: ReserveQuota | OptOut | KeepCallback
    ) -> ErrandResult:
        """Keep it; the same number of a call is kept once."""
        ...

    async def put(self, call: CallInfo, number: int, post: Post) -> Letter | ErrandResult:
        """Keep a message and take it for sending, or return what came of it before."""
        ...

    async def take_due(self, most: int) -> list[Letter]:
        """Take up to `most` messages that are to be sent (again) now."""
        ...

    async def settle(self, letter: Letter, result: ErrandResult, *, again_in_s: float | None) -> None:
        """Keep what came of a try; without `again_in_s` it was the last."""
        ...


class Poster(Protocol):
    """Sends messages to web services."""

    async def send(self, letter: Letter) -> tuple[ErrandResult, bool]:
        """Send it once, within its time; return what came, and whether trying again may help.

        Never raises; cancelled, it closes what it opened.
        """
        ...
