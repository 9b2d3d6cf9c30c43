"""An answer, or a request: which of them words are, at every kind of question and in every language."""

from dataclasses import replace

import pytest

from app.domain.grammar import SpeechReading, read_speech
from app.domain.languages import LANGUAGES
from app.domain.speech import Prompt
from app.engine.understanding import understand
from app.flows.model import LanguageSpec
from app.flows.questions import universal_phrases
from app.flows.sprint import Asked, Expect, Heard, Universal
from tests.domain.phrases import in_words, lines
from tests.domain.questions import LOCALES, question
from tests.engine.stage import flow, message

QUESTIONS = (
    "yes_no", "yes_no_specials", "gender", "gender_specials", "visit", "again", "amounts", "age", "rating",
    "year", "amount", "code", "open", "used", "pair", "any", "appointment", "birthday", "near", "call_back",
)  # fmt: skip

REQUESTS = {
    "en": {
        Universal.REPEAT: ("what?", "um, what?", "Sorry, what?", "repeat that please", "sure, repeat that",
                           "again, please", "could you repeat the question", "pardon", "huh"),
        Universal.HELP: ("help", "help please", "what can I say?", "I don't understand"),
        Universal.OPERATOR: ("operator", "I'd like an operator please", "yes, talk to a person"),
        Universal.OPT_OUT: ("stop calling me", "please take me off your list"),
    },
    "es": {
        Universal.REPEAT: ("¿qué?", "¿Cómo?", "eh, ¿qué?", "perdón, ¿qué?", "perdón, ¿cómo?", "¿qué dijo?",
                           "repita, por favor", "sí, repita la pregunta", "otra vez por favor"),
        Universal.HELP: ("ayuda", "ayuda, por favor", "no entiendo", "¿qué puedo decir?"),
        Universal.OPERATOR: ("operadora", "un agente, por favor", "sí, quiero hablar con una persona"),
        Universal.OPT_OUT: ("no me llamen más", "quíteme de la lista, por favor"),
    },
    "de": {
        Universal.REPEAT: ("was?", "wie?", "äh, was?", "Wie bitte?", "noch einmal bitte", "wiederholen",
                           "ja, wiederholen Sie das", "Können Sie das wiederholen?"),
        Universal.HELP: ("Hilfe", "Hilfe bitte", "ich verstehe nicht", "was kann ich sagen?"),
        Universal.OPERATOR: ("einen Mitarbeiter bitte", "ja, verbinden Sie mich bitte"),
        Universal.OPT_OUT: ("rufen Sie mich nicht mehr an", "bitte nehmen Sie mich von der Liste"),
    },
}  # fmt: skip

ANSWERS = [line for kind in ("phrases", "unseen") for key in LOCALES for line in lines(key, kind)]


def asking(name: str, key: str) -> Expect:
    """Return the question as a flow asks it that leaves every request open."""
    asked = flow(message())
    grammar = question(name, key)
    phrases = universal_phrases(asked, LanguageSpec(key, LOCALES[key]), grammar)
    return Expect("q", name, 1, Prompt(()), grammar, universal_phrases=phrases)


def requested(expect: Expect, words: str, confidence: float = 0.9) -> Universal | None:
    outcome = understand(expect, words, confidence).outcome
    return outcome.universal if isinstance(outcome, Asked) else None


@pytest.mark.parametrize("line", ANSWERS, ids=[f"{each.key}-{each.question}-{each.said}" for each in ANSWERS])
def test_no_request_takes_an_answer_away(line):
    outcome = understand(asking(line.question, line.key), line.said, 0.9).outcome
    reading = read_speech(question(line.question, line.key), line.said, 0.9)
    if line.expected == "-":
        assert not isinstance(outcome, Heard)
    elif reading.answer is not None:
        assert isinstance(outcome, Heard)
        assert in_words(SpeechReading(outcome.understood, may_grow=False)) == line.expected
    else:
        assert outcome is None


@pytest.mark.parametrize("key", LOCALES)
@pytest.mark.parametrize("name", QUESTIONS)
def test_a_request_is_heard_at_every_kind_of_question(name, key):
    expect = asking(name, key)
    heard = {said: requested(expect, said) for all_said in REQUESTS[key].values() for said in all_said}
    assert heard == {said: wish for wish, all_said in REQUESTS[key].items() for said in all_said}


@pytest.mark.parametrize("key", LOCALES)
@pytest.mark.parametrize("name", QUESTIONS)
def test_every_phrase_of_a_request_is_one_at_every_kind_of_question(name, key):
    expect = asking(name, key)
    for phrase, wish in expect.universal_phrases.items():
        assert requested(expect, phrase) is wish, phrase


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("es", "digo que"),
        ("es", "claro que"),
        ("es", "yo creo que"),
        ("es", "claro que sí"),
        ("es", "como sí"),
        ("en", "yes what"),
        ("en", "again yes"),
        ("de", "so wie"),
        ("de", "ja was"),
    ],
)
@pytest.mark.parametrize("name", ["yes_no", "age", "open"])
def test_a_word_that_asks_alone_asks_nothing_beside_others(name, key, said):
    assert requested(asking(name, key), said) is None


@pytest.mark.parametrize("key", LANGUAGES)
def test_what_asks_alone_is_one_of_the_language_s_requests(key):
    words = LANGUAGES[key].universals
    assert words.alone
    assert set(words.alone) <= {*words.repeat, *words.help, *words.operator, *words.opt_out}


def test_a_request_that_is_hardly_heard_is_none():
    assert requested(asking("yes_no", "en"), "operator", 0.2) is None
    assert understand(asking("yes_no", "en"), "yes", 0.2).outcome is None


def test_a_request_that_the_flow_shuts_is_none():
    expect = replace(asking("open", "en"), universal_phrases={})
    outcome = understand(expect, "operator", 0.9).outcome
    assert isinstance(outcome, Heard)
    assert outcome.understood.value == "operator"
