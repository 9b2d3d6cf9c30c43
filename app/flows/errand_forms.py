"""What a flow file may say of quotas, of web services and of callers who want no further call.

The descriptions here are the author's manual and the JSON Schema. Whether names and targets exist is the
compiler's business.
"""

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from app.flows.forms import Duration, Flag, Form, Name, Prompt, Word
from app.flows.step_forms import FlowingForm, StepForm
from app.flows.talk_forms import Extract
from app.flows.words import as_sent

MOST_TARGET: Final = 10_000_000
"""No survey by telephone wants more interviews than this."""

MOST_VALUES: Final = 50
"""Values that are sent or taken at once: more of them are a slip of the finger."""

_HEADER: Final = r"^[A-Za-z][A-Za-z0-9-]{0,59}$"
_SENT: Final = {
    "anyOf": [
        {"type": "array", "items": {"type": "string"}},
        {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
    ]
}
Sent: TypeAlias = Annotated[
    dict[Name, Word], Field(max_length=MOST_VALUES), BeforeValidator(as_sent), WithJsonSchema(_SENT)
]


class QuotaForm(Form):
    """A cell of the flow's quotas: so many calls whose answers satisfy a condition, and no more.

    A step `quota` looks whether there is room for the caller, who then has a place in the cell. The place
    counts for good when the call ends as `completed`; at any other end it is free again.
    """

    name: Name = Field(description="The cell's name, such as `women_u40`.")
    when: Word = Field(description='Whom it counts, as a condition: `gender == "f" && age < 40`.')
    target: Annotated[int, Field(ge=1, le=MOST_TARGET)] = Field(
        description="How many completed calls it takes."
    )


class QuotaStepForm(FlowingForm):
    """Looks whether the caller is still wanted: gives them a place in every cell whose condition is true.

    Where one of those cells is full, the call goes on at `full`. A caller whom no cell counts goes on.
    Who comes here again with other answers has the places of these alone: those they had before are free.
    """

    kind = "quota"
    quota: Name = Field(description="The step's name.")
    full: Name = Field(description="The step or label to go to when a cell is full.")


class WebhookForm(FlowingForm):
    """Sends answers to a web service by HTTPS POST, as a JSON object, and takes values from its reply.

    What is to be sent is kept before it is sent and is sent again, with longer and longer pauses, until
    the service takes it, also after the call. Each time it has the same `Idempotency-Key` header, by which
    the service can tell that it has it already, and a `DialAI-Signature` where
    `DIALAI_WEBHOOK_SIGNING_KEY` is set. The caller waits for the first try alone, and after two seconds
    is told that it takes a moment. A status from 200 to 299 is a success; a 4xx is not sent again.
    """

    kind = "webhook"
    webhook: Name = Field(description="The step's name.")
    url: Word = Field(
        description="Where it is sent, such as `https://crm.example.com/calls`. Addresses of this machine "
        "and of private networks are refused, whatever name they hide behind."
    )
    private: Flag = Field(
        default=False,
        description="The service stands in your own network: a private address and `http://` may be written, "
        "and whoever runs DialAI must name it in `DIALAI_WEBHOOK_ALLOW`.",
    )
    send: Sent = Field(
        {},
        description="What is sent: a list of answers and variables, such as `[age, gender]`, or names with "
        "expressions, such as `{years: age, adult: age >= 18}`. What is not known is sent as `null`.",
    )
    headers: Annotated[
        dict[Annotated[str, Field(pattern=_HEADER)], Annotated[Word, Field(max_length=1_000)]],
        Field(max_length=20),
    ] = Field(
        {},
        description="Further headers, such as `{X-Api-Key: '${secret.crm}'}`: the secret itself stands in "
        "`DIALAI_WEBHOOK_SECRETS`, never in the flow.",
    )
    timeout: Annotated[Duration, Field(ge=100, le=10_000)] = Field(
        5_000, description="How long the caller waits for the reply, 10 seconds at most."
    )
    save: Annotated[dict[Name, Extract], Field(max_length=MOST_VALUES)] = Field(
        {},
        description="What to take from the reply, by its keys: `{tier: text, points: number}`; "
        "each is an answer with a column of its own. As under `extract`; without a value of that type it "
        "is `missing`, as what `set` cannot work out.",
    )
    wait: Flag = Field(
        default=True, description="With `false` the call goes on at once and does not learn what came of it."
    )
    prompt: Prompt | None = Field(
        None, description="What is said when the reply takes longer than two seconds."
    )
    on_fail: Name | None = Field(
        None,
        description="Where to go when no reply came in time, or none that is a success; without it, the "
        "next step.",
    )
    sensitive: Flag = Field(
        default=False,
        description="What is sent and what comes back stand in no log; needed where a sensitive answer is "
        "sent.",
    )


class OptOutForm(StepForm):
    """Puts the caller's number on the do-not-call list, says so, and ends the call.

    The number is on the list before the caller hears of it; from then on it is not dialled any more.
    """

    kind = "opt_out"
    opt_out: Literal["number"] = Field(description="What must not be called again: the caller's `number`.")
    end_as: Literal["opted_out", "refused", "completed", "partial", "ineligible"] = Field(
        "opted_out", description="How the call is counted."
    )
    prompt: Prompt | None = Field(
        None, description="The last word; without it, that the number will not be called again."
    )
