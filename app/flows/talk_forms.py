"""What a flow file may say of a conversation with a model: what it is about, what it is to bring, its bounds.

The descriptions here are the author's manual and the JSON Schema. Whether names are free and targets
exist is the compiler's business.
"""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from app.domain.speech import BargeIn
from app.flows.forms import Duration, Form, Name, Prompt, Wait, Word
from app.flows.step_forms import FlowingForm
from app.flows.words import NAME_PATTERN, as_about, as_extract

MOST_FIELDS: Final = 20
"""More values than this no caller gives in one conversation."""

_KINDS: Final = ("text", "number", "boolean", "date", "choice")
_WORDS: Final = {"type": "array", "items": {"type": ["string", "number", "boolean"]}}
_ABOUT: Final = {
    "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]
}
Brief: TypeAlias = Annotated[Word, Field(min_length=1, max_length=1_000)]
Short: TypeAlias = Annotated[Word, Field(min_length=1, max_length=200)]
About: TypeAlias = Annotated[dict[str, Short], BeforeValidator(as_about), WithJsonSchema(_ABOUT)]
Summary: TypeAlias = Annotated[
    str,
    Field(pattern=NAME_PATTERN, max_length=60),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": NAME_PATTERN}]}),
]


class ExtractForm(Form):
    """A value that the conversation is to bring: an answer of its own, with a column in the results.

    In place of these keys may stand the type alone (`want_call: boolean`), or a list of choices
    (`mood: [happy, sad]`).
    """

    type: Literal["text", "number", "boolean", "date", "choice"] = Field(
        "text", description="`text`, `number`, `boolean`, `date` or `choice`."
    )
    about: About = Field(
        {},
        description="What it means: for the model, and for the offline responder, which says it. Best "
        "written as a question to the caller, in each language.",
    )
    choices: Annotated[list[Short], Field(max_length=50)] = Field(
        [], description="What it may be, with `type: choice`."
    )


class ExitForm(Form):
    """A way out of the conversation. The model may only say that it is taken; it leads where you say."""

    when: Short = Field(description="When it is taken, in plain words: `the caller describes an emergency`.")
    goto: Name = Field(description="The step or label to go to.")


class LimitsForm(Form):
    """The bounds of a conversation."""

    turns: Annotated[int, Field(ge=1, le=30)] = Field(
        6, description="How often the caller may speak, 30 times at most."
    )
    duration: Annotated[Duration, Field(ge=10_000, le=900_000)] = Field(
        120_000, description="After this time the caller is asked nothing more; 15 minutes at most."
    )
    forbid: Annotated[list[Short], Field(max_length=20)] = Field(
        [], description="What the model must not talk about, such as `[medical advice]`."
    )


class ProbeForm(Form):
    """What the model asks after an open answer, in a conversation of its own."""

    max: Annotated[int, Field(ge=1, le=3)] = Field(1, description="How many questions at most, 1 to 3.")
    about: Brief | None = Field(None, description="What you want to learn more of.")


def _extract_schema() -> dict[str, Any]:
    told = {name: {"description": field.description} for name, field in ExtractForm.model_fields.items()}
    keys: dict[str, dict[str, Any]] = {"type": {"enum": list(_KINDS)}, "about": _ABOUT, "choices": _WORDS}
    long = {
        "type": "object",
        "properties": {name: {**told[name], **keys[name]} for name in told},
        "additionalProperties": False,
    }
    return {
        "anyOf": [{"enum": [kind for kind in _KINDS if kind != "choice"]}, {**_WORDS, "minItems": 1}, long]
    }


Extract: TypeAlias = Annotated[ExtractForm, BeforeValidator(as_extract), WithJsonSchema(_extract_schema())]


class ConverseForm(FlowingForm):
    """Lets a model talk with the caller, within a goal and bounds.

    Its answers are the values under `extract`; it has none of its own. What the conversation did not
    bring is `no_input`. The model never chooses where the flow goes, except by an exit you name.
    Without a model (`DIALAI_LLM=offline`) a scripted interviewer holds it: it asks for the values one
    by one, reads yes and no, numbers and choices by the rules of questions, takes text as it was said,
    and asks for no dates; it takes an exit only on the very words of its `when`.
    """

    kind = "converse"
    converse: Name = Field(description="The step's name.")
    goal: Brief = Field(description="What the conversation is for. May say answers by `${name}`.")
    prompt: Prompt | None = Field(
        None, description="The first words, by language; without them the model opens."
    )
    style: Annotated[Word, Field(max_length=500)] = Field(
        "", description="How the model speaks: `warm and brief`."
    )
    extract: Annotated[dict[Name, Extract], Field(max_length=MOST_FIELDS)] = Field(
        {}, description="The values it is to bring, by name; each is an answer. See `extract`."
    )
    exits: Annotated[dict[Name, ExitForm], Field(max_length=10)] = Field(
        {}, description="Ways out of it, by name. See `exits`."
    )
    limits: LimitsForm = Field(
        default_factory=lambda: LimitsForm.model_validate({}), description="Its bounds. See `limits`."
    )
    noinput: list[Prompt] = Field(
        [],
        description="What is said after silence; the second entry the second time. In a language that is "
        "left out, and without this key, the language's own words are.",
    )
    help: Prompt | None = Field(None, description="What is said when the caller asks for help.")
    timeout: Wait | None = Field(None, description="How long the caller may be silent after the bot spoke.")
    bargein: BargeIn | None = Field(None, description="What may interrupt: `any`, `keys` or `none`.")
    max_attempts: Annotated[int, Field(ge=1, le=10)] | None = Field(
        None, description="How often in all the caller may be silent or not understood."
    )
    on_fail: Name | None = Field(
        None,
        description="After that, or when the model fails: `skip`, `operator`, `end`, or a step or label.",
    )
