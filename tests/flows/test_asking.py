"""The rules of one question: attempts, escalation, read-back, requests (dialogue-rules.md)."""

from dataclasses import replace

import pytest

from app.domain.answers import LOOSE, SURE, Answer, Source, Status
from app.domain.grammar import Choices, Digits, FreeText, Number, YesNo, read_speech
from app.flows.asking import Leaves, OpenQuestion, Settled, Verdict
from app.flows.model import Choice, Confirm, Question
from app.flows.speaking import Known
from app.flows.sprint import (
    Asked,
    Expect,
    NoInput,
    NoMatch,
    Outcome,
    Policy,
    Skipped,
    TransferFailed,
    Universal,
)
from tests.flows.clinic import (
    DTMF_ONLY,
    ENGLISH,
    SPANISH,
    SPEECH_ONLY,
    age,
    card,
    color,
    consent,
    flow,
    key,
    spoken,
    text,
    transfer,
    which_language,
    why,
    yes_no,
)

WRONG = NoMatch(Source.KEY, "7")
REPEAT, HELP, OPERATOR, OPT_OUT = (Asked(universal) for universal in Universal)


def opened(step: Question, universals=None, *others) -> OpenQuestion:
    languages = (ENGLISH, SPANISH) if step.name == "lang" else (ENGLISH,)
    return OpenQuestion(flow(step, *others, universals=universals), step, languages, Known())


def take(question: OpenQuestion, *outcomes: Outcome) -> Verdict:
    verdict: Verdict = question.ask()
    for outcome in outcomes:
        verdict = question.take(outcome)
    return verdict


def prompt(verdict: Verdict) -> str:
    assert isinstance(verdict, Expect)
    return verdict.prompt.text


def answer(verdict: Verdict) -> Answer:
    assert isinstance(verdict, Settled)
    return verdict.answer


# -- attempts and escalation -----------------------------------------------------------------------------


def test_three_silences_settle_a_question_as_no_input():
    verdict = take(opened(yes_no()), NoInput(), NoInput(), NoInput())
    assert verdict.failed
    settled = answer(verdict)
    assert (settled.status, settled.value, settled.source) == (Status.NO_INPUT, None, Source.NONE)
    assert (settled.asks, settled.no_inputs, settled.no_matches) == (3, 3, 0)


def test_three_asks_in_all_are_made_of_silences_and_wrong_answers_together():
    settled = answer(take(opened(yes_no()), NoInput(), NoInput(), WRONG))
    assert (settled.status, settled.raw) == (Status.NO_MATCH, "7")
    assert (settled.asks, settled.no_inputs, settled.no_matches) == (3, 2, 1)


def test_a_question_keeps_to_its_own_number_of_attempts():
    assert take(opened(yes_no(max_attempts=1)), NoInput()).failed


def test_silence_and_wrong_answers_escalate_each_on_their_own():
    step = yes_no(
        max_attempts=9, noinput=(text("Silent once."), text("Silent twice.")), nomatch=(text("Wrong once."),)
    )
    question = opened(step)
    heard = [prompt(question.take(o)) for o in (NoInput(), WRONG, NoInput(), WRONG, NoInput())]
    assert [line.removesuffix(" Are you ready?") for line in heard] == [
        "Silent once.",
        "Wrong once.",
        "Silent twice.",
        "Wrong once.",
        "Silent twice.",
    ]


def test_a_flow_that_writes_no_escalation_uses_the_languages_own():
    question = opened(yes_no(max_attempts=9))
    assert prompt(question.take(NoInput())) == "I didn't hear anything. Are you ready?"
    assert prompt(question.take(WRONG)) == "I didn't understand that. Are you ready?"
    assert prompt(question.take(NoInput())).startswith("I still can't hear you.")
    assert prompt(question.take(NoInput())) == prompt(question.take(NoInput()))


def test_an_ask_is_numbered_by_the_attempts_before_it():
    assert take(opened(yes_no()), NoInput(), WRONG).ask == 3


def test_a_choice_of_language_escalates_in_each_language():
    said = prompt(take(opened(which_language()), NoInput()))
    assert said == (
        "I didn't hear anything. For English, press 1. No he oído nada. Para español, oprima el 2."
    )


def test_an_outcome_of_another_wait_asks_again_at_no_cost():
    assert take(opened(yes_no()), TransferFailed()).ask == 1


# -- answers ---------------------------------------------------------------------------------------------


