from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from app.domain.answers import Status
from app.domain.grammar import (
    Choices,
    Digits,
    FreeText,
    Grammar,
    Number,
    Option,
    Special,
    find_phrase,
    read_speech,
)
from app.domain.languages import language
from tests.domain.questions import LOCALES, question

KEYS = sorted(LOCALES)
NAMES = [
    "yes_no",
    "yes_no_specials",
    "gender_specials",
    "again",
    "age",
    "rating",
    "year",
    "code",
    "open",
    "visit",
    "amounts",
    "used",
    "pair",
    "any",
    "appointment",
    "birthday",
    "near",
    "call_back",
]


def some_words(key: str) -> list[str]:
    known, numerals = language(key), language(key).numerals
    lists = [
        known.yes,
        known.no,
        known.idle,
        known.doubts,
        known.corrections,
        known.soft_corrections,
        known.last,
    ]
    lists += [
        known.out_of,
        known.key_prefixes,
        numerals.digits,
        numerals.hundred,
        numerals.joiners,
        numerals.zeros,
    ]
    lists += [
        numerals.tens,
        numerals.small,
        numerals.repeats,
        numerals.scales,
        numerals.hundreds or (),
        numerals.alone,
    ]
    return sorted({word for phrases in lists for phrase in phrases for word in phrase.split()})


WORDS = {key: some_words(key) for key in KEYS}


def ask(body, key="en", *specials) -> Grammar:
    return Grammar(body, key, LOCALES[key], specials)


def value(grammar, text):
    answer = read_speech(grammar, text, 1.0).answer
    return answer.value if answer else None


@pytest.mark.parametrize("key", KEYS)
def test_every_number_is_understood_as_the_language_spells_it(key):
    # Above the first thousand the parts repeat: a few hundred of them stand for the rest.
    numbers = [
        *range(1_101),
        *Random(key).sample(range(1_101, 10_000), 400),  # noqa: S311 - a sample, no secret
        *range(2_000, 10_000, 1_000),
        9_999,
    ]
    grammar = ask(Number(0, 9999), key)
    spelled = {number: num2words(number, lang=key) for number in numbers}
    assert {number: text for number, text in spelled.items() if value(grammar, text) != number} == {}


@pytest.mark.parametrize("key", KEYS)
def test_every_way_to_say_yes_and_no_is_understood(key):
    grammar, words = question("yes_no_specials", key), language(key)
    assert [each for each in (*words.yes, *words.weak_yes) if value(grammar, each) is not True] == []
    assert [each for each in words.no if value(grammar, each) is not False] == []


@pytest.mark.parametrize("key", KEYS)
def test_a_no_is_never_taken_for_a_yes_by_what_follows_it(key):
    grammar, words = question("yes_no", key), language(key)
    for soft in ("", *words.soft_corrections):
        for phrase in words.yes:
            if not phrase.startswith(words.sure_yes):
                assert value(grammar, f"{words.no_label} {soft} {phrase}") is not True, (soft, phrase)
    for phrase in words.no:
        assert value(grammar, f"{words.yes_label} {phrase}") is not False, phrase


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("status", [Status.REFUSED, Status.DONT_KNOW])
def test_every_way_out_is_understood_and_never_taken_for_an_answer(key, status):
    for name in ("yes_no_specials", "gender_specials"):
        for phrase in language(key).specials[status]:
            answer = read_speech(question(name, key), phrase, 1.0).answer
            assert answer is not None, phrase
            assert answer.status is status, phrase
    for name in ("yes_no", "gender", "rating", "code"):
        for phrase in language(key).specials[status]:
            assert read_speech(question(name, key), phrase, 1.0).answer is None, phrase


@pytest.mark.parametrize("key", KEYS)
def test_a_request_is_never_taken_for_an_answer(key):
    asked = language(key).universals
    for phrase in (*asked.repeat, *asked.help, *asked.operator, *asked.opt_out, *language(key).holds):
        for name in ("yes_no", "gender", "age", "code"):
            assert read_speech(question(name, key), phrase, 1.0).answer is None, (name, phrase)


@pytest.mark.parametrize("key", KEYS)
def test_a_key_said_aloud_is_that_key(key):
    words = language(key)
    star = words.key_names and next(iter(words.key_names))
    menu = Choices(
        (Option("star", "*", "other"), Option("two", "2", "second-rate"), Option("no key", None, "rest"))
    )
    assert value(ask(menu, key), star) == "star"
    assert value(ask(menu, key), "*") == "star"
    assert value(ask(Number(1, 5), key, Special(Status.REFUSED, "*")), star) is None
    assert read_speech(ask(Number(1, 5), key, Special(Status.REFUSED, "*")), star, 1.0).answer is not None
    for prefix in words.key_prefixes:
        assert value(ask(menu, key), f"{prefix} {words.numerals.digits[2]}") == "two", prefix


