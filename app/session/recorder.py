"""Both sides of a call as one WAV file, and spoken answers as theirs; knows the line's time, not the talk.

The file's time is the call's time: second 12 of the file is second 12 of the call, in a resumed call
too. What may not be recorded is silence.
"""

import re
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Protocol

import structlog

from app.domain.call import CallId, Millis
from app.media.audio import BYTES_PER_MS, SILENCE
from app.session.pools import Pool
from app.session.wavfile import StereoFile, write_mono

BLOCK_MS: Millis = 2_000
"""So much is gathered before it is written: what a crash loses at most, with `LAG_MS`."""

LAG_MS: Millis = 1_000
"""Audio may arrive this late and still find its place."""

BACKLOG_MS: Millis = 60_000
"""A disk that is so far behind gets no more: the call matters more than its recording."""

SENSITIVE_TAIL_MS: Millis = 400
"""The last key's tone of a sensitive entry outlasts the entry."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_log = structlog.get_logger(__name__)


class CallRecorder(Protocol):
    """What a session tells its recording. All times are on the call's clock; nothing blocks or raises."""

    def caller_audio(self, mulaw: bytes, ends_at: Millis) -> None:
        """Take what the caller's side sounded like until `ends_at`."""
        ...

    def bot_audio(self, mulaw: bytes, starts_at: Millis) -> None:
        """Take what the line will play from `starts_at`."""
        ...

    def bot_silenced(self, at: Millis) -> None:
        """Forget what the line was to play after `at`."""
        ...

    def set_allowed(self, allowed: bool, at: Millis) -> None:  # noqa: FBT001 - a fact's one value
        """Record from `at` on, or no more."""
        ...

    def set_sensitive(self, sensitive: bool, at: Millis) -> None:  # noqa: FBT001 - a call's one property
        """Keep silence while a sensitive question is open."""
        ...

    def keep_answer(self, slot: str, pcm16: bytes) -> None:
        """Keep a spoken answer's audio."""
        ...

    def close(self, at: Millis) -> None:
        """Write what is left."""
        ...


class NoRecorder:
    """Keeps nothing."""

    def caller_audio(self, mulaw: bytes, ends_at: Millis) -> None:
        """Take nothing."""

    def bot_audio(self, mulaw: bytes, starts_at: Millis) -> None:
        """Take nothing."""

    def bot_silenced(self, at: Millis) -> None:
        """Forget nothing."""

    def set_allowed(self, allowed: bool, at: Millis) -> None:  # noqa: FBT001 - see CallRecorder
        """Change nothing."""

    def set_sensitive(self, sensitive: bool, at: Millis) -> None:  # noqa: FBT001 - see CallRecorder
        """Change nothing."""

    def keep_answer(self, slot: str, pcm16: bytes) -> None:
        """Keep nothing."""

    def close(self, at: Millis) -> None:
        """Write nothing."""


class _Track:
    """One side's mu-law from `base` on; silence where nothing was placed."""

    __slots__ = ("_sound", "base")

    def __init__(self, base: Millis) -> None:
        self.base = base
        self._sound = bytearray()

    def place(self, mulaw: bytes, starts_at: Millis) -> None:
        offset = (starts_at - self.base) * BYTES_PER_MS
        if offset < 0:
            mulaw, offset = mulaw[-offset:], 0
        missing = offset - len(self._sound)
        if missing > 0:
            self._sound += SILENCE * missing
        self._sound[offset : offset + len(mulaw)] = mulaw

    def cut(self, at: Millis) -> None:
        del self._sound[max(0, at - self.base) * BYTES_PER_MS :]

    def take(self, until: Millis) -> bytes:
        size = (until - self.base) * BYTES_PER_MS
        taken = bytes(self._sound[:size])
        del self._sound[:size]
        self.base = until
        return taken + SILENCE * (size - len(taken))


