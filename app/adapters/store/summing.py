"""What an ended call is found by: its words and its slowness, a projection of its turns.

Reads only what stands in plain: what is masked in a turn is in no index.
"""

from collections.abc import Iterable
from statistics import median_low
from typing import Any

import sqlalchemy as sa

from app.adapters.store import schema
from app.adapters.store.codec import from_json
from app.adapters.store.sealing import MASK
from app.adapters.store.words import MAX_CHARACTERS, folded

_TURN = schema.turn.c
_TEXT = schema.call_text.c


def sum_up(connection: sa.Connection, calls: Iterable[str]) -> None:
    """Note for each of these calls what was said and how long its turns took, as its turns have it now."""
    for call in calls:
        turns = connection.execute(_turns_of(call)).all()
        totals = sorted(
            total for turn in turns if (total := from_json(turn.latency_ms).get("total")) is not None
        )
        connection.execute(
            sa.update(schema.call)
            .where(schema.call.c.id == call)
            .values(
                worst_ms=totals[-1] if totals else None,
                median_ms=median_low(totals) if totals else None,
            )
        )
        _note_words(connection, call, words_of(turns))


def words_of(turns: Iterable[Any]) -> str:
    """Return the searchable words of turns: what was heard, given and understood, in order."""
    texts = (text for turn in turns for text in (turn.heard, turn.input, turn.understood))
    return " ".join(filter(None, (folded(text) for text in texts if text != MASK)))[:MAX_CHARACTERS]


def _note_words(connection: sa.Connection, call: str, words: str) -> None:
    noted = connection.execute(sa.update(schema.call_text).where(_TEXT.call == call).values(said=words))
    if not noted.rowcount:
        connection.execute(sa.insert(schema.call_text).values(call=call, said=words))


def _turns_of(call: str) -> sa.Select[Any]:
    return (
        sa.select(_TURN.heard, _TURN.input, _TURN.understood, _TURN.latency_ms)
        .where(_TURN.call == call)
        .order_by(_TURN.seq, _TURN.part)
    )
