"""What one call knows so far: its answers, its variables, its language; decides no way."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from app.domain.answers import Answer, Source, Status
from app.domain.call import Disposition, Value
from app.domain.languages import language as catalogue_of
from app.domain.speech import Utterance
from app.flows.expressions import UNKNOWN, evaluate, written
from app.flows.model import Flow, LanguageSpec, SetValue, Text
from app.flows.speaking import SOME_MOMENT, Known, known_by, say


class Memory:
    """The answers of one call, the latest to each question. An answer hides a variable of its name."""

    def __init__(self, flow: Flow, variables: Mapping[str, Value], seed: str = "") -> None:
        self._flow = flow
        self._seed = seed
        self.now: datetime = SOME_MOMENT
        self._variables = dict(variables)
        self.answers: dict[str, Answer] = {}
        self.language = flow.default_language
        self._known: tuple[str, datetime, Known] | None = None

    @property
    def spec(self) -> LanguageSpec:
        """The language that the call is held in now."""
        return self._flow.languages[self.language]

    def keep(self, *answers: Answer) -> None:
        """Take these as the latest."""
        for answer in answers:
            self.answers[answer.slot] = answer
        self._known = None

    def forget(self, names: Iterable[str]) -> list[Answer]:
        """Take back what was answered under these names; return what stands there now: missing answers."""
        old = [answer for name in names if (answer := self.answers.get(name)) is not None]
        taken = [
            self._unasked(a.slot, None, "", sensitive=a.sensitive)
            for a in old
            if a.status is not Status.MISSING
        ]
        self.keep(*taken)
        return taken

    def work_out(self, step: SetValue) -> Answer:
        """Keep the value of a `set` and return it as an answer; nobody was asked for it."""
        found = evaluate(step.value, self.known().values)
        value = None if found is UNKNOWN else found
        words = catalogue_of(self.spec.locale)
        label = (words.yes_label if value else words.no_label) if isinstance(value, bool) else written(value)
        answer = self._unasked(step.name, value, label, sensitive=step.sensitive)
        self.keep(answer)
        return answer

    def _unasked(self, slot: str, value: Value, label: str, *, sensitive: bool) -> Answer:
        """Return an answer that nobody was asked for."""
        return Answer(
            slot=slot,
            value=value,
            label=label,
            status=Status.MISSING if value is None else Status.OK,
            source=Source.NONE,
            raw="",
            confidence=1.0,
            asks=0,
            no_inputs=0,
            no_matches=0,
            language=self.language,
            sensitive=sensitive,
        )

    def said(self, text: Text) -> tuple[Utterance, ...]:
        """Return what the author wrote, in the caller's language, with its holes filled."""
        return say(text[self.language], self.spec, self.known())

    def known(self) -> Known:
        """Return what prompts and conditions may read."""
        # One way past hundreds of conditions asks for the same hundreds of times.
        if self._known is None or self._known[:2] != (self.language, self.now):
            fresh = known_by(
                self._flow, self._variables, self.answers, self.language, now=self.now, seed=self._seed
            )
            self._known = (self.language, self.now, fresh)
        return self._known[2]

    def left_early(self) -> Disposition:
        """Return what a call counts as that ends before its flow does."""
        wanted = [self.answers.get(name) for name in self._flow.partial_if]
        if wanted and all(answer is not None and answer.status is Status.OK for answer in wanted):
            return Disposition.PARTIAL
        return Disposition.BREAK_OFF
