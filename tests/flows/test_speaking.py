"""Utterances: one a sentence, recordings and SSML whole, sensitive values kept out of sight."""

from dataclasses import replace

from app.domain.speech import Utterance
from app.flows.expressions import parse_piped
from app.flows.interpreter import FlowRun
from app.flows.model import Say
from app.flows.speaking import Known, say
from tests.flows.clinic import ENGLISH, age, color, end, flow, key, message, yes_no

KNOWN = Known({"age": 35, "name": "A & B"}, {}, frozenset({"age"}))


def test_each_sentence_is_an_utterance_in_the_languages_voice():
    said = say(Say(parse_piped("Hello. How are you?")), ENGLISH, KNOWN)
    assert said == (Utterance("Hello.", "en-US", "Joanna"), Utterance("How are you?", "en-US", "Joanna"))


def test_a_recording_is_played_whole_with_its_transcript():
    (said,) = say(Say(parse_piped("One. Two."), audio="a.wav"), ENGLISH, KNOWN)
    assert (said.text, said.audio, said.ssml) == ("One. Two.", "a.wav", None)


def test_ssml_is_spoken_whole_with_piped_values_escaped():
    ssml = parse_piped("<speak>${name}</speak>")
    (said,) = say(Say(parse_piped("Hello ${name}."), ssml=ssml), ENGLISH, KNOWN)
    assert (said.text, said.ssml) == ("Hello A & B.", "<speak>A &amp; B</speak>")


def test_a_sensitive_value_marks_what_it_is_spoken_in_even_inside_ssml():
    (said,) = say(Say(parse_piped("Age."), ssml=parse_piped("<speak>${age}</speak>")), ENGLISH, KNOWN)
    assert said.sensitive
    assert all(u.sensitive for u in say(Say(parse_piped("You are ${age + 1}. Good.")), ENGLISH, KNOWN))


def kept(text, known):
    return [(said.text, said.kept) for said in say(Say(parse_piped(text)), ENGLISH, known)]


def test_the_sound_of_what_is_said_to_one_caller_is_not_kept_and_of_the_rest_it_is():
    text = "Good morning. Hello ${name}. How  are you? Is it ${name}?"
    assert kept(text, Known({"name": "Anna"})) == [
        ("Good morning.", True),
        ("Hello Anna.", False),
        ("How are you?", True),
        ("Is it Anna?", False),
    ]
    (said,) = say(Say(parse_piped("Hi."), ssml=parse_piped("<speak>${name}</speak>")), ENGLISH, KNOWN)
    assert not said.kept
    assert not said.is_cacheable


def test_a_listed_answer_of_the_call_may_be_kept_and_any_other_not():
    steps = (color(), age(), yes_no())
    echoes = (message("first", "You like ${color}."), message("second", "You are ${age}. Fine."))
    run = FlowRun(flow(*steps, *echoes, end()))
    run.start()
    for value in ("r", 44):
        run.resume(key(value))
    said = [each for prompt in run.resume(key(True)).prompts for each in prompt.utterances]
    assert [(each.text, each.kept) for each in said[:3]] == [
        ("You like red.", True),
        ("You are 44.", False),
        ("Fine.", True),
    ]


def test_a_label_that_the_flow_lists_is_said_to_many_and_kept():
    known = Known({"ward": "er"}, {"ward": "the emergency room"}, listed=frozenset({"ward"}))
    assert kept("You were in ${ward}.", known) == [("You were in the emergency room.", True)]
    (said,) = say(Say(parse_piped("Hi ${ward}."), audio="a.wav"), ENGLISH, known)
    assert said.kept


def test_the_voices_lexicons_go_with_every_utterance():
    spec = replace(ENGLISH, lexicons=("names",))
    for said in (parse_piped("One. Two."), parse_piped("Hi.")):
        assert all(u.lexicons == ("names",) for u in say(Say(said, audio=None), spec, KNOWN))
    assert say(Say(parse_piped("Hi."), audio="a.wav"), spec, KNOWN)[0].lexicons == ("names",)
