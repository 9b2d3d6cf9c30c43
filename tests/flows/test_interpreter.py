"""The way through a flow: order, branches, languages, consent, transfers, ends."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.answers import Answer, Source, Status, Understood
from app.domain.call import Disposition
from app.domain.errands import ErrandResult, OptOut
from app.domain.speech import BargeIn
from app.flows.expressions import compile_expression
from app.flows.going import MOST_STEPS
from app.flows.interpreter import FlowRun
from app.flows.model import Branch, Flow, Step
from app.flows.questions import grammar_of, is_allowed
from app.flows.sprint import (
    Asked,
    End,
    ErrandEnded,
    Expect,
    Farewell,
    Heard,
    NoInput,
    NoMatch,
    Outcome,
    Skipped,
    Sprint,
    TransferFailed,
    TransferTo,
    Universal,
)
from tests.flows.clinic import (
    HERE,
    age,
    card,
    clinic,
    color,
    consent,
    end,
    flow,
    goto,
    key,
    message,
    text,
    transfer,
    when,
    which_language,
    why,
    yes_no,
)

REFUSE = {Status.REFUSED: "9", Status.DONT_KNOW: "8"}


def play(run: FlowRun, *outcomes: Outcome) -> Sprint:
    sprint = run.start()
    for outcome in outcomes:
        sprint = run.resume(outcome)
    return sprint


def said(sprint: Sprint) -> str:
    return " ".join(prompt.text for prompt in sprint.prompts)


def test_a_flow_runs_to_its_first_question_and_says_what_stands_before_it():
    sprint = FlowRun(flow(message("hi", "Hello."), yes_no())).start()
    assert said(sprint) == "Hello."
    assert isinstance(sprint.wait, Expect)
    assert (sprint.wait.step, sprint.wait.kind, sprint.wait.ask) == ("ready", "yes_no", 1)
    assert sprint.path == ("hi", "ready")


def test_a_flow_without_an_end_step_completes():
    sprint = play(FlowRun(flow(yes_no())), key(True))
    assert sprint.wait == End("", Disposition.COMPLETED)
    assert [answer.value for answer in sprint.settled] == [True]


def test_a_message_keeps_its_rule_of_interruption():
    sprint = FlowRun(flow(message("law", "Hear this.", bargein=BargeIn.NONE))).start()
    assert sprint.prompts[0].bargein is BargeIn.NONE


def test_a_message_with_nothing_to_say_is_not_played():
    assert FlowRun(flow(message("gap", "${missing}"))).start().prompts == ()


def test_last_words_are_not_interrupted():
    sprint = FlowRun(flow(end(prompt=text("Goodbye.")))).start()
    assert sprint.prompts[0].bargein is BargeIn.NONE


def test_a_step_whose_condition_does_not_hold_is_passed_over():
    steps = (color(), yes_no(when=compile_expression('color == "b"')), end())
    assert isinstance(play(FlowRun(flow(*steps)), key("r")).wait, End)
    assert play(FlowRun(flow(*steps)), key("b")).wait.step == "ready"


def test_a_condition_left_open_by_a_refusal_does_not_hold():
    run = FlowRun(flow(age(special=REFUSE, then=(when("age < 18", "minor"),)), end(), end("minor")))
    assert play(run, key(None, "9", Status.REFUSED)).wait.step == "end"
    assert run.answers["age"].status is Status.REFUSED


def test_a_later_refusal_hides_the_earlier_answer_and_the_variable():
    steps = (age(special=REFUSE), yes_no(then=(when("ready", "age"),)), message("echo", "Age ${age}."))
    run = FlowRun(flow(*steps), variables={"age": 7})
    assert said(play(run, key(35), key(True), key(None, "9", Status.REFUSED), key(False))) == "Age."


def test_the_first_branch_that_holds_is_taken():
    branches = (when("age < 18", "minor"), when("age < 30", "young"), Branch("old"))
    steps = (age(then=branches), end("never"), end("minor"), end("young"), end("old"))
    for years, step in ((17, "minor"), (29, "young"), (30, "old")):
        assert play(FlowRun(flow(*steps)), key(years)).wait.step == step


def test_goto_follows_labels_and_conditions():
    steps = (yes_no(), goto("bye", when=compile_expression("ready")), end("near"), end("far", label="bye"))
    assert play(FlowRun(flow(*steps)), key(True)).wait.step == "far"
    assert play(FlowRun(flow(*steps)), key(False)).wait.step == "near"


@pytest.mark.parametrize("steps", [(goto("jump"),), (message("a", "Ah."), goto("a"))])
def test_a_flow_that_loops_without_a_wait_ends_with_an_error_and_says_so(steps):
    sprint = FlowRun(flow(*steps)).start()
    assert sprint.wait.disposition is Disposition.ERROR
    assert len(sprint.path) == MOST_STEPS
    assert said(sprint).startswith("I'm sorry, something went wrong")


def test_variables_and_labels_are_piped_into_prompts():
    run = FlowRun(flow(color(), message("echo", "${name} likes ${color}.")), variables={"name": "Ann"})
    assert said(play(run, key("r", label="crimson"))) == "Ann likes red."


def test_a_number_is_piped_by_the_label_the_caller_heard():
    assert said(play(FlowRun(flow(age(), message("echo", "You are ${age}."))), key(35))) == "You are 35."


def test_a_sensitive_answer_is_spoken_only_in_a_sensitive_utterance():
    sprint = play(
        FlowRun(flow(card(sensitive=True), message("echo", "Card ${card}. Fine."), message("b", "Bye."))),
        key("1234", "1234"),
    )
    assert [u.sensitive for prompt in sprint.prompts for u in prompt.utterances] == [True, True, False]
    assert "1234" not in said(sprint)
    assert sprint.settled[0].sensitive


def test_before_a_language_is_chosen_each_is_spoken_in_its_own_voice():
    wait = FlowRun(flow(which_language())).start().wait
    assert [(u.locale, u.voice) for u in wait.prompt.utterances] == [("en-US", "Joanna"), ("es-US", "Lupe")]
    assert wait.kind == "language"


def test_the_chosen_language_is_spoken_from_then_on():
    run = FlowRun(flow(which_language(), color()))
    sprint = play(run, key("es", "2"))
    assert (sprint.language, run.language) == ("es", "es")
    assert sprint.wait.prompt.text == "¿Rojo o azul?"
    assert sprint.wait.grammar.locale == "es-US"
    assert [option.label for option in sprint.wait.grammar.body.options] == ["rojo", "azul"]
    assert sprint.settled[0].value == "es"


def test_a_caller_who_chooses_no_language_goes_on_in_the_first():
    run = FlowRun(flow(which_language(), color()))
    sprint = play(run, NoInput(), NoInput(), NoInput())
    assert (run.language, sprint.wait.prompt.text) == ("en", "Red or blue?")
    assert run.answers["lang"].status is Status.NO_INPUT


def test_consent_allows_recording_and_a_no_forbids_it():
    steps = (consent(), yes_no(), end(), end("refusing", Disposition.REFUSED))
    allowed = play(FlowRun(flow(*steps)), key(True))
    assert (allowed.recording, allowed.wait.step) == (True, "ready")
    denied = play(FlowRun(flow(*steps)), key(False))
    assert (denied.recording, denied.wait) == (False, End("refusing", Disposition.REFUSED))


def test_consent_to_the_survey_alone_decides_nothing_about_recording():
    steps = (consent(covers=frozenset({"survey"})), end(), end("refusing"))
    assert play(FlowRun(flow(*steps)), key(True)).recording is None


@pytest.mark.parametrize(
    "outcomes",
    [(NoInput(),) * 3, (NoMatch(Source.KEY, "5"),) * 3, (key(None, "9", Status.REFUSED),), (Skipped(),)],
)
def test_silence_is_no_consent(outcomes):
    steps = (consent(special=REFUSE, required=False), yes_no(), end("refusing", Disposition.REFUSED))
    sprint = play(FlowRun(flow(*steps)), *outcomes)
    assert (sprint.wait.step, sprint.recording) == ("refusing", False)


def test_who_hangs_up_after_refusing_the_survey_refused():
    steps = (consent(on_no="reason"), end(), why("reason"))
    run = FlowRun(flow(*steps))
    play(run, key(False))
    assert run.disposition_on_hang_up() is Disposition.REFUSED


def test_who_refuses_only_the_recording_breaks_off_like_anybody():
    steps = (consent(on_no="reason", covers=frozenset({"recording"})), end(), why("reason"))
    run = FlowRun(flow(*steps))
    play(run, key(False))
    assert run.disposition_on_hang_up() is Disposition.BREAK_OFF


def test_a_hang_up_is_partial_only_after_every_answer_that_makes_it_so():
    run = FlowRun(flow(color(special=REFUSE), age(), yes_no(), partial_if=("color", "age")))
    run.start()
    assert run.disposition_on_hang_up() is Disposition.BREAK_OFF
    run.resume(key("r"))
    assert run.disposition_on_hang_up() is Disposition.BREAK_OFF
    run.resume(key(35))
    assert run.disposition_on_hang_up() is Disposition.PARTIAL


def test_a_refused_answer_makes_no_partial():
    run = FlowRun(flow(color(special=REFUSE), yes_no(), partial_if=("color",)))
    play(run, key(None, "9", Status.REFUSED))
    assert run.disposition_on_hang_up() is Disposition.BREAK_OFF


def test_a_hang_up_during_the_last_words_keeps_their_disposition():
    run = FlowRun(flow(end(prompt=text("Goodbye."))))
    run.start()
    assert run.disposition_on_hang_up() is Disposition.COMPLETED


def test_a_transfer_waits_and_a_hang_up_then_is_one_like_any_other():
    run = FlowRun(flow(transfer(prompt=text("One moment."))))
    sprint = run.start()
    assert sprint.wait == TransferTo("person", "+15550100")
    assert said(sprint) == "One moment."
    assert run.disposition_on_hang_up() is Disposition.BREAK_OFF
    assert run.resume(NoInput()) == Sprint(sprint.wait, language="en")


def test_a_transfer_that_fails_goes_on_where_the_flow_says():
    run = FlowRun(flow(transfer(on_fail="later"), end(), end("later", Disposition.CALLBACK)))
    assert play(run, TransferFailed()).wait.step == "later"
    run = FlowRun(flow(transfer(), end()))
    sprint = play(run, TransferFailed())
    assert sprint.wait.step == "end"
    assert "nobody can take your call" in said(sprint)


def test_a_transfer_to_nowhere_counts_as_failed_at_once():
    run = FlowRun(flow(transfer(number="${clinic_phone}", on_fail="later"), end(), end("later")))
    assert run.start().wait.step == "later"
    run = FlowRun(flow(transfer(number="${clinic_phone}")), variables={"clinic_phone": "+15550123"})
    assert run.start().wait == TransferTo("person", "+15550123")


def test_the_operator_is_reached_from_any_question():
    run = FlowRun(flow(yes_no(), transfer(label="operator")))
    assert play(run, Asked(Universal.OPERATOR)).wait == TransferTo("person", "+15550100")
    assert run.answers == {}


def test_stop_leads_to_the_flows_own_way_out():
    steps = (yes_no(), end(), end("stop", Disposition.OPTED_OUT, label="optout", prompt=text("Understood.")))
    run = FlowRun(flow(*steps))
    assert play(run, Asked(Universal.OPT_OUT)).wait.errand == OptOut("ready")
    assert run.disposition_on_hang_up() is Disposition.OPTED_OUT
    sprint = run.resume(ErrandEnded(ErrandResult(ok=True)))
    assert sprint.wait == End("stop", Disposition.OPTED_OUT)
    assert said(sprint) == "Understood."


def test_stop_ends_the_call_kindly_where_the_flow_has_no_way_out():
    run = FlowRun(flow(message("hi", "Hi."), yes_no()))
    assert play(run, Asked(Universal.OPT_OUT)).prompts == ()
    sprint = run.resume(ErrandEnded(ErrandResult(ok=True)))
    assert sprint.wait == End("ready", Disposition.OPTED_OUT)
    assert "we won't call you again" in said(sprint)


def test_what_arrives_after_the_end_changes_nothing():
    run = FlowRun(flow(yes_no()))
    play(run, key(True))
    assert run.resume(key(False)) == Sprint(End("", Disposition.COMPLETED), language="en")
    assert run.answers["ready"].value is True


def test_a_run_that_was_never_started_starts():
    assert FlowRun(flow(yes_no())).resume(NoInput()).wait.ask == 1
    assert FlowRun(flow(yes_no())).again().wait.ask == 1


def test_after_a_lost_line_the_question_is_asked_again_at_no_cost():
    run = FlowRun(flow(message("hi", "Hello."), color()))
    play(run, NoInput())
    sprint = run.again()
    assert sprint.wait.prompt.text == "Sorry, we were cut off. Let's go on. Red or blue?"
    assert sprint.wait.ask == 2
    assert sprint.prompts == ()
    assert run.resume(NoInput()).wait.ask == 3


def test_after_a_lost_line_the_last_words_are_said_again():
    run = FlowRun(flow(yes_no(), message("sum", "Done."), end(prompt=text("Goodbye."))))
    play(run, key(True))
    assert said(run.again()) == "Goodbye."
    assert run.again().wait == End("end", Disposition.COMPLETED)


def test_after_a_lost_line_a_transfer_is_tried_again():
    run = FlowRun(flow(transfer()))
    run.start()
    assert run.again() == Sprint(TransferTo("person", "+15550100"), language="en")


@pytest.mark.parametrize("kind", list(Farewell))
def test_every_farewell_is_said_in_the_callers_language(kind):
    run = FlowRun(flow(which_language(), yes_no()))
    run.start()
    assert run.farewell(kind).utterances[0].locale == "en-US"
    run.resume(key("es", "2"))
    assert run.farewell(kind).utterances[0].voice == "Lupe"
    assert run.farewell(kind).bargein is BargeIn.NONE


def test_giving_up_on_a_question_goes_on_where_the_flow_says():
    steps = (yes_no(on_fail="later"), end(), end("later", Disposition.CALLBACK))
    assert play(FlowRun(flow(*steps)), *(NoInput(),) * 3).wait.step == "later"


def test_giving_up_by_the_operator_needs_one():
    silence = (NoInput(),) * 3
    with_one = flow(yes_no(on_fail="operator"), end(), transfer(label="operator"))
    assert play(FlowRun(with_one), *silence).wait.step == "person"
    without = play(FlowRun(flow(yes_no(on_fail="operator"), end())), *silence)
    assert without.wait.step == "end"
    assert "skip that one" in said(without)


def test_giving_up_by_ending_says_goodbye_and_why():
    run = FlowRun(flow(yes_no(on_fail="end")))
    sprint = play(run, *(NoInput(),) * 3)
    assert sprint.wait == End("ready", Disposition.NO_INPUT)
    assert said(sprint) == "Thank you for your time. Goodbye."
    wrong = (NoMatch(Source.KEY, "5"),) * 3
    assert play(FlowRun(flow(yes_no(on_fail="end"))), *wrong).wait.disposition is Disposition.BREAK_OFF
    late = flow(color(), yes_no(on_fail="end"), partial_if=("color",))
    assert play(FlowRun(late), key("r"), *wrong).wait.disposition is Disposition.PARTIAL


def test_a_question_asked_anew_starts_with_fresh_attempts():
    run = FlowRun(flow(yes_no(), color(then=(when('color == "b"', "ready"),)), end()))
    again = play(run, NoInput(), NoInput(), key(True), key("b"))
    assert (again.wait.step, again.wait.ask) == ("ready", 1)
    play_on = run.resume(key(False))
    assert run.answers["ready"].asks == 1
    assert play_on.wait.step == "color"


def test_a_step_that_neither_speaks_nor_waits_leads_on():
    assert FlowRun(flow(Step(name="nothing", place=HERE), yes_no())).start().path == ("nothing", "ready")


# -- laws over random histories --------------------------------------------------------------------------

STATUSES = st.sampled_from([Status.OK, Status.REFUSED, Status.DONT_KNOW])
VALUES = st.one_of(
    st.sampled_from(["en", "es", "r", "b", "1234", "x", True, False, 35, 12, 999, None, ""]),
    st.integers(-5, 200),
    st.text(max_size=6),
    st.floats(allow_nan=False),
)
HEARD = st.builds(
    Heard,
    st.builds(Understood, VALUES, st.text(max_size=8), st.floats(0, 1), STATUSES),
    st.sampled_from(Source),
    st.text(max_size=8),
)
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    HEARD,
    HEARD,
    st.just(key(True)),
    st.just(NoInput()),
    st.builds(NoMatch, st.sampled_from(Source), st.text(max_size=4)),
    st.just(Skipped()),
    st.builds(Asked, st.sampled_from(Universal)),
    st.just(TransferFailed()),
)
HISTORIES = st.lists(OUTCOMES, max_size=40)
LEADING = (key("es", "2"), key(True), key("b"), key(35))


def history(run: FlowRun, outcomes: list[Outcome]) -> list[Sprint]:
    return [run.start(), *(run.resume(outcome) for outcome in outcomes)]


@settings(max_examples=150, deadline=None)
@given(HISTORIES, st.integers(0, len(LEADING)))
def test_no_history_raises_and_the_same_history_gives_the_same_way(outcomes, lead):
    outcomes = [*LEADING[:lead], *outcomes]
    first, second = FlowRun(clinic(), seed="7"), FlowRun(clinic(), seed="7")
    assert history(first, outcomes) == history(second, outcomes)
    assert first.answers == second.answers
    assert first.again() == second.again()
    assert first.disposition_on_hang_up() in Disposition


def is_possible(answer: Answer, survey: Flow) -> bool:
    step = next(step for step in survey.steps if step.name == answer.slot)
    grammar = grammar_of(step, survey, survey.languages["en"])
    return is_allowed(grammar, Understood(answer.value, ""))


@settings(max_examples=150, deadline=None)
@given(HISTORIES, st.integers(0, len(LEADING)))
def test_no_history_stores_a_value_that_the_question_does_not_allow(outcomes, lead):
    survey = clinic()
    run = FlowRun(survey)
    history(run, [*LEADING[:lead], *outcomes])
    given_values = [answer for answer in run.answers.values() if answer.status is Status.OK]
    assert all(is_possible(answer, survey) for answer in given_values)


@settings(max_examples=100, deadline=None)
@given(HISTORIES)
def test_an_end_is_the_last_word_of_every_history(outcomes):
    ended: End | None = None
    for sprint in history(FlowRun(clinic()), [*LEADING, *outcomes]):
        assert ended is None or sprint.wait == ended
        ended = sprint.wait if isinstance(sprint.wait, End) else None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.just(NoInput()), st.builds(NoMatch, st.just(Source.KEY), st.just("5")))))
def test_no_question_is_asked_more_often_than_its_attempts_allow(outcomes):
    for sprint in history(FlowRun(clinic()), outcomes):
        assert not isinstance(sprint.wait, Expect) or sprint.wait.ask <= 3
