"""Journals of older programs, fed through this one."""

from typing import Any

from app.adapters.store.codec import encode_line, from_json, to_json
from app.adapters.store.replaying import replay
from app.engine.actions import Play, Record
from app.engine.call import Call
from app.engine.events import (
    DeadlinePassed,
    DigitPressed,
    Fact,
    LegAnswered,
    PromptEnded,
    PromptStarted,
    Recorded,
)
from app.flows.loader import load_flow
from app.session.ports import StoredCall
from tests.adapters.store.helpers import info

SOURCE = """
flow: ages
version: 1
languages: {en: {locale: en-US}}
steps:
  - {numeric: age, prompt: "How old are you?", range: [1, 110]}
  - {numeric: weight, prompt: "How heavy are you?", range: [1, 500]}
  - {label: bye, end: completed, prompt: "Goodbye."}
"""


def journal() -> list[dict[str, Any]]:
    """Return the journal of a call whose first entry no further key follows."""
    flow = load_flow(SOURCE, path="ages.yaml", audio_exists=lambda _: True)
    call = Call(flow, variables=None, seed="call-1")
    lines: list[dict[str, Any]] = []

    def tell(fact: Fact, at: int) -> list[Any]:
        orders = call.handle(fact, at)
        line = from_json(to_json(encode_line(fact, orders)))
        lines.append({"seq": len(lines), "at_ms": at, "kind": type(fact).__name__, **line})
        return list(orders)

    play = next(order.play for order in tell(LegAnswered(), 0) if isinstance(order, Play))
    tell(PromptStarted(play, cached=True), 0)
    tell(PromptEnded(play), 1_000)
    tell(DigitPressed("1"), 2_000)
    written = [order for order in tell(DeadlinePassed(), 5_000) if isinstance(order, Record)]
    orders = tell(Recorded(written[-1].record), 5_000)
    play = next(order.play for order in orders if isinstance(order, Play))
    tell(PromptStarted(play, cached=True), 5_001)
    return lines


def turn_in(lines: list[dict[str, Any]]) -> dict[str, Any]:
    orders = [order for line in lines for order in line["orders"] if order.get("writes") == "TurnTaken"]
    entry: dict[str, Any] = orders[0]["entry"]
    return entry


def replayed(lines: list[dict[str, Any]]) -> Any:
    stored = StoredCall(info("call-1", variables={}), 0, 0, None, SOURCE, "", ())
    return replay(stored, lines)


def test_a_turn_told_without_the_wait_for_a_next_key_replays_as_it_was() -> None:
    lines = journal()
    turn = turn_in(lines)
    assert turn["latency_ms"] == {"end_of_turn": 3_000, "first_audio": 1, "total": 3_001}
    assert replayed(lines) == (len(lines), None)
    turn["latency_ms"] = {"first_audio": 1, "total": 1}
    assert replayed(lines) == (len(lines), None)


def test_any_other_time_that_differs_is_found() -> None:
    lines = journal()
    turn_in(lines)["latency_ms"] = {"first_audio": 1, "total": 2}
    assert replayed(lines)[1] is not None
    lines = journal()
    turn_in(lines)["latency_ms"]["end_of_turn"] = 2_999
    assert replayed(lines)[1] is not None
