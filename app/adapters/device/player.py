"""The loudspeaker's queue: what is to sound, in order, and the marks between; knows samples, not the device.

Filled on the loop's thread, emptied on the device's.
"""

import threading
from collections import deque

_SAMPLE_BYTES = 2


class Player:
    """Plays what is queued and silence else. A mark is due when what was queued before it was heard.

    Heard means rendered and `set_latency` later: until then the sound is still on its way to the ear.
    """

    def __init__(self) -> None:
        # Held for a few queue operations only, so the device's thread never waits for work of the loop's.
        self._lock = threading.Lock()
        self._pieces: deque[memoryview] = deque()
        self._marks: deque[tuple[int, str]] = deque()
        self._echoing: deque[tuple[int, str]] = deque()
        self._queued = 0
        self._played = 0
        self._rendered = 0
        self._latency = 0
        self._sounds_until = -1

    def set_latency(self, samples: int) -> None:
        """Say how many samples lie between rendering and the ear."""
        self._latency = samples

    def queue(self, pcm16: bytes) -> None:
        """Play this behind what is queued."""
        if pcm16:
            with self._lock:
                self._pieces.append(memoryview(pcm16))
                self._queued += len(pcm16) // _SAMPLE_BYTES

    def mark(self, name: str) -> None:
        """Set a mark behind what is queued."""
        with self._lock:
            self._marks.append((self._queued, name))

    def clear(self) -> list[str]:
        """Forget what was not rendered; return every mark that is not due yet, in order: flushed."""
        with self._lock:
            flushed = [name for _, name in (*self._echoing, *self._marks)]
            self._echoing.clear()
            self._marks.clear()
            self._pieces.clear()
            self._played = self._queued
            return flushed

    def render(self, samples: int) -> tuple[bytes, list[str]]:
        """Return exactly so many samples for the loudspeaker, and the marks that are due by now."""
        with self._lock:
            sound = self._take(samples)
            if sound:
                self._sounds_until = self._rendered + len(sound) // _SAMPLE_BYTES
            self._rendered += samples
            while self._marks and self._marks[0][0] <= self._played:
                _, name = self._marks.popleft()
                # Silence behind the last sound is no part of it, but a block is the clock's grain.
                self._echoing.append((self._rendered + self._latency, name))
            due = []
            while self._echoing and self._echoing[0][0] <= self._rendered:
                due.append(self._echoing.popleft()[1])
        return sound + bytes(samples * _SAMPLE_BYTES - len(sound)), due

    def sounds_within(self, tail: int) -> bool:
        """Say whether the ear hears queued sound now, or did so up to `tail` samples ago."""
        with self._lock:
            return self._sounds_until >= 0 and self._rendered <= self._sounds_until + self._latency + tail

    @property
    def waiting(self) -> int:
        """Samples queued and not rendered."""
        with self._lock:
            return self._queued - self._played

    def _take(self, samples: int) -> bytes:
        wanted = samples * _SAMPLE_BYTES
        taken = []
        while wanted and self._pieces:
            piece = self._pieces[0]
            taken.append(piece[:wanted])
            if len(piece) > wanted:
                self._pieces[0] = piece[wanted:]
            else:
                self._pieces.popleft()
            wanted -= len(taken[-1])
        sound = b"".join(taken)
        self._played += len(sound) // _SAMPLE_BYTES
        return sound
