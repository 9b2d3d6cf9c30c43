"""Messages on their way to one socket, in order and bounded; knows nothing of what they mean."""

import asyncio
from collections import deque
from typing import Final

MAX_WAITING_CHARS: Final = 8 * 1024 * 1024
"""About twelve minutes of audio. Twilio buffers ten; a peer that lets more pile up is gone."""


class Outbox:
    """Filled by the call without ever blocking, emptied by the socket's one writer."""

    __slots__ = ("_chars", "_closed", "_ready", "_texts", "overflowed")

    def __init__(self) -> None:
        self._texts: deque[tuple[str, bool]] = deque()
        self._chars = 0
        self._ready = asyncio.Event()
        self._closed = False
        self.overflowed = False
        """The peer read too slowly, so the line was given up."""

    @property
    def is_closed(self) -> bool:
        """Nothing more is taken; what was taken is still handed out."""
        return self._closed

    def put(self, text: str, *, is_audio: bool = False) -> None:
        """Queue a message. After `close` it is forgotten."""
        if self._closed:
            return
        if self._chars + len(text) > MAX_WAITING_CHARS:
            self.overflowed = True
            self._texts.clear()
            self.close()
            return
        self._texts.append((text, is_audio))
        self._chars += len(text)
        self._ready.set()

    def drop_audio(self) -> None:
        """Forget audio that has not left yet; keep everything else in its order."""
        kept = [(text, is_audio) for text, is_audio in self._texts if not is_audio]
        self._texts = deque(kept)
        self._chars = sum(len(text) for text, _ in kept)

    def close(self) -> None:
        """Take nothing more; the writer ends once it has sent what is here. Idempotent."""
        self._closed = True
        self._ready.set()

    async def take(self) -> str | None:
        """Return the next message, or None when closed and empty. Safe to cancel: nothing is lost."""
        while not self._texts:
            if self._closed:
                return None
            self._ready.clear()
            await self._ready.wait()
        text, _ = self._texts.popleft()
        self._chars -= len(text)
        return text
