"""What the talking screen shows of a call, and what of the process."""

import io

import pytest
from rich.console import Console

from app.adapters.device.leg import HandOver
from app.commands import talk_vitals
from app.commands.talk_screen import TalkScreen, name_of
from app.commands.talk_vitals import Vitals, told, vitals
from app.domain.answers import Answer, Source, Status
from app.domain.call import CallId, Disposition
from app.domain.speech import Hints, Prompt, Utterance
from app.engine.actions import AnswerGiven, Extend, Listen, Play, Record, StopListening
from app.engine.events import DeadlinePassed, DigitPressed, FinalTranscript, PartialTranscript, PromptCut
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
    Thinking,
    Transferring,
)


class Shown:
    def __init__(self, levels=(-96.0, -30.0), state=None) -> None:
        self.out = io.StringIO()
        self.console = Console(file=self.out, width=120)
        self.screen = TalkScreen(self.console, lambda: levels, lambda: state)

    def watch(self, fact, *orders) -> str:
        """Return what one journal line has printed."""
        before = len(self.out.getvalue())
        self.screen.watch(CallId("c"), 1_500, fact, orders)
        return self.out.getvalue()[before:].strip()

    @property
    def drawn(self) -> str:
        before = len(self.out.getvalue())
        self.console.print(self.screen)
        return self.out.getvalue()[before:]


def listen(turn: int) -> Listen:
    return Listen(turn, Hints("en-US"))


def test_the_words_of_the_open_turn_are_shown_and_late_ones_are_not():
    shown = Shown()
    shown.watch(DeadlinePassed(), listen(3))
    assert shown.watch(PartialTranscript(3, "ye", 0.5)) == ""
    assert "ye" in shown.drawn
    assert shown.watch(FinalTranscript(3, "yes", 0.9)) == '1.5 s  heard  "yes"'
    assert shown.watch(DeadlinePassed(), StopListening(3)) == ""
    assert shown.watch(FinalTranscript(3, "more", 0.5)) == ""
    shown.watch(PartialTranscript(3, "more", 0.5))
    assert "more" not in shown.drawn


def test_the_words_that_settled_a_turn_before_their_final_are_shown_once():
    shown = Shown()
    shown.watch(DeadlinePassed(), listen(3))
    shown.watch(PartialTranscript(3, "yes", 0.9))
    given = Answer("happy", True, "yes", Status.OK, Source.SPEECH, "yes", 0.9, 1, 0, 0, "en")
    lines = shown.watch(DeadlinePassed(), Record(1, _line(given)), StopListening(3)).splitlines()
    assert [line.split()[2:] for line in lines] == [
        ["heard", '"yes"'],
        ["log", "happy", "=", "yes", "(by", "speech)"],
    ]
    assert "yes" not in shown.drawn
    assert shown.watch(FinalTranscript(3, "yes", 0.9)) == ""


def test_keys_cuts_prompts_and_answers_are_shown():
    shown = Shown()
    assert shown.watch(DigitPressed("4")) == "1.5 s    you  press 4"
    assert shown.watch(PromptCut(1, 0, "He", 640)) == "1.5 s    bot  stops after 0.6 s"
    prompt = Prompt((Utterance("Your number is", "en-US"), Utterance("4 2", "en-US", sensitive=True)))
    assert shown.watch(DeadlinePassed(), Play(1, prompt)) == "1.5 s    bot  Your number is [sensitive]"
    given = Answer("pin", 42, "", Status.OK, Source.KEY, "42", 1.0, 1, 0, 0, "en")
    assert "log  pin = 42 (by key)" in shown.watch(DeadlinePassed(), Record(1, _line(given)))
    refused = Answer("pin", None, "", Status.NO_INPUT, Source.NONE, "", 1.0, 3, 2, 0, "en")
    assert "log  pin = no_input (by none)" in shown.watch(DeadlinePassed(), Record(2, _line(refused)))


def _line(answer: Answer) -> AnswerGiven:
    return AnswerGiven(1, answer, 0, None, 0, 0)


def test_both_levels_are_drawn_as_bars_and_silence_without_a_number():
    lines = Shown(levels=(-96.0, -30.0), state=Listening(0)).drawn.splitlines()
    assert lines[0].strip() == "listening"
    assert "█" not in lines[1]
    assert "dBFS" not in lines[1]
    assert lines[2].count("█") == 12
    assert "-30 dBFS" in lines[2]


@pytest.mark.parametrize(
    ("state", "name"),
    [
        (None, "connecting"),
        (Ringing(0), "connecting"),
        (Prompting(1, 0), "thinking"),
        (Deciding(1, 0), "thinking"),
        (Prompting(1, 0, started=True), "speaking"),
        (Closing(1, Disposition.COMPLETED, "", 0), "speaking"),
        (Listening(0), "listening"),
        (Hearing(0, None), "listening"),
        (Keying("1", 0), "listening"),
        (Transferring(0), "transferring"),
        (HandedOver(0, 0, is_certain=True), "transferring"),
        (Ended(Disposition.COMPLETED), "over"),
    ],
)
def test_every_state_has_a_name_for_a_person(state, name):
    assert name_of(state) == name


def test_the_process_is_told_in_figures_of_this_call():
    hand_over = HandOver()
    hand_over.took(1)
    hand_over.took(4)
    before = Vitals(1_000, 1.0, 0.0, 50.0, ("MainThread",))
    after = Vitals(11_000, 1.5, 0.2, 60.0, ("MainThread", "writer"))
    assert told(before, after, hand_over) == [
        "CPU: 0.50 s in 10.0 s (5 % of a core), and 0.20 s of ended helpers",
        "memory: 60 MB at most",
        "threads: 2 (MainThread, writer)",
        "microphone to call: 2 frames waited 2.5 ms each, 4 ms at most",
    ]


def test_figures_that_the_system_does_not_give_are_left_out(monkeypatch):
    monkeypatch.setattr(talk_vitals, "resource", None)
    now = vitals(0)
    assert now.memory_mb is None
    assert "MainThread" in now.threads
    assert [line.partition(":")[0] for line in told(now, now, HandOver())] == ["CPU", "threads"]


def test_memory_is_told_in_megabytes():
    assert 10 < vitals(0).memory_mb < 10_000


def test_every_sentence_of_a_reply_is_shown():
    shown = Shown()
    prompt = Prompt((Utterance("I see.", "en-US"),))
    assert shown.watch(DeadlinePassed(), Play(1, prompt, is_open=True)).endswith("I see.")
    more = Extend(1, (Utterance("And then?", "en-US"),))
    assert shown.watch(DeadlinePassed(), more).endswith("bot  And then?")
    assert shown.watch(DeadlinePassed(), Extend(1, (), is_last=True)) == ""
    assert name_of(Thinking(1, 900)) == "thinking"
