"""Twilio's words, well spelled and badly."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.twilio import wire

FORMAT = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
MESSAGES: dict[str, dict[str, Any]] = {
    "connected": {"event": "connected", "protocol": "Call", "version": "1.0.0"},
    "start": {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": "MZ1",
        "start": {
            "accountSid": "AC1",
            "streamSid": "MZ1",
            "callSid": "CA1",
            "tracks": ["inbound"],
            "mediaFormat": FORMAT,
            "customParameters": {"token": "t"},
        },
    },
    "media": {
        "event": "media",
        "sequenceNumber": "2",
        "streamSid": "MZ1",
        "media": {"track": "inbound", "chunk": "1", "timestamp": "20", "payload": "//8="},
    },
    "dtmf": {
        "event": "dtmf",
        "sequenceNumber": "3",
        "streamSid": "MZ1",
        "dtmf": {"track": "inbound_track", "digit": "#"},
    },
    "mark": {"event": "mark", "sequenceNumber": "4", "streamSid": "MZ1", "mark": {"name": "p1"}},
    "stop": {
        "event": "stop",
        "sequenceNumber": "5",
        "streamSid": "MZ1",
        "stop": {"accountSid": "AC1", "callSid": "CA1"},
    },
}


def without(message: dict[str, Any], *path: str) -> dict[str, Any]:
    copy = json.loads(json.dumps(message))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return copy  # type: ignore[no-any-return]


@pytest.mark.parametrize("event", list(MESSAGES))
def test_every_documented_message_is_understood_and_new_fields_are_passed_over(event: str) -> None:
    kind = type(wire.read(json.dumps(MESSAGES[event])))
    assert kind.__name__.lower() == event
    assert type(wire.read(json.dumps(MESSAGES[event] | {"newField": [1, {"a": None}]}))) is kind


def test_media_bring_any_length_with_their_time() -> None:
    for size in (0, 1, 160, 4000, 40_000):
        payload = base64.b64encode(b"\x7f" * size).decode()
        message = MESSAGES["media"] | {"media": {"timestamp": "123456", "payload": payload}}
        heard = wire.read(json.dumps(message))
        assert isinstance(heard, wire.Media)
        assert (heard.media.payload, int(heard.media.timestamp)) == (b"\x7f" * size, 123456)


@pytest.mark.parametrize(
    "broken",
    [
        without(MESSAGES["media"], "media", "payload"),
        without(MESSAGES["media"], "media", "timestamp"),
        without(MESSAGES["media"], "streamSid"),
        without(MESSAGES["dtmf"], "dtmf", "digit"),
        without(MESSAGES["mark"], "mark", "name"),
        without(MESSAGES["start"], "start", "callSid"),
        without(MESSAGES["start"], "start", "mediaFormat"),
        without(MESSAGES["stop"], "streamSid"),
        MESSAGES["media"] | {"media": {"timestamp": 20, "payload": "//8="}},
        MESSAGES["media"] | {"media": {"timestamp": "-1", "payload": "//8="}},
        MESSAGES["media"] | {"media": {"timestamp": "\u0663", "payload": "//8="}},
        MESSAGES["media"] | {"media": {"timestamp": "9" * 16, "payload": "//8="}},
        MESSAGES["media"] | {"media": {"timestamp": "1", "payload": "a=b"}},
        MESSAGES["dtmf"] | {"dtmf": {"digit": "12"}},
        MESSAGES["dtmf"] | {"dtmf": {"digit": ""}},
        MESSAGES["start"] | {"streamSid": "MZ2"},
        MESSAGES["start"] | {"start": MESSAGES["start"]["start"] | {"callSid": ""}},
        MESSAGES["start"] | {"start": MESSAGES["start"]["start"] | {"mediaFormat": FORMAT | {"channels": 2}}},
        MESSAGES["start"] | {"start": MESSAGES["start"]["start"] | {"customParameters": {"a": 1}}},
        {"event": 5},
        {"no": "event"},
        [],
        None,
    ],
)
def test_a_message_that_cannot_be_used_is_a_value_with_a_reason(broken: object) -> None:
    heard = wire.read(json.dumps(broken))
    assert isinstance(heard, wire.Broken)
    assert heard.reason
    assert "\n" not in heard.reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "\x00",
        "\ud800",
        '{"event":"stop","streamSid":"\\ud800"}',
        "[" * 60_000,
        '{"a":' * 12_000,
        '{"event":"stop","streamSid":"x","deep":' + "[" * 60_000,
        "x" * 70_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_message_at_all_is_a_value_too(text: str) -> None:
    assert isinstance(wire.read(text), wire.Broken)


def test_an_event_we_do_not_know_is_told_apart_from_a_broken_one() -> None:
    assert wire.read('{"event":"transcription","text":"hi"}') == wire.Unknown("transcription")
    assert wire.read(json.dumps({"event": "e" * 1000})) == wire.Unknown("e" * 40)


def test_a_reason_never_quotes_what_the_caller_pressed_or_said() -> None:
    secret = "4111111111111111"
    for message in (
        MESSAGES["dtmf"] | {"dtmf": {"digit": secret}},
        MESSAGES["dtmf"] | {"dtmf": {"digit": int(secret)}},
        MESSAGES["media"] | {"media": {"timestamp": secret * 2, "payload": secret + "="}},
        MESSAGES["start"] | {"start": MESSAGES["start"]["start"] | {"customParameters": {secret: 1}}},
    ):
        assert secret not in str(wire.read(json.dumps(message)))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.text() | st.binary())
def test_no_text_raises(text: str | bytes) -> None:
    assert isinstance(wire.read(text), wire.Broken | wire.Unknown)


@given(st.sampled_from(sorted(MESSAGES)), st.data())
def test_no_message_with_a_field_replaced_raises(event: str, data: st.DataObject) -> None:
    message = json.loads(json.dumps(MESSAGES[event]))
    inner = message
    while True:
        name = data.draw(st.sampled_from(sorted(inner)))
        if not isinstance(inner[name], dict) or data.draw(st.booleans()):
            break
        inner = inner[name]
        if not inner:
            return
    inner[name] = data.draw(json_values)
    wire.read(json.dumps(message))


@given(st.binary(max_size=2000), st.text(), st.text(min_size=1))
def test_what_we_say_is_exactly_one_of_the_three_objects(mulaw: bytes, name: str, sid: str) -> None:
    say = wire.Outgoing(sid)
    payload = base64.b64encode(mulaw).decode()
    assert json.loads(say.media(mulaw)) == {"event": "media", "streamSid": sid, "media": {"payload": payload}}
    assert json.loads(say.mark(name)) == {"event": "mark", "streamSid": sid, "mark": {"name": name}}
    assert json.loads(say.clear) == {"event": "clear", "streamSid": sid}
