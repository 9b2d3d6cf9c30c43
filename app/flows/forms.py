"""The small parts of a flow file: texts, keys, durations, defaults; what a value may look like.

The descriptions here are the author's manual and the JSON Schema. Knows no steps.
"""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from app.domain.call import Millis
from app.domain.speech import BargeIn
from app.flows.house_words import ESCALATING, PROMPTS
from app.flows.model import Confirm, DayBound, Pin
from app.flows.sprint import Policy
from app.flows.words import (
    DAY_PATTERN,
    DURATION_PATTERN,
    NAME_PATTERN,
    as_choice,
    as_day,
    as_duration,
    as_flag,
    as_length,
    as_prompt,
    as_switch,
    as_synonyms,
    as_zone,
)

KEYS_PATTERN: Final = r"^[0-9*#]{1,10}$"
SWITCH_PATTERN: Final = r"^(\*[0-9]{0,3})?$"
END_KEY_PATTERN: Final = r"^[#*]?$"

_SCALAR: Final = {"type": ["string", "number", "boolean"]}
_TEXTS: Final = {
    "type": "object",
    "additionalProperties": {
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "properties": {"text": _SCALAR, "ssml": {"type": "string"}, "audio": {"type": "string"}},
                "required": ["text"],
                "additionalProperties": False,
            },
        ]
    },
}
_TEXT_OR_LIST: Final = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_PROMPT: Final = {"anyOf": [{"type": "string"}, _TEXTS]}

Word: TypeAlias = Annotated[str, WithJsonSchema(_SCALAR)]
"""Text as it is written, whatever YAML might take it for."""

Words: TypeAlias = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                name: _TEXT_OR_LIST if name in ESCALATING else {"type": "string"} for name in PROMPTS
            },
            "additionalProperties": False,
        }
    ),
]
"""The bot's own prompts, worded otherwise."""

Name: TypeAlias = Annotated[str, Field(pattern=NAME_PATTERN, max_length=60)]
Keys: TypeAlias = Annotated[
    str,
    Field(pattern=KEYS_PATTERN),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": KEYS_PATTERN}, {"type": "integer"}]}),
]
Switch: TypeAlias = Annotated[
    str,
    Field(pattern=SWITCH_PATTERN),
    BeforeValidator(as_switch),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"const": False}, {"type": "null"}]}),
]
EndKey: TypeAlias = Annotated[str, Field(pattern=END_KEY_PATTERN)]
Flag: TypeAlias = Annotated[bool, BeforeValidator(as_flag), WithJsonSchema({"type": "boolean"})]
Duration: TypeAlias = Annotated[
    Millis,
    BeforeValidator(as_duration),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["5s", "300ms", "15m"]}),
]
Length: TypeAlias = Annotated[
    tuple[Annotated[int, Field(ge=1, le=40)], Annotated[int, Field(ge=1, le=40)]],
    BeforeValidator(as_length),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 40},
                {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
            ]
        }
    ),
]
Bounds: TypeAlias = Annotated[
    tuple[Annotated[int, Field(ge=0, le=10**12)], Annotated[int, Field(ge=0, le=10**12)]],
    WithJsonSchema(
        {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2}
    ),
]


DayRange: TypeAlias = Annotated[
    tuple[Annotated[DayBound, BeforeValidator(as_day)], Annotated[DayBound, BeforeValidator(as_day)]],
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "string", "pattern": DAY_PATTERN},
            "minItems": 2,
            "maxItems": 2,
            "examples": [["today", "today + 6w"]],
        }
    ),
]
Zone: TypeAlias = Annotated[str, BeforeValidator(as_zone)]


