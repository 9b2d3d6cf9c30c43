"""What a flow file may say of its questions, one kind each.

The descriptions here are the author's manual and the JSON Schema. Checks each value by itself.
"""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field

from app.flows.forms import Bounds, Choice, DayRange, Duration, Flag, Keys, Length, Name, Prompt, Word
from app.flows.model import DayBound, Order
from app.flows.step_forms import QuestionForm
from app.flows.talk_forms import ProbeForm, Summary

_EVER: Final = (DayBound(date(1900, 1, 1)), DayBound(date(2100, 12, 31)))


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


class SelectForm(QuestionForm):
    """What the questions with choices share."""

    choices: Annotated[dict[str, Choice], Field(min_length=1, max_length=100)] = Field(
        description="The choices by name, such as `{good: {key: 1, en: good, es: bien}}`."
    )
    order: Order = Field(
        Order.FIXED,
        description="In which order `${choices}` in a prompt says them: as in the file (`fixed`), by lot "
        "(`random`), or as in the file from a choice by lot, then round (`rotate`).",
    )


class SelectOneForm(SelectForm):
    """One of several choices."""

    kind = "select_one"
    select_one: Name = Field(description="The step's name; the answer is the choice's name.")


class SelectManyForm(SelectForm):
    """Any of several choices together: `1 3 #` by keys, "the laboratory and the pharmacy" by voice.

    The answer is a list, for conditions such as `"lab" in used` or `size(used) > 1`; `${used}` says all of
    it. Results hold a column for each choice.
    """

    kind = "select_many"
    select_many: Name = Field(description="The step's name; the answer is a list of choices' names.")
    least: Annotated[int, Field(ge=1, le=100)] = Field(1, description="How many must be taken at least.")
    most: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None, description="How many may be taken at most; without it, all."
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


class CallbackForm(QuestionForm):
    """Keeps that the caller wants to be called back, and when, for `dialai callbacks` and whoever calls.

    With `ask_time` it is a question: a day and a time in words ("tomorrow at three"), or the time by four
    keys (`1500`); without a `prompt` it says one of its own. The answer is text such as
    `2026-05-03T15:00-04:00`, by the clocks of the flow's `time_zone`. A caller who names no time is kept
    without one; who would rather not say is not. Without `ask_time` nothing is asked, and there is no
    answer.
    """

    kind = "callback"
    callback: Name = Field(description="The step's name; the answer is the moment.")
    prompt: Prompt | None = Field(  # type: ignore[assignment]  # here languages have words of their own
        None, description="The question, by language, with `ask_time`."
    )
    ask_time: Flag = Field(default=False, description="Ask for a day and a time.")
    days: Annotated[int, Field(ge=1, le=365)] = Field(30, description="How many days ahead it may be.")
    number: Word | None = Field(
        None, description="Which number to call, such as `${phone}`; without it, the caller's own."
    )


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


class DateForm(QuestionForm):
    """A calendar day, such as "next Friday" or "the third of May"; by keys as the language writes dates.

    The answer is text such as `2026-05-03`, which conditions compare: `visit < "2026-06-01"`, or with
    `today`: `visit > today`.
    """

    kind = "date"
    date: Name = Field(description="The step's name; the answer is the day.")
    range: DayRange = Field(
        _EVER,
        description="The first and the last day allowed, each a date or counted from the day of the call: "
        "`[2026-01-01, today]`, `[today + 1d, today + 6w]`, `[today - 120y, today - 18y]`.",
    )
