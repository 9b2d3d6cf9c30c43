"""Figures over many calls: exact percentiles, whatever they are told apart by, on either database."""

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from app.adapters.store.analytics import FRESH_S, Analyst, By, Overview
from app.adapters.store.database import Database
from app.adapters.store.log import SqlCallLog
from app.adapters.store.selection import Filter
from app.domain.call import CallId, Disposition
from app.domain.latency import Spread
from app.engine.actions import Record, TurnTaken
from app.engine.events import LegAnswered
from tests.adapters.store.helpers import FLOW, START, Wall, append, entered, info
from tests.adapters.store.stores import Store


def turn(step: str, source: str, **latency: int) -> Record:
    serving = {"stt": "transcribe", "tts": "cache"} if source == "speech" else {}
    entry = TurnTaken(
        1, step, "digits", "?", "?", "1", source, "1", "answer", False, 0, 0, 0, 0, latency, serving,
    )  # fmt: skip
    return Record(1, entry)


def write(store: Store) -> None:
    wall = Wall()

    async def run(log: SqlCallLog) -> None:
        for n, total in enumerate((100, 300, 200)):
            wall.now = START + timedelta(hours=n)
            call = CallId(f"call-{n}")
            await log.open(info(call, f"CA{n}"), FLOW)
            append(log, 0, LegAnswered(), (entered("age"),), call=call)
            append(log, 1, orders=(turn("age", "key", total=total, first_audio=20),), call=call)
            append(log, 2, orders=(turn("card", "speech", total=total * 10, recognition=70),), call=call)
            await log.commit(call)
            if n < 2:
                await log.finish(call, 0, Disposition.COMPLETED if n else Disposition.PARTIAL, "flow")

    store.run(run, wall)


def look(store: Store, by: By = By.STEP, wanted: Filter = Filter(), *, hourly: bool = False) -> Overview:  # noqa: B008 - frozen
    with closing(Analyst(Database.read(store.url))) as analyst:
        return analyst.overview_now(wanted, by, hourly=hourly)


@pytest.mark.parametrize(
    ("by", "medians"),
    [
        (By.STEP, {"clinic · age": 200, "clinic · card": 2_000}),
        (By.SOURCE, {"key": 200, "speech": 2_000}),
        (By.FLOW, {"clinic": 300}),
        (By.LANGUAGE, {"es": 300}),
        (By.PROVIDER, {"transcribe, recognition": 70}),
        (By.HOUR, {"09": 100, "10": 300, "11": 200}),
    ],
)
def test_latencies_are_told_apart_by_what_is_asked(store: Store, by: By, medians: dict[str, int]) -> None:
    write(store)
    assert {key: spread.p50 for key, spread in look(store, by).latencies.groups.items()} == medians


def test_steps_of_one_name_in_two_flows_are_two_steps(store: Store) -> None:
    async def run(log: SqlCallLog) -> None:
        other = replace(info("other", "CA9"), flow="lunch")
        await log.open(other, replace(FLOW, name="lunch", sha256="a" * 64))
        append(log, 0, LegAnswered(), (entered("age"),), call=other.id)
        append(log, 1, orders=(turn("age", "key", total=900),), call=other.id)
        await log.commit(other.id)
        await log.finish(other.id, 0, Disposition.BREAK_OFF, "hangup")

    write(store)
    store.run(run, Wall())
    found = look(store)
    assert [(one.flow, one.step, one.reached, one.dropped) for one in found.figures.steps] == [
        ("clinic", "age", 3, 0),
        ("clinic", "card", 3, 1),
        ("lunch", "age", 1, 1),
    ]
    medians = {name: spread.p50 for name, spread in found.latencies.groups.items()}
    assert medians == {"clinic · age": 200, "clinic · card": 2_000, "lunch · age": 900}
    of_one = look(store, wanted=Filter(flow="lunch"))
    assert [(one.step, one.reached) for one in of_one.figures.steps] == [("age", 1)]
    assert list(of_one.latencies.groups) == ["age"]


def test_stages_are_counted_over_every_turn(store: Store) -> None:
    write(store)
    stages = look(store).latencies.stages
    assert stages["recognition"] == Spread(3, 70, 70, 70, 70, 70)
    assert stages["total"] == Spread(6, 300, 3_000, 3_000, 3_000, 3_000)


def test_calls_are_counted_by_day_hour_and_flow_with_those_in_progress(store: Store) -> None:
    write(store)
    found = look(store, hourly=True)
    assert [(one.begins, one.ended) for one in found.buckets] == [
        ("2026-01-31T09", {"partial": 1}),
        ("2026-01-31T10", {"completed": 1}),
        ("2026-01-31T11", {"": 1}),
    ]
    assert found.flows == {"clinic": {"partial": 1, "completed": 1, "": 1}}
    (day,) = look(store).buckets
    assert (day.begins, sum(day.ended.values())) == ("2026-01-31", 3)


def test_only_the_calls_that_are_meant_count(store: Store) -> None:
    write(store)
    found = look(store, wanted=Filter(since=START + timedelta(minutes=30), until=START + timedelta(hours=2)))
    assert found.latencies.groups["clinic · age"].most == 300
    assert found.figures.dispositions == {Disposition.COMPLETED: 1}
    assert look(store, wanted=Filter(flow="none")).latencies.groups == {}


def test_a_view_is_counted_again_once_it_is_old(store: Store) -> None:
    write(store)
    times = iter((10.0, 10.0 + FRESH_S, 11.0 + FRESH_S))

    async def run(analyst: Analyst) -> list[Overview]:
        return [await analyst.overview(Filter(), By.STEP) for _ in range(3)]

    with closing(Analyst(Database.read(store.url), now=lambda: next(times))) as analyst:
        first, second, third = asyncio.run(run(analyst))
    assert first is second
    assert third is not second
