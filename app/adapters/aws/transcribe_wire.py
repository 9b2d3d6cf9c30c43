"""Transcribe's streams as both transports share them: audio events out, results and exceptions in.

Knows the event-stream framing, the parts of a result that matter and the names of AWS's errors; knows no
socket and no call.
"""

import binascii
import json
import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.eventstream import EventStreamBuffer, ParserError

from app.adapters.aws.errors import AWS_ERRORS, DENIED, REFUSED, TIMEOUT, failure_of, meaning_of
from app.adapters.aws.transcribe_words import Segment, Word
from app.domain.keepable import keepable
from app.domain.languages import LANGUAGES
from app.domain.speech import Hints

SAMPLE_RATE = 8_000

_LONGEST_MS = 24 * 3_600_000
"""A moment beyond a day of audio is none: whatever were heard later would come before it."""


KeySource = Callable[[], Awaitable[tuple[str, str, str] | None]]
"""Returns access key, secret and token (empty for a long-term key) as they are now, or None without any."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a stream is opened for; another setup needs another stream."""

    language: str
    vocabulary: str = ""


def setup_of(hints: Hints, vocabulary: str) -> Setup:
    """Return the stream that these hints ask for; `vocabulary` is for hints that name none."""
    bare = hints.locale.lower()
    default = LANGUAGES[bare].locale if bare in LANGUAGES else hints.locale
    language = _LANGUAGES.get(bare, default)
    return Setup(language, hints.vocabulary or vocabulary)


_LANGUAGES = {
    "es-419": "es-US",
    "es-mx": "es-US",
    "fr": "fr-FR",
    "de-at": "de-DE",
    "it": "it-IT",
    "nl": "nl-NL",
    "pt": "pt-BR",
    "pl": "pl-PL",
    "ja": "ja-JP",
    "ko": "ko-KR",
    "hi": "hi-IN",
    "zh": "zh-CN",
}
"""What Transcribe hears where a flow names a language it does not list; all others go as they are."""


