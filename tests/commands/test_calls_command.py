"""`dialai calls` on a call log that real calls of the core wrote."""

import io
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from app.adapters.store.codec import encode_line, to_json
from app.adapters.store.log import SqlCallLog
from app.commands.calls import calls
from app.commands.calls_screen import show_list
from app.domain.call import CallId
from app.engine.actions import Order, Play, Record
from app.engine.call import Call
from app.engine.events import (
    DigitPressed,
    Fact,
    LegAnswered,
    LegEnded,
    PromptEnded,
    PromptStarted,
    ProviderReported,
    Recorded,
)
from app.flows.loader import load_flow
from tests.adapters.store.helpers import Wall, info, with_log

SOURCE = """\
flow: visit
version: 1
title: A visit
languages: {en: {locale: en-US}}
steps:
  - yes_no: came
    prompt: Did you come?
  - digits: card
    prompt: Your card's last four digits?
    length: 4
    sensitive: true
    confirm: always
  - {label: bye, end: completed, prompt: Goodbye.}
"""
KEYS = "173911"


def hold_call(folder: Path, name: str = "call-1", keys: str = KEYS, told: Sequence[Fact] = ()) -> None:
    """Hold a whole call by keys, with a line that plays every prompt at once, and log it.

    `told` are facts that come right after the answer.
    """
    flow = load_flow(SOURCE, path="visit.yaml", audio_exists=lambda _: True)
    call = Call(flow, variables={}, seed=name)

    async def hold(log: SqlCallLog) -> None:
        await log.open(info(name, f"CA-{name}"), flow)
        waiting: list[Fact] = [LegAnswered(), *told]
        pressed = iter(keys)
        for seq in range(500):
            if not waiting:
                key = next(pressed, None)
                waiting.append(LegEnded("hangup") if key is None else DigitPressed(key))
            fact = waiting.pop(0)
            was_sensitive = call.is_sensitive
            orders = call.handle(fact, seq * 50)
            log.append(
                CallId(name), epoch=0, seq=seq, at=seq * 50, fact=fact, orders=orders,
                sensitive=was_sensitive or call.is_sensitive,
            )  # fmt: skip
            waiting += [fact for order in orders for fact in line_says(order)]
            if call.disposition is not None:
                await log.finish(CallId(name), 0, call.disposition, "hangup")
                return
        pytest.fail("the call never ended")

    with_log(folder, hold, Wall())


def line_says(order: Order) -> list[Fact]:
    match order:
        case Play(play=play):
            return [PromptStarted(play, cached=True), PromptEnded(play)]
        case Record(record=record, durable=True):
            return [Recorded(record)]
        case _:
            return []


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory that the command reads, with the database's default name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIALAI_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DIALAI_DATABASE_URL", f"sqlite:///{tmp_path / 'calls.sqlite3'}")
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def dialai(*words: str, code: int = 0, said: str | None = None) -> str:
    result = CliRunner().invoke(calls, list(words), input=said)
    assert result.exit_code == code, result.output
    if code == 2:
        assert len(result.stderr.splitlines()) == 1
        assert result.stderr.startswith("dialai: ")
    return result.output


def test_calls_are_listed_newest_first_and_filtered(data: Path) -> None:
    hold_call(data, "call-1")
    hold_call(data, "call-2", keys="")
    listed = json.loads(dialai("list", "--json"))
    assert [(call["id"], call["disposition"]) for call in listed["calls"]] == [
        ("call-2", listed["calls"][0]["disposition"]),
        ("call-1", "completed"),
    ]
    assert json.loads(dialai("list", "--json", "--disposition", "completed"))["calls"][0]["id"] == "call-1"
    assert json.loads(dialai("list", "--json", "--flow", "none"))["calls"] == []
    assert "No such calls" in dialai("list", "--flow", "none")
    assert "raise --limit" in dialai("list", "--limit", "1")
    assert "call-1" in dialai("list")


def test_a_call_is_shown_with_its_answers_turns_and_audio(data: Path) -> None:
    hold_call(data)
    folder = data / "audio" / "call-1"
    folder.mkdir(parents=True)
    (folder / "call.wav").write_bytes(b"RIFF")
    shown = json.loads(dialai("show", "call-1", "--json"))
    assert shown["answers"]["came"]["value"] is True
    assert shown["answers"]["card"]["value"] == "[sensitive]"
    assert shown["recording"] == str(folder / "call.wav")
    assert {"step", "prompt", "heard", "input", "understood", "latency_ms"} <= shown["turns"][0].keys()
    assert "7391" not in json.dumps(shown)
    readable = dialai("show", "call-1")
    assert "7391" not in readable
    assert "--reveal" in readable
    assert "call.wav" in readable
    assert "cost: 0.0125 USD by list price (carrier 0.0125)" in readable
    assert shown["cost"]["total"] == 0.0125
    assert json.loads(dialai("show", "call-1", "--json", "--reveal"))["answers"]["card"]["value"] == "7391"


