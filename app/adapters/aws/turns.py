"""Lets what is begun together begin one after the other, with the loop's other work between.

To begin a request costs a client two milliseconds of building, signing and writing. Twenty at once would hold
every call's sound up for the sum of it; in turns, none waits for more than one. Knows no request.
"""

import asyncio
from collections import deque


class Turns:
    """Gives a turn in each round of the running loop, in the order asked for; the first one at once."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_taken = False

    async def next(self) -> None:
        """Return when it is this one's turn. Safe to cancel."""
        loop = asyncio.get_running_loop()
        if not self._is_taken:
            self._is_taken = True
            loop.call_soon(self._go_on)
            return
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _go_on(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                # Whoever has the turn takes it in the next round; those after it wait for the one behind.
                turn.get_loop().call_soon(self._go_on)
                return
        self._is_taken = False
