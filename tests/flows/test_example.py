# ruff: noqa: E501 - a call in a line is easier to read whole
"""The example of the language's design: unchanged, without a problem, and to each of its ends."""

from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from app.commands.rehearsal import Rehearsal
from app.domain.errands import ErrandResult
from app.flows.loader import load_with_warnings
from app.flows.scenarios import written
from app.flows.schema import json_schema
from app.flows.walk import walk

ROOT = Path(__file__).parents[2]
EXAMPLE = Path(__file__).parent / "clinic-2026.yaml"
DESIGN = ROOT.parent / "shared" / "design" / "flow-language.md"
NOW = datetime(2026, 5, 4, 14, 0, tzinfo=UTC)
FULL = {"check": ErrandResult(ok=False, reason="full")}
EN_TALK = ("I waited for an hour", "yes")
ES_TALK = ("Esperé una hora", "sí")


@pytest.fixture(scope="module")
def flow():
    found, problems = load_with_warnings(
        EXAMPLE.read_bytes(),
        path="clinic-2026.yaml",
        audio_exists=lambda audio: audio == "audio/intro_en.wav",
    )
    assert problems == ()
    return found


def talked(flow, typed, world=None):
    call = Rehearsal(flow, now=NOW, world=world)
    call.begin()
    for each in typed:
        assert not call.is_over, f"over before {each!r}"
        call.give(each)
    assert call.is_over, f"{call.step} waits"
    return call.disposition, {name: written(answer) for name, answer in call.answers.items()}


@pytest.mark.skipif(not DESIGN.exists(), reason="the design lies beside the project only where it is built")
def test_it_is_the_designs_to_the_letter():
    design = DESIGN.read_text(encoding="utf-8")
    assert design.split("```yaml\n")[1].split("```")[0] == EXAMPLE.read_text(encoding="utf-8")


def test_every_step_branch_and_end_of_it_is_walked(flow):
    walked = walk(flow)
    assert walked.is_complete
    coverage = walked.coverage
    assert [tally.missed for tally in (coverage.steps, coverage.branches, coverage.ends)] == [(), (), ()]


# The lot of a rehearsal asks for the score first; the follow-up is the scripted interviewer's.
KEYS = ("1", "1", "2", "35#", "1234", "1")


@pytest.mark.parametrize(
    ("typed", "world", "disposition", "answers"),
    [
        ((*KEYS, "5", "12#"), None, "completed", {"used": "lab, pharmacy", "score": "5", "card": "1234"}),
        (("1", "yes", "a lady", "thirty five", "one two three four", "yes", "five", "the pharmacy and the laboratory"),
         None, "completed", {"gender": "f", "age": "35", "card": "1234", "used": "lab, pharmacy", "score": "5"}),
        (("2", "sí", "hombre", "treinta y cinco", "uno dos tres cuatro", "sí", "cinco", "farmacia y laboratorio"),
         None, "completed", {"gender": "m", "age": "35", "used": "lab, pharmacy", "score": "5"}),
        (("2", "1", "mujer", "35#", "1234", "sí", "cuatro", "0#"), None, "completed", {"used": "none", "score": "4"}),
        ((*KEYS, "9", "8"), None, "completed", {"used": "dont_know", "score": "refused"}),
        (("1", "1", "1", "30#"), FULL, "quota_full", {"age": "30"}),
        (("2", "sí", "mujer", "treinta"), FULL, "quota_full", {"age": "30"}),
        (("1", "1", "2", "12#"), None, "ineligible", {"age": "12"}),
        (("2", "1", "hombre", "doce"), None, "ineligible", {"age": "12"}),
        (("1", "2"), None, "refused", {"agreed": "false"}),
        (("2", "no"), None, "refused", {"agreed": "false"}),
        (("1", "1", "*9"), None, "refused", {}),
        (("1", "1", "*0", ""), None, "transferred", {}),
        (("1", "1", "2", "talk to a person", "nobody"), None, "completed", {"gender": "m"}),
        (("1", "", "", ""), None, "no_input", {"agreed": "no_input"}),
    ],
)  # fmt: skip
def test_it_runs_to_each_of_its_ends_by_keys_by_words_and_by_both(flow, typed, world, disposition, answers):
    came, given = talked(flow, typed, world)
    assert came == disposition
    assert given == {**given, **answers}


@pytest.mark.parametrize(
    ("start", "talk", "when"),
    [
        (("1", "1", "2", "35#", "1234", "1", "2", "1#"), EN_TALK, "tomorrow at three"),
        (("2", "1", "2", "35#", "1234", "1", "2", "1#"), ES_TALK, "mañana a las tres de la tarde"),
        (("1", "1", "2", "35#", "1234", "1", "2", "1#"), EN_TALK, "1500"),
    ],
)
def test_a_caller_who_was_not_content_is_asked_why_and_when_to_call_back(flow, start, talk, when):
    call = Rehearsal(flow, now=NOW)
    call.begin()
    for each in (*start, "La fila" if start[0] == "2" else "The queue"):
        call.give(each)
    assert call.step == "followup"
    for each in talk:
        call.give(each)
    assert call.step == "later"
    call.give(when)
    if when == "tomorrow at three":
        call.give("yes")  # which of two threes is asked back
    assert call.disposition == "completed"
    given = {name: written(answer) for name, answer in call.answers.items()}
    assert given["want_call"] == "true"
    assert given["incident"] == talk[0]
    assert given["later"].startswith("2026-05-0")
    assert "T15:00+00:00" in given["later"]


@pytest.mark.parametrize(
    "path", [EXAMPLE, *sorted((ROOT / "call_flows").glob("*.yaml"))], ids=lambda path: path.stem
)
def test_the_schema_takes_what_ships_and_the_example(path):
    jsonschema.validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")), json_schema())
