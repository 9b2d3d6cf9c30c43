"""Orders to hand one leg's caller over: a leg is not left before the carrier has answered them."""

from collections.abc import Callable

from app.engine.events import TransferEnded
from app.session.ending import is_ours
from app.session.ledger import Ledger
from app.session.ports import Carrier, Post


class HandOver:
    """Asks the carrier, and tells the call when it refused; `leave` lets go of the leg."""

    def __init__(self, ledger: Ledger, carrier: Carrier, post: Post, leave: Callable[[], None]) -> None:
        self._ledger = ledger
        self._carrier = carrier
        self._post = post
        self._leave = leave
        self._is_asking = False
        self._is_cut_off = False

    def stream_ended(self) -> None:
        """Leave, at once or when the carrier has answered: it may end the stream before it says yes."""
        self._is_cut_off = True
        if not self._is_asking:
            self._leave()

    async def order(self, to: str) -> None:
        """Have the caller connected with `to`, once it is durable that this was ordered.

        A server that dies then knows, when it is back, that the caller may be with somebody else.
        """
        self._is_asking = True
        if not await is_ours(self._ledger):
            self._leave()
            return
        if not await self._carrier.transfer(to):
            self._post(TransferEnded(completed=False))
        self._is_asking = False
        if self._is_cut_off:
            self._leave()
