"""Speech for the line in a process of its own, asked through `workers.py`: espeak-ng's program or library.

Kept apart from the server because the library holds one global state, because a crash in it must not end a
call, and because starting the program and fitting its sound to the line would hold calls up.
`python -m app.adapters.offline.espeak_process` answers messages until its input closes.
"""

import ctypes
import subprocess
import sys
from typing import Any

import espeakng_loader

from app.adapters.offline.workers import read_message, write_message
from app.media.audio import BadWav, read_wav
from app.media.studio import to_line

_RETRIEVE = 1  # AUDIO_OUTPUT_RETRIEVAL: samples come by callback
_CHARS_UTF8 = 1
_SSML = 0x10
_RATE_PARAMETER = 1
_IPA = 0x02
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Library:
    """espeak-ng by ctypes; one text at a time."""

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._callback = _Callback(self._take)  # kept alive as long as the library may call it
        self._lib = ctypes.cdll.LoadLibrary(espeakng_loader.get_library_path())
        self._lib.espeak_TextToPhonemes.restype = ctypes.c_char_p
        data = espeakng_loader.get_data_path().encode()
        self.rate = int(self._lib.espeak_Initialize(_RETRIEVE, 0, data, 0))
        if self.rate <= 0:
            raise OSError("espeak-ng's library did not find its data")
        self._lib.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: Any, count: int, _events: int | None) -> int:  # noqa: ANN401 - a ctypes pointer
        if samples and count > 0:
            self._pcm += ctypes.string_at(samples, count * 2)
        return 0

    def _choose(self, voice: str) -> None:
        if self._lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"espeak-ng knows no voice {voice!r}")

    def speak(self, text: str, voice: str, words_per_minute: int, *, ssml: bool) -> bytes:
        """Return 16-bit samples at `rate`. Raises ValueError for an unknown voice."""
        self._choose(voice)
        self._lib.espeak_SetParameter(_RATE_PARAMETER, words_per_minute, 0)
        self._pcm.clear()
        data = text.encode() + b"\0"
        flags = _CHARS_UTF8 | (_SSML if ssml else 0)
        self._lib.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 1, 0, flags, None, None)
        self._lib.espeak_Synchronize()
        return bytes(self._pcm)

    def phonemes(self, text: str, voice: str) -> str:
        """Return the text's sounds in IPA, one space between sounds."""
        self._choose(voice)
        parts = []
        rest = ctypes.c_char_p(text.encode() + b"\0")
        while rest.value is not None:
            said = self._lib.espeak_TextToPhonemes(ctypes.byref(rest), _CHARS_UTF8, _IPA | ord(" ") << 8)
            parts.append(said.decode() if said else "")
        return " ".join(parts)


class Speaking:
    """By a program where one is named, else by the library, which is loaded when first needed."""

    def __init__(self) -> None:
        self._library: Library | None = None

    def answer(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Return the answer to one question. Raises ValueError and OSError."""
        text, voice = body.decode(), str(head["voice"])
        if head["do"] == "phonemes":
            return {}, self.library.phonemes(text, voice).encode()
        words_per_minute, ssml = int(head["wpm"]), bool(head["ssml"])
        if program := str(head["program"]):
            pcm, rate = _by_program(program, text, voice, words_per_minute, ssml=ssml)
        else:
            pcm = self.library.speak(text, voice, words_per_minute, ssml=ssml)
            rate = self.library.rate
        return {}, to_line(pcm, rate)

    @property
    def library(self) -> Library:
        """The library, loaded. Raises OSError."""
        if self._library is None:
            self._library = Library()
        return self._library


def _by_program(
    program: str, text: str, voice: str, words_per_minute: int, *, ssml: bool
) -> tuple[bytes, int]:
    """Return mono samples and their rate from a process of the program (12 ms)."""
    command = [program, "--stdout", "--stdin", "-b", "1", "-v", voice, "-s", str(words_per_minute)]
    try:
        said = subprocess.run(  # noqa: S603 - the program that was found at the start
            [*command, "-m"] if ssml else command, input=text.encode(), capture_output=True, check=False
        )
    except OSError as error:
        raise OSError(f"cannot run {program}: {error.strerror}") from error
    try:
        wav = read_wav(said.stdout)
    except BadWav:
        lines = said.stderr.decode(errors="replace").strip().splitlines()
        raise ValueError(f"no sound: {lines[-1] if lines else 'it did not say why'}") from None
    return wav.pcm16, wav.rate


def main() -> None:
    """Answer until the asking process closes the line; `--phonemes VOICE` gives its input's IPA, and ends."""
    speaking = Speaking()
    if sys.argv[1:2] == ["--phonemes"]:
        for line in sys.stdin.buffer.read().decode().split("\n\n"):
            sys.stdout.buffer.write((speaking.library.phonemes(line, sys.argv[2]) + "\n").encode())
        return
    while (message := read_message(sys.stdin.buffer)) is not None:
        try:
            head, body = speaking.answer(*message)
        except (ValueError, OSError) as error:
            head, body = {"error": str(error)}, b""
        write_message(sys.stdout.buffer, head, body)


if __name__ == "__main__":
    main()
