"""Columns of flows: kinds, labels and values, and what becomes of them when a flow changes."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.results import Column, ColumnKind, Option, Seen
from app.flows.columns import columns, columns_of
from app.flows.loader import load_flow
from app.flows.model import AskDate, AskMoment, Choice, ChooseLanguage, Flow, Place, Question, SelectMany
from app.flows.questions import grammar_of

HEAD = "flow: visit\nversion: 1\nlanguages: {en: {locale: en-US}}\nsteps:\n"
ALL = """\
  - language: lang
    prompt: English?
    keys: {"1": en}
  - consent: agreed
    prompt: May we ask?
    on_no: bye
  - yes_no: came
    prompt: Did you come?
  - rating: score
    prompt: From 1 to 5?
    range: [1, 5]
  - select_one: meal
    prompt: Soup or salad?
    choices:
      soup: {key: "1", text: a soup}
      salad: {key: "2", text: a salad}
  - digits: card
    prompt: "You gave ${score}. Your card?"
    length: 4
    sensitive: true
  - {set: double, value: score * 2}
  - converse: talk
    goal: Learn what happened.
    extract: {what: text, want_call: boolean}
    limits: {turns: 2}
    on_fail: bye
"""
END = "  - {label: bye, end: completed, prompt: Goodbye.}\n"


def flow(steps: str) -> Flow:
    return load_flow(HEAD + steps + END, path="visit.yaml", audio_exists=lambda _: True)


def rating(least: int, name: str = "score") -> str:
    return f"  - rating: {name}\n    prompt: How much?\n    range: [{least}, 5]\n"


def meals(*choices: str) -> str:
    listed = "".join(f'      {name}: {{key: "{at}", text: {name}}}\n' for at, name in enumerate(choices, 1))
    return f"  - select_one: meal\n    prompt: Which?\n    choices:\n{listed}"


def test_every_question_and_every_value_of_a_conversation_is_a_column() -> None:
    found = columns_of(flow(ALL))
    assert [(column.name, column.kind.value) for column in found] == [
        ("lang", "select_one"),
        ("agreed", "boolean"),
        ("came", "boolean"),
        ("score", "integer"),
        ("meal", "select_one"),
        ("card", "text"),
        ("double", "integer"),
        ("what", "text"),
        ("want_call", "boolean"),
    ]
    by_name = {column.name: column for column in found}
    assert by_name["meal"].options == (Option("soup", "a soup"), Option("salad", "a salad"))
    assert by_name["lang"].options == (Option("en", "English"),)
    assert by_name["double"].label == "= score * 2"
    assert by_name["card"].label == "You gave ${score}. Your card?"
    assert [name for name, column in by_name.items() if column.sensitive] == ["card"]


def asked(kind: type[Question], **more: Any) -> Column:
    step = kind(name="used", place=Place(1, 1), prompt={}, **more)
    (column,) = columns_of(replace(flow(ALL), steps=(step,)))
    return column


def test_a_question_that_takes_several_choices_has_them_all() -> None:
    choices = (Choice("lab", "1", {"en": "laboratory"}), Choice("none", "0", {}))
    used = asked(SelectMany, choices=choices)
    assert used.kind is ColumnKind.MANY
    assert used.options == (Option("lab", "laboratory"), Option("none", "none"))


def test_a_column_is_called_as_the_question_is_asked_without_what_only_a_call_fills_in() -> None:
    steps = """\
  - {numeric: age, prompt: How old?, range: [0, 9]}
  - select_one: meal
    prompt: "At ${age}, which meal? ${choices} Well?"
    choices: {soup: soup, bread: bread}
  - {callback: later, ask_time: true}
