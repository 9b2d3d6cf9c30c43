"""`dialai report` on a log that calls of the core wrote."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from app.commands.report import report
from app.domain.call import Disposition
from tests.commands import test_calls_command
from tests.commands.test_calls_command import hold_call

data = test_calls_command.data


def dialai(*words: str, code: int = 0) -> str:
    app = typer.Typer()
    app.command()(report)
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, result.output
    return result.output


def figures(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(dialai("clinic", "--json", *words))
    return found


@pytest.fixture
def three_calls(data: Path) -> Path:
    hold_call(data, "call-1")
    hold_call(data, "call-2", keys="2")
    hold_call(data, "call-3", keys="")
    return data


def test_a_report_counts_every_call_once(three_calls: Path) -> None:
    found = figures()
    assert found["calls"] == 3
    assert found["live"] == 0
    assert found["dispositions"] == {"completed": 1, "break_off": 2}
    assert (found["groups"]["I"], found["groups"]["R"]) == (1, 2)
    assert found["rates"]["RR1"] == pytest.approx(1 / 3)
    assert found["rates"]["REF1"] == pytest.approx(2 / 3)
    assert found["e"] == 1


def test_the_funnel_says_where_callers_leave(three_calls: Path) -> None:
    came, card = figures()["steps"]
    assert (came["step"], came["reached"], came["dropped"]) == ("came", 3, 1)
    assert (card["step"], card["reached"], card["dropped"], card["drop_off"]) == ("card", 2, 1, 0.5)
    assert came["answered"] == {"key": 2}
    assert card["answered"] == {"key": 1}
    assert came["answer_ms"] > 0


@pytest.mark.parametrize("disposition", list(Disposition))
def test_whoever_ends_a_call_early_has_left_at_the_last_question_and_nobody_else_has(
    three_calls: Path, disposition: Disposition
) -> None:
    connection = sqlite3.connect(three_calls / "calls.sqlite3")
    connection.execute("UPDATE call SET disposition = ? WHERE id = 'call-2'", (disposition,))
    connection.commit()
    connection.close()
    left = {"partial", "break_off", "refused", "opted_out", "no_input", "interrupted", "error"}
    assert figures()["steps"][1]["dropped"] == (1 if disposition in left else 0)


def test_answers_count_by_how_they_came_and_missing_ones_by_why(three_calls: Path) -> None:
    hold_call(three_calls, "call-4", keys="1")
    connection = sqlite3.connect(three_calls / "calls.sqlite3")
    connection.execute("UPDATE answer SET latency_ms = 100")
    connection.execute("UPDATE answer SET source = 'speech', latency_ms = 400 WHERE call = 'call-2'")
    connection.execute("UPDATE answer SET status = 'refused' WHERE slot = 'card'")
    connection.execute("UPDATE answer SET status = 'refused' WHERE call = 'call-4' AND slot = 'came'")
    connection.commit()
    connection.close()
    came, card = figures()["steps"]
    assert came["answered"] == {"key": 1, "speech": 1}
    assert came["unanswered"] == {"refused": 1}
    assert came["answer_ms"] == 250
    assert (card["answered"], card["unanswered"], card["answer_ms"]) == ({}, {"refused": 1}, None)


def test_a_project_counts_in_groups_of_its_own(three_calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert figures("--groups", "break_off=NE")["rates"]["RR1"] == 1
    monkeypatch.setenv("DIALAI_RATE_GROUPS", "break_off=UH")
    found = figures("--e", "0.5")
    assert found["group_of"]["break_off"] == "UH"
    assert found["rates"]["RR3"] == pytest.approx(1 / 2)
    assert found["rates"]["COOP1"] == 1
    assert "write disposition=group" in dialai("clinic", "--groups", "x=1", code=2)
    monkeypatch.setenv("DIALAI_RATE_GROUPS", "machine")
    assert "DIALAI_RATE_GROUPS" in dialai("clinic", code=2)


def test_a_narrow_terminal_shows_which_step_a_line_is_about(
    three_calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = dialai("clinic")
    assert " secs " in shown
    steps = {step["step"] for step in json.loads(dialai("clinic", "--json"))["steps"]}
    assert steps <= {line.split()[0] for line in shown.splitlines() if line.strip()}


def test_the_terminal_shows_what_json_says(three_calls: Path) -> None:
    shown = dialai("clinic")
    for words in ("3 calls", "break_off", "66.7%", "RR1", "33.3%", "I 1, R 2; e = 1.000", "50.0%"):
        assert words in shown
    assert "7391" not in shown


def test_what_a_completed_call_costs_counts_what_the_others_cost_too(
    three_calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALAI_PRICE_TTS_MILLION", "16")
    monkeypatch.setenv("DIALAI_PRICE_INBOUND_MINUTE", "0.5")
    connection = sqlite3.connect(three_calls / "calls.sqlite3")
    for call, event, characters in (
        ("call-1", "used", 250_000),
        ("call-3", "used", 250_000),
        ("call-2", "failed", 9),
    ):
        fact = {
            "kind": "ProviderReported", "service": "tts", "event": event, "detail": "",
            "amount": characters, "unit": "characters",
        }  # fmt: skip
        connection.execute(
            "INSERT INTO call_event (call, seq, at_ms, epoch, kind, data) VALUES (?, 900, 0, 0, ?, ?)",
            (call, "ProviderReported", json.dumps({"fact": fact, "orders": []})),
        )
    connection.commit()
    connection.close()
    found = figures()
    # Half a million characters at 16 dollars, and three calls of a minute begun; one was completed.
    assert found["cost"] == pytest.approx(8 + 3 * 0.5)
    assert found["cost_per_completed"] == pytest.approx(9.5)
    assert "$9.50, $9.5000 for each completed call" in dialai("clinic")


def test_without_prices_nothing_is_said_of_cost(three_calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for price in ("STT_MINUTE", "TTS_MILLION", "LLM_INPUT_MILLION", "LLM_OUTPUT_MILLION"):
        monkeypatch.setenv(f"DIALAI_PRICE_{price}", "0")
    for price in ("INBOUND_MINUTE", "OUTBOUND_MINUTE"):
        monkeypatch.setenv(f"DIALAI_PRICE_{price}", "0")
    assert (figures()["cost"], figures()["cost_per_completed"]) == (None, None)
    assert "$" not in dialai("clinic")


def test_what_a_conversation_brought_counts_at_its_step(three_calls: Path) -> None:
    connection = sqlite3.connect(three_calls / "calls.sqlite3")
    # The report reads the flow that the calls began with: here it holds a conversation as well.
    talk = "  - {converse: talk, goal: Learn it., extract: {what: text, how: text}, on_fail: came}\n"
    connection.execute("UPDATE flow SET yaml = replace(yaml, 'steps:\n', ?)", ("steps:\n" + talk,))
    connection.execute("UPDATE turn SET step = 'talk' WHERE step = 'came'")
    for slot, seq in (("what", 901), ("how", 902)):
        connection.execute(
            "INSERT INTO answer SELECT call, ?, 0, turn, ?, '\"x\"', label, raw, 'ok', 'model', confidence,"
            " asks, no_inputs, no_matches, language, prompt_started_ms, prompt_ended_ms, answered_ms,"
            " latency_ms, sealed"
            " FROM answer WHERE call = 'call-1' AND slot = 'came'",
            (seq, slot),
        )
    connection.commit()
    connection.close()
    steps = {step["step"]: step for step in figures()["steps"]}
    assert (steps["talk"]["reached"], steps["talk"]["answered"]) == (3, {"model": 1})


def test_turns_count_what_callers_made_of_them(three_calls: Path) -> None:
    connection = sqlite3.connect(three_calls / "calls.sqlite3")
    connection.execute(
        "UPDATE turn SET outcome = 'no_match', barged_in = 1, false_alarms = 2 WHERE call = 'call-2'"
    )
    connection.execute("UPDATE turn SET outcome = 'help' WHERE call = 'call-3'")
    connection.commit()
    turns = connection.execute("SELECT call, count(*) FROM turn WHERE step = 'came' GROUP BY call").fetchall()
    connection.close()
    by_call = dict(turns)
    came = figures()["steps"][0]
    assert came["turns"] == sum(by_call.values())
    assert came["no_matches"] == came["barge_ins"] == by_call["call-2"] > 0
    assert came["false_alarms"] == 2 * by_call["call-2"]
    assert came["helps"] == by_call.get("call-3", 0)
    assert (came["repeats"], came["no_inputs"]) == (0, 0)
    assert "barge-in" in dialai("clinic")


def test_a_flow_that_held_no_call_is_one_clear_line(three_calls: Path) -> None:
    assert dialai("nothing", code=1).splitlines() == [
        "dialai: no call was held by nothing: `dialai calls list` shows those there are"
    ]