class FileRecorder:
    """Writes one call's audio in blocks, off the loop, one block after the other."""

    def __init__(
        self,
        folder: Path,
        pool: Executor,
        *,
        allowed: bool = False,
        note: Callable[[str, str, str], None] = lambda *_: None,
    ) -> None:
        self._folder = folder
        self._note = note
        self._file = StereoFile(folder / "call.wav")
        self._pool = pool
        self._allowed = allowed
        self._sensitive = False
        self._hidden_until: Millis = -1
        self._caller: _Track | None = None
        self._bot = _Track(0)
        self._writing: Future[None] | None = None

    def caller_audio(self, mulaw: bytes, ends_at: Millis) -> None:
        """Take what the caller's side sounded like until `ends_at`."""
        if not self._allowed:
            return
        starts_at = ends_at - len(mulaw) // BYTES_PER_MS
        caller, _ = self._tracks(starts_at)
        if not self._sensitive and starts_at >= self._hidden_until:
            caller.place(mulaw, starts_at)
        if ends_at - caller.base >= BLOCK_MS + LAG_MS:
            self._write(ends_at - LAG_MS)

    def bot_audio(self, mulaw: bytes, starts_at: Millis) -> None:
        """Take what the line will play from `starts_at`."""
        if self._allowed and not self._sensitive:
            self._tracks(starts_at)[1].place(mulaw, starts_at)

    def bot_silenced(self, at: Millis) -> None:
        """Forget what the line was to play after `at`."""
        self._bot.cut(at)

    def set_allowed(self, allowed: bool, at: Millis) -> None:  # noqa: FBT001 - see CallRecorder
        """Record from `at` on, or no more."""
        if self._allowed and not allowed:
            self.close(at)
        self._allowed = allowed

    def set_sensitive(self, sensitive: bool, at: Millis) -> None:  # noqa: FBT001 - see CallRecorder
        """Keep silence while a sensitive question is open, and a little longer."""
        if self._sensitive and not sensitive:
            self._hidden_until = at + SENSITIVE_TAIL_MS
        self._sensitive = sensitive

    def keep_answer(self, slot: str, pcm16: bytes) -> None:
        """Keep a spoken answer's audio as `<slot>.wav`."""
        path = self._folder / f"{_UNSAFE.sub('_', slot)}.wav"
        self._note(path.name, "answer", slot)
        _submit(self._pool, lambda: write_mono(path, pcm16))

    def close(self, at: Millis) -> None:
        """Write what is left, up to `at`."""
        if self._caller is not None and at > self._caller.base:
            self._write(at, wait_for_disk=False)

    def _tracks(self, at: Millis) -> tuple[_Track, _Track]:
        if self._caller is None:
            self._note("call.wav", "call", "")
            base = max(0, at - LAG_MS)
            self._caller, self._bot = _Track(base), _Track(base)
        return self._caller, self._bot

    def _write(self, until: Millis, *, wait_for_disk: bool = True) -> None:
        caller, bot = self._caller, self._bot
        if caller is None:
            return
        behind = self._writing is not None and not self._writing.done()
        if behind and wait_for_disk and until - caller.base < BACKLOG_MS:
            return
        if behind and wait_for_disk:
            _log.error("recording_given_up", reason="the disk is too slow")
            self._allowed = False
            return
        base = caller.base
        left, right = caller.take(until), bot.take(until)
        self._writing = _submit(self._pool, lambda: self._file.write(base, left, right))


def _submit(pool: Executor, work: Callable[[], None]) -> "Future[None] | None":
    def guarded() -> None:
        try:
            work()
        except OSError as error:
            _log.error("recording_failed", reason=str(error))

    try:
        return pool.submit(guarded)
    except RuntimeError:  # the pool is full, or shut down: the process is leaving
        _log.warning("recording_cut_short")
        return None


class AudioShelf:
    """The folder of all calls' audio and the pool that writes it."""

    def __init__(self, folder: Path, *, workers: int = 2, pool: Executor | None = None) -> None:
        self._folder = folder
        self._written: dict[CallId, list[tuple[str, str, str]]] = {}
        self.pool = pool or Pool("call-audio", workers)

    def recorder(self, call_id: CallId, *, allowed: bool) -> FileRecorder:
        """Return a recorder for one leg of this call; a resumed call's file goes on."""
        written = self._written.setdefault(call_id, [])
        folder = self.folder_of(call_id)

        def note(name: str, kind: str, slot: str) -> None:
            written.append((f"{self._folder.name}/{folder.name}/{name}", kind, slot))

        return FileRecorder(folder, self.pool, allowed=allowed, note=note)

    def folder_of(self, call_id: CallId) -> Path:
        """Where this call's audio lies: `call.wav` and one file for each spoken answer."""
        return self._folder / _UNSAFE.sub("_", call_id)

    def written_for(self, call_id: CallId) -> list[tuple[str, str, str]]:
        """Return path (from the folder above), kind and slot of each file that this call has or will have."""
        return self._written.pop(call_id, [])

    def close(self) -> None:
        """Write everything that is waiting, then stop the pool."""
        self.pool.shutdown(wait=True)
