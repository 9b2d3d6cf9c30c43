import re
from pathlib import Path
from typing import NamedTuple

import pytest

from app.domain.answers import Status
from app.domain.grammar import read_speech
from app.domain.languages import LANGUAGES
from tests.domain.questions import LOCALES, question

HERE = Path(__file__).parent
LEAST = 300


class Line(NamedTuple):
    key: str
    question: str
    said: str
    expected: str
    marks: str


def lines(key: str) -> list[Line]:
    found, name = [], ""
    for text in (HERE / f"phrases_{key}.txt").read_text(encoding="utf-8").splitlines():
        if text.startswith("["):
            name = text.strip("[] ")
        elif text and not text.startswith("#"):
            said, rest = text.split(" => ")
            match = re.fullmatch(r"(.*?)((?: [.+~])*)", rest)
            assert match is not None
            found.append(Line(key, name, said, match[1], match[2].replace(" ", "")))
    return found


def in_words(reading) -> str:
    answer = reading.answer
    if answer is None:
        return "-"
    if answer.status is not Status.OK:
        return str(answer.status)
    if isinstance(answer.value, tuple):
        return "+".join(answer.value) or "()"
    return str(answer.value).lower() if isinstance(answer.value, bool) else str(answer.value)


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


@pytest.mark.parametrize("key", LANGUAGES)
def test_every_language_has_a_long_list_of_phrases_and_questions_to_ask(key):
    assert len(lines(key)) >= LEAST
    assert LOCALES[key].startswith(key)
