"""Twilio's Media Streams messages as Twilio itself writes and checks them; knows no socket and no call.

Written from facts/twilio.md sections 1 and 2 and independent of the product's own codec, so that a
message which only the product understands is caught here.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

INVALID_MESSAGE = 31951
SERVER_CLOSED = 31921
BROKEN_PIPE = 31903
HANDSHAKE_FAILED = 31920
NOT_WSS = 31922
PROTOCOL_ERROR = 31924
BUFFER_FULL = 31931
TWIML_FETCH_FAILED = 11200
TWIML_INVALID = 12100


@dataclass(frozen=True, slots=True)
class Violation:
    """One warning or error that Twilio's debugger would show. `at_ms` is on the call's clock."""

    code: int
    text: str
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class PlayAudio:
    """Mu-law audio to queue behind what is queued already."""

    mulaw: bytes


@dataclass(frozen=True, slots=True)
class SetMark:
    """A name to send back once everything before it has been played."""

    name: str


@dataclass(frozen=True, slots=True)
class ClearAudio:
    """Drop everything queued."""


Command: TypeAlias = PlayAudio | SetMark | ClearAudio


class InvalidMessageError(Exception):
    """What Twilio answers with warning 31951: the message is ignored. The text says why."""


def _exactly(what: str, value: object, names: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidMessageError(f"{what} is {type(value).__name__}, not an object")
    missing, extra = names - value.keys(), value.keys() - names
    if missing:
        raise InvalidMessageError(f"{what} lacks {', '.join(sorted(missing))}")
    if extra:
        raise InvalidMessageError(f"{what} has the unknown field {', '.join(sorted(extra))}")
    return value


def _text(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidMessageError(f"{what} is {type(value).__name__}, not a string")
    return value


def read_command(raw: str | bytes, stream_sid: str) -> Command:
    """The command in one message of the server. Raises InvalidMessageError for anything Twilio ignores."""
    if isinstance(raw, bytes):
        raise InvalidMessageError("a binary message; Twilio takes text only")
    try:
        message = json.loads(raw)
    except ValueError as error:
        raise InvalidMessageError(f"not JSON: {error}") from error
    event = message.get("event") if isinstance(message, dict) else None
    if event not in ("media", "mark", "clear"):
        raise InvalidMessageError(f"the event {event!r} is none of media, mark, clear")
    names = {"event", "streamSid"} if event == "clear" else {"event", "streamSid", event}
    _exactly(f"the {event} message", message, names)
    if message["streamSid"] != stream_sid:
        raise InvalidMessageError(f"the streamSid {message['streamSid']!r} is not this stream's")
    if event == "clear":
        return ClearAudio()
    if event == "mark":
        return SetMark(_text("mark.name", _exactly("mark", message["mark"], {"name"})["name"]))
    payload = _text("media.payload", _exactly("media", message["media"], {"payload"})["payload"])
    return PlayAudio(_mulaw(payload))


def _mulaw(payload: str) -> bytes:
    try:
        mulaw = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidMessageError(f"media.payload is no base64: {error}") from error
    if mulaw.startswith(b"RIFF"):
        raise InvalidMessageError("media.payload begins with a WAV header, which would play as noise")
    return mulaw


class StreamWriter:
    """Writes one stream's messages with Twilio's numbering: `start` is 1, `chunk` counts media alone."""

    def __init__(self, account_sid: str, call_sid: str, stream_sid: str) -> None:
        self.account_sid = account_sid
        self.call_sid = call_sid
        self.stream_sid = stream_sid
        self._raw_sid = stream_sid.encode()
        self._sequence = 0
        self._chunk = 0

    @staticmethod
    def connected() -> str:
        """The first message, which carries no number and no stream."""
        return json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})

    def _numbered(self, event: str, body: Mapping[str, object]) -> str:
        self._sequence += 1
        return json.dumps(
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                event: body,
                "streamSid": self.stream_sid,
            }
        )

    def start(self, parameters: Mapping[str, str]) -> str:
        """The stream's description, with the TwiML's parameters."""
        return self._numbered(
            "start",
            {
                "accountSid": self.account_sid,
                "streamSid": self.stream_sid,
                "callSid": self.call_sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": dict(parameters),
            },
        )

    def media(self, mulaw: bytes, timestamp_ms: int) -> str:
        """Caller audio that begins `timestamp_ms` after the stream's start."""
        self._chunk += 1
        return self._numbered(
            "media",
            {
                "track": "inbound",
                "chunk": str(self._chunk),
                "timestamp": str(timestamp_ms),
                "payload": base64.b64encode(mulaw).decode(),
            },
        )

    def raw_media(self, payload: bytes, timestamp_ms: int) -> bytes:
        """`media` for base64 that is at hand already: no JSON encoder, for load generators."""
        self._sequence += 1
        self._chunk += 1
        return (
            b'{"event":"media","sequenceNumber":"%d","media":{"track":"inbound","chunk":"%d","timestamp":"%d",'
            b'"payload":"%s"},"streamSid":"%s"}'
        ) % (self._sequence, self._chunk, timestamp_ms, payload, self._raw_sid)

    def dtmf(self, digit: str) -> str:
        """One key. Its track is `inbound_track`, whereas media says `inbound`."""
        return self._numbered("dtmf", {"track": "inbound_track", "digit": digit})

    def mark(self, name: str) -> str:
        """The echo of a mark, played or flushed: nothing tells the two apart."""
        return self._numbered("mark", {"name": name})

    def stop(self) -> str:
        """The stream's last message."""
        return self._numbered("stop", {"accountSid": self.account_sid, "callSid": self.call_sid})
