"""Words that the question's grammar does not settle: asked of a model, within two seconds, or no match."""

from app.domain.answers import Source
from app.domain.call import Millis
from app.domain.conversation import Inquiry
from app.domain.grammar import inquiry_into, meant
from app.engine.actions import Interpret
from app.engine.events import Interpreted
from app.engine.scene import Asking, Scene
from app.engine.states import Thinking
from app.engine.timing import INTERPRETATION_MS, LOW_CONFIDENCE
from app.flows.sprint import Given, Heard, NoMatch

_NEVER_GUESSED = frozenset(("consent", "language"))
"""Kinds of question whose answer nobody may read into a caller's words."""


def begin(scene: Scene, asking: Asking, outcome: Given, at: Millis) -> bool:
    """Ask what the words mean, if they may mean something; True when the answer is now waited for."""
    inquiry = _inquiry(asking, outcome)
    if inquiry is None:
        return False
    ask = scene.number()
    scene.orders.append(Interpret(ask, inquiry))
    scene.inquiry = ask
    asking.inquired_at = at
    scene.state = Thinking(ask, at + INTERPRETATION_MS)
    return True


def outcome_of(asking: Asking, fact: Interpreted | None) -> Given:
    """Return what the model's word comes to: an allowed value, or no match."""
    words = asking.ear.text
    if fact is not None and fact.confidence > 0:
        sure = min(fact.confidence, asking.ear.confidence)
        understood = meant(asking.expect.grammar, fact.value, sure)
        if understood is not None:
            return Heard(understood, Source.MODEL, words)
    return NoMatch(asking.ear.source, words)


def _inquiry(asking: Asking, outcome: Given) -> Inquiry | None:
    expect = asking.expect
    if not isinstance(outcome, NoMatch) or outcome.source is Source.KEY or not outcome.raw:
        return None
    if expect.sensitive or expect.confirming or expect.kind in _NEVER_GUESSED:
        return None
    if asking.ear.confidence < LOW_CONFIDENCE:
        return None
    return inquiry_into(expect.grammar, expect.prompt.text, outcome.raw)
