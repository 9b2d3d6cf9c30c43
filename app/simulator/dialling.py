"""What becomes of a number that a caller is handed over to: it rings, and is answered or not."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Final

from app.simulator.phone import CallOverError, Phone

STATUSES: Final = {"answers": "completed", "busy": "busy", "no_answer": "no-answer", "failed": "failed"}
"""What the number may do, and what Twilio calls it."""

RINGS_MS: Final = 2_000
TALK_MS: Final = 2_000
"""So long rings a number that is dialled, and so long talks who answers it."""


async def dial(
    phone: Phone, dialled: str, let_pass: Callable[[int], Awaitable[None]], is_left: Callable[[], bool]
) -> list[tuple[str, str]]:
    """Ring, and talk where somebody answers; return what Twilio then says of it.

    `is_left` tells that the caller, or the call, has gone on to something else meanwhile.
    """
    status = "canceled"
    try:
        await let_pass(RINGS_MS)
        if not is_left():
            status = STATUSES[dialled]
        if status == "completed":
            phone.happened("talks")
            await let_pass(TALK_MS)
    except CallOverError:
        pass
    outcome = [("DialCallStatus", status), ("DialCallSid", f"CA{uuid.uuid4().hex}")]
    return [*outcome, ("DialCallDuration", str(TALK_MS // 1000))] if status == "completed" else outcome
