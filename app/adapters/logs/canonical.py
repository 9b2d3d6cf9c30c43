"""One log line per turn and one per call, made from what a session's ledger tells its watchers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from app.domain.call import CallId, Direction, Millis
from app.domain.cost import FREE, Prices, Usage
from app.engine.actions import AnswerGiven, CallEnded, Order, Record, StepsEntered, TurnTaken
from app.engine.events import Fact, LegAnswered, ProviderReported

_MAX_CALLS: Final = 10_000
"""Calls remembered at once: more than ever live, since those that another process took over stay here."""


@dataclass(slots=True)
class CallTally:
    """What the line of a whole call adds up."""

    direction: Direction = Direction.INBOUND
    turns: int = 0
    answers: int = 0
    barge_ins: int = 0
    false_alarms: int = 0
    language: str = ""
    last_step: str = ""
    answered_at: Millis | None = None
    usage: Usage = field(default_factory=Usage)


def _inbound(_: CallId) -> Direction:
    return Direction.INBOUND


class CanonicalLines:
    """A watcher of ledgers. Values of sensitive questions must come masked, as ledgers tell them.

    `prices` and `direction_of` are what a call's cost is reckoned by.
    """

    def __init__(self, prices: Prices = FREE, direction_of: Callable[[CallId], Direction] = _inbound) -> None:
        self._prices = prices
        self._direction_of = direction_of
        self._tallies: dict[CallId, CallTally] = {}
        self._log = structlog.get_logger("dialai.call")

    def __call__(self, call: CallId, at: Millis, fact: Fact, orders: tuple[Order, ...]) -> None:
        """Take one journal line."""
        self._log.debug("fact", call_id=call, at_ms=at, kind=type(fact).__name__, orders=len(orders))
        match fact:
            case LegAnswered():
                tally = self._tally(call)
                tally.answered_at = at if tally.answered_at is None else tally.answered_at
            case ProviderReported(event="used") if call in self._tallies:  # none after the call's end
                self._tallies[call].usage.add(fact.service, fact.unit, fact.amount, by=fact.detail)
            case _:
                pass
        for order in orders:
            self.saw(call, order, at)

    def saw(self, call: CallId, order: Order, at: Millis) -> None:
        """Take one order; write a line when it ends a turn or the call."""
        if not isinstance(order, Record):
            return
        tally = self._tally(call)
        match order.entry:
            case TurnTaken() as turn:
                tally.turns += 1
                tally.barge_ins += turn.barged_in
                tally.false_alarms += turn.false_alarms
                log_turn(self._log, call, turn)
            case AnswerGiven():
                tally.answers += 1
            case StepsEntered(steps=steps, language=language):
                tally.language = language
                tally.last_step = steps[-1] if steps else tally.last_step
            case CallEnded() as end:
                del self._tallies[call]
                log_call(self._log, call, end, tally, at, self._prices)
            case _:
                pass

    def _tally(self, call: CallId) -> CallTally:
        tally = self._tallies.get(call)
        if tally is None:
            tally = self._tallies[call] = CallTally(self._direction_of(call))
        if len(self._tallies) > _MAX_CALLS:
            del self._tallies[next(iter(self._tallies))]
        return tally


def log_turn(log: Any, call: CallId, turn: TurnTaken) -> None:  # noqa: ANN401 - a structlog logger of any kind
    """Write a turn's one line."""
    log.info(
        "turn",
        call_id=call,
        turn=turn.turn,
        step=turn.step,
        kind=turn.kind,
        source=turn.source,
        outcome=turn.outcome,
        barged_in=turn.barged_in,
        false_alarms=turn.false_alarms,
        latency_ms=dict(turn.latency_ms),
        personal={
            "prompt": turn.prompt,
            "heard": turn.heard,
            "input": turn.input,
            "understood": turn.understood,
        },
    )


def log_call(
    log: Any,  # noqa: ANN401 - as above
    call: CallId,
    end: CallEnded,
    tally: CallTally,
    at: Millis,
    prices: Prices,
) -> None:
    """Write a call's one line; `at` is its length on its own clock."""
    answered_ms = None if tally.answered_at is None else at - tally.answered_at
    log.info(
        "call",
        call_id=call,
        disposition=end.disposition.value,
        cause=end.cause,
        duration_ms=at,
        turns=tally.turns,
        answers=tally.answers,
        barge_ins=tally.barge_ins,
        false_alarms=tally.false_alarms,
        language=tally.language,
        last_step=tally.last_step,
        cost=dict(tally.usage.cost(prices, direction=tally.direction, answered_ms=answered_ms)),
    )
