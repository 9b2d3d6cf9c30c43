"""Calls with real voices on both sides: the offline engines speak and hear, and the clinic calls out."""

import asyncio
import audioop
import io
import wave
from typing import Any

import pytest

from app.adapters.offline.espeak import EspeakSynthesizer
from app.domain.speech import Utterance
from app.media.audio import SILENCE
from app.simulator.network import TelephoneNetwork
from app.simulator.report import CallReport
from app.simulator.script import Press, Say, Script, WaitPrompt
from tests.e2e.flow import QUESTIONS, VALUES
from tests.e2e.town import OFFLINE, Server, Told, told, town

W = WaitPrompt(quiet_ms=800)
CALLEE = "+12025550143"
PATIENT = {"name": "Alex Rivera", "clinic": "Riverside Clinic", "day": "Monday", "time": "ten thirty"}
PIPED = (
    "Hello, this is an automated call for Alex Rivera.",
    "You have an appointment at Riverside Clinic on Monday at ten thirty.",
    "Great, we look forward to seeing you on Monday at ten thirty.",
)

SPEAKS = Script(
    (W, Say("yes"), W, Say("four"), W, Say("quality"), W, Say("twelve"), W, Press("73058146"), W, Say("yes"))
)
INTERRUPTS = Script(
    (W, Say("yes"), W, Say("two"), W, Say("price"), W, Press("7#"), W, Press("73058146"), Say("no", 1_200))
)
CONFIRMS = Script((W, Say("confirm")), outbound=True)
ASKS_FOR_SOMEONE = Script((W, Press("3")), outbound=True)
FINDS_NOBODY = Script((W, Press("3")), outbound=True, dialled="no_answer")
SORRY = "Sorry, nobody is free right now."
NOBODY = {name: Script((), name=name, answers=name) for name in ("busy", "no_answer", "failed")}


@pytest.fixture(scope="module")
def day(tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("spoken")
    synthesizer = EspeakSynthesizer()

    async def voice(text: str, locale: str) -> bytes:
        return b"".join([piece async for piece in synthesizer.synthesize(Utterance(text, locale))])

    async def called(server: Server, network: TelephoneNetwork, script: Script) -> asyncio.Task[CallReport]:
        network.expect_call(script)
        await server.dial(CALLEE, "clinic-reminder", PATIENT)
        return asyncio.create_task(network.outbound_report())

    async def run() -> dict[str, Any]:
        try:
            async with town(folder, OFFLINE, voice=voice) as (server, network):
                out = {
                    "confirms": CONFIRMS,
                    "transferred": ASKS_FOR_SOMEONE,
                    "untaken": FINDS_NOBODY,
                    **NOBODY,
                }
                calls = {name: await called(server, network, script) for name, script in out.items()}
                for name, script in {"speaks": SPEAKS, "interrupts": INTERRUPTS}.items():
                    calls[name] = asyncio.create_task(network.call_in(script, flow="short"))
                held = dict(
                    zip(calls, await told(server, await asyncio.gather(*calls.values())), strict=True)
                )
            sounds = {text: await voice(text, "en-US") for text in (*PIPED, SORRY, *QUESTIONS.values())}
        finally:
            await synthesizer.aclose()
        return {**held, "sounds": sounds}

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("speaks", "completed"),
        ("interrupts", "completed"),
        ("confirms", "completed"),
        ("transferred", "transferred"),
        ("untaken", "callback"),
        ("busy", "busy"),
        ("no_answer", "no_answer"),
        ("failed", "failed"),
    ],
)
def test_every_call_ends_once_with_its_disposition(day, name, disposition):
    call: Told = day[name]
    call.assert_sound()
    assert call.record["disposition"] == disposition


def test_a_caller_who_speaks_is_understood(day):
    assert day["speaks"].values == VALUES | {"pin": "[sensitive]"}
    sources = {name: answer["source"] for name, answer in day["speaks"].record["answers"].items()}
    assert sources == {name: "key" if name == "pin" else "speech" for name in VALUES}


def test_a_caller_who_talks_over_a_question_is_heard_and_the_bot_falls_silent(day):
    call: Told = day["interrupts"]
    said = {"agreed": True, "score": 2, "reason": "price", "orders": 7, "pin": "[sensitive]", "again": False}
    assert call.values == said
    act = call.report.acts[-1]
    assert act.interrupted
    assert act.barge_in_ms is not None
    assert act.barge_in_ms <= 500
    assert call.record["turns"][-1]["barged_in"]


def core(mulaw: bytes) -> bytes:
    """A sound without the silence around it."""
    return mulaw.strip(SILENCE)


def is_within(sound: bytes, heard: bytes) -> bool:
    """Compared so that a failure prints no audio."""
    return core(sound) in heard


@pytest.mark.parametrize("text", PIPED)
def test_the_callee_hears_what_the_order_to_call_told(day, text):
    assert is_within(day["sounds"][text], day["confirms"].report.heard)
    assert day["confirms"].values == {"plan": "confirm"}


def test_who_asks_for_somebody_is_handed_over(day):
    report = day["transferred"].report
    assert report.transferred_to == "+15550100"
    assert [each.text for each in report.happenings if each.kind == "talks"] == [""]
    assert (report.end, report.streams) == ("twiml_hung_up", 1)


def test_a_caller_whom_nobody_takes_comes_back_and_hears_where_the_flow_goes(day):
    report = day["untaken"].report
    assert report.transferred_to == "+15550100"
    assert (report.end, report.streams) == ("server_hung_up", 2)
    assert is_within(day["sounds"][SORRY], report.heard)
    assert day["untaken"].values == {"plan": "person"}


@pytest.mark.parametrize("name", ["score", "reason", "orders"])
def test_the_recordings_prompts_are_the_prompts_without_a_gap(day, name):
    """The bot's channel holds the very samples that the voice made: nothing lost, nothing between."""
    with wave.open(io.BytesIO(day["speaks"].audio)) as file:
        both = file.readframes(file.getnframes())
    bot = audioop.lin2ulaw(audioop.tomono(both, 2, 0, 1), 2)
    assert is_within(day["sounds"][QUESTIONS[name]], bot)
