"""What becomes of a caller who is handed over: taken, not taken, or gone. Knows no carrier's words."""

from dataclasses import replace

from app.domain.call import Disposition, Millis
from app.engine import speaking
from app.engine.actions import Transfer
from app.engine.asking import go_on
from app.engine.scene import Scene
from app.engine.states import Closing, HandedOver, Ringing, Transferring
from app.engine.timing import DIAL_MS, OUTCOME_MS, RESUME_MS, TALK_MS, TRANSFER_MS
from app.flows.sprint import TransferFailed, TransferTo


def hand_over(scene: Scene, number: str, at: Millis) -> None:
    """Hand the caller over because an operator says so; who comes back is asked the open question again."""
    is_here = scene.sprint is not None and not isinstance(
        scene.state, Closing | HandedOver | Ringing | Transferring
    )
    if is_here and number:
        scene.stop_playback()
        scene.stop_models()
        scene.stop_listening()
        scene.orders.append(Transfer(number))
        scene.state = Transferring(at + TRANSFER_MS)


def stream_ended(scene: Scene, state: Transferring | HandedOver, at: Millis, *, stopped: bool) -> None:
    """Wait for the outcome: the stream of a caller who is handed over ends before it is known.

    `stopped` says that the carrier ended it; a stream that was merely lost may never have been replaced.
    """
    if isinstance(state, Transferring):
        scene.state = _away(state, at, is_certain=stopped)


def leg_ended(scene: Scene, state: Transferring | HandedOver, cause: str, at: Millis) -> None:
    """Take that the caller is gone: whoever stayed longer than any telephone rings had been taken."""
    away = state if isinstance(state, HandedOver) else _away(state, at, is_certain=True)
    if at >= away.rings_until:
        speaking.end(scene, Disposition.TRANSFERRED, cause, at)
    elif not away.has_left:
        # The carrier tells the outcome and the end in two messages, in either order.
        scene.state = replace(away, until=at + OUTCOME_MS, has_left=True)


def transfer_ended(scene: Scene, at: Millis, *, completed: bool) -> None:
    """Take the outcome; a caller whom nobody took goes on, at once or when their next stream is up."""
    state = scene.state
    if not isinstance(state, Transferring | HandedOver):
        return
    if completed:
        speaking.end(scene, Disposition.TRANSFERRED, "transferred", at)
    elif isinstance(state, Transferring):
        transfer_failed(scene, at)
    elif state.has_left:
        _hung_up(scene, at)
    else:
        scene.state = Ringing(at + RESUME_MS)


def is_overdue(scene: Scene, state: Transferring | HandedOver, at: Millis) -> None:
    """Settle what the carrier did not say in time."""
    if isinstance(state, Transferring):
        # The stream is still up, so nobody was dialled, and the caller hears nothing.
        transfer_failed(scene, at)
    elif state.has_left:
        _hung_up(scene, at)
    else:
        speaking.end(scene, Disposition.TRANSFERRED, "carrier did not say", at)


def transfer_failed(scene: Scene, at: Millis) -> None:
    """Go where the flow goes when nobody took the caller over; it never asked for an operator's transfer."""
    if scene.sprint is None or not isinstance(scene.sprint.wait, TransferTo):
        from app.engine.returning import come_back  # noqa: PLC0415 - who returns may return from here

        come_back(scene, at)
    elif speaking.take(scene, scene.run.resume(TransferFailed()), at):
        go_on(scene, at)


def _away(state: Transferring, at: Millis, *, is_certain: bool) -> HandedOver:
    return HandedOver(at + TALK_MS, state.until - TRANSFER_MS + DIAL_MS, is_certain=is_certain)


def _hung_up(scene: Scene, at: Millis) -> None:
    speaking.end(scene, scene.run.disposition_on_hang_up(), "hangup", at)
