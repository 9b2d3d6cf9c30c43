"""A conversation in writing: the scripted interviewer on one side, whoever types on the other.

Takes turns as a call does, but knows no time: what the interviewer finds in the typed words comes
before its next line. No event loop may be running.
"""

import asyncio
from dataclasses import dataclass, field

from app.domain.answers import Answer
from app.domain.call import Value
from app.domain.conversation import Conversation, Extraction, Line, Role
from app.engine.events import ProviderReported
from app.flows.interpreter import FlowRun
from app.flows.sprint import Converse, Conversed
from app.session.ports import Responder


@dataclass(slots=True)
class RehearsedTalk:
    """One conversation of the flow; `wait` is what the flow wants of it."""

    run: FlowRun
    wait: Converse
    responder: Responder
    _lines: list[Line] = field(default_factory=list)
    _known: dict[str, Value] = field(default_factory=dict)
    _turns: int = 0

    def begin(self) -> str:
        """Return what opens the conversation: the author's words, or the interviewer's."""
        self._lines += self.wait.lines
        opening = " ".join(utterance.text for utterance in self.wait.expect.prompt.utterances)
        if not opening:
            return self.answer()
        self._lines.append(Line(Role.BOT, opening))
        return opening

    def hear(self, words: str) -> tuple[tuple[Answer, ...], Conversed | None]:
        """Take the caller's turn; return what it brought, and how the conversation ended if it did."""
        self._lines.append(Line(Role.CALLER, words))
        self._turns += 1
        found = asyncio.run(self._extract()) if self._brings_something else Extraction()
        learned = self.run.learn(found.values, words)
        self._known |= {answer.slot: answer.value for answer in learned}
        ways_out = {way.name for way in self.wait.brief.exits}
        if found.exit in ways_out:
            return learned, Conversed(found.exit)
        now = self._now()
        is_done = bool(self.wait.brief.fields) and not now.missing
        return learned, Conversed() if is_done or now.turns_left == 0 else None

    def answer(self) -> str:
        """Return the interviewer's next line."""
        text = " ".join(utterance.text for utterance in self.run.voiced(asyncio.run(self._reply())))
        self._lines.append(Line(Role.BOT, text))
        return text

    @property
    def last_line(self) -> str:
        """What the interviewer said last."""
        return next((line.text for line in reversed(self._lines) if line.role is Role.BOT), "")

    @property
    def _brings_something(self) -> bool:
        return bool(self.wait.brief.fields or self.wait.brief.exits)

    def _now(self) -> Conversation:
        left = max(0, self.wait.most_turns - self._turns)
        return Conversation(self.wait.brief, tuple(self._lines), dict(self._known), left)

    async def _reply(self) -> str:
        return "".join([piece async for piece in self.responder.reply(self._now(), _unheard)])

    async def _extract(self) -> Extraction:
        return await self.responder.extract(self._now(), _unheard)


def _unheard(_: ProviderReported) -> None:
    """Nobody counts what a rehearsal costs."""
