"""The espeak-ng library that comes from a package, in a process of its own, asked through `workers.py`.

Kept apart from the server because the library holds one global state, and because a crash in it must not
end a call. `python -m app.adapters.offline.espeak_process` answers messages until its input closes.
"""

import ctypes
import sys
from typing import Any

import espeakng_loader

from app.adapters.offline.workers import read_message, write_message

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


def _answer(library: Library, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    text, voice = body.decode(), str(head["voice"])
    if head["do"] == "phonemes":
        return {}, library.phonemes(text, voice).encode()
    return {"rate": library.rate}, library.speak(text, voice, int(head["wpm"]), ssml=bool(head["ssml"]))


def main() -> None:
    """Answer until the asking process closes the pipe; `--phonemes VOICE` gives its input's IPA, and ends."""
    library = Library()
    if sys.argv[1:2] == ["--phonemes"]:
        for line in sys.stdin.buffer.read().decode().split("\n\n"):
            sys.stdout.buffer.write((library.phonemes(line, sys.argv[2]) + "\n").encode())
        return
    while (message := read_message(sys.stdin.buffer)) is not None:
        try:
            head, body = _answer(library, *message)
        except (ValueError, OSError) as error:
            head, body = {"error": str(error)}, b""
        write_message(sys.stdout.buffer, head, body)


if __name__ == "__main__":
    main()
