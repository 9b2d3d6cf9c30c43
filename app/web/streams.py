"""Streams as answers, begun before the answer: what fails at their beginning is still told as a fault."""

from collections.abc import AsyncGenerator, Mapping

from starlette.responses import StreamingResponse
from starlette.types import Send


class Begun:
    """A stream whose first piece is there. Closing it closes the stream, though nothing was taken of it."""

    def __init__(self, first: bytes, stream: AsyncGenerator[bytes]) -> None:
        self._first: bytes | None = first
        self._stream = stream

    def __aiter__(self) -> "Begun":
        return self

    async def __anext__(self) -> bytes:
        first, self._first = self._first, None
        return await anext(self._stream) if first is None else first

    async def aclose(self) -> None:
        """Take no more of it."""
        self._first = None
        await self._stream.aclose()


async def begun(stream: AsyncGenerator[bytes]) -> Begun:
    """Wait for the first piece, which is empty where there is none; raises what the stream does."""
    return Begun(await anext(stream, b""), stream)


class BegunResponse(StreamingResponse):
    """Sends a stream that has begun, and closes it however that ends."""

    def __init__(self, pieces: Begun, *, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(pieces, media_type=media_type, headers=headers)
        self._pieces = pieces

    async def stream_response(self, send: Send) -> None:
        """Send everything, or as much as its reader takes."""
        try:
            await super().stream_response(send)
        finally:
            await self._pieces.aclose()
