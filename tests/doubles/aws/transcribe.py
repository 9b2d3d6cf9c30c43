"""A session of Transcribe, whichever wire it comes by: takes audio, gives results, performs its faults.

The wires (`transcribe_ws.py`, `transcribe_h2.py`) prove signatures and carry messages; this proves what
was sent and tells when the client went away.
"""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from app.adapters.offline.workers import WorkersError
from tests.doubles.aws import codec
from tests.doubles.aws.account import Refusal
from tests.doubles.aws.hearing import BYTES_PER_MS, Ears, Result, Segmenter
from tests.doubles.aws.log import Ending, NeverHappensError, Request, Service, now
from tests.doubles.aws.script import (
    AudioTimeout,
    Fault,
    Fin,
    GoAway,
    InStreamException,
    Rst,
    Script,
    Stall,
    after_of,
)

_LARGEST_MS = 1_000
_NO_AUDIO = "Your request timed out because no new audio was received for 15 seconds."


class Wire(Protocol):
    """What a session needs of its connection."""

    def send(self, data: bytes) -> None:
        """Send one event-stream message."""
        ...

    def finish(self) -> None:
        """End the answer properly."""
        ...

    def cut(self, fault: Fin | Rst | GoAway) -> None:
        """End the connection in this way."""
        ...


