"""Words find their turn, and audio its place, by the audio's own time."""

import json

import pytest
from awscrt.io import InputStream

from app.adapters.aws.transcribe_h2 import _WaitingBody
from app.adapters.aws.transcribe_track import Track
from app.adapters.aws.transcribe_wire import Decoder, TranscribeError, encode_audio, error_of, setup_of
from app.adapters.aws.transcribe_words import Segment, TurnWords, Word
from app.domain.speech import Hints
from app.engine.events import FinalTranscript, PartialTranscript
from tests.doubles.aws import codec


def said(*words, partial=False):
    """Each word lasts 100 ms and begins at the time given with it."""
    return Segment(
        tuple(
            Word(text, at, at + 100, confidence=None if partial else 0.8, is_stable=True)
            for text, at in words
        ),
        is_partial=partial,
    )


def test_a_word_across_the_turns_beginning_belongs_where_its_middle_is():
    turn = TurnWords(3, 1_000)
    assert turn.take(said(("old", 949)), 0) is None
    assert turn.take(said(("new", 951)), 0) == FinalTranscript(3, "new", 0.8)


def test_a_streams_time_is_moved_to_the_calls():
    turn = TurnWords(3, 1_000)
    assert turn.take(said(("old", 100)), 800) is None
    assert turn.take(said(("new", 300)), 800) == FinalTranscript(3, "new", 0.8)


def test_a_guess_that_came_to_nothing_is_taken_back():
    turn = TurnWords(1, 0)
    assert turn.take(said(("um", 100), partial=True), 0) == PartialTranscript(1, "um", 0.9)
    assert turn.take(said(), 0) == FinalTranscript(1, "", 0.0)
    assert turn.take(said(), 0) is None
    assert turn.take(said(partial=True), 0) is None


def test_marks_join_the_word_before_and_count_for_no_confidence():
    comma = Word(",", 200, 200, confidence=0.0, is_punctuation=True)
    words = (*said(("yes", 100)).words, comma, *said(("please", 300)).words)
    assert TurnWords(1, 0).take(Segment(words, is_partial=False), 0) == FinalTranscript(1, "yes, please", 0.8)
    assert TurnWords(1, 0).take(Segment((comma,), is_partial=False), 0) == FinalTranscript(1, ",", 0.0)


def test_a_guess_inside_the_replay_is_left_to_it():
    turn = TurnWords(1, 0)
    turn.take(said(("late", 2_500), partial=True), 0)
    assert turn.lose(2_000) is None


def test_the_replay_is_exactly_the_last_second():
    track = Track(replay_ms=1_000, backlog_ms=5_000)
    for level in range(30):
        track.add(bytes([level]) * 1_600)
    while track.take():
        pass
    track.begin_stream()
    assert track.origin_ms == 2_000
    replay = b""
    while piece := track.take():
        replay += piece
    assert replay == b"".join(bytes([level]) * 1_600 for level in range(20, 30))
    assert track.used_ms() == 4_000
    assert track.used_ms() == 0


def test_what_was_never_sent_is_not_replayed_but_sent():
    track = Track(replay_ms=1_000, backlog_ms=5_000)
    track.add(b"a" * 1_600)
    track.take()
    track.add(b"b" * 1_600)
    track.begin_stream()
    assert (track.take(), track.take(), track.take()) == (b"a" * 1_600, b"b" * 1_600, b"")
    assert track.origin_ms == 0


def test_dropped_audio_moves_the_streams_time_with_it():
    track = Track(replay_ms=1_000, backlog_ms=1_000)
    track.begin_stream()
    track.add(bytes(16 * 3_000))
    assert track.dropped_ms() == 2_000
    assert (track.origin_ms, track.end_ms) == (2_000, 3_000)
    track.clear()
    assert track.take() == b""


