"""Tables of calls that the core held, against what `dialai calls show` says of them."""

import io
import json
import sqlite3
import sys
from pathlib import Path

import pandas as pd
import pytest
from frictionless.console.console import console as frictionless
from typer.testing import CliRunner

from app.adapters.exports.libraries import RefusedTable
from app.adapters.store.database import Database
from app.adapters.store.results import ResultReader
from app.adapters.store.selection import Filter
from tests.adapters.store.helpers import url_of
from tests.commands import test_calls_command
from tests.commands.test_calls_command import dialai, hold_call

data = test_calls_command.data


def table(*words: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(dialai("export", *words)), dtype=str, keep_default_na=False)


def test_a_table_says_what_the_log_says(data: Path) -> None:
    hold_call(data, "call-1")
    hold_call(data, "call-2", keys="2")
    wide = table("--format", "csv-wide")
    assert list(wide["call_id"]) == ["call-1", "call-2"]
    assert list(wide["came"]) == ["1", "0"]
    assert list(wide["card_status"]) == ["ok", ""]
    assert list(wide["call_disposition"]) == [
        json.loads(dialai("show", call, "--json"))["disposition"] for call in ("call-1", "call-2")
    ]
    long = table("--format", "csv-long")
    assert list(zip(long["call_id"], long["question"], long["value"], strict=True)) == [
        ("call-1", "came", "true"),
        ("call-1", "card", "[sensitive]"),
        ("call-2", "came", "false"),
    ]


@pytest.mark.parametrize("form", ["csv-wide", "csv-long"])
def test_a_sensitive_value_is_in_no_table(data: Path, form: str) -> None:
    hold_call(data)
    assert "7391" not in dialai("export", "--format", form)
    assert "leave --reveal away" in dialai("export", "--format", form, "--reveal", code=2)


@pytest.mark.parametrize("form", ["csv-wide", "csv-long"])
def test_a_table_goes_into_a_file_as_it_goes_to_the_screen(data: Path, form: str) -> None:
    hold_call(data)
    out = data / "table.csv"
    assert "1 calls written to" in dialai("export", "--format", form, "--output", str(out))
    assert out.read_text() == dialai("export", "--format", form)
    lost = dialai("export", "--format", form, "--output", str(data / "no" / "where"), code=2)
    assert "cannot be written" in lost


@pytest.mark.parametrize("form", ["parquet", "sav", "dta"])
def test_a_file_for_programs_needs_a_name_and_its_library(
    data: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_call(data)
    out = data / "table"
    assert "say --output FILE" in dialai("export", "--format", form, code=2)
    lost = dialai("export", "--format", form, "--output", str(data / "no" / "where"), code=2)
    assert "cannot be written" in lost
    assert "1 calls written to" in dialai("export", "--format", form, "--output", str(out))
    assert b"7391" not in out.read_bytes()
    for library in ("pyarrow", "pyreadstat"):
        monkeypatch.setitem(sys.modules, library, None)
    assert "[exports]" in dialai("export", "--format", form, "--output", str(out), code=2)


@pytest.mark.parametrize("form", ["parquet", "dta"])
def test_a_table_that_its_library_does_not_take_is_one_line(
    data: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise RefusedTable("a name is too long")

    hold_call(data)
    monkeypatch.setattr("app.commands.calls_export._write_file", refuse)
    out = data / "table"
    lost = dialai("export", "--format", form, "--output", str(out), code=2)
    assert lost.strip() == f"dialai: {out} cannot be written: a name is too long"


@pytest.mark.parametrize("form", ["csv-wide", "csv-long", "jsonl"])
def test_a_flow_that_nobody_knows_is_no_empty_table(data: Path, form: str) -> None:
    hold_call(data)
    lost = dialai("export", "--format", form, "--flow", "nope", code=2)
    assert "no call was held by nope" in lost


def test_a_package_is_a_folder(data: Path) -> None:
    hold_call(data)
    assert "say --output DIR" in dialai("export", "--format", "floip", code=2)
    (data / "file").touch()
    assert "cannot be written" in dialai(
        "export", "--format", "floip", "--output", str(data / "file"), code=2
    )
    assert "1 calls written" in dialai("export", "--format", "floip", "--output", str(data / "new"))
    rows = json.loads((data / "new" / "results.json").read_text())
    assert [row[4:6] for row in rows] == [["came", "yes"]]
    assert json.loads((data / "new" / "datapackage.json").read_text())["name"] == "visit"


def test_a_package_is_valid_to_frictionless_as_it_was_exported(data: Path) -> None:
    hold_call(data)
    dialai("export", "--format", "floip", "--output", str(data / "new"))
    asked = CliRunner().invoke(frictionless, ["validate", "--json", str(data / "new" / "datapackage.json")])
    assert asked.exit_code == 0, asked.output
    assert json.loads(asked.stdout)["valid"]


def test_a_flow_that_no_longer_loads_still_gives_a_table_without_what_is_sensitive(data: Path) -> None:
    hold_call(data)
    connection = sqlite3.connect(data / "calls.sqlite3")
    connection.execute("UPDATE flow SET yaml = 'flow: 1'")
    connection.commit()
    connection.close()
    wide = table("--format", "csv-wide")
    assert list(wide["came"]) == ["1"]
    assert "card" not in wide


def test_calls_of_several_flows_are_no_table_until_one_is_named(data: Path) -> None:
    hold_call(data)
    connection = sqlite3.connect(data / "calls.sqlite3")
    connection.execute(
        "INSERT INTO flow SELECT 'other', 'other', version, yaml, max_duration_ms, sensitive_steps, frozen_at"
        " FROM flow"
    )
    connection.execute("UPDATE call SET flow = 'visit'")
    columns = "from_number, to_number, variables, started_at, last_event_at"
    connection.execute(
        f"INSERT INTO call (id, carrier_sid, flow, flow_version, flow_sha256, direction, {columns})"  # noqa: S608
        f" SELECT 'call-9', 'CA9', 'other', '1', 'other', direction, {columns} FROM call"
    )
    connection.commit()
    connection.close()
    assert "say --flow, one of other, visit" in dialai("export", "--format", "csv-wide", code=2)
    assert list(table("--format", "csv-wide", "--flow", "other")["call_id"]) == ["call-9"]


def test_every_call_comes_once_however_few_are_read_at_a_time(data: Path) -> None:
    # The log's clock stands still, so all calls began in the same millisecond.
    names = [f"call-{number}" for number in range(5)]
    for name in names:
        hold_call(data, name)
    database = Database.read(url_of(data))
    reader = ResultReader(database)
    for chunk in (1, 2, 5, 6):
        assert [call.id for call in reader.calls(Filter(), chunk=chunk)] == names
    assert reader.count(Filter(disposition="completed")) == 5
    assert reader.count(Filter(flow="none")) == 0
    database.close()


@pytest.mark.parametrize("form", ["jsonl", "csv-wide"])
def test_a_terminal_sees_how_far_an_export_is(data: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_call(data)
    command = ("--format", form, "--output", str(data / "table"))
    assert "Exporting" not in dialai("export", *command)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "Exporting" in dialai("export", *command)
    assert "Exporting" not in dialai("export", "--format", form)
