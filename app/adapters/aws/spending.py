"""What one request to a model used: the provider's own figures, or a count where they never came. Pure."""

from typing import Any, Final

from app.domain.conversation import Used
from app.engine.events import ProviderReported
from app.session.ports import Report

_CHARACTERS_PER_TOKEN: Final = 4


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
        if "metadata" in event:
            self.figures(event["metadata"].get("usage", {}))
        text = event.get("contentBlockDelta", {}).get("delta", {}).get("text", "")
        self._pieces += bool(text)
        return str(text)

    def figures(self, usage: dict[str, Any]) -> None:
        """Take the provider's own figures."""
        if "inputTokens" in usage:
            self._input = int(usage["inputTokens"])
            self._output = int(usage.get("outputTokens", 0))

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
