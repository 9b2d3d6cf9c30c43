"""When a spoken turn is over, to the millisecond: every number of "End of turn" in dialogue-rules.md."""

import pytest

from app.engine.actions import AnswerGiven, Play
from app.engine.events import SpeechEnded, SpeechStarted
from app.engine.states import Hearing, Listening
from tests.engine.stage import Stage, digits, numeric, open_question, yes_no


def speaking(stage: Stage, words: str, ms: int = 600) -> None:
    """Speak for so long; the words are recognised while the voice is on."""
    stage.now += 100
    stage.post(SpeechStarted(100))
    stage.wait(300)
    stage.partial(words)
    stage.wait(ms - 400)


def silence(stage: Stage) -> int:
    """Fall silent; return when the voice really ceased."""
    ceased = stage.now
    stage.wait(200)
    stage.post(SpeechEnded(200))
    return ceased


def said(stage: Stage, words: str, ms: int = 600) -> int:
    """Speak and fall silent; return when the voice really ceased."""
    speaking(stage, words, ms)
    return silence(stage)


def judged_after(stage: Stage, ceased: int) -> int:
    """Return how long after the voice ceased the turn is over."""
    while not stage.turns and not stage.entries(AnswerGiven) and stage.playing is None:
        due = stage.call.next_deadline
        assert due is not None
        stage.wait(due - stage.now)
    return stage.now - ceased


def test_a_yes_ends_300_ms_after_the_voice_and_not_before():
    stage = Stage(yes_no()).answer().prompt_ends()
    assert judged_after(stage, said(stage, "yes")) == 300


def test_an_answer_that_may_still_grow_ends_1000_ms_after_the_voice():
    stage = Stage(digits(length=4)).answer().prompt_ends()
    assert judged_after(stage, said(stage, "four one two two")) == 300
    stage = Stage(numeric(maximum=199)).answer().prompt_ends()
    assert judged_after(stage, said(stage, "one hundred")) == 1_000
    assert stage.answers == {"age": 100}


def test_words_that_are_no_answer_are_judged_after_1000_ms_when_the_recogniser_is_sure_of_them():
    stage = Stage(yes_no()).answer().prompt_ends()
    ceased = said(stage, "yellow")
    stage.final("yellow")
    assert judged_after(stage, ceased) == 1_000
    assert stage.said.endswith("Are you happy?")


def test_the_recognisers_final_is_waited_for_1500_ms_at_most():
    stage = Stage(yes_no()).answer().prompt_ends()
    assert judged_after(stage, said(stage, "yellow")) == 1_500
    assert stage.said.endswith("Are you happy?")


def test_a_final_of_what_was_said_before_the_pause_is_not_the_last_word():
    stage = Stage(yes_no()).answer().prompt_ends()
    said(stage, "well")
    stage.final("well")
    stage.voice(600)
    assert judged_after(stage, stage.now - 200) == 1_500


def test_a_turn_lasts_60_s_at_most():
    stage = Stage(open_question()).answer().prompt_ends()
    began = stage.now
    speaking(stage, "on and on")
    stage.wait(59_999 - (stage.now - began))
    assert stage.answers == {}
    stage.wait(1)
    assert stage.answers == {"why": "on and on"}


def test_the_bot_speaks_over_nobody():
    stage = Stage(yes_no()).answer().prompt_ends()
    speaking(stage, "well I think that on the whole", ms=20_000)
    assert stage.playing is None
    said_at = silence(stage)
    stage.wait(200)
    speaking(stage, "well I think that on the whole I am not", ms=20_000)
    assert isinstance(stage.call.state, Hearing)
    assert stage.last(Play)[0] < said_at


# -- open answers: 1,200 ms, adapted to the caller within 600 and 2,000 ------------------------------------


def paused(stage: Stage, pause_ms: int, words: str = "and then") -> None:
    """Speak, then stay silent for so long inside the turn."""
    ceased = said(stage, words)
    stage.wait(pause_ms - (stage.now - ceased))


def last_words(stage: Stage) -> int:
    return judged_after(stage, said(stage, "and that is all"))


def test_an_open_answer_ends_1200_ms_after_the_voice():
    stage = Stage(open_question()).answer().prompt_ends()
    assert last_words(stage) == 1_200


def test_one_long_pause_moves_the_patience_by_three_tenths():
    stage = Stage(open_question()).answer().prompt_ends()
    paused(stage, 1_000)
    assert last_words(stage) == (7 * 1_200 + 3 * 1_500) // 10


