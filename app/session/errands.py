"""Runs the errands of live calls and tells what came of them; knows no flow, no table and no wire."""

from app.domain.call import CallInfo
from app.domain.errands import Errand
from app.engine.events import ErrandDone
from app.session.ports import Post


class NoErrands:
    """Stands where nothing can be run: no place is free, nothing is sent, nothing is kept."""

    def begin(self, call: CallInfo, number: int, errand: Errand, post: Post) -> None:  # noqa: ARG002
        """Say that it cannot be done."""
        post(ErrandDone(number, ok=False, reason="unavailable"))
