"""How a leg is left: hung up at the carrier and written as ended, or only let go of."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog

from app.domain.call import Disposition
from app.session.ledger import Ledger
from app.session.ports import Carrier, LogError, StaleEpoch

CLOSING_S = 10.0
"""The carrier and the log have this long to take a call's end, each."""

_log = structlog.get_logger(__name__)


async def end_leg(ledger: Ledger, carrier: Carrier, disposition: Disposition | None) -> None:
    """Hang up, then write the end. A caller who was handed over, or is another's, is left on the line.

    What the log did not take stays unfinished in the ledger, and may be tried again.
    """
    if disposition in (None, Disposition.TRANSFERRED):
        await _in_time(carrier.close(), "close")
    else:
        await _in_time(carrier.hang_up(), "hang_up")
    if disposition is not None:
        await finish(ledger, disposition)


async def finish(ledger: Ledger, disposition: Disposition, cause: str = "") -> None:
    """Write the call's end if the log takes it now; a stale owner's end is no end."""
    try:
        with suppress(StaleEpoch):
            await _in_time(ledger.finish(disposition, cause), "finish")
    except LogError as error:
        _log.error("end_of_call_not_logged", call_id=ledger.info.id, reason=str(error))


async def _in_time(work: Coroutine[Any, Any, None], what: str) -> None:
    try:
        async with asyncio.timeout(CLOSING_S):
            await work
    except TimeoutError:
        _log.error("end_of_call_took_too_long", what=what)
