import pytest

from app.domain.answers import LOOSE, SURE
from app.domain.grammar import read_speech
from app.domain.languages import LANGUAGES
from app.flows.asking import LEAST_CONFIDENCE
from tests.domain.phrases import in_words, lines, score
from tests.domain.questions import LOCALES, question

LEAST = 300
UNSEEN_ACCURACY = 0.85
"""Of utterances that nobody mended the grammar by; what is not read is asked again."""

ALL = [line for key in LOCALES for line in lines(key)]


@pytest.mark.parametrize("line", ALL, ids=[f"{each.key}-{each.question}-{each.said}" for each in ALL])
def test_a_caller_is_understood_or_asked_again_but_never_guessed_at(line):
    reading = read_speech(question(line.question, line.key), line.said, 0.9)
    assert in_words(reading) == line.expected
    if "+" in line.marks:
        assert reading.may_grow
    if "." in line.marks:
        assert not reading.may_grow
    if reading.answer is not None:
        assert (reading.answer.confidence < 0.9) == ("~" in line.marks)
        assert reading.answer.confidence > 0


@pytest.mark.parametrize("heard", [0.8, 0.9, 1.0])
def test_what_is_only_loosely_understood_is_asked_back_however_well_it_was_heard(heard):
    loose = [
        read_speech(question(line.question, line.key), line.said, heard).answer
        for line in ALL
        if "~" in line.marks
    ]
    assert len(loose) > 50
    # A yes that leads its sentence is a yes, whatever follows.
    assert {each.value for each in loose if each.confidence > heard * LOOSE} == {True}
    assert all(LEAST_CONFIDENCE <= each.confidence < SURE for each in loose if each.value is not True)


@pytest.mark.parametrize("key", LANGUAGES)
def test_every_language_has_a_long_list_of_phrases_and_questions_to_ask(key):
    assert len(lines(key)) >= LEAST
    assert LOCALES[key].startswith(key)


@pytest.mark.parametrize("key", LANGUAGES)
def test_what_nobody_mended_the_grammar_by_is_mostly_understood_and_never_wrong(key):
    found = score(lines(key, "unseen"))
    assert found.of >= 60
    assert [line.said for line in found.wrong] == []
    assert found.right / found.of >= UNSEEN_ACCURACY, [line.said for line in found.missed]
