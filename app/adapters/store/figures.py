"""What happened at each step of a flow, counted inside the database; no call is read whole."""

from array import array
from collections.abc import Mapping
from statistics import median
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from app.adapters.store import schema
from app.adapters.store.costs import total_cost
from app.adapters.store.database import Database
from app.adapters.store.selection import Filter, selected
from app.domain.answers import Status
from app.domain.call import Disposition
from app.domain.cost import FREE, Prices
from app.domain.funnel import LEFT_EARLY, FlowFigures, StepFigures

_TURN = schema.turn.c
_ANSWER = schema.answer.c
_OUTCOMES = {"no_inputs": "no_input", "no_matches": "no_match", "helps": "help", "repeats": "repeat"}

_Step: TypeAlias = tuple[str, str]
"""The flow's name and the step's."""

_NOBODY: Final[Mapping[str, str]] = {}


def flow_figures(
    database: Database,
    wanted: Filter,
    steps: tuple[str, ...] = (),
    prices: Prices = FREE,
    brought_by: Mapping[str, str] = _NOBODY,
) -> FlowFigures:
    """Return the figures of the calls that are meant; raises StoreError.

    `steps` of the flow come first and in this order, also those that nobody reached; others follow, flow by
    flow, in the order in which calls reach them. `brought_by` names the conversation that brings an answer:
    it counts there.
    """
    calls = selected(wanted).subquery()
    with database.reading.begin() as connection:
        ended: dict[str | None, int] = {
            row[0]: row[1]
            for row in connection.execute(
                sa.select(calls.c.disposition, sa.func.count()).group_by(calls.c.disposition)
            )
        }
        live = ended.pop(None, 0)
        found = _steps(connection, calls, brought_by)
        length = _median_seconds(connection, calls)
        cost = total_cost(connection, calls, prices)
    flow = wanted.flow or ""
    order = {**dict.fromkeys((flow, step) for step in steps), **dict.fromkeys(found)}
    return FlowFigures(
        flow=flow,
        # Every disposition in the order of its table, so that two reports can be laid side by side.
        dispositions={end: ended[end.value] for end in Disposition if end.value in ended},
        live=live,
        median_seconds=length,
        cost=cost,
        steps=tuple(StepFigures(step, flow=flow, **found.get((flow, step), {})) for flow, step in order),
    )


def _steps(
    connection: sa.Connection, calls: sa.Subquery, brought_by: Mapping[str, str]
) -> dict[_Step, dict[str, Any]]:
    found = _turns(connection, calls)
    for flow, step, dropped in connection.execute(_dropped(calls)):
        found[flow, step]["dropped"] = dropped
    for row in connection.execute(_answers(calls, brought_by)).mappings():
        # A flow can settle an answer that it never asked for: that is no step of the funnel.
        figures = found.get((row["flow"], row["step"]))
        if figures is None:
            continue
        if row["status"] == Status.OK.value:
            figures.setdefault("answered", {})[row["source"]] = row["count"]
            figures["answer_ms"] = _mean(figures, row)
        else:
            unanswered = figures.setdefault("unanswered", {})
            unanswered[row["status"]] = unanswered.get(row["status"], 0) + row["count"]
    return found


def _turns(connection: sa.Connection, calls: sa.Subquery) -> dict[_Step, dict[str, Any]]:
    counted = {name: _count(_TURN.outcome == outcome) for name, outcome in _OUTCOMES.items()}
    query = (
        sa.select(
            calls.c.flow,
            _TURN.step,
            sa.func.count(_TURN.call.distinct()).label("reached"),
            sa.func.count().label("turns"),
            *(count.label(name) for name, count in counted.items()),
            _count(_TURN.barged_in.is_(True)).label("barge_ins"),
            sa.func.sum(_TURN.false_alarms).label("false_alarms"),
        )
        .join(calls, calls.c.id == _TURN.call)
        .group_by(calls.c.flow, _TURN.step)
        .order_by(calls.c.flow, sa.func.avg(_TURN.turn), _TURN.step)
    )
    rows = connection.execute(query).mappings()
    return {
        (row["flow"], row["step"]): {name: int(row[name]) for name in row if name not in {"flow", "step"}}
        for row in rows
    }


def _dropped(calls: sa.Subquery) -> sa.Select[Any]:
    last = (
        sa.select(calls.c.flow, _TURN.step, _nth_latest(_TURN, _TURN.call).label("nth"))
        .join(calls, calls.c.id == _TURN.call)
        .where(calls.c.disposition.in_(sorted(LEFT_EARLY)))
        .subquery()
    )
    key = (last.c.flow, last.c.step)
    return sa.select(*key, sa.func.count()).where(last.c.nth == 1).group_by(*key)


def _answers(calls: sa.Subquery, brought_by: Mapping[str, str]) -> sa.Select[Any]:
    step = sa.case(brought_by, value=_ANSWER.slot, else_=_ANSWER.slot) if brought_by else _ANSWER.slot
    answers = (
        sa.select(
            calls.c.flow,
            step.label("step"),
            _ANSWER.status,
            _ANSWER.source,
            _ANSWER.latency_ms,
            _nth_latest(_ANSWER, _ANSWER.call, step).label("nth"),
        )
        .join(calls, calls.c.id == _ANSWER.call)
        .subquery()
    )
    key = (answers.c.flow, answers.c.step, answers.c.status, answers.c.source)
    count, mean = sa.func.count().label("count"), sa.func.avg(answers.c.latency_ms).label("mean_ms")
    return sa.select(*key, count, mean).where(answers.c.nth == 1).group_by(*key).order_by(*key)


def _nth_latest(table: Any, *of: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:  # noqa: ANN401 - columns
    return sa.func.row_number().over(partition_by=of, order_by=(table.seq.desc(), table.part.desc()))


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _mean(figures: dict[str, Any], row: sa.RowMapping) -> float:
    """Return the mean time of all sources so far, of which the row's is the last."""
    count = row["count"]
    before = sum(figures["answered"].values()) - count
    return float((figures.get("answer_ms", 0) * before + float(row["mean_ms"]) * count) / (before + count))


def _median_seconds(connection: sa.Connection, calls: sa.Subquery) -> float | None:
    query = sa.select(calls.c.answered_at, calls.c.ended_at).where(
        calls.c.disposition == Disposition.COMPLETED.value, calls.c.answered_at.is_not(None)
    )
    rows = connection.execution_options(yield_per=1_000).execute(query)
    # Eight bytes a call: what a median needs, and nothing else of it.
    seconds = array("d", ((ended - answered).total_seconds() for answered, ended in rows))
    return round(median(seconds), 1) if seconds else None
