"""Goes from step to step of a flow until one waits, and does on the way what the steps say.

Knows nothing of time, sound or the line; what an outcome means is decided elsewhere.
"""

from collections.abc import Mapping
from typing import Final

from app.domain.call import Disposition, Value
from app.domain.conversation import Line
from app.domain.speech import BargeIn, Prompt
from app.flows import courtesy
from app.flows.asking import OpenQuestion
from app.flows.draft import Draft
from app.flows.errand_steps import Errands, leaves_as
from app.flows.expressions import holds, render
from app.flows.memory import Memory
from app.flows.model import (
    CallbackStep,
    ChooseLanguage,
    ConverseStep,
    EndStep,
    Flow,
    Goto,
    Leave,
    Message,
    OptOutStep,
    Question,
    QuotaStep,
    Section,
    SetValue,
    Step,
    Text,
    TransferStep,
    WebhookStep,
)
from app.flows.route import Route
from app.flows.sprint import (
    End,
    Farewell,
    RunErrand,
    Sprint,
    TransferTo,
    Wait,
)
from app.flows.talking import OpenConversation

MOST_STEPS: Final = 1_000
"""Steps without a wait after which the flow counts as looping: a call must never hang on it."""


class Going:
    """One caller's way through the steps of a flow: where it is, what waits there, what is known so far."""

    def __init__(self, flow: Flow, variables: Mapping[str, Value], seed: str) -> None:
        self.flow = flow
        self.where = Route(flow, seed)
        self.memory = Memory(flow, variables, seed)
        self.errands = Errands(flow, self.memory)
        self.at = 0
        self.question: OpenQuestion | None = None
        self.talk: OpenConversation | None = None
        self.wait: Wait | None = None
        self.last_words: tuple[Prompt, ...] = ()
        self._visits = 0

    @property
    def step(self) -> Step:
        """The step that was entered last."""
        return self.flow.steps[self.at]

    def farewell(self, kind: Farewell) -> Prompt:
        """Return what the bot says, in the caller's language, when the call ends by itself."""
        return courtesy.farewell(kind, self.memory.spec)

    def run(self, index: int, draft: Draft) -> Sprint:
        """Go on at step `index` until a step waits."""
        self.question = self.talk = None
        for _ in range(MOST_STEPS):
            if index >= len(self.flow.steps):
                return self.end(draft, "", Disposition.COMPLETED)
            step = self.flow.steps[index]
            if step.when is not None and not holds(step.when, self.memory.known().values):
                index = self.where.past(index, self.memory.known().values)
                continue
            self.at = index
            draft.path.append(step.name)
            arrived = self._enter(step, draft)
            if isinstance(arrived, Sprint):
                return arrived
            index = arrived
        draft.prompts[:] = [self.farewell(Farewell.ERROR)]
        return self.end(draft, self.step.name, Disposition.ERROR)

    def have_done(self, wait: RunErrand, draft: Draft) -> Sprint:
        """Stop until the errand is done."""
        self.question = self.talk = None
        return self._stop(draft, wait)

    def converse(self, step: ConverseStep, draft: Draft, lines: tuple[Line, ...] = ()) -> Sprint:
        """Stop at a conversation, to which `lines` belong that were said before."""
        self.question = None
        self._visits += 1
        self.talk = OpenConversation(self.flow, step, self.memory.spec, self.memory.known())
        return self._stop(draft, self.talk.begin(self._visits, lines))

    def part(self, step: Step, draft: Draft) -> Sprint:
        """Say the last words to a caller who wants no further call; what was not kept is not promised."""
        if not self.errands.has_opted_out:
            draft.prompts.append(self.farewell(Farewell.ERROR))
        elif isinstance(step, EndStep) or (isinstance(step, OptOutStep) and step.prompt is not None):
            self._say(step.prompt, BargeIn.NONE, draft)
        else:
            draft.prompts.append(self.farewell(Farewell.OPTED_OUT))
        return self.end(draft, step.name, leaves_as(step))

    def fail(self, step: Question | ConverseStep, draft: Draft, disposition: Disposition) -> Sprint:
        """Go on by the step's `on_fail`; where that is `end`, the call ends so."""
        if step.on_fail == "end":
            draft.prompts.append(self.farewell(Farewell.GOODBYE))
            return self.end(draft, step.name, disposition)
        return self.run(self.where[step.on_fail], draft)

    def end(self, draft: Draft, step: str, disposition: Disposition) -> Sprint:
        """Stop for good."""
        self.question = self.talk = None
        self.last_words = tuple(draft.prompts[-1:])
        return self._stop(draft, End(step, disposition))

    def next(self) -> int:
        """Return the step that follows the present one when that is over."""
        return self.where.after(self.at, self.memory.known().values)

    def transfer_failed(self, step: Step, draft: Draft) -> int:
        """Return where a caller goes on whom nobody took."""
        if isinstance(step, TransferStep) and step.on_fail is not None:
            return self.where[step.on_fail]
        draft.prompts.append(Prompt(courtesy.nobody_there(self.memory.spec)))
        return self.next()

    def _enter(self, step: Step, draft: Draft) -> Sprint | int:
        """Do what a step does; return its wait or the index of the step that follows."""
        match step:
            case Question():
                languages = tuple(self.flow.languages.values())
                spoken = languages if isinstance(step, ChooseLanguage) else (self.memory.spec,)
                self.question = OpenQuestion(self.flow, step, spoken, self.memory.known())
                return self._stop(draft, self.question.ask())
            case ConverseStep():
                return self.converse(step, draft)
            case Message():
                self._say(step.prompt, step.bargein, draft)
            case SetValue():
                draft.settled.append(self.memory.work_out(step))
            case Section():
                # A caller who takes back what a repeat goes over takes back what was said in its rounds.
                draft.settled += self.memory.forget(self.where.left_out(self.at, self.memory.known().values))
                return self.where.into(self.at)
            case Goto():
                return self.where[step.target]
            case Leave():
                return self.where.after(self.where[step.section], self.memory.known().values)
            case TransferStep():
                return self._transfer(step, draft)
            case QuotaStep() | WebhookStep() | CallbackStep() | OptOutStep() | EndStep():
                return self._reach_out(step, draft)
            case _:
                pass
        return self.next()

    def _reach_out(
        self, step: QuotaStep | WebhookStep | CallbackStep | OptOutStep | EndStep, draft: Draft
    ) -> Sprint | int:
        """Have done what the step asks of the world, if anything, before it goes on or ends the call."""
        if (errand := self.errands.begun(step)) is not None:
            return self.have_done(errand, draft)
        if isinstance(step, EndStep) and step.disposition is not Disposition.OPTED_OUT:
            self._say(step.prompt, BargeIn.NONE, draft)
            return self.end(draft, step.name, step.disposition)
        return self.part(step, draft) if isinstance(step, EndStep | OptOutStep) else self.next()

    def _transfer(self, step: TransferStep, draft: Draft) -> Sprint | int:
        if not (number := render(step.number, self.memory.known().values)):
            return self.transfer_failed(step, draft)
        self._say(step.prompt, BargeIn.NONE, draft)
        return self._stop(draft, TransferTo(step.name, number))

    def _say(self, text: Text | None, bargein: BargeIn, draft: Draft) -> None:
        if text is not None and (utterances := self.memory.said(text)):
            draft.prompts.append(Prompt(utterances, bargein))

    def _stop(self, draft: Draft, wait: Wait) -> Sprint:
        self.wait = wait
        return draft.stopped(wait, self.memory.language)
