"""What can be spoken before anybody calls."""

from app.flows.expressions import parse_piped
from app.flows.fixed import fixed_utterances
from app.flows.interpreter import FlowRun
from app.flows.model import Confirm, Message, Say
from app.flows.sprint import Farewell
from tests.flows.clinic import HERE, age, clinic, color, end, flow, goto, key, message, text, transfer


def texts(*steps):
    return [utterance.text for utterance in fixed_utterances(flow(*steps)) if utterance.locale == "en-US"]


def test_every_text_of_a_question_is_made_ready():
    step = color(noinput=(text("Silent."),), nomatch=(text("Wrong."),), help=text("Say red."))
    assert texts(step)[:4] == ["Red or blue?", "Silent.", "Wrong.", "Say red."]


def test_the_read_back_of_each_choice_is_made_ready_where_it_can_happen():
    assert "I heard red." in texts(color())
    assert "I heard red." not in texts(color(confirm=Confirm.NEVER))
    assert "I heard red." not in texts(color(sensitive=True))


def test_what_a_call_fills_in_is_left_to_the_call():
    assert texts(message("m", "Hello ${name}. Welcome."))[0] == "Welcome."
    ssml = Say(parse_piped("Hi."), ssml=parse_piped("<speak>${a}</speak>"))
    assert "Hi." not in texts(Message(name="m", place=HERE, prompt={"en": ssml, "es": ssml}))


def test_steps_that_say_nothing_add_nothing():
    assert texts(goto("jump")) == texts(transfer()) == texts(end()) == texts()


def test_each_utterance_is_made_once():
    once = fixed_utterances(flow(age("a"), age("b")))
    assert len(once) == len(set(once))


def test_a_call_finds_its_fixed_prompts_ready():
    ready = set(fixed_utterances(clinic()))
    run = FlowRun(clinic())
    sprints = [run.start(), run.resume(key("en")), run.resume(key(True)), run.resume(key("r"))]
    spoken = [u for s in sprints for p in (*s.prompts, s.wait.prompt) for u in p.utterances]
    assert ready.issuperset(spoken)
    assert ready.issuperset(u for kind in Farewell for u in run.farewell(kind).utterances)