"""
    labels = [column.label for column in columns_of(flow(steps))]
    assert labels[1] == "At ${age}, which meal? Well?"
    assert labels[2].startswith("When shall we call you?")


def test_a_choice_that_only_the_log_knows_is_not_lost() -> None:
    several = SelectMany(
        name="used", place=Place(1, 1), prompt={}, choices=(Choice("lab", "1", {"en": "laboratory"}),)
    )
    held = replace(flow(ALL), steps=(several,))
    (used,) = columns([held], {"used": Seen(ColumnKind.MANY, ("bus", "lab"))})
    assert [option.value for option in used.options] == ["lab", "bus"]


def test_days_and_moments_are_columns_of_their_own_kinds() -> None:
    assert asked(AskDate, earliest=None, latest=None).kind is ColumnKind.DATE
    assert asked(AskMoment).kind is ColumnKind.MOMENT


@pytest.mark.parametrize("kind", [ColumnKind.WHOLE, ColumnKind.BOOLEAN, ColumnKind.NUMBER])
def test_what_an_expression_gave_is_of_the_kind_that_the_log_shows(kind: ColumnKind) -> None:
    found = {column.name: column for column in columns([flow(ALL)], {"double": Seen(kind)})}
    assert found["double"].kind is kind


def test_what_an_expression_gave_in_no_call_is_of_the_kind_that_the_flow_tells() -> None:
    found = {column.name: column for column in columns([flow(ALL)], {"double": Seen(None)})}
    assert found["double"].kind is ColumnKind.WHOLE


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("score * 2", "integer"),
        ("double(score) / 2.0", "number"),
        ("score > 2", "boolean"),
        ('score > 2 ? "good" : "bad"', "text"),
        ("double * 2", "integer"),
        ('score > 2 ? "good" : score', ""),
        ("paid + 1", ""),
        ("today", ""),
    ],
)
def test_the_kind_of_an_expression_is_told_by_what_comes_of_it(value: str, kind: str) -> None:
    steps = f"{rating(1)}  - {{set: double, value: score * 2}}\n  - set: worth\n    value: '{value}'\n"
    head = HEAD.replace("steps:", "variables: [paid]\nsteps:")
    column = columns_of(load_flow(head + steps + END, path="visit.yaml", audio_exists=lambda _: True))[-1]
    assert (column.kind.value if column.is_kind_known else "") == kind
    assert not column.is_asked


def test_a_language_is_called_the_same_in_an_answer_and_in_its_column() -> None:
    held = flow(ALL)
    (lang,) = (step for step in held.steps if isinstance(step, ChooseLanguage))
    options = grammar_of(lang, held, held.languages["en"]).body.options
    assert [each.label for each in options] == [each.label for each in columns_of(held)[0].options]


ROUNDS = """\
  - select_many: used
    prompt: Which did you use?
    choices:
      lab: {key: "1", text: a lab}
      ward: {key: "2", text: a ward}
  - repeat: each
    over: used
    steps:
      - rating: score
        prompt: "How was ${item}?"
        range: [1, 5]
  - date: born
    prompt: When were you born?
"""


def test_every_round_that_there_can_be_is_a_column() -> None:
    found = columns_of(flow(ROUNDS))
    assert [(column.name, column.kind.value) for column in found] == [
        ("used", "select_many"),
        ("score_1", "integer"),
        ("score_2", "integer"),
        ("born", "date"),
    ]


def test_the_numbered_answers_of_a_question_stand_where_it_does() -> None:
    numbered = dict.fromkeys(
        ["score_10", "score_2", "score_2_1", "score_x", "card_1"], Seen(ColumnKind.WHOLE)
    )
    found = columns([flow(ALL)], numbered)
    names = [column.name for column in found]
    at = names.index("score_2")
    assert names[at - 1 : at + 4] == ["came", "score_2", "score_2_1", "score_10", "meal"]
    assert "score" not in names
    assert names[-1] == "score_x"
    by_name = {column.name: column for column in found}
    assert (by_name["score_2"].kind, by_name["score_2"].minimum) == (ColumnKind.WHOLE, 1)
    assert by_name["score_2_1"].label.endswith("(2.1)")
    assert by_name["card_1"].sensitive


def test_a_value_that_one_version_knew_is_not_lost() -> None:
    (meal,) = columns([flow(meals("salad", "soup")), flow(meals("soup", "bread"))])
    assert [option.value for option in meal.options] == ["salad", "soup", "bread"]
    (score,) = columns([flow(rating(1)), flow(rating(0))], {"score": Seen(ColumnKind.WHOLE)})
    assert score.minimum == 0


def test_of_what_two_versions_work_out_in_two_kinds_the_log_tells_the_kind() -> None:
    both = [flow(f"{rating(1)}  - {{set: worth, value: {value}}}\n") for value in ("score * 2", "score > 2")]
    assert not columns(both)[1].is_kind_known
    assert columns(both, {"worth": Seen(ColumnKind.TEXT)})[1].is_kind_known


def test_what_is_asked_in_one_version_and_worked_out_in_another_takes_all_and_has_reasons() -> None:
    asked, worked_out = flow(rating(1)), flow("  - {set: score, value: 2 + 3}\n")
    for versions in ((asked, worked_out), (worked_out, asked)):
        (score,) = columns(versions)
        assert (score.kind, score.is_asked, score.is_worked_out) == (ColumnKind.TEXT, True, False)


def test_a_question_whose_kind_changed_is_text() -> None:
    (changed,) = columns([flow(rating(1, "meal")), flow(meals("soup", "salad"))])
    assert changed == Column("meal", ColumnKind.TEXT, "How much?")


def test_an_answer_that_no_question_explains_is_a_column_at_the_end() -> None:
    found = columns([flow(rating(1))], {"added": Seen(ColumnKind.NUMBER), "score": Seen(ColumnKind.WHOLE)})
    assert [column.name for column in found] == ["score", "added"]
    assert found[1] == Column("added", ColumnKind.NUMBER)


def test_what_the_log_calls_private_is_sensitive_even_when_its_flow_is_gone() -> None:
    seen = dict.fromkeys(["card", "age"], Seen(ColumnKind.TEXT))
    assert [column.sensitive for column in columns([], seen, {"card"})] == [True, False]
