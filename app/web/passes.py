"""Which browser may open the media socket: one pass for one call, once and soon; knows no page.

A carrier signs its handshake, a browser cannot. It brings the single-use token of its call instead, as a
subprotocol (the one header that a page may set there), and its Origin, which no page can forge. A browser's
call is its beginner's: its name holds a mark that only fits them, also for a server that starts anew.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from app.domain.call import BROWSERS, Millis

PROTOCOL: Final = "dialai.softphone"
"""The subprotocol that a softphone asks for, beside its pass."""

GOOD_FOR_MS: Final[Millis] = 60_000
MOST_PASSES: Final = 1_000
_LETTERS: Final = 32
_MARK: Final = 16


@dataclass(frozen=True, slots=True)
class Pass:
    """What opens one socket for one call, until a moment, while whoever it was given to `is_welcome`."""

    call_sid: str
    until: Millis
    is_welcome: Callable[[], Awaitable[bool]]


class Passes:
    """The passes given out and not yet used."""

    def __init__(self) -> None:
        self._given: dict[str, Pass] = {}

    def give(self, token: str, call_sid: str, now: Millis, is_welcome: Callable[[], Awaitable[bool]]) -> None:
        """Let whoever brings this token open one socket for this call."""
        self._given = {known: one for known, one in self._given.items() if one.until > now}
        self._given[token] = Pass(call_sid, now + GOOD_FOR_MS, is_welcome)
        if len(self._given) > MOST_PASSES:
            del self._given[next(iter(self._given))]

    def take(self, token: str, now: Millis) -> Pass | None:
        """Return this pass and void it; None when there is no such pass (any more)."""
        found = self._given.pop(token, None)
        return found if found is not None and now < found.until else None


def new_sid(who: str) -> str:
    """Return a name for a call that this person begins in a browser."""
    letters = uuid4().hex
    return f"{BROWSERS}{letters}{_mark(letters, who)}"


def belongs_to(call_sid: str, who: str) -> bool:
    """Whether this is a browser's call that this person began."""
    own = call_sid.removeprefix(BROWSERS)
    letters, mark = own[:_LETTERS], own[_LETTERS:]
    return is_browsers(call_sid) and hmac.compare_digest(mark.encode(), _mark(letters, who).encode())


def _mark(letters: str, who: str) -> str:
    return sha256(f"{letters} {who}".encode()).hexdigest()[:_MARK]


def is_browsers(call_sid: str) -> bool:
    """Whether this call is a browser's."""
    return call_sid.startswith(BROWSERS)


def pass_in(offered: Sequence[str]) -> str | None:
    """Return the token among the subprotocols of a softphone; None when this is no softphone's handshake."""
    if PROTOCOL not in offered:
        return None
    return next((each for each in offered if each != PROTOCOL), "")


def is_own_page(headers: Mapping[str, str], public_url: str) -> bool:
    """Whether a page of this very server asks; `headers` in lower case. What cannot be read is foreign."""
    try:
        origin = urlsplit(headers.get("origin", ""))
    except ValueError:
        return False
    own = {urlsplit(public_url).netloc, headers.get("host", "")} - {""}
    return origin.scheme in {"http", "https"} and origin.netloc in own
