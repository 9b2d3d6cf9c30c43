"""One log line per turn and one per call, made from what a session's ledger tells its watchers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from app.domain.call import CallId, CallInfo, Direction, Millis
from app.domain.cost import FREE, Prices, Usage
from app.engine.actions import AnswerGiven, CallEnded, Order, Record, StepsEntered, TurnTaken
from app.engine.events import Fact, LegAnswered, ProviderReported, StreamLost

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
    has_carrier: bool = True
    is_whole: bool = True
    """False when another process had the call first: what it counted is in the call log."""


def _nothing_known(_: CallId) -> None:
    return None


class CanonicalLines:
    """A watcher of ledgers. Values of sensitive questions must come masked, as ledgers tell them.

    `prices` and `info_of` are what a call's cost is reckoned by; a call that nothing is known of counts as
    an inbound one of a carrier.
    """

    def __init__(
        self, prices: Prices = FREE, info_of: Callable[[CallId], CallInfo | None] = _nothing_known
    ) -> None:
        self._prices = prices
        self._info_of = info_of
        self._tallies: dict[CallId, CallTally] = {}
        self._log = structlog.get_logger("dialai.call")

    def __call__(self, call: CallId, at: Millis, fact: Fact, orders: tuple[Order, ...]) -> None:
        """Take one journal line."""
        self._log.debug("fact", call_id=call, at_ms=at, kind=type(fact).__name__, orders=len(orders))
        match fact:
            case StreamLost() if call not in self._tallies:
                self._tally(call).is_whole = False
            case LegAnswered(epoch=epoch):
                is_ours = epoch == 0 or call in self._tallies
                tally = self._tally(call)
                tally.is_whole = tally.is_whole and is_ours
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
            tally = self._tallies[call] = CallTally()
            if (info := self._info_of(call)) is not None:
                tally.direction, tally.has_carrier = info.direction, info.has_carrier
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
    """Write a call's one line; `at` is its length on its own clock.

    Of a call that another process had first, what was added up here stands under `since_resume`.
    """
    answered_ms = None if tally.answered_at is None else at - tally.answered_at
    cost = tally.usage.cost(
        prices, direction=tally.direction, answered_ms=answered_ms, has_carrier=tally.has_carrier
    )
    added = {
        "turns": tally.turns,
        "answers": tally.answers,
        "barge_ins": tally.barge_ins,
        "false_alarms": tally.false_alarms,
        "cost": dict(cost),
    }
    log.info(
        "call",
        call_id=call,
        disposition=end.disposition.value,
        cause=end.cause,
        duration_ms=at,
        language=tally.language,
        last_step=tally.last_step,
        **(added if tally.is_whole else {"since_resume": added}),
    )
