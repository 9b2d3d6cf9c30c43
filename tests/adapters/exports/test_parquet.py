"""Parquet files of made-up calls, read back by pyarrow."""

import io
import sys

import pyarrow.parquet as pq
import pytest

from app.adapters.exports.libraries import MissingLibrary
from app.adapters.exports.parquet import write_parquet
from tests.adapters.exports.test_wide_and_long import COLUMNS, FULL, PART


@pytest.mark.parametrize("batch", [1, 2, 5_000])
def test_a_row_a_call_reads_back_typed_whatever_the_batch(batch: int) -> None:
    out = io.BytesIO()
    assert write_parquet([FULL, PART, FULL], COLUMNS, out, batch=batch) == 3
    first, second, third = pq.read_table(out).to_pylist()
    assert first == third
    assert first["call_started_at"] == FULL.started_at
    answers = ("why", "age", "cost", "came", "meal", "used_lab", "used_none")
    assert [first[name] for name in answers] == [
        FULL.answers[0].value, 30, 2.5, True, "salad", True, False,
    ]  # fmt: skip
    assert [second[name] for name in answers] == [None, None, None, False, None, None, None]
    assert (second["age_status"], second["call_disposition"]) == ("refused", None)
    assert "card" not in first


def test_a_field_tells_its_question() -> None:
    out = io.BytesIO()
    write_parquet([], COLUMNS, out)
    assert pq.read_schema(out).field("age").metadata == {b"label": b"How old?"}


def test_a_missing_library_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingLibrary, match=r"needs pyarrow: .*pip install .*\[exports\]"):
        write_parquet([FULL], COLUMNS, io.BytesIO())
