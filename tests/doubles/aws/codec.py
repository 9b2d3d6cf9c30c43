"""Amazon's event-stream framing, both ways; knows bytes and headers, no service and no socket.

A message is total length, header length, CRC-32 of those eight bytes, headers, payload, and CRC-32 of all
that came before. A header is its name's length in one byte, the name, a type, and the value.
"""

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

HeaderValue: TypeAlias = bool | int | bytes | str | datetime | UUID
"""Booleans are types 0 and 1, integers 2 to 5, bytes 6, text 7, timestamps 8, UUIDs 9."""

_PRELUDE = 12
_OVERHEAD = 16
_LARGEST = 24 * 1024 * 1024
_INTEGERS = {2: ">b", 3: ">h", 4: ">i", 5: ">q"}
_INT32 = 2**31
_SHORT_TEXT = 0xFFFF


class CodecError(ValueError):
    """These bytes are no event-stream message; one line says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """One framed message."""

    headers: Mapping[str, HeaderValue] = field(default_factory=dict)
    payload: bytes = b""

    def text(self, name: str) -> str:
        """Return a header as text, empty where it is missing."""
        return str(self.headers.get(name, ""))


def encode(message: Message) -> bytes:
    """Return the message as it goes over the wire."""
    headers = encode_headers(message.headers)
    prelude = struct.pack(">II", len(headers) + len(message.payload) + _OVERHEAD, len(headers))
    body = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + message.payload
    return body + struct.pack(">I", zlib.crc32(body))


def encode_headers(headers: Mapping[str, HeaderValue]) -> bytes:
    """Return only the headers' bytes: chunk signatures are made over these."""
    parts: list[bytes] = []
    for name, value in headers.items():
        raw = name.encode()
        parts += [bytes([len(raw)]), raw, _encode_value(value)]
    return b"".join(parts)


def _encode_value(value: HeaderValue) -> bytes:
    match value:
        case bool():
            return b"\x00" if value else b"\x01"
        case int():
            small = -_INT32 <= value < _INT32
            return struct.pack(">Bi", 4, value) if small else struct.pack(">Bq", 5, value)
        case bytes():
            return struct.pack(">BH", 6, _length(value)) + value
        case str():
            raw = value.encode()
            return struct.pack(">BH", 7, _length(raw)) + raw
        case datetime():
            return struct.pack(">Bq", 8, round(value.timestamp() * 1000))
        case UUID():
            return b"\x09" + value.bytes


def _length(value: bytes) -> int:
    if len(value) > _SHORT_TEXT:
        raise CodecError(f"a header value of {len(value)} bytes does not fit its two-byte length")
    return len(value)


def decode(data: bytes) -> Message:
    """Return the one message these bytes are, both checksums proven. Raises CodecError."""
    decoder = Decoder()
    messages = decoder.feed(data)
    if len(messages) != 1 or decoder.pending:
        raise CodecError(f"{len(data)} bytes hold {len(messages)} messages and {decoder.pending} bytes more")
    return messages[0]


class Decoder:
    """Takes bytes as they come off a socket and gives whole messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished message lie here."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that these bytes completed, in order. Raises CodecError."""
        self._buffer += data
        messages: list[Message] = []
        while len(self._buffer) >= _PRELUDE:
            total, header_length = _read_prelude(bytes(self._buffer[:_PRELUDE]))
            if len(self._buffer) < total:
                break
            messages.append(_read_message(bytes(self._buffer[:total]), header_length))
            del self._buffer[:total]
        return messages


def _read_prelude(prelude: bytes) -> tuple[int, int]:
    total, header_length, crc = struct.unpack(">III", prelude)
    if zlib.crc32(prelude[:8]) != crc:
        raise CodecError("the CRC of a prelude does not match")
    if not header_length + _OVERHEAD <= total <= _LARGEST:
        raise CodecError(f"a message of {total} bytes cannot hold {header_length} bytes of headers")
    return total, header_length


def _read_message(data: bytes, header_length: int) -> Message:
    (crc,) = struct.unpack(">I", data[-4:])
    if zlib.crc32(data[:-4]) != crc:
        raise CodecError("the CRC of a message does not match")
    headers_end = _PRELUDE + header_length
    try:
        headers = _read_headers(data[_PRELUDE:headers_end])
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise CodecError(f"headers cannot be read: {error}") from error
    return Message(headers, data[headers_end:-4])


def _read_headers(data: bytes) -> dict[str, HeaderValue]:
    headers: dict[str, HeaderValue] = {}
    at = 0
    while at < len(data):
        name_end = at + 1 + data[at]
        name = data[at + 1 : name_end].decode()
        if name in headers:
            raise CodecError(f"the header {name} comes twice")
        headers[name], at = _read_value(data, data[name_end], name_end + 1)
    return headers


def _read_value(data: bytes, kind: int, at: int) -> tuple[HeaderValue, int]:
    if kind in {0, 1}:
        return kind == 0, at
    if kind in _INTEGERS:
        shape = _INTEGERS[kind]
        return int(struct.unpack_from(shape, data, at)[0]), at + struct.calcsize(shape)
    if kind in {6, 7}:
        (length,) = struct.unpack_from(">H", data, at)
        end = at + 2 + length
        if end > len(data):
            raise CodecError("a header's value ends outside the headers")
        raw = data[at + 2 : end]
        return (raw if kind == 6 else raw.decode()), end
    if kind == 8:
        (millis,) = struct.unpack_from(">q", data, at)
        return datetime.fromtimestamp(millis / 1000, UTC), at + 8
    if kind == 9:
        return UUID(bytes=data[at : at + 16]), at + 16
    raise CodecError(f"there is no header type {kind}")


def event(name: str, body: Mapping[str, Any]) -> bytes:
    """Return a JSON event of this type as AWS frames it."""
    headers = {":message-type": "event", ":event-type": name, ":content-type": "application/json"}
    return encode(Message(headers, json.dumps(body).encode()))


def exception(name: str, message: str, *, key: str = "message") -> bytes:
    """Return an exception as AWS sends it inside a stream; Transcribe's key is `Message`."""
    headers = {":message-type": "exception", ":exception-type": name, ":content-type": "application/json"}
    return encode(Message(headers, json.dumps({key: message}).encode()))
