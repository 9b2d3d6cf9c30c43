"""The phrase lists: what callers say, and what it means; and how well it was read."""

import re
from pathlib import Path
from typing import NamedTuple

from app.domain.answers import Status
from app.domain.grammar import SpeechReading, read_speech
from tests.domain.questions import question

_HERE = Path(__file__).parent


class Line(NamedTuple):
    """One utterance at a question; `expected` is `-` where no answer is right."""

    key: str
    question: str
    said: str
    expected: str
    marks: str


class Score(NamedTuple):
    """How many of how many utterances were read as expected; `wrong` are those read as something else."""

    right: int
    of: int
    wrong: tuple[Line, ...]
    missed: tuple[Line, ...]


def lines(key: str, kind: str = "phrases") -> list[Line]:
    """Return the utterances of a list, in its order."""
    found, name = [], ""
    for text in (_HERE / f"{kind}_{key}.txt").read_text(encoding="utf-8").splitlines():
        if text.startswith("["):
            name = text.strip("[] ")
        elif text and not text.startswith("#"):
            said, rest = text.split(" => ")
            match = re.fullmatch(r"(.*?)((?: [.+~])*)", rest)
            assert match is not None
            found.append(Line(key, name, said, match[1], match[2].replace(" ", "")))
    return found


def in_words(reading: SpeechReading) -> str:
    """Return a reading as the lists write it."""
    answer = reading.answer
    if answer is None:
        return "-"
    if answer.status is not Status.OK:
        return str(answer.status)
    if isinstance(answer.value, tuple):
        return "+".join(answer.value) or "()"
    return str(answer.value).lower() if isinstance(answer.value, bool) else str(answer.value)


def score(found: list[Line]) -> Score:
    """Read every utterance; asking back is no answer, but never a wrong one."""
    read = [
        (line, in_words(read_speech(question(line.question, line.key), line.said, 0.9))) for line in found
    ]
    wrong = tuple(line for line, got in read if got not in {line.expected, "-"})
    missed = tuple(line for line, got in read if got == "-" != line.expected)
    return Score(len(found) - len(wrong) - len(missed), len(found), wrong, missed)
