"""Runs a flow from one wait to the next: which step follows, what is said on the way, how it ends.

Knows nothing of time, sound or the line; the rules inside one question stand in `asking`, those inside
one conversation in `talking`.
"""

from collections.abc import Mapping
from datetime import datetime

from app.domain.answers import Answer, Status
from app.domain.call import Disposition, Value
from app.domain.errands import ErrandResult, OptOut
from app.domain.speech import Prompt, Utterance
from app.flows import courtesy
from app.flows.asking import Leaves, Settled
from app.flows.draft import Draft
from app.flows.errand_steps import leaves_as
from app.flows.going import Going
from app.flows.graph import LABEL_OF
from app.flows.model import (
    AskMoment,
    ChooseLanguage,
    Consent,
    EndStep,
    Flow,
    Open,
    OptOutStep,
    Question,
)
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
)
from app.flows.talking import Left, OpenConversation, Over, exchange


class FlowRun:
    """One caller's way through one flow.

    `variables` are what the dialler or the webhook set; answers hide variables of the same name. The
    same outcomes give the same sprints. An outcome that does not fit the present wait changes nothing.
    `seed` decides every order drawn by lot.
    """

    def __init__(self, flow: Flow, *, variables: Mapping[str, Value] | None = None, seed: str = "") -> None:
        self.flow = flow
        self.seed = seed
        self._on = Going(flow, variables or {}, seed)
        self._is_refused = False

    @property
    def answers(self) -> Mapping[str, Answer]:
        """The latest answer to each question that was settled, and each value that was learned."""
        return self._on.memory.answers

    def tell_time(self, now: datetime) -> None:
        """Say what time it is; until then it is some moment or other. Days are judged by it, nothing else."""
        self._on.memory.now = now

    @property
    def language(self) -> str:
        """The key of the language that the call is held in now."""
        return self._on.memory.language

    def start(self) -> Sprint:
        """Run from the first step to the first wait. Called once."""
        return self._on.run(0, Draft())

    def resume(self, outcome: Outcome) -> Sprint:
        """Run from the present wait to the next. After an `End`, the same end again, with nothing to say."""
        match self._on.wait:
            case None:
                return self.start()
            case End():
                return Sprint(self._on.wait, language=self.language)
            case Converse():
                return self._after_talk(outcome)
            case TransferTo():
                if not isinstance(outcome, TransferFailed):
                    return Sprint(self._on.wait, language=self.language)
                draft = Draft()
                return self._on.run(self._on.transfer_failed(self._on.step, draft), draft)
            case RunErrand():
                if not isinstance(outcome, ErrandEnded):
                    return Sprint(self._on.wait, language=self.language)
                return self._after_errand(self._on.wait, outcome.result)
            case Expect():  # pragma: no branch - mypy proves it is the last
                return self._after_outcome(outcome)

    def again(self) -> Sprint:
        """Ask the open question again because the line was lost: says sorry, costs no attempt.

        A conversation goes on where it was.
        """
        if self._on.talk is not None:
            return self._go_on(self._on.talk, courtesy.cut_off(self._on.memory.spec))
        if self._on.question is not None:
            self._on.wait = self._on.question.ask(courtesy.cut_off)
        if self._on.wait is None:
            return self.start()
        return Sprint(self._on.wait, self._on.last_words, language=self.language)

    def learn(self, values: Mapping[str, Value], raw: str = "") -> tuple[Answer, ...]:
        """Take what a conversation brought; return the answers that are new or changed.

        Values are held to their fields' types, and what is none is ignored, as everything is while no
        conversation is open. `raw` are the caller's words that they were found in.
        """
        if self._on.talk is None:
            return ()
        answers = self._on.talk.learn(values, raw)
        self._on.memory.keep(*answers)
        return answers

    def voiced(self, text: str) -> tuple[Utterance, ...]:
        """Return a model's words as utterances, one a sentence, in the call's language and voice."""
        return said_once(sentences(text, self._on.memory.spec))

    def disposition_on_hang_up(self) -> Disposition:
        """How the call ended if the caller leaves now."""
        if isinstance(self._on.wait, End):
            return self._on.wait.disposition
        if isinstance(self._on.wait, RunErrand) and isinstance(self._on.wait.errand, OptOut):
            return leaves_as(self._on.step)
        if self._is_refused:
            return Disposition.REFUSED
        return self._on.memory.left_early()

    def farewell(self, kind: Farewell) -> Prompt:
        """Return what the bot says, in the caller's language, when the call ends by itself."""
        return self._on.farewell(kind)

    def _after_outcome(self, outcome: Outcome) -> Sprint:
        question = self._on.question
        assert question is not None, "an Expect has its question"  # noqa: S101 - narrows the type
        match question.take(outcome):
            case Expect() as again:
                self._on.wait = again
                return Sprint(again, language=self.language)
            case Leaves(universal):
                return self._leave(universal)
            case Settled(answer, failed):  # pragma: no branch - mypy proves it is the last
                return self._after_answer(question.step, answer, failed=failed)

    def _leave(self, universal: Universal) -> Sprint:
        step = self._on.step
        if universal is Universal.OPT_OUT and (keeps := self._on.errands.opting_out(step)) is not None:
            # Before anything is said about it, and wherever the flow goes then.
            return self._on.have_done(keeps, Draft())
        label = LABEL_OF[universal]
        return (
            self._on.run(self._on.where[label], Draft())
            if label in self._on.where
            else self._on.part(step, Draft())
        )

    def _after_errand(self, wait: RunErrand, result: ErrandResult) -> Sprint:
        step = self._on.step
        answers, goto = self._on.errands.ended(step, wait, result)
        if not isinstance(wait.errand, OptOut):
            return self._on.run(
                self._on.where[goto] if goto else self._on.next(), Draft(settled=list(answers))
            )
        label = LABEL_OF[Universal.OPT_OUT]
        if label in self._on.where and not isinstance(step, EndStep | OptOutStep):
            return self._on.run(self._on.where[label], Draft())
        return self._on.part(step, Draft())

    def _after_answer(self, step: Question, answer: Answer, *, failed: bool) -> Sprint:
        draft = Draft(settled=[answer])
        self._on.memory.keep(answer)
        if isinstance(step, ChooseLanguage) and answer.status is Status.OK:
            self._on.memory.language = str(answer.value)
        allowed = answer.status is Status.OK and answer.value is True
        if isinstance(step, Consent) and "recording" in step.covers:
            draft.recording = allowed
        if failed and step.on_fail != "skip" and (step.on_fail == "end" or step.on_fail in self._on.where):
            silent = answer.status is Status.NO_INPUT
            return self._on.fail(
                step, draft, Disposition.NO_INPUT if silent else self._on.memory.left_early()
            )
        if isinstance(step, Consent) and not allowed:
            said_no = answer.status in (Status.OK, Status.REFUSED)
            self._is_refused = said_no and "survey" in step.covers
            return self._on.run(self._on.where[step.on_no], draft)
        # A language that nobody chose is no question passed over: the call goes on in the first one.
        if failed and not isinstance(step, ChooseLanguage):
            draft.prompts.append(Prompt(courtesy.skipped(self._on.memory.spec)))
        if isinstance(step, Open) and step.probe is not None and answer.value:
            return self._on.converse(step.probe, draft, exchange(self._on.memory.said(step.prompt), answer))
        if isinstance(step, AskMoment) and (keeps := self._on.errands.call_back(step, answer)) is not None:
            return self._on.have_done(keeps, draft)
        return self._on.run(self._on.next(), draft)

    def _after_talk(self, outcome: Outcome) -> Sprint:
        talk = self._on.talk
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
        self._on.wait = talk.wait_on()
        prompts = (Prompt(remark, talk.step.bargein),) if remark else ()
        return Sprint(self._on.wait, prompts, language=self.language)

    def _after_conversation(self, talk: OpenConversation, goto: str, *, failed: bool) -> Sprint:
        self._on.memory.keep(*(unsettled := talk.unsettled()))
        draft = Draft(settled=list(unsettled))
        if failed:
            draft.prompts.append(Prompt(courtesy.talk_over(self._on.memory.spec)))
            if talk.step.on_fail != "skip":
                return self._on.fail(talk.step, draft, self._on.memory.left_early())
        return self._on.run(self._on.where[goto] if goto else self._on.next(), draft)
