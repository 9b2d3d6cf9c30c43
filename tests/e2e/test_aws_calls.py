"""Whole calls by Transcribe, Bedrock and Polly: the real clients, the local double, spoken answers."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from app.simulator.script import Press, Say, Script, WaitPrompt
from tests.doubles.aws import AwsDouble, Ending, Request, Service
from tests.doubles.aws.brain import Ask, Reply, interviewer
from tests.doubles.aws.brain import Say as Speak
from tests.doubles.aws.script import Script as Pace
from tests.e2e.cloud import cloud, cloud_town, reports, together, voices
from tests.e2e.flow import KEYS, VALUES
from tests.e2e.town import Told, told

CALL_FLOWS = Path(__file__).parents[2] / "call_flows"
TRANSPORTS = {
    "websocket": "StartStreamTranscriptionWebSocket",
    "http2": "StartStreamTranscription",
}

W = WaitPrompt(quiet_ms=800)
COMPLAINT = "I waited for an hour and nobody told me why"
HEARD = "How many minutes did you wait?"
NEVER_HEARD = "And with that I have come to the end of what I wanted to say."
LONG = " ".join(
    [HEARD, *["I ask because we want to do better and because it matters to us."] * 4, NEVER_HEARD]
)

SURVEY = Script(
    (
        *(W, Say("yes"), W, Say("four"), W, Say("quality"), W, Say("twelve"), W, Press(KEYS["pin"])),
        Say("yes", 1_200),
    )
)
CONVERSATION = Script(
    (W, Press("1"), W, Press("1"), W, Press("2"), W, Say(COMPLAINT), Say("ten", 900), W, Say("yes"))
)
PHRASES = ("yes", "four", "quality", "twelve", "ten", COMPLAINT.lower())


def talkative(ask: Ask) -> Reply:
    """Be asked about the complaint, and do not stop talking; interview as ever else."""
    is_spoken = not ask.tools and ask.output_schema is None
    return Speak(LONG) if is_spoken and COMPLAINT.lower() in ask.lines[-1].text.lower() else interviewer(ask)


def is_complained_to(request: Request) -> bool:
    """Whether this is the request for the reply that does not end."""
    return request.operation == "ConverseStream" and COMPLAINT.lower() in str(request.body["messages"][-1])


@pytest.fixture(scope="module")
def day(tmp_path_factory) -> dict[str, Any]:
    flows = {"clinic-followup": (CALL_FLOWS / "clinic-followup.yaml").read_text()}

    async def hold(double: AwsDouble, voice: Any, transport: str) -> dict[str, Told]:
        folder = tmp_path_factory.mktemp(transport)
        async with cloud_town(folder, double, flows, voice, transport=transport) as (server, network):
            held = await together(
                network.call_in(SURVEY, flow="short"),
                network.call_in(CONVERSATION, flow="clinic-followup"),
            )
            metrics = await server.metrics()
            survey, conversation = await told(server, held)
        return {
            f"survey {transport}": survey,
            f"conversation {transport}": conversation,
            f"server {transport}": server,
            f"metrics {transport}": metrics,
        }

    async def run() -> dict[str, Any]:
        async with voices() as voice, cloud(PHRASES) as double:
            double.account.brain = talkative
            double.scripts.always(Service.BEDROCK, Pace(first_ms=300, between_ms=20))
            double.scripts.always(Service.BEDROCK, Pace(first_ms=300, between_ms=80), where=is_complained_to)
            double.scripts.always(Service.POLLY, Pace(first_ms=150))
            double.scripts.always(Service.TRANSCRIBE, Pace(first_ms=200))
            held = await together(*(hold(double, voice, transport) for transport in TRANSPORTS))
        return {name: call for calls in held for name, call in calls.items()} | {"aws": double}

    return asyncio.run(run())


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_survey_by_voice_and_keys_is_understood(day, transport):
    call: Told = day[f"survey {transport}"]
    call.assert_sound()
    assert call.record["disposition"] == "completed"
    assert call.values == VALUES | {"pin": "[sensitive]"}
    sources = {name: answer["source"] for name, answer in call.record["answers"].items()}
    assert sources == {name: "key" if name == "pin" else "speech" for name in VALUES}


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_conversation_brings_what_it_was_held_for(day, transport):
    call: Told = day[f"conversation {transport}"]
    call.assert_sound()
    assert call.record["disposition"] == "callback"
    assert call.values == {
        "lang": "en",
        "seen": True,
        "score": 2,
        "incident": COMPLAINT.lower(),
        "wait_minutes": 10,
        "want_call": True,
    }


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("kind", ["survey", "conversation"])
def test_a_caller_who_talks_over_the_bot_silences_it(day, transport, kind):
    call: Told = day[f"{kind} {transport}"]
    act = next(act for act in call.report.acts if act.interrupted)
    assert act.barge_in_ms is not None
    assert act.barge_in_ms <= 500
    assert [turn["input"] for turn in call.record["turns"] if turn["barged_in"]] == [act.text]


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("kind", ["survey", "conversation"])
def test_a_call_has_one_transcribe_connection(day, transport, kind):
    sessions = of_transport(day["aws"], transport)
    assert len(sessions) == 2
    assert all(session.ending is Ending.CLIENT_GONE for session in sessions), sessions
    assert not reports(day[f"server {transport}"], day[f"{kind} {transport}"], "stt")


def of_transport(double: AwsDouble, transport: str) -> list[Request]:
    """The sessions of Transcribe by this wire."""
    return double.requests.of(Service.TRANSCRIBE, TRANSPORTS[transport])


def test_a_model_that_is_talked_over_is_stopped_at_its_source(day):
    replies = [request for request in day["aws"].requests if request.operation == "ConverseStream"]
    cut = [request for request in replies if request.said.startswith(HEARD)]
    assert len(cut) == len(TRANSPORTS)
    for request in cut:
        assert request.ending is Ending.CLIENT_GONE
        assert NEVER_HEARD not in request.said


def test_a_model_is_told_what_the_caller_heard_and_nothing_else(day):
    asked = [
        request.body["messages"] for request in day["aws"].requests if request.operation == "ConverseStream"
    ]
    after = [messages for messages in asked if messages[-1]["content"][0]["text"] == "ten"]
    assert len(after) == len(TRANSPORTS)
    for messages in after:
        told_of_it = messages[-2]["content"][0]["text"]
        assert messages[-2]["role"] == "assistant"
        assert LONG.startswith(told_of_it)
        assert len(told_of_it) < len(LONG) / 2


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_conversations_turns_tell_what_its_model_and_its_voice_took(day, transport):
    turns = day[f"conversation {transport}"].record["turns"]
    thought = [turn["latency_ms"] for turn in turns if "first_token" in turn["latency_ms"]]
    assert len(thought) >= 2
    for latency in thought:
        assert 300 <= latency["first_token"] <= latency["first_sentence"] <= latency["first_audio"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_a_call_used_is_priced(day, transport):
    cost = day[f"conversation {transport}"].record["cost"]
    assert all(cost[part] > 0 for part in ("transcribe", "polly", "bedrock", "total")), cost


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_no_client_of_aws_holds_up_the_loop_that_all_calls_share(day, transport):
    """The gauge is the server's own, of the last 50 s: the loop's own work, not its wait for a core."""
    (lag,) = re.findall(r"^dialai_loop_own_lag_p99_ms (\S+)$", day[f"metrics {transport}"], re.MULTILINE)
    assert float(lag) <= 20
