"""The caller has the floor: waiting for a sound, and hearing one out."""

from app.domain.call import Millis
from app.engine.scene import Scene
from app.engine.states import Hearing, Listening
from app.engine.timing import FALSE_ALARM_MS, NOISE_HOLD_MS


def attend(scene: Scene, at: Millis) -> None:
    """The question has been heard: the first-input timer starts, unless the caller already speaks."""
    asking = scene.question
    scene.listen()
    no_input_at = at + asking.expect.policy.first_input_ms
    scene.state = Listening(no_input_at)
    if asking.ear.voice_on:
        hear(scene, at, no_input_at=no_input_at)


def hear(scene: Scene, at: Millis, *, no_input_at: Millis | None) -> None:
    """Hear the caller out until the turn is to be judged next.

    `no_input_at` is the first-input timer that the sound holds, or None when the sound cut a prompt.
    """
    asking = scene.question
    ear = asking.ear
    began_at = at if ear.voice_began_at is None else ear.voice_began_at
    if ear.voice_ended_at is None and not ear.voice_on and ear.typed_at is None:
        # Words without a voice edge: the recogniser heard what the detector did not.
        ear.voice_ended_at = at
    until = ear.judged_at(asking.expect, began_at, scene.open_ms)
    if not ear.text and not asking.expect.keep_audio:
        held_from = began_at + FALSE_ALARM_MS if no_input_at is None else no_input_at
        until = min(until, held_from + NOISE_HOLD_MS)
    scene.state = Hearing(until, no_input_at)
