"""Whom our sockets trust: the system's authorities, read once and never on the loop's thread."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor

TlsSource = Callable[[], Awaitable[ssl.SSLContext]]
"""Returns the context of every connection; only the first who asks waits."""


class SystemTls:
    """Implements TlsSource. The file of authorities takes tenths of a second: it is read in `pool`."""

    def __init__(self, pool: Executor | None = None) -> None:
        self._pool = pool
        self._reading = asyncio.Lock()
        self._context: ssl.SSLContext | None = None

    async def __call__(self) -> ssl.SSLContext:
        """Return the context. Raises ssl.SSLError or OSError for authorities that cannot be read."""
        async with self._reading:
            if self._context is None:
                loop = asyncio.get_running_loop()
                self._context = await loop.run_in_executor(self._pool, ssl.create_default_context)
            return self._context
