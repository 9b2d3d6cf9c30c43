"""Tables of made-up calls, read back by pandas: what comes back is what went in."""

import io
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pandas as pd

from app.adapters.exports.csv_files import write_long, write_wide
from app.adapters.exports.wide import fields_of
from app.domain.call import Value
from app.domain.results import AnswerResult, CallResult, Column, ColumnKind, Option

COLUMNS = (
    Column("why", ColumnKind.TEXT, "Why?"),
    Column("age", ColumnKind.WHOLE, "How old?", minimum=0),
    Column("cost", ColumnKind.NUMBER),
    Column("came", ColumnKind.BOOLEAN, "Did you come?"),
    Column("meal", ColumnKind.ONE, "Which?", (Option("soup", "a soup"), Option("salad", "a salad"))),
    Column("used", ColumnKind.MANY, "Which ones?", (Option("lab", "laboratory"), Option("none", "none"))),
    Column("card", ColumnKind.TEXT, "Your card?", sensitive=True),
)


def answer(slot: str, value: Value, status: str = "ok", **more: Any) -> AnswerResult:
    fields: dict[str, Any] = {
        "label": "", "source": "key", "raw": "", "confidence": 1.0, "asks": 1, "no_inputs": 0,
        "no_matches": 0, "language": "en", "answered_ms": 4_000, "latency_ms": 250,
    }  # fmt: skip
    return AnswerResult(slot=slot, value=value, status=status, **(fields | more))


def call(name: str, *answers: AnswerResult, disposition: str | None = "completed") -> CallResult:
    start = datetime(2026, 1, 31, 9, 5, 7, 123_000, tzinfo=UTC)
    return CallResult(name, "visit", "1", "inbound", "en", start, None, start, disposition, answers)


FULL = call(
    "call-1",
    answer("why", 'a "quoted", word\nand ünïcode'),
    answer("age", 30),
    answer("cost", 2.5),
    answer("came", value=True),
    answer("meal", "salad"),
    answer("used", ("lab",)),
    answer("card", "[sensitive]"),
)
PART = call("call-2", answer("age", None, "refused"), answer("came", value=False), disposition=None)


def wide(*calls: CallResult) -> pd.DataFrame:
    out = io.StringIO()
    assert write_wide(calls, COLUMNS, out) == len(calls)
    return pd.read_csv(io.StringIO(out.getvalue()), dtype={"age": "Int64", "came": "Int64"})


def test_a_row_a_call_reads_back_as_it_went_in() -> None:
    table = wide(FULL, PART)
    first, second = (row for _, row in table.iterrows())
    assert first["why"] == 'a "quoted", word\nand ünïcode'
    assert (first["age"], first["cost"], first["came"], first["meal"]) == (30, 2.5, 1, "salad")
    assert (first["used_lab"], first["used_none"]) == (1, 0)
    assert first["call_started_at"] == "2026-01-31T09:05:07.123+00:00"
    assert first["call_disposition"] == "completed"
    assert (second["came"], second["age_status"]) == (0, "refused")
    assert second[["age", "why", "used_lab", "call_disposition", "why_status"]].isna().all()


def test_a_sensitive_question_is_a_status_and_nothing_else() -> None:
    table = wide(FULL)
    assert "card" not in table
    assert list(table["card_status"]) == ["ok"]
    assert "sensitive" not in table.to_csv()


def test_the_latest_answer_is_the_one_that_counts() -> None:
    again = call("call-3", answer("age", 30), answer("age", 31))
    assert list(wide(again)["age"]) == [31]
    out = io.StringIO()
    assert write_long([again], out) == 1
    assert list(pd.read_csv(io.StringIO(out.getvalue()))["value"]) == [30, 31]


def test_a_value_of_another_kind_leaves_its_cell_empty() -> None:
    odd = call(
        "call-4", answer("age", value=True), answer("cost", "much"), answer("came", 1), answer("used", "lab")
    )
    cells = wide(odd).loc[0, ["age", "cost", "came", "used_lab"]]
    assert cells.isna().all()


def test_times_are_told_in_utc() -> None:
    there = datetime(2026, 1, 31, 11, 5, 7, 123_000, tzinfo=timezone(timedelta(hours=2)))
    moved = CallResult("call-5", "visit", "1", "inbound", None, there, None, None, None)
    assert list(wide(moved)["call_started_at"]) == ["2026-01-31T09:05:07.123+00:00"]


def test_two_fields_never_share_a_name() -> None:
    clashing = (Column("age", ColumnKind.WHOLE), Column("age_status", ColumnKind.TEXT))
    names = [each.name for each in fields_of(clashing)]
    assert len(set(names)) == len(names)
    assert names[-4:] == ["age", "age_status", "age_status_2", "age_status_status"]


def test_a_row_an_answer_keeps_what_it_took() -> None:
    out = io.StringIO()
    asked = answer("used", ("lab", "none"), source="speech", raw="the lab", confidence=0.62, asks=2)
    assert write_long([call("call-6", asked, answer("came", value=True)), PART], out) == 2
    table = pd.read_csv(io.StringIO(out.getvalue()))
    assert list(table["value"].dropna()) == ['["lab", "none"]', "true", "false"]
    assert list(table["status"]) == ["ok", "ok", "refused", "ok"]
    assert (table.loc[0, "raw"], table.loc[0, "confidence"], table.loc[0, "asks"]) == ("the lab", 0.62, 2)


def test_a_moment_is_a_utc_time_and_the_callers_offset() -> None:
    columns = (Column("later", ColumnKind.MOMENT, "When?"), Column("born", ColumnKind.DATE, "Born?"))
    given = call("call-7", answer("later", "2026-05-03T15:00-04:00"), answer("born", "1990-05-03"))
    odd = call("call-8", answer("later", "2026-05-03T15:00"), answer("born", "0001-01-01T00:00+14:00"))
    far = call("call-9", answer("later", "0001-01-01T00:00+14:00"), answer("born", value=True))
    out = io.StringIO()
    write_wide([given, odd, far], columns, out)
    table = pd.read_csv(io.StringIO(out.getvalue()), dtype=str, keep_default_na=False)
    told = table[["later", "later_zone", "born"]]
    assert list(told.loc[0]) == ["2026-05-03T19:00:00.000+00:00", "-04:00", "1990-05-03"]
    assert list(told.loc[1]) == list(told.loc[2]) == ["", "", ""]


def test_a_text_that_a_spreadsheet_would_run_is_guarded_unless_it_is_wanted_exact() -> None:
    given = [call("call-10", answer("why", "=HYPERLINK(1)"))]
    out, exact = io.StringIO(), io.StringIO()
    write_wide(given, COLUMNS, out)
    write_wide(given, COLUMNS, exact, exact=True)
    assert ",'=HYPERLINK(1)," in out.getvalue()
    assert ",=HYPERLINK(1)," in exact.getvalue()
