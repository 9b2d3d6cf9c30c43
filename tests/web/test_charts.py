"""The columns of a chart stand where their time is."""

from datetime import UTC, datetime

from app.adapters.store.analytics import Bucket
from app.web.console.charts import columns, every

NOW = datetime(2026, 11, 29, 15, 30, tzinfo=UTC)


def test_days_without_a_call_have_their_place() -> None:
    known = [Bucket("2026-11-02", {"completed": 3}), Bucket("2026-11-29", {"": 1})]
    found = every(known, datetime(2026, 10, 31, tzinfo=UTC), NOW, hourly=False)
    assert (len(found), found[0].begins, found[-1]) == (30, "2026-10-31", known[-1])
    assert found[2] == known[0]
    shown = columns(found).columns
    assert [n for n, column in enumerate(shown) if column.pieces] == [2, 29]
    assert shown[0].title == "2026-10-31: no call"
    assert shown[0].label == "2026-10-31"


def test_hours_without_a_call_have_their_place() -> None:
    found = every(
        [Bucket("2026-11-29T09", {"completed": 1})], datetime(2026, 11, 29, tzinfo=UTC), NOW, hourly=True
    )
    assert [bucket.begins for bucket in found][-2:] == ["2026-11-29T14", "2026-11-29T15"]
    assert [n for n, bucket in enumerate(found) if bucket.ended] == [9]


def test_all_time_begins_with_the_first_call_and_years_are_drawn_by_months() -> None:
    days = [Bucket("2026-11-27", {"completed": 1})]
    assert [bucket.begins for bucket in every(days, None, NOW, hourly=False)] == [
        "2026-11-27",
        "2026-11-28",
        "2026-11-29",
    ]
    years = [Bucket("2025-01-31", {"completed": 1}), Bucket("2026-11-01", {"completed": 1, "partial": 1})]
    found = every([*years, Bucket("2026-11-30", {"completed": 2})], None, NOW, hourly=False)
    assert (len(found), found[0].begins, found[1]) == (23, "2025-01", Bucket("2025-02", {}))
    assert found[-1] == Bucket("2026-11", {"completed": 3, "partial": 1})


def test_a_time_before_the_log_is_not_drawn() -> None:
    found = every([Bucket("2026-11-27", {"": 1})], datetime(1, 1, 1, tzinfo=UTC), NOW, hourly=False)
    assert [bucket.begins for bucket in found] == ["2026-11-27", "2026-11-28", "2026-11-29"]


def test_no_call_at_all_draws_nothing() -> None:
    assert every([], datetime(1990, 1, 1, tzinfo=UTC), NOW, hourly=False) == []
