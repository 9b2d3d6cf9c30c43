"""What a flow file may say. The descriptions here are the author's manual and the JSON Schema.

Checks each value by itself; whether the values fit together is the loader's business.
"""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from app.domain.speech import BargeIn
from app.flows.forms import (
    Bounds,
    Choice,
    DefaultsForm,
    Duration,
    Flag,
    Form,
    Keys,
    LanguageForm,
    Length,
    Name,
    Prompt,
    SpecialForm,
    UniversalsForm,
    Word,
)
from app.flows.model import Order
from app.flows.step_forms import FlowingForm, QuestionForm, StepForm
from app.flows.talk_forms import ConverseForm, ProbeForm, Summary

FLOW_NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$"


class MessageForm(FlowingForm):
    """Says something and goes on."""

    kind = "message"
    message: Name = Field(description="The step's name.")
    prompt: Prompt = Field(description="What is said, by language.")
    bargein: BargeIn | None = Field(None, description="What may interrupt it: `any`, `keys` or `none`.")


class ChooseLanguageForm(QuestionForm):
    """Lets the caller choose the language. Its prompt is said in all languages, one after the other."""

    kind = "language"
    language: Name = Field(description="The step's name; the answer is the language.")
    keys: dict[Keys, Word] = Field(description='Which key chooses which language, such as `{"1": en}`.')


class ConsentForm(QuestionForm):
    """Asks for permission. A caller who stays silent has not agreed: without `on_fail` the call ends."""

    kind = "consent"
    consent: Name = Field(description="The step's name; the answer is true or false.")
    covers: list[Literal["survey", "recording"]] = Field(
        ["survey"], description="What is allowed by a yes; nothing is recorded without `recording`."
    )
    on_no: Name = Field(description="The step or label to go to after a no.")


class YesNoForm(QuestionForm):
    """Yes (key 1) or no (key 2)."""

    kind = "yes_no"
    yes_no: Name = Field(description="The step's name; the answer is true or false.")


class SelectOneForm(QuestionForm):
    """One of several choices."""

    kind = "select_one"
    select_one: Name = Field(description="The step's name; the answer is the choice's name.")
    choices: Annotated[dict[str, Choice], Field(min_length=1, max_length=100)] = Field(
        description="The choices by name, such as `{good: {key: 1, en: good, es: bien}}`."
    )


class NumericForm(QuestionForm):
    """A whole number, spoken or keyed."""

    kind = "numeric"
    numeric: Name = Field(description="The step's name; the answer is a number.")
    range: Bounds = Field(description="The lowest and the highest number allowed.")


class RatingForm(QuestionForm):
    """A grade, such as 1 to 5."""

    kind = "rating"
    rating: Name = Field(description="The step's name; the answer is a number.")
    range: Bounds = Field((1, 5), description="The lowest and the highest grade.")


class DigitsForm(QuestionForm):
    """A string of digits such as a card's last four; leading zeros are kept."""

    kind = "digits"
    digits: Name = Field(description="The step's name; the answer is text.")
    length: Length = Field(description="How many digits: one number, or `[least, most]`.")


class OpenForm(QuestionForm):
    """Free words, kept as a recording with a transcript."""

    kind = "open"
    open: Name = Field(description="The step's name; the answer is the transcript.")
    max_duration: Annotated[Duration, Field(ge=1_000, le=300_000)] = Field(
        60_000, description="How long the caller may speak."
    )
    probe: ProbeForm | None = Field(
        None, description="A conversation that follows the answer by itself; its keys are under `probe`."
    )
    summary: Summary | None = Field(
        None,
        description="Have the probe sum up what was said: `true` for an answer named like the step with "
        "`_summary` behind it, or a name of your own.",
    )


class SetForm(FlowingForm):
    """Works out a value and keeps it as an answer of its own, for conditions, prompts and results.

    A value that cannot be worked out, because it needs an answer that is missing, is missing too.
    """

    kind = "set"
    set: Name = Field(description="The value's name: a column in the results, and a name in conditions.")
    value: Word = Field(
        description='The value, in CEL: `score * 20`, `"late"`, or `age < 18 ? "minor" : "adult"`.'
    )
    sensitive: Flag = Field(
        default=False, description="The value stands in no log; needed where a sensitive answer is read."
    )


