"""Prompts spoken once, ever: memory over files over synthesis, found by what decides their sound.

Knows how to keep sound and how to share one synthesis; knows nothing of calls. A sensitive utterance, and
one said to a single caller, is spoken each time and kept nowhere.
"""

import asyncio
import contextlib
import hashlib
from collections import Counter, OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

import msgspec
import structlog

from app.adapters.prompts.files import PromptFiles
from app.adapters.prompts.recordings import FindRecording, Recordings
from app.adapters.prompts.speaking import characters, plainly, speak
from app.domain.speech import Utterance
from app.engine.events import ProviderReported
from app.session.pools import Pool
from app.session.ports import PatientSynthesizer, Report, SynthesisError, Synthesizer

P = ParamSpec("P")
T = TypeVar("T")

_BROKEN_OFF = 1_000
"""Sentences remembered that a voice broke off: most are played again at once."""

_WHYS = 3  # reasons that one warning names
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

    `stand_in` speaks where the voice fails before its first sound, and what it broke off in the middle when
    that is played again. Its sounds are kept as its own, so the play after that tries the voice again.
    `ahead` is the same voice for what no call waits for; it lets calls go first, until a call joins what
    it makes. `pool` is where the files are read and written.
    """

    def __init__(
        self,
        synthesizer: Synthesizer,
        folder: Path,
        *,
        stand_in: Synthesizer | None = None,
        ahead: PatientSynthesizer | None = None,
        recordings: FindRecording = lambda _: None,
        memory_bytes: int = 64 * 1024 * 1024,
        at_once: int = 4,
    ) -> None:
        self._synthesizer = synthesizer
        self._stand_in = stand_in
        self._ahead = ahead or synthesizer
        self._hurry: Callable[[Utterance], None] = ahead.hurry if ahead else lambda _: None
        self._files = PromptFiles(folder)
        self._recordings = Recordings(recordings)
        self._memory_bytes = memory_bytes
        self._at_once = at_once
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._held = 0
        self._making: dict[str, tuple[_Making, asyncio.Task[None]]] = {}
        self.pool = Pool("prompt-files", 2)
        self._broken_off: dict[str, list[str]] = {}
        self._warned = False
        self.hits = 0
        self.misses = 0

    def ready(self, utterance: Utterance) -> bytes | None:
        """Return the whole utterance as mu-law when it lies in memory; never waits."""
        if not utterance.is_cacheable:
            return None
        return self._remembered(self._key(self._synthesizer, utterance))

    def stream(self, utterance: Utterance, report: Report) -> AsyncGenerator[bytes, None]:
        """Yield mu-law as it becomes ready. Raises SynthesisError.

        Callers who want the same share one synthesis, told to the call that began it; one who goes leaves
        the others theirs, and the last one to go does not stop it either: what was begun will be wanted
        again. One that is not kept is stopped.
        """
        return self._told(self._synthesizer, utterance, report)

    async def _told(
        self, voice: Synthesizer, utterance: Utterance, report: Report
    ) -> AsyncGenerator[bytes, None]:
        """Yield what this voice says, or else the one that stands in."""
        has_begun = False
        key = self._key(voice, utterance)
        reason = self._why_broken_off(key)
        if not reason:
            try:
                async with contextlib.aclosing(self._spoken(voice, utterance, report)) as sound:
                    async for chunk in sound:
                        has_begun = True
                        yield chunk
            except SynthesisError as error:
                reason = error.reason
                if has_begun and self._stand_in is not None and len(self._broken_off) < _BROKEN_OFF:
                    self._broken_off.setdefault(key, []).append(reason)
                if has_begun or self._stand_in is None:
                    raise
            else:
                return
        if self._stand_in is not None:
            plain = plainly(utterance)
            why = f"{self._stand_in.identity(plain)} for {voice.identity(utterance)}: {reason}"
            report(ProviderReported("tts", "fell_back", why))
            async with contextlib.aclosing(self._spoken(self._stand_in, plain, report)) as sound:
                async for chunk in sound:
                    yield chunk

    def _why_broken_off(self, key: str) -> str:
        """Return why a sentence was broken off, once for each call that heard it break; else nothing."""
        if not (reasons := self._broken_off.pop(key, [])):
            return ""
        if reasons[1:]:
            self._broken_off[key] = reasons[1:]
        return reasons[0]

    async def _spoken(
        self, voice: Synthesizer, utterance: Utterance, report: Report
    ) -> AsyncGenerator[bytes, None]:
        """Yield what this voice says, from wherever it comes soonest."""
        if not utterance.is_cacheable:
            async with contextlib.aclosing(self._sound(voice, utterance, report)) as chunks:
                async for chunk in chunks:
                    yield chunk
            return
        sound = self._remembered(self._key(voice, utterance))
        if sound is not None:
            yield sound
            return
        making = self._make(voice, utterance, report)
        at = 0
        while True:
            changed = making.changed
            while at < len(making.chunks):
                at += 1
                yield making.chunks[at - 1]
            if making.error is not None:
                raise SynthesisError(str(making.error), reason=making.error.reason)
            if making.done:
                return
            if at == len(making.chunks) and changed is making.changed:
                await changed.wait()

    async def warm(self, utterances: Sequence[Utterance]) -> int:
        """Make these ready, a few at a time; return how many could not be spoken. Never raises."""
        gate, reports = asyncio.Semaphore(self._at_once), list[ProviderReported]()
        wanted = dict.fromkeys(u for u in utterances if u.is_cacheable)
        silent = sum(await asyncio.gather(*(self._warm_one(each, gate, reports.append) for each in wanted)))
        if fallen := [report.detail for report in reports if report.event == "fell_back"]:
            whys = Counter(fallen).most_common(_WHYS)
            _log.warning("prompts_by_stand_in", count=len(fallen), of=len(wanted), why=dict(whys))
        return silent

    async def _warm_one(self, utterance: Utterance, gate: asyncio.Semaphore, report: Report) -> bool:
        async with gate:
            try:
                if utterance.audio:  # its digest is remembered here, so that no call waits for the file
                    await self._apart(self._recordings.digest, utterance.audio)
                async for _ in self._told(self._ahead, utterance, report):
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
        self.pool.shutdown(wait=False)

    async def _apart(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what blocks in the pool. Raises SynthesisError when too much waits there."""
        try:
            return await asyncio.wrap_future(self.pool.submit(work, *args, **kwargs))
        except RuntimeError as error:  # full, or shut down because the program ends
            raise SynthesisError(str(error), reason="unavailable") from error

    def _remembered(self, key: str) -> bytes | None:
        sound = self._memory.get(key)
        if sound is not None:
            self.hits += 1
            self._memory.move_to_end(key)
        return sound

    def _key(self, voice: Synthesizer, utterance: Utterance) -> str:
        content = self._recordings.digest(utterance.audio) if utterance.audio else ""
        told = (voice.identity(utterance), utterance, content)
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()

    def _make(self, voice: Synthesizer, utterance: Utterance, report: Report) -> _Making:
        key = self._key(voice, utterance)
        if key not in self._making:
            making = _Making()
            sound = self._sound(voice, utterance, report)
            task = asyncio.get_running_loop().create_task(self._work(key, sound, making))
            self._making[key] = (making, task)
        elif voice is self._synthesizer:
            self._hurry(utterance)
        return self._making[key][0]

    async def _work(self, key: str, made: AsyncGenerator[bytes, None], making: _Making) -> None:
        fresh = False
        try:
            sound = await self._apart(self._files.read, key)
            if sound is not None:
                self.hits += 1
                making.chunks.append(sound)
            else:
                self.misses += 1
                async for chunk in made:
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
            await made.aclose()

    async def _sound(
        self, voice: Synthesizer, utterance: Utterance, report: Report
    ) -> AsyncGenerator[bytes, None]:
        if utterance.audio:
            try:
                yield await self._apart(self._recordings.load, utterance.audio)
            except SynthesisError as error:
                _log.warning("recording_not_played", reason=str(error))
            else:
                return
        is_told = False
        async with speak(voice, utterance, report) as sound:
            async for chunk in sound:
                if not is_told:
                    is_told = True
                    amount, name = characters(utterance), voice.identity(utterance)
                    report(ProviderReported("tts", "served", name))
                    report(ProviderReported("tts", "used", name, amount, "characters"))
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
            await self._apart(self._files.write, key, sound)
        except SynthesisError as error:
            _log.warning("prompt_not_kept", reason=str(error))
        except OSError as error:
            if not self._warned:
                self._warned = True
                _log.warning(
                    "prompt_cache_not_written", reason=error.strerror or str(error), file=error.filename
                )