def test_a_piece_is_never_longer_than_the_service_takes():
    track = Track(replay_ms=1_000, backlog_ms=5_000)
    track.add(bytes(16 * 4_321))
    pieces = []
    while piece := track.take():
        pieces.append(len(piece) // 16)
    assert sum(pieces) == 4_321
    assert max(pieces) <= 1_000


def test_an_audio_event_is_framed_as_amazon_frames_it():
    message = codec.decode(encode_audio(b"\x01\x02" * 640))
    assert message.headers == {
        ":content-type": "application/octet-stream",
        ":event-type": "AudioEvent",
        ":message-type": "event",
    }
    assert message.payload == b"\x01\x02" * 640


def test_results_come_whole_however_they_are_cut():
    result = {
        "StartTime": 0.5,
        "EndTime": 1.25,
        "IsPartial": False,
        "Alternatives": [{"Transcript": "good day", "Items": []}],
    }
    data = codec.event("TranscriptEvent", {"Transcript": {"Results": [result, {"Alternatives": []}]}})
    decoder = Decoder()
    assert decoder.feed(data[:40]) == []
    assert decoder.feed(data[40:]) == [Segment((Word("good day", 500, 1_250),), is_partial=False)]
    assert decoder.feed(codec.event("SomethingElse", {})) == []


def raw(payload):
    return codec.encode(codec.Message({":message-type": "event", ":event-type": "TranscriptEvent"}, payload))


def item(fields):
    result = b'{"IsPartial": false, "Alternatives": [{"Items": [{' + fields + b"}]}]}"
    return b'{"Transcript": {"Results": [' + result + b"]}}"


@pytest.mark.parametrize("given", [b"NaN", b"99", b"-1", b"9" * 400, b'"0.9"', b"null", b"true ", b"[]"])
def test_a_confidence_that_is_none_is_not_taken_for_one(given):
    said = item(b'"Content": "yes", "StartTime": 0, "EndTime": 1, "Confidence": ' + given)
    [segment] = Decoder().feed(raw(said))
    assert segment.words[0].confidence in {None, 1.0 if given == b"true " else None}


@pytest.mark.parametrize("content", [b'"y\\u0000e\\ud83ds"', b'"yes"'])
def test_words_hold_what_can_be_kept(content):
    [segment] = Decoder().feed(raw(item(b'"StartTime": 0, "EndTime": 1, "Content": ' + content)))
    assert segment.words == (Word("yes", 0, 1_000),)


@pytest.mark.parametrize("content", [b"null", b'"\\ud83d"', b'""', b"5"])
def test_a_word_without_words_is_none(content):
    [segment] = Decoder().feed(raw(item(b'"StartTime": 0, "EndTime": 1, "Content": ' + content)))
    assert segment.words == ()


@pytest.mark.parametrize(
    "data",
    [
        b"no event stream at all, but long enough",
        codec.event("TranscriptEvent", {"Transcript": None}),
        codec.event("TranscriptEvent", {"Transcript": {"Results": [{"Alternatives": [{"Items": [{}]}]}]}}),
        raw(b"{"),
        raw(b"[" * 100_000),
        raw(item(b'"Content": "yes", "StartTime": 1e999, "EndTime": 1')),
        raw(item(b'"Content": "yes", "StartTime": 0, "EndTime": ' + b"9" * 400)),
        raw(item(b'"Content": "yes", "StartTime": NaN, "EndTime": 1')),
        raw(item(b'"Content": "yes", "StartTime": 0, "EndTime": 1e9')),
    ],
    ids=lambda data: data[:24],
)
def test_garbage_is_the_streams_end_and_says_nothing_of_what_it_was(data):
    with pytest.raises(TranscribeError, match="garbled answer: ") as caught:
        Decoder().feed(data)
    assert caught.value.is_passing
    assert "long enough" not in str(caught.value)


@pytest.mark.parametrize("payload", [b"", b"[]", json.dumps({"message": "x"}).encode()])
def test_an_exception_is_known_by_its_type_whatever_its_text(payload):
    headers = {":message-type": "exception", ":exception-type": "LimitExceededException"}
    with pytest.raises(TranscribeError, match="LimitExceededException") as caught:
        Decoder().feed(codec.encode(codec.Message(headers, payload)))
    assert caught.value.reason == "busy"


def test_a_server_fault_of_any_name_may_pass():
    assert error_of("SomethingException", status=502).is_passing
    assert not error_of("SomethingException", status=404).is_passing
    assert error_of("", status=504).cause == "504 unknown error"
    assert error_of("ServiceUnavailableException:http://internal/", status=503).reason == "busy"


def test_a_bare_language_is_heard_in_its_commonest_kind():
    assert setup_of(Hints("es-MX"), "").language == "es-US"
    assert setup_of(Hints("sv-SE"), "").language == "sv-SE"
    assert setup_of(Hints("en", vocabulary="own"), "house").vocabulary == "own"
    assert setup_of(Hints("en"), "house").vocabulary == "house"


class _Bell:
    def __init__(self):
        self.waited = []
        self.rung = 0

    def wait(self, seconds):
        self.waited.append(seconds)

    def clear(self):
        pass

    def set(self):
        self.rung += 1


def test_the_native_loop_waits_for_audio_instead_of_burning_a_core():
    body = _WaitingBody()
    bell = body._there = _Bell()
    native = InputStream(body)
    room = memoryview(bytearray(100))
    assert native._read_into_memoryview(room) is None
    assert bell.waited == [0.005]
    body.write(b"audio")
    assert native._read_into_memoryview(room) == 5
    assert (bell.waited, bell.rung) == ([0.005], 1)
    body.close()
    assert native._read_into_memoryview(room) == 0