class SectionForm(FlowingForm):
    """Holds steps that belong together, and says in which order they come.

    An order by lot stays the same for the whole call, and the log holds the steps as they were heard. A
    `goto` from outside cannot lead into the middle of a section whose steps come by lot.
    """

    kind = "section"
    section: Name = Field(description="The section's name, to go to.")
    order: Order = Field(
        Order.FIXED,
        description="The order of its steps: as in the file (`fixed`), by lot (`random`), or as in the file "
        "from a step by lot, then round (`rotate`).",
    )
    pick: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None,
        description="How many of its steps a call takes, by lot; without it, all. A step that its `when` "
        "then passes over counts.",
    )
    steps: Annotated[list[Any], Field(min_length=1, max_length=100)] = Field(
        description="The steps, as in the flow itself. A section inside is one step."
    )


class GotoForm(StepForm):
    """Goes on at another step."""

    kind = "goto"
    goto: Name = Field(description="The step or label to go to.")


class TransferForm(StepForm):
    """Hands the caller to another number. The flow goes on only when nobody takes the call."""

    kind = "transfer"
    transfer: Word = Field(description="The number, such as `+15550100`, or `${variable}`.")
    prompt: Prompt | None = Field(None, description="What is said before.")
    on_fail: Name | None = Field(
        None, description="Where to go when nobody takes the call; without it, the next step."
    )


class EndForm(StepForm):
    """Says a last word and ends the call."""

    kind = "end"
    end: Literal[
        "completed",
        "partial",
        "refused",
        "opted_out",
        "ineligible",
        "quota_full",
        "callback",
        "no_input",
        "machine",
    ] = Field(description="How the call is counted.")
    prompt: Prompt | None = Field(None, description="The last word.")


STEP_FORMS: Final[tuple[type[StepForm], ...]] = (
    MessageForm,
    ChooseLanguageForm,
    ConsentForm,
    YesNoForm,
    SelectOneForm,
    NumericForm,
    DigitsForm,
    RatingForm,
    OpenForm,
    ConverseForm,
    SetForm,
    SectionForm,
    GotoForm,
    TransferForm,
    EndForm,
)

LATER_STEPS: Final = frozenset(
    {"select_many", "date", "repeat", "quota", "webhook", "run_flow"} | {"callback", "opt_out"}
)
"""Steps of the full language that this version refuses by name."""

LATER_KEYS: Final = frozenset({"quotas", "exclusive", "fixed", "full"})
"""Keys of the full language that this version refuses by name."""


class FlowHeader(Form):
    """The file's keys besides its steps."""

    flow: Annotated[str, Field(pattern=FLOW_NAME_PATTERN)] = Field(
        description="The flow's name, by which it is called, dialled and logged."
    )
    version: Word = Field("1", description="Your own count; stands in every result.")
    title: Word = Field("", description="What the flow is, for people.")
    languages: Annotated[dict[str, LanguageForm], Field(min_length=1, max_length=20)] = Field(
        {"en": LanguageForm(voice="", locale="en-US")},
        description="The languages; a call starts in the first. Without this key the flow is in English.",
    )
    defaults: DefaultsForm = Field(
        default_factory=lambda: DefaultsForm.model_validate({}),
        description="What every question does unless it says otherwise.",
    )
    universals: UniversalsForm = Field(
        default_factory=lambda: UniversalsForm.model_validate({}),
        description="Requests open at every question.",
    )
    special: SpecialForm = Field(
        default_factory=lambda: SpecialForm.model_validate({}),
        description="Keys for refused and don't know at every question.",
    )
    variables: list[Name] = Field(
        [], description="Names that whoever dials may set, for prompts and conditions."
    )
    partial_if: list[Name] = Field(
        [], description="A caller who hangs up after answering all of these counts as partial."
    )
    max_duration: Annotated[Duration, Field(ge=10_000, le=4 * 3_600_000)] = Field(
        15 * 60_000, description="The longest the call may take."
    )


AnyStep: TypeAlias = (
    MessageForm
    | ChooseLanguageForm
    | ConsentForm
    | YesNoForm
    | SelectOneForm
    | NumericForm
    | DigitsForm
    | RatingForm
    | OpenForm
    | ConverseForm
    | SetForm
    | SectionForm
    | GotoForm
    | TransferForm
    | EndForm
)


class FlowForm(FlowHeader):
    """A whole flow file."""

    steps: Annotated[list[AnyStep], Field(min_length=1)] = Field(
        description="What happens, in order. Each step is one of the kinds below."
    )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a flow file, for editors."""
    schema = FlowForm.model_json_schema()
    # What stands in a section is checked step by step, as the flow's own steps are; an editor is told here.
    schema["$defs"]["SectionForm"]["properties"]["steps"]["items"] = schema["properties"]["steps"]["items"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "DialAI call flow"}
