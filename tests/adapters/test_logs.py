"""Log lines: their shape, and what must not be in them."""

import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from app.adapters.logs.canonical import _MAX_CALLS, CanonicalLines
from app.adapters.logs.setup import configure_logging
from app.domain.answers import Answer, Source, Status
from app.domain.call import CallId, CallInfo, Direction, Disposition
from app.domain.cost import Prices
from app.engine.actions import (
    AnswerGiven,
    CallEnded,
    Record,
    RecordingDecided,
    StepsEntered,
    StopPlayback,
    TurnTaken,
)
from app.engine.events import DigitPressed, Fact, LegAnswered, ProviderReported, StreamLost

CARD = "4111 1111 1111 1111"


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(out: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_is_json_with_time_level_and_the_calls_names() -> None:
    out = io.StringIO()
    configure_logging(stream=out)
    with structlog.contextvars.bound_contextvars(call_id="c1", call_sid="CA1"):
        structlog.get_logger("a").info("started", n=1)
    (line,) = lines(out)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "started",
        "n": 1,
        "level": "info",
        "logger": "a",
        "call_id": "c1",
        "call_sid": "CA1",
    }


def test_a_terminal_gets_readable_lines_unless_json_is_asked_for() -> None:
    readable, asked = Terminal(), Terminal()
    configure_logging(stream=readable)
    structlog.get_logger("b").info("started")
    configure_logging(json=True, stream=asked)
    structlog.get_logger("c").info("started")
    assert "started" in readable.getvalue()
    assert not readable.getvalue().startswith("{")
    assert lines(asked)[0]["event"] == "started"


def test_everything_else_is_debug() -> None:
    quiet, loud = io.StringIO(), io.StringIO()
    configure_logging(stream=quiet)
    structlog.get_logger("d").debug("detail")
    configure_logging(debug=True, stream=loud)
    structlog.get_logger("e").debug("detail")
    assert quiet.getvalue() == ""
    assert lines(loud)[0]["level"] == "debug"


def test_no_planted_number_or_secret_reaches_the_stream() -> None:
    out = io.StringIO()
    configure_logging(personal=True, stream=out, secrets=("f00dfeed42", "", "ab"))
    log = structlog.get_logger("f")
    log.info(
        "card 4111 1111 1111 1111",
        number=4111111111111111,
        nested={"deep": [f"SSN 123-45-6789 from {CARD}", {"12345678Z"}]},
        auth_token="anything",
        headers={"Authorization": "Bearer abcdefgh", "X-Twilio-Signature": "c2ln"},
        url="wss://h/s?token=s3cr3t&x=1",
        mine="the token f00dfeed42 is mine",
        said="ring +34 600 100 200 or (415) 555-0123, ann@example.org",
        thing=ValueError(CARD),
        personal={"from": "+14155550123", "heard": CARD},
        kept=(1.5, True, None, 12),
    )
    text = out.getvalue()
    for planted in (
        "4111",
        "6789",
        "12345678Z",
        "anything",
        "abcdefgh",
        "c2ln",
        "s3cr3t",
        "f00d",
        "0123,",
        "ann@",
    ):
        assert planted not in text, planted
    (line,) = lines(out)
    assert line["personal"] == {"from": "+14155550123", "heard": "[card]"}
    assert line["kept"] == [1.5, True, None, 12]
    assert line["said"] == "ring [phone] or [phone], [email]"


def test_a_traceback_is_redacted_and_holds_no_local_variables() -> None:
    for out in (io.StringIO(), Terminal()):
        configure_logging(stream=out)
        secret_local = CARD.replace(" ", "-")
        try:
            int(f"bad {CARD}")
        except ValueError:
            structlog.get_logger("g").exception("broke")
        assert "'bad [card]'" in out.getvalue()
        assert secret_local not in out.getvalue()


def test_the_libraries_lines_take_the_same_way() -> None:
    out = io.StringIO()
    uvicorn = logging.getLogger("uvicorn.error")
    uvicorn.addHandler(logging.StreamHandler(io.StringIO()))
    logging.getLogger("twilio.http_client")
    configure_logging(stream=out)
    uvicorn.info("a line for every socket")
    uvicorn.warning("started on %s, %s", "port 8000", CARD)
    logging.getLogger("uvicorn.access").info("GET /")
    logging.getLogger("twilio.http_client").info("POST with everything")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("careful", UserWarning, stacklevel=1)
    found = lines(out)
    assert [line["logger"] for line in found] == ["uvicorn.error", "py.warnings"]
    assert found[0]["event"] == "started on port 8000, [card]"