def test_an_answer_keeps_how_it_came():
    settled = answer(take(opened(age()), NoInput(), key(35, "35", label="thirty five")))
    assert settled == Answer(
        "age", 35, "thirty five", Status.OK, Source.KEY, "35", 1.0, 2, 1, 0, "en", sensitive=False
    )


def test_a_special_answer_has_a_status_and_no_value():
    step = age(special={Status.REFUSED: "999"})
    settled = answer(take(opened(step), key("whatever", "999", Status.REFUSED)))
    assert (settled.status, settled.value, settled.raw) == (Status.REFUSED, None, "999")


def test_a_way_out_that_the_question_does_not_offer_is_no_match():
    assert take(opened(age()), key(None, "999", Status.REFUSED)).ask == 2


@pytest.mark.parametrize(
    ("step", "value"),
    [
        (yes_no(), "yes"),
        (color(), "g"),
        (age(), 111),
        (age(), -1),
        (age(), True),
        (age(), "35"),
        (card(), "12345"),
        (card(), "12a4"),
        (card(), 1234),
        (why(), 3),
    ],
)
def test_a_value_that_the_question_does_not_allow_is_no_match(step, value):
    assert take(opened(step), key(value)).ask == 2


@pytest.mark.parametrize(
    ("step", "value"), [(yes_no(), False), (color(), "b"), (age(), 0), (card(), "0012"), (why(), "because")]
)
def test_a_value_that_the_question_allows_settles_it(step, value):
    assert answer(take(opened(step), key(value))).value == value


def test_an_optional_question_is_passed_by_the_terminator_alone():
    settled = answer(take(opened(yes_no(required=False)), Skipped()))
    assert (settled.status, settled.raw, settled.source) == (Status.REFUSED, "#", Source.KEY)


def test_a_question_that_must_be_answered_is_not_passed_by_the_terminator():
    assert take(opened(yes_no()), Skipped()).ask == 2


# -- confidence and read-back ----------------------------------------------------------------------------


def test_words_heard_badly_are_no_match():
    assert take(opened(color()), spoken("r", 0.49, "red")).ask == 2


def test_words_heard_so_so_are_read_back():
    verdict = take(opened(color()), spoken("r", 0.5, "red"))
    assert prompt(verdict) == "I heard red. Is that right?"
    assert (verdict.confirming, verdict.flushes_type_ahead, verdict.ask) == (True, True, 1)
    assert verdict.grammar.body == YesNo()


def test_a_read_back_is_kept_where_the_flow_lists_what_it_says():
    rating = replace(age(), kind="rating", maximum=5)
    asked = [(color(), "r", "red"), (age(), 44, "44"), (rating, 4, "4")]
    read = [take(opened(step), spoken(value, 0.5, said)).prompt.utterances for step, value, said in asked]
    assert [(each.text, each.kept) for utterances in read for each in utterances] == [
        ("I heard red.", True),
        ("Is that right?", True),
        ("I heard 44.", False),
        ("Is that right?", True),
        ("I heard 4.", True),
        ("Is that right?", True),
    ]


def test_words_heard_well_count_at_once():
    assert answer(take(opened(color()), spoken("r", 0.7, "red"))).confidence == 0.7


def test_what_is_only_loosely_understood_is_read_back_typed_or_spoken():
    for source in (Source.SPEECH, Source.TEXT):
        assert take(opened(age()), replace(spoken(5, LOOSE), source=source)).confirming
        assert isinstance(take(opened(age()), replace(spoken(5, SURE), source=source)), Settled)


def test_a_number_in_a_unit_that_the_question_does_not_name_is_no_answer():
    def heard(asked: str, said: str) -> object:
        grammar = opened(age(prompt=text(asked))).ask().grammar
        answer = read_speech(grammar, said, 1.0).answer
        return None if answer is None else answer.value

    assert [heard("How old are you?", said) for said in ("six months", "six years", "six")] == [None, 6, 6]
    assert heard("For how many months?", "six months") == 6


def test_keys_are_read_back_only_where_the_flow_asks_for_it():
    assert isinstance(take(opened(color()), key("r")), Settled)
    assert take(opened(color(confirm=Confirm.ALWAYS)), key("r")).confirming


def test_nothing_is_read_back_where_the_flow_forbids_it():
    assert isinstance(take(opened(color(confirm=Confirm.NEVER)), spoken("r", 0.5)), Settled)


