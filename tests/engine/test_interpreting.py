"""Words that no grammar settles on a virtual clock: what a model is asked, and what its word is worth."""

import pytest

from app.domain.conversation import DayRange, MomentRange, NumberRange, Together
from app.engine.actions import AnswerGiven, Interpret
from app.engine.events import Interpreted, LegAnswered, ResponderFailed
from app.engine.states import Thinking
from app.flows.loader import load_flow
from tests.engine.stage import Stage, bye, consent, digits, menu, yes_no

NOON = "2026-05-03T12:00:00+00:00"
"""A Sunday."""

USED = """\
  - select_many: used
    prompt: Which?
    choices:
      {lab: laboratory, shop: pharmacy, desk: desk, ward: ward, bus: bus, kitchen: kitchen,
       none: {text: none of them, exclusive: true}}
"""
WHEN = "  - {date: when, prompt: When?, range: [today, today+30d]}\n"
AGE = "  - {numeric: age, prompt: How old?, range: [18, 99]}\n"
LATER = "  - {callback: later, ask_time: true}\n"


@pytest.mark.parametrize(("value", "wants"), [("red", "red"), ("dont_know", None), ("mauve", None)])
def test_words_no_grammar_settles_get_the_models_allowed_value_or_none(value, wants):
    stage = Stage(menu())
    stage.model = "llama"
    stage.answer().prompt_ends()
    stage.say("the colour of roses")
    stage.post(Interpreted(stage.asked[-1].ask, value, 0.9))
    assert stage.answers.get("color") == wants


def asked(steps: str) -> Stage:
    """A call in which the caller has answered a question of this flow in words that settle nothing."""
    written = f"flow: x\nsteps:\n{steps}  - {{label: bye, end: completed}}\n"
    stage = Stage(*load_flow(written, path="x", audio_exists=lambda _: True).steps)
    stage.model = "llama"
    stage.post(LegAnswered(utc=NOON))
    stage.prompt_ends()
    stage.say("well it depends")
    return stage


def meaning(stage: Stage, value: object, confidence: float = 0.95) -> Stage:
    """Let the model name a value."""
    stage.post(Interpreted(stage.asked[-1].ask, value, confidence))
    return stage


@pytest.mark.parametrize(
    ("steps", "kind"),
    [(USED, Together), (WHEN, DayRange), (AGE, NumberRange), (LATER, MomentRange)],
    ids=["several", "day", "number", "moment"],
)
def test_whatever_has_bounds_is_asked_of_the_model(steps, kind):
    inquiry = asked(steps).asked[-1].inquiry
    assert isinstance(inquiry.wanted, kind)


def test_any_of_many_choices_may_be_what_the_words_mean():
    stage = asked(USED)
    assert [value for value, _ in stage.asked[-1].inquiry.options][-1] == "none"
    assert meaning(stage, ("kitchen", "lab")).answers == {"used": ("lab", "kitchen")}
    assert stage.turns[-1].outcome == "answer"


def test_a_number_that_the_model_finds_is_within_the_range():
    assert meaning(asked(AGE), 44).answers == {"age": 44}


@pytest.mark.parametrize(
    ("steps", "value", "is_read_back", "wants"),
    [
        (WHEN, "2026-05-08", "Friday, the eighth of May", {"when": "2026-05-08"}),
        (
            LATER,
            "2026-05-04T15:00",
            "tomorrow at three in the afternoon",
            {"later": "2026-05-04T15:00+00:00"},
        ),
    ],
    ids=["day", "moment"],
)
def test_a_day_that_the_model_reckoned_counts_once_the_caller_agreed(steps, value, is_read_back, wants):
    stage = meaning(asked(steps), value)
    assert is_read_back in stage.said
    assert stage.answers == {}
    stage.prompt_ends()
    stage.say("yes")
    assert stage.answers == wants


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        (USED, ("lab", "cinema")),
        (USED, ("none", "lab")),
        (USED, ()),
        (USED, "lab+shop"),
        (WHEN, "2026-05-02"),
        (WHEN, "2026-06-31"),
        (WHEN, "next Friday"),
        (WHEN, 20_260_508),
        (AGE, 17),
        (AGE, "many"),
        (AGE, True),
        (LATER, "2026-05-03T11:59"),
        (LATER, "0001-01-01T00:00+14:00"),
    ],
    ids=lambda each: str(each) if not isinstance(each, str) or "\n" not in each else each.split()[2],
)
def test_what_the_grammar_would_not_take_is_not_taken_from_the_model(steps, value):
    stage = meaning(asked(steps), value)
    assert stage.answers == {}
    assert stage.turns[-1].outcome == "no_match"


def unsettled(*steps, confidence=0.9) -> Stage:
    stage = Stage(*steps)
    stage.model = "llama"
    stage.answer().prompt_ends()
    stage.say("well it depends", confidence=confidence)
    return stage


def test_the_model_is_told_the_question_the_words_and_what_is_allowed():
    inquiry = unsettled(menu()).asked[-1].inquiry
    assert (inquiry.question, inquiry.said) == ("Which color?", "well it depends")
    assert inquiry.options == (("red", "red"), ("green", "green"), ("blue", "blue"))


def test_a_meaning_that_does_not_come_in_two_seconds_is_no_match():
    stage = unsettled(menu())
    asked_at = stage.last(Interpret)[0]
    stage.wait(asked_at + 1_999 - stage.now)
    assert isinstance(stage.call.state, Thinking)
    stage.wait(1)
    assert stage.stopped == [stage.asked[-1].ask]
    assert stage.turns[-1].outcome == "no_match"


def test_a_model_that_fails_to_find_a_meaning_makes_a_no_match_at_once():
    stage = unsettled(menu())
    stage.post(ResponderFailed(stage.asked[-1].ask, "throttled"))
    assert stage.turns[-1].outcome == "no_match"


def test_an_unsure_meaning_is_read_back_before_it_counts():
    stage = unsettled(menu())
    stage.post(Interpreted(stage.asked[-1].ask, "red", 0.6))
    assert "red" in stage.said
    assert stage.answers == {}


def test_a_key_while_the_meaning_is_looked_for_is_the_answer():
    stage = unsettled(menu())
    stage.press("2")
    assert stage.answers == {"color": "green"}
    assert stage.stopped == [1]
    assert stage.post(Interpreted(1, "red", 0.9)) == []


def test_a_meaning_found_by_the_model_is_marked_as_its_own_with_the_time_it_took():
    stage = unsettled(menu())
    stage.wait(100)
    stage.post(Interpreted(stage.asked[-1].ask, "blue", 0.9))
    (given,) = stage.entries(AnswerGiven)
    assert given.answer.source == "model"
    assert stage.turns[-1].latency_ms["interpretation"] == stage.now - stage.last(Interpret)[0]


@pytest.mark.parametrize(
    "step", [consent(), digits(), yes_no(sensitive=True)], ids=["consent", "digits", "sensitive"]
)
def test_nobody_reads_an_answer_into_words_where_that_is_not_fit(step):
    assert unsettled(step, bye()).asked == []


def test_words_that_were_hardly_understood_are_not_interpreted():
    assert unsettled(menu(), confidence=0.4).asked == []
