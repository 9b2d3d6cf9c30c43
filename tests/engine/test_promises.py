"""The table in README.md names only tests that there are, and all that were made for a rule."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parent
ROW = re.compile(r"^\| (?P<rule>.+) \| `(?P<path>[\w/]+\.py)::(?P<name>test_\w+)` \|$")
OF_THE_RULES = ("test_barge_in.py", "test_end_of_turn.py", "test_silence.py", "test_type_ahead.py")
BESIDE_THE_RULES = {
    "test_a_caller_whose_line_was_lost_is_waited_for_60_s",
    "test_an_open_answer_is_heard_out_however_late_its_words_come",
}


def names_in(path: Path) -> set[str]:
    functions = ast.walk(ast.parse(path.read_text()))
    return {each.name for each in functions if isinstance(each, ast.FunctionDef) and each.name[:5] == "test_"}


def rows() -> list[re.Match[str]]:
    lines = [line for line in (HERE / "README.md").read_text().splitlines() if line.startswith("| ")]
    found = [ROW.match(line) for line in lines if line != "| rule | test |"]
    assert all(found), [line for line, row in zip(lines, found, strict=False) if row is None]
    return [row for row in found if row]


def test_every_rule_has_a_test_that_there_is():
    named = rows()
    assert len(named) > 100
    gone = [row[0] for row in named if row["name"] not in names_in(TESTS / row["path"])]
    assert not gone


def test_every_test_of_a_rule_stands_in_the_table():
    named = {row["name"] for row in rows()}
    written = set().union(*(names_in(HERE / name) for name in OF_THE_RULES))
    assert written - named == BESIDE_THE_RULES


def test_every_section_of_the_rules_is_there():
    titles = re.findall(r"^## (.+)$", (HERE / "README.md").read_text(), re.MULTILINE)
    assert titles == ["Turns and timers", "End of turn", "Barge-in", "Answers", "Money and courtesy"]
