"""A call's audio on the way to its recogniser: what waits, what was sent, and where in the call it lies.

Knows bytes and their place in the call's audio; no clock, no socket, no words.
"""

from collections import deque

from app.domain.call import Millis

BYTES_PER_MS = 16
PIECE_MS: Millis = 200
"""Audio leaves in pieces of at most this: after a loss some seconds leave at once, and AWS takes at most a
second in one event."""


class Track:
    """Audio in order. Positions are milliseconds of all audio that was ever added, silence included."""

    def __init__(self, *, replay_ms: Millis, backlog_ms: Millis) -> None:
        self._replay_bytes = replay_ms * BYTES_PER_MS
        self._backlog_bytes = backlog_ms * BYTES_PER_MS
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._sent: deque[bytes] = deque()
        self._sent_bytes = 0
        self._end = 0
        self._origin = 0
        self._dropped = 0
        self._used = 0

    @property
    def end_ms(self) -> Millis:
        """Where the next audio will lie."""
        return self._end // BYTES_PER_MS

    @property
    def origin_ms(self) -> Millis:
        """Where the present stream's first sample lies."""
        return self._origin // BYTES_PER_MS

    def add(self, pcm16: bytes) -> None:
        """Queue audio; what waits longer than the backlog allows is dropped, the oldest first."""
        self._waiting.extend(_pieces(pcm16))
        self._end += len(pcm16)
        self._waiting_bytes += len(pcm16)
        while self._waiting_bytes > self._backlog_bytes:
            gone = len(self._waiting.popleft())
            self._waiting_bytes -= gone
            self._dropped += gone
            self._origin += gone  # the stream's own time knows nothing of what it never got

    def take(self) -> bytes:
        """Return the next piece to send, empty when nothing waits."""
        if not self._waiting:
            return b""
        piece = self._waiting.popleft()
        self._waiting_bytes -= len(piece)
        self._used += len(piece)
        self._sent.append(piece)
        self._sent_bytes += len(piece)
        while self._sent and self._sent_bytes - len(self._sent[0]) >= self._replay_bytes:
            self._sent_bytes -= len(self._sent.popleft())
        return piece

    def begin_stream(self) -> None:
        """Put the last audio sent in front of the queue again: a stream begins with it."""
        replay = b"".join(self._sent)[-self._replay_bytes :] if self._sent else b""
        self.forget()
        self._waiting.extendleft(reversed(_pieces(replay)))
        self._waiting_bytes += len(replay)
        self._origin = self._end - self._waiting_bytes

    def forget(self) -> None:
        """Replay nothing of what was sent until now."""
        self._sent.clear()
        self._sent_bytes = 0

    def clear(self) -> None:
        """Drop what waits, and replay nothing."""
        self._waiting.clear()
        self._waiting_bytes = 0
        self.forget()

    def used_ms(self) -> Millis:
        """Return how much audio was sent since this was last asked."""
        used, self._used = divmod(self._used, BYTES_PER_MS)
        return used

    def dropped_ms(self) -> Millis:
        """Return how much audio was dropped since this was last asked."""
        dropped, self._dropped = divmod(self._dropped, BYTES_PER_MS)
        return dropped


def _pieces(pcm16: bytes) -> list[bytes]:
    piece = PIECE_MS * BYTES_PER_MS
    return [pcm16[start : start + piece] for start in range(0, len(pcm16), piece)]
