"""Speech by espeak-ng, without account, network or root: the system's program, or the library from a package.

Knows how to make telephone sound of a text; keeps nothing (the prompt cache does).
"""

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import AsyncIterator
from typing import Protocol

from app.adapters.offline.workers import Workers, WorkersError
from app.domain.speech import Utterance
from app.media.audio import BadWav, read_wav
from app.media.studio import to_line
from app.session.pools import Pool
from app.session.ports import SynthesisError

WORDS_PER_MINUTE = 165
"""A calm reading pace; espeak-ng's own default of 175 sounds hurried on the phone."""

VOICE_PREFIX = "espeak:"
"""A voice that begins so names one of espeak-ng's (`espeak:en-us+f3`); other providers' names are ignored."""

_VOICES = {"en-us": "en-us", "en-gb": "en-gb", "en": "en-us", "es-es": "es", "es": "es-419", "pt-br": "pt-br"}
_DEADLINE_S = 10.0
_SOUND = "1"  # raised when the same text begins to sound otherwise, so that cached prompts are made anew


def espeak_voice(locale: str, voice: str = "") -> str:
    """Return espeak-ng's voice for a BCP 47 locale; an unlisted language is asked for by its own code."""
    if voice.startswith(VOICE_PREFIX):
        return voice.removeprefix(VOICE_PREFIX)
    tag = locale.lower()
    language = tag.split("-")[0]
    return _VOICES.get(tag) or _VOICES.get(language) or language


class Speaker(Protocol):
    """One way to reach espeak-ng."""

    name: str

    async def speak(self, text: str, voice: str, *, ssml: bool) -> tuple[bytes, int]:
        """Return mono 16-bit samples and their rate. Raises SynthesisError."""
        ...

    async def aclose(self) -> None:
        """End helper processes."""
        ...


class ProgramSpeaker:
    """The system's `espeak-ng`, a process for each text (12 ms)."""

    def __init__(self, path: str, version: str) -> None:
        self._path = path
        self._at_once = asyncio.Semaphore(4)
        self.name = f"espeak-ng {version}"

    async def speak(self, text: str, voice: str, *, ssml: bool) -> tuple[bytes, int]:
        """Return mono 16-bit samples and their rate. Raises SynthesisError. Cancelling ends the process."""
        arguments = ["--stdout", "--stdin", "-b", "1", "-v", voice, "-s", str(WORDS_PER_MINUTE)]
        async with self._at_once:
            out, complaint = await self._run([*arguments, "-m"] if ssml else arguments, text.encode())
        try:
            wav = read_wav(out)
        except BadWav:
            raise SynthesisError(f"espeak-ng gave no sound: {complaint or 'it did not say why'}") from None
        return wav.pcm16, wav.rate

    async def _run(self, arguments: list[str], text: bytes) -> tuple[bytes, str]:
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                self._path, *arguments, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
            )
        except OSError as error:
            raise SynthesisError(f"cannot run {self._path}: {error.strerror}") from error
        try:
            out, complaint = await process.communicate(text)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await asyncio.shield(asyncio.ensure_future(process.wait()))
        lines = complaint.decode(errors="replace").strip().splitlines()
        return out, lines[-1] if lines else ""

    async def aclose(self) -> None:
        """Nothing stays behind a text."""


class LibrarySpeaker:
    """The library from the `espeakng-loader` package, in two lasting processes."""

    name = "espeak-ng library"

    def __init__(self) -> None:
        self._workers = Workers("app.adapters.offline.espeak_process", size=2, queue=1_000)

    async def speak(self, text: str, voice: str, *, ssml: bool) -> tuple[bytes, int]:
        """Return mono 16-bit samples and their rate. Raises SynthesisError."""
        head = {"do": "speak", "voice": voice, "wpm": WORDS_PER_MINUTE, "ssml": ssml}
        try:
            answer, pcm = await self._workers.ask(head, text.encode(), deadline_s=_DEADLINE_S)
        except WorkersError as error:
            raise SynthesisError(f"espeak-ng's library: {error}") from error
        return pcm, int(answer["rate"])

    async def aclose(self) -> None:
        """End the processes."""
        await self._workers.aclose()


def find_speaker() -> Speaker:
    """Return the system's espeak-ng where it runs, else the packaged library. Blocks about 10 ms."""
    path = shutil.which("espeak-ng")
    if path is not None:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            said = subprocess.run([path, "--version"], capture_output=True, check=True, timeout=5)  # noqa: S603
            version = said.stdout.decode(errors="replace").partition("Data at")[0]
            return ProgramSpeaker(path, version.rpartition(":")[2].strip())
    return LibrarySpeaker()


class EspeakSynthesizer:
    """Text to telephone speech: level, rate and edges as the line wants them."""

    def __init__(self, speaker: Speaker | None = None, *, deadline_s: float = _DEADLINE_S) -> None:
        self._speaker = speaker or find_speaker()
        self._deadline_s = deadline_s
        self.pool = Pool("espeak-sound", 2)

    def identity(self, utterance: Utterance) -> str:
        """Engine, version, voice and pace."""
        voice = espeak_voice(utterance.locale, utterance.voice)
        return f"{self._speaker.name}/{voice}/{WORDS_PER_MINUTE}/{_SOUND}"

    async def synthesize(self, utterance: Utterance) -> AsyncIterator[bytes]:
        """Yield the whole utterance as 8 kHz mu-law. Raises SynthesisError. Safe to cancel."""
        text = utterance.ssml or utterance.text
        if not text.strip():
            return
        voice = espeak_voice(utterance.locale, utterance.voice)
        try:
            async with asyncio.timeout(self._deadline_s):
                pcm, rate = await self._speaker.speak(text, voice, ssml=utterance.ssml is not None)
        except TimeoutError:
            raise SynthesisError(f"espeak-ng took longer than {self._deadline_s:g} s") from None
        try:
            sound = await asyncio.wrap_future(self.pool.submit(to_line, pcm, rate))
        except RuntimeError as error:  # full, or shut down because the program ends
            raise SynthesisError(str(error), reason="unavailable") from error
        yield sound

    async def aclose(self) -> None:
        """End helper processes and threads."""
        await self._speaker.aclose()
        self.pool.shutdown(wait=False)