class Form(BaseModel):
    """A group of keys: those named here and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SayForm(Form):
    """What is said in one language: a text, or a recording with its text."""

    text: Word = Field(
        description="The words. They stand in logs and transcripts, and are spoken when nothing else is."
    )
    ssml: Word | None = Field(None, description="The same words as SSML, for voices that read it.")
    audio: Word | None = Field(
        None, description="A recording to play instead, as a path relative to the flow's file."
    )


Prompt: TypeAlias = Annotated[dict[str, SayForm], BeforeValidator(as_prompt), WithJsonSchema(_PROMPT)]


class LanguageForm(Form):
    """One language of the flow."""

    voice: Word = Field("", description="The speech engine's name of the voice; empty takes its usual one.")
    locale: Word = Field("", description="The language's full tag, such as `en-US`.")
    vocabulary: Word = Field(
        "", description="The recogniser's custom vocabulary, by the name it has with the provider."
    )
    lexicons: Annotated[list[Word], Field(max_length=5)] = Field(
        [], description="The voice's pronunciation lexicons, by the names they have with the provider."
    )
    words: Words = Field(
        {},
        description='What the bot says by itself in this flow, by the names under "The bot\'s own words": '
        "`{help: Just speak., no_match: [Pardon?, Once more?]}`.",
    )


class SpecialForm(Form):
    """Ways out of a question that are no answer to it, by key."""

    dont_know: Keys | None = Field(None, description="The key that means: I don't know.")
    refused: Keys | None = Field(None, description="The key that means: I would rather not say.")


class UniversalsForm(Form):
    """Requests open at every question: a `*`, alone or with digits; `off` switches one off."""

    repeat: Switch = Field("*", description="Say that again.")
    help: Switch = Field("*4", description="Say the question's `help`.")
    operator: Switch = Field("*0", description="Go to the step labelled `operator`; off when there is none.")
    opt_out: Switch = Field(
        "*9", description="Never call again: the call goes to the step labelled `optout`."
    )


class BranchForm(Form):
    """One way on after a step."""

    when: Word | None = Field(None, description="Go there only if this condition is true.")
    goto: Name = Field(description="The step or label to go to.")


Input: TypeAlias = Annotated[list[Literal["dtmf", "speech"]], Field(min_length=1, max_length=2)]
Wait: TypeAlias = Annotated[Duration, Field(ge=500, le=60_000)]


class DefaultsForm(Form):
    """What every question does unless it says otherwise."""

    input: Input = Field(["dtmf", "speech"], description="How it may be answered: `dtmf` (keys), `speech`.")
    timeout: Wait = Field(
        Policy().first_input_ms, description="How long a caller may be silent after the prompt."
    )
    interdigit: Wait = Field(
        Policy().inter_digit_ms, description="How long to wait for the next key of a longer entry."
    )
    end_key: EndKey = Field("#", description='The key that ends an entry; `""` for none.')
    max_attempts: Annotated[int, Field(ge=1, le=10)] = Field(
        3, description="How often a question is asked in all."
    )
    on_fail: Name = Field(
        "skip", description="After the last attempt: `skip`, `operator`, `end`, or a step or label to go to."
    )
    confirm: Confirm = Field(
        Confirm.LOW, description="Read an answer back: `never`, when unsure (`low`), `always`."
    )
    bargein: BargeIn = Field(BargeIn.ANY, description="What may interrupt a prompt: `any`, `keys` or `none`.")


class ChoiceForm(Form):
    """One choice. Its name in the file is its value; each language's key holds what it is called."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Word] = Field(init=False)

    key: Keys | None = Field(None, description="The key that chooses it.")
    exclusive: Flag = Field(
        default=False, description="In a `select_many`, it goes with no other, as `none of them` does."
    )
    fixed: Pin | None = Field(None, description="It keeps its place in every order: `first` or `last`.")
    text: Word | None = Field(None, description="What it is called, in a flow of one language.")
    synonyms: Annotated[
        dict[str, list[Word]],
        BeforeValidator(as_synonyms),
        WithJsonSchema({"type": ["object", "array"]}),
    ] = Field({}, description="Further words that mean it, by language.")


Choice: TypeAlias = Annotated[ChoiceForm, BeforeValidator(as_choice)]
