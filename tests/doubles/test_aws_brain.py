import json
from datetime import date

import pytest

from tests.doubles.aws.brain import Ask, CallTool, Line, Say, Tool, interviewer
from tests.doubles.aws.forms import Story, fill


def ask(system: str = "", *lines: str, schema: dict | None = None) -> Ask:
    roles = ("user", "assistant")
    told = [Line(roles[n % 2], text) for n, text in enumerate(lines or ("hello",))]
    return Ask("m", system, told, (Tool("form", "", schema),) if schema is not None else ())


def form(**properties) -> dict:
    return {"type": "object", "properties": properties}


def filled(*said: str, meanings: dict | None = None, today: date | None = None, **properties) -> dict:
    return fill(form(**properties), Story([("", text) for text in said], meanings or {}, today))


def test_the_interviewer_asks_about_the_goal_and_goes_on():
    goal = "Be brief.\nGoal: the new timetable of the bus. Ask once."
    first = interviewer(ask(goal))
    second = interviewer(ask(goal, "hello", first.text, "it is late."))
    assert "the new timetable of the bus?" in first.text
    assert "it is late" in second.text
    assert second != first


def test_the_interviewer_asks_for_what_is_missing_and_then_leaves():
    wanted = "Still to find out, one at a time: best_day (the day that suits them); name."
    assert "best day, that is, the day that suits them?" in interviewer(ask(wanted)).text
    assert "?" not in interviewer(ask("Now take your leave: thank the caller.")).text


def test_the_interviewer_does_not_ask_again_for_what_it_has_just_asked():
    wanted = "Still to find out, one at a time: incident (What happened?); wait (How many minutes?)."
    lines = ("(The call begins.)", "Please tell me what happened.", "I waited.")
    assert "about the wait, that is, How many minutes?" in interviewer(ask(wanted, *lines)).text


@pytest.mark.parametrize(
    ("said", "number"), [("nineteen", 19), ("sixty", 60), ("some thirty five", 35), ("ten or so", 10)]
)
def test_a_number_in_a_form_is_what_its_words_say(said, number):
    schema = {"properties": {"minutes": {"type": "number"}}}
    assert fill(schema, Story([("How many minutes?", said)])) == {"minutes": number}


def test_a_form_is_filled_from_the_answers_to_its_questions():
    transcript = (
        "Bot: What is your name?\nCaller: I am Ana.\n"
        "Bot: How many stars for the room?\nCaller: four of five\n"
        "Bot: May we call you back?\nCaller: no thanks"
    )
    properties = {
        "name": {"type": "string"},
        "stars": {"type": "integer", "minimum": 1, "maximum": 5},
        "call_back": {"type": "boolean", "description": "may we call back"},
        "complaint": {"type": "string"},
    }
    values = form(values={"type": "object", "properties": properties})
    reply = interviewer(ask("", transcript, schema=values))
    assert reply == CallTool("form", {"values": {"name": "I am Ana.", "stars": 4, "call_back": False}})


def test_a_model_without_tools_answers_in_json_when_told_the_schema():
    schema = form(value={"enum": ["happy", "sad", "none"]}, confidence={"type": "number"})
    reply = interviewer(ask(f"Answer with JSON. Its schema: {json.dumps(schema)}", "rather sad I guess"))
    assert isinstance(reply, Say)
    assert json.loads(reply.text) == {"value": "sad", "confidence": 0.9}
    assert json.loads(interviewer(ask(f"schema: {json.dumps(schema)}", "well")).text) == {
        "value": "none",
        "confidence": 0.1,
    }


def test_a_choice_is_known_by_its_meaning_too():
    said = "Caller: somebody should really phone me back"
    system = "Allowed values:\n  cb: phone me back\n  bye: nothing more"
    reply = interviewer(ask(system, said, schema=form(value={"enum": ["bye", "cb", "none"]})))
    assert reply == CallTool("form", {"value": "cb"})


@pytest.mark.parametrize(
    ("rule", "said", "value"),
    [
        ({"type": ["integer", "null"], "maximum": 10}, "about 40 or 7", 7),
        ({"type": "number"}, "3.5 I think", 3.5),
        ({"type": "boolean"}, "yeah", True),
        ({"type": "boolean"}, "perhaps", None),
        ({"type": "string", "format": "date"}, "on Friday", "2026-11-27"),
        ({"type": "string", "format": "date"}, "tomorrow", "2026-11-23"),
        ({"type": "string", "format": "date"}, "2027-01-01 please", "2027-01-01"),
        ({"type": "string", "format": "date"}, "some time", None),
        ({"type": "array", "items": {"enum": ["red", "blue"]}}, "the blue one", ["blue"]),
        ({"type": "array", "items": {"enum": ["red", "blue"]}}, "no idea", []),
        ({"enum": ["red", "blue"]}, "no idea", None),
    ],
)
def test_each_kind_of_field_is_found_or_left_out(rule, said, value):
    found = filled(said, today=date(2026, 11, 22), field=rule)
    assert found == ({} if value is None else {"field": value})