def test_a_call_without_audio_says_so(data: Path) -> None:
    hold_call(data, keys="1")
    assert "audio: none was kept" in dialai("show", "call-1")


def test_the_export_holds_a_call_a_line_with_its_events(data: Path) -> None:
    hold_call(data, "call-1")
    hold_call(data, "call-2")
    out = data / "calls.jsonl"
    dialai("export", "--output", str(out))
    exported = [json.loads(line) for line in out.read_text().splitlines()]
    assert [call["id"] for call in exported] == ["call-1", "call-2"]
    assert exported[0]["events"][0]["fact"]["kind"] == "LegAnswered"
    assert "7391" not in out.read_text()
    assert dialai("export", "--format", "jsonl") == out.read_text()
    assert "7391" in dialai("export", "--reveal")
    assert "one of jsonl, csv-wide" in dialai("export", "--format", "csv", code=2)
    assert "cannot be written" in dialai("export", "--output", str(data / "no" / "where"), code=2)


def test_a_stored_call_gives_the_same_orders_again(data: Path) -> None:
    hold_call(data)
    connection = sqlite3.connect(data / "calls.sqlite3")
    events = connection.execute("SELECT count(*) FROM call_event").fetchone()[0]
    connection.close()
    assert dialai("replay", "call-1") == f"same orders: {events} events\n"


def test_a_replay_that_differs_shows_the_first_difference(data: Path) -> None:
    hold_call(data)
    connection = sqlite3.connect(data / "calls.sqlite3")
    line = to_json(encode_line(LegAnswered(), []))
    connection.execute("UPDATE call_event SET data = ? WHERE seq = 0", (line,))
    connection.commit()
    connection.close()
    output = dialai("replay", "call-1", code=1)
    assert "orders differ at event 0 (LegAnswered, 0 ms)" in output
    assert "stored   nothing" in output


def test_a_journal_of_unknown_facts_is_one_clear_line(data: Path) -> None:
    hold_call(data)
    connection = sqlite3.connect(data / "calls.sqlite3")
    connection.execute(
        """UPDATE call_event SET data = '{"fact": {"kind": "Moon"}, "orders": []}' WHERE seq = 0"""
    )
    connection.commit()
    connection.close()
    assert "the journal holds a Moon" in dialai("replay", "call-1", code=2)


def test_a_flow_that_no_longer_loads_is_one_clear_line(data: Path) -> None:
    hold_call(data)
    connection = sqlite3.connect(data / "calls.sqlite3")
    connection.execute("UPDATE flow SET yaml = 'flow: 1'")
    connection.commit()
    connection.close()
    assert "does not load any more" in dialai("replay", "call-1", code=1)


def test_a_deleted_call_leaves_nothing_behind(data: Path) -> None:
    hold_call(data)
    folder = data / "audio" / "call-1"
    folder.mkdir(parents=True)
    (folder / "call.wav").write_bytes(b"RIFF")
    dialai("delete", "call-1", code=1, said="n\n")
    assert folder.exists()
    dialai("delete", "call-1", said="y\n")
    assert not folder.exists()
    assert b"call-1" not in b"".join(path.read_bytes() for path in data.glob("calls.sqlite3*"))
    dialai("delete", "call-1", "--yes", code=1)


def test_a_live_call_is_not_deleted(data: Path) -> None:
    async def begin(log: SqlCallLog) -> None:
        await log.open(info(), load_flow(SOURCE, path="visit.yaml", audio_exists=lambda _: True))

    with_log(data, begin)
    assert "has not ended yet" in dialai("delete", "call-1", "--yes", code=1)
    assert "in progress" in dialai("show", "call-1")


