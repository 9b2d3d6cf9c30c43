"""One call's journal while it is written: feeds facts to the call, numbers and logs them, tells watchers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import structlog

from app.domain.call import CallId, CallInfo, Disposition, Millis
from app.domain.errands import Post
from app.engine.actions import AnswerGiven, CallEnded, Order, Play, Record, Run, TurnTaken
from app.engine.events import (
    DigitPressed,
    ErrandDone,
    Extracted,
    Fact,
    FinalTranscript,
    Interpreted,
    PartialTranscript,
    ReplySentence,
    TextTyped,
)
from app.session.linetime import CallTime
from app.session.ports import CallLog, Clock

if TYPE_CHECKING:
    from app.engine.call import Call

Watcher: TypeAlias = Callable[[CallId, Millis, Fact, tuple[Order, ...]], None]
"""Told of every journal line; the values of a sensitive one are masked."""

_MASK = "[sensitive]"
_log = structlog.get_logger(__name__)


class Ledger:
    """Owns the order of a call's facts: their numbers have no gaps, their times never go back.

    `first_seq` numbers the next line and `begins_at` is the last line's time, for a call that is resumed.
    `watchers` may grow and shrink while the call lives.
    """

    def __init__(
        self,
        call: "Call",
        info: CallInfo,
        log: CallLog,
        clock: Clock,
        *,
        epoch: int = 0,
        first_seq: int = 1,
        begins_at: Millis = 0,
        watchers: Sequence[Watcher] = (),
    ) -> None:
        self.call = call
        self.info = info
        self.epoch = epoch
        self.time = CallTime(clock.now(), begins_at)
        self.last_at = begins_at
        self.cause = ""
        self.is_finished = False
        self._clock = clock
        self._log = log
        self._seq = first_seq
        self._watchers = watchers

    def now(self) -> Millis:
        """Return the call's time now."""
        return self.time.at(self._clock.now())

    def take(self, fact: Fact, at: Millis) -> list[Order]:
        """Settle one fact and return its orders. Raises StaleEpoch when somebody else owns the call."""
        self.last_at = at = max(at, self.last_at)
        call = self.call
        was_sensitive = call.is_sensitive
        orders = call.handle(fact, at)
        sensitive = was_sensitive or call.is_sensitive
        self._log.append(
            self.info.id,
            epoch=self.epoch,
            seq=self._seq,
            at=at,
            fact=fact,
            orders=orders,
            sensitive=sensitive,
        )
        self._seq += 1
        for order in orders:
            if isinstance(order, Record) and isinstance(order.entry, CallEnded):
                self.cause = order.entry.cause
        if self._watchers:
            self._tell(at, fact, orders, sensitive=sensitive)
        return orders

    async def commit(self) -> None:
        """Return once every line so far is durable. Raises LogError or StaleEpoch."""
        await self._log.commit(self.info.id)

    async def finish(self, disposition: Disposition, cause: str = "") -> None:
        """Write the call's one end. Raises LogError; then it may be tried again."""
        if not self.is_finished:
            await self._log.finish(self.info.id, self.epoch, disposition, cause or self.cause)
            self.is_finished = True

    def _tell(self, at: Millis, fact: Fact, orders: list[Order], *, sensitive: bool) -> None:
        told = tuple(map(quiet_order, orders))
        if sensitive:
            fact, told = masked_fact(fact), tuple(map(masked_order, told))
        for watcher in tuple(self._watchers):
            try:
                watcher(self.info.id, at, fact, told)
            except Exception:  # noqa: BLE001 - who only looks on must not end a call
                _log.exception("watcher_broke", call_id=self.info.id)


def masked_fact(fact: Fact) -> Fact:
    """Return the fact without what the caller gave."""
    match fact:
        case DigitPressed():
            return DigitPressed("?")
        case PartialTranscript() | FinalTranscript() | TextTyped():
            return replace(fact, text=_MASK)
        case ReplySentence():
            return replace(fact, text=_MASK)
        case Extracted():
            return replace(fact, values=dict.fromkeys(fact.values, _MASK))
        case ErrandDone():
            return replace(fact, values=dict.fromkeys(fact.values, _MASK))
        case Interpreted():
            return replace(fact, value=_MASK)
        case _:
            return fact


def quiet_order(order: Order) -> Order:
    """Return the order without the words that no log may hold, whatever question is open."""
    match order:
        case Play(prompt=prompt) if any(utterance.sensitive for utterance in prompt.utterances):
            said = (
                replace(utterance, text=_MASK, ssml=None) if utterance.sensitive else utterance
                for utterance in prompt.utterances
            )
            return replace(order, prompt=replace(prompt, utterances=tuple(said)))
        case _:
            return order


def masked_order(order: Order) -> Order:
    """Return the order without what the caller gave, nor what they heard of it read back."""
    match order:
        case Record(entry=TurnTaken() as turn):
            # The prompt itself is masked sentence by sentence where it was composed.
            hidden = replace(turn, heard=_MASK if turn.heard else "", input=_MASK, understood=_MASK)
            return replace(order, entry=hidden)
        case Run(errand=Post() as sent):
            return replace(order, errand=replace(sent, url=_MASK, body={}, headers={}))
        case Record(entry=AnswerGiven() as given) if given.answer.sensitive:
            answer = replace(given.answer, value=_MASK, label=_MASK, raw=_MASK)
            return replace(order, entry=replace(given, answer=answer))
        case _:
            return order
