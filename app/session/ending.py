"""How a leg is left: hung up at the carrier and written as ended, or only let go of."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from app.domain.call import Disposition
from app.session.ledger import Ledger
from app.session.ports import Carrier, LogError, StaleEpoch

CLOSING_S = 10.0
"""The carrier and the log have this long to take a call's end, each."""

FENCE_S = 2.0
"""A log that does not say within this time whose call it is does not keep the caller on the line."""

_log = structlog.get_logger(__name__)


async def end_leg(ledger: Ledger, carrier: Carrier, disposition: Disposition | None) -> bool:
    """Hang up, then write the end. A caller who was handed over, or is another's, is left on the line.

    Return whether this was the call's end. What the log did not take stays unfinished in the ledger, and
    may be tried again.
    """
    if disposition is None or not await is_ours(ledger):
        await _in_time(carrier.close(), "close")
        return False
    if disposition is Disposition.TRANSFERRED:
        await _in_time(carrier.close(), "close")
    else:
        await _in_time(carrier.hang_up(), "hang_up")
    return await finish(ledger, disposition)


async def is_ours(ledger: Ledger) -> bool:
    """Make every line durable, and say whether we still own the call.

    Who thaws after a freeze must neither hang up another's caller nor hand them over.
    """
    try:
        await _in_time(ledger.commit(), "commit", FENCE_S)
    except StaleEpoch:
        return False
    except LogError as error:
        _log.error("last_lines_not_logged", call_id=ledger.info.id, reason=str(error))
    return True


async def finish(ledger: Ledger, disposition: Disposition, cause: str = "") -> bool:
    """Write the call's end if the log takes it now; False when the call is somebody else's to end."""
    try:
        await _in_time(ledger.finish(disposition, cause), "finish")
    except StaleEpoch:
        return False
    except LogError as error:
        _log.error("end_of_call_not_logged", call_id=ledger.info.id, reason=str(error))
    return True


async def _in_time(work: Coroutine[Any, Any, None], what: str, seconds: float = CLOSING_S) -> None:
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        _log.error("carrier_or_log_took_too_long", what=what)
