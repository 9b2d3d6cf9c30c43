"""Text to speech by Amazon Polly: one request a sentence, mu-law as the line wants it, as it arrives.

Knows voices, engines and Polly's errors; knows no cache and no quota, and repeats
nothing that failed.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from app.adapters.aws.errors import AWS_ERRORS, DENIED, ERROR, REFUSED, Failure, failure_of
from app.adapters.aws.session import AwsClients
from app.adapters.aws.voices import ENGINES, VOICES, Voice, choose_voice
from app.domain.speech import Utterance
from app.session.ports import SynthesisError

_READ: Final = 16_384
"""The most taken from the socket at once; a read gives what has arrived, not less."""

_NO_ENGINE: Final = "EngineNotSupportedException"
_MEANINGS: Final = {
    "AccessDeniedException": "the account may not: allow polly:SynthesizeSpeech",
    "LexiconNotFoundException": "a lexicon the flow names is not in this region",
    "InvalidSsmlException": "Polly does not take this SSML with this engine",
    "LanguageNotSupportedException": "the voice does not speak this language",
    "TextLengthExceededException": "the text is longer than Polly takes",
    "ValidationException": "Polly knows no such voice, or a lexicon's name is not one",
    _NO_ENGINE: "the voice has none of the engines",
}


@dataclass(frozen=True, slots=True)
class PollyConfig:
    """How Polly is used.

    `engine` is the one wanted; a voice that lacks it speaks with one it has. `voices` names a voice for
    each locale.
    """

    engine: str = "neural"
    region: str = ""
    voices: Mapping[str, str] = field(default_factory=lambda: VOICES)


class PollySynthesizer:
    """Implements Synthesizer."""

    def __init__(self, clients: AwsClients, config: PollyConfig | None = None) -> None:
        self._clients = clients
        self._config = config or PollyConfig()
        self._engines: dict[str, str] = {}

    @property
    def name(self) -> str:
        """Who this is, in logs and measures."""
        return f"polly {self._config.region or self._clients.access.region}"

    def identity(self, utterance: Utterance) -> str:
        """Voice and the engine that is wanted: which one a voice falls back to is Polly's own constant."""
        voice = choose_voice(utterance.locale, utterance.voice, self._config.voices)
        return f"polly/{self._config.engine}/{voice.name if voice else ''}"

    async def synthesize(self, utterance: Utterance) -> AsyncIterator[bytes]:
        """Yield mu-law as it arrives. Raises SynthesisError. Cancelled or closed, it ends the request."""
        voice = choose_voice(utterance.locale, utterance.voice, self._config.voices)
        if voice is None:
            raise SynthesisError(
                f"Polly has no voice for {utterance.locale}: name one in the flow", reason=REFUSED
            )
        if not (utterance.ssml or utterance.text).strip():
            return
        async with contextlib.aclosing(self._speak(utterance, voice)) as sound:
            async for chunk in sound:
                yield chunk

    async def _speak(self, utterance: Utterance, voice: Voice) -> AsyncGenerator[bytes, None]:
        body: Any = None
        spoken = 0
        try:
            body = await self._request(utterance, voice)
            while chunk := await body.read(_READ):
                spoken += len(chunk)
                yield chunk
        except AWS_ERRORS as error:
            raise _synthesis_error(failure_of(error), utterance) from error
        finally:
            # Closing is what ends the request: a task that is cancelled leaves the connection open.
            if body is not None:
                body.close()
        if not spoken:
            raise SynthesisError("Polly gave no sound", reason=ERROR)

    async def _request(self, utterance: Utterance, voice: Voice) -> Any:  # noqa: ANN401 - botocore's
        client = await self._clients.client("polly", self._config.region)
        order: dict[str, Any] = {
            "OutputFormat": "mulaw",
            "SampleRate": "8000",
            "VoiceId": voice.name,
            "Text": utterance.ssml or utterance.text,
            "TextType": "ssml" if utterance.ssml else "text",
        }
        if voice.language:
            order["LanguageCode"] = voice.language
        if utterance.lexicons:
            order["LexiconNames"] = list(utterance.lexicons)
        engines = self._engines_of(voice.name)
        for engine in engines[:-1]:
            try:
                return await self._ask(client, {**order, "Engine": engine})
            except ClientError as error:
                if failure_of(error).code != _NO_ENGINE:
                    raise
        return await self._ask(client, {**order, "Engine": engines[-1]})

    async def _ask(self, client: Any, order: dict[str, Any]) -> Any:  # noqa: ANN401 - botocore's
        response = await client.synthesize_speech(**order)
        self._engines[order["VoiceId"]] = order["Engine"]
        return response["AudioStream"]

    def _engines_of(self, voice: str) -> list[str]:
        known = self._engines.get(voice)
        wanted = self._config.engine
        return [known] if known else [wanted, *(engine for engine in ENGINES if engine != wanted)]


def _synthesis_error(failure: Failure, utterance: Utterance) -> SynthesisError:
    meaning = _MEANINGS.get(failure.code)
    told = f"{failure.cause}: {meaning}" if meaning else failure.cause
    # Lexicons have permissions of their own: without one, all that does not name it can be spoken.
    is_its_own = failure.reason == DENIED and utterance.lexicons
    return SynthesisError(f"Polly: {told}", reason=REFUSED if is_its_own else failure.reason)
