"""Prompts spoken once, ever: memory over files over synthesis, found by what decides their sound.

Knows how to keep sound and how to share one synthesis; knows nothing of calls. A sensitive utterance is
spoken each time and kept nowhere.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import structlog

from app.adapters.prompts.files import PromptFiles
from app.adapters.prompts.recordings import FindRecording, Recordings
from app.domain.speech import Utterance
from app.engine.events import ProviderReported
from app.session.ports import Report, SynthesisError, Synthesizer

_log = structlog.get_logger(__name__)


class _Making:
    """One utterance on its way, for all who wait for it."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.done = False
        self.error: SynthesisError | None = None
        self.changed = asyncio.Event()

    def tell(self) -> None:
        """Wake everybody who waits; each finds its own place."""
        self.changed.set()
        self.changed = asyncio.Event()


class PromptCache:
    """Implements PromptSource over any Synthesizer.

    `memory_bytes` bounds what is kept in memory, the least recently used going first; `at_once` how many
    prompts are warmed together; `recordings` finds the file of an utterance that names one. A folder that
    cannot be written costs one warning: everything works from memory then.
    """

    def __init__(
        self,
        synthesizer: Synthesizer,
        folder: Path,
        *,
        recordings: FindRecording = lambda _: None,
        memory_bytes: int = 64 * 1024 * 1024,
        at_once: int = 4,
    ) -> None:
        self._synthesizer = synthesizer
        self._files = PromptFiles(folder)
        self._recordings = Recordings(recordings)
        self._memory_bytes = memory_bytes
        self._at_once = at_once
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._held = 0
        self._making: dict[str, tuple[_Making, asyncio.Task[None]]] = {}
        self._disk = ThreadPoolExecutor(2, thread_name_prefix="prompt-files")
        self._warned = False
        self.hits = 0
        self.misses = 0

    def ready(self, utterance: Utterance) -> bytes | None:
        """Return the whole utterance as mu-law when it lies in memory; never waits."""
        if utterance.sensitive:
            return None
        key = self._key(utterance)
        sound = self._memory.get(key)
        if sound is not None:
            self.hits += 1
            self._memory.move_to_end(key)
        return sound

    async def stream(self, utterance: Utterance, report: Report) -> AsyncIterator[bytes]:  # noqa: ARG002
        """Yield mu-law as it becomes ready. Raises SynthesisError.

        Callers who want the same share one synthesis; one who goes leaves the others theirs, and the last
        one to go does not stop it either: what was begun will be wanted again. A sensitive one is stopped.
        """
        if utterance.sensitive:
            async for chunk in self._sound(utterance):
                yield chunk
            return
        sound = self.ready(utterance)
        if sound is not None:
            yield sound
            return
        making = self._make(utterance)
        at = 0
        while True:
            changed = making.changed
            while at < len(making.chunks):
                at += 1
                yield making.chunks[at - 1]
            if making.error is not None:
                raise SynthesisError(str(making.error))
            if making.done:
                return
            if at == len(making.chunks) and changed is making.changed:
                await changed.wait()

    async def warm(self, utterances: Sequence[Utterance]) -> int:
        """Make these ready, a few at a time; return how many could not be spoken. Never raises."""
        gate = asyncio.Semaphore(self._at_once)
        wanted = dict.fromkeys(u for u in utterances if not u.sensitive)
        return sum(await asyncio.gather(*(self._warm_one(utterance, gate) for utterance in wanted)))

    async def _warm_one(self, utterance: Utterance, gate: asyncio.Semaphore) -> bool:
        async with gate:
            if utterance.audio:  # its digest is remembered here, so that no call waits for reading the file
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._disk, self._recordings.digest, utterance.audio)
            try:
                async for _ in self.stream(utterance, _untold):
                    pass
            except SynthesisError as error:
                _log.warning(
                    "prompt_not_spoken", text=utterance.text, locale=utterance.locale, reason=str(error)
                )
                return True
        return False

    async def aclose(self) -> None:
        """Give up what is being made."""
        tasks = [task for _, task in self._making.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._disk.shutdown(wait=False)

    def _key(self, utterance: Utterance) -> str:
        content = self._recordings.digest(utterance.audio) if utterance.audio else ""
        told = (self._synthesizer.identity(utterance), utterance, content)
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()

    def _make(self, utterance: Utterance) -> _Making:
        key = self._key(utterance)
        if key not in self._making:
            making = _Making()
            task = asyncio.get_running_loop().create_task(self._work(key, utterance, making))
            self._making[key] = (making, task)
        return self._making[key][0]

    async def _work(self, key: str, utterance: Utterance, making: _Making) -> None:
        loop = asyncio.get_running_loop()
        fresh = False
        try:
            sound = await loop.run_in_executor(self._disk, self._files.read, key)
            if sound is not None:
                self.hits += 1
                making.chunks.append(sound)
            else:
                self.misses += 1
                async for chunk in self._sound(utterance):
                    making.chunks.append(chunk)
                    making.tell()
                sound = b"".join(making.chunks)
                fresh = True
            self._remember(key, sound)
            making.done = True
            making.tell()
            if fresh and sound:
                await self._keep(key, sound)
        except SynthesisError as error:
            making.error = error
        except asyncio.CancelledError:
            making.error = SynthesisError("the program is ending")
            raise
        finally:
            if not making.done and making.error is None:
                making.error = SynthesisError("the synthesizer broke")
            making.done = True
            making.tell()
            del self._making[key]

    async def _sound(self, utterance: Utterance) -> AsyncIterator[bytes]:
        if utterance.audio:
            loop = asyncio.get_running_loop()
            try:
                yield await loop.run_in_executor(self._disk, self._recordings.load, utterance.audio)
            except SynthesisError as error:
                _log.warning("recording_not_played", reason=str(error))
            else:
                return
        async for chunk in self._synthesizer.synthesize(utterance):
            yield chunk

    def _remember(self, key: str, sound: bytes) -> None:
        if len(sound) > self._memory_bytes:
            return
        self._held += len(sound) - len(self._memory.pop(key, b""))
        self._memory[key] = sound
        while self._held > self._memory_bytes:
            _, old = self._memory.popitem(last=False)
            self._held -= len(old)

    async def _keep(self, key: str, sound: bytes) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._disk, self._files.write, key, sound)
        except OSError as error:
            if not self._warned:
                self._warned = True
                _log.warning(
                    "prompt_cache_not_written", reason=error.strerror or str(error), file=error.filename
                )


def _untold(report: ProviderReported) -> None:
    """Tell no call: a prompt made ahead belongs to none."""
