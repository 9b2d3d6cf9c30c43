"""Runs a flow from one wait to the next: which step follows, what is said on the way, how it ends.

Knows nothing of time, sound or the line; the rules inside one question stand in `asking`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.domain.answers import Answer, Status
from app.domain.call import Disposition, Value
from app.domain.speech import BargeIn, Prompt
from app.flows import courtesy
from app.flows.asking import Leaves, OpenQuestion, Settled
from app.flows.expressions import holds, render
from app.flows.model import (
    ChooseLanguage,
    Consent,
    EndStep,
    Flow,
    Goto,
    LanguageSpec,
    Message,
    Question,
    Step,
    Text,
    TransferStep,
)
from app.flows.speaking import Known, known_by, say
from app.flows.sprint import (
    Converse,
    End,
    Expect,
    Farewell,
    Outcome,
    Sprint,
    TransferFailed,
    TransferTo,
    Universal,
    Wait,
)

MOST_STEPS: Final = 1_000
"""Steps without a wait after which the flow counts as looping: a call must never hang on it."""

_LABELS: Final = {Universal.OPERATOR: "operator", Universal.OPT_OUT: "optout"}
"""Where a universal leads when the flow has such a step."""


@dataclass(slots=True)
class _Draft:
    """A sprint while it is being run."""

    prompts: list[Prompt] = field(default_factory=list)
    settled: list[Answer] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    recording: bool | None = None


class FlowRun:
    """One caller's way through one flow.

    `variables` are what the dialler or the webhook set; answers hide variables of the same name. The
    same outcomes give the same sprints. An outcome that does not fit the present wait changes nothing.
    `seed` decides every order drawn by lot.
    """

    def __init__(self, flow: Flow, *, variables: Mapping[str, Value] | None = None, seed: str = "") -> None:
        self.flow = flow
        self.seed = seed
        self._variables = dict(variables or {})
        self._where = {
            name: i for i, step in enumerate(flow.steps) for name in (step.label, step.name) if name
        }
        self._answers: dict[str, Answer] = {}
        self._language = flow.default_language
        self._at = 0
        self._question: OpenQuestion | None = None
        self._wait: Wait | None = None
        self._last_words: tuple[Prompt, ...] = ()
        self._is_refused = False

    @property
    def answers(self) -> Mapping[str, Answer]:
        """The latest answer to each question that was settled."""
        return self._answers

    @property
    def language(self) -> str:
        """The key of the language that the call is held in now."""
        return self._language

    def start(self) -> Sprint:
        """Run from the first step to the first wait. Called once."""
        return self._run(0, _Draft())

    def resume(self, outcome: Outcome) -> Sprint:
        """Run from the present wait to the next. After an `End`, the same end again, with nothing to say."""
        match self._wait:
            case None:
                return self.start()
            case End():
                return Sprint(self._wait, language=self._language)
            case Converse():
                return Sprint(self._wait, language=self._language)
            case TransferTo():
                if not isinstance(outcome, TransferFailed):
                    return Sprint(self._wait, language=self._language)
                return self._after_transfer()
            case Expect():  # pragma: no branch - mypy proves it is the last
                pass
        return self._after_outcome(outcome)

    def again(self) -> Sprint:
        """Ask the open question again because the line was lost: says sorry, costs no attempt."""
        if self._question is not None:
            self._wait = self._question.ask(courtesy.cut_off)
        if self._wait is None:
            return self.start()
        return Sprint(self._wait, self._last_words, language=self._language)

    def disposition_on_hang_up(self) -> Disposition:
        """How the call ended if the caller leaves now."""
        if isinstance(self._wait, End):
            return self._wait.disposition
        if self._is_refused:
            return Disposition.REFUSED
        return self._left_early()

    def farewell(self, kind: Farewell) -> Prompt:
        """Return what the bot says, in the caller's language, when the call ends by itself."""
        return courtesy.farewell(kind, self._spec)

    # -- outcomes ------------------------------------------------------------------------------------

    def _after_outcome(self, outcome: Outcome) -> Sprint:
        question = self._question
        assert question is not None, "an Expect has its question"  # noqa: S101 - narrows the type
        verdict = question.take(outcome)
        match verdict:
            case Expect():
                self._wait = verdict
                return Sprint(verdict, language=self._language)
            case Leaves(universal):
                return self._leave(universal)
            case Settled():  # pragma: no branch - mypy proves it is the last
                pass
        return self._after_answer(question.step, verdict.answer, failed=verdict.failed)

    def _leave(self, universal: Universal) -> Sprint:
        draft = _Draft()
        label = _LABELS[universal]
        if label in self._where:
            return self._run(self._where[label], draft)
        draft.prompts.append(self.farewell(Farewell.OPTED_OUT))
        return self._end(draft, self._steps_name, Disposition.OPTED_OUT)

    def _after_answer(self, step: Question, answer: Answer, *, failed: bool) -> Sprint:
        draft = _Draft(settled=[answer])
        self._answers[step.name] = answer
        if isinstance(step, ChooseLanguage) and answer.status is Status.OK:
            self._language = str(answer.value)
        allowed = answer.status is Status.OK and answer.value is True
        if isinstance(step, Consent) and "recording" in step.covers:
            draft.recording = allowed
        if failed and step.on_fail != "skip" and (step.on_fail == "end" or step.on_fail in self._where):
            return self._fail(step, answer, draft)
        if isinstance(step, Consent) and not allowed:
            said_no = answer.status in (Status.OK, Status.REFUSED)
            self._is_refused = said_no and "survey" in step.covers
            return self._run(self._where[step.on_no], draft)
        # A language that nobody chose is no question passed over: the call goes on in the first one.
        if failed and not isinstance(step, ChooseLanguage):
            draft.prompts.append(Prompt(courtesy.skipped(self._spec)))
        return self._run(self._next(self._at), draft)

    def _fail(self, step: Question, answer: Answer, draft: _Draft) -> Sprint:
        if step.on_fail == "end":
            silent = answer.status is Status.NO_INPUT
            draft.prompts.append(self.farewell(Farewell.GOODBYE))
            return self._end(draft, step.name, Disposition.NO_INPUT if silent else self._left_early())
        return self._run(self._where[step.on_fail], draft)

    def _after_transfer(self) -> Sprint:
        step = self.flow.steps[self._at]
        draft = _Draft()
        return self._run(self._transfer_failed(step, draft), draft)

    # -- the way -------------------------------------------------------------------------------------

    def _run(self, index: int, draft: _Draft) -> Sprint:
        """Go on at step `index` until a step waits."""
        self._question = None
        for _ in range(MOST_STEPS):
            if index >= len(self.flow.steps):
                return self._end(draft, "", Disposition.COMPLETED)
            step = self.flow.steps[index]
            if step.when is not None and not holds(step.when, self._known().values):
                index += 1
                continue
            self._at = index
            draft.path.append(step.name)
            arrived = self._enter(step, draft)
            if isinstance(arrived, Sprint):
                return arrived
            index = arrived
        draft.prompts[:] = [self.farewell(Farewell.ERROR)]
        return self._end(draft, self._steps_name, Disposition.ERROR)

    def _enter(self, step: Step, draft: _Draft) -> Sprint | int:
        """Do what a step does; return its wait or the index of the step that follows."""
        match step:
            case Question():
                languages = tuple(self.flow.languages.values())
                spoken = languages if isinstance(step, ChooseLanguage) else (self._spec,)
                self._question = OpenQuestion(self.flow, step, spoken, self._known())
                return self._stop(draft, self._question.ask())
            case Message():
                self._say(step.prompt, step.bargein, draft)
            case Goto():
                return self._where[step.target]
            case TransferStep():
                return self._transfer(step, draft)
            case EndStep():
                self._say(step.prompt, BargeIn.NONE, draft)
                return self._end(draft, step.name, step.disposition)
            case _:
                pass
        return self._next(self._at)

    def _next(self, index: int) -> int:
        """Return where the step at `index` leads: its first branch that holds, else the step below."""
        known = self._known().values
        for branch in self.flow.steps[index].then:
            if branch.when is None or holds(branch.when, known):
                return self._where[branch.goto]
        return index + 1

    def _transfer(self, step: TransferStep, draft: _Draft) -> Sprint | int:
        known = self._known()
        number = render(step.number, known.values)
        if not number:
            return self._transfer_failed(step, draft)
        self._say(step.prompt, BargeIn.NONE, draft)
        return self._stop(draft, TransferTo(step.name, number))

    def _transfer_failed(self, step: Step, draft: _Draft) -> int:
        if isinstance(step, TransferStep) and step.on_fail is not None:
            return self._where[step.on_fail]
        draft.prompts.append(Prompt(courtesy.nobody_there(self._spec)))
        return self._next(self._at)

    # -- sprints -------------------------------------------------------------------------------------

    def _say(self, text: Text | None, bargein: BargeIn, draft: _Draft) -> None:
        if text is None:
            return
        utterances = say(text[self._language], self._spec, self._known())
        if utterances:
            draft.prompts.append(Prompt(utterances, bargein))

    def _stop(self, draft: _Draft, wait: Wait) -> Sprint:
        self._wait = wait
        return Sprint(
            wait,
            tuple(draft.prompts),
            tuple(draft.settled),
            tuple(draft.path),
            self._language,
            draft.recording,
        )

    def _end(self, draft: _Draft, step: str, disposition: Disposition) -> Sprint:
        self._question = None
        self._last_words = tuple(draft.prompts[-1:])
        return self._stop(draft, End(step, disposition))

    @property
    def _spec(self) -> LanguageSpec:
        return self.flow.languages[self._language]

    @property
    def _steps_name(self) -> str:
        return self.flow.steps[self._at].name

    def _left_early(self) -> Disposition:
        wanted = [self._answers.get(name) for name in self.flow.partial_if]
        if wanted and all(answer is not None and answer.status is Status.OK for answer in wanted):
            return Disposition.PARTIAL
        return Disposition.BREAK_OFF

    def _known(self) -> Known:
        return known_by(self.flow, self._variables, self._answers, self._language)
