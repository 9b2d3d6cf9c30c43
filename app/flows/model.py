"""A flow as the interpreter runs it: checked, compiled, immutable. Made by the loader alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.call import Disposition, Millis
from app.domain.conversation import FieldKind
from app.domain.speech import BargeIn
from app.flows.asked import (
    AskDate,
    AskDigits,
    AskMoment,
    AskYesNo,
    Choice,
    ChooseLanguage,
    Consent,
    Numeric,
    Order,
    Pin,
    Question,
    Select,
    SelectMany,
    SelectOne,
    Step,
)
from app.flows.parts import (
    Branch,
    Confirm,
    DayBound,
    Expression,
    LanguageSpec,
    Piped,
    Place,
    Quota,
    Say,
    Text,
)
from app.flows.sprint import Policy, Universal

__all__ = [
    "AskDate",
    "AskDigits",
    "AskMoment",
    "AskYesNo",
    "Branch",
    "Choice",
    "ChooseLanguage",
    "Confirm",
    "Consent",
    "DayBound",
    "Expression",
    "LanguageSpec",
    "Numeric",
    "Order",
    "Pin",
    "Piped",
    "Place",
    "Question",
    "Quota",
    "Say",
    "Select",
    "SelectMany",
    "SelectOne",
    "Step",
    "Text",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Step):
    """Says something and goes on."""

    prompt: Text
    bargein: BargeIn = BargeIn.ANY


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value that a conversation is to bring: an answer of its own. `about` is by language."""

    name: str
    kind: FieldKind
    about: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WayOut:
    """A named way out of a conversation: `when`, in the author's words, it is taken, and where it leads."""

    name: str
    when: str
    goto: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConverseStep(Step):
    """Lets a model talk with the caller inside bounds; without a `prompt` the model opens."""

    goal: Piped
    style: str = ""
    wanted: tuple[Wanted, ...] = ()
    exits: tuple[WayOut, ...] = ()
    forbid: tuple[str, ...] = ()
    most_turns: int = 6
    duration_ms: Millis = 120_000
    prompt: Text | None = None
    noinput: tuple[Text, ...] = ()
    help: Text | None = None
    policy: Policy = field(default_factory=Policy)
    bargein: BargeIn = BargeIn.ANY
    max_attempts: int = 3
    on_fail: str = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Open(Question):
    """Free words, kept as audio with a best-effort transcript.

    `probe` is the conversation that follows an answer by itself, under the question's own name.
    """

    max_duration_ms: Millis = 60_000
    probe: ConverseStep | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetValue(Step):
    """Works out a value and keeps it as an answer."""

    value: Expression
    sensitive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(Step):
    """Holds the steps that follow it in the flow. `parts` says of each one how many steps it is in all.

    A call takes `pick` of the parts, or all of them. One that `is_round` is a round of a repeat.
    """

    parts: tuple[int, ...]
    order: Order = Order.FIXED
    pick: int | None = None
    is_round: bool = False

    @property
    def is_drawn(self) -> bool:
        """Whether something about it is decided by lot."""
        return self.order is not Order.FIXED or self.pick is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goto(Step):
    """Goes on at the step or label `target`."""

    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Step):
    """Ends a flow that is run within another: goes on behind the `section` that holds its steps."""

    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStep(Step):
    """Hands the caller to `number` (E.164, or `${...}`); goes to `on_fail` when nobody takes the call."""

    number: Piped
    prompt: Text | None = None
    on_fail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndStep(Step):
    """Ends the call with a disposition, after a last word."""

    disposition: Disposition
    prompt: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaStep(Step):
    """Reserves the caller's places in the flow's quotas; goes to `full` when there is none in one of them."""

    full: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookStep(Step):
    """Sends `body` to a web service; its reply brings what is `wanted`. Without it, goes to `on_fail`."""

    url: str
    body: Mapping[str, Expression]
    headers: Mapping[str, str] = field(default_factory=dict)
    wanted: tuple[Wanted, ...] = ()
    timeout_ms: Millis = 5_000
    waits: bool = True
    prompt: Text | None = None
    on_fail: str | None = None
    sensitive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackStep(Step):
    """Keeps that the caller wants to be called back, at the `number` or their own. Else goes to `on_fail`."""

    number: Piped | None = None
    on_fail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutStep(Step):
    """Keeps that the caller's number must not be called again, says so and ends the call."""

    disposition: Disposition = Disposition.OPTED_OUT
    prompt: Text | None = None


def conversation_of(step: Step) -> ConverseStep | None:
    """Return the conversation that a step is, or that follows its answer."""
    if isinstance(step, Open):
        return step.probe
    return step if isinstance(step, ConverseStep) else None


def answers_of(step: Step) -> tuple[str, ...]:
    """Return the names of the answers that a step can bring: columns, and variables of later steps."""
    own = (step.name,) if isinstance(step, Question | SetValue) else ()
    return own + tuple(wanted.name for wanted in wanted_of(step))


def wanted_of(step: Step) -> tuple[Wanted, ...]:
    """Return what a conversation or a web service is to bring besides."""
    talk = conversation_of(step) or step
    return talk.wanted if isinstance(talk, ConverseStep | WebhookStep) else ()


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow.

    `sha256` is that of the file's bytes; `source` the text itself, frozen with the calls that use it.
    """

    name: str
    version: str
    title: str
    languages: Mapping[str, LanguageSpec]
    steps: tuple[Step, ...]
    universals: Mapping[Universal, str]
    max_duration_ms: Millis
    partial_if: tuple[str, ...] = ()
    quotas: tuple[Quota, ...] = ()
    sha256: str = ""
    source: str = ""
    time_zone: str = "UTC"
    """The zone in which the flow says and understands days and times, by its IANA name."""
    runs: tuple[str, ...] = ()
    """The flows that it runs within itself."""
    variables: frozenset[str] = frozenset()
    """Names that whoever dials may set (`POST /api/calls` variables) and prompts may pipe."""

    @property
    def default_language(self) -> str:
        """The first language the file names: the one a call starts in."""
        return next(iter(self.languages))


def private_names(flow: Flow) -> frozenset[str]:
    """Return the names of the answers that stand in no log."""
    own = {s.name for s in flow.steps if isinstance(s, Question | SetValue) and s.sensitive}
    replies = (s for s in flow.steps if isinstance(s, WebhookStep) and s.sensitive)
    return frozenset(own).union(wanted.name for step in replies for wanted in step.wanted)
