"""How words sound, in the acoustic model's phones: CMUdict first, espeak-ng's phonemes for what it lacks.

Runs in the recogniser's own process and may block there; knows no grammar.
"""

import mmap
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

from app.domain.languages import LANGUAGES

_LONGEST_FIRST = 3
_MOST_VARIANTS = 4

# IPA as espeak-ng writes it -> phones of the American model; a language brings its own sounds.
_COMMON = {
    "p": ("P",), "b": ("B",), "t": ("T",), "d": ("D",), "k": ("K",), "ɡ": ("G",), "g": ("G",), "ʔ": ("",),
    "f": ("F",), "v": ("V",), "θ": ("TH",), "ð": ("DH",), "s": ("S",), "z": ("Z",), "ʃ": ("SH",),
    "ʒ": ("ZH",), "h": ("HH",), "x": ("HH",), "tʃ": ("CH",), "dʒ": ("JH",), "m": ("M",), "n": ("N",),
    "ŋ": ("NG",), "l": ("L",), "ɫ": ("L",), "ɹ": ("R",), "r": ("R",), "ɾ": ("T",), "j": ("Y",), "w": ("W",),
    "i": ("IY",), "iː": ("IY",), "ɪ": ("IH",), "ᵻ": ("IH",), "e": ("EH",), "ɛ": ("EH",), "eɪ": ("EY",),
    "æ": ("AE",), "a": ("AA",), "aː": ("AA",), "ɑː": ("AA",), "ɑ": ("AA",), "ɒ": ("AA",), "ɔ": ("AO",),
    "ɔː": ("AO",), "o": ("OW",), "oː": ("AO",), "oʊ": ("OW",), "əʊ": ("OW",), "ʊ": ("UH",), "u": ("UW",),
    "uː": ("UW",), "ʌ": ("AH",), "ə": ("AH",), "ɐ": ("AH",), "ɜː": ("ER",), "ɚ": ("ER",), "aɪ": ("AY",),
    "aʊ": ("AW",), "ɔɪ": ("OY",), "əl": ("AH L",), "aɪə": ("AY AH",), "aɪɚ": ("AY ER",), "iə": ("IY AH",),
    "oːɹ": ("AO R",), "ɔːɹ": ("AO R",), "ɑːɹ": ("AA R",), "ɛɹ": ("EH R",), "ɪɹ": ("IH R",), "ʊɹ": ("UH R",),
    "n̩": ("AH N",), "l̩": ("AH L",), "ɬ": ("L",),
}  # fmt: skip
_STRESS = str.maketrans("", "", "ˈˌ‿͡-")


def _read(sound: str, table: dict[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Cut one sound, or several that espeak-ng wrote together, into known ones; unknown signs are skipped."""
    found, at = [], 0
    while at < len(sound):
        for length in range(min(_LONGEST_FIRST, len(sound) - at), 0, -1):
            phones = table.get(sound[at : at + length])
            if phones is not None:
                found.append(phones)
                at += length
                break
        else:
            at += 1
    return found


def phones_of_ipa(ipa: str, language: str) -> tuple[str, ...]:
    """Return up to four pronunciations of a word in IPA, sounds parted by spaces; none if nothing fits."""
    table = {**_COMMON, **LANGUAGES[language].sounds.phones}
    parts = [phones for sound in ipa.translate(_STRESS).split() for phones in _read(sound, table)]
    # Alternatives are taken for the whole word at once, or a word of five such sounds had 32 pronunciations.
    most = max((len(part) for part in parts), default=0)
    variants = [tuple(part[min(n, len(part) - 1)] for part in parts) for n in range(most)]
    if sum(len(part) > 1 for part in parts) == 2:  # noqa: PLR2004 - two such sounds still fit in four
        variants = list(product(*parts))
    said = (" ".join(filter(None, variant)) for variant in variants[:_MOST_VARIANTS])
    return tuple(dict.fromkeys(filter(None, said)))


def ipa_of(words: list[str], language: str) -> list[str]:
    """Return each word's IPA from espeak-ng's program or the packaged library. Blocks; raises OSError."""
    if not words:
        return []
    program, voice = shutil.which("espeak-ng"), LANGUAGES[language].sounds.voice
    command = [program or sys.executable, "-q", "--ipa", "--sep= ", "-v", voice, "--stdin"]
    if program is None:
        command[1:] = ["-m", "app.adapters.offline.espeak_process", "--phonemes", voice]
    text = "".join(f"{word}.\n\n" for word in words)  # a sentence each: espeak-ng gives it a line of its own
    try:
        said = subprocess.run(command, input=text.encode(), capture_output=True, check=True, timeout=10)  # noqa: S603
    except subprocess.SubprocessError as error:
        raise OSError(f"espeak-ng gave no phonemes: {error}") from error
    lines = said.stdout.decode(errors="replace").split("\n")[: len(words)]
    return [*lines, *[""] * (len(words) - len(lines))]


class Lexicon:
    """Pronunciations of words, remembered."""

    def __init__(self, cmudict: Path) -> None:
        with cmudict.open("rb") as file:
            self._dict = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}

    def _look_up(self, word: str) -> tuple[str, ...]:
        found = []
        for variant in (word, *(f"{word}({n})" for n in range(2, _MOST_VARIANTS + 1))):
            at = self._dict.find(f"\n{variant} ".encode())
            if at < 0:
                break
            line = self._dict[at + 1 : self._dict.find(b"\n", at + 1)].decode()
            found.append(line.split(None, 1)[1].strip())
        return tuple(found)

    def pronounce(self, words: tuple[str, ...], language: str) -> dict[str, tuple[str, ...]]:
        """Return each word's pronunciations; a word nobody can pronounce has none. Raises OSError."""
        unknown = []
        for word in words:
            key = (language, word)
            if key not in self._known:
                self._known[key] = self._look_up(word) if LANGUAGES[language].sounds.is_the_models_own else ()
                if not self._known[key]:
                    unknown.append(word)
        for word, ipa in zip(unknown, ipa_of(unknown, language), strict=True):
            self._known[language, word] = phones_of_ipa(ipa, language)
        return {word: self._known[language, word] for word in words}