def turn(**more: object) -> TurnTaken:
    values = {
        "turn": 1, "step": "age", "kind": "numeric", "prompt": "How old are you?", "heard": "How old",
        "input": "42", "source": "key", "understood": "42", "outcome": "ok", "barged_in": True,
        "false_alarms": 2,
        "asked_at": 0, "prompt_ended_at": None, "answered_at": 900, "latency_ms": {"total": 40},
    }  # fmt: skip
    return TurnTaken(**(values | more))  # type: ignore[arg-type]


def test_a_turn_and_a_call_are_one_line_each() -> None:
    out = io.StringIO()
    configure_logging(personal=True, stream=out)
    watch = CanonicalLines(Prices(stt_minute=0.06, outbound_minute=0.5), lambda _: info("CA1"))
    call = CallId("c1")
    watch(call, 400, LegAnswered(), ())
    watch(call, 500, LegAnswered(1), ())
    watch(call, 600, ProviderReported("stt", "used", amount=10_000, unit="ms"), ())
    watch(call, 600, ProviderReported("stt", "retried", amount=10_000, unit="ms"), ())
    answer = Answer("age", 42, "42", Status.OK, Source.KEY, "42", 1.0, 1, 0, 0, "en")
    watch(
        call,
        900,
        DigitPressed("2"),
        (
            StopPlayback(1),
            Record(1, AnswerGiven(1, answer, 0, None, 900, 100)),
            Record(2, turn()),
            Record(3, StepsEntered(("age", "bye"), "en")),
            Record(4, StepsEntered((), "en")),
            Record(5, RecordingDecided(allowed=True)),
        ),
    )
    watch(call, 1500, DigitPressed("2"), (Record(6, CallEnded(Disposition.COMPLETED, "flow")),))
    first, last = lines(out)
    assert first["event"] == "turn"
    assert first["latency_ms"] == {"total": 40}
    assert first["personal"]["input"] == "42"
    assert "42" not in str(
        {key: value for key, value in first.items() if key not in {"personal", "timestamp"}}
    )
    del last["timestamp"]
    assert last == {
        "event": "call", "level": "info", "logger": "dialai.call", "call_id": "c1",
        "disposition": "completed",
        "cause": "flow", "duration_ms": 1500, "turns": 1, "answers": 1, "barge_ins": 1, "false_alarms": 2,
        "language": "en", "last_step": "bye",
        "cost": {
            "transcribe": 0.01, "polly": 0, "bedrock": 0, "carrier": 0.5, "total": 0.51, "currency": "USD",
        },
    }  # fmt: skip
    watch(call, 1501, ProviderReported("stt", "used", amount=1, unit="ms"), ())
    assert watch._tallies == {}


def info(sid: str) -> CallInfo:
    return CallInfo(CallId("c1"), sid, "two", "1", Direction.OUTBOUND, "+1", "+2")


@pytest.mark.parametrize("first", [LegAnswered(1), StreamLost()])
def test_the_line_of_a_call_that_was_taken_over_names_what_it_counts(first: Fact) -> None:
    out = io.StringIO()
    configure_logging(stream=out)
    watch = CanonicalLines(Prices(outbound_minute=0.5), lambda _: info("browser-1"))
    call = CallId("c1")
    watch(call, 7_000, first, ())
    watch(call, 7_100, LegAnswered(2), ())
    watch(call, 9_000, DigitPressed("2"), (Record(2, turn()),))
    watch(call, 9_500, DigitPressed("2"), (Record(6, CallEnded(Disposition.COMPLETED, "flow")),))
    _, last = lines(out)
    assert "turns" not in last
    counted = last["since_resume"]
    assert (counted["turns"], counted["answers"], counted["cost"]["carrier"]) == (1, 0, 0)


def test_calls_that_never_end_here_do_not_pile_up() -> None:
    configure_logging(stream=io.StringIO())
    watch = CanonicalLines()
    for n in range(_MAX_CALLS + 5):
        watch.saw(CallId(str(n)), Record(1, StepsEntered(("a",), "en")), 0)
    assert len(watch._tallies) == _MAX_CALLS


@pytest.mark.parametrize(
    ("json", "personal", "is_told"),
    [(True, None, False), (True, True, True), (False, None, True), (False, False, False)],
)
def test_what_callers_said_is_in_a_line_only_where_it_may_be(
    *, json: bool, personal: bool | None, is_told: bool
) -> None:
    out = io.StringIO()
    configure_logging(json=json, personal=personal, stream=out)
    structlog.get_logger().info("turn", personal={"heard": "my own words"}, step="age")
    assert ("my own words" in out.getvalue()) is is_told
    assert "age" in out.getvalue()
