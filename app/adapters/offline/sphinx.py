"""Speech recognition by pocketsphinx on the open question's own grammar; needs no account and no network.

Keeps each turn's sound and hands whole stretches of it to processes (`sphinx_process.py`); decides nothing
about turns. Good at yes and no, menus and numbers; digit strings and free speech it mostly gets wrong.
"""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any

import msgspec

from app.adapters.offline.spoken import language_of
from app.adapters.offline.turn_by_turn import TurnByTurn
from app.adapters.offline.workers import Workers, WorkersError
from app.domain.languages import LANGUAGES
from app.domain.speech import Hints
from app.engine.events import Fact, FinalTranscript, PartialTranscript, TranscriberFailed
from app.media.audio import FLOOR_DBFS, pcm_level
from app.session.ports import CallTranscriber, Post, TranscriberTurn

_MODULE = "app.adapters.offline.sphinx_process"
_BYTES_PER_MS = 16
_MOST_BYTES = 60_000 * _BYTES_PER_MS
_LEAD_BYTES = 3_000 * _BYTES_PER_MS  # sound kept before the first voice
_PARTIAL_BYTES = 300 * _BYTES_PER_MS
_PARTIAL_LONGEST_BYTES = 5_000 * _BYTES_PER_MS  # a partial decodes from the segment's start
_VOICE_OVER_FLOOR_DB = 6.0
_VOICE_DBFS = -50.0
_FINAL_S = 4.0
_DICTATION_S = 30.0
_WARM_S = 20.0


class SphinxTurn:
    """One turn's sound, cut into segments at each end of speech."""

    def __init__(self, owner: "SphinxTranscriber", turn: int, hints: Hints, post: Post) -> None:
        self._owner = owner
        self._turn = turn
        self._hints = hints
        self._post = post
        self._segment = bytearray()
        self._unseen = 0
        self._floor = 0.0
        self._voiced = False
        self._segments = 0
        self._in_order = asyncio.Lock()
        self._guessing = False
        self._closed = False

    def feed(self, pcm16: bytes) -> None:
        """Keep the sound, 60 s a segment at most. Every 300 ms of voice may start a partial decode."""
        if self._closed or len(self._segment) >= _MOST_BYTES:
            return
        self._segment += pcm16
        self._unseen += len(pcm16)
        if self._unseen >= _PARTIAL_BYTES:
            self._unseen = 0
            self._look_back()

    def _look_back(self) -> None:
        level = pcm_level(bytes(memoryview(self._segment)[-_PARTIAL_BYTES:]))
        self._floor = min(self._floor, max(level, FLOOR_DBFS))
        if level > max(self._floor + _VOICE_OVER_FLOOR_DB, _VOICE_DBFS):
            self._voiced = True
            if not self._hints.dictation and not self._guessing and self._owner.free:
                self._guess()
        elif not self._voiced:
            del self._segment[:-_LEAD_BYTES]

    def _guess(self) -> None:
        if _PARTIAL_BYTES < len(self._segment) < _PARTIAL_LONGEST_BYTES:
            self._guessing = True
            self._owner.run(self._partial(bytes(self._segment), self._segments))

    async def _partial(self, pcm16: bytes, segment: int) -> None:
        try:
            text, confidence = await self._owner.hear(self._hints, pcm16)
        except WorkersError:
            return  # the final says so, if it fails too
        finally:
            self._guessing = False
        if text and segment == self._segments and not self._closed:
            self._post(PartialTranscript(self._turn, text, confidence))

    def speech_ended(self) -> None:
        """Decode the segment; its FinalTranscript has no text when nothing in the grammar fits."""
        if self._closed or not self._segment:
            return
        pcm16 = bytes(self._segment)
        self._segment.clear()
        self._segments += 1
        self._voiced = False
        self._unseen = 0
        self._owner.run(self._final(pcm16))

    async def _final(self, pcm16: bytes) -> None:
        fact: Fact
        async with self._in_order:
            try:
                text, confidence = await self._owner.hear(self._hints, pcm16)
                fact = FinalTranscript(self._turn, text, confidence)
            except WorkersError as error:
                fact = TranscriberFailed(self._turn, error.reason)
        self._post(fact)

    def close(self) -> None:
        """Take no more sound. A final under way still arrives."""
        self._closed = True
        self._segment.clear()


class _Silent:
    """A turn in a language that this engine cannot hear."""

    def feed(self, pcm16: bytes) -> None:
        """Hear nothing."""

    def speech_ended(self) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Keep nothing."""


class SphinxTranscriber:
    """English, and the house's other languages through English phones, in `size` processes.

    Dictation has a process of its own. When more questions wait than `queue`, or a decode takes longer than
    4 s (30 s for dictation), the turn gets TranscriberFailed with `busy` or `timeout`; a locale of no
    language that the house knows gets `unsupported`.
    """

    def __init__(self, *, size: int | None = None, queue: int = 8) -> None:
        count = size or max(1, min(4, (os.cpu_count() or 2) - 1))
        self._grammars = Workers(_MODULE, size=count, queue=queue, name="hearing")
        self._dictation = Workers(_MODULE, size=1, queue=2, name="dictation")
        self._running: set[asyncio.Task[None]] = set()

    @property
    def free(self) -> bool:
        """Whether a decode asked for now would start at once."""
        return self._grammars.free

    @property
    def is_continuous(self) -> bool:
        """False: a turn is fed while there is voice."""
        return False

    def gauges(self) -> dict[str, float]:
        """Return what /metrics shows of the helper processes."""
        return {**self._grammars.gauges(), **self._dictation.gauges()}

    def join(self, expecting: Hints, post: Post) -> CallTranscriber:  # noqa: ARG002 - the port's
        """Begin a call, as the port says."""
        return TurnByTurn(self, post)

    def open(self, turn: int, hints: Hints, post: Post) -> TranscriberTurn:
        """Begin a turn, as the port says."""
        if language_of(hints.locale) not in LANGUAGES:
            post(TranscriberFailed(turn, "unsupported"))
            return _Silent()
        workers = self._dictation if hints.dictation else self._grammars
        if workers.free:
            self.run(self.warm(hints))
        return SphinxTurn(self, turn, hints, post)

    async def warm(self, hints: Hints) -> None:
        """Prepare these hints' decoder in a free process. Failing is no error: it is prepared when needed."""
        if language_of(hints.locale) in LANGUAGES:
            head = {"do": "warm", "hints": msgspec.to_builtins(hints)}
            workers = self._dictation if hints.dictation else self._grammars
            try:
                await workers.ask(head, deadline_s=_WARM_S)
            except WorkersError:
                return

    async def hear(self, hints: Hints, pcm16: bytes, *, deadline_s: float | None = None) -> tuple[str, float]:
        """Return what 8 kHz sound says and how sure that is. Raises WorkersError.

        Without a deadline of the asker's own it is what a caller can wait.
        """
        workers, usual_s = (self._dictation, _DICTATION_S) if hints.dictation else (self._grammars, _FINAL_S)
        head = {"do": "hear", "hints": msgspec.to_builtins(hints)}
        answer, _ = await workers.ask(head, pcm16, deadline_s=deadline_s or usual_s)
        return str(answer["text"]), float(answer["confidence"])

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work of a turn until it ends or the transcriber closes."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def aclose(self) -> None:
        """Give up what is under way and end the processes."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._grammars.aclose()
        await self._dictation.aclose()
