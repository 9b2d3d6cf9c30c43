"""What every step of a flow file may say, and what every question may.

The descriptions here are the author's manual and the JSON Schema. Knows no kind of step.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from app.domain.speech import BargeIn
from app.flows.forms import (
    BranchForm,
    EndKey,
    Flag,
    Form,
    Input,
    Name,
    Prompt,
    SpecialForm,
    Wait,
    Word,
)
from app.flows.model import Confirm


class StepForm(Form):
    """What every step may say."""

    kind: ClassVar[str]
    label: Name | None = Field(None, description="A further name, to go to.")
    when: Word | None = Field(None, description="Take this step only if the condition is true.")


class FlowingForm(StepForm):
    """A step after which the flow goes on."""

    then: list[BranchForm] = Field(
        [], description="Where to go on; the first whose `when` is true. Without one, the next step."
    )


class QuestionForm(FlowingForm):
    """What every question may say.

    An answer by voice is found by rules, in the caller's language. Words that they leave open are shown to
    the model, where there is one, with the values that are allowed: it names one of them, or nothing, within
    two seconds. A day that it reckoned is read back. It is not asked at a `consent`, a `language`, `digits`,
    or where the answer is `sensitive`.
    """

    prompt: Prompt = Field(description="The question, by language.")
    noinput: list[Prompt] = Field(
        [],
        description="What is said after silence; the second entry the second time. In a language that is "
        "left out, and without this key, the language's own words are.",
    )
    nomatch: list[Prompt] = Field(
        [], description="What is said after an answer that is none; likewise a list."
    )
    help: Prompt | None = Field(None, description="What is said when the caller asks for help.")
    input: Input | None = Field(None, description="How it may be answered: `dtmf` (keys), `speech`.")
    timeout: Wait | None = Field(None, description="How long the caller may be silent after the prompt.")
    interdigit: Wait | None = Field(None, description="How long to wait for the next key.")
    end_key: EndKey | None = Field(None, description='The key that ends an entry; `""` for none.')
    bargein: BargeIn | None = Field(
        None, description="What may interrupt the prompt: `any`, `keys` or `none`."
    )
    max_attempts: Annotated[int, Field(ge=1, le=10)] | None = Field(
        None, description="How often it is asked in all."
    )
    on_fail: Name | None = Field(
        None, description="After the last attempt: `skip`, `operator`, `end`, or a step or label."
    )
    confirm: Confirm | None = Field(
        None, description="Read the answer back: `never`, `low` (when unsure), `always`."
    )
    required: Flag = Field(
        default=True, description="With `false`, the end key alone passes over the question."
    )
    special: SpecialForm | None = Field(
        None, description="Keys for refused and don't know; replaces the flow's."
    )
    sensitive: Flag = Field(
        default=False, description="The answer stands in no log, transcript or recording."
    )
