"""Random logs, exported in every format and read back by the programs that researchers use: nothing differs.

What differs by a format's nature is written here: SPSS and Stata hold numbers of 53 bits and texts without
a byte 0; SPSS pads texts with spaces.
"""

import csv
import json
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.adapters.exports.csv_files import GUARDED, write_long, write_wide
from app.adapters.exports.parquet import write_parquet
from app.adapters.exports.statistics import value_codes, write_statistics
from app.adapters.exports.wide import fields_of, row
from app.adapters.store.database import Database
from app.adapters.store.results import ResultReader
from app.adapters.store.selection import EVERY
from app.domain.results import CallResult, Column, ColumnKind, Option
from tests.adapters.exports.test_wide_and_long import answer
from tests.adapters.store.filling import fill
from tests.adapters.store.helpers import START, url_of

MEALS = ("soup", "salad", "none")
COLUMNS = (
    Column("why", ColumnKind.TEXT, "Why?"),
    Column("age", ColumnKind.WHOLE, "How old?", minimum=0),
    Column("cost", ColumnKind.NUMBER, "= fee * 1.5"),
    Column("came", ColumnKind.BOOLEAN, "Did you come?"),
    Column("meal", ColumnKind.ONE, "Which?", tuple(Option(meal, f"a {meal}") for meal in MEALS)),
    Column("used", ColumnKind.MANY, "Which ones?", tuple(Option(meal, meal) for meal in MEALS)),
    Column("born", ColumnKind.DATE, "When were you born?"),
    Column("later", ColumnKind.MOMENT, "When shall we call?"),
)

FORMULAS = st.sampled_from(["=1+1", "+15550100", "-2", "@SUM(A1)", "'=1", "''-", "\t=x", "\rx"])
TEXTS = FORMULAS | st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
ZONES = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=ZONES).map(  # noqa: DTZ001
    lambda moment: moment.replace(second=0, microsecond=0).isoformat(timespec="minutes")
)
VALUES = {
    "why": TEXTS,
    "age": st.integers(0, 2**53),
    "cost": st.integers(-1_000, 1_000) | st.floats(-1e15, 1e15),
    "came": st.booleans(),
    "meal": st.sampled_from(MEALS),
    "used": st.lists(st.sampled_from(MEALS), unique=True).map(lambda taken: tuple(sorted(taken))),
    "born": st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(date.isoformat),
    "later": MOMENTS,
}
MISSING = st.sampled_from(["refused", "dont_know", "no_input", "no_match", "missing"])
REASONS = {
    "refused": (-7.0, "a"), "dont_know": (-8.0, "b"), "no_input": (-9.0, "c"), "no_match": (-9.0, "c"),
}  # fmt: skip


@st.composite
def calls(draw: Callable[..., Any]) -> list[CallResult]:
    """Some calls, each with answers to some questions, given or missing, some of them twice."""
    held = []
    for number in range(draw(st.integers(1, 6))):
        slots = draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=10))
        answers = []
        for slot in slots:
            if draw(st.booleans()):
                answers.append(answer(slot, draw(VALUES[slot]), raw=draw(TEXTS)))
            else:
                answers.append(answer(slot, None, draw(MISSING)))
        start = START + timedelta(milliseconds=number)
        ended = draw(st.none() | st.just(start + timedelta(seconds=3)))
        told = draw(st.sampled_from(["completed", "partial", None]))
        held.append(
            CallResult(
                f"call-{number}", "visit", "1", "inbound", "en", start, None, ended, told, tuple(answers)
            )
        )
    return held


PROPERTY = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., list[CallResult]]]:
    """Put calls into a log that holds no others and return what the log gives back."""
    database = Database.serve(url_of(tmp_path_factory.mktemp("log")))

    def store(given: list[CallResult]) -> list[CallResult]:
        fill(database, given, "flow: visit")
        return list(ResultReader(database).calls(EVERY, chunk=2))

    yield store
    database.close()


def expected(held: Sequence[CallResult]) -> list[dict[str, Any]]:
    fields = fields_of(COLUMNS)
    return [dict(zip((each.name for each in fields), row(fields, call), strict=True)) for call in held]


@PROPERTY
@given(given=calls())
def test_the_log_gives_back_every_answer_as_it_was(stored: Any, given: list[CallResult]) -> None:
    assert stored(given) == given


@PROPERTY
@given(given=calls())
def test_parquet_gives_back_what_the_log_holds(stored: Any, tmp_path: Path, given: list[CallResult]) -> None:
    held = stored(given)
    with (tmp_path / "t.parquet").open("wb") as file:
        write_parquet(held, COLUMNS, file, batch=2)
    assert pq.read_table(tmp_path / "t.parquet").to_pylist() == expected(held)


