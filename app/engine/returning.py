"""The caller is back after the line was lost: what was not heard is said, the open question asked again."""

from dataclasses import replace

from app.domain.call import Millis
from app.domain.conversation import Role
from app.domain.speech import Prompt
from app.engine.bargein import Breath, breaths_of
from app.engine.scene import Scene
from app.engine.speaking import speak_next
from app.engine.transferring import transfer_failed
from app.flows.sprint import TransferTo, question_of


def come_back(scene: Scene, at: Millis) -> None:
    """Go on after a loss. An acknowledged answer stands; at most the open question is repeated.

    A transfer that gave the caller back has failed. Last words that were cut are said again.
    """
    scene.stop_playback()
    scene.stop_models()
    scene.stop_listening()
    scene.type_ahead = ""
    if scene.errand is not None and scene.errand.result is None:
        # Whoever ran it may be gone; the same number again is the same errand.
        scene.errand = None
    unheard = _unheard(scene)
    sprint = scene.sprint
    assert sprint is not None  # noqa: S101 - a call that comes back has begun
    if isinstance(sprint.wait, TransferTo) and scene.breath is None and not scene.breaths:
        transfer_failed(scene, at)
        return
    if question_of(sprint.wait) is not None:
        again = scene.run.again()
        scene.sprint = replace(again, prompts=again.prompts + unheard)
        scene.breaths = breaths_of(scene.sprint) + _bots_last_line(scene)
    else:
        left = (scene.breath,) if scene.breath is not None else ()
        scene.breaths = left + scene.breaths
    scene.breath = None
    scene.open_question(at)
    speak_next(scene, at)


def _bots_last_line(scene: Scene) -> tuple[Breath, ...]:
    """In a conversation, what the caller was to answer; where the bot owes the answer, it thinks anew."""
    talk = scene.talk
    if talk is None:
        return ()
    if scene.asking is not None:
        talk.said(Role.BOT, " ".join(scene.asking.heard))
    talk.is_bots_turn = not talk.lines or talk.lines[-1].role is Role.CALLER
    if talk.is_bots_turn:
        return ()
    return (Breath(Prompt(scene.run.voiced(talk.bots_last_line)), 0, is_question=True),)


def _unheard(scene: Scene) -> tuple[Prompt, ...]:
    left: tuple[Breath, ...] = ((scene.breath,) if scene.breath is not None else ()) + scene.breaths
    return tuple(breath.messages for breath in left if breath.messages.utterances)
