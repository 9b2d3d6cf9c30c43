"""One conversation of the flow while it is open: what it is to bring, what it brought, its silences.

Knows the bounds and the answers; what is said in it is the model's, when is the engine's, and where the
flow goes afterwards is the interpreter's.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from app.domain.answers import SURE, Answer, Source, Status
from app.domain.call import Value
from app.domain.conversation import Brief, Exit, Field, Line, Role, accept
from app.domain.grammar import FreeText, Grammar
from app.domain.languages import language as catalogue_of
from app.domain.speech import Prompt, Utterance
from app.flows import courtesy, questions
from app.flows.expressions import render
from app.flows.model import ConverseStep, Flow, LanguageSpec, Text
from app.flows.speaking import Known, Preface, escalated, say
from app.flows.sprint import (
    Asked,
    Converse,
    Conversed,
    ConverseFailed,
    Expect,
    NoInput,
    NoMatch,
    Outcome,
    Skipped,
    Universal,
)

LEARNED_CONFIDENCE: Final = SURE
"""How sure a value is that a model found: it gives no figure of its own. The least that is acted on
without a read-back, since the caller could object while they talked."""

FREE_REQUESTS: Final = 3
"""How often each request is granted without costing an attempt, as at a question."""


@dataclass(frozen=True, slots=True)
class Over:
    """The conversation is over. `goto` is where its exit leads; `failed` that it could not be held."""

    goto: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """The caller asked for something that leads away from the conversation."""

    universal: Universal


Remark: TypeAlias = tuple[Utterance, ...]
"""What is said before the same conversation goes on; may be nothing."""

Turn: TypeAlias = Remark | Over | Left


class OpenConversation:
    """Holds one conversation from its opening to its end. Counters live and die with it."""

    _wait: Converse

    def __init__(self, flow: Flow, step: ConverseStep, language: LanguageSpec, known: Known) -> None:
        self.step = step
        self._flow = flow
        self._language = language
        self._known = known
        self._learned: dict[str, Answer] = {}
        self._no_inputs = 0
        self._no_matches = 0
        self._requests: Counter[Universal] = Counter()

    def begin(self, visit: int, lines: tuple[Line, ...] = ()) -> Converse:
        """Return the wait that opens the conversation, with what was said before it."""
        prompt = () if self.step.prompt is None else self._said(self.step.prompt)
        grammar = Grammar(FreeText(), self._language.key, self._language.locale)
        expect = Expect(
            step=self.step.name,
            kind="converse",
            ask=1,
            prompt=Prompt(prompt, self.step.bargein),
            grammar=grammar,
            policy=self.step.policy,
            universals=questions.universal_keys(self._flow),
            universal_phrases=questions.universal_phrases(self._flow, self._language, grammar),
        )
        turns, duration = self.step.most_turns, self.step.duration_ms
        self._wait = Converse(self.step.name, visit, expect, self._brief(), turns, duration, lines)
        return self._wait

    def wait_on(self) -> Converse:
        """Return the wait of the same conversation; its opening is not said twice."""
        prompt = replace(self._wait.expect.prompt, utterances=())
        self._wait = replace(self._wait, expect=replace(self._wait.expect, prompt=prompt))
        return self._wait

    def learn(self, values: Mapping[str, Value], raw: str) -> tuple[Answer, ...]:
        """Return the answers that these values make, new or changed; a value of another type makes none."""
        found: list[Answer] = []
        for wanted in self._fields():
            value = accept(wanted, values.get(wanted.name))
            before = self._learned.get(wanted.name)
            if value is None or (before is not None and before.value == value):
                continue
            answer = replace(
                self._missing(wanted.name),
                value=value,
                label=self._label(value),
                status=Status.OK,
                source=Source.MODEL,
                raw=raw,
                confidence=LEARNED_CONFIDENCE,
            )
            self._learned[wanted.name] = answer
            found.append(answer)
        return tuple(found)

    def unsettled(self) -> tuple[Answer, ...]:
        """Return an answer without a value for each field that the conversation did not bring."""
        return tuple(
            self._missing(wanted.name) for wanted in self.step.wanted if wanted.name not in self._learned
        )

    def take(self, outcome: Outcome) -> Turn:
        """Return what the outcome means; one that does not fit a conversation changes nothing."""
        match outcome:
            case Conversed(name):
                way = next((way for way in self.step.exits if way.name == name), None)
                return Over() if way is None else Over(way.goto)
            case ConverseFailed():
                return Over(failed=True)
            case Asked(universal):
                return self._take_request(universal)
            case NoInput():
                self._no_inputs += 1
                return self._again(self._escalated(self.step.noinput, self._no_inputs))
            case NoMatch() | Skipped():
                return self._no_match()
            case _:
                return ()

    def _no_match(self) -> Turn:
        self._no_matches += 1
        return self._again(courtesy.talk_no_match(self._no_matches))

    def _again(self, preface: Preface) -> Turn:
        exhausted = self._no_inputs + self._no_matches >= self.step.max_attempts
        return Over(failed=True) if exhausted else preface(self._language)

    def _take_request(self, universal: Universal) -> Turn:
        if not self._flow.universals.get(universal):
            return self._no_match()
        if universal is Universal.OPT_OUT or (universal is Universal.OPERATOR and self._has_operator):
            return Left(universal)
        self._requests[universal] += 1
        if self._requests[universal] > FREE_REQUESTS:
            return self._no_match()
        match universal:
            case Universal.OPERATOR:
                return courtesy.nobody_there(self._language)
            case Universal.HELP if self.step.help is not None and self._language.key in self.step.help:
                return self._said(self.step.help)
            case Universal.HELP:
                return courtesy.talk_help(self._language)
            case _:
                return ()

    @property
    def _has_operator(self) -> bool:
        return any(Universal.OPERATOR in (step.label, step.name) for step in self._flow.steps)

    def _escalated(self, own: tuple[Text, ...], count: int) -> Preface:
        text = escalated(own, count, self._language)
        return courtesy.talk_no_input(count) if text is None else lambda _: self._said(text)

    def _said(self, text: Text) -> Remark:
        return say(text[self._language.key], self._language, self._known)

    def _brief(self) -> Brief:
        return Brief(
            goal=render(self.step.goal, self._known.values, self._known.labels, quoted=True),
            locale=self._language.locale,
            style=self.step.style,
            forbid=self.step.forbid,
            fields=self._fields(),
            exits=tuple(Exit(way.name, way.when) for way in self.step.exits),
        )

    def _fields(self) -> tuple[Field, ...]:
        key = self._language.key
        return tuple(
            Field(each.name, each.kind, each.about.get(key, ""), each.choices) for each in self.step.wanted
        )

    def _missing(self, name: str) -> Answer:
        return Answer(
            slot=name,
            value=None,
            label="",
            status=Status.NO_INPUT,
            source=Source.NONE,
            raw="",
            confidence=1.0,
            asks=1,
            no_inputs=self._no_inputs,
            no_matches=self._no_matches,
            language=self._language.key,
        )

    def _label(self, value: Value) -> str:
        words = catalogue_of(self._language.locale)
        if isinstance(value, bool):
            return words.yes_label if value else words.no_label
        return str(value)


def exchange(asked: tuple[Utterance, ...], answer: Answer) -> tuple[Line, ...]:
    """Return a question and its answer as the lines that a probe of it begins with."""
    question = " ".join(utterance.text for utterance in asked)
    lines = (Line(Role.BOT, question), Line(Role.CALLER, answer.label))
    return tuple(line for line in lines if line.text)
