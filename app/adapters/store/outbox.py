"""Messages to web services: kept before they are sent, until they are taken or given up; sends nothing.

Each function runs on the connection it is given, inside the caller's transaction.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa
import structlog

from app.adapters.store import schema
from app.adapters.store.codec import Json
from app.adapters.store.errors import StoreError
from app.adapters.store.sealing import Vault
from app.domain.addresses import host_of
from app.domain.errands import ErrandResult, Post
from app.session.errand_ports import Letter
from app.session.ports import LogError

PENDING: Final = "pending"
DONE: Final = "done"
FAILED: Final = "failed"

HELD_S: Final = 30
"""Whoever took a message to send it has this long, three times what a reply may take."""

UNREADABLE_S: Final = 3_600
"""A message that cannot be opened is looked at again so much later: somebody must bring its key back."""

_log = structlog.get_logger(__name__)
_BOX = schema.outbox.c


def put(
    connection: sa.Connection, vault: Vault, call: str, number: int, post: Post, now: datetime
) -> ErrandResult | Letter:
    """Keep a message and take it for sending; one that was settled before gives what came of it.

    Raises StoreError when it cannot be sealed, LogError for a call that is not in the log.
    """
    mine = (_BOX.call == call, _BOX.errand == number)
    row = connection.execute(sa.select(schema.outbox).where(*mine)).one_or_none()
    if row is not None and row.state != PENDING:
        return _result(vault, row)
    held_until = now + timedelta(seconds=HELD_S)
    if row is not None:
        taken = {"tries": row.tries + 1, "due_at": held_until}
        connection.execute(sa.update(schema.outbox).where(*mine).values(taken))
        return Letter(call, number, row.tries + 1, post)
    if connection.execute(sa.select(schema.call.c.id).where(schema.call.c.id == call)).scalar() is None:
        raise LogError(f"call {call} is not in the call log")
    sealed = vault.seal(msgspec.to_builtins(post))
    connection.execute(
        sa.insert(schema.outbox).values(
            call=call,
            errand=number,
            host=(host_of(post.url) or "")[:255],
            sealed=sealed,
            state=PENDING,
            tries=1,
            due_at=held_until,
            added_at=now,
        )
    )
    return Letter(call, number, 1, post)


def take_due(connection: sa.Connection, vault: Vault, now: datetime, most: int) -> list[Letter]:
    """Take up to `most` messages that are due, for sending; another process then leaves them alone.

    One that cannot be opened is told in the log, passed over, and tried again later: its key may come back.
    """
    due = (
        sa.select(schema.outbox)
        .where(_BOX.state == PENDING, _BOX.due_at <= now)
        .order_by(_BOX.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    letters = []
    for row in connection.execute(due).all():
        post = _opened(vault, row)
        held: Json = {"tries": row.tries + 1, "due_at": now + timedelta(seconds=HELD_S)}
        if post is None:
            held = {"due_at": now + timedelta(seconds=UNREADABLE_S)}
        else:
            letters.append(Letter(row.call, row.errand, row.tries + 1, post))
        connection.execute(
            sa.update(schema.outbox).where(_BOX.call == row.call, _BOX.errand == row.errand).values(held)
        )
    return letters


def settle(
    connection: sa.Connection, vault: Vault, letter: Letter, result: ErrandResult, again_at: datetime | None
) -> None:
    """Keep what came of a try; with `again_at` the message is sent again then. The first success stays."""
    told: Json = {"reason": result.reason[:40]}
    if again_at is None:
        told["state"] = DONE if result.ok else FAILED
        told["reply"] = vault.seal(msgspec.to_builtins(replace(result, values=dict(result.values))))
    else:
        told["due_at"] = again_at
    connection.execute(
        sa.update(schema.outbox)
        .where(_BOX.call == letter.call, _BOX.errand == letter.number, _BOX.state == PENDING)
        .values(told)
    )


def _opened(vault: Vault, row: sa.Row[Any]) -> Post | None:
    try:
        return msgspec.convert(vault.open(row.sealed), Post)
    except (StoreError, msgspec.ValidationError) as error:
        _log.warning(
            "message_unreadable", call_id=row.call, errand=row.errand, host=row.host, reason=str(error)
        )
        return None


def _result(vault: Vault, row: sa.Row[Any]) -> ErrandResult:
    return msgspec.convert(vault.open(row.reply), ErrandResult)