def test_a_page_of_calls_fits_eighty_columns_whole(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_call(data, "0123456789abcdef0123456789abcdef")
    hold_call(data, "fedcba98", keys="")
    monkeypatch.setenv("COLUMNS", "80")
    shown = dialai("list").splitlines()
    assert max(len(line) for line in shown) <= 80
    assert shown[0].split() == ["id", "started", "flow", "way", "number", "lang", "ended", "time"]
    assert len(shown) == 3
    (row,) = (line for line in shown if line.startswith("01234567 "))
    for piece in ("clinic", " in ", "+15550100", " en ", "completed", "0:00"):
        assert piece in row
    assert "…" not in row


def test_the_longest_call_still_has_its_number_end_and_length_in_eighty_columns() -> None:
    out = io.StringIO()
    call = {
        "id": "0123456789abcdef", "flow": "a-flow-with-a-very-long-name", "direction": "outbound",
        "from": "+12025550100", "to": "+493012345678901", "language": "es-US", "disposition": "interrupted",
        "started_at": "2026-01-31T09:05:07.123+00:00", "answered_at": "2026-01-31T09:05:08.000+00:00",
        "ended_at": "2026-01-31T09:29:13.000+00:00",
    }  # fmt: skip
    ringing = call | {"disposition": None, "answered_at": None, "ended_at": None}
    show_list(Console(file=out, width=80), [call, ringing], has_more=False)
    _, long, live = out.getvalue().splitlines()
    assert long.startswith("01234567 01-31 ")
    assert long.rstrip().endswith(" out +493012345678901 es-US interrupted 24:05")
    assert live.rstrip().endswith(" out +493012345678901 es-US in progress")


def test_the_turns_of_a_call_are_a_line_each_in_eighty_columns(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_call(data)
    monkeypatch.setenv("COLUMNS", "80")
    shown = dialai("show", "call-1").splitlines()
    assert max(len(line) for line in shown) <= 80
    (came,) = (line for line in shown if line.startswith("came: "))
    assert came.startswith('came: "1" -> yes  answer')
    assert not any("Did you come?" in line for line in shown)
    assert any("prompt: Did you come?" in line for line in dialai("show", "call-1", "--verbose").splitlines())


@pytest.mark.parametrize("command", ["show", "replay", "delete"])
def test_a_call_is_named_by_any_beginning_of_its_id_that_is_its_own(data: Path, command: str) -> None:
    for name in ("abcd-1", "abcd_2", "abcd", "aBcd-3"):
        hold_call(data, name)
    more = ["--yes"] if command == "delete" else []
    said = dialai(command, "abc", *more, code=1)
    assert said == "dialai: abc is too short: give the id's first 4 characters or more\n"
    assert "none begins so" in dialai(command, "abcd%", *more, code=1)
    assert "none begins so" in dialai(command, "", *more, code=1)
    dialai(command, "abcd", *more)
    dialai(command, "abcd_", *more)
    hold_call(data, "abcd-11")
    said = dialai(command, "abcd-", *more, code=1)
    assert said == ("dialai: more than one call's id begins with abcd-: abcd-1, abcd-11; give more of it\n")


@pytest.mark.parametrize("command", ["show", "replay", "delete"])
def test_an_unknown_call_is_one_clear_line(data: Path, command: str) -> None:
    hold_call(data)
    assert "no call has the id call-404" in dialai(command, "call-404", code=1)


@pytest.mark.parametrize("command", [["list"], ["export"], ["show", "x"], ["replay", "x"], ["delete", "x"]])
def test_a_missing_database_is_one_clear_line(data: Path, command: list[str]) -> None:
    assert "there is no call log at" in dialai(*command, code=2)


def test_what_happened_at_providers_is_added_up_and_counted_in_a_calls_own_log(data: Path) -> None:
    def spoke(characters: int) -> Fact:
        return ProviderReported("tts", "used", "polly us-east-1", characters, "characters")

    fell_back = ProviderReported("tts", "fell_back", "espeak [x]")
    told = (spoke(40), fell_back, spoke(2), fell_back, ProviderReported("stt", "mute"))
    hold_call(data, told=(*told, ProviderReported("llm", "used", "llama", 7, "output_tokens")))
    lines = dialai("show", "call-1", "--verbose").splitlines()
    assert lines[lines.index("Providers") + 1 :] == [
        "tts: used (polly us-east-1) 42 characters",
        "tts: fell_back (espeak [x]) x 2",
        "stt: mute x 1",
        "llm: used (llama) 7 output tokens",
    ]


def test_a_call_that_no_provider_served_is_shown_whole(data: Path) -> None:
    hold_call(data)
    assert "nothing was told of them" in dialai("show", "call-1", "--verbose")
