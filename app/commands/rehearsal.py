"""A call in writing: typed lines stand for keys, words and silence; no audio, no clock.

Knows how a line is understood, by the same readers as a real call; prints nothing. A conversation is
held by the scripted interviewer: no model is asked.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from app.adapters.offline.responder import ScriptedResponder
from app.commands.rehearsed_errands import stand_in, told
from app.commands.rehearsed_talk import RehearsedTalk
from app.domain.answers import Answer, Source, Status
from app.domain.call import Disposition, Value
from app.domain.errands import ErrandResult
from app.domain.speech import Prompt
from app.engine import digits
from app.engine.tail import tail_of, untaken
from app.engine.understanding import understand
from app.flows.expressions import written
from app.flows.interpreter import FlowRun
from app.flows.model import Flow
from app.flows.speaking import SOME_MOMENT
from app.flows.sprint import (
    Asked,
    Converse,
    Conversed,
    ConverseFailed,
    End,
    ErrandEnded,
    Expect,
    Given,
    Heard,
    NoInput,
    NoMatch,
    Outcome,
    RunErrand,
    Skipped,
    Sprint,
    TransferFailed,
    TransferTo,
    Universal,
    question_of,
)

_KEYS: Final = re.compile(r"[0-9*#](?:[0-9*# ]*[0-9*#])?")
_CONFIDENCE: Final = re.compile(r"\s*~\s*(0?\.\d+|[01])$")

NOBODY: Final = frozenset({"n", "no", "nobody"})
"""What is typed when nobody takes a transferred call."""


class Kind(StrEnum):
    """What one line of the transcript tells."""

    BOT = "bot"
    STEPS = "steps"
    UNDERSTOOD = "understood"
    NOTE = "note"
    END = "end"
    ANSWER = "answer"


CALLER: Final = "you> "
"""The mark of what the caller typed."""

_MARKS: Final = {
    Kind.BOT: "bot> ",
    Kind.STEPS: "   . ",
    Kind.UNDERSTOOD: "   = ",
    Kind.NOTE: "   ! ",
    Kind.END: "end> ",
    Kind.ANSWER: "     ",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the transcript."""

    kind: Kind
    text: str

    def __str__(self) -> str:
        """Give the line with the mark of its kind before it."""
        return f"{_MARKS[self.kind]}{self.text}"


