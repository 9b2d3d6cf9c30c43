"""A call whose words no grammar settles: the model's word for them, held to the grammar and read back."""

import asyncio
import re
from datetime import date, timedelta
from pathlib import Path

from app.simulator.script import Press, Say, Script, WaitPrompt
from tests.doubles.aws.brain import Ask, CallTool, Reply, interviewer
from tests.e2e.cloud import cloud, cloud_town, voices
from tests.e2e.town import Told, told

FLOW = """
flow: places
languages: {en: {locale: en-US}}
steps:
  - yes_no: agreed
    prompt: "May we?"
  - select_many: used
    prompt: "Which places did you visit?"
    choices:
      lab: laboratory
      pharmacy: pharmacy
      ward: ward
      desk: front desk
      canteen: canteen
      none: {text: none of them, exclusive: true}
  - date: again
    prompt: "When will you come again?"
    range: [today, today+30d]
  - {label: bye, end: completed, prompt: "Bye."}
"""
PLACES, VISIT = "i went where they draw blood", "i come when my sister is in town"
W = WaitPrompt(quiet_ms=800)
CALLER = Script((W, Press("1"), W, Say(PLACES), W, Say(VISIT), W, Say("yes")))
DAYS_AHEAD = 5


def knowing(ask: Ask) -> Reply:
    """Know what the caller means by their words, and what day it is."""
    said = ask.lines[-1].text.lower()
    if ask.tools and "blood" in said:
        return CallTool(ask.tools[0].name, {"value": ["lab"], "confidence": 0.9})
    if ask.tools and "sister" in said:
        today = re.search(r"today is \w+, (\S+?)\.", ask.system)
        assert today is not None
        day = date.fromisoformat(today[1]) + timedelta(days=DAYS_AHEAD)
        return CallTool(ask.tools[0].name, {"value": day.isoformat(), "confidence": 1})
    return interviewer(ask)


def test_words_that_no_grammar_settles_become_the_answer_that_the_caller_agrees_to(tmp_path: Path) -> None:
    async def hold() -> Told:
        async with voices() as voice, cloud((PLACES, VISIT, "yes")) as double:
            double.account.brain = knowing
            async with cloud_town(tmp_path, double, {"places": FLOW}, voice) as (server, network):
                (call,) = await told(server, [await network.call_in(CALLER, flow="places")])
                return call

    call = asyncio.run(hold())
    call.assert_sound()
    assert call.record["disposition"] == "completed"
    answers = call.record["answers"]
    assert (answers["used"]["value"], answers["used"]["source"]) == (["lab"], "model")
    assert answers["again"]["source"] == "model"
    started = date.fromisoformat(call.record["started_at"][:10])
    days = {(started + timedelta(days=DAYS_AHEAD + more)).isoformat() for more in (-1, 0, 1)}
    assert answers["again"]["value"] in days
