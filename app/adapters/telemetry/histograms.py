"""How long turns and calls take, as Prometheus' histograms; a watcher of ledgers. Knows no word spoken."""

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from app.domain.call import CallId, Millis
from app.engine.actions import AnswerGiven, CallEnded, Order, Record, TurnTaken
from app.engine.events import Fact

_TURN_S: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0)
"""Finest where callers begin to notice, which is between 0.3 and 1.5 s."""

_CALL_S: Final = (5, 10, 20, 30, 60, 90, 120, 180, 300, 600, 1_200)


class CallHistograms:
    """Counts what ledgers tell. `flow_of` names the flow that holds a call."""

    def __init__(self, flow_of: Callable[[CallId], str]) -> None:
        self._flow_of = flow_of
        self._registry = CollectorRegistry()
        self._turns = Histogram(
            "dialai_turn_seconds",
            "How long each stage of a caller's turn took",
            ("flow", "stage"),
            buckets=_TURN_S,
            registry=self._registry,
        )
        self._calls = Histogram(
            "dialai_call_seconds",
            "How long calls lasted",
            ("flow",),
            buckets=_CALL_S,
            registry=self._registry,
        )
        self._ended = Counter(
            "dialai_calls_ended", "Calls by how they ended", ("flow", "disposition"), registry=self._registry
        )
        self._answers = Counter(
            "dialai_answers", "Answers by how they were given", ("flow", "source"), registry=self._registry
        )
        self._barge_ins = Counter(
            "dialai_barge_ins", "Prompts that callers interrupted", ("flow",), registry=self._registry
        )
        self._false_alarms = Counter(
            "dialai_false_alarms",
            "Noises that were taken for an interruption",
            ("flow",),
            registry=self._registry,
        )

    def __call__(self, call: CallId, at: Millis, _: Fact, orders: tuple[Order, ...]) -> None:
        """Take one journal line."""
        for order in orders:
            if isinstance(order, Record):
                self._count(call, at, order)

    def render(self) -> str:
        """Return everything in Prometheus' text form."""
        return generate_latest(self._registry).decode()

    def _count(self, call: CallId, at: Millis, order: Record) -> None:
        match order.entry:
            case TurnTaken() as turn:
                flow = self._flow_of(call)
                for stage, ms in turn.latency_ms.items():
                    self._turns.labels(flow, stage).observe(ms / 1_000)
                self._barge_ins.labels(flow).inc(turn.barged_in)
                self._false_alarms.labels(flow).inc(turn.false_alarms)
            case AnswerGiven(answer=answer):
                self._answers.labels(self._flow_of(call), answer.source.value).inc()
            case CallEnded(disposition=disposition):
                flow = self._flow_of(call)
                self._ended.labels(flow, disposition.value).inc()
                self._calls.labels(flow).observe(at / 1_000)
            case _:
                pass
