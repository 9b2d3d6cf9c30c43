"""Flow Results packages of made-up calls, validated and read back by frictionless."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from frictionless import Package, validate

from app.adapters.exports.floip import write_package
from app.domain.results import CallResult, Column, ColumnKind, Option
from tests.adapters.exports.test_wide_and_long import COLUMNS, FULL, PART, answer, call

ID = UUID("0c364ee1-0305-42ad-9fc9-2ec5a80c55fa")


def package(
    folder: Path, *calls: CallResult, columns: tuple[Column, ...] = COLUMNS
) -> tuple[dict[str, Any], Any]:
    """Write the calls, validate the package row by row; return its descriptor and its rows."""
    now = FULL.started_at
    assert write_package(calls, columns, folder, name="Visit 1", package_id=ID, now=now) == len(calls)
    described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert described["profile"] == "flow-results-package"
    report = validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["type", "note"])
    assert report.tasks[0].stats["fields"] == 7
    return described, Package(str(folder / "datapackage.json")).resources[0].read_rows()


def test_every_answer_is_a_row_that_its_question_explains(tmp_path: Path) -> None:
    described, rows = package(tmp_path, FULL, PART)
    questions = described["resources"][0]["schema"]["questions"]
    given = {row["question_id"]: row["response"] for row in rows if row["session_id"] == "call-1"}
    assert given == {
        "why": FULL.answers[0].value, "age": 30, "cost": 2.5, "came": "yes", "meal": "salad", "used": ["lab"],
    }  # fmt: skip
    assert set(given) <= set(questions)
    assert questions["meal"] == {
        "type": "select_one",
        "label": "Which?",
        "type_options": {"choices": ["soup", "salad"]},
    }
    assert questions["used"]["type"] == "select_many"
    assert [row["response"] for row in rows if row["session_id"] == "call-2"] == ["no"]
    assert rows[0]["timestamp"] == FULL.started_at + timedelta(seconds=4)
    assert "sensitive" not in json.dumps(described)
    assert "card" not in questions


def test_times_in_utc_are_written_as_an_offset(tmp_path: Path) -> None:
    package(tmp_path, PART)
    (row,) = json.loads((tmp_path / "results.json").read_text())
    assert row[0] == "2026-01-31T09:05:11.123+00:00"


def test_every_row_has_a_name_of_its_own(tmp_path: Path) -> None:
    again = call("call-3", answer("age", 30), answer("age", 31), answer("meal", "soup"))
    _, rows = package(tmp_path, FULL, again)
    assert len({row["row_id"] for row in rows}) == len(rows)
    assert [row["response"] for row in rows if row["question_id"] == "age"] == [30, 30, 31]


def test_a_response_is_always_among_its_questions_choices(tmp_path: Path) -> None:
    described, rows = package(tmp_path, call("call-4", answer("meal", "bread"), answer("used", "lab")))
    choices = described["resources"][0]["schema"]["questions"]["meal"]["type_options"]["choices"]
    assert [row["response"] for row in rows] == ["bread"]
    assert choices == ["soup", "salad", "bread"]


def test_days_moments_and_several_choices_are_responses_of_their_types(tmp_path: Path) -> None:
    columns = (
        Column("born", ColumnKind.DATE, "When?"),
        Column("later", ColumnKind.MOMENT, "When shall we call?"),
        Column("used", ColumnKind.MANY, "Which?", (Option("lab", "laboratory"),)),
    )
    given = call(
        "call-5",
        answer("born", "1990-05-03"),
        answer("later", "2026-05-03T15:00-04:00"),
        answer("used", ("lab", "bus")),
        answer("born", "some day"),
    )
    described, rows = package(tmp_path, given, columns=columns)
    questions = described["resources"][0]["schema"]["questions"]
    assert [questions[row["question_id"]]["type"] for row in rows] == ["date", "datetime", "select_many"]
    assert [row["response"] for row in rows] == [
        "1990-05-03", "2026-05-03T15:00:00-04:00", ["lab", "bus"],
    ]  # fmt: skip
    assert questions["used"]["type_options"]["choices"] == ["lab", "bus"]


def test_no_call_at_all_is_an_empty_list(tmp_path: Path) -> None:
    # Frictionless takes no table without rows; JSON does.
    assert write_package([], COLUMNS, tmp_path / "new", name="x", package_id=ID, now=FULL.started_at) == 0
    assert json.loads((tmp_path / "new" / "results.json").read_text()) == []
    assert json.loads((tmp_path / "new" / "datapackage.json").read_text())["id"] == str(ID)
