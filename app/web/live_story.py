"""A live call told as a sequence of small events for people who look on; knows no subscriber and no socket.

Folded from what ledgers tell their watchers: whatever is sensitive comes masked.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any, Final

from app.domain.call import CallInfo, Millis
from app.domain.speech import Utterance
from app.engine.actions import (
    AnswerGiven,
    CallEnded,
    Extend,
    Order,
    Play,
    Record,
    RecordingDecided,
    StepsEntered,
    StopPlayback,
    Transfer,
    TurnTaken,
)
from app.engine.call import Call
from app.engine.events import (
    DeadlinePassed,
    DigitPressed,
    Fact,
    FinalTranscript,
    LegAnswered,
    OperatorCommand,
    PartialTranscript,
    PromptCut,
    PromptEnded,
    PromptStarted,
    ProviderReported,
    SpeechEnded,
    SpeechStarted,
    StreamLost,
    SynthesizerFailed,
    TextTyped,
    TranscriberFailed,
    TransferEnded,
)
from app.engine.states import Closing, Ended, Hearing, Ringing
from app.web.live_question import Plain, question_as, state_as

MOST_KEPT: Final = 4_000
"""Events that a late-comer is told of: half an hour of a noisy call (two a second), hours of a quiet one."""


class Story:
    """One call's events, numbered from 1. `call` is the machine whose state is looked at."""

    __slots__ = (
        "_alarms",
        "_heard_out",
        "_question",
        "_state",
        "at",
        "call",
        "info",
        "language",
        "past",
        "seq",
        "since_epoch",
        "step",
        "turns",
        "whole",
    )

    def __init__(self, info: CallInfo, call: Call, *, whole: bool, epoch: int) -> None:
        self.info = info
        self.call = call
        self.past: deque[Plain] = deque(maxlen=MOST_KEPT)
        self.seq = 0
        self.at: Millis = 0
        self.step = ""
        self.language = ""
        self.turns = 0
        self.whole = whole
        """False when the call began before we looked, or `past` lost something: the log has the rest."""
        self.since_epoch = epoch
        """The stream it begins with: another process, which took the call over, numbers its events anew."""
        self._question = -1
        self._state = ""
        self._heard_out = False
        self._alarms = (0, 0)

    def brief(self) -> Plain:
        """Return what a list of live calls shows of it."""
        info = self.info
        return {
            "id": info.id,
            "flow": info.flow,
            "direction": info.direction.value,
            "from": info.from_number,
            "to": info.to_number,
            "language": self.language,
            "step": self.step,
            "turns": self.turns,
            "state": state_as(self.call.state, self.at, sensitive=True)["state"],
            "at": self.at,
        }

    def snapshot(self, at: Millis) -> Plain:
        """Return all that a page needs to show the call as it is at `at`."""
        asking = self.call.question
        return {
            "type": "snapshot",
            "at": at,
            "call": self.brief() | {"at": at},
            "whole": self.whole,
            "since_epoch": self.since_epoch,
            "past": list(self.past),
            "state": self._state_at(at),
            "question": question_as(asking) if asking else None,
        }

    def take(self, at: Millis, fact: Fact, orders: tuple[Order, ...], *, watched: bool) -> list[Plain]:
        """Take one journal line; return its events. What passes at once is told only while `watched`."""
        self.at = at
        told: list[Plain] = []
        for event, lasts in self._events(fact, orders, watched=watched):
            self.seq += 1
            event["at"] = at
            event["seq"] = self.seq
            if lasts:
                self.whole = self.whole and len(self.past) < MOST_KEPT
                self.past.append(event)
            told.append(event)
        return told

    def _events(
        self, fact: Fact, orders: tuple[Order, ...], *, watched: bool
    ) -> Iterator[tuple[Plain, bool]]:
        if (event := _of_fact(fact)) is not None:
            if isinstance(fact, DigitPressed):
                event["counts"] = not self._heard_out
            yield event, True
        elif watched and isinstance(fact, PartialTranscript):
            yield {"type": "partial", "turn": fact.turn, "text": fact.text}, False
        if self._is_false_alarm():
            yield {"type": "false_alarm", "turn": self._alarms[0]}, True
        for order in orders:
            if isinstance(order, Record):
                yield from self._recorded(order)
            elif isinstance(order, StopPlayback):
                if by := self._interrupter(fact):
                    yield {"type": "barge_in", "play": order.play, "by": by}, True
            elif (event := _of_order(order)) is not None:
                yield event, True
        yield from self._seen(watched=watched)

    def _recorded(self, record: Record) -> Iterator[tuple[Plain, bool]]:
        match record.entry:
            case TurnTaken() as turn:
                self.turns += 1
                yield {"type": "turn"} | asdict(turn), True
            case AnswerGiven(turn=number, answer=answer):
                given = asdict(answer) | {"status": answer.status.value, "source": answer.source.value}
                yield {"type": "answer", "turn": number} | given, True
            case StepsEntered(steps=steps, language=language):
                self.step = steps[-1] if steps else self.step
                self.language = language or self.language
                yield {"type": "step", "steps": list(steps), "language": self.language}, True
            case RecordingDecided(allowed=allowed):
                yield {"type": "recording", "allowed": allowed}, True
            case CallEnded(disposition=disposition, cause=cause):
                yield {"type": "ended", "disposition": disposition.value, "cause": cause}, True
            case _:
                pass

    def _seen(self, *, watched: bool) -> Iterator[tuple[Plain, bool]]:
        """Tell what the machine's own state shows: the question, the timer."""
        asking = self.call.question
        state = self._state_at(self.at)
        was = self._state, self._heard_out
        self._state, self._heard_out = state["state"], state["listen_first"]
        if not watched or isinstance(self.call.state, Ended):
            return
        turn = asking.turn if asking else 0
        if turn != self._question:
            self._question = turn
            yield {"type": "question", "question": question_as(asking) if asking else None}, False
        if (self._state, self._heard_out) != was or state["timer"] in {"next_key", "end_of_turn"}:
            yield {"type": "state"} | state, False

    def _state_at(self, at: Millis) -> Plain:
        state = state_as(self.call.state, at, sensitive=self.call.is_sensitive)
        return state | {"listen_first": self.call.is_heard_out}

    def _is_false_alarm(self) -> bool:
        asking = self.call.question
        if asking is None:
            return False
        before, self._alarms = self._alarms, (asking.turn, asking.false_alarms)
        return asking.false_alarms > 0 and self._alarms > before

    def _interrupter(self, fact: Fact) -> str:
        """Return who silenced the bot by this fact; empty where it was no interruption."""
        if isinstance(self.call.state, Closing | Ended | Ringing):
            return ""
        match fact:
            case DigitPressed():
                return "key"
            case OperatorCommand():
                return "operator"
            case SpeechStarted() | SpeechEnded() | PartialTranscript() | FinalTranscript():
                return "voice"
            case DeadlinePassed() if isinstance(self.call.state, Hearing):
                # Voice over the prompt counts once it has lasted.
                asking = self.call.question
                return "voice" if asking is not None and asking.barged_in else ""
            case _:
                return ""


