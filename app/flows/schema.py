"""What a flow file may say. The descriptions here are the author's manual and the JSON Schema.

Checks each value by itself; whether the values fit together is the loader's business.
"""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from app.domain.languages import DEFAULT
from app.domain.speech import BargeIn
from app.flows.container_forms import RepeatForm, RunFlowForm
from app.flows.errand_forms import OptOutForm, QuotaForm, QuotaStepForm, WebhookForm
from app.flows.forms import (
    DefaultsForm,
    Duration,
    Flag,
    Form,
    LanguageForm,
    Name,
    Prompt,
    SpecialForm,
    UniversalsForm,
    Word,
    Zone,
)
from app.flows.model import Order
from app.flows.question_forms import (
    CallbackForm,
    ChooseLanguageForm,
    ConsentForm,
    DateForm,
    DigitsForm,
    NumericForm,
    OpenForm,
    RatingForm,
    SelectForm,
    SelectManyForm,
    SelectOneForm,
    YesNoForm,
)
from app.flows.step_forms import FlowingForm, StepForm
from app.flows.talk_forms import ConverseForm

__all__ = [
    "CallbackForm",
    "ChooseLanguageForm",
    "ConsentForm",
    "DateForm",
    "DigitsForm",
    "FlowingForm",
    "NumericForm",
    "OpenForm",
    "RatingForm",
    "SelectForm",
    "SelectManyForm",
    "SelectOneForm",
    "YesNoForm",
]

FLOW_NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$"


class MessageForm(FlowingForm):
    """Says something and goes on."""

    kind = "message"
    message: Name = Field(description="The step's name.")
    prompt: Prompt = Field(description="What is said, by language.")
    bargein: BargeIn | None = Field(None, description="What may interrupt it: `any`, `keys` or `none`.")


class SetForm(FlowingForm):
    """Works out a value and keeps it as an answer of its own, for conditions, prompts and results.

    A value that cannot be worked out, because it needs an answer that is missing, is missing too: it has the
    status `missing`, and tables have no value and no code for it, as no caller gave a reason.
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
    SelectManyForm,
    NumericForm,
    DigitsForm,
    RatingForm,
    DateForm,
    OpenForm,
    CallbackForm,
    ConverseForm,
    SetForm,
    SectionForm,
    RepeatForm,
    RunFlowForm,
    QuotaStepForm,
    WebhookForm,
    GotoForm,
    TransferForm,
    OptOutForm,
    EndForm,
)


class FlowHeader(Form):
    """The file's keys besides its steps."""

    flow: Annotated[str, Field(pattern=FLOW_NAME_PATTERN)] = Field(
        description="The flow's name, by which it is called, dialled and logged."
    )
    version: Word = Field("1", description="Your own count; stands in every result.")
    title: Word = Field("", description="What the flow is, for people.")
    languages: Annotated[dict[str, LanguageForm], Field(min_length=1, max_length=20)] = Field(
        {DEFAULT.key: LanguageForm(voice="", locale=DEFAULT.locale)},
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
    time_zone: Zone = Field(
        "UTC",
        description="The time zone of the callers, such as `America/New_York`: what `today` is, and when a "
        "call back is wanted.",
    )
    quotas: Annotated[list[QuotaForm], Field(max_length=200)] = Field(
        [], description="How many callers of which kind are wanted; see `quotas`."
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
    | SelectManyForm
    | NumericForm
    | DigitsForm
    | RatingForm
    | DateForm
    | OpenForm
    | CallbackForm
    | ConverseForm
    | SetForm
    | SectionForm
    | RepeatForm
    | RunFlowForm
    | QuotaStepForm
    | WebhookForm
    | GotoForm
    | TransferForm
    | OptOutForm
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
    for form in ("SectionForm", "RepeatForm"):
        schema["$defs"][form]["properties"]["steps"]["items"] = schema["properties"]["steps"]["items"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "DialAI call flow"}
