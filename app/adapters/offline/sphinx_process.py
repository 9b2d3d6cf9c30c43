"""pocketsphinx in a process of its own: sound and a question's hints in, words and confidence out.

In a process because the decoder keeps Python's lock for as long as it decodes. Answers one message after
the other until its input closes; keeps nothing of a call but prepared decoders.
"""

import audioop
import contextlib
import math
import os
import sys
import tempfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pocketsphinx

from app.adapters.offline.likeness import Stretch, confidence, has_rival
from app.adapters.offline.pronunciation import Lexicon
from app.adapters.offline.spoken import Spoken, jsgf, language_of, spoken_answers, token
from app.adapters.offline.workers import read_message, write_message
from app.domain.languages import language
from app.domain.speech import Hints
from app.media.resampling import from_pcm16, resample, to_pcm16

_MODEL = Path(pocketsphinx.get_model_path()) / "en-us"
_KEPT_DECODERS = 8  # about 6 MB each
_ALLPHONE_SCALE = 1_024  # pocketsphinx shifts a grammar's scores by ten bits, and those of free phones not
_RATE = 16_000
_HISS_DBFS, _HISS_FROM_HZ = -60.0, 3_600
_DICTATION_CONFIDENCE = 0.3
_SURE = 0.7
_HALF_SAID = 0.4
_DOUBTFUL = 0.65  # an answer, which is read back before it counts
_LEAST_SECONDS = 0.15
_NICE = 5  # the server's loop goes first
_RECENT_S = 20.0  # an answer out of a grammar is short; older sound would only cost time
_FLOOR_DBFS = -48.0  # a line without any noise of its own confuses the model more than 28 dB of it
_EDGE_BLOCKS, _BLOCK_BYTES = 7, 320  # silence kept at either side of the voice, in 20 ms blocks of 8 kHz
_VOICE_RMS = 150


def around_voice(pcm16: bytes) -> bytes:
    """Return the sound from just before its first voice to just after its last; all of it when there is none.

    The decoder levels each utterance by its own mean: long silence at its edges would move that mean.
    """
    blocks = range(0, len(pcm16), _BLOCK_BYTES)
    loud = [at for at in blocks if audioop.rms(pcm16[at : at + _BLOCK_BYTES], 2) >= _VOICE_RMS]
    if not loud:
        return pcm16
    kept = _EDGE_BLOCKS * _BLOCK_BYTES
    return pcm16[max(0, loud[0] - kept) : loud[-1] + _BLOCK_BYTES + kept]


def _floor() -> np.ndarray[Any, np.dtype[np.float32]]:
    """One second of the noise that a telephone line has of itself."""
    noise = np.random.default_rng(1).standard_normal(_RATE)
    return (noise * 10 ** (_FLOOR_DBFS / 20)).astype(np.float32)


def _hiss() -> np.ndarray[Any, np.dtype[np.float32]]:
    """One second of faint noise above the telephone band: the model expects sound where 8 kHz has none."""
    white = np.fft.rfft(np.random.default_rng(0).standard_normal(_RATE))
    white[:_HISS_FROM_HZ] = 0
    noise = np.fft.irfft(white, _RATE)
    return (noise * 10 ** (_HISS_DBFS / 20)).astype(np.float32)


_NOISE = _hiss() + _floor()


def widen(pcm16: bytes) -> bytes:
    """Return 8 kHz PCM16 as the 16 kHz that the acoustic model was made for."""
    samples = resample(from_pcm16(pcm16), 8_000, _RATE)
    return to_pcm16(samples + np.resize(_NOISE, len(samples)))


def _log(probability: float) -> float:
    return math.log(max(probability, 1e-300))


class Decoder:
    """One prepared pocketsphinx search."""

    def __init__(
        self,
        dictionary: str,
        grammar: str = "",
        scale: int = 1,
        **settings: Any,  # noqa: ANN401 - the library's
    ) -> None:
        self._scale = scale
        handle, path = tempfile.mkstemp(suffix=".dict")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(dictionary)
            config = pocketsphinx.Config(hmm=str(_MODEL / "en-us"), dict=path, loglevel="FATAL", **settings)
            self._decoder = pocketsphinx.Decoder(config)
        finally:
            Path(path).unlink(missing_ok=True)
        if grammar:
            self._decoder.add_jsgf_string("answers", grammar)
            self._decoder.activate_search("answers")

    def decode(self, wide: bytes) -> list[Stretch]:
        """Return what was said as stretches, silences and fillers left out; empty when nothing fits."""
        self._decoder.start_utt()
        self._decoder.process_raw(wide, full_utt=True)
        self._decoder.end_utt()
        if self._decoder.hyp() is None:
            return []
        return [
            Stretch(segment.word, segment.start_frame, segment.end_frame, self._scale * _log(segment.ascore))
            for segment in self._decoder.seg()
            if segment.word[0] not in "<[+" and segment.end_frame >= segment.start_frame
        ]


