"""The journal's lines as JSON and back; knows every fact and entry by name, and nothing of storage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, get_args

import msgspec

from app.domain.call import Millis
from app.engine.actions import Entry, Order, Record, Run
from app.engine.events import Fact

FACTS: Mapping[str, type[Fact]] = {kind.__name__: kind for kind in get_args(Fact)}
ENTRIES: Mapping[str, type[Entry]] = {kind.__name__: kind for kind in get_args(Entry)}

Json: TypeAlias = dict[str, Any]
"""A decoded JSON object."""


_T = TypeVar("_T")


class CodecError(ValueError):
    """A stored line is none that this program knows; the message says which."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One fact, when it happened on the call's clock, and the orders it led to.

    A line read back holds only the `Record` orders, which the projections are made of; the others are None.
    """

    seq: int
    at: Millis
    epoch: int
    fact: Fact
    orders: Sequence[Order | None]


def encode_fact(fact: Fact) -> Json:
    """Return the fact as plain JSON values, its kind first."""
    return {"kind": type(fact).__name__, **msgspec.to_builtins(fact)}


def decode_fact(data: Mapping[str, Any]) -> Fact:
    """Return the fact that `encode_fact` was given. Raises CodecError."""
    fields = dict(data)
    return _decode(fields.pop("kind", None), fields, FACTS)


def encode_order(order: Order) -> Json:
    """Return the order as plain JSON values, its kind first.

    A Record says what kind of entry it `writes`, a Run what kind of errand it `runs`.
    """
    data = {"kind": type(order).__name__, **msgspec.to_builtins(order)}
    if isinstance(order, Record):
        data["writes"] = type(order.entry).__name__
    elif isinstance(order, Run):
        data["runs"] = type(order.errand).__name__
    return data


def encode_line(fact: Fact, orders: Sequence[Order]) -> Json:
    """Return one journal line's data: `{"fact": {...}, "orders": [...]}`."""
    return {"fact": encode_fact(fact), "orders": [encode_order(order) for order in orders]}


def decode_records(orders: Sequence[Mapping[str, Any]]) -> list[Record | None]:
    """Return the Record orders at their places, None where another order stands. Raises CodecError."""
    return [
        Record(order["record"], _decode(order["writes"], order["entry"], ENTRIES), order["durable"])
        if order["kind"] == Record.__name__
        else None
        for order in orders
    ]


def to_json(value: object) -> str:
    """Return compact JSON text."""
    return msgspec.json.encode(value).decode()


def from_json(text: str | bytes) -> Any:  # noqa: ANN401 - JSON is any of its values
    """Return what the JSON text says."""
    return msgspec.json.decode(text)


def _decode(kind: str | None, fields: Mapping[str, Any], known: Mapping[str, type[_T]]) -> _T:
    if kind is None or kind not in known:
        raise CodecError(f"the journal holds a {kind}, which this version does not know")
    try:
        return msgspec.convert(fields, known[kind])
    except msgspec.ValidationError as error:
        raise CodecError(f"the journal holds a broken {kind}: {error}") from None
