"""Feeds a stored journal through the core again and looks for the first order that differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from app.adapters.store.codec import decode_fact, decode_records, encode_order, from_json, to_json
from app.engine.actions import TurnTaken
from app.engine.call import Call
from app.flows.loader import FlowErrors, load_flow
from app.session.ports import StoredCall

_KEY_WAIT: Final = "end_of_turn"
"""The stage of a turn by key in which a next key was waited for."""


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
        stored_orders = _as_read(event["orders"])
        replayed = _as_then(stored_orders, from_json(to_json([encode_order(order) for order in orders])))
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


def _as_then(stored: Sequence[Any], replayed: Sequence[Any]) -> list[Any]:
    """Return the replayed orders with turns told as older programs did: without the wait for a next key."""
    return [
        _without_key_wait(new) if _leaves_out_key_wait(old, new) else new
        for old, new in zip_longest(stored[: len(replayed)], replayed)
    ]


def _leaves_out_key_wait(old: Any, new: Any) -> bool:  # noqa: ANN401 - JSON is any of its values
    if old is None or not old.get("writes") == new.get("writes") == TurnTaken.__name__:
        return False
    return new["entry"]["source"] == "key" and _KEY_WAIT not in old["entry"]["latency_ms"]


def _without_key_wait(order: Mapping[str, Any]) -> dict[str, Any]:
    latency = dict(order["entry"]["latency_ms"])
    wait = latency.pop(_KEY_WAIT, 0)
    if "total" in latency:
        latency["total"] -= wait
    return {**order, "entry": {**order["entry"], "latency_ms": latency}}


def _told(order: Mapping[str, Any] | None) -> str:
    return "nothing" if order is None else to_json(order)
