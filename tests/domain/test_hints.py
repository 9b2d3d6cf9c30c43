from datetime import date, timedelta

import pytest

from app.domain.answers import Status
from app.domain.conversation import Field, FieldKind
from app.domain.grammar import (
    Choices,
    Day,
    Digits,
    FreeText,
    Grammar,
    Number,
    Option,
    Special,
    hints_for,
    hints_in_talk,
    read_speech,
)
from tests.domain.questions import LOCALES, question

KEYS = sorted(LOCALES)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "name",
    ["yes_no", "yes_no_specials", "gender", "gender_specials", "again", "open", "used", "pair", "call_back"],
)
def test_every_phrase_a_recogniser_expects_is_a_whole_answer(key, name):
    grammar = question(name, key)
    for phrase in hints_for(grammar).phrases:
        answer = read_speech(grammar, phrase, 1.0).answer
        assert answer is not None, phrase
        assert answer.confidence == 1.0, phrase
        assert phrase == phrase.lower()


def test_phrases_keep_the_languages_spelling():
    assert "sí" in hints_for(question("yes_no", "es")).phrases
    assert "i don't know" in hints_for(question("yes_no_specials", "en")).phrases


def test_a_menu_expects_labels_synonyms_keys_and_places():
    expected = {"female", "woman", "two", "press two", "second one"}
    assert expected <= set(hints_for(question("gender", "en")).phrases)
    expected = {"mujer", "dos", "oprima dos", "segunda opción"}
    assert expected <= set(hints_for(question("gender", "es")).phrases)


def test_keys_of_two_digits_are_expected_digit_by_digit():
    assert "one nine" in hints_for(question("visit", "en")).phrases


def test_requests_are_expected_too():
    hints = hints_for(question("age", "en"), ("repeat", "Operator"))
    assert {"repeat", "operator"} <= set(hints.phrases)


def test_numbers_and_digits_name_their_bounds():
    assert hints_for(Grammar(Number(3, 9), "en", "en-GB")).number_range == (3, 9)
    assert hints_for(Grammar(Digits(2, 4), "en", "en-GB")).digit_count == (2, 4)
    assert hints_for(Grammar(Digits(2, 4), "en", "en-GB")).number_range is None
    assert hints_for(Grammar(Digits(2, 4), "en", "en-GB")).locale == "en-GB"


@pytest.mark.parametrize("key", KEYS)
def test_the_names_of_near_days_are_expected_and_understood(key):
    for name in ("appointment", "birthday", "near"):
        phrases = hints_for(question(name, key)).phrases
        assert len(phrases) > 200
        understood = [each for each in phrases if read_speech(question(name, key), each, 1.0).answer]
        # "Yesterday" is no day of an appointment.
        assert len(understood) > len(phrases) - 12


def test_two_of_several_choices_are_expected_together():
    assert {"laboratory and pharmacy", "all", "none"} <= set(hints_for(question("used", "en")).phrases)
    assert "both" in hints_for(question("pair", "en")).phrases
    assert {"morgen um fünfzehn uhr", "freitag um neun uhr morgens"} <= set(
        hints_for(question("call_back", "de")).phrases
    )


def test_only_free_words_ask_for_dictation():
    assert hints_for(Grammar(FreeText(), "en", "en-US")).dictation
    assert not hints_for(question("yes_no", "en")).dictation


def test_a_grammar_without_locale_is_read_in_its_language():
    hints = hints_for(Grammar(Number(1, 2), "es", "", (Special(Status.DONT_KNOW, None),)))
    assert hints.locale == "es"
    assert "no sé" in hints.phrases


def test_a_long_menu_stays_within_what_a_recogniser_can_tell_apart():
    options = tuple(Option(str(at), None, f"place {at}") for at in range(1000))
    assert len(hints_for(Grammar(Choices(options), "en", "en-US")).phrases) == 300


def test_in_a_conversation_the_short_answers_that_are_still_wanted_are_expected():
    grammar = Grammar(FreeText(), "en", "en-US")
    fields = (
        Field("want_call", FieldKind.BOOLEAN),
        Field("rooms", FieldKind.NUMBER),
        Field("mood", FieldKind.CHOICE, choices=("Happy", "sad")),
        Field("incident", FieldKind.TEXT),
    )
    hints = hints_in_talk(grammar, fields, ("repeat",))
    assert {"yes", "no", "happy", "sad", "repeat"} <= set(hints.phrases)
    assert hints.number_range is not None
    assert hints.dictation
    plain = hints_for(grammar, ("repeat",))
    assert hints_in_talk(grammar, fields[::-1], ("repeat",)) == plain
    assert hints_in_talk(grammar, (), ("repeat",)) == plain
    chosen = hints_in_talk(grammar, fields[2:3], ("repeat",))
    assert (chosen.number_range, "yes" in chosen.phrases) == (None, False)


def test_no_day_is_expected_that_would_be_no_answer():
    today = date(2026, 11, 18)
    week = hints_for(Grammar(Day(today, today + timedelta(days=6), today, "future"), "en", "en-US")).phrases
    assert {"today", "tomorrow", "friday", "the twenty-fourth of november"} <= set(week)
    assert not {"yesterday", "the twenty-fifth of november", "the seventeenth of november"} & set(week)
    born = Day(date(1906, 1, 1), date(2008, 1, 1), today, "past")
    assert not {"today", "friday"} & set(hints_for(Grammar(born, "en", "en-US")).phrases)
