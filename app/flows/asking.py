"""One question while it is open: its attempts, its escalating prompts, its read-back, its requests.

Knows the rules of asking (dialogue-rules.md, turns and timers); does not know what comes after the
answer. Counters live and die with the question.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from app.domain.answers import SURE, Answer, Source, Status
from app.domain.grammar import FreeText, Grammar, YesNo
from app.domain.speech import Prompt, Utterance
from app.flows import courtesy, questions
from app.flows.model import ChooseLanguage, Confirm, Consent, Flow, LanguageSpec, Question, Text
from app.flows.speaking import Known, Preface, asked, escalated, is_listed, say
from app.flows.sprint import (
    Asked,
    Conversed,
    ConverseFailed,
    ErrandEnded,
    Expect,
    Heard,
    NoInput,
    NoMatch,
    Outcome,
    Skipped,
    TransferFailed,
    Universal,
)

LEAST_CONFIDENCE: Final = 0.5
"""Below this what was heard is no match (VoiceXML's default confidencelevel)."""

CONFIRMATION_ASKS: Final = 3
"""How often a read-back is asked; unanswered it counts as a no."""

DISPUTES_BEFORE_KEYS: Final = 2
"""Read-backs answered with no before the question takes keys only; any further one is a no-match."""

FREE_REQUESTS: Final = 3
"""How often each request is granted without costing an attempt."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The question is over. `failed` says that its attempts ran out without an answer."""

    answer: Answer
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Leaves:
    """The caller asks for something that leads away from the question."""

    universal: Universal


Verdict: TypeAlias = Expect | Settled | Leaves


def _nothing(language: LanguageSpec) -> tuple[Utterance, ...]:  # noqa: ARG001 - a Preface like any other
    return ()


class OpenQuestion:
    """Holds one question from its first asking to its verdict.

    `languages` are spoken in turn (several only while the caller chooses one); the first is the one
    that answers are understood in.
    """

    def __init__(self, flow: Flow, step: Question, languages: tuple[LanguageSpec, ...], known: Known) -> None:
        self.step = step
        self._flow = flow
        self._languages = languages
        self._known = known
        self._grammar: Grammar = questions.grammar_of(step, flow, languages[0], known)
        self._universal_phrases = questions.universal_phrases(flow, languages[0], self._grammar)
        self._yes_no = Grammar(YesNo(), languages[0].key, languages[0].locale)
        self._no_inputs = 0
        self._no_matches = 0
        self._disputes = 0
        self._requests: Counter[Universal] = Counter()
        self._pending: Heard | None = None
        self._silent_confirmations = 0
        self._unclear_confirmations = 0

    def ask(self, preface: Preface = _nothing) -> Expect:
        """Return the question, or its read-back while one is open, as the engine is to ask it now."""
        policy = self.step.policy
        if self._keys_only:
            policy = replace(policy, speech=False)
        confirming = self._pending is not None
        return Expect(
            step=self.step.name,
            kind=questions.kind_of(self.step),
            ask=self._asks,
            prompt=Prompt(self._spoken(preface), self.step.bargein),
            grammar=self._yes_no if confirming else self._grammar,
            policy=policy,
            confirming=confirming,
            optional=not self.step.required and not confirming,
            sensitive=self.step.sensitive,
            flushes_type_ahead=confirming or self.step.sensitive or isinstance(self.step, Consent),
            keep_audio=not confirming and not self.step.sensitive and questions.kind_of(self.step) == "open",
            universals=questions.universal_keys(self._flow),
            universal_phrases=self._universal_phrases,
        )

    def take(self, outcome: Outcome) -> Verdict:
        """Return what the outcome means: ask again, settle, or leave. Asked about another wait, ask again."""
        match outcome:
            case Heard() if self._pending is not None:
                return self._take_confirmation(outcome, self._pending)
            case Heard():
                return self._take_answer(outcome)
            case Asked(universal):
                return self._take_request(universal)
            case Skipped() if not self.step.required and self._pending is None:
                return self._settled(Status.REFUSED, Source.KEY, self.step.policy.end_key)
            case Skipped():
                return self._no_match(self.step.policy.end_key)
            case NoInput():
                return self._no_input()
            case NoMatch(_, raw):
                return self._no_match(raw)
            case (
                TransferFailed() | Conversed() | ConverseFailed() | ErrandEnded()
            ):  # pragma: no branch - mypy proves it is the last
                pass
        return self.ask()

    @property
    def _asks(self) -> int:
        return 1 + self._no_inputs + self._no_matches + min(self._disputes, DISPUTES_BEFORE_KEYS)

    @property
    def _keys_only(self) -> bool:
        return self._disputes >= DISPUTES_BEFORE_KEYS and questions.keys_suffice(self.step, self._grammar)

    def _take_answer(self, heard: Heard) -> Verdict:
        sure = self._is_sure(heard)
        acceptable = heard.understood.confidence >= LEAST_CONFIDENCE or self._is_free_text
        if not acceptable or not questions.is_allowed(self._grammar, heard.understood):
            return self._no_match(heard.raw)
        # A read-back in a language the caller may not speak helps nobody: ask for the language again.
        if isinstance(self.step, ChooseLanguage) and not sure:
            return self._no_match(heard.raw)
        if self.step.confirm is Confirm.ALWAYS or (self.step.confirm is Confirm.LOW and not sure):
            self._pending = heard
            self._silent_confirmations = self._unclear_confirmations = 0
            return self.ask()
        return self._accepted(heard)

    @property
    def _is_free_text(self) -> bool:
        return isinstance(self._grammar.body, FreeText)

    def _is_sure(self, heard: Heard) -> bool:
        # An open answer is kept as audio: how well its words were recognised does not matter.
        # Typed words are certain, but may be understood as loosely as spoken ones.
        by_hand = heard.source in (Source.KEY, Source.OPERATOR)
        return by_hand or self._is_free_text or heard.understood.confidence >= SURE

    def _take_confirmation(self, heard: Heard, pending: Heard) -> Verdict:
        unclear = heard.understood.confidence < LEAST_CONFIDENCE
        if unclear or not questions.is_allowed(self._yes_no, heard.understood):
            return self._no_match(heard.raw)
        return self._accepted(pending) if heard.understood.value is True else self._disputed(pending)

    def _disputed(self, pending: Heard) -> Verdict:
        self._pending = None
        self._disputes += 1
        if self._disputes > DISPUTES_BEFORE_KEYS:
            return self._no_match(pending.raw)
        return self.ask()

    def _take_request(self, universal: Universal) -> Verdict:
        if not self._flow.universals.get(universal):
            return self._no_match("")
        if universal is Universal.OPT_OUT or (universal is Universal.OPERATOR and self._has_operator):
            return Leaves(universal)
        self._requests[universal] += 1
        if self._requests[universal] > FREE_REQUESTS:
            return self._no_match("")
        match universal:
            case Universal.HELP:
                return self.ask(self._help)
            case Universal.OPERATOR:
                return self.ask(courtesy.nobody_there)
            case _:
                return self.ask()

    @property
    def _has_operator(self) -> bool:
        return any(Universal.OPERATOR in (step.label, step.name) for step in self._flow.steps)

    def _no_input(self) -> Verdict:
        if self._pending is not None:
            self._silent_confirmations += 1
            count = self._silent_confirmations
            return self._confirm_again(self._pending, courtesy.no_input(count))
        self._no_inputs += 1
        if self._is_exhausted:
            return self._settled(Status.NO_INPUT, Source.NONE, "", failed=True)
        return self.ask(self._escalated(self.step.noinput, self._no_inputs, courtesy.no_input))

    def _no_match(self, raw: str) -> Verdict:
        if self._pending is not None:
            self._unclear_confirmations += 1
            count = self._unclear_confirmations
            return self._confirm_again(self._pending, courtesy.no_match(count))
        self._no_matches += 1
        if self._is_exhausted:
            return self._settled(Status.NO_MATCH, Source.NONE, raw, failed=True)
        return self.ask(self._escalated(self.step.nomatch, self._no_matches, courtesy.no_match))

    def _confirm_again(self, pending: Heard, preface: Preface) -> Verdict:
        if self._silent_confirmations + self._unclear_confirmations >= CONFIRMATION_ASKS:
            return self._disputed(pending)
        return self.ask(preface)

    @property
    def _is_exhausted(self) -> bool:
        return self._no_inputs + self._no_matches >= self.step.max_attempts

    def _accepted(self, heard: Heard) -> Settled:
        understood = heard.understood
        value = understood.value if understood.status is Status.OK else None
        answer = self._answer(understood.status, heard.source, heard.raw, self._asks)
        return Settled(replace(answer, value=value, label=understood.label, confidence=understood.confidence))

    def _settled(self, status: Status, source: Source, raw: str, *, failed: bool = False) -> Settled:
        # The attempt that failed last is followed by no further ask.
        return Settled(self._answer(status, source, raw, self._asks - 1 if failed else self._asks), failed)

    def _answer(self, status: Status, source: Source, raw: str, asks: int) -> Answer:
        return Answer(
            slot=self.step.name,
            value=None,
            label="",
            status=status,
            source=source,
            raw=raw,
            confidence=1.0,
            asks=asks,
            no_inputs=self._no_inputs,
            no_matches=self._no_matches,
            language=self._languages[0].key,
            sensitive=self.step.sensitive,
        )

    def _spoken(self, preface: Preface) -> tuple[Utterance, ...]:
        if self._pending is not None:
            language = self._languages[0]
            return (*preface(language), *self._read_back(self._pending, language))
        spoken: list[Utterance] = []
        for language in self._languages:
            spoken += preface(language)
            spoken += courtesy.use_keys(language) if self._keys_only else ()
            # A question that may ask with the language's own words has none of its author's.
            own = self._say(self.step.prompt, language) if self.step.prompt else None
            spoken += courtesy.call_back(language) if own is None else own
        return tuple(spoken)

    def _read_back(self, heard: Heard, language: LanguageSpec) -> tuple[Utterance, ...]:
        label = heard.understood.label or str(heard.understood.value)
        spoken = courtesy.read_back(label, language, sensitive=self.step.sensitive)
        if is_listed(self.step):
            return spoken
        return tuple(replace(each, kept=label not in each.text) for each in spoken)

    def _escalated(self, own: tuple[Text, ...], count: int, default: Callable[[int], Preface]) -> Preface:
        def remark(language: LanguageSpec) -> tuple[Utterance, ...]:
            text = escalated(own, count, language)
            return default(count)(language) if text is None else self._say(text, language)

        return remark

    def _help(self, language: LanguageSpec) -> tuple[Utterance, ...]:
        if self.step.help is None or language.key not in self.step.help:
            return courtesy.help_text(language)
        return self._say(self.step.help, language)

    def _say(self, text: Text, language: LanguageSpec) -> tuple[Utterance, ...]:
        return say(text[language.key], language, asked(self.step, language, self._known))
