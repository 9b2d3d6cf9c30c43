"""A call's share of an engine that keeps nothing for a call: every turn stands by itself."""

from typing import Protocol

from app.domain.speech import Hints
from app.session.ports import Post, TranscriberTurn


class OpensTurns(Protocol):
    """An engine that opens turns for anybody."""

    def open(self, turn: int, hints: Hints, post: Post) -> TranscriberTurn:
        """Begin a turn, as `CallTranscriber.open` says."""
        ...


class TurnByTurn:
    """One call's turns."""

    def __init__(self, engine: OpensTurns, post: Post) -> None:
        self._engine = engine
        self._post = post

    def open(self, turn: int, hints: Hints) -> TranscriberTurn:
        """Begin a turn, as the port says."""
        return self._engine.open(turn, hints, self._post)

    def close(self) -> None:
        """Let go of nothing: there is nothing."""
