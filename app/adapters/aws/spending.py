"""What one request to a model used: the provider's own figures, or a count where they never came. Pure."""

from typing import Any, Final

from app.domain.conversation import Used
from app.domain.keepable import MOST_NUMBER
from app.engine.events import ProviderReported
from app.session.ports import Report

_CHARACTERS_PER_TOKEN: Final = 4


def part_of(answer: object, *names: str) -> Any:  # noqa: ANN401 - JSON is any of its values
    """Return what an answer has under these names, one within the other; None where it is no such answer."""
    for name in names:
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer


def _tokens(count: object) -> int | None:
    if not isinstance(count, int) or isinstance(count, bool):
        return None
    return count if 0 <= count <= MOST_NUMBER else None


class Spent:
    """Follows a request and tells once what it used; a request that brought nothing is not told."""

    def __init__(self, model: str, report: Report) -> None:
        self._model = model
        self._report = report
        self._given = 0
        self._pieces = 0
        self._input: int | None = None
        self._output = 0

    def given(self, system: str, messages: list[dict[str, Any]]) -> None:
        """Take what the model is given."""
        said = sum(len(block["text"]) for message in messages for block in message["content"])
        self._given = (len(system) + said) // _CHARACTERS_PER_TOKEN

    def take(self, event: dict[str, Any]) -> str:
        """Take one event of a stream and return the text in it."""
        self.figures(part_of(event, "metadata", "usage"))
        text = part_of(event, "contentBlockDelta", "delta", "text")
        if not isinstance(text, str):
            return ""
        self._pieces += bool(text)
        return text

    def figures(self, usage: object) -> None:
        """Take the provider's own figures; what is no number of tokens is none."""
        given = _tokens(part_of(usage, "inputTokens"))
        if given is not None:
            self._input = given
            self._output = _tokens(part_of(usage, "outputTokens")) or 0

    @property
    def used(self) -> Used:
        """What was used as far as is known."""
        if self._input is None:
            return Used(self._model, self._given if self._pieces else 0, self._pieces)
        return Used(self._model, self._input, self._output)

    def tell(self) -> None:
        """Report it."""
        used = self.used
        for unit, amount in (("input_tokens", used.input_tokens), ("output_tokens", used.output_tokens)):
            if amount:
                self._report(ProviderReported("llm", "used", self._model, amount, unit))
