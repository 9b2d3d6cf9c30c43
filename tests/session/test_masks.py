"""What watchers are told of a sensitive question: that something was given, never what."""

import pytest

from app.engine.events import (
    DigitPressed,
    Extracted,
    FinalTranscript,
    Interpreted,
    PartialTranscript,
    PromptEnded,
    ReplySentence,
    TextTyped,
)
from app.session.ledger import masked_fact

SECRET = "4711"


@pytest.mark.parametrize(
    "fact",
    [
        DigitPressed(SECRET),
        PartialTranscript(1, SECRET, 0.9),
        FinalTranscript(1, SECRET, 0.9),
        TextTyped(1, SECRET),
        ReplySentence(1, 0, SECRET),
        Extracted(1, {"pin": SECRET}),
        Interpreted(1, SECRET, 0.9),
    ],
)
def test_a_masked_fact_holds_nothing_of_what_was_given(fact):
    masked = masked_fact(fact)
    assert SECRET not in repr(masked)
    assert type(masked) is type(fact)


def test_a_fact_that_holds_nothing_personal_stays_as_it_is():
    assert masked_fact(PromptEnded(3)) == PromptEnded(3)