class Rehearsal:
    """One call in writing. A line of digits is keys, other text is speech, an empty line is silence.

    Keys that settle a question and leave some over answer the next questions too, as on a real call; the
    keys of one line come without a pause.
    `words ~0.6` says words that the recogniser is that sure of. After the end every line is ignored.
    `now` is when the call is held. `watch` is told of every run of the flow: the outcome that began it
    (None the first time), and where it stopped.
    """

    def __init__(
        self,
        flow: Flow,
        variables: Mapping[str, Value] | None = None,
        *,
        watch: Callable[[Outcome | None, Sprint], None] | None = None,
        world: Mapping[str, ErrandResult] | None = None,
        now: datetime = SOME_MOMENT,
    ) -> None:
        self._run = FlowRun(flow, variables=variables)
        self._run.tell_time(now)
        self._watch = watch or _nobody_watches
        self._world = world or {}
        self._responder = ScriptedResponder()
        self._sprint: Sprint | None = None
        self._talk: RehearsedTalk | None = None
        self._lines: list[Line] = []
        self.is_over = False
        self.disposition = ""

    @property
    def answers(self) -> Mapping[str, Answer]:
        """The latest answer to each question that was settled, and each value that was learned."""
        return self._run.answers

    @property
    def step(self) -> str:
        """The name of the step that waits now; empty before the beginning."""
        return self._sprint.wait.step if self._sprint is not None else ""

    @property
    def waits_for_transfer(self) -> bool:
        """Whether the next line says if somebody took the transferred call."""
        return not self.is_over and self._sprint is not None and isinstance(self._sprint.wait, TransferTo)

    def begin(self) -> list[Line]:
        """Answer the phone; return what the caller hears up to the first question."""
        sprint = self._run.start()
        self._watch(None, sprint)
        self._show(sprint)
        return self._taken()

    def give(self, typed: str) -> list[Line]:
        """Take what the caller does; return what it led to."""
        typed = typed.strip()
        if self.waits_for_transfer:
            self._settle_transfer(failed=typed.lower() in NOBODY)
        elif _KEYS.fullmatch(typed):
            self._press(typed.replace(" ", ""))
        elif self._open is not None:
            if typed and not self._open.policy.speech:
                self._lines.append(Line(Kind.NOTE, "this question hears keys only"))
            self._apply(_spoken(self._open, typed))
        return self._taken()

    def hang_up(self) -> list[Line]:
        """Leave the call; return how it ended."""
        if not self.is_over:
            self._lines.append(Line(Kind.NOTE, "the caller hangs up"))
            self._finish(self._run.disposition_on_hang_up().value)
        return self._taken()

    @property
    def _open(self) -> Expect | None:
        return question_of(self._sprint.wait) if self._sprint is not None and not self.is_over else None

    def _taken(self) -> list[Line]:
        lines, self._lines = self._lines, []
        return lines

    def _press(self, keys: str) -> None:
        """Type-ahead, but for keys that still belong to a wrong entry or come before a delicate question."""
        while keys and (expect := self._open) is not None:
            outcome, used = _pressed(expect, keys)
            self._apply(outcome)
            _, left = untaken(tail_of(expect, keys[:used], outcome, 0), keys[used:], 0)
            dropped, keys = keys[used : len(keys) - len(left)], left
            if keys and (follows := self._open) and follows.flushes_type_ahead:
                dropped, keys = dropped + keys, ""
            if dropped.strip(expect.policy.end_key):
                self._lines.append(Line(Kind.NOTE, f"the keys {dropped} are dropped"))

    def _apply(self, outcome: Outcome) -> None:
        if self._talk is not None and isinstance(outcome, Heard):
            learned, ending = self._talk.hear(outcome.raw)
            self._lines += [Line(Kind.UNDERSTOOD, described(answer)) for answer in learned]
            if ending is None:
                self._lines.append(Line(Kind.BOT, self._talk.answer()))
                return
            if ending.exit:
                self._lines.append(Line(Kind.NOTE, f"the exit {ending.exit} is taken"))
            outcome = ending
        sprint = self._resume(outcome)
        if self._talk is not None and outcome == Asked(Universal.REPEAT):
            sprint = replace(sprint, prompts=(Prompt(self._run.voiced(self._talk.last_line)),))
        if not sprint.settled:
            self._lines.append(Line(Kind.UNDERSTOOD, _meaning(outcome)))
        self._show(sprint)

    def _resume(self, outcome: Outcome) -> Sprint:
        sprint = self._run.resume(outcome)
        self._watch(outcome, sprint)
        return sprint

    def _settle_transfer(self, *, failed: bool) -> None:
        if failed:
            self._lines.append(Line(Kind.NOTE, "nobody takes the call"))
            self._show(self._resume(TransferFailed()))
            return
        self._lines.append(Line(Kind.NOTE, "somebody takes the call"))
        self._finish(Disposition.TRANSFERRED.value)

    def _show(self, sprint: Sprint) -> None:
        self._sprint = sprint
        if not isinstance(sprint.wait, Converse):
            self._talk = None
        self._lines += [Line(Kind.UNDERSTOOD, described(answer)) for answer in sprint.settled]
        if sprint.recording is not None:
            self._lines.append(Line(Kind.NOTE, f"recording {'allowed' if sprint.recording else 'forbidden'}"))
        if sprint.path:
            self._lines.append(Line(Kind.STEPS, " > ".join(sprint.path)))
        self._lines += [Line(Kind.BOT, _heard(prompt)) for prompt in sprint.prompts]
        match sprint.wait:
            case Expect(prompt=prompt):
                self._lines.append(Line(Kind.BOT, _heard(prompt)))
            case Converse():
                self._converse(sprint.wait)
            case TransferTo(number=number):
                self._lines.append(Line(Kind.NOTE, f"transfer to {number}"))
            case RunErrand():
                result = stand_in(sprint.wait, self._world)
                self._lines.append(Line(Kind.NOTE, told(sprint.wait, result)))
                self._show(self._resume(ErrandEnded(result)))
            case End(disposition=disposition):
                self._finish(disposition.value)

    def _converse(self, wait: Converse) -> None:
        """Begin a conversation; one that goes on, by its number, waits for the caller."""
        if self._talk is None or self._talk.wait.visit != wait.visit:
            self._talk = RehearsedTalk(self._run, wait, self._responder)
            self._lines.append(Line(Kind.BOT, self._talk.begin()))

    def _finish(self, disposition: str) -> None:
        self.is_over = True
        self.disposition = disposition
        self._lines.append(Line(Kind.END, disposition))
        self._lines += [Line(Kind.ANSWER, described(answer)) for answer in self._run.answers.values()]


def _nobody_watches(_outcome: Outcome | None, _sprint: Sprint) -> None:
    """Tell nobody."""


def described(answer: Answer) -> str:
    """Return an answer as one line: `age = 35, key "35", ask 2`."""
    asks = f", ask {answer.asks}" if answer.asks > 1 else ""
    if answer.status is not Status.OK:
        return f"{answer.slot}: {answer.status.value.replace('_', ' ')}{asks}"
    value = written(answer.value)
    label = f" ({answer.label})" if answer.label not in ("", value) else ""
    return f'{answer.slot} = {value}{label}, {answer.source.value} "{answer.raw}"{asks}'


def _heard(prompt: Prompt) -> str:
    # The author rehearses with made-up answers, so a sensitive one may be seen here.
    return " ".join(utterance.text for utterance in prompt.utterances)


def _pressed(expect: Expect, keys: str) -> tuple[Given, int]:
    """Return what the first keys mean, and how many that were; too few count as all there is."""
    if not expect.policy.dtmf:
        return NoInput(), len(keys)
    for used in range(1, len(keys) + 1):
        if (outcome := digits.collect(expect, keys[:used])) is not None:
            return outcome, used
    return digits.give_up(expect, keys), len(keys)


def _spoken(expect: Expect, typed: str) -> Outcome:
    found = _CONFIDENCE.search(typed)
    confidence = float(found[1]) if found else 1.0
    words = typed[: found.start()] if found else typed
    if not words or not expect.policy.speech:
        return NoInput()
    return understand(expect, words, confidence).outcome or NoMatch(Source.SPEECH, words)


def _meaning(outcome: Outcome) -> str:
    match outcome:
        case Heard(understood):
            return f"heard {understood.label or understood.value} ({understood.confidence:.1f})"
        case Asked(universal):
            return universal.value.replace("_", " ")
        case NoInput():
            return "no input"
        case Conversed() | ConverseFailed():
            return "the conversation is over"
        case NoMatch() | Skipped() | TransferFailed() | ErrandEnded():
            return "no match"
