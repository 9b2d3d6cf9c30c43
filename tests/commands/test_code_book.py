"""`dialai flows codebook`, against the files that the exports write."""

import csv
import io
import json
from pathlib import Path

import pyreadstat
from typer.testing import CliRunner

from app.adapters.exports.code_book import code_book
from app.adapters.exports.csv_files import write_wide
from app.adapters.exports.statistics import write_statistics
from app.commands.flows import flows
from app.domain.results import ColumnKind, Seen
from app.flows.columns import columns
from app.flows.loader import load_flow
from tests.adapters.exports.test_wide_and_long import COLUMNS, FULL, answer, call

CSAT = "call_flows/csat.yaml"


def dialai(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(flows, ["codebook", *words])
    assert result.exit_code == code, result.output
    return result.output


def test_every_field_of_a_table_is_in_the_code_book() -> None:
    out = io.StringIO()
    write_wide([], COLUMNS, out)
    assert [entry.name for entry in code_book(COLUMNS)] == out.getvalue().strip().split(",")


def test_the_codes_are_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "table.sav"
    write_statistics([FULL], COLUMNS, file, "sav")
    _, about = pyreadstat.read_sav(str(file))
    for entry in code_book(COLUMNS):
        told = {float(each.code.split(" ")[0]): each.label for each in entry.values}
        assert about.variable_value_labels.get(entry.statistics_name, {}) == told


def test_a_flow_file_has_its_code_book() -> None:
    rows = list(csv.DictReader(io.StringIO(dialai(CSAT))))
    reason = [row for row in rows if row["field"] == "reason"]
    assert reason[0]["kind"] == "select_one"
    assert "matters most" in reason[0]["label"]
    assert [(row["code"], row["value"], row["label"]) for row in reason[1:]] == [
        ("1", "price", "price"),
        ("2", "quality", "quality"),
        ("3", "delivery", "delivery"),
        ("-7 (Stata .a)", "", "refused"),
        ("-8 (Stata .b)", "", "don't know"),
        ("-9 (Stata .c)", "", "no answer"),
    ]
    entries = json.loads(dialai(CSAT, "--json"))
    assert [entry["name"] for entry in entries] == list(dict.fromkeys(row["field"] for row in rows))


WORKED_OUT = """\
flow: sums
variables: [paid]
steps:
  - {numeric: age, range: [1, 110], prompt: How old?}
  - {set: twice, value: age * 2}
  - {set: adult, value: age >= 18}
  - {set: owed, value: paid + 1}
  - {end: completed}
"""


def test_what_is_worked_out_is_in_the_code_book_as_it_is_in_the_file(tmp_path: Path) -> None:
    file, table = tmp_path / "sums.yaml", tmp_path / "table.sav"
    file.write_text(WORKED_OUT)
    book = {entry["name"]: entry for entry in json.loads(dialai(str(file), "--json"))}
    assert [book[name]["kind"] for name in ("twice", "adult", "owed")] == ["integer", "0/1", "as its values"]
    seen = {
        "twice": Seen(ColumnKind.WHOLE),
        "adult": Seen(ColumnKind.BOOLEAN),
        "owed": Seen(ColumnKind.NUMBER),
    }
    found = columns([load_flow(WORKED_OUT, path="sums.yaml", audio_exists=lambda _: True)], seen)
    held = call("call-1", answer("twice", 60), answer("adult", True), answer("owed", None, "missing"))
    write_statistics([held], found, table, "sav")
    _, about = pyreadstat.read_sav(str(table), user_missing=True)
    for name in ("twice", "adult", "owed"):
        told = {float(each["code"]): each["label"] for each in book[name]["values"]}
        assert about.variable_value_labels.get(name, {}) == told
        assert name not in about.missing_ranges
        assert about.readstat_variable_types[name] == "double"


def test_a_broken_flow_has_its_problems_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("flow: x\n")
    assert "steps" in dialai(str(broken), code=1)
