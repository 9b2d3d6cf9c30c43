"""Speech by espeak-ng, without account, network or root: the system's program, or the library from a package.

Knows how to make telephone sound of a text; keeps nothing (the prompt cache does).
"""

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import AsyncIterator
from typing import Any

from app.adapters.offline.workers import Workers, WorkersError
from app.domain.languages import DEFAULT, LANGUAGES
from app.domain.speech import Utterance
from app.session.ports import SynthesisError

WORDS_PER_MINUTE = 165
"""A calm reading pace; espeak-ng's own default of 175 sounds hurried on the phone."""

VOICE_PREFIX = "espeak:"
"""A voice that begins so names one of espeak-ng's (`espeak:en-us+f3`); other providers' names are ignored."""

_REGIONAL = {"pt-br": "pt-br"}
_DEADLINE_S = 10.0
_SOUND = "1"  # raised when the same text begins to sound otherwise, so that cached prompts are made anew


def espeak_voice(locale: str, voice: str = "") -> str:
    """Return espeak-ng's voice for a BCP 47 locale; an unlisted language is asked for by its own code."""
    if voice.startswith(VOICE_PREFIX):
        return voice.removeprefix(VOICE_PREFIX)
    tag = locale.lower()
    language = tag.split("-")[0]
    if language not in LANGUAGES:
        return _REGIONAL.get(tag, language)
    sounds = LANGUAGES[language].sounds
    return sounds.regional.get(tag, sounds.voice)


class Speaker:
    """Two lasting processes that speak, one text at a time each: by the program, or by the library.

    The server starts none for a text: that would hold up its loop each time.
    """

    def __init__(self, name: str, program: str = "") -> None:
        self.name = name
        self.workers = Workers("app.adapters.offline.espeak_process", size=2, queue=1_000, name="speaking")
        self._program = program
        self._asking: set[asyncio.Task[Any]] = set()

    async def speak(self, text: str, voice: str, *, ssml: bool, deadline_s: float) -> bytes:
        """Return mu-law as the line wants it. Raises SynthesisError. Safe to cancel."""
        head = {
            "do": "speak",
            "voice": voice,
            "wpm": WORDS_PER_MINUTE,
            "ssml": ssml,
            "program": self._program,
        }
        # Nobody's leaving ends a process that is done in a moment: the next text would wait for another.
        asked = asyncio.ensure_future(self.workers.ask(head, text.encode(), deadline_s=deadline_s))
        self._asking.add(asked)
        asked.add_done_callback(self._asked)
        try:
            return (await asyncio.shield(asked))[1]
        except WorkersError as error:
            if error.reason == "timeout":
                raise SynthesisError(f"espeak-ng took longer than {deadline_s:g} s") from error
            raise SynthesisError(f"{self.name}: {error}") from error

    async def aclose(self) -> None:
        """End the processes, with what they work on."""
        for asked in self._asking:
            asked.cancel()
        if self._asking:
            await asyncio.wait(self._asking)
        await self.workers.aclose()

    def _asked(self, task: asyncio.Task[Any]) -> None:
        self._asking.discard(task)
        if not task.cancelled():
            task.exception()  # told to who waits, if anybody does


class ProgramSpeaker(Speaker):
    """By the system's `espeak-ng`."""

    def __init__(self, path: str, version: str) -> None:
        super().__init__(f"espeak-ng {version}", path)


class LibrarySpeaker(Speaker):
    """By the library from the `espeakng-loader` package."""

    def __init__(self) -> None:
        super().__init__("espeak-ng library")


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

    def identity(self, utterance: Utterance) -> str:
        """Engine, version, voice and pace."""
        voice = espeak_voice(utterance.locale, utterance.voice)
        return f"{self._speaker.name}/{voice}/{WORDS_PER_MINUTE}/{_SOUND}"

    def gauges(self) -> dict[str, float]:
        """Return what /metrics shows of the helper processes."""
        return self._speaker.workers.gauges()

    async def warm(self) -> None:
        """Have a process ready, so that the first text waits for none. What fails is told by that text."""
        with contextlib.suppress(SynthesisError):
            await self._speaker.speak("a", DEFAULT.sounds.voice, ssml=False, deadline_s=self._deadline_s)

    async def synthesize(self, utterance: Utterance) -> AsyncIterator[bytes]:
        """Yield the whole utterance as 8 kHz mu-law. Raises SynthesisError. Safe to cancel."""
        text = utterance.ssml or utterance.text
        if not text.strip():
            return
        voice = espeak_voice(utterance.locale, utterance.voice)
        yield await self._speaker.speak(
            text, voice, ssml=utterance.ssml is not None, deadline_s=self._deadline_s
        )

    async def aclose(self) -> None:
        """End helper processes."""
        await self._speaker.aclose()