@pytest.mark.parametrize(
    ("pause_of", "bound"), [(lambda _: 350, 600), (lambda patience: patience - 101, 2_000)]
)
def test_no_habit_of_the_caller_makes_the_patience_shorter_than_600_or_longer_than_2000_ms(pause_of, bound):
    stage = Stage(open_question()).answer().prompt_ends()
    patience = 1_200
    for _ in range(20):
        pause = pause_of(patience)
        paused(stage, pause)
        patience = min(2_000, max(600, (7 * patience + 3 * (pause + pause // 2)) // 10))
    assert patience == bound
    assert last_words(stage) == bound


def test_the_patience_learned_at_one_question_holds_at_the_next():
    stage = Stage(open_question("why"), open_question("what")).answer().prompt_ends()
    paused(stage, 1_000)
    learned = last_words(stage)
    stage.prompt_ends()
    ceased = said(stage, "nothing")
    stage.wait(learned - (stage.now - ceased) - 1)
    assert "what" not in stage.answers
    stage.wait(1)
    assert stage.answers["what"] == "nothing"


def test_the_pauses_of_a_noise_teach_no_patience():
    stage = Stage(open_question()).answer().prompt_ends()
    stage.voice(300)
    stage.wait(400)
    assert last_words(stage) == 1_200


def test_half_a_second_of_voice_answers_an_open_question_and_less_does_not():
    for ms, answers in ((500, {"why": ""}), (499, {})):
        stage = Stage(open_question()).answer().prompt_ends()
        stage.voice(ms)
        stage.wait(1_500)
        assert stage.answers == answers


def test_an_open_answer_without_words_yet_waits_for_the_recogniser_1500_ms():
    stage = Stage(open_question()).answer().prompt_ends()
    ceased = stage.now + 600
    stage.voice(600)
    assert judged_after(stage, ceased) == 1_500


# -- noise -------------------------------------------------------------------------------------------------


def test_a_sound_without_a_word_is_forgotten_1000_ms_after_it_ended():
    stage = Stage(yes_no()).answer().prompt_ends()
    stage.voice(300)
    stage.wait(799)
    assert isinstance(stage.call.state, Hearing)
    stage.wait(1)
    assert isinstance(stage.call.state, Listening)


def test_noise_leaves_the_first_input_timer_where_it_was():
    stage = Stage(yes_no()).answer().prompt_ends()
    stage.wait(1_000)
    stage.voice(300)
    stage.wait(5_000 - stage.now - 1)
    assert isinstance(stage.call.state, Listening)
    stage.wait(1)
    assert stage.turns[-1].outcome == "no_input"


def test_noise_holds_the_first_input_timer_for_5000_ms_and_no_longer():
    stage = Stage(yes_no()).answer().prompt_ends()
    stage.wait(4_000)
    stage.post(SpeechStarted(100))
    stage.wait(5_999)
    assert isinstance(stage.call.state, Hearing)
    stage.wait(1)
    assert stage.turns[-1].outcome == "no_input"


def test_words_are_not_cut_off_as_noise_is():
    stage = Stage(yes_no()).answer().prompt_ends()
    speaking(stage, "well let me think about it for a while", ms=15_000)
    assert isinstance(stage.call.state, Hearing)


def test_noise_does_not_reset_the_no_input_ladder():
    stage = Stage(yes_no()).answer().prompt_ends()
    for asked in (1, 2):
        stage.voice(300)
        stage.wait(5_000)
        assert [turn.outcome for turn in stage.turns] == ["no_input"] * asked
        stage.prompt_ends()
    stage.wait(5_000)
    assert stage.entries(AnswerGiven)[0].answer.no_inputs == 3


def test_two_short_noises_are_no_open_answer_together():
    stage = Stage(open_question()).answer().prompt_ends()
    for _ in range(2):
        stage.voice(300)
        stage.wait(1_400)
    assert stage.answers == {}


# -- confidence --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("confidence", "outcome"), [(0.49, "no_match"), (0.5, "confirm"), (0.69, "confirm"), (0.7, "answer")]
)
def test_words_count_from_0_5_and_need_no_read_back_from_0_7(confidence, outcome):
    stage = Stage(yes_no()).answer().prompt_ends()
    stage.say("yes", confidence=confidence)
    assert stage.said.startswith("I didn't understand") is (outcome == "no_match")
    found = "answer" if stage.answers else "confirm" if "I heard" in stage.said else "no_match"
    assert found == outcome


def test_an_answer_is_as_sure_as_its_weakest_part():
    stage = Stage(digits(length=4)).answer().prompt_ends()
    speaking(stage, "four one", 600)
    stage.final("four one", 0.55)
    speaking(stage, "two two", 600)
    stage.final("two two", 0.95)
    silence(stage)
    stage.wait(1_500)
    assert "I heard" in stage.said


def test_two_noes_to_the_read_back_make_the_question_keypad_only():
    stage = Stage(digits(length=2)).answer().prompt_ends()
    for _ in range(2):
        stage.say("four one", confidence=0.6)
        stage.prompt_ends()
        stage.press("2")
        stage.prompt_ends()
    assert stage.listening is None
    stage.press("41")
    assert stage.answers == {"pin": "41"}
