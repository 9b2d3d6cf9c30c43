"""SPSS and Stata files of made-up calls, read back by pyreadstat: values, labels and reasons for none."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyreadstat
import pytest

from app.adapters.exports import statistics
from app.adapters.exports.libraries import RefusedTable
from app.adapters.exports.names import statistics_names
from app.adapters.exports.statistics import write_statistics
from app.domain.results import Column, ColumnKind, Option
from tests.adapters.exports.test_wide_and_long import COLUMNS, FULL, PART, answer, call

MISSING = call(
    "call-3",
    answer("age", None, "refused"),
    answer("cost", None, "dont_know"),
    answer("came", None, "no_input"),
    answer("meal", None, "no_match"),
    answer("used", None, "refused"),
    answer("why", None, "refused"),
)


def written(path: Path, form: str, *calls: Any, columns: tuple[Column, ...] = COLUMNS) -> tuple[Any, Any]:
    file = path / f"table.{form}"
    assert write_statistics(calls, columns, file, form) == len(calls)
    read = pyreadstat.read_sav if form == "sav" else pyreadstat.read_dta
    return read(str(file), user_missing=True)


@pytest.mark.parametrize("form", ["sav", "dta"])
def test_what_is_read_back_is_what_the_calls_brought(tmp_path: Path, form: str) -> None:
    table, about = written(tmp_path, form, FULL, PART)
    first, second = (row for _, row in table.iterrows())
    assert first["why"] == FULL.answers[0].value
    assert (first["age"], first["cost"], first["came"]) == (30, 2.5, 1)
    assert about.variable_value_labels["meal"][first["meal"]] == "a salad"
    assert (first["used_lab"], first["used_none"]) == (1, 0)
    # SPSS counts seconds from 1582 in a float, so a millisecond may be a hair short.
    assert first["call_started_at"].round("ms") == FULL.started_at.replace(tzinfo=None)
    assert (second["came"], second["age_status"], second["why"]) == (0, "refused", "")
    assert math.isnan(second["cost"])
    assert math.isnan(second["meal"])
    assert about.column_names_to_labels["age"] == "How old?"
    assert "card" not in table


def test_spss_knows_why_an_answer_is_missing(tmp_path: Path) -> None:
    table, about = written(tmp_path, "sav", MISSING)
    labels = about.variable_value_labels
    told = {name: labels[name][table.loc[0, name]] for name in ("age", "cost", "came", "meal", "used_lab")}
    assert told == {
        "age": "refused", "cost": "don't know", "came": "no answer", "meal": "no answer",
        "used_lab": "refused",
    }  # fmt: skip
    assert table.loc[0, "age"] == -7
    # A cost may be a small negative number: its reasons are far from any answer.
    assert table.loc[0, "cost"] == -999_998
    as_spss_counts, _ = pyreadstat.read_sav(str(tmp_path / "table.sav"))
    assert as_spss_counts[list(told)].isna().all(axis=None)


def test_stata_knows_why_an_answer_is_missing(tmp_path: Path) -> None:
    table, about = written(tmp_path, "dta", MISSING)
    names = ["age", "cost", "came", "meal", "used_lab"]
    assert list(table.loc[0, names]) == ["a", "b", "c", "c", "a"]
    assert about.variable_value_labels["cost"]["b"] == "don't know"
    as_stata_counts, _ = pyreadstat.read_dta(str(tmp_path / "table.dta"))
    assert as_stata_counts[names].isna().all(axis=None)


@pytest.mark.parametrize("form", ["sav", "dta"])
def test_what_could_not_be_worked_out_is_missing_without_a_code(tmp_path: Path, form: str) -> None:
    table, _ = written(tmp_path, form, call("call-5", answer("cost", None, "missing")))
    assert math.isnan(table.loc[0, "cost"])
    assert table.loc[0, "cost_status"] == "missing"


@pytest.mark.parametrize("form", ["sav", "dta"])
def test_a_value_that_nobody_gives_has_no_code_for_a_reason_also_in_a_log_that_tells_one(
    tmp_path: Path, form: str
) -> None:
    columns = (Column("twice", ColumnKind.NUMBER, "= age * 2", is_asked=False),)
    refused = call("call-5", answer("twice", None, "dont_know"))
    table, about = written(tmp_path, form, refused, call("call-6", answer("twice", 60)), columns=columns)
    assert math.isnan(table.loc[0, "twice"])
    assert table.loc[1, "twice"] == 60
    assert "twice" not in about.variable_value_labels


@pytest.mark.parametrize("form", ["sav", "dta"])
def test_yes_and_no_keep_their_labels_where_no_reason_has_one(tmp_path: Path, form: str) -> None:
    columns = (Column("adult", ColumnKind.BOOLEAN, "= age >= 18", is_asked=False),)
    _, about = written(tmp_path, form, call("call-5", answer("adult", True)), columns=columns)
    assert about.variable_value_labels["adult"] == {0: "no", 1: "yes"}


@pytest.mark.parametrize("form", ["sav", "dta"])
def test_a_choice_that_no_flow_explains_is_not_lost(tmp_path: Path, form: str) -> None:
    table, about = written(tmp_path, form, call("call-4", answer("meal", "bread")), FULL)
    assert [about.variable_value_labels["meal"][code] for code in table["meal"]] == ["bread", "a salad"]


@pytest.mark.parametrize(("form", "longest"), [("sav", 32_767), ("dta", 2_045)])
def test_a_text_too_long_for_the_format_is_cut_between_letters(
    tmp_path: Path, form: str, longest: int
) -> None:
    long = "ü" * 20_000
    columns = (replace(COLUMNS[0], label=long), Column("cost", ColumnKind.NUMBER, long))
    table, about = written(tmp_path, form, call("call-5", answer("why", long)), columns=columns)
    assert table.loc[0, "why"] == "ü" * (longest // 2)
    assert set(about.column_names_to_labels["why"]) == {"ü"}


@pytest.mark.parametrize("form", ["sav", "dta"])
def test_no_call_at_all_is_an_empty_table(tmp_path: Path, form: str) -> None:
    table, _ = written(tmp_path, form)
    assert len(table) == 0
    assert "age" in table


def test_names_are_what_both_programs_take() -> None:
    long = "a" * 40
    assert statistics_names(["age", "Age", "2nd", "if", "a-b", long, f"{long}b", "by"]) == [
        "age", "Age_2", "v_2nd", "v_if", "a_b", "a" * 31, "a" * 29 + "_2", "v_by",
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["sav", "dta"])
@pytest.mark.parametrize("length", [31, 32, 33])
def test_a_column_of_the_longest_name_keeps_its_labels(tmp_path: Path, form: str, length: int) -> None:
    one, two, three = ("a" * length, "b" * length, "c" * length)
    columns = (
        Column(one, ColumnKind.WHOLE, "How old?", minimum=0),
        Column(two, ColumnKind.ONE, "Which?", (Option("x", "an x"),)),
        Column(three, ColumnKind.BOOLEAN, "Sure?"),
    )
    only = call("call-1", answer(one, None, "refused"), answer(two, "x"), answer(three, True))
    table, about = written(tmp_path, form, only, columns=columns)
    first = table.loc[0]
    told = {
        name[0]: labels[first[name]]
        for name, labels in about.variable_value_labels.items()
        if "_" not in name
    }
    assert told == {"a": "refused", "b": "an x", "c": "yes"}


@pytest.mark.parametrize("form", ["sav", "dta"])
def test_a_table_that_the_library_does_not_take_is_refused_in_its_words(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "statistics_names", lambda names: [f"{each}-" for each in names])
    with pytest.raises(RefusedTable, match="name"):
        written(tmp_path, form, FULL)


@pytest.mark.parametrize("form", ["sav", "dta"])
def test_many_batches_make_the_same_table_as_one(tmp_path: Path, form: str) -> None:
    texts = ["", "short", "ü" * 700, "x" * 256]
    calls = [
        call(
            f"call-{number}",
            answer("why", texts[number % 4]),
            answer("age", number),
            answer("cost", number / 7),
        )
        for number in range(29)
    ]
    tables = []
    for batch in (1, 4, 29, 1_000):
        file = tmp_path / f"{batch}.{form}"
        write_statistics([*calls, MISSING], COLUMNS, file, form, batch=batch)
        read = pyreadstat.read_sav if form == "sav" else pyreadstat.read_dta
        table, about = read(str(file), user_missing=True)
        assert about.number_rows == 30
        tables.append(table)
    assert all(tables[0].equals(other) for other in tables[1:])
    assert list(tables[0]["why"][:4]) == texts
    # What was not finished leaves nothing behind.
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(
        f"{n}.{form}" for n in (1, 4, 29, 1_000)
    )


@pytest.mark.parametrize("form", ["sav", "dta"])
def test_wide_texts_make_the_same_table_in_smaller_pieces(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "_MOST_BYTES", 2_000)
    lengths = range(0, 900, 90)
    calls = [call(f"call-{each}", answer("why", "ü" * each), answer("age", each)) for each in lengths]
    table, _ = written(tmp_path, form, *calls)
    assert list(table["why"]) == ["ü" * each for each in lengths]
    assert list(table["age"]) == list(lengths)


def test_a_number_that_looks_like_a_reason_stays_a_number_in_stata(tmp_path: Path) -> None:
    table, _ = written(tmp_path, "dta", call("call-6", answer("cost", -999_997)), MISSING)
    assert list(table["cost"]) == [-999_997, "b"]
