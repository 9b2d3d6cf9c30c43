"""Callers whose stream has ended: who goes on with them, and what the carrier is told when it asks.

Everything here may be asked twice, late and in any order, and answers the same.
"""

from app.domain.call import Millis
from app.engine.events import LegEnded, OperatorCommand, TransferEnded
from app.session.admission import Elsewhere, Exhausted, Finished, Resumption
from app.session.held import Held
from app.session.switchboard import Switchboard

MAX_RESUMES = 3
"""A call that was lost more often than this is let go (reliability.md, resume)."""


async def resume(board: Switchboard, carrier_sid: str, epoch: int, now: Millis) -> Resumption:
    """Take over a call whose stream ended under `epoch`. Raises LogError; then it may be asked again."""
    async with board.lock(carrier_sid):
        return await _resumed(board, carrier_sid, epoch, now)


async def transfer_ended(
    board: Switchboard, carrier_sid: str, epoch: int, now: Millis, *, taken: bool, has_left: bool
) -> Resumption:
    """Take the outcome of the transfer that ended the stream of `epoch`. Raises LogError, as above.

    A caller whom nobody took goes on with the flow, unless they have left meanwhile.
    """
    async with board.lock(carrier_sid):
        held = board.lines.by_sid.get(carrier_sid)
        if held is not None and not held.awaits_outcome(epoch):
            return await _resumed(board, carrier_sid, epoch, now)
        held = await _claimed(board, carrier_sid, held)
        if held is None:
            return Finished()
        if held.awaits_outcome(epoch):
            ledger = held.ledger
            ledger.take(TransferEnded(completed=taken), ledger.now())
            if has_left and not held.is_over:
                ledger.take(LegEnded("completed"), ledger.now())
        if held.is_over:
            await board.conclude(held)
            return Finished()
        return held.ready


async def _resumed(board: Switchboard, carrier_sid: str, epoch: int, now: Millis) -> Resumption:
    held = board.lines.by_sid.get(carrier_sid)
    if held is not None and held.is_over:
        return Finished()
    if held is not None and held.is_elsewhere(epoch):
        return Elsewhere()
    if held is not None and held.ledger.epoch > epoch:
        return board.lines.ready_again(held, now)
    held = await _claimed(board, carrier_sid, held)
    if held is None:
        return Finished()
    if held.is_over:
        await board.conclude(held)
        return Finished()
    if held.resumes <= MAX_RESUMES:
        return held.ready
    held.ledger.take(OperatorCommand("interrupt", "resumed too often"), held.ledger.last_at)
    await board.conclude(held)
    return Exhausted()


async def _claimed(board: Switchboard, carrier_sid: str, held: Held | None) -> Held | None:
    stored = await board.stored(carrier_sid)
    if stored is None:
        return None
    if held is not None and held.session is not None:
        # Its socket is half dead: the carrier has left it already.
        held.session.abandon()
    return await board.claimed(stored)