def test_the_words_confidence_bounds_the_answers():
    grammar = question("yes_no", "en")
    assert read_speech(grammar, "yes", 0.4).answer.confidence == 0.4
    assert read_speech(grammar, "yes", 7.0).answer.confidence == 1.0
    assert read_speech(grammar, "yes", -1.0).answer.confidence == 0.0
    assert read_speech(grammar, "yes I went there", 1.0).answer.confidence < 1.0


def test_labels_are_what_is_read_back():
    assert read_speech(question("yes_no", "es"), "sí", 1.0).answer.label == "sí"
    assert read_speech(question("gender", "es"), "dos", 1.0).answer.label == "hombre"
    assert read_speech(question("code", "en"), "4122", 1.0).answer.label == "4 1 2 2"
    assert read_speech(question("age", "en"), "I refuse", 1.0).answer.label == "no answer"


def test_a_choice_with_a_denial_in_its_label_is_not_found_by_a_part_of_it():
    assert value(question("visit", "en"), "satisfied") is None
    assert value(question("visit", "en"), "not at all satisfied") == "1"


def test_a_phrase_that_two_choices_share_is_no_answer():
    menu = Choices(
        (Option("a", "1", "main clinic", ("clinic",)), Option("b", "2", "town clinic", ("clinic",)))
    )
    assert value(ask(menu), "clinic") is None
    assert value(ask(menu), "main") == "a"
    assert value(ask(menu), "main clinic") == "a"


def test_a_menu_with_one_choice_has_no_last_one():
    assert value(ask(Choices((Option("a", "1", "go on"),))), "the last one") is None


def test_a_label_without_words_harms_nothing():
    menu = Choices((Option("a", "1", "!?"), Option("b", "2", "blue")))
    assert value(ask(menu), "blue") == "b"


@pytest.mark.parametrize(
    "text", ["", "   ", "...", "um, uh", "¿?", "\x00", "²", "٣", "9" * 5000, "-", "1/2", "½"]
)
def test_odd_texts_are_no_number(text):
    reading = read_speech(question("age", "en"), text, 1.0)
    assert reading.answer is None
    assert reading.may_grow


def test_free_text_is_kept_as_it_was_said():
    answer = read_speech(ask(FreeText()), "  Well, no.  ", 0.3).answer
    assert (answer.value, answer.confidence, answer.status) == ("Well, no.", 0.3, Status.OK)


def test_a_request_is_found_among_polite_words_only():
    phrases = ("repeat that", "operator", "help")
    assert find_phrase("en-US", "uh, repeat that please", phrases) == "repeat that"
    assert find_phrase("en", "Operator!", phrases) == "operator"
    assert find_phrase("en", "I'd like an operator please", phrases) == "operator"
    assert find_phrase("en", "the operator was rude", phrases) is None
    assert find_phrase("en", "", phrases) is None
    assert find_phrase("es", "repita, por favor", ("repita",)) == "repita"


@given(st.sampled_from(KEYS), st.sampled_from(NAMES), st.text(max_size=60), st.floats(0, 1))
def test_no_text_raises_and_no_answer_is_surer_than_its_words(key, name, text, confidence):
    reading = read_speech(question(name, key), text, confidence)
    if reading.answer is not None:
        assert reading.answer.confidence <= confidence
    else:
        assert reading.may_grow


@settings(max_examples=300)
@given(st.data(), st.sampled_from(KEYS), st.sampled_from(NAMES))
def test_no_jumble_of_known_words_raises(data, key, name):
    text = " ".join(data.draw(st.lists(st.sampled_from(WORDS[key]), max_size=8)))
    read_speech(question(name, key), text, 1.0)


@given(st.sampled_from(KEYS), st.integers(0, 10**6))
def test_the_digits_of_every_number_are_heard_back(key, number):
    assert value(ask(Number(0, 10**6), key), str(number)) == number
    assert value(ask(Number(0, 10**6), key), f"{number}.") == number


@given(st.sampled_from(KEYS), st.text("0123456789", min_size=1, max_size=12))
def test_every_string_of_digits_is_heard_back_said_one_by_one(key, digits):
    grammar = ask(Digits(len(digits), len(digits)), key)
    spoken = " ".join(language(key).numerals.digits[int(digit)] for digit in digits)
    assert value(grammar, spoken) == digits
    assert value(grammar, digits) == digits
    assert value(grammar, ", ".join(digits)) == digits


@given(st.sampled_from(KEYS), st.integers(0, 110), st.integers(0, 110))
def test_two_numbers_in_one_breath_are_no_answer(key, one, other):
    joint = {"de": " oder ", "en": " or ", "es": " o "}[key]
    text = num2words(one, lang=key) + joint + num2words(other, lang=key)
    assert value(question("age", key), text) is None


@given(st.sampled_from(KEYS), st.integers(0, 110), st.integers(0, 110))
def test_a_correction_replaces_what_came_before(key, one, other):
    marker = {"de": "nein, ich meine", "en": "no, I mean", "es": "no, quiero decir"}[key]
    text = f"{num2words(one, lang=key)}, {marker} {num2words(other, lang=key)}"
    assert value(question("age", key), text) == other
