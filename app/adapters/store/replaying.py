"""Feeds a stored journal through the core again and looks for the first order that differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.adapters.store.codec import decode_fact, decode_records, encode_order, from_json, to_json
from app.engine.call import Call
from app.flows.loader import FlowErrors, load_flow
from app.session.ports import StoredCall


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a replay left the journal: `stored` and `replayed` are that event's orders, as JSON values."""

    seq: int
    at_ms: int
    fact: str
    stored: Any
    replayed: Any

    def lines(self) -> list[str]:
        """Return what differs, order by order, for a person to read."""
        told = [f"orders differ at event {self.seq} ({self.fact}, {self.at_ms} ms):"]
        for n in range(max(len(self.stored), len(self.replayed))):
            old = self.stored[n] if n < len(self.stored) else None
            new = self.replayed[n] if n < len(self.replayed) else None
            if old != new:
                told += [f"  stored   {_told(old)}", f"  replayed {_told(new)}"]
        return told


class NotReplayableError(ValueError):
    """The flow a call began with does not load any more; the message says why, in one line."""


def replay(stored: StoredCall, events: Sequence[Mapping[str, Any]]) -> tuple[int, Difference | None]:
    """Return how many of the (revealed) events were fed, and the first difference.

    Raises NotReplayableError, CodecError.
    """
    info = stored.info
    try:
        # Recordings were checked when the call began; a replay plays none.
        flow = load_flow(stored.flow_source, path=f"flow of call {info.id}", audio_exists=lambda _: True)
    except FlowErrors as error:
        reason = str(error).splitlines()[0]
        raise NotReplayableError(f"the flow this call began with does not load any more: {reason}") from None
    call = Call(flow, variables=info.variables, seed=info.id)
    for count, event in enumerate(events, start=1):
        orders = call.handle(decode_fact(event["fact"]), event["at_ms"])
        replayed = from_json(to_json([encode_order(order) for order in orders]))
        stored_orders = _as_read(event["orders"])
        if replayed != stored_orders:
            difference = Difference(event["seq"], event["at_ms"], event["kind"], stored_orders, replayed)
            return count, difference
    return len(events), None


def _as_read(orders: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return the orders with their entries as this program reads them: in older ones less stands."""
    records = decode_records(orders)
    read = [
        order if record is None else encode_order(record)
        for order, record in zip(orders, records, strict=True)
    ]
    return list(from_json(to_json(read)))


def _told(order: Mapping[str, Any] | None) -> str:
    return "nothing" if order is None else to_json(order)
