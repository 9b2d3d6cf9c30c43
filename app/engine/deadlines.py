"""When a call must act by itself, and what it does then: every live state has such a moment."""

from app.domain.call import Disposition, Millis
from app.engine import asking, conversing, running, speaking, transferring
from app.engine.scene import Scene
from app.engine.states import (
    Closing,
    Deciding,
    Ended,
    HandedOver,
    Hearing,
    Keying,
    Listening,
    Prompting,
    Ringing,
    Running,
    Thinking,
    Transferring,
)
from app.flows.sprint import Farewell, NoInput


def due_at(scene: Scene) -> Millis | None:
    """When the call must act at the latest; None once it has ended."""
    state = scene.state
    if isinstance(state, Ended):
        return None
    due = state.until
    if isinstance(state, Prompting) and state.barge_at is not None:
        due = min(due, state.barge_at)
    over_at = _over_at(scene)
    return due if over_at is None else min(due, over_at)


def settle_due(scene: Scene, at: Millis) -> None:
    """Settle every deadline that is due by `at`; each leaves a state whose own deadline is later."""
    due = due_at(scene)
    while due is not None and due <= at:
        _settle(scene, at)
        due = due_at(scene)


def give_up_on_log(scene: Scene, at: Millis) -> None:
    """Apologise and end: an answer that is not durable is not acknowledged."""
    speaking.close(scene, scene.run.farewell(Farewell.ERROR), Disposition.ERROR, "log failed", at)


def _over_at(scene: Scene) -> Millis | None:
    """When the call has lasted as long as its flow allows.

    Last words, a lost line and what the caller says to somebody else are exempt.
    """
    exempt = Closing | Ringing | Transferring | HandedOver
    if scene.started_at is None or isinstance(scene.state, exempt):
        return None
    return scene.started_at + scene.flow.max_duration_ms


def _settle(scene: Scene, at: Millis) -> None:
    over_at = _over_at(scene)
    if over_at is not None and over_at <= at:
        disposition = scene.run.disposition_on_hang_up()
        speaking.close(scene, scene.run.farewell(Farewell.TIME_UP), disposition, "time is up", at)
    else:
        _act(scene, at)


def _act(scene: Scene, at: Millis) -> None:  # noqa: C901 - one arm for each state
    match scene.state:
        case Ringing():
            _nobody_came(scene, at)
        case Prompting():
            _prompt_is_late(scene, scene.state, at)
        case Listening():
            asking.settle(scene, NoInput(), at)
        case Hearing():
            asking.turn_is_due(scene, scene.state, at)
        case Keying():
            asking.keys_timed_out(scene, at)
        case Deciding():
            give_up_on_log(scene, at)
        case Thinking():
            _thought_is_due(scene, scene.state, at)
        case Running():
            running.is_due(scene, at)
        case Transferring() | HandedOver():
            transferring.is_overdue(scene, scene.state, at)
        case Closing(disposition=disposition, cause=cause):
            speaking.end(scene, disposition, cause, at)
        case Ended():  # pragma: no cover - has no deadline
            pass


def _thought_is_due(scene: Scene, state: Thinking, at: Millis) -> None:
    if scene.inquiry and state.ask == scene.inquiry:
        scene.stop_inquiry()
        asking.meaning_came(scene, None, at)
    else:
        conversing.thought_is_due(scene, state, at)


def _nobody_came(scene: Scene, at: Millis) -> None:
    if scene.started_at is None:
        speaking.end(scene, Disposition.FAILED, "no media", at)
    else:
        speaking.end(scene, Disposition.INTERRUPTED, "caller did not come back", at)


def _prompt_is_late(scene: Scene, state: Prompting, at: Millis) -> None:
    if state.barge_at is not None and state.barge_at <= at:
        asking.interrupt(scene, at)
        return
    is_reply = scene.talk is not None and state.play == scene.talk.open_play
    # Whatever still comes of it must not sound over what is said next.
    scene.stop_playback()
    if state.started:
        speaking.prompt_ended(scene, at)
    elif is_reply:
        conversing.give_up(scene, "unspoken", at)
    else:
        speaking.prompt_failed(scene, at)
