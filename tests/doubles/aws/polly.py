"""Polly: SynthesizeSpeech as strict as the real one, spoken by espeak-ng, DescribeVoices and ListLexicons.

Keeps what it spoke in memory, so that a test's second hearing costs nothing.
"""

import audioop
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.adapters.offline.espeak import EspeakSynthesizer
from app.domain.speech import Utterance
from app.media.audio import to_pcm16
from tests.doubles.aws.account import Account, Refusal
from tests.doubles.aws.log import Service
from tests.doubles.aws.routes import Route
from tests.doubles.aws.script import BodyDrop
from tests.doubles.aws.serving import Piece, Serving
from tests.doubles.aws.ssml import fault_of, spoken_characters
from tests.doubles.aws.voices import ENGINES, VOICES, Voice

_FORMATS = ("json", "mp3", "ogg_opus", "ogg_vorbis", "pcm", "mulaw", "alaw")
_RATES = {"pcm": ("16000", "8000"), "mulaw": ("8000",), "alaw": ("8000",)}
_BILLED_LIMIT = 3_000
_TOTAL_LIMIT = 6_000
_PIECE_MS = 100
_LEXICONS_AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class _Order:
    """A request found to be right."""

    text: str
    ssml: bool
    voice: Voice
    language: str
    form: str
    rate: int


class Polly:
    """The service and its mouth: espeak-ng, or what gives mu-law for a text."""

    def __init__(self, mouth: Callable[[str], bytes] | None = None) -> None:
        self._mouth = mouth
        self._espeak: EspeakSynthesizer | None = None
        self._spoken: dict[tuple[str, bool, str], bytes] = {}
        self.routes = (
            Route(Service.POLLY, "SynthesizeSpeech", "POST", "/v1/speech", "polly", self._speech),
            Route(Service.POLLY, "DescribeVoices", "GET", "/v1/voices", "polly", _voices),
            Route(Service.POLLY, "ListLexicons", "GET", "/v1/lexicons", "polly", _lexicons),
        )

    async def aclose(self) -> None:
        """End the speech engine's helpers."""
        if self._espeak is not None:
            await self._espeak.aclose()

    async def _speech(self, serving: Serving) -> None:
        serving.account.allow("polly:SynthesizeSpeech")
        order = _checked(serving.account, serving.request.body)
        if await serving.meets_early_fault():
            return
        sound = _in_form(await self._speak(order), order)
        billed = spoken_characters(order.text) if order.ssml else len(order.text)
        headers = {"Content-Type": f"audio/{order.form}", "x-amzn-RequestCharacters": str(billed)}
        size = order.rate * (2 if order.form == "pcm" else 1) * _PIECE_MS // 1000
        pieces = [Piece(sound[at : at + size], counts=True) for at in range(0, len(sound), size)]
        promised = len(sound) + 1 if isinstance(serving.script.fault, BodyDrop) else None
        await serving.stream(headers, pieces, length=promised)

    async def _speak(self, order: _Order) -> bytes:
        if self._mouth is not None:
            return self._mouth(order.text)
        key = (order.text, order.ssml, order.language)
        if key not in self._spoken:
            if self._espeak is None:
                self._espeak = EspeakSynthesizer()
            spoken = Utterance(
                text=order.text, locale=order.language, ssml=_for_espeak(order.text) if order.ssml else None
            )
            self._spoken[key] = b"".join([part async for part in self._espeak.synthesize(spoken)])
        return self._spoken[key]


def _for_espeak(ssml: str) -> str:
    # espeak-ng reads the names of tags it does not know aloud.
    return re.sub(r"</?amazon:[^>]*>", "", ssml)


def _in_form(mulaw: bytes, order: _Order) -> bytes:
    if order.form == "mulaw":
        return mulaw
    pcm16 = to_pcm16(mulaw)
    if order.form == "alaw":
        return audioop.lin2alaw(pcm16, 2)
    return pcm16 if order.rate == 8_000 else audioop.ratecv(pcm16, 2, 1, 8_000, order.rate, None)[0]


