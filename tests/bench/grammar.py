"""How fast and how well answers are read, in every language: by the phrase lists that the tests keep."""

import time

from app.domain.grammar import Grammar, read_speech
from app.domain.languages import LANGUAGES
from tests.bench.table import Row
from tests.domain.phrases import lines, score
from tests.domain.questions import question

_TIMES = 5
_GOAL_US = 1_000.0


def measure() -> list[Row]:
    """Return speed and accuracy for each language; takes a few seconds of one core."""
    return [row for key in LANGUAGES for row in _rows(key)]


def _rows(key: str) -> list[Row]:
    kept, unseen = lines(key), lines(key, "unseen")
    asked = [(question(line.question, key), line.said) for line in (*kept, *unseen)]
    spent_us = _cpu_us(asked)
    name = LANGUAGES[key].name
    known, fresh = score(kept), score(unseen)
    wrong = len(known.wrong) + len(fresh.wrong)
    return [
        Row(f"answers read per second, {name}", f"{1e6 / spent_us:,.0f}", f"{1e6 / _GOAL_US:,.0f}",
            spent_us <= _GOAL_US, f"{spent_us:.0f} us of CPU each, {len(asked)} utterances, {_TIMES} times"),
        Row(f"   understood, {name}", f"{_percent(known.right, known.of)}", "100 %",
            known.right == known.of, f"{known.of} utterances the grammar was mended by"),
        Row(f"   understood unseen, {name}", f"{_percent(fresh.right, fresh.of)}", "85 %",
            fresh.right >= fresh.of * 0.85, f"{fresh.of} utterances it was not; the others are asked again"),
        Row(f"   read as something else, {name}", f"{wrong}", "0", wrong == 0, "wrong values, both lists"),
    ]  # fmt: skip


def _cpu_us(asked: list[tuple[Grammar, str]]) -> float:
    for grammar, said in asked:  # what a question needs is made when it is first asked
        read_speech(grammar, said, 1.0)
    begin = time.process_time()
    for _ in range(_TIMES):
        for grammar, said in asked:
            read_speech(grammar, said, 1.0)
    return (time.process_time() - begin) * 1e6 / (_TIMES * len(asked))


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"
