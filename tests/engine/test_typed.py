"""What a caller writes instead of saying it, on a virtual clock: exact, at once, and told for what it is."""

import pytest

from app.domain.answers import Source
from app.domain.speech import BargeIn
from app.engine.actions import AnswerGiven, StopListening
from app.engine.events import FinalTranscript, Interpreted, OperatorCommand, TextTyped
from app.engine.states import Thinking
from tests.engine.stage import Stage, converse, digits, menu, numeric, open_question, yes_no


def typed(stage: Stage, words: str) -> Stage:
    stage.post(TextTyped(stage.listening.turn, words))
    return stage


def only(stage: Stage):
    return stage.entries(AnswerGiven)[0].answer


def test_a_typed_answer_is_told_as_typed_and_as_certain():
    stage = typed(Stage(yes_no(), menu()).answer().prompt_ends(), "yes")
    assert (only(stage).value, only(stage).source, only(stage).confidence) == (True, Source.TEXT, 1.0)
    stage.prompt_ends()
    assert [(turn.source, turn.input) for turn in stage.turns] == [("text", "yes")]


def test_a_typed_answer_waits_for_no_silence():
    stage = Stage(open_question(), menu()).answer().prompt_ends()
    at = stage.now
    typed(stage, "because of the rain")
    assert (stage.answers, stage.now) == ({"why": "because of the rain"}, at)
    assert stage.turns[0].latency_ms == {"first_audio": 0, "total": 0}


def test_an_open_answer_that_was_typed_keeps_no_sound():
    stage = typed(Stage(open_question(), menu()).answer().prompt_ends(), "the rain")
    assert [order.keep for _, order in stage.orders if isinstance(order, StopListening)] == [False]


def test_a_typed_answer_stands_for_what_was_heard_and_nothing_heard_changes_it():
    stage = Stage(numeric(), yes_no()).answer().prompt_ends()
    stage.now += 100
    stage.partial("for", 0.2)
    typed(stage, "five")
    assert (only(stage).value, only(stage).raw, only(stage).confidence) == (5, "five", 1.0)


def test_typed_words_need_no_confirmation_of_their_hearing():
    stage = Stage(numeric(confirm="low"), yes_no()).answer().prompt_ends()
    typed(stage, "well I think five")
    assert only(stage).value == 5


def test_typed_words_that_are_no_answer_are_told_as_typed():
    stage = typed(Stage(yes_no()).answer().prompt_ends(), "fish")
    stage.wait(0)
    assert [(turn.source, turn.outcome) for turn in stage.turns] == [("text", "no_match")]


def test_a_typed_request_is_told_as_typed():
    stage = typed(Stage(yes_no()).answer().prompt_ends(), "repeat that please")
    assert [(turn.source, turn.outcome) for turn in stage.turns] == [("text", "repeat")]


@pytest.mark.parametrize(("value", "source"), [("red", Source.MODEL), (None, None)])
def test_what_typed_words_mean_is_asked_of_the_model_as_of_spoken_ones(value, source):
    stage = Stage(menu(), yes_no())
    stage.model = "llama"
    stage.answer().prompt_ends()
    typed(stage, "the colour of roses")
    assert isinstance(stage.call.state, Thinking)
    stage.now += 300
    stage.post(Interpreted(stage.asked[-1].ask, value, 0.9))
    assert [line.answer.source for line in stage.entries(AnswerGiven)] == ([source] if source else [])
    assert stage.turns[0].source == ("model" if source else "text")
    assert stage.turns[0].latency_ms == {"interpretation": 300, "first_audio": 0, "total": 300}


def test_a_typed_word_over_the_prompt_interrupts_it():
    stage = Stage(yes_no(bargein=BargeIn.ANY)).answer()
    stage.post(OperatorCommand("interrupt_prompt"))
    typed(stage, "no")
    assert stage.answers == {"happy": False}


def test_a_typed_turn_of_a_conversation_is_told_as_typed():
    stage = Stage(converse())
    stage.model = "llama"
    stage.answer().prompt_ends()
    typed(stage, "okay")
    assert isinstance(stage.call.state, Thinking)
    stage.reply("I see.")
    assert (stage.turns[0].source, stage.turns[0].input) == ("text", "okay")


def test_text_for_a_turn_that_is_over_changes_nothing():
    stage = Stage(open_question(), digits()).answer().prompt_ends()
    old = stage.listening.turn
    stage.voice(2_000)
    stage.wait(1_600)
    assert stage.post(TextTyped(old, "late")) == []


def test_a_journal_from_before_reads_typed_words_as_it_wrote_them():
    stage = Stage(yes_no(), menu()).answer().prompt_ends()
    stage.post(FinalTranscript(stage.listening.turn, "yes", 1.0))
    stage.wait(3_000)
    assert only(stage).source is Source.SPEECH