class Session(Request):
    """One stream as a test sees it; `audio` is what came, in order."""

    def __init__(self, operation: str, asked: Mapping[str, str], headers: Mapping[str, str]) -> None:
        super().__init__(Service.TRANSCRIBE, operation, asked, headers=headers)
        self.audio = bytearray()
        self.events = 0
        self.chunks_proven = 0
        self.is_ending = False
        self.script = Script()
        self._ears = Ears()
        self._wire: Wire | None = None
        self._more = asyncio.Event()
        self._incoming: asyncio.Queue[bytes] = asyncio.Queue()
        self._failures: list[BaseException] = []
        self._task: asyncio.Task[None] | None = None
        self._timeout: asyncio.TimerHandle | None = None
        self._is_stalled = False

    @property
    def heard_ms(self) -> int:
        """How much audio came."""
        return len(self.audio) // BYTES_PER_MS

    async def heard(self, ms: int) -> None:
        """Return once this much audio came. Raises NeverHappensError when the stream is over before."""
        while self.heard_ms < ms:
            if self.ending is not None:
                raise NeverHappensError(f"{self!r} heard {self.heard_ms} ms, never {ms}")
            await self._more.wait()

    def check(self, ears: Ears) -> None:
        """Refuse what the service does not take. Raises Refusal."""
        asked = self.body
        if asked.get("media-encoding") not in {"pcm", "ogg-opus", "flac"}:
            raise Refusal(400, "BadRequestException", "1 validation error detected: mediaEncoding")
        if not asked.get("sample-rate", "").isdecimal() or not 8_000 <= int(asked["sample-rate"]) <= 48_000:
            raise Refusal(400, "BadRequestException", "1 validation error detected: mediaSampleRateHertz")
        language = asked.get("language-code", "")
        if not language or (ears.languages and language not in ears.languages):
            raise Refusal(400, "BadRequestException", f"The language code {language} is not supported.")
        vocabulary = asked.get("vocabulary-name")
        if vocabulary and vocabulary not in ears.vocabularies:
            raise Refusal(400, "BadRequestException", "The requested vocabulary couldn't be found.")

    def begin(self, wire: Wire, ears: Ears, failures: list[BaseException]) -> None:
        """Take audio from now on."""
        self._wire, self._ears, self._failures = wire, ears, failures
        self._task = asyncio.get_running_loop().create_task(self._listen())
        self._task.add_done_callback(self._look_at)
        self._await_audio()
        self._meet_fault()

    def take(self, pcm16: bytes) -> None:
        """Take one AudioEvent; an empty one ends the stream."""
        if self.ending is not None:
            return
        if len(pcm16) > _LARGEST_MS * BYTES_PER_MS:
            self.fail("BadRequestException", "The audio chunk is longer than a second.")
            return
        self.events += 1
        self.is_ending = not pcm16
        self.audio += pcm16
        self._incoming.put_nowait(pcm16)
        self._await_audio()
        self._tell()

    def gone(self) -> None:
        """Note that the connection is no more."""
        self.note_end(Ending.CLIENT_GONE)
        self._stop()

    async def aclose(self) -> None:
        """End the session's work."""
        self._stop()
        if self._task is not None:
            await asyncio.wait({self._task})

    def say(self, text: str, begins_ms: int, ends_ms: int, *, final: bool = True, unstable: int = 0) -> None:
        """Give a result now, for this stretch of the stream's audio."""
        self.give(Result(text, begins_ms, ends_ms, not final, unstable=unstable))

    def give(self, *results: Result) -> None:
        """Give results in one event now, unless a fault keeps them back."""
        if self.ending is not None or self._is_stalled or self._wire is None:
            return
        stabilised = self.body.get("enable-partial-results-stabilization", "").lower() == "true"
        bodies = [result.body(stabilised=stabilised) for result in results]
        self._wire.send(codec.event("TranscriptEvent", {"Transcript": {"Results": bodies}}))
        self.note_piece(results[-1].text)
        self._meet_fault()

    def fail(self, code: str, message: str) -> None:
        """End the stream with an exception event."""
        if self.ending is None and self._wire is not None:
            self._wire.send(codec.exception(code, message, key="Message"))
            self.note_end(Ending.EXCEPTION, code)
            self._wire.finish()
            self._stop()

    def meet(self, fault: Fault) -> None:
        """Let a fault happen now."""
        if self.ending is not None or self._wire is None:
            return
        match fault:
            case Stall():
                self._is_stalled = True
            case InStreamException(code, message):
                self.fail(code, message)
            case Fin() | Rst() | GoAway():
                self.note_end(Ending.CUT, type(fault).__name__)
                self._wire.cut(fault)
                self._stop()
            case _:
                raise ValueError(f"{type(fault).__name__} does not happen inside a stream")

    def _meet_fault(self) -> None:
        fault = self.script.fault
        if isinstance(fault, Stall | InStreamException | Fin | Rst | GoAway) and self.pieces >= fault.after:
            self.meet(fault)

    def _tell(self) -> None:
        more, self._more = self._more, asyncio.Event()
        more.set()

    def _stop(self) -> None:
        self._tell()
        if self._timeout is not None:
            self._timeout.cancel()
        if self._task is not None:
            self._task.cancel()

    def _await_audio(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
        fault = after_of(self.script, AudioTimeout) or AudioTimeout()
        loop = asyncio.get_running_loop()
        self._timeout = loop.call_later(
            fault.after_ms / 1000, lambda: self.fail("BadRequestException", _NO_AUDIO)
        )

    async def _listen(self) -> None:
        segmenter = Segmenter(self._ears, self, final_after_ms=self.script.first_ms)
        while pcm16 := await self._incoming.get():
            came = now()
            async for result in segmenter.feed(pcm16):
                await self._give_in_time(result, came)
        async for result in segmenter.end():
            self.give(result)
        if self.ending is None and self._wire is not None:
            self.note_end(Ending.COMPLETE)
            self._wire.finish()

    async def _give_in_time(self, result: Result, came: float) -> None:
        if not result.is_partial and self.script.first_ms > self._ears.silence_ms:
            left = came + (self.script.first_ms - self._ears.silence_ms) / 1000 - now()
            await asyncio.sleep(max(0.0, left))
        self.give(result)

    def _look_at(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        self._failures.append(error)
        what = "recogniser" if isinstance(error, WorkersError) else type(error).__name__
        self.fail("InternalFailureException", f"The double failed: {what}")