@PROPERTY
@given(given=calls(), exact=st.booleans())
def test_a_wide_csv_gives_back_what_the_log_holds(
    stored: Any, tmp_path: Path, given: list[CallResult], *, exact: bool
) -> None:
    held = stored(given)
    file = tmp_path / "t.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        write_wide(held, COLUMNS, out, exact=exact)
    with file.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    wanted = [{name: as_written(cell) for name, cell in each.items()} for each in expected(held)]
    assert [{name: unguarded(cell, exact=exact) for name, cell in each.items()} for each in rows] == wanted
    # pandas cannot tell a missing cell from an empty one; it reads the numbers as numbers.
    table = pd.read_csv(file, dtype={"age": "Int64", "came": "Int64", "used_soup": "Int64"})
    for name in ("age", "came", "used_soup"):
        assert [None if pd.isna(cell) else int(cell) for cell in table[name]] == [
            None if each[name] is None else int(each[name]) for each in expected(held)
        ]


def as_written(cell: Any) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return str(int(cell))
        case datetime():
            return cell.astimezone(UTC).isoformat(timespec="milliseconds")
        case _:
            return str(cell)


def unguarded(cell: str, *, exact: bool) -> str:
    return cell[1:] if not exact and GUARDED.match(cell) else cell


@PROPERTY
@given(given=calls())
def test_a_long_csv_holds_every_answer(stored: Any, tmp_path: Path, given: list[CallResult]) -> None:
    held = stored(given)
    file = tmp_path / "t.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        write_long(held, out)
    with file.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    answers = [(call.id, given) for call in held for given in call.answers]
    assert [(each["call_id"], each["question"], each["status"]) for each in rows] == [
        (name, given.slot, given.status) for name, given in answers
    ]
    for each, (_, given_) in zip(rows, answers, strict=True):
        told = unguarded(each["value"], exact=False)
        value = given_.value
        if value is None or isinstance(value, str):
            assert told == (value or "")
        else:
            assert json.loads(told) == (list(value) if isinstance(value, tuple) else value)
        assert unguarded(each["raw"], exact=False) == given_.raw


@pytest.mark.parametrize("form", ["sav", "dta"])
@PROPERTY
@given(given=calls(), batch=st.sampled_from([1, 2, 1_000]))
def test_spss_and_stata_give_back_what_the_log_holds(
    stored: Any, tmp_path: Path, form: str, given: list[CallResult], batch: int
) -> None:
    held = stored(given)
    file = tmp_path / f"t.{form}"
    write_statistics(held, COLUMNS, file, form, batch=batch)
    read = pyreadstat.read_sav if form == "sav" else pyreadstat.read_dta
    table, about = read(str(file), user_missing=True)
    assert about.number_rows == len(table) == len(held)
    for each in fields_of(COLUMNS):
        codes = {value: code for code, value, _ in value_codes(each)}
        for number, call in enumerate(held):
            cell, got = expected([call])[0][each.name], table[each.name][number]
            status = call.current()[each.question].status if each.question in call.current() else ""
            assert same(got, cell, form, codes, each.kind, status), (each.name, got, cell)
    # As both programs count, a refused answer is missing.
    plain, _ = read(str(file))
    assert [pd.isna(cell) for cell in plain["age"]] == [each["age"] is None for each in expected(held)]


def same(got: Any, cell: Any, form: str, codes: dict[str, float], kind: ColumnKind, status: str) -> bool:
    match kind:
        case ColumnKind.TEXT:
            return bool(got == statistics_text(cell, form))
        case ColumnKind.DATE:
            return pd.isna(got) if cell is None else pd.Timestamp(got).date() == cell
        case ColumnKind.MOMENT if cell is not None:
            return bool(pd.Timestamp(got).round("ms") == cell.replace(tzinfo=None))
        case ColumnKind.MOMENT:
            return bool(pd.isna(got))
    if cell is None:
        reason = REASONS[status][form == "dta"] if status in REASONS else None
        large = kind is ColumnKind.NUMBER and form == "sav" and reason is not None
        return got == (reason - 999_990 if large else reason) if reason is not None else math.isnan(got)
    return bool(got == (codes[cell] if isinstance(cell, str) else cell))


def statistics_text(cell: str | None, form: str) -> str:
    text = (cell or "").replace("\0", "")
    return text.rstrip(" ") if form == "sav" else text
