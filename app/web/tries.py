"""Counts wrong keys by address: after a few within a minute, that address waits; knows no key."""

from typing import Final

from app.domain.call import Millis

TRIES: Final = 5
WITHIN_MS: Final[Millis] = 60_000
_KNOWN_ADDRESSES: Final = 10_000


class Tries:
    """One count for every door that takes keys. What was wrong is forgotten by time alone.

    Neither method waits for anything: ask, and count, without an `await` between the two. Behind a proxy all
    share the proxy's address, and wait together.
    """

    def __init__(self) -> None:
        self._wrong: dict[str, list[Millis]] = {}

    def wait_s(self, address: str, now: Millis) -> int:
        """Return the seconds that this address has to wait; 0 when it may try."""
        recent = self._recent(address, now)
        return -(-(recent[-TRIES] + WITHIN_MS - now) // 1_000) if len(recent) >= TRIES else 0

    def wrong(self, address: str, now: Millis) -> None:
        """Take that a key was wrong."""
        tried = [*self._recent(address, now), now]
        self._wrong.pop(address, None)
        self._wrong[address] = tried
        if len(self._wrong) > _KNOWN_ADDRESSES:
            del self._wrong[next(iter(self._wrong))]

    def _recent(self, address: str, now: Millis) -> list[Millis]:
        return [at for at in self._wrong.get(address, ()) if at > now - WITHIN_MS]
