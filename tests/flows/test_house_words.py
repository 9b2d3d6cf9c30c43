"""What a project words otherwise than the catalogue: read, checked, and said."""

import pytest

from app.domain.languages import LANGUAGES
from app.flows.courtesy import help_text, no_input, no_match, read_back
from app.flows.house_words import PROMPTS, load_prompts, prompts_for_the_manual, with_words
from app.flows.loader import load_flow
from app.flows.manual import manual
from app.flows.problems import FlowErrors
from app.flows.schema import json_schema
from tests.flows.clinic import ENGLISH

OWN = """\
confirm: "Did you say {answer}?"
no_input: [Hello?, Are you there?]
help: Just speak.
"""
ALONE = "must stand in it, each once, and nothing else in braces"
NO_PROMPT = "the bot has no such prompt; `dialai flows docs` lists them"


def loaded(text, key="en"):
    return load_prompts(text, path="languages/en.yaml", language=LANGUAGES[key])


def complaint(text, key="en"):
    with pytest.raises(FlowErrors) as caught:
        loaded(text, key)
    (line,) = str(caught.value).splitlines()
    return line.removeprefix("languages/en.yaml:")


def test_what_a_project_words_itself_is_said_and_the_rest_stays():
    prompts = loaded(OWN)
    assert prompts.help == "Just speak."
    assert prompts.no_input == ("Hello?", "Are you there?")
    assert prompts.goodbye == LANGUAGES["en"].prompts.goodbye
    flow = load_flow(
        "flow: own\nsteps:\n  - {label: bye, end: completed}\n", path="f.yaml", audio_exists=lambda _: True
    )
    (spec,) = with_words(flow, {"en": prompts}).languages.values()
    assert [said.text for said in read_back("four", spec, sensitive=False)] == ["Did you say four?"]
    assert [said.text for said in no_input(3)(spec)] == ["Are you there?"]
    assert [said.text for said in no_input(1)(ENGLISH)] == ["I didn't hear anything."]


def test_words_for_a_locale_are_nearer_than_those_for_its_language():
    flow = load_flow(
        "flow: own\nsteps:\n  - {label: bye, end: completed}\n", path="f.yaml", audio_exists=lambda _: True
    )
    american, any_english = loaded("help: Speak up."), loaded("help: Speak.")
    (spec,) = with_words(flow, {"en": any_english, "en-US": american}).languages.values()
    assert spec.prompts == american
    assert with_words(flow, {"es": any_english}) is flow


FLOW = """\
flow: own
languages:
  en: {words: {help: Just talk., no_match: [Pardon?, Once more?]}}
  es: {}
steps:
  - {label: bye, end: completed}
"""


def flow_of(text):
    return load_flow(text, path="f.yaml", audio_exists=lambda _: True)


def test_what_a_flow_words_itself_goes_before_the_projects_words_and_the_rest_stays():
    flow = flow_of(FLOW)
    assert flow.languages["es"].prompts is None
    assert [said.text for said in help_text(flow.languages["en"])] == ["Just talk."]
    assert [said.text for said in no_match(2)(flow.languages["en"])] == ["Once more?"]
    assert [said.text for said in no_input(1)(flow.languages["en"])] == ["I didn't hear anything."]
    both = with_words(flow, {"en": loaded(OWN), "es": loaded("help: Hable.", "es")}).languages
    assert [said.text for said in help_text(both["en"])] == ["Just talk."]
    assert [said.text for said in no_input(1)(both["en"])] == ["Hello?"]
    assert [said.text for said in help_text(both["es"])] == ["Hable."]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("{hepl: a}", f"3:16: languages.en.words.hepl: {NO_PROMPT} (did you mean help?)"),
        ("{confirm: Right?}", f"3:16: languages.en.words.confirm: `{{answer}}` {ALONE}"),
        ("{help: [a, b]}", "3:16: languages.en.words.help: one text is expected here"),
        ("{no_input: {a: b}}", "3:16: languages.en.words.no_input: a text is expected here"),
        ("[a]", "3:15: languages.en.words: keys with values are expected here"),
    ],
)
def test_a_mistake_in_a_flows_own_words_is_one_line_with_its_place(words, line):
    with pytest.raises(FlowErrors) as caught:
        flow_of(
            f"flow: own\nlanguages:\n  en: {{words: {words}}}\nsteps:\n  - {{label: bye, end: completed}}\n"
        )
    assert str(caught.value).splitlines() == [f"f.yaml:{line}"]


def test_an_editor_completes_a_flows_own_words():
    words = json_schema()["$defs"]["LanguageForm"]["properties"]["words"]
    assert list(words["properties"]) == list(PROMPTS)
    assert not words["additionalProperties"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- a\n", "1:1: a file of prompts and their texts, as in `help: TEXT`"),
        ("help: Speak.\nhepl: a\n", f"2:1: hepl: {NO_PROMPT} (did you mean help?)"),
        ("help: [a, b]\n", "1:1: help: one text is expected here"),
        ("help: {a: b}\n", "1:1: help: a text is expected here"),
        ("help:\n", "1:1: help: a text is expected here"),
        ('help: " "\n', "1:1: help: a text is expected here"),
        ("no_input: []\n", "1:1: no_input: one to 5 texts are expected here; they escalate"),
        ("no_input: [a, [b]]\n", "1:1: no_input: a text is expected here"),
        ("help: Press {key}.\n", "1:1: help: nothing is filled in here; write no `{` and `}`"),
        ("help: a } b\n", "1:1: help: a `{` or `}` stands alone; write no braces but those of a `{name}`"),
        ("confirm: Right?\n", f"1:1: confirm: `{{answer}}` {ALONE}"),
        ('confirm: "{answer:>9}"\n', f"1:1: confirm: `{{answer}}` {ALONE}"),
        ('confirm: "{answer.__class__}"\n', f"1:1: confirm: `{{answer}}` {ALONE}"),
        ('choice: "{key}"\n', f"1:1: choice: `{{choice}}` and `{{key}}` {ALONE}"),
        (f"help: {'a' * 501}\n", "1:1: help: a prompt has 500 characters at most; this one has 501"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_projects_words_is_one_line_with_its_place(text, line):
    assert complaint(text) == line


def test_the_manual_names_every_prompt_with_what_is_said():
    table = prompts_for_the_manual(LANGUAGES["es"])
    assert all(f"| `{name}` | " in table for name in PROMPTS)
    assert "I heard {answer}. Is that right?" in manual()