def _checked(account: Account, body: Mapping[str, Any]) -> _Order:
    form = _one_of(body, "OutputFormat", _FORMATS)
    engine = _one_of(body, "Engine", ENGINES, "standard")
    ssml = _one_of(body, "TextType", ("ssml", "text"), "text") == "ssml"
    voice = VOICES[_one_of(body, "VoiceId", tuple(VOICES))]
    if form not in _RATES:
        raise Refusal(
            500, "ServiceFailureException", f"the double does not make {form}; ask for pcm or mulaw"
        )
    if body.get("SpeechMarkTypes"):
        kind = "MarksNotSupportedForFormatException"
        raise Refusal(400, kind, "Speech marks are not supported for this format")
    rate = body.get("SampleRate", _RATES[form][0])
    if rate not in _RATES[form]:
        raise Refusal(400, "InvalidSampleRateException", f"Invalid sample rate {rate!r} for {form}")
    if engine not in voice.engines:
        message = f"This voice does not support the selected engine: {engine}"
        raise Refusal(400, "EngineNotSupportedException", message)
    language = str(body.get("LanguageCode", voice.language))
    if language not in {voice.language, *voice.others}:
        message = f"{voice.voice_id} does not speak {language}"
        raise Refusal(400, "LanguageNotSupportedException", message)
    _check_lexicons(account, body.get("LexiconNames", ()))
    text = str(body.get("Text", ""))
    _check_text(text, engine, ssml=ssml)
    return _Order(text, ssml, voice, language, form, int(rate))


def _one_of(body: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str = "") -> str:
    value = body.get(name, default)
    if value not in allowed:
        where = name[0].lower() + name[1:]
        raise _invalid(
            f"1 validation error detected: Value '{value}' at '{where}' failed to satisfy constraint: Member"
            f" must satisfy enum value set: [{', '.join(allowed)}]"
        )
    return str(value)


def _invalid(message: str) -> Refusal:
    return Refusal(400, "ValidationException", message)


def _check_lexicons(account: Account, names: Any) -> None:
    if len(names) > _LEXICONS_AT_ONCE:
        raise _invalid(f"at most {_LEXICONS_AT_ONCE} lexicons may be named")
    for name in names:
        if not re.fullmatch(r"[0-9A-Za-z]{1,20}", str(name)):
            raise _invalid(
                f"Value '{name}' at 'lexiconNames' must satisfy regular expression [0-9A-Za-z]{{1,20}}"
            )
        if name not in account.lexicons:
            raise Refusal(404, "LexiconNotFoundException", f"Lexicon not found: {name}")


def _check_text(text: str, engine: str, *, ssml: bool) -> None:
    billed = spoken_characters(text) if ssml else len(text)
    if billed > _BILLED_LIMIT or len(text) > _TOTAL_LIMIT:
        raise Refusal(400, "TextLengthExceededException", "Maximum text length has been exceeded")
    if ssml and (why := fault_of(text, engine)):
        raise Refusal(400, "InvalidSsmlException", why)


async def _lexicons(serving: Serving) -> None:
    serving.account.allow("polly:ListLexicons")
    if not await serving.meets_early_fault():
        serving.wire.answer_json({"Lexicons": [{"Name": name} for name in sorted(serving.account.lexicons)]})
        serving.complete()


async def _voices(serving: Serving) -> None:
    serving.account.allow("polly:DescribeVoices")
    wanted = serving.request.body
    engine = _one_of(wanted, "Engine", ("", *ENGINES))
    if await serving.meets_early_fault():
        return
    language = wanted.get("LanguageCode", "")
    told = [
        voice.described()
        for voice in VOICES.values()
        if engine in {"", *voice.engines} and language in {"", voice.language}
    ]
    serving.wire.answer_json({"Voices": told})
    serving.complete()
