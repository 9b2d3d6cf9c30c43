"""From a journal line to the rows that hold it, and back: what is plain, what is masked, what is sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.adapters.store.codec import (
    JournalLine,
    Json,
    decode_fact,
    decode_records,
    encode_line,
    from_json,
)
from app.adapters.store.projections import Projection, project
from app.adapters.store.sealing import Vault, hidden, is_private, mask_line, redacted
from app.domain.call import CallId
from app.engine.actions import Order


@dataclass(frozen=True, slots=True)
class Rows:
    """What one line adds to the tables; `news` is what it says of the call itself."""

    event: Json
    turns: list[Json]
    answers: list[Json]
    news: Projection


class RowMaker:
    """Makes rows of lines and lines of rows; holds the key that seals."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def rows(
        self, call: CallId, line: JournalLine, *, sensitive: bool, private_steps: frozenset[str]
    ) -> Rows:
        """Return the rows of a new line. Raises StoreError when it must be sealed and there is no key.

        A line is masked when the caller says it is sensitive, or when its orders speak of a sensitive
        answer or of one of `private_steps`. Numbers that give a person away are masked in every line.
        """
        orders: list[Order] = [order for order in line.orders if order is not None]
        data = encode_line(line.fact, orders)
        private = sensitive or is_private(orders, private_steps)
        plain, text = redacted(mask_line(data, private_steps) if private else data)
        event: Json = {
            "call": call,
            "seq": line.seq,
            "at_ms": line.at,
            "epoch": line.epoch,
            "kind": type(line.fact).__name__,
            "data": text,
            "sealed": None if plain == data else self._vault.seal(data),
        }
        return self._projected(event, line, plain if event["sealed"] else None)

    def rebuilt(self, event: Mapping[Any, Any]) -> Rows:
        """Return the rows that a stored event stands for, made again. Raises StoreError, CodecError."""
        plain = from_json(event["data"]) if event["sealed"] else None
        return self._projected(dict(event), self.line(event), plain)

    def line(self, event: Mapping[Any, Any]) -> JournalLine:
        """Return the true line of a stored event, with its Record orders. Raises StoreError, CodecError."""
        return _line(event, self.truth(event))

    def truth(self, row: Mapping[Any, Any]) -> Json:
        """Return a stored event's data as it was before anything was masked. Raises StoreError."""
        data: Json = self._vault.open(row["sealed"]) if row["sealed"] else from_json(row["data"])
        return data

    def revealed(self, row: Mapping[Any, Any]) -> Json:
        """Return a turn's or an answer's row with its true values. Raises StoreError."""
        return dict(row) | (self._vault.open(row["sealed"]) if row["sealed"] else {})

    def _projected(self, event: Json, line: JournalLine, plain: Json | None) -> Rows:
        news = project([line])
        masked = news if plain is None else project([_line(event, plain)])
        call = {"call": event["call"]}
        return Rows(
            event,
            [call | self._sealed(*pair) for pair in zip(news.turns, masked.turns, strict=True)],
            [call | self._sealed(*pair) for pair in zip(news.answers, masked.answers, strict=True)],
            news,
        )

    def _sealed(self, true: Json, plain: Json) -> Json:
        secret = hidden(true, plain)
        return {**plain, "sealed": self._vault.seal(secret) if secret else None}


def _line(event: Mapping[Any, Any], data: Json) -> JournalLine:
    orders: Sequence[Order | None] = decode_records(data["orders"])
    return JournalLine(event["seq"], event["at_ms"], event["epoch"], decode_fact(data["fact"]), orders)
