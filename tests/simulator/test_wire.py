import base64
import json

import pytest
from twilio.request_validator import RequestValidator

from app.simulator.addresses import NotWssError, stream_address
from app.simulator.signature import sign
from app.simulator.wire import (
    ClearAudio,
    InvalidMessageError,
    PlayAudio,
    SetMark,
    StreamWriter,
    read_command,
)

SID = "MZ1"
PAYLOAD = base64.b64encode(b"\xff" * 8).decode()


def test_the_three_messages_of_twilio_are_understood():
    media = {"event": "media", "streamSid": SID, "media": {"payload": PAYLOAD}}
    assert read_command(json.dumps(media), SID) == PlayAudio(b"\xff" * 8)
    mark = {"event": "mark", "streamSid": SID, "mark": {"name": "a"}}
    assert read_command(json.dumps(mark), SID) == SetMark("a")
    assert read_command(json.dumps({"event": "clear", "streamSid": SID}), SID) == ClearAudio()


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("nonsense", "not JSON"),
        ("[]", "the event None"),
        (b"\x00", "binary"),
        ({"event": "stop", "streamSid": SID}, "none of media, mark, clear"),
        ({"event": "clear"}, "lacks streamSid"),
        ({"event": "clear", "stream_sid": SID}, "lacks streamSid"),
        ({"event": "clear", "streamSid": "MZ2"}, "not this stream's"),
        ({"event": "clear", "streamSid": SID, "x": 1}, "unknown field x"),
        ({"event": "mark", "streamSid": SID, "mark": {}}, "mark lacks name"),
        ({"event": "mark", "streamSid": SID, "mark": {"name": 1}}, "not a string"),
        ({"event": "mark", "streamSid": SID, "mark": "a"}, "not an object"),
        (
            {"event": "media", "streamSid": SID, "media": {"payload": PAYLOAD, "track": "outbound"}},
            "unknown field track",
        ),
        ({"event": "media", "streamSid": SID, "media": {"payload": "@@"}}, "no base64"),
        ({"event": "media", "streamSid": SID, "media": {"payload": "é"}}, "no base64"),
        (
            {
                "event": "media",
                "streamSid": SID,
                "media": {"payload": base64.b64encode(b"RIFFxxxx").decode()},
            },
            "WAV header",
        ),
    ],
)
def test_whatever_twilio_would_ignore_is_caught(message, why):
    raw = message if isinstance(message, str | bytes) else json.dumps(message)
    with pytest.raises(InvalidMessageError, match=why):
        read_command(raw, SID)


def test_numbers_are_strings_and_count_as_twilio_counts():
    writer = StreamWriter("AC1", "CA1", SID)
    assert "sequenceNumber" not in json.loads(writer.connected())
    start = json.loads(writer.start({"token": "t"}))
    assert start["sequenceNumber"] == "1"
    assert start["start"]["mediaFormat"] == {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    assert start["start"]["customParameters"] == {"token": "t"}
    media = json.loads(writer.media(b"\xff", 0))
    assert (media["sequenceNumber"], media["media"]["chunk"], media["media"]["timestamp"]) == ("2", "1", "0")
    dtmf = json.loads(writer.dtmf("5"))
    assert dtmf["dtmf"] == {"track": "inbound_track", "digit": "5"}
    media = json.loads(writer.raw_media(b"/w==", 20))
    assert (media["sequenceNumber"], media["media"]["chunk"], media["media"]["timestamp"]) == ("4", "2", "20")
    assert json.loads(writer.stop())["stop"] == {"accountSid": "AC1", "callSid": "CA1"}


def test_the_official_validator_accepts_our_signatures():
    validator = RequestValidator("secret")
    url = "https://x.example/voice/incoming?flow=csat"
    fields = {"CallSid": "CA1", "FromCity": "", "To": "+1 2"}
    assert validator.validate(url, fields, sign("secret", url, list(fields.items())))
    assert validator.validate(url, fields, sign("secret", url + "#rc=3", list(fields.items())))
    assert validator.validate("wss://x.example/s", {}, sign("secret", "wss://x.example/s"))
    assert not validator.validate(url, fields, sign("other", url, list(fields.items())))


def test_a_stream_goes_to_the_server_and_is_signed_for_the_public_url():
    found = stream_address("/voice/stream", "https://x.example/voice/a?b", "https://x.example", "http://l:1")
    assert (found.signed, found.dialled) == ("wss://x.example/voice/stream", "ws://l:1/voice/stream")
    found = stream_address("wss://x.example/s?q=1", "https://x.example/", "https://x.example", "http://l:1")
    assert (found.signed, found.has_query) == ("wss://x.example/s", True)


def test_a_stream_that_is_not_wss_is_refused_unless_the_server_stands_on_loopback():
    with pytest.raises(NotWssError):
        stream_address("ws://x.example/s", "https://x.example/", "https://x.example", "http://l:1")
    with pytest.raises(NotWssError):
        stream_address("https://x.example/s", "https://x.example/", "https://x.example", "http://l:1")
    found = stream_address("ws://l:1/s", "http://l:1/", "http://l:1", "http://l:1")
    assert found.signed == found.dialled == "ws://l:1/s"
