"""The calls this process answers for: who holds which line, under which token. Starts nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from secrets import token_urlsafe

from app.domain.call import CallId, CallInfo, Millis, Value
from app.engine.call import Call
from app.engine.events import Fact
from app.engine.states import HandedOver, Transferring
from app.flows.model import Flow
from app.session.actor import CallSession
from app.session.admission import Ready
from app.session.ledger import Ledger

TOKEN_MS: Millis = 60_000
"""A stream's token is good for so long (reliability.md, security)."""

ORDER_MS: Millis = 600_000
"""An order to call is remembered so long: a call rings for 605 s at most (twilio.md, 6)."""

REMEMBERED_ENDS = 10_000


@dataclass(slots=True)
class Held:
    """One call and, while a stream is up, its session."""

    ledger: Ledger
    ready: Ready
    token_ends: Millis
    token_is_spent: bool = False
    resumes: int = 0
    session: CallSession | None = None

    @property
    def info(self) -> CallInfo:
        """What is known of the call."""
        return self.ledger.info

    @property
    def is_over(self) -> bool:
        """True once the call has its disposition, written or not."""
        return self.ledger.call.disposition is not None or self.ledger.is_finished

    @property
    def is_handed_over(self) -> bool:
        """True while the caller has no stream, because they are with another number."""
        return not self.is_over and isinstance(self.ledger.call.state, HandedOver)

    def awaits_outcome(self, epoch: int) -> bool:
        """Say whether the transfer that was ordered on this stream has not been told the outcome of."""
        call = self.ledger.call
        is_away = isinstance(call.state, Transferring | HandedOver)
        return not self.is_over and is_away and call.epoch == epoch

    def is_elsewhere(self, epoch: int) -> bool:
        """Say whether this stream ended by a transfer, as far as the carrier has told yet."""
        state = self.ledger.call.state
        is_certain = isinstance(state, HandedOver) and state.is_certain
        return self.awaits_outcome(epoch) and (is_certain or self.session is not None)


@dataclass(frozen=True, slots=True)
class Order:
    """A call that the carrier was asked to place and whose carrier's name is not bound yet."""

    call_id: CallId
    flow: Flow
    to: str
    variables: dict[str, Value]
    placed_at: Millis


@dataclass(slots=True)
class Lines:
    """All calls held, by the carrier's name and by token."""

    by_sid: dict[str, Held] = field(default_factory=dict)
    by_token: dict[str, Held] = field(default_factory=dict)
    orders: dict[CallId, Order] = field(default_factory=dict)
    ended: dict[str, None] = field(default_factory=dict)
    early_ends: dict[str, str] = field(default_factory=dict)
    """What the carrier said of calls whose order it had not answered yet."""

    def hold(self, ledger: Ledger, now: Millis, resumes: int = 0) -> Held:
        """Keep a line for this call under a new token; a line it had before is let go of."""
        self.let_go(ledger.info.carrier_sid)
        ready = Ready(token_urlsafe(24), ledger.info.id, ledger.epoch)
        held = Held(ledger, ready, now + TOKEN_MS, resumes=resumes)
        self.by_sid[ledger.info.carrier_sid] = held
        self.by_token[ready.token] = held
        return held

    def let_go(self, carrier_sid: str) -> None:
        """Forget this call."""
        held = self.by_sid.pop(carrier_sid, None)
        if held is not None:
            self.by_token.pop(held.ready.token, None)

    def ready_again(self, held: Held, now: Millis) -> Ready:
        """Return the call's token: the same one, unless it lapsed before anybody used it."""
        if not held.token_is_spent and now >= held.token_ends:
            self.by_token.pop(held.ready.token, None)
            held.ready = Ready(token_urlsafe(24), held.info.id, held.ledger.epoch)
            held.token_ends = now + TOKEN_MS
            self.by_token[held.ready.token] = held
        return held.ready

    def spend(self, token: str, carrier_sid: str, now: Millis) -> Held | None:
        """Return the call that this token admits, once, in time and for this call only."""
        held = self.by_token.get(token)
        if held is None or held.info.carrier_sid != carrier_sid or now >= held.token_ends:
            return None
        del self.by_token[token]
        held.token_is_spent = True
        return None if held.is_over else held

    def note_end(self, carrier_sid: str) -> None:
        """Remember that this call has ended: the carrier says so again, and the log need not be asked."""
        self.ended[carrier_sid] = None
        if len(self.ended) > REMEMBERED_ENDS:
            del self.ended[next(iter(self.ended))]

    def note_early_end(self, carrier_sid: str, cause: str) -> None:
        """Remember an end that overtook the carrier's answer to our order: a busy line is told at once."""
        if self.orders and carrier_sid not in self.ended and len(self.early_ends) < REMEMBERED_ENDS:
            self.early_ends.setdefault(carrier_sid, cause)

    def forget_old_orders(self, now: Millis) -> None:
        """Forget orders to call that came to nothing."""
        for order in tuple(self.orders.values()):
            if now - order.placed_at >= ORDER_MS:
                del self.orders[order.call_id]
        if not self.orders:
            self.early_ends.clear()

    @property
    def taken(self) -> int:
        """How many lines are in use; who was handed over needs none of ours."""
        away = sum(held.is_handed_over for held in self.by_sid.values())
        return len(self.by_sid) - away + len(self.orders)

    def sessions(self) -> Iterator[CallSession]:
        """All live sessions."""
        return (held.session for held in tuple(self.by_sid.values()) if held.session is not None)


def call_of(flow: Flow, info: CallInfo, entries: Iterable[tuple[Millis, Fact]] = ()) -> Call:
    """Return the call's machine; its seed is its name, so that a restart or a replay draws the same."""
    return Call.restore(flow, entries, variables=info.variables, seed=info.id)
