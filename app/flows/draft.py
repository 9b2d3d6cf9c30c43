"""A sprint while it is being run: what it will say, what it settled, the steps on its way."""

from dataclasses import dataclass, field

from app.domain.answers import Answer
from app.domain.speech import Prompt
from app.flows.sprint import Sprint, Wait


@dataclass(slots=True)
class Draft:
    """Collects a sprint. `recording` is set when the caller allowed or forbade it on this way."""

    prompts: list[Prompt] = field(default_factory=list)
    settled: list[Answer] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    recording: bool | None = None

    def stopped(self, wait: Wait, language: str) -> Sprint:
        """Return the sprint that ends in this wait."""
        return Sprint(
            wait, tuple(self.prompts), tuple(self.settled), tuple(self.path), language, self.recording
        )
