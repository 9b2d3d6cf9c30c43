"""Tells a call's log who serves it, for providers that stand alone; knows nothing of their work."""

from collections.abc import AsyncIterator

from app.domain.conversation import Conversation, Extraction, Guess, Inquiry
from app.domain.speech import Hints
from app.engine.events import ProviderReported
from app.session.ports import CallTranscriber, Post, Report, Responder, Transcriber, TranscriberTurn


def served(service: str, name: str) -> ProviderReported:
    """Return the fact that this provider serves what follows, until another one does."""
    return ProviderReported(service, "served", name)


class NamedTranscriber:
    """Implements Transcriber."""

    def __init__(self, name: str, inner: Transcriber) -> None:
        self._name = name
        self._inner = inner

    @property
    def is_continuous(self) -> bool:
        """As the engine is."""
        return self._inner.is_continuous

    def join(self, expecting: Hints, post: Post) -> CallTranscriber:
        """Begin a call, which is told who listens when that is first wanted: at its beginning it is deaf."""
        return _NamedCall(served("stt", self._name), self._inner.join(expecting, post), post)


class _NamedCall:
    """Implements CallTranscriber."""

    def __init__(self, who: ProviderReported, inner: CallTranscriber, post: Post) -> None:
        self._who: ProviderReported | None = who
        self._inner = inner
        self._post = post

    def open(self, turn: int, hints: Hints) -> TranscriberTurn:
        """Begin a turn."""
        if self._who is not None:
            self._post(self._who)
            self._who = None
        return self._inner.open(turn, hints)

    def close(self) -> None:
        """Let go of what is held."""
        self._inner.close()


class NamedResponder:
    """Implements Responder."""

    def __init__(self, name: str, inner: Responder) -> None:
        self._served = served("llm", name)
        self._inner = inner

    def reply(self, conversation: Conversation, report: Report) -> AsyncIterator[str]:
        """Tell who answers, and hand on what it says."""
        report(self._served)
        return self._inner.reply(conversation, report)

    async def extract(self, conversation: Conversation, report: Report) -> Extraction:
        """Do as the model does; who it is was told with its reply."""
        return await self._inner.extract(conversation, report)

    async def interpret(self, inquiry: Inquiry, report: Report) -> Guess:
        """Tell who answers, and hand on its guess."""
        report(self._served)
        return await self._inner.interpret(inquiry, report)