def test_an_answer_without_a_label_is_read_back_by_its_value():
    assert prompt(take(opened(color()), spoken("r", 0.6, ""))) == "I heard r. Is that right?"


def test_a_yes_accepts_what_was_read_back():
    settled = answer(take(opened(color()), spoken("r", 0.6, "red"), key(True)))
    assert (settled.value, settled.source, settled.confidence, settled.raw) == (
        "r",
        Source.SPEECH,
        0.6,
        "red",
    )


def test_a_yes_heard_so_so_still_accepts():
    assert isinstance(take(opened(color()), spoken("r", 0.6), spoken(True, 0.55)), Settled)


def test_a_no_asks_again_without_costing_an_attempt():
    verdict = take(opened(color()), spoken("r", 0.6), key(False))
    assert prompt(verdict) == "Red or blue?"
    assert not verdict.confirming
    settled = answer(take(opened(color()), spoken("r", 0.6), key(False), key("b")))
    assert (settled.value, settled.asks, settled.no_matches) == ("b", 2, 0)


def test_two_noes_make_the_question_keypad_only_and_say_so():
    verdict = take(opened(color()), *(spoken("r", 0.6), key(False)) * 2)
    assert prompt(verdict) == "Please use the keypad. Red or blue?"
    assert not verdict.policy.speech


def test_a_number_can_be_keyed_after_two_noes():
    assert not take(opened(age()), *(spoken(35, 0.6), key(False)) * 2).policy.speech


@pytest.mark.parametrize("step", [color(policy=SPEECH_ONLY), why(confirm=Confirm.ALWAYS)])
def test_a_question_that_keys_cannot_answer_never_becomes_keypad_only(step):
    value = "r" if step.name == "color" else "because"
    verdict = take(opened(step), *(spoken(value, 0.6), key(False)) * 2)
    assert verdict.policy.speech
    assert "keypad" not in prompt(verdict)


def test_a_caller_who_says_no_for_ever_is_not_asked_for_ever():
    verdict = take(opened(color(confirm=Confirm.ALWAYS)), *(key("r"), key(False)) * 5)
    assert verdict.failed
    assert answer(verdict).status is Status.NO_MATCH


def test_a_read_back_has_attempts_of_its_own():
    question = opened(color())
    take(question, spoken("r", 0.6, "red"))
    assert prompt(question.take(NoInput())) == "I didn't hear anything. I heard red. Is that right?"
    assert prompt(question.take(WRONG)) == "I didn't understand that. I heard red. Is that right?"
    verdict = question.take(Skipped())
    assert (prompt(verdict), verdict.ask) == ("Red or blue?", 2)
    settled = answer(question.take(key("b")))
    assert (settled.no_inputs, settled.no_matches) == (0, 0)


def test_a_read_back_answered_badly_is_asked_again():
    for unclear in (spoken(True, 0.4), key("r")):
        assert take(opened(color()), spoken("r", 0.6), unclear).confirming


def test_the_next_read_back_starts_with_fresh_attempts():
    verdict = take(opened(color()), spoken("r", 0.6), NoInput(), NoInput(), NoInput(), spoken("b", 0.6))
    assert verdict.confirming
    again = take(opened(color()), spoken("r", 0.6), *(NoInput(),) * 3, spoken("b", 0.6), NoInput(), NoInput())
    assert again.confirming


def test_a_language_heard_so_so_is_asked_for_again_rather_than_read_back():
    verdict = take(opened(which_language()), spoken("es", 0.6, "Español"))
    assert (verdict.confirming, verdict.ask) == (False, 2)


def test_an_open_answer_counts_however_badly_its_words_were_recognised():
    assert answer(take(opened(why()), spoken("mumble", 0.1))).value == "mumble"


def test_a_sensitive_answer_is_read_back_only_in_sensitive_utterances():
    verdict = take(opened(card(sensitive=True, confirm=Confirm.ALWAYS)), key("1234", "1234"))
    assert all(utterance.sensitive for utterance in verdict.prompt.utterances)
    assert verdict.sensitive


# -- requests that are open at every question ------------------------------------------------------------


def test_repeat_says_the_question_again_at_no_cost():
    verdict = take(opened(color()), NoInput(), REPEAT)
    assert (prompt(verdict), verdict.ask) == ("Red or blue?", 2)


def test_repeat_during_a_read_back_repeats_the_read_back():
    assert prompt(take(opened(color()), spoken("r", 0.6, "red"), REPEAT)) == "I heard red. Is that right?"


