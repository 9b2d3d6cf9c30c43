"""The calls of one process and their way into and out of the log: opened, restored, ended, forgotten.

Every change to one call happens under its own lock, so that repeated and racing webhooks settle in order.
"""

import asyncio
from collections.abc import Callable
from weakref import WeakValueDictionary

import structlog

from app.domain.call import CallInfo, Disposition, Millis
from app.engine.events import DeadlinePassed, LegEnded, StreamLost
from app.engine.states import Transferring
from app.flows.model import Flow
from app.session.ending import finish
from app.session.held import Held, Lines, call_of
from app.session.ledger import Ledger, Watcher
from app.session.ports import CallLog, Clock, FlowShelf, LogError, StoredCall

ORPHAN_MS: Millis = 60_000
"""A call of an earlier process may still be resumed for so long after this one first saw it."""

_log = structlog.get_logger(__name__)


class Switchboard:
    """Holds calls; knows which are under way, which have ended, and which nobody answers for."""

    def __init__(self, flows: FlowShelf, log: CallLog, clock: Clock) -> None:
        self.lines = Lines()
        self.log = log
        self._flows = flows
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._watchers: list[Watcher] = []
        self._orphans: dict[str, Millis] = {}

    def lock(self, carrier_sid: str) -> asyncio.Lock:
        """Return the lock under which this call is changed."""
        return self._locks.setdefault(carrier_sid, asyncio.Lock())

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Tell `watcher` every journal line from now on; return what ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    async def open(self, info: CallInfo, flow: Flow) -> Held:
        """Write a new call and keep a line for it. Raises LogError."""
        await self.log.open(info, flow)
        self.lines.orders.pop(info.id, None)
        ledger = Ledger(call_of(flow, info), info, self.log, self._clock, watchers=self._watchers)
        held = self.lines.hold(ledger, self._clock.now())
        cause = self.lines.early_ends.pop(info.carrier_sid, None)
        if cause is not None:
            ledger.take(LegEnded(cause), ledger.now())
            await self.conclude(held)
        return held

    def restored(self, stored: StoredCall) -> Held:
        """Keep a line for a call as its journal left it."""
        ledger = Ledger(
            call_of(self._flows.compile(stored.flow_source), stored.info, stored.entries),
            stored.info,
            self.log,
            self._clock,
            epoch=stored.epoch,
            first_seq=len(stored.entries) + 1,
            begins_at=stored.entries[-1][0] if stored.entries else 0,
            watchers=self._watchers,
        )
        return self.lines.hold(ledger, self._clock.now(), stored.resumes)

    async def stored(self, carrier_sid: str) -> StoredCall | None:
        """Return the call as the log holds it, unless it has ended or was never known. Raises LogError."""
        if carrier_sid in self.lines.ended:
            return None
        stored = await self.log.load(carrier_sid)
        if stored is not None and stored.disposition is not None:
            self.lines.note_end(carrier_sid)
            return None
        return stored

    async def claimed(self, stored: StoredCall) -> Held:
        """Take the call over from whoever had it. Raises LogError, also when another was quicker."""
        carrier_sid = stored.info.carrier_sid
        if not await self.log.claim(carrier_sid, stored.epoch):
            raise LogError(f"call {stored.info.id} was taken over by another process")
        now = await self.log.load(carrier_sid)
        if now is None:
            raise LogError(f"call {stored.info.id} is gone from the log")
        held = self.restored(now)
        if isinstance(held.ledger.call.state, Transferring):
            # Nobody listens for the carrier's answer any more: what follows will tell what it was.
            held.ledger.take(StreamLost(), held.ledger.last_at)
        return held

    async def leg_ended(self, carrier_sid: str, cause: str) -> None:
        """Take the carrier's word that the call is over. Raises LogError."""
        async with self.lock(carrier_sid):
            held = self.lines.by_sid.get(carrier_sid)
            if held is None:
                stored = await self.stored(carrier_sid)
                if stored is None:
                    self.lines.note_early_end(carrier_sid, cause)
                    return
                held = self.restored(stored)
            if held.session is not None:
                held.session.post(LegEnded(cause))
            elif not held.is_over:
                held.ledger.take(LegEnded(cause), held.ledger.now())
                await self.conclude(held)

    async def conclude(self, held: Held) -> None:
        """Write the end of a call that has come to one, and forget it; what fails is tried by `sweep`."""
        disposition = held.ledger.call.disposition
        if disposition is not None and held.session is None:
            is_ours = held.ledger.is_finished or await finish(held.ledger, disposition)
            self.forget_if_written(held)
            if not is_ours and self.lines.by_sid.get(held.info.carrier_sid) is held:
                self.lines.let_go(held.info.carrier_sid)

    def forget_if_written(self, held: Held) -> None:
        """Let the line go of a call whose end is in the log."""
        if held.ledger.is_finished and self.lines.by_sid.get(held.info.carrier_sid) is held:
            self.lines.let_go(held.info.carrier_sid)
            self.lines.note_end(held.info.carrier_sid)

    async def sweep(self) -> None:
        """End the calls that did not come back, of this process and of earlier ones. Raises LogError."""
        now = self._clock.now()
        for held in tuple(self.lines.by_sid.values()):
            async with self.lock(held.info.carrier_sid):
                if held.session is None and self.lines.by_sid.get(held.info.carrier_sid) is held:
                    await self._settle_overdue(held)
        self.lines.forget_old_orders(now)
        unowned = set(await self.log.unfinished()) - self.lines.by_sid.keys()
        self._orphans = {sid: self._orphans.get(sid, now) for sid in unowned}
        for carrier_sid, since in tuple(self._orphans.items()):
            if now - since >= ORPHAN_MS:
                await self._give_up(carrier_sid)

    async def _settle_overdue(self, held: Held) -> None:
        ledger = held.ledger
        due = ledger.call.next_deadline
        try:
            if due is not None and due <= ledger.now():
                ledger.take(DeadlinePassed(), ledger.now())
            await self.conclude(held)
        except Exception:  # noqa: BLE001 - one call's fault must not keep the others from their end
            _log.exception("call_broke", call_id=held.info.id)
            await finish(ledger, Disposition.ERROR, "fault")
            self.forget_if_written(held)

    async def _give_up(self, carrier_sid: str) -> None:
        """End a call whose process died and whose caller did not come back.

        Who was handed over may be talking still: that call is kept until its outcome or its own deadline.
        """
        async with self.lock(carrier_sid):
            stored = None if carrier_sid in self.lines.by_sid else await self.stored(carrier_sid)
            if stored is None:
                return
            held = await self.claimed(stored)
            if held.is_handed_over:
                return
            held.ledger.take(StreamLost(), held.ledger.last_at)
            due = held.ledger.call.next_deadline
            if due is not None:
                held.ledger.take(DeadlinePassed(), due)
            await self.conclude(held)
