"""Long downloads, each of which holds a thread: how many one person has at once, and who is waited for.

Nobody takes the exports from all others: one person has fewer than there are threads, and who takes nothing
for a while is given up.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

from starlette.types import Message, Send

from app.domain.access import Person
from app.web.streams import Begun, BegunResponse, begun

MOST_OF_ONE: Final = 2
"""Downloads of one person; AsyncCallReader has a thread more."""

PATIENCE_S: Final = 30.0
"""A browser that pauses a download, or a line that is away, takes nothing for so long at most."""

_log = logging.getLogger(__name__)


class TooManyDownloads(Exception):  # noqa: N818 - says how it is
    """No further download is begun for this person."""


class Downloads:
    """Who downloads how much at once."""

    def __init__(self) -> None:
        self._of: Counter[str] = Counter()

    async def begun(self, person: Person, pieces: AsyncIterator[bytes]) -> Begun:
        """Begin a download, which counts until it is closed or at its end. Raises TooManyDownloads."""
        return await begun(self._counted(person, pieces))

    async def _counted(self, person: Person, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        if self._of[person.identity] >= MOST_OF_ONE:
            raise TooManyDownloads(
                f"{person.name} has {MOST_OF_ONE} exports under way already: "
                "try again when one of them has ended"
            )
        self._of[person.identity] += 1
        try:
            async for piece in pieces:
                yield piece
        finally:
            self._of[person.identity] -= 1
            if not self._of[person.identity]:
                del self._of[person.identity]
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()


class PatientResponse(BegunResponse):
    """Streams to who reads; one who takes nothing for PATIENCE_S finds the file broken off."""

    async def stream_response(self, send: Send) -> None:
        """Send everything, or give the reader up."""

        async def patient(message: Message) -> None:
            async with asyncio.timeout(PATIENCE_S):
                await send(message)

        try:
            await super().stream_response(patient)
        except TimeoutError:
            # The end is not told, so that the server closes the line and nobody takes this for the whole.
            _log.warning("a download was given up: its reader took nothing for %d s", PATIENCE_S)
