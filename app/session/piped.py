"""What a thread writes, read by the loop as it is written: a slow reader makes the writer wait."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from concurrent.futures import CancelledError, Executor
from typing import Final, TextIO, cast

PIECE: Final = 64 * 1024
_MOST_WAITING: Final = 4


class ReaderGone(Exception):  # noqa: N818 - says what became of it
    """Nobody reads any more: the writer may stop."""


class _Mouth(io.TextIOBase):
    """The writer's end; it gathers text into pieces and hands each one over."""

    def __init__(self, hand_over: Callable[[bytes], None]) -> None:
        self._hand_over = hand_over
        self._held: list[str] = []
        self._size = 0

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, text: str) -> int:
        """Take text. Raises ReaderGone."""
        self._held.append(text)
        self._size += len(text)
        if self._size >= PIECE:
            self.flush()
        return len(text)

    def close(self) -> None:
        """Drop what was not handed over: whoever wanted it has had `flush`, or is gone."""
        self._held = []
        super().close()

    def flush(self) -> None:
        """Hand over what was gathered. Raises ReaderGone."""
        if self._held:
            piece, self._held, self._size = "".join(self._held).encode(), [], 0
            self._hand_over(piece)


async def piped(pool: Executor, write: Callable[[TextIO], object]) -> AsyncIterator[bytes]:
    """Yield what `write` writes in a thread of the pool; what it raises is raised here."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue(_MOST_WAITING)
    is_gone = False

    def hand_over(piece: bytes | None) -> None:
        if is_gone:
            raise ReaderGone
        try:
            asyncio.run_coroutine_threadsafe(pieces.put(piece), loop).result()
        except CancelledError:
            raise ReaderGone from None

    def work() -> None:
        try:
            mouth = _Mouth(hand_over)
            write(cast("TextIO", mouth))  # it is written to, and nothing else
            mouth.flush()
        finally:
            if not is_gone:
                asyncio.run_coroutine_threadsafe(pieces.put(None), loop)

    working = loop.run_in_executor(pool, work)
    try:
        while (piece := await pieces.get()) is not None:
            yield piece
        await working
    finally:
        is_gone = True
        while not pieces.empty():  # whoever waits to hand over finds out
            pieces.get_nowait()
        working.add_done_callback(_forget)


def _forget(done: "asyncio.Future[None]") -> None:
    # What nobody reads any more can fail as it likes.
    if not done.cancelled():
        done.exception()
