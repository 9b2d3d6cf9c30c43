"""What becomes of the call when its leg is answered, lost or over, and when an operator steps in."""

from typing import Final, TypeAlias

from app.domain.call import Disposition, Millis
from app.engine import asking, speaking, transferring
from app.engine.events import LegAnswered, LegEnded, OperatorCommand, StreamLost, TransferEnded
from app.engine.returning import come_back
from app.engine.scene import Scene
from app.engine.states import Closing, HandedOver, Prompting, Ringing, Thinking, Transferring
from app.engine.timing import RESUME_MS

LegFact: TypeAlias = LegAnswered | LegEnded | StreamLost | TransferEnded | OperatorCommand

_ENDED_BEFORE_ANSWER: Final = {
    "busy": Disposition.BUSY,
    "no_answer": Disposition.NO_ANSWER,
    "failed": Disposition.FAILED,
    "canceled": Disposition.CANCELED,
    "machine": Disposition.MACHINE,
}


def take_fact(scene: Scene, fact: LegFact, at: Millis) -> None:
    """Take what happened to the leg, or what an operator wants of it."""
    match fact:
        case LegAnswered():
            _answered(scene, fact, at)
        case LegEnded():
            _left(scene, fact, at)
        case StreamLost():
            _stream_lost(scene, at)
        case TransferEnded(completed=completed):
            transferring.transfer_ended(scene, at, completed=completed)
        case OperatorCommand():
            _commanded(scene, fact, at)


def _stream_lost(scene: Scene, at: Millis) -> None:
    if isinstance(scene.state, Transferring | HandedOver):
        transferring.stream_ended(scene, scene.state, at, stopped=False)
        return
    scene.stop_playback()
    scene.stop_models()
    scene.stop_listening()
    scene.state = Ringing(at + RESUME_MS)


def _answered(scene: Scene, fact: LegAnswered, at: Millis) -> None:
    scene.look_at_clock(at, fact.utc)
    if scene.started_at is None:
        scene.started_at = at
        scene.epoch = fact.epoch
        if speaking.take(scene, scene.run.start(), at):
            asking.go_on(scene, at)
    elif fact.epoch > scene.epoch:
        scene.epoch = fact.epoch
        come_back(scene, at)


def _left(scene: Scene, fact: LegEnded, at: Millis) -> None:
    if isinstance(scene.state, Transferring | HandedOver):
        if fact.cause == "hangup":
            transferring.stream_ended(scene, scene.state, at, stopped=True)
        else:
            transferring.leg_ended(scene, scene.state, fact.cause, at)
        return
    if isinstance(scene.state, Closing):
        # The flow had come to its end: whoever hangs up during the goodbye has completed it.
        disposition = scene.state.disposition
    elif fact.cause in _ENDED_BEFORE_ANSWER:
        disposition = _ENDED_BEFORE_ANSWER[fact.cause]
    elif scene.started_at is None:
        disposition = Disposition.CANCELED
    else:
        disposition = scene.run.disposition_on_hang_up()
    speaking.end(scene, disposition, fact.cause, at)


def _commanded(scene: Scene, fact: OperatorCommand, at: Millis) -> None:
    if fact.command == "hang_up":
        speaking.end(scene, scene.run.disposition_on_hang_up(), "operator", at)
    elif fact.command == "interrupt":
        talks = isinstance(scene.state, HandedOver) and at >= scene.state.rings_until
        disposition = Disposition.TRANSFERRED if talks else Disposition.INTERRUPTED
        speaking.end(scene, disposition, str(fact.argument or "interrupted"), at)
    elif fact.command == "error":
        speaking.end(scene, Disposition.ERROR, str(fact.argument or "error"), at)
    elif fact.command == "interrupt_prompt":
        _prompt_interrupted(scene, at)
    elif fact.command == "transfer":
        transferring.hand_over(scene, str(fact.argument or ""), at)


def _prompt_interrupted(scene: Scene, at: Millis) -> None:
    if isinstance(scene.state, Prompting) or (scene.talk and isinstance(scene.state, Thinking)):
        asking.give_floor(scene, at)
    elif isinstance(scene.state, Closing):
        speaking.end(scene, scene.state.disposition, scene.state.cause, at)