class Question:
    """The decoder of one question's grammar."""

    def __init__(self, hints: Hints, lexicon: Lexicon) -> None:
        self._language = language_of(hints.locale)
        spoken = spoken_answers(hints)
        sounds = lexicon.pronounce(spoken.words, self._language)
        phrases = tuple(phrase for phrase in spoken.phrases if all(sounds[word] for word in phrase))
        numbers = spoken.numbers
        spoken = Spoken(phrases, spoken.free_words, spoken.digits, spoken.digit_count)
        self._spoken = spoken
        self._numbers = [
            (phrase, value, [phone for word in phrase for phone in sounds[word][0].split()])
            for phrase, value in numbers
            if all(sounds[word] for word in phrase)
        ]
        self._said: dict[str, tuple[str, str]] = {}
        for index, word in enumerate(spoken.words):
            for n, phones in enumerate(sounds[word]):
                self._said[token(index) + (f"({n + 1})" if n else "")] = (word, phones)
        dictionary = "".join(f"{name} {phones}\n" for name, (_, phones) in self._said.items())
        self._decoder = Decoder(dictionary, jsgf(spoken), lm=None) if self._said else None

    def hear(self, wide: bytes, free: Decoder) -> tuple[str, float]:
        """Return the words and how sure they are; no words when nothing fits."""
        words = self._decoder.decode(wide) if self._decoder else []
        if not words:
            return "", 0.0
        said = [self._said[word.name] for word in words]
        phrase = tuple(word for word, _ in said)
        sounds, phones = [phones for _, phones in said], free.decode(wide)
        sure = confidence(words, sounds, phones, self._language)
        if not self._spoken.is_whole(phrase):
            sure = min(sure, _HALF_SAID)
        elif sure > _DOUBTFUL and has_rival(" ".join(sounds).split(), self._other_numbers(phrase), phones):
            sure = _DOUBTFUL
        return " ".join(phrase), sure

    def _other_numbers(self, phrase: tuple[str, ...]) -> list[list[str]]:
        """Return the sounds of all numbers that are not this one; of an answer that is no number, none."""
        said = next((value for number, value, _ in self._numbers if number == phrase), None)
        return [sounds for _, value, sounds in self._numbers if said not in {None, value}]


class Recognizer:
    """Decoders by question, the last few kept."""

    def __init__(self) -> None:
        self._lexicon = Lexicon(_MODEL / "cmudict-en-us.dict")
        self._questions: OrderedDict[bytes, Question] = OrderedDict()
        phones = str(_MODEL / "en-us-phone.lm.bin")
        self._free = Decoder(
            "a AH\n", allphone=phones, lm=None, scale=_ALLPHONE_SCALE, beam=1e-20, pbeam=1e-20, lw=2.0
        )
        self._dictation: Decoder | None = None

    def question(self, hints: Hints) -> Question:
        """Return the hints' decoder, prepared when it is not kept. Raises OSError, RuntimeError."""
        key = msgspec.json.encode(hints)
        question = self._questions.pop(key, None) or Question(hints, self._lexicon)
        self._questions[key] = question
        if len(self._questions) > _KEPT_DECODERS:
            self._questions.popitem(last=False)
        return question

    def hear(self, hints: Hints, pcm16: bytes) -> tuple[str, float]:
        """Return the words and how sure they are."""
        if len(pcm16) < _LEAST_SECONDS * 16_000:
            return "", 0.0
        recent = around_voice(pcm16[-int(_RECENT_S * 16_000) :])
        text, sure = self.question(hints).hear(widen(recent), self._free)
        if not hints.dictation or sure >= _SURE:
            return text, sure
        return self._dictate(hints, pcm16)

    def _dictate(self, hints: Hints, pcm16: bytes) -> tuple[str, float]:
        if not language(hints.locale).sounds.is_the_models_own:
            return "", 0.0
        said = self._free_speech().decode(widen(pcm16))
        text = " ".join(word.name.partition("(")[0] for word in said)
        return text, _DICTATION_CONFIDENCE if text else 0.0

    def prepare(self, hints: Hints) -> None:
        """Make ready what these hints will need. Raises OSError, RuntimeError."""
        self.question(hints)
        if hints.dictation and language(hints.locale).sounds.is_the_models_own:
            self._free_speech()

    def _free_speech(self) -> Decoder:
        if self._dictation is None:
            # Narrow beams: three of four words are right or wrong either way, and it must keep pace.
            words = (_MODEL / "cmudict-en-us.dict").read_text()
            fast: dict[str, Any] = {
                "beam": 1e-30,
                "wbeam": 1e-20,
                "pbeam": 1e-30,
                "maxhmmpf": 2_000,
                "maxwpf": 5,
                "bestpath": False,
            }
            self._dictation = Decoder(words, lm=str(_MODEL / "en-us.lm.bin"), **fast)
        return self._dictation


def main() -> None:
    """Answer until the asking process closes the pipe."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(_NICE)
    recognizer = Recognizer()
    while (message := read_message(sys.stdin.buffer)) is not None:
        head, body = message
        try:
            hints = msgspec.convert(head["hints"], Hints)
            if head["do"] == "warm":
                recognizer.prepare(hints)
                answer: dict[str, Any] = {}
            else:
                text, sure = recognizer.hear(hints, body)
                answer = {"text": text, "confidence": round(sure, 3)}
        except (OSError, RuntimeError, ValueError) as error:
            answer = {"error": str(error)}
        write_message(sys.stdout.buffer, answer)


if __name__ == "__main__":
    main()
