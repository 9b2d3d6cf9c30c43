"""The words of Twilio Media Streams in both directions; knows no socket and no call.

A field that we use must be there and have its type; a field that we do not use must only have its type;
fields we never heard of are passed over, for Twilio adds some without notice.
"""

from binascii import b2a_base64
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

MAX_MESSAGE_CHARS: Final = 64 * 1024
"""Longer messages are broken: 64 KiB hold six seconds of audio in base64, Twilio sends 20 ms."""

KEYS: Final = frozenset("0123456789*#")

_KNOWN: Final = frozenset({"connected", "start", "media", "dtmf", "mark", "stop"})
_TIMESTAMP_DIGITS: Final = 15  # 30,000 years in milliseconds; more would only burn time in int()


class Connected(msgspec.Struct, frozen=True, gc=False, tag_field="event", tag="connected"):
    """The socket's first message; carries nothing that we need."""

    protocol: str = ""
    version: str = ""


class MediaFormat(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """What the audio is made of: the only real numbers on this wire."""

    encoding: str
    sample_rate: int
    channels: int


class StartBody(msgspec.Struct, frozen=True, rename="camel"):
    """Whose stream this is, and the `<Parameter>`s of our TwiML."""

    stream_sid: str
    call_sid: str
    media_format: MediaFormat
    account_sid: str = ""
    tracks: list[str] = []
    custom_parameters: dict[str, str] = {}


class Start(msgspec.Struct, frozen=True, rename="camel", tag_field="event", tag="start"):
    """The stream begins."""

    stream_sid: str
    start: StartBody
    sequence_number: str = ""


class MediaBody(msgspec.Struct, frozen=True, gc=False):
    """Mu-law audio of any length; `timestamp` is in ms since the stream's start."""

    timestamp: str
    payload: bytes  # msgspec decodes base64, and strictly
    track: str = "inbound"
    chunk: str = ""


class Media(msgspec.Struct, frozen=True, gc=False, rename="camel", tag_field="event", tag="media"):
    """What the caller said. Frames may be missing: only `timestamp` tells when."""

    stream_sid: str
    media: MediaBody
    sequence_number: str = ""


class DtmfBody(msgspec.Struct, frozen=True, gc=False):
    """One key."""

    digit: str
    track: str = ""


class Dtmf(msgspec.Struct, frozen=True, gc=False, rename="camel", tag_field="event", tag="dtmf"):
    """The caller pressed a key; it comes once, without its duration."""

    stream_sid: str
    dtmf: DtmfBody
    sequence_number: str = ""


class MarkBody(msgspec.Struct, frozen=True, gc=False):
    """Which mark."""

    name: str


class Mark(msgspec.Struct, frozen=True, gc=False, rename="camel", tag_field="event", tag="mark"):
    """Our mark comes back: what stood before it was played, or flushed by our `clear`."""

    stream_sid: str
    mark: MarkBody
    sequence_number: str = ""


class StopBody(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Whose stream it was."""

    call_sid: str = ""
    account_sid: str = ""


class Stop(msgspec.Struct, frozen=True, gc=False, rename="camel", tag_field="event", tag="stop"):
    """The stream ends: the call is over, or other TwiML took over."""

    stream_sid: str
    stop: StopBody = StopBody()
    sequence_number: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A well-formed message of a kind that we do not know."""

    event: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A message that cannot be used; `reason` never quotes what the caller said or pressed."""

    reason: str


class _Envelope(msgspec.Struct):
    event: str


Message: TypeAlias = Connected | Start | Media | Dtmf | Mark | Stop
Heard: TypeAlias = Message | Unknown | Broken

_decode = msgspec.json.Decoder(Message).decode
_decode_envelope = msgspec.json.Decoder(_Envelope).decode


def read(text: str | bytes) -> Heard:
    """Return the message that `text` holds. Whatever it holds, nothing is raised."""
    if len(text) > MAX_MESSAGE_CHARS:
        return Broken("larger than 64 KiB")
    try:
        message = _decode(text)
    except (ValueError, RecursionError) as error:
        return _why_not(text, error)
    if type(message) is Media:
        stamp = message.media.timestamp
        if stamp.isdecimal() and stamp.isascii() and len(stamp) <= _TIMESTAMP_DIGITS:
            return message
        return Broken("media.timestamp is no number of milliseconds")
    return _checked(message)


def _checked(message: Message) -> Message | Broken:
    if isinstance(message, Dtmf) and message.dtmf.digit not in KEYS:
        return Broken("dtmf.digit is no key")
    if isinstance(message, Start):
        body = message.start
        if (body.media_format.encoding, body.media_format.sample_rate, body.media_format.channels) != (
            "audio/x-mulaw",
            8000,
            1,
        ):
            return Broken("start.mediaFormat is not audio/x-mulaw, 8000 Hz, one channel")
        if not body.call_sid or not body.stream_sid or body.stream_sid != message.stream_sid:
            return Broken("start names no call, or two streams")
    return message


def _why_not(text: str | bytes, error: Exception) -> Unknown | Broken:
    try:
        event = _decode_envelope(text).event
    except (ValueError, RecursionError):
        return Broken("no JSON object with an `event`")
    if event not in _KNOWN:
        return Unknown(event[:40])
    # msgspec names the field and the type it expected; of the values it quotes only the tag.
    return Broken(
        f"{event}: {error}" if isinstance(error, msgspec.ValidationError) else f"{event}: malformed"
    )


class Outgoing:
    """Spells the three messages that Twilio understands, for one stream.

    Any other field or event is answered by silence on the line (warning 31951, given once).
    """

    __slots__ = ("_mark_head", "_media_head", "clear")

    def __init__(self, stream_sid: str) -> None:
        sid = msgspec.json.encode(stream_sid).decode()
        self._media_head = f'{{"event":"media","streamSid":{sid},"media":{{"payload":"'
        self._mark_head = f'{{"event":"mark","streamSid":{sid},"mark":{{"name":'
        self.clear = f'{{"event":"clear","streamSid":{sid}}}'
        """Drop what is buffered; every outstanding mark comes back."""

    def media(self, mulaw: bytes) -> str:
        """Play this 8 kHz mu-law audio, of any length, behind what is buffered."""
        return f'{self._media_head}{b2a_base64(mulaw, newline=False).decode("ascii")}"}}}}'

    def mark(self, name: str) -> str:
        """Ask for `name` back once all before it was played."""
        return f"{self._mark_head}{msgspec.json.encode(name).decode()}}}}}"
