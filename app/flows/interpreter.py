"""Runs a flow from one wait to the next: which step follows, what is said on the way, how it ends.

Knows nothing of time, sound or the line; the rules inside one question stand in `asking`, those inside
one conversation in `talking`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from app.domain.answers import Answer, Status
from app.domain.call import Disposition, Value
from app.domain.conversation import Line
from app.domain.errands import ErrandResult, OptOut
from app.domain.speech import BargeIn, Prompt, Utterance
from app.flows import courtesy
from app.flows.asking import Leaves, OpenQuestion, Settled
from app.flows.draft import Draft
from app.flows.errand_steps import Errands, leaves_as
from app.flows.expressions import holds, render
from app.flows.graph import LABEL_OF
from app.flows.memory import Memory
from app.flows.model import (
    ChooseLanguage,
    Consent,
    ConverseStep,
    EndStep,
    Flow,
    Goto,
    Leave,
    Message,
    Open,
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
from app.flows.speaking import said_once, sentences
from app.flows.sprint import (
    Converse,
    End,
    ErrandEnded,
    Expect,
    Farewell,
    Outcome,
    RunErrand,
    Sprint,
    TransferFailed,
    TransferTo,
    Universal,
    Wait,
)
from app.flows.talking import Left, OpenConversation, Over, exchange

MOST_STEPS: Final = 1_000
"""Steps without a wait after which the flow counts as looping: a call must never hang on it."""


class FlowRun:
    """One caller's way through one flow.

    `variables` are what the dialler or the webhook set; answers hide variables of the same name. The
    same outcomes give the same sprints. An outcome that does not fit the present wait changes nothing.
    `seed` decides every order drawn by lot.
    """

    def __init__(self, flow: Flow, *, variables: Mapping[str, Value] | None = None, seed: str = "") -> None:
        self.flow = flow
        self.seed = seed
        self._where = Route(flow, seed)
        self._memory = Memory(flow, variables or {}, seed)
        self._at = 0
        self._question: OpenQuestion | None = None
        self._talk: OpenConversation | None = None
        self._visits = 0
        self._wait: Wait | None = None
        self._last_words: tuple[Prompt, ...] = ()
        self._is_refused = False
        self._errands = Errands(flow, self._memory)

    @property
    def answers(self) -> Mapping[str, Answer]:
        """The latest answer to each question that was settled, and each value that was learned."""
        return self._memory.answers

    def tell_time(self, now: datetime) -> None:
        """Say what time it is; until then it is some moment or other. Days are judged by it, nothing else."""
        self._memory.now = now

    @property
    def language(self) -> str:
        """The key of the language that the call is held in now."""
        return self._memory.language

    def start(self) -> Sprint:
        """Run from the first step to the first wait. Called once."""
        return self._run(0, Draft())

    def resume(self, outcome: Outcome) -> Sprint:
        """Run from the present wait to the next. After an `End`, the same end again, with nothing to say."""
        match self._wait:
            case None:
                return self.start()
            case End():
                return Sprint(self._wait, language=self.language)
            case Converse():
                return self._after_talk(outcome)
            case TransferTo():
                if not isinstance(outcome, TransferFailed):
                    return Sprint(self._wait, language=self.language)
                draft = Draft()
                return self._run(self._transfer_failed(self.flow.steps[self._at], draft), draft)
            case RunErrand():
                if not isinstance(outcome, ErrandEnded):
                    return Sprint(self._wait, language=self.language)
                return self._after_errand(self._wait, outcome.result)
            case Expect():  # pragma: no branch - mypy proves it is the last
                return self._after_outcome(outcome)

    def again(self) -> Sprint:
        """Ask the open question again because the line was lost: says sorry, costs no attempt.

        A conversation goes on where it was.
        """
        if self._talk is not None:
            return self._go_on(self._talk, courtesy.cut_off(self._memory.spec))
        if self._question is not None:
            self._wait = self._question.ask(courtesy.cut_off)
        if self._wait is None:
            return self.start()
        return Sprint(self._wait, self._last_words, language=self.language)

    def learn(self, values: Mapping[str, Value], raw: str = "") -> tuple[Answer, ...]:
        """Take what a conversation brought; return the answers that are new or changed.

        Values are held to their fields' types, and what is none is ignored, as everything is while no
        conversation is open. `raw` are the caller's words that they were found in.
        """
        if self._talk is None:
            return ()
        answers = self._talk.learn(values, raw)
        self._memory.keep(*answers)
        return answers

    def voiced(self, text: str) -> tuple[Utterance, ...]:
        """Return a model's words as utterances, one a sentence, in the call's language and voice."""
        return said_once(sentences(text, self._memory.spec))

    def disposition_on_hang_up(self) -> Disposition:
        """How the call ended if the caller leaves now."""
        if isinstance(self._wait, End):
            return self._wait.disposition
        if isinstance(self._wait, RunErrand) and isinstance(self._wait.errand, OptOut):
            return leaves_as(self.flow.steps[self._at])
        if self._is_refused:
            return Disposition.REFUSED
        return self._memory.left_early()

    def farewell(self, kind: Farewell) -> Prompt:
        """Return what the bot says, in the caller's language, when the call ends by itself."""
        return courtesy.farewell(kind, self._memory.spec)

    def _after_outcome(self, outcome: Outcome) -> Sprint:
        question = self._question
        assert question is not None, "an Expect has its question"  # noqa: S101 - narrows the type
        match question.take(outcome):
            case Expect() as again:
                self._wait = again
                return Sprint(again, language=self.language)
            case Leaves(universal):
                return self._leave(universal)
            case Settled(answer, failed):  # pragma: no branch - mypy proves it is the last
                return self._after_answer(question.step, answer, failed=failed)

    def _leave(self, universal: Universal) -> Sprint:
        step = self.flow.steps[self._at]
        if universal is Universal.OPT_OUT and (keeps := self._errands.opting_out(step)) is not None:
            # Before anything is said about it, and wherever the flow goes then.
            return self._have_done(keeps, Draft())
        label = LABEL_OF[universal]
        return self._run(self._where[label], Draft()) if label in self._where else self._part(step, Draft())

    def _part(self, step: Step, draft: Draft) -> Sprint:
        """Say the last words to a caller who wants no further call; what was not kept is not promised."""
        if not self._errands.has_opted_out:
            draft.prompts.append(self.farewell(Farewell.ERROR))
        elif isinstance(step, EndStep) or (isinstance(step, OptOutStep) and step.prompt is not None):
            self._say(step.prompt, BargeIn.NONE, draft)
        else:
            draft.prompts.append(self.farewell(Farewell.OPTED_OUT))
        return self._end(draft, step.name, leaves_as(step))

    def _have_done(self, wait: RunErrand, draft: Draft) -> Sprint:
        self._question = self._talk = None
        return self._stop(draft, wait)

    def _after_errand(self, wait: RunErrand, result: ErrandResult) -> Sprint:
        step = self.flow.steps[self._at]
        answers, goto = self._errands.ended(step, wait, result)
        if not isinstance(wait.errand, OptOut):
            return self._run(self._where[goto] if goto else self._next(), Draft(settled=list(answers)))
        label = LABEL_OF[Universal.OPT_OUT]
        if label in self._where and not isinstance(step, EndStep | OptOutStep):
            return self._run(self._where[label], Draft())
        return self._part(step, Draft())

    def _after_answer(self, step: Question, answer: Answer, *, failed: bool) -> Sprint:
        draft = Draft(settled=[answer])
        self._memory.keep(answer)
        if isinstance(step, ChooseLanguage) and answer.status is Status.OK:
            self._memory.language = str(answer.value)
        allowed = answer.status is Status.OK and answer.value is True
        if isinstance(step, Consent) and "recording" in step.covers:
            draft.recording = allowed
        if failed and step.on_fail != "skip" and (step.on_fail == "end" or step.on_fail in self._where):
            silent = answer.status is Status.NO_INPUT
            return self._fail(step, draft, Disposition.NO_INPUT if silent else self._memory.left_early())
        if isinstance(step, Consent) and not allowed:
            said_no = answer.status in (Status.OK, Status.REFUSED)
            self._is_refused = said_no and "survey" in step.covers
            return self._run(self._where[step.on_no], draft)
        # A language that nobody chose is no question passed over: the call goes on in the first one.
        if failed and not isinstance(step, ChooseLanguage):
            draft.prompts.append(Prompt(courtesy.skipped(self._memory.spec)))
        if isinstance(step, Open) and step.probe is not None and answer.value:
            return self._converse(step.probe, draft, exchange(self._memory.said(step.prompt), answer))
        return self._run(self._next(), draft)

    def _fail(self, step: Question | ConverseStep, draft: Draft, disposition: Disposition) -> Sprint:
        if step.on_fail == "end":
            draft.prompts.append(self.farewell(Farewell.GOODBYE))
            return self._end(draft, step.name, disposition)
        return self._run(self._where[step.on_fail], draft)

    def _after_talk(self, outcome: Outcome) -> Sprint:
        talk = self._talk
        assert talk is not None, "a Converse has its conversation"  # noqa: S101 - narrows the type
        match talk.take(outcome):
            case Left(universal):
                return self._leave(universal)
            case Over(goto, failed):
                return self._after_conversation(talk, goto, failed=failed)
            case remark:
                return self._go_on(talk, remark)

    def _go_on(self, talk: OpenConversation, remark: tuple[Utterance, ...]) -> Sprint:
        """Return to the same conversation after a remark; its opening is not said twice."""
        self._wait = talk.wait_on()
        prompts = (Prompt(remark, talk.step.bargein),) if remark else ()
        return Sprint(self._wait, prompts, language=self.language)

    def _after_conversation(self, talk: OpenConversation, goto: str, *, failed: bool) -> Sprint:
        self._memory.keep(*(unsettled := talk.unsettled()))
        draft = Draft(settled=list(unsettled))
        if failed:
            draft.prompts.append(Prompt(courtesy.talk_over(self._memory.spec)))
            if talk.step.on_fail != "skip":
                return self._fail(talk.step, draft, self._memory.left_early())
        return self._run(self._where[goto] if goto else self._next(), draft)

    def _run(self, index: int, draft: Draft) -> Sprint:
        """Go on at step `index` until a step waits."""
        self._question = self._talk = None
        for _ in range(MOST_STEPS):
            if index >= len(self.flow.steps):
                return self._end(draft, "", Disposition.COMPLETED)
            step = self.flow.steps[index]
            if step.when is not None and not holds(step.when, self._memory.known().values):
                index = self._where.past(index, self._memory.known().values)
                continue
            self._at = index
            draft.path.append(step.name)
            arrived = self._enter(step, draft)
            if isinstance(arrived, Sprint):
                return arrived
            index = arrived
        draft.prompts[:] = [self.farewell(Farewell.ERROR)]
        return self._end(draft, self.flow.steps[self._at].name, Disposition.ERROR)

    def _enter(self, step: Step, draft: Draft) -> Sprint | int:
        """Do what a step does; return its wait or the index of the step that follows."""
        match step:
            case Question():
                languages = tuple(self.flow.languages.values())
                spoken = languages if isinstance(step, ChooseLanguage) else (self._memory.spec,)
                self._question = OpenQuestion(self.flow, step, spoken, self._memory.known())
                return self._stop(draft, self._question.ask())
            case ConverseStep():
                return self._converse(step, draft)
            case Message():
                self._say(step.prompt, step.bargein, draft)
            case SetValue():
                draft.settled.append(self._memory.work_out(step))
            case Section():
                return self._where.into(self._at)
            case Goto():
                return self._where[step.target]
            case Leave():
                return self._where.after(self._where[step.section], self._memory.known().values)
            case TransferStep():
                return self._transfer(step, draft)
            case QuotaStep() | WebhookStep() | OptOutStep() | EndStep():
                return self._reach_out(step, draft)
            case _:
                pass
        return self._next()

    def _reach_out(self, step: QuotaStep | WebhookStep | OptOutStep | EndStep, draft: Draft) -> Sprint | int:
        """Have done what the step asks of the world, if anything, before it goes on or ends the call."""
        if (errand := self._errands.begun(step)) is not None:
            return self._have_done(errand, draft)
        if isinstance(step, EndStep) and step.disposition is not Disposition.OPTED_OUT:
            self._say(step.prompt, BargeIn.NONE, draft)
            return self._end(draft, step.name, step.disposition)
        return self._part(step, draft) if isinstance(step, EndStep | OptOutStep) else self._next()

    def _converse(self, step: ConverseStep, draft: Draft, lines: tuple[Line, ...] = ()) -> Sprint:
        self._question = None
        self._visits += 1
        self._talk = OpenConversation(self.flow, step, self._memory.spec, self._memory.known())
        return self._stop(draft, self._talk.begin(self._visits, lines))

    def _next(self) -> int:
        return self._where.after(self._at, self._memory.known().values)

    def _transfer(self, step: TransferStep, draft: Draft) -> Sprint | int:
        if not (number := render(step.number, self._memory.known().values)):
            return self._transfer_failed(step, draft)
        self._say(step.prompt, BargeIn.NONE, draft)
        return self._stop(draft, TransferTo(step.name, number))

    def _transfer_failed(self, step: Step, draft: Draft) -> int:
        if isinstance(step, TransferStep) and step.on_fail is not None:
            return self._where[step.on_fail]
        draft.prompts.append(Prompt(courtesy.nobody_there(self._memory.spec)))
        return self._next()

    def _say(self, text: Text | None, bargein: BargeIn, draft: Draft) -> None:
        if text is not None and (utterances := self._memory.said(text)):
            draft.prompts.append(Prompt(utterances, bargein))

    def _stop(self, draft: Draft, wait: Wait) -> Sprint:
        self._wait = wait
        return draft.stopped(wait, self.language)

    def _end(self, draft: Draft, step: str, disposition: Disposition) -> Sprint:
        self._question = self._talk = None
        self._last_words = tuple(draft.prompts[-1:])
        return self._stop(draft, End(step, disposition))
