"""Counts wrong keys by address: after a few within a minute, that address waits; knows keys by hash only."""

from collections import OrderedDict
from typing import Final

from app.domain.call import Millis

TRIES: Final = 5
WITHIN_MS: Final[Millis] = 60_000
_KNOWN_ADDRESSES: Final = 10_000
_KNOWN_KEYS: Final = 1_000


class Tries:
    """One count for every door that takes keys. What was wrong is forgotten by time alone.

    No method waits for anything: ask, and count, without an `await` between the two. Behind a proxy all share
    the proxy's address, so a key that was right before does not wait: who guesses keeps nobody else out.
    """

    def __init__(self) -> None:
        self._wrong: dict[str, list[Millis]] = {}
        self._right: OrderedDict[bytes, None] = OrderedDict()

    def knows(self, key_hash: bytes) -> bool:
        """Whether this key was right before."""
        return key_hash in self._right

    def right(self, key_hash: bytes) -> None:
        """Take that a key was right."""
        self._right[key_hash] = None
        self._right.move_to_end(key_hash)
        if len(self._right) > _KNOWN_KEYS:
            self._right.popitem(last=False)

    def wait_s(self, address: str, now: Millis) -> int:
        """Return the seconds that this address has to wait; 0 when it may try."""
        recent = self._recent(address, now)
        return -(-(recent[-TRIES] + WITHIN_MS - now) // 1_000) if len(recent) >= TRIES else 0

    def wrong(self, address: str, key_hash: bytes, now: Millis) -> None:
        """Take that a key was wrong, whatever it was before."""
        self._right.pop(key_hash, None)
        tried = [*self._recent(address, now), now]
        self._wrong.pop(address, None)
        self._wrong[address] = tried
        if len(self._wrong) > _KNOWN_ADDRESSES:
            del self._wrong[next(iter(self._wrong))]

    def _recent(self, address: str, now: Millis) -> list[Millis]:
        return [at for at in self._wrong.get(address, ()) if at > now - WITHIN_MS]
