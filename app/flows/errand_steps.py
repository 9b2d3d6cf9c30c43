"""What a call's steps ask of the world, one errand after the other, and the answers that come of it.

Decides no way; knows no wire.
"""

from typing import Final

from app.domain.answers import Answer, Source, Status
from app.domain.call import Disposition, Millis
from app.domain.conversation import Field, accept
from app.domain.errands import Cell, Errand, ErrandResult, KeepCallback, OptOut, Post, ReserveQuota
from app.domain.languages import language as catalogue_of
from app.domain.speech import Prompt
from app.flows import courtesy
from app.flows.expressions import UNKNOWN, evaluate, holds, render, written
from app.flows.memory import Memory
from app.flows.model import (
    AskMoment,
    CallbackStep,
    EndStep,
    Flow,
    OptOutStep,
    Piped,
    QuotaStep,
    Step,
    WebhookStep,
    private_names,
)
from app.flows.parts import WAYS_OUT
from app.flows.sprint import RunErrand

STORED_MS: Final[Millis] = 4_000
"""What is only kept, in our own database, is waited for this long."""

_SLACK_MS: Final[Millis] = 500
"""A web service's time is counted from when its message is stored."""


def leaves_as(step: Step) -> Disposition:
    """Return what a call counts as whose caller wants no further one at this step."""
    return step.disposition if isinstance(step, EndStep | OptOutStep) else Disposition.OPTED_OUT


class Errands:
    """The errands of one call, numbered from 1. `has_opted_out` once the caller's wish is kept."""

    def __init__(self, flow: Flow, memory: Memory) -> None:
        self._flow = flow
        self._memory = memory
        self._count = 0
        self._may_have_places = False
        self.has_opted_out = False

    def begun(self, step: QuotaStep | WebhookStep | CallbackStep | OptOutStep | EndStep) -> RunErrand | None:
        """Return the wait for what the step asks of the world; None when that is nothing (more)."""
        match step:
            case WebhookStep():
                return self.order(step, self._message(step))
            case CallbackStep():
                return self._calling_back(step, "", step.number)
            case QuotaStep():
                seats = self._seats()
                return None if seats is None else self.order(step, seats)
            case _:
                wanted = leaves_as(step) is Disposition.OPTED_OUT or isinstance(step, OptOutStep)
                return self.opting_out(step) if wanted else None

    def opting_out(self, step: Step) -> RunErrand | None:
        """Return the wait until the caller's number is on the do-not-call list; None when it is there."""
        return None if self.has_opted_out else self.order(step, OptOut(step.name))

    def call_back(self, step: AskMoment, answer: Answer) -> RunErrand | None:
        """Return the wait until it is kept when to call back: at no certain time, when the caller named none.

        None for a caller who would rather not say.
        """
        if answer.status is Status.REFUSED:
            return None
        return self._calling_back(step, str(answer.value or ""), step.number)

    def _calling_back(self, step: Step, at: str, number: Piped | None) -> RunErrand:
        to = "" if number is None else render(number, self._memory.known().values)
        return self.order(step, KeepCallback(step.name, at, self._flow.time_zone, to))

    def order(self, step: Step, errand: Errand) -> RunErrand:
        """Return the wait for this errand, with what a caller hears who waits long."""
        self._count += 1
        waits = isinstance(errand, Post) and errand.waits
        within = errand.timeout_ms + _SLACK_MS if isinstance(errand, Post) and waits else STORED_MS
        own = step.prompt if isinstance(step, WebhookStep) and waits else None
        words = courtesy.one_moment(self._memory.spec) if own is None else self._memory.said(own)
        return RunErrand(step.name, self._count, errand, within, Prompt(words))

    def ended(self, step: Step, wait: RunErrand, result: ErrandResult) -> tuple[tuple[Answer, ...], str]:
        """Take what came of it; return the answers that it brought and the label to go to, if any."""
        match step:
            case _ if isinstance(wait.errand, OptOut):
                self.has_opted_out = result.ok
            case QuotaStep(full=full):
                return (), self._after_quota(full, wait, result)
            case CallbackStep(on_fail=on_fail) | AskMoment(on_fail=on_fail) if not result.ok:
                return (), "" if on_fail in WAYS_OUT else on_fail or ""
            case WebhookStep(on_fail=on_fail):
                answers = tuple(self._brought(step, result))
                self._memory.keep(*answers)
                return answers, "" if result.ok else on_fail or ""
            case _:
                pass
        return (), ""

    def _after_quota(self, full: str, wait: RunErrand, result: ErrandResult) -> str:
        """Return the label to go to: nobody is over a quota who wants no place in one."""
        wants_none = isinstance(wait.errand, ReserveQuota) and not wait.errand.cells
        # What took too long may be done all the same.
        self._may_have_places = not (wants_none and result.ok)
        return "" if result.ok or wants_none else full

    def _seats(self) -> ReserveQuota | None:
        """Return the places that the call shall have; None when it has none, and shall have none."""
        values = self._memory.known().values
        cells = [Cell(quota.name, quota.target) for quota in self._flow.quotas if holds(quota.when, values)]
        return ReserveQuota(self._flow.name, tuple(cells)) if cells or self._may_have_places else None

    def _message(self, step: WebhookStep) -> Post:
        """Return what is sent; what is not known is sent as nothing."""
        values = self._memory.known().values
        body = {name: evaluate(expression, values) for name, expression in step.body.items()}
        read = frozenset[str]().union(*(expression.names for expression in step.body.values()))
        return Post(
            step.url,
            {name: None if value is UNKNOWN else value for name, value in body.items()},
            dict(step.headers),
            tuple(wanted.name for wanted in step.wanted),
            step.timeout_ms,
            step.waits,
            sensitive=step.sensitive or not read.isdisjoint(private_names(self._flow)),
        )

    def _brought(self, step: WebhookStep, result: ErrandResult) -> list[Answer]:
        """Return the answers of a reply, in the types that the author named."""
        words = catalogue_of(self._memory.spec.locale)
        answers = []
        for wanted in step.wanted:
            field = Field(wanted.name, wanted.kind, choices=wanted.choices)
            value = accept(field, result.values.get(wanted.name)) if result.ok else None
            said = (words.yes_label if value else words.no_label) if isinstance(value, bool) else None
            answers.append(
                Answer(
                    slot=wanted.name,
                    value=value,
                    label=said or written(value),
                    status=Status.MISSING if value is None else Status.OK,
                    source=Source.NONE,
                    raw="",
                    confidence=1.0,
                    asks=0,
                    no_inputs=0,
                    no_matches=0,
                    language=self._memory.language,
                    sensitive=step.sensitive,
                )
            )
        return answers
