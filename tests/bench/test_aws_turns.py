import pytest

from app.simulator.load_line import HEAD_BYTES as SHOWN_BYTES
from app.simulator.load_line import LoadTurn
from tests.bench.aws_double import told
from tests.bench.aws_phases import Cost, add_call
from tests.bench.aws_turns import SILENCE_MS, joined
from tests.bench.aws_words import (
    AT_LENGTH,
    FIRST_TOKENS,
    HEAD_BYTES,
    REPLY_TOKENS,
    make_brain,
    mouth,
    number_at,
    number_in,
)
from tests.doubles.aws.brain import Ask, CallTool, Line, Tool
from tests.doubles.aws.log import Ending, Request, Service


def head(number: int) -> bytes:
    return mouth(f"Thank you, that is note {number}.")[:HEAD_BYTES]


def ask(system: str = "", tools: tuple[Tool, ...] = ()) -> Ask:
    return Ask("m", system, [Line("user", "hello")], tools)


def turn(
    ended: float, answered: float, after: bytes, answer: bytes, cleared: float | None = None
) -> LoadTurn:
    return LoadTurn(
        is_key=False,
        began_ms=ended - 1_000,
        ended_ms=ended,
        cleared_ms=cleared,
        answered_ms=answered,
        after=after,
        head=answer,
    )


def reply(number: int, asked: float, **more: object) -> dict[str, object]:
    times = {"first_ms": asked + 303, "sentence_ms": asked + 405, "last_ms": asked + 800}
    return {"number": number, "asked_ms": asked, **times, "is_whole": True, "gone_ms": None, **more}


def test_every_sentence_of_a_reply_bears_its_number_and_no_two_replies_share_one():
    brain = make_brain()
    first, second = brain(ask()).text, brain(ask()).text
    assert {number_in(one + ".") for one in first.split(". ")} == {1000}
    assert number_in(second) == 1001
    assert len(first.split()) == REPLY_TOKENS
    assert first.split()[FIRST_TOKENS - 1].endswith(".")
    assert len(brain(ask(f"speak {AT_LENGTH}")).text.split()) > 5 * len(first.split())


def test_a_form_is_never_filled():
    found = make_brain()(ask(tools=(Tool("fill", "", {}),)))
    assert found == CallTool("fill", {})


def test_a_sound_bears_its_replys_number_where_the_line_can_see_it():
    assert SHOWN_BYTES >= HEAD_BYTES
    assert number_at(head(1234)) == 1234
    assert number_at(mouth("What happened?")[:HEAD_BYTES]) is None
    assert number_at(b"") is None
    assert len(mouth("x" * 50)) == 2 * len(mouth("x" * 25))


def test_our_own_overhead_is_what_the_stages_do_not_explain():
    heard_at = 5_000.0
    asked = heard_at + SILENCE_MS + 10
    sound = {"number": 1000, "asked_ms": asked + 445, "first_ms": asked + 600}
    later = {"number": 1000, "asked_ms": asked + 900, "first_ms": asked + 1_100}
    answered = asked + 607
    seen = {"replies": [reply(1000, asked)], "sounds": [later, sound]}
    heard = joined([turn(heard_at, answered, b"", head(1000))], seen, 300)
    assert heard.answer == [SILENCE_MS + 617]
    assert heard.overhead == [617 - 405 - 155]
    assert heard.overhead == [
        heard.to_model[0] + heard.sentence_to_polly[0] + heard.polly_to_line[0],
    ]
    assert heard.sooner == [800 - 445]
    assert heard.double_late == [3]
    assert heard.unanswered == 0


def test_an_interruption_is_timed_to_the_end_of_the_reply_that_was_interrupted():
    cut = reply(1000, 1_000, is_whole=False, gone_ms=3_206.0)
    whole = reply(1001, 8_000)
    turns = [
        turn(4_000, 6_000, head(1000), b"prompt", cleared=3_201),
        turn(9_000, 9_900, head(1001), b"prompt", cleared=8_900),
        turn(9_000, 9_900, b"prompt", b"prompt", cleared=8_900),
    ]
    heard = joined(turns, {"replies": [cut, whole], "sounds": []}, 300)
    assert heard.stop_to_closed == [5]
    assert heard.voice_to_closed == [206]
    assert heard.unanswered == 3


def test_the_double_tells_of_replies_and_of_their_sounds_alone(monkeypatch: pytest.MonkeyPatch):
    moments = iter(range(100))
    monkeypatch.setattr("tests.doubles.aws.log.now", lambda: float(next(moments)))
    streamed = Request(Service.BEDROCK, "ConverseStream", {})
    for token in ["Thank", "you,", "that", "is", "note", "1007.", "I", "have"]:
        streamed.note_piece(f" {token}")
    streamed.note_end(Ending.CLIENT_GONE)
    unspoken = Request(Service.BEDROCK, "ConverseStream", {})
    prompt = Request(Service.POLLY, "SynthesizeSpeech", {"Text": "What happened?"})
    prompt.note_piece()
    spoken = Request(Service.POLLY, "SynthesizeSpeech", {"Text": "Thank you, that is note 1007."})
    spoken.note_piece()
    found = told([streamed, Request(Service.BEDROCK, "Converse", {}), unspoken, prompt, spoken])
    assert found["replies"] == [
        {
            "number": 1007,
            "asked_ms": 0,
            "first_ms": 1_000,
            "sentence_ms": 6_000,
            "last_ms": 8_000,
            "is_whole": False,
            "gone_ms": 9_000,
        }
    ]
    assert [(one["number"], one["first_ms"] - one["asked_ms"]) for one in found["sounds"]] == [(1007, 1_000)]


def test_a_minutes_cost_is_that_of_all_minutes_with_the_carriers_begun_ones_undone():
    cost = Cost()
    spent = {"transcribe": 0.012, "polly": 0.006, "bedrock": 0.003, "carrier": 0.02, "total": 0.041}
    times = {"answered_at": "2026-01-01T10:00:00+00:00", "ended_at": "2026-01-01T10:01:30+00:00"}
    add_call(cost, {"cost": spent, **times})
    add_call(cost, {"cost": spent, **times, "ended_at": "2026-01-01T10:00:01+00:00"})
    add_call(cost, {"cost": None, **times, "ended_at": None})
    assert cost.calls == 1
    assert cost.a_minute == pytest.approx(
        {"transcribe": 0.008, "polly": 0.004, "bedrock": 0.002, "carrier": 0.01}
    )
    assert Cost().a_minute == {}
