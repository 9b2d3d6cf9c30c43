"""Who served a turn, on a virtual clock: told by the providers themselves, named in the turn's line."""

from dataclasses import replace

import pytest

from app.engine.actions import Interpret
from app.engine.events import Interpreted, PromptStarted, ProviderReported
from app.engine.journal import CACHE
from tests.engine.stage import Stage, converse, menu, yes_no


def served(stage: Stage, service: str, name: str) -> None:
    stage.post(ProviderReported(service, "served", name))


def test_a_spoken_turn_names_who_heard_it_and_what_sounded_next():
    stage = Stage(yes_no(), menu()).answer().prompt_ends()
    served(stage, "stt", "transcribe")
    stage.say("yes")
    assert stage.turns[0].providers == {"stt": "transcribe", "tts": CACHE}


def test_a_turn_by_key_names_nobody_who_hears():
    stage = Stage(yes_no(), menu()).answer().prompt_ends()
    served(stage, "stt", "transcribe")
    stage.press("1")
    assert stage.turns[0].providers == {"tts": CACHE}


def test_a_turn_names_the_model_that_told_what_the_words_mean_and_no_other():
    stage = Stage(menu(), yes_no())
    stage.model = "llama"
    stage.answer().prompt_ends()
    served(stage, "llm", "the first")
    served(stage, "llm", "the second")
    stage.say("the colour of roses")
    assert isinstance(stage.asked[-1], Interpret)
    stage.post(Interpreted(stage.asked[-1].ask, "red", 0.9))
    assert stage.turns[0].providers == {"llm": "the second", "tts": CACHE}


def test_a_reply_is_the_models_who_gave_it():
    stage = Stage(converse())
    stage.model = "llama"
    stage.answer().prompt_ends()
    served(stage, "llm", "llama")
    stage.say("my back hurts")
    stage.reply("I see.")
    assert stage.turns[0].providers["llm"] == "llama"


@pytest.mark.parametrize(("cached", "name"), [(True, CACHE), (False, "polly/neural/Joanna")])
def test_a_sound_that_lay_ready_is_nobodys_speed(cached, name, monkeypatch):
    stage = Stage(yes_no(), menu()).answer().prompt_ends()
    served(stage, "tts", "polly/neural/Joanna")
    post = stage.post
    monkeypatch.setattr(
        stage, "post", lambda f: post(replace(f, cached=cached) if isinstance(f, PromptStarted) else f)
    )
    stage.press("1")
    assert stage.turns[0].providers == {"tts": name}


def test_a_journal_in_which_nobody_told_names_nobody():
    stage = Stage(yes_no(), menu()).answer().prompt_ends()
    stage.post(ProviderReported("tts", "used", "espeak-ng", 30, "characters"))
    stage.say("yes")
    assert stage.turns[0].providers == {}
