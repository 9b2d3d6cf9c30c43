"""What a flow file may say of steps that bring other steps along: rounds of them, or those of another flow.

The descriptions here are the author's manual and the JSON Schema. Whether names exist is not judged here.
"""

from typing import Annotated, Any, Final, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from app.flows.forms import Name, Word
from app.flows.model import Order
from app.flows.step_forms import FlowingForm
from app.flows.words import as_rounds

MOST_ROUNDS: Final = 50
"""More rounds than this nobody answers on the telephone."""

USUAL_ROUNDS: Final = 10
"""Rounds of a repeat whose author sets no bound, where an expression says how many."""

_LABELS: Final = {"type": "object", "additionalProperties": {"type": "string"}}
Over: TypeAlias = Annotated[
    dict[str, dict[str, Word]] | Name,
    BeforeValidator(as_rounds),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
                {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, _LABELS]}},
            ]
        }
    ),
]
Times: TypeAlias = Annotated[Word, Field(min_length=1, max_length=500)]


class RepeatForm(FlowingForm):
    """Takes its steps in rounds: one for each choice of a `select_many` that was taken, or so many.

    In a round, prompts and conditions call the thing it is about `item`, and count it by `number`, from 1.
    The answers of each round are numbered: `score` is `score_1`, `score_2`, and so they are called behind
    the repeat; inside, `score` is the present round's. Numbers belong to the list's places, not to what
    was taken of it: `score_2` is always about the second. A `goto` cannot lead into a round. When a call
    comes here again, the answers of rounds that are no longer taken become `missing`.
    """

    kind = "repeat"
    repeat: Name = Field(description="The repeat's name, to go to.")
    over: Over | None = Field(
        None,
        description="What there is a round for: the name of a `select_many` (each choice that was taken, "
        "those that are `exclusive` left out), a list such as `[mother, father]`, or names with texts by "
        "language: `{m: {en: your mother, es: su madre}}`.",
    )
    times: Times | None = Field(
        None, description="Or how many rounds: a number, or an expression such as `children + 1`."
    )
    most: Annotated[int, Field(ge=1, le=MOST_ROUNDS)] | None = Field(
        None,
        description=f"The most rounds that `times` can bring, {MOST_ROUNDS} or fewer; without it as many as "
        f"the answer can be that `times` names, or {USUAL_ROUNDS} of an expression.",
    )
    order: Order = Field(
        Order.FIXED, description="The order of the rounds: `fixed`, `random` or `rotate`, as in a section."
    )
    steps: Annotated[list[Any], Field(min_length=1, max_length=100)] = Field(
        description="The steps of a round, as in the flow itself."
    )


class RunFlowForm(FlowingForm):
    """Runs another flow of the same folder here, then goes on.

    Its answers are called like this step with `_` before their own names: `run_flow: about` gives
    `about_age`. A call keeps the other flow as it was when the call began. Where the other flow comes to
    `end: completed`, this one goes on without its last word; any other end ends the call. The other flow
    must speak the languages of this one; its `quotas`, `partial_if`, `universals`, `words` and `max_duration`
    do not count here.
    """

    kind = "run_flow"
    run_flow: Name = Field(description="The step's name, which its answers begin with.")
    flow: Word | None = Field(
        None, description="The other flow, by its name; without it, the one named like this step."
    )
