"""A shelf of flows given as text, and a carrier that dials or does not."""

from app.flows.loader import load_flow
from app.session.ports import DialError

TWO_QUESTIONS = """
flow: two
version: 1
title: Two questions
max_duration: 10m
universals: {operator: off}
steps:
  - message: hello
    prompt: "Hello."
  - yes_no: happy
    prompt: "Are you happy?"
  - yes_no: again
    prompt: "May we call again?"
  - end: completed
    prompt: "Thank you."
"""


class FakeShelf:
    def __init__(self, *sources) -> None:
        self.flows = {}
        for source in sources or (TWO_QUESTIONS,):
            flow = self.compile(source)
            self.flows[flow.name] = flow

    def names(self):
        return list(self.flows)

    def get(self, name):
        return self.flows.get(name)

    def compile(self, source):
        return load_flow(source, path="flow.yaml", audio_exists=lambda _: True)


class FakeDialer:
    """Gives the call `sids` in turn; `before_reply` runs while the carrier already rings."""

    def __init__(self) -> None:
        self.dialled: list[tuple[str, str]] = []
        self.error = ""
        self.before_reply = None

    async def dial(self, to, call_id):
        if self.error:
            raise DialError(self.error)
        self.dialled.append((to, call_id))
        sid = f"CA-out-{len(self.dialled)}"
        if self.before_reply:
            await self.before_reply(sid, call_id)
        return sid
