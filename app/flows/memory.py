"""What one call knows so far: its answers, its variables, its language; decides no way."""

from collections.abc import Mapping

from app.domain.answers import Answer, Status
from app.domain.call import Disposition, Value
from app.domain.speech import Utterance
from app.flows.model import Flow, LanguageSpec, Text
from app.flows.speaking import Known, known_by, say


class Memory:
    """The answers of one call, the latest to each question. An answer hides a variable of its name."""

    def __init__(self, flow: Flow, variables: Mapping[str, Value]) -> None:
        self._flow = flow
        self._variables = dict(variables)
        self.answers: dict[str, Answer] = {}
        self.language = flow.default_language

    @property
    def spec(self) -> LanguageSpec:
        """The language that the call is held in now."""
        return self._flow.languages[self.language]

    def keep(self, *answers: Answer) -> None:
        """Take these as the latest."""
        for answer in answers:
            self.answers[answer.slot] = answer

    def said(self, text: Text) -> tuple[Utterance, ...]:
        """Return what the author wrote, in the caller's language, with its holes filled."""
        return say(text[self.language], self.spec, self.known())

    def known(self) -> Known:
        """Return what prompts and conditions may read."""
        return known_by(self._flow, self._variables, self.answers, self.language)

    def left_early(self) -> Disposition:
        """Return what a call counts as that ends before its flow does."""
        wanted = [self.answers.get(name) for name in self._flow.partial_if]
        if wanted and all(answer is not None and answer.status is Status.OK for answer in wanted):
            return Disposition.PARTIAL
        return Disposition.BREAK_OFF
