"""What a call on this machine's own phone looks like in its terminal; changes nothing about the call."""

from collections.abc import Callable, Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.text import Text

from app.domain.answers import Status
from app.domain.call import CallId, Millis
from app.domain.speech import Utterance
from app.engine.actions import AnswerGiven, Extend, Listen, Order, Play, Record, StopListening
from app.engine.events import DigitPressed, Fact, FinalTranscript, PartialTranscript, PromptCut
from app.engine.states import (
    Closing,
    Deciding,
    Ended,
    HandedOver,
    Hearing,
    Keying,
    Listening,
    Prompting,
    Ringing,
    Running,
    State,
    Thinking,
    Transferring,
)
from app.media.audio import FLOOR_DBFS

HELP: Final = "Enter interrupts · 0-9 * # are keys · q or Ctrl-D hangs up"

_METER: Final = 24
_QUIET_DBFS: Final = -60.0


class TalkScreen:
    """Prints the dialogue as it goes, and below it, on a terminal, the line's state and levels.

    `levels` gives the caller's and the bot's, in dBFS; `state` the call's state, or None before it began.
    """

    def __init__(
        self,
        console: Console,
        levels: Callable[[], tuple[float, float]],
        state: Callable[[], State | None],
    ) -> None:
        self._console = console
        self._levels = levels
        self._state = state
        self._guess = ""
        self._turn = 0
        """The turn that is listened to; 0 when none is."""

    def watch(self, _call: CallId, at: Millis, fact: Fact, orders: tuple[Order, ...]) -> None:
        """Print what a journal line says."""
        match fact:
            # What is still recognised of a turn that is over changes nothing.
            case PartialTranscript(turn=turn) if turn == self._turn:
                self._guess = fact.text
            case FinalTranscript(turn=turn) if turn == self._turn:
                self._heard(at, fact.text)
            case DigitPressed():
                self._line(at, "you", "cyan", f"press {fact.digit}")
            case PromptCut():
                self._line(at, "bot", "dim", f"stops after {fact.heard_ms / 1000:.1f} s")
            case _:
                pass
        if self._guess and any(isinstance(order, StopListening) for order in orders):
            # A guess that cannot grow settles a turn before the recogniser has its last word.
            self._heard(at, self._guess)
        for order in orders:
            self._ordered(at, order)

    def note(self, text: str) -> None:
        """Print a line that belongs to no moment of the call."""
        self._console.print(Text(text, style="dim"), soft_wrap=True)

    def __rich__(self) -> RenderableType:
        """Draw the lines that change: state, levels, what is being heard."""
        caller, bot = self._levels()
        state = self._state()
        heard = Text(f"  {self._guess}", style="magenta italic") if self._guess else Text()
        return Group(
            Text(f"{name_of(state):>12}", style="bold") + heard,
            _meter("you", caller, "cyan"),
            _meter("bot", bot, "green"),
            Text(f"{'':>12}  {HELP}", style="dim"),
        )

    def _ordered(self, at: Millis, order: Order) -> None:
        match order:
            case Play(prompt=prompt):
                self._said(at, prompt.utterances)
            case Extend(utterances=utterances) if utterances:
                self._said(at, utterances)
            case Listen():
                self._turn = order.turn
            case StopListening():
                self._turn = 0
                self._guess = ""
            case Record(entry=AnswerGiven(answer=answer)):
                settled = answer.label or str(answer.value)
                told = settled if answer.status is Status.OK else answer.status.value
                self._line(at, "log", "yellow", f"{answer.slot} = {told} (by {answer.source})")
            case _:
                pass

    def _said(self, at: Millis, utterances: Sequence[Utterance]) -> None:
        words = ("[sensitive]" if utterance.sensitive else utterance.text for utterance in utterances)
        self._line(at, "bot", "green", " ".join(words))

    def _heard(self, at: Millis, text: str) -> None:
        self._guess = ""
        self._line(at, "heard", "magenta", f'"{text}"')

    def _line(self, at: Millis, who: str, style: str, text: str) -> None:
        self._console.print(
            f"[dim]{at / 1000:6.1f} s[/] [{style}]{who:>6}[/]  {escape(text)}", highlight=False
        )


def name_of(state: State | None) -> str:
    """Return what the call is doing, in a word."""
    match state:
        case None | Ringing():
            return "connecting"
        case Prompting(started=False) | Deciding() | Thinking() | Running():
            return "thinking"
        case Prompting() | Closing():
            return "speaking"
        case Listening() | Hearing() | Keying():
            return "listening"
        case Transferring() | HandedOver():
            return "transferring"
        case Ended():
            return "over"


def _meter(who: str, dbfs: float, style: str) -> Text:
    """Return a bar from -60 dBFS, which is quiet, to full scale."""
    share = 1 - max(_QUIET_DBFS, min(0.0, dbfs)) / _QUIET_DBFS
    full = round(share * _METER)
    number = f" {dbfs:4.0f} dBFS" if dbfs > FLOOR_DBFS else ""
    return Text(f"{who:>12}  ") + Text("█" * full, style=style) + Text("·" * (_METER - full) + number, "dim")
