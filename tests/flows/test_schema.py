import json
import re
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from app.flows import bounds, container_forms, expressions, forms, library, schema, yaml_tree
from app.flows.checking import KINDS
from app.flows.manual import manual
from app.flows.scenarios import read_scenarios
from app.simulator.script import parse


@pytest.fixture(scope="module")
def validator():
    jsonschema.Draft202012Validator.check_schema(schema.json_schema())
    return jsonschema.Draft202012Validator(schema.json_schema())


@pytest.mark.parametrize("path", sorted(Path("call_flows").glob("*.yaml")), ids=lambda path: path.stem)
def test_an_editor_accepts_the_flows_that_ship(path, validator):
    flow = json.loads(json.dumps(YAML(typ="safe", pure=True).load(path)))
    assert [error.message for error in validator.iter_errors(flow)] == []


def test_an_editor_marks_a_wrong_key(validator):
    step = {"message": "a", "promt": "Hello."}
    assert not validator.is_valid({"flow": "x", "steps": [step]})
    assert validator.is_valid({"flow": "x", "version": 3, "steps": [{"message": "a", "prompt": "Hello."}]})


def test_every_key_is_explained_in_the_manual():
    text = manual()
    for form in [
        schema.FlowHeader,
        *schema.STEP_FORMS,
        forms.DefaultsForm,
        forms.ChoiceForm,
        forms.UniversalsForm,
    ]:
        for name, field in form.model_fields.items():
            assert field.description, f"{form.__name__}.{name}"
            assert f"| `{name}` |" in text
    for kind in KINDS:
        assert f"### `{kind}`" in text


def test_the_manual_shows_defaults_as_an_author_writes_them():
    text = manual()
    assert "| `timeout` | How long a caller may be silent after the prompt. | `5s` |" in text
    assert "| `[dtmf, speech]` |" in text
    assert "| `confirm` | Read an answer back: `never`, when unsure (`low`), `always`. | `low` |" in text


@pytest.mark.parametrize(
    ("where", "constant", "told"),
    [
        (container_forms, "MOST_ROUNDS", "| `repeat` | {} rounds;"),
        (library, "MOST_STEPS", "| a flow | {} steps,"),
        (yaml_tree, "MAX_NODES", " kB, {:,} values,"),
        (expressions, "MAX_EXPRESSION", "| an expression | {} characters;"),
        (expressions, "MAX_TEXT", "| what an expression gives | {:,} characters of text"),
        (bounds, "MOST_SUMS", "; {} times `+`,"),
        (bounds, "MOST_MATCHES", "; {} times `.matches()`,"),
    ],
)
def test_a_bound_is_told_as_the_code_holds_it(where, constant, told):
    assert told.format(getattr(where, constant)) in manual()


def test_the_scenarios_and_the_caller_of_the_manual_can_be_copied():
    blocks = re.findall(r"```yaml\n(.*?)```", manual(), re.DOTALL)
    (scenarios,) = (block for block in blocks if "\nscenarios:" in block)
    assert read_scenarios(scenarios, path="manual").scenarios
    (caller,) = (block for block in blocks if block.startswith("title:"))
    assert parse(caller).steps