class TranscribeError(Exception):
    """A stream could not be opened, or is over.

    `cause` is short and free of personal data. `reason` is one of the words of TranscriberFailed.
    `is_passing`: the next attempt may well succeed. `is_quota`: it is this account that asks too much.
    `is_denied`: it is our credentials or what they may, so that no other stream would open either.
    `is_end`: Transcribe closed the stream in the way that says that all was heard.
    """

    def __init__(
        self,
        cause: str,
        *,
        reason: str = "error",
        is_passing: bool = True,
        is_quota: bool = False,
        is_denied: bool = False,
        is_end: bool = False,
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.reason = reason
        self.is_passing = is_passing
        self.is_quota = is_quota
        self.is_denied = is_denied
        self.is_end = is_end


class Stream(Protocol):
    """One open stream of Transcribe."""

    async def send(self, pcm16: bytes) -> None:
        """Send audio, a second at most; waits while the socket is full. Raises TranscribeError."""
        ...

    async def end(self) -> None:
        """Say that no more audio comes: the stream ends once all was heard. Raises TranscribeError."""
        ...

    async def receive(self) -> Sequence[Segment]:
        """Return what came next. Raises TranscribeError once the stream is over, however it ended."""
        ...

    def abort(self) -> None:
        """Break the connection off at once. Idempotent; never raises."""
        ...


class Transport(Protocol):
    """Opens streams: one connection each, for AWS allows one stream per connection."""

    async def open(self, setup: Setup) -> Stream:
        """Return a stream that takes audio. Raises TranscribeError; cancelled, it leaves nothing open."""
        ...


_BUSY = {"LimitExceededException", "ThrottlingException", "TooManyRequestsException"}
_PASSING = {"InternalFailureException", "ConflictException", "ServiceUnavailableException"}
_NO_AUDIO = "no new audio"
_BAD_REQUEST = 400
_SERVER_FAULT = 500


def error_of(kind: str, message: str = "", status: int = 0) -> TranscribeError:
    """Return what an error of AWS means for a call; `kind` is its type, `status` is 0 inside a stream."""
    name = keepable(kind.partition(":")[0]) or "unknown error"
    cause = f"{status} {name}" if status else name
    if name in _BUSY:
        return TranscribeError(cause, reason="busy", is_quota=True)
    if name in _PASSING or status >= _SERVER_FAULT:
        return TranscribeError(cause, reason="busy" if name == "ServiceUnavailableException" else "error")
    if name == "BadRequestException":
        if _NO_AUDIO in message:
            return TranscribeError(f"{cause}: no audio for 15 s", reason="timeout")
        # What remains is our request itself: a language or a vocabulary that is not there.
        return TranscribeError(cause, reason="unsupported", is_passing=False)
    return TranscribeError(cause, is_passing=False, is_denied=meaning_of(name) == DENIED)


async def keys_from(source: KeySource) -> tuple[str, str, str]:
    """Return what to sign with. Raises TranscribeError for keys that are not there or cannot be fetched."""
    try:
        keys = await source()
    except AWS_ERRORS as error:
        failure = failure_of(error)
        raise TranscribeError(
            failure.cause,
            reason="timeout" if failure.reason == TIMEOUT else "error",
            is_passing=failure.reason not in {TIMEOUT, DENIED, REFUSED},
            is_denied=failure.reason in {DENIED, REFUSED},
        ) from None  # helper programs put secrets into what they say
    if keys is None:
        raise TranscribeError("no credentials", is_passing=False, is_denied=True)
    return keys


def encode_audio(pcm16: bytes) -> bytes:
    """Frame audio as an AudioEvent. Transcribe's WebSocket takes events unsigned."""
    total = len(_AUDIO_HEADERS) + len(pcm16) + 16
    prelude = struct.pack(">II", total, len(_AUDIO_HEADERS))
    body = b"".join((prelude, struct.pack(">I", binascii.crc32(prelude)), _AUDIO_HEADERS, pcm16))
    return body + struct.pack(">I", binascii.crc32(body))


def _text_header(name: str, value: str) -> bytes:
    return bytes([len(name)]) + name.encode() + struct.pack(">BH", 7, len(value)) + value.encode()


_AUDIO_HEADERS = b"".join(
    (
        _text_header(":content-type", "application/octet-stream"),
        _text_header(":event-type", "AudioEvent"),
        _text_header(":message-type", "event"),
    )
)


_GARBAGE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What reading a message may raise that holds anything at all."""


class Decoder:
    """Takes bytes as they come and gives the results that are whole."""

    def __init__(self) -> None:
        self._buffer = EventStreamBuffer()

    def feed(self, data: bytes) -> list[Segment]:
        """Return the segments these bytes completed. Raises TranscribeError for an exception or garbage."""
        self._buffer.add_data(data)
        segments: list[Segment] = []
        try:
            for message in self._buffer:
                segments += _read_message(message.headers, message.payload)
        except (*_GARBAGE, ParserError) as error:
            raise TranscribeError(f"garbled answer: {type(error).__name__}") from error
        return segments


def _read_message(headers: dict[str, Any], payload: bytes) -> list[Segment]:
    if headers.get(":message-type") != "event":
        kind = headers.get(":exception-type") or headers.get(":error-code") or "unknown error"
        raise error_of(str(kind), _message_of(payload))
    if headers.get(":event-type") != "TranscriptEvent":
        return []
    results = json.loads(payload)["Transcript"]["Results"]
    return [_read_result(result) for result in results if result.get("Alternatives")]


def _message_of(payload: bytes) -> str:
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        return ""
    return str(said.get("Message") or said.get("message") or "") if isinstance(said, dict) else ""


def _read_result(result: dict[str, Any]) -> Segment:
    best = result["Alternatives"][0]
    items = best.get("Items")
    if items:
        words = tuple(word for item in items if (word := _read_item(item)).text)
    else:
        text = _text(best.get("Transcript"))
        words = (Word(text, _ms(result["StartTime"]), _ms(result["EndTime"])),) if text else ()
    return Segment(words, is_partial=bool(result["IsPartial"]))


def _read_item(item: dict[str, Any]) -> Word:
    return Word(
        _text(item["Content"]),
        _ms(item["StartTime"]),
        _ms(item["EndTime"]),
        confidence=_confidence(item.get("Confidence")),
        is_stable=bool(item.get("Stable")),
        is_punctuation=item.get("Type") == "punctuation",
    )


def _text(said: object) -> str:
    return keepable(said) if isinstance(said, str) else ""


def _confidence(given: object) -> float | None:
    """Return how sure the recogniser is, where what it says is a confidence at all."""
    return float(given) if isinstance(given, int | float) and 0 <= given <= 1 else None


def _ms(seconds: float) -> int:
    moment = round(float(seconds) * 1000)
    if abs(moment) > _LONGEST_MS:
        raise ValueError("no call is so long")
    return moment
