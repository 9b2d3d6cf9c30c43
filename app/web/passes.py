"""Which browser may open the media socket: one pass for one call, once and soon; knows no page.

A carrier signs its handshake, a browser cannot. It brings the single-use token of its call instead, as a
subprotocol (the one header that a page may set there), and its Origin, which no page can forge.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from app.domain.call import BROWSERS, Millis

PROTOCOL: Final = "dialai.softphone"
"""The subprotocol that a softphone asks for, beside its pass."""

GOOD_FOR_MS: Final[Millis] = 60_000
MOST_PASSES: Final = 1_000


class Passes:
    """The passes given out and not yet used."""

    def __init__(self) -> None:
        self._given: dict[str, tuple[str, Millis]] = {}

    def give(self, token: str, call_sid: str, now: Millis) -> None:
        """Let whoever brings this token open one socket for this call."""
        self._given = {known: one for known, one in self._given.items() if one[1] > now}
        self._given[token] = (call_sid, now + GOOD_FOR_MS)
        if len(self._given) > MOST_PASSES:
            del self._given[next(iter(self._given))]

    def take(self, token: str, now: Millis) -> str:
        """Return the call that this pass is for, and void it; empty when there is no such pass (any more)."""
        call_sid, until = self._given.pop(token, ("", 0))
        return call_sid if now < until else ""


def is_browsers(call_sid: str) -> bool:
    """Whether this call is a browser's."""
    return call_sid.startswith(BROWSERS)


def pass_in(offered: Sequence[str]) -> str | None:
    """Return the token among the subprotocols of a softphone; None when this is no softphone's handshake."""
    if PROTOCOL not in offered:
        return None
    return next((each for each in offered if each != PROTOCOL), "")


def is_own_page(headers: Mapping[str, str], public_url: str) -> bool:
    """Whether a page of this very server opens the socket; `headers` in lower case."""
    origin = urlsplit(headers.get("origin", ""))
    own = {urlsplit(public_url).netloc, headers.get("host", "")} - {""}
    return origin.scheme in {"http", "https"} and origin.netloc in own