def test_help_says_what_the_flow_says_or_how_to_answer():
    assert prompt(take(opened(color(help=text("Say red."))), HELP)) == "Say red. Red or blue?"
    assert prompt(take(opened(color()), HELP)).startswith("You can press keys or speak.")


@pytest.mark.parametrize("request_", [REPEAT, HELP, OPERATOR])
def test_each_request_is_free_three_times(request_):
    assert take(opened(color()), *(request_,) * 3).ask == 1
    assert take(opened(color()), *(request_,) * 4).ask == 2


def test_requests_are_counted_each_on_its_own():
    assert take(opened(color()), *(REPEAT, HELP) * 3).ask == 1


def test_the_operator_is_not_promised_where_there_is_none():
    assert prompt(take(opened(color()), OPERATOR)).startswith("I'm sorry, nobody can take your call")


def test_the_operator_leads_away_where_there_is_one():
    person = transfer("operator")
    assert take(opened(color(), None, person), OPERATOR) == Leaves(Universal.OPERATOR)


def test_stop_always_leads_away():
    assert take(opened(color()), OPT_OUT) == Leaves(Universal.OPT_OUT)


def test_a_request_that_the_flow_switched_off_is_no_match():
    keys = {Universal.REPEAT: "", Universal.OPT_OUT: "*9"}
    verdict = take(opened(color(), keys), REPEAT)
    assert verdict.ask == 2
    assert verdict.universals == {"*9": Universal.OPT_OUT}
    assert set(verdict.universal_phrases.values()) == {Universal.OPT_OUT}


def test_requests_may_be_spoken_in_the_callers_language():
    assert take(opened(color())).universal_phrases["repeat that"] is Universal.REPEAT
    spanish = OpenQuestion(flow(color()), color(), (SPANISH,), Known()).ask()
    assert "repeat that" not in spanish.universal_phrases


def test_words_that_name_a_choice_choose_it_and_do_not_call_the_operator():
    someone = Choice("talk", "3", {"en": "Talk to someone", "es": "Hablar con alguien"})
    phrases = opened(color(choices=(someone,))).ask().universal_phrases
    assert "talk to someone" not in phrases
    assert phrases["speak to someone"] is Universal.OPERATOR


# -- what the engine is told -----------------------------------------------------------------------------


def test_each_kind_of_question_names_itself_and_its_grammar():
    steps = (yes_no(), color(), age(), age(kind="rating"), card(), why(), consent(), which_language())
    asked = [opened(step).ask() for step in steps]
    assert [(expect.kind, type(expect.grammar.body)) for expect in asked] == [
        ("yes_no", YesNo),
        ("select_one", Choices),
        ("numeric", Number),
        ("rating", Number),
        ("digits", Digits),
        ("open", FreeText),
        ("consent", YesNo),
        ("language", Choices),
    ]


def test_choices_carry_their_words_in_lower_case():
    red, blue = opened(color()).ask().grammar.body.options
    assert (red.key, red.label, red.phrases) == ("1", "red", ("red", "crimson"))
    assert blue.phrases == ("blue",)


def test_languages_are_chosen_by_key_or_by_name():
    english, spanish = opened(which_language()).ask().grammar.body.options
    assert (english.key, english.value, english.phrases) == ("1", "en", ("english",))
    assert spanish.value == "es"


def test_ways_out_of_a_question_carry_their_key():
    step = color(special={Status.REFUSED: "9", Status.DONT_KNOW: ""})
    refused, unknown = opened(step).ask().grammar.specials
    assert (refused.status, refused.key) == (Status.REFUSED, "9")
    assert (unknown.status, unknown.key) == (Status.DONT_KNOW, None)


def test_keys_pressed_before_a_delicate_question_do_not_answer_it():
    assert opened(consent()).ask().flushes_type_ahead
    assert opened(card(sensitive=True)).ask().flushes_type_ahead
    assert not opened(color()).ask().flushes_type_ahead


def test_an_open_answer_is_kept_as_audio_unless_it_is_sensitive():
    assert opened(why()).ask().keep_audio
    assert not opened(why(sensitive=True)).ask().keep_audio
    assert not opened(color()).ask().keep_audio


def test_the_authors_policy_and_freedom_to_skip_reach_the_engine():
    expect = opened(color(policy=DTMF_ONLY, required=False)).ask()
    assert (expect.policy, expect.optional) == (Policy(speech=False), True)
