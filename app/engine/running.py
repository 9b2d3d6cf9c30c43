"""An errand under way: when it is begun, what the caller hears meanwhile, when it counts as failed.

Knows no errand's nature; what follows from its result is the flow's business.
"""

from app.domain.call import Millis
from app.domain.errands import ErrandResult
from app.engine.actions import Run
from app.engine.asking import go_on
from app.engine.bargein import Breath
from app.engine.events import ErrandDone
from app.engine.scene import Scene, Underway
from app.engine.speaking import speak, take
from app.engine.states import Running
from app.engine.timing import MEANWHILE_MS
from app.flows.sprint import ErrandEnded, RunErrand


def is_due(scene: Scene, at: Millis) -> None:
    """Begin the errand, or go on by what came of it, or say that it takes a moment, or give it up."""
    wait = scene.sprint.wait if scene.sprint else None
    assert isinstance(wait, RunErrand)  # noqa: S101 - a law of the machine, held by the property tests
    errand = scene.errand
    if errand is None:
        scene.errand = errand = Underway(wait.number, at + MEANWHILE_MS, at + wait.within_ms)
        scene.orders.append(Run(wait.number, wait.errand))
    if errand.result is not None:
        _ended(scene, errand.result, at)
    elif at >= errand.until:
        _ended(scene, ErrandResult(ok=False, reason="timeout"), at)
    elif at >= errand.tell_at and not errand.is_told and wait.meanwhile.utterances:
        errand.is_told = True
        speak(scene, Breath(wait.meanwhile, len(wait.meanwhile.utterances)), at)
    else:
        due = errand.tell_at if at < errand.tell_at else errand.until
        scene.state = Running(wait.number, min(due, errand.until))


def errand_done(scene: Scene, fact: ErrandDone, at: Millis) -> None:
    """Take what came of the errand under way; what is being said is said to its end."""
    errand = scene.errand
    if errand is None or errand.number != fact.errand or errand.result is not None:
        return
    errand.result = ErrandResult(fact.ok, fact.reason, fact.values)
    if isinstance(scene.state, Running):
        _ended(scene, errand.result, at)


def _ended(scene: Scene, result: ErrandResult, at: Millis) -> None:
    scene.errand = None
    if take(scene, scene.run.resume(ErrandEnded(result)), at):
        go_on(scene, at)