def _of_fact(fact: Fact) -> Plain | None:
    tell = _FACTS.get(type(fact))
    return tell(fact) if tell is not None else None


def _of_order(order: Order) -> Plain | None:
    tell = _ORDERS.get(type(order))
    return tell(order) if tell is not None else None


def _cut(fact: PromptCut) -> Plain:
    words = {"text": fact.heard_text, "ms": fact.heard_ms, "utterances": fact.utterances}
    return {"type": "heard", "play": fact.play, "whole": False} | words


def _trouble(fact: ProviderReported) -> Plain | None:
    if fact.event in {"served", "used"}:
        return None
    return {"type": "trouble", "service": fact.service, "detail": f"{fact.event} {fact.detail}".strip()}


def _words(fact: FinalTranscript) -> Plain:
    return {"type": "words", "turn": fact.turn, "text": fact.text, "confidence": fact.confidence}


def _said(utterances: Iterable[Utterance]) -> list[str]:
    return ["[sensitive]" if each.sensitive else each.text for each in utterances]


def _play(order: Play) -> Plain:
    prompt = order.prompt
    said = {"said": _said(prompt.utterances), "bargein": prompt.bargein.value}
    return {"type": "bot", "play": order.play} | said


def _extend(order: Extend) -> Plain | None:
    if not order.utterances:
        return None
    return {"type": "bot_more", "play": order.play, "said": _said(order.utterances)}


_FACTS: Final[dict[type, Callable[[Any], Plain | None]]] = {
    FinalTranscript: _words,
    TextTyped: lambda fact: {"type": "words", "turn": fact.turn, "text": fact.text, "typed": True},
    DigitPressed: lambda fact: {"type": "key", "key": fact.digit},
    PromptStarted: lambda fact: {"type": "sounding", "play": fact.play, "cached": fact.cached},
    PromptEnded: lambda fact: {"type": "heard", "play": fact.play, "whole": True},
    PromptCut: _cut,
    LegAnswered: lambda fact: {"type": "joined", "epoch": fact.epoch},
    StreamLost: lambda _: {"type": "lost"},
    OperatorCommand: lambda fact: {"type": "command", "command": fact.command},
    TransferEnded: lambda fact: {"type": "transfer_ended", "taken": fact.completed},
    TranscriberFailed: lambda fact: {"type": "trouble", "service": "stt", "detail": fact.reason},
    SynthesizerFailed: lambda fact: {"type": "trouble", "service": "tts", "detail": fact.reason},
    ProviderReported: _trouble,
}

_ORDERS: Final[dict[type, Callable[[Any], Plain | None]]] = {
    Play: _play,
    Extend: _extend,
    Transfer: lambda order: {"type": "transfer", "to": order.to},
}
