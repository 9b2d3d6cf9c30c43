"""What a simulated call prints while it runs, made from the server's journal."""

import io

from rich.console import Console

from app.adapters.store.codec import encode_line
from app.commands.call_screen import Screen
from app.domain.speech import Prompt, Utterance
from app.engine.actions import Extend, Play
from app.engine.events import FinalTranscript, ReplySentence


def printed(*lines):
    out = io.StringIO()
    screen = Screen(Console(file=out, width=100))
    screen.journal([{"at_ms": 100, "data": encode_line(fact, orders)} for fact, orders in lines])
    return out.getvalue()


def said(*texts, sensitive=False):
    return tuple(Utterance(text, "en-US", sensitive=sensitive) for text in texts)


def test_every_sentence_of_a_reply_is_shown_as_it_is_spoken():
    shown = printed(
        (ReplySentence(1, 0, "I see."), [Play(1, Prompt(said("I see.")), is_open=True)]),
        (ReplySentence(1, 1, "And then?"), [Extend(1, said("And then?"))]),
        (ReplySentence(1, 2, ""), [Extend(1, (), is_last=True)]),
    )
    assert [line.split()[2:] for line in shown.splitlines()] == [
        ["bot", "I", "see."],
        ["bot", "And", "then?"],
    ]


def test_what_is_sensitive_is_not_shown():
    shown = printed(
        (FinalTranscript(1, "x", 1.0), [Play(1, Prompt(said("Your PIN is 4711.", sensitive=True)))])
    )
    assert "4711" not in shown
    assert "[sensitive]" in shown
