import struct
import zlib
from datetime import UTC, datetime
from uuid import UUID

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles.aws import codec
from tests.doubles.aws.codec import CodecError, Decoder, Message, decode, encode

VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.binary(max_size=40),
    st.text(max_size=40),
    st.integers(0, 2**42).map(lambda millis: datetime.fromtimestamp(millis / 1000, UTC)),
    st.uuids(),
)
MESSAGES = st.builds(
    Message,
    st.dictionaries(st.text(min_size=1, max_size=20), VALUES, max_size=6),
    st.binary(max_size=300),
)


@given(MESSAGES)
def test_a_message_survives_the_wire(message):
    assert decode(encode(message)) == message


@given(st.lists(MESSAGES, max_size=4), st.integers(1, 30))
def test_messages_are_whole_however_the_socket_cuts_them(messages, size):
    wire = b"".join(map(encode, messages))
    decoder = Decoder()
    parts = [decoder.feed(wire[at : at + size]) for at in range(0, len(wire), size)]
    assert [message for part in parts for message in part] == messages
    assert decoder.pending == 0


@given(st.data())
def test_a_flipped_bit_is_noticed(data):
    wire = bytearray(encode(Message({":event-type": "x"}, b"some payload")))
    wire[data.draw(st.integers(0, len(wire) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(CodecError):
        decode(bytes(wire))


def test_the_real_client_reads_what_is_framed_here():
    headers = {":event-type": "a", "n": 7, "big": 2**40, "raw": b"\x00\x01", "yes": True, "no": False}
    buffer = EventStreamBuffer()
    buffer.add_data(encode(Message({**headers, "id": UUID(int=5)}, b"payload")))
    (told,) = list(buffer)
    assert told.payload == b"payload"
    assert told.headers == {**headers, "id": UUID(int=5).bytes}


@pytest.mark.parametrize(
    ("kind", "value", "meant"),
    [(2, b"\xff", -1), (3, b"\x01\x00", 256), (8, bytes(8), datetime(1970, 1, 1, tzinfo=UTC))],
)
def test_header_types_that_only_others_write_are_read(kind, value, meant):
    headers = b"\x01a" + bytes([kind]) + value
    assert decode(_framed(headers)).headers == {"a": meant}


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        (b"\x01a\x0a", "no header type 10"),
        (b"\x01a\x07\x00\x05ab", "outside"),
        (b"\x01a\x00\x01a\x00", "twice"),
        (b"\x09a", "cannot be read"),
        (b"\x01a\x04\x00", "cannot be read"),
        (b"\x01a\x07\x00\x01\xff", "cannot be read"),
    ],
)
def test_broken_headers_are_refused_with_a_reason(headers, why):
    with pytest.raises(CodecError, match=why):
        decode(_framed(headers))


def test_a_header_too_long_for_its_length_is_not_sent():
    with pytest.raises(CodecError, match="two-byte length"):
        encode(Message({"a": b"x" * 70_000}))


def test_half_a_message_is_no_message():
    with pytest.raises(CodecError, match="0 messages and 20 bytes"):
        decode(encode(Message({}, b"0123456789"))[:20])


def test_an_exception_names_its_type_where_clients_look():
    told = decode(codec.exception("throttlingException", "Slow down", key="Message"))
    assert told.text(":message-type") == "exception"
    assert told.text(":exception-type") == "throttlingException"
    assert told.payload == b'{"Message": "Slow down"}'


def _framed(headers: bytes) -> bytes:
    """Frame raw header bytes, right in everything but these."""
    prelude = struct.pack(">II", len(headers) + 16, len(headers))
    body = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers
    return body + struct.pack(">I", zlib.crc32(body))
