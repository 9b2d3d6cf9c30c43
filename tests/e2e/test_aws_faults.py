"""Calls in which a provider fails, in each way that the double can: nobody is lost and nobody waits long."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import Any, TypeAlias

import pytest

from app.simulator.exchange import Voice
from app.simulator.network import TelephoneNetwork
from app.simulator.report import CallReport
from app.simulator.script import Press, Say, Script
from tests.doubles.aws import AwsDouble, Ending, Request, Service
from tests.doubles.aws.brain import Ask, CallTool, Reply, interviewer
from tests.doubles.aws.brain import Say as Speak
from tests.doubles.aws.script import (
    AbortBeforeHeaders,
    BodyDrop,
    CleanEndWithoutMessageStop,
    Fault,
    Fin,
    Hang,
    HttpError,
    InStreamException,
    Rst,
    Stall,
)
from tests.doubles.aws.script import Script as Pace
from tests.e2e.cloud import QUIET_MS, Persistent, cloud, cloud_town, reports, together, voices
from tests.e2e.town import Server, told

HEARS_WITHIN_MS = 8_000

EARS: Mapping[str, Fault] = {
    "refused": HttpError(429, "LimitExceededException"),
    "unreachable": AbortBeforeHeaders(),
    "dropped": Rst(after=1),
    "excepted": InStreamException("InternalFailureException", after=1),
    "ended": Fin(after=1),
    "hung": Hang(),
    "stalled": Stall(),
}
"""What Transcribe does to every stream of a call whose flow names a vocabulary of this name."""

VOICE: Mapping[str, Fault] = {
    "maple": HttpError(400, "InvalidSsmlException"),
    "willow": HttpError(500, "ServiceFailureException"),
    "poplar": HttpError(400, "ThrottlingException"),
    "chestnut": BodyDrop(after=1),
    "juniper": Stall(after=1),
    "hawthorn": Hang(),
}
"""What Polly does to every sentence with this word."""

MIND: Mapping[str, Fault | None] = {
    "throttled": HttpError(429, "ThrottlingException"),
    "excepted": InStreamException("modelStreamErrorException", after=2),
    "dropped": Rst(after=2),
    "stalled": Stall(after=2),
    "unfinished": CleanEndWithoutMessageStop(after=2),
    "hung": Hang(),
    "garbled": None,
    "slow": None,
}
"""What Bedrock does to every request of a conversation with this goal; None where the model itself errs."""

SLOW = Pace(headers_ms=5_000)

DEAF = """
flow: {name}
version: 1
title: Two questions to a machine that does not hear
languages: {{en: {{locale: en-US, vocabulary: {case}}}}}
max_duration: 5m
steps:
  - {{yes_no: first, prompt: "Shall we begin?"}}
  - {{yes_no: second, prompt: "And do you like it so far?"}}
  - {{label: thanks, end: completed, prompt: "Thank you. Goodbye."}}
  - {{label: operator, end: callback, prompt: "Later."}}
"""

HOARSE = """
flow: {name}
version: 1
title: A sentence that is spoken in the call, and questions round it
languages: {{en: {{locale: en-US}}}}
max_duration: 5m
steps:
  - {{rating: first, prompt: "How many trees? Press 1 to 5.", range: [1, 5]}}
  - message: told
    prompt: "You have as many as ${{first}} under your {case}, and may they grow for a hundred years."
  - {{yes_no: second, prompt: "Is that right?"}}
  - {{label: thanks, end: completed, prompt: "Thank you. Goodbye."}}
  - {{label: operator, end: callback, prompt: "Later."}}
"""

DULL = """
flow: {name}
version: 1
title: A conversation with a model that fails
languages: {{en: {{locale: en-US}}}}
max_duration: 5m
steps:
  - {{yes_no: first, prompt: "Shall we begin?"}}
  - converse: talk
    prompt: "Tell me about your visit, please."
    goal: "Case {case}. Learn what happened at the visit, and say thank you for it."
    extract:
      story: {{type: text, about: "What happened?"}}
      minutes: {{type: number, about: "How many minutes did you wait?"}}
    limits: {{turns: 2, duration: 60s}}
    on_fail: thanks
  - {{label: thanks, end: completed, prompt: "Thank you. Goodbye."}}
  - {{label: operator, end: callback, prompt: "Later."}}
"""

YES = Say("yes")
ONE = Press("1")


@dataclass(frozen=True, slots=True)
class Case:
    """One call, the service that fails in it and how to know its requests."""

    name: str
    service: Service
    flow: str
    steps: tuple[Any, ...]
    is_ours: Callable[[Request], bool]
    pace: Pace

    @property
    def quiet_ms(self) -> int:
        """How long this caller waits for more: one whom the voice leaves hanging, until it is too late."""
        return 4_500 if self.service is Service.POLLY and isinstance(self.pace.fault, Stall) else QUIET_MS


def about(name: str, value: str) -> Callable[[Request], bool]:
    return lambda request: value in str(request.body.get(name, ""))


def cases() -> dict[str, Case]:
    found = []
    for name, fault in EARS.items():
        ours, flow = about("vocabulary-name", name), DEAF.format(name=f"ears-{name}", case=name)
        found.append(Case(f"ears-{name}", Service.TRANSCRIBE, flow, (YES, ONE), ours, Pace(fault)))
    for name, fault in VOICE.items():
        ours, flow = about("Text", name), HOARSE.format(name=f"voice-{name}", case=name)
        found.append(Case(f"voice-{name}", Service.POLLY, flow, (ONE,), ours, Pace(fault)))
    for name, mishap in MIND.items():
        pace = SLOW if name == "slow" else Pace(mishap)
        ours, flow = about("system", f"Case {name}."), DULL.format(name=f"mind-{name}", case=name)
        found.append(Case(f"mind-{name}", Service.BEDROCK, flow, (ONE, YES), ours, pace))
    return {case.name: case for case in found}


CASES = cases()


def babble(ask: Ask) -> Reply:
    """Say nothing for the ear, and hand in a form that is none, where the goal wants garbage."""
    if "Case garbled." not in ask.system and "garbled" not in ask.system:
        return interviewer(ask)
    if ask.tools:
        return CallTool(ask.tools[0].name, {"values": ["\\x00"], "exit": 17})
    return Speak('{"reply": [[[')


def by_server() -> list[list[Case]]:
    """The cases, of each service at most one for a server: a breaker that rests spares no other case."""
    services = (Service.TRANSCRIBE, Service.POLLY, Service.BEDROCK)
    rows = zip_longest(*([case for case in CASES.values() if case.service is each] for each in services))
    return [[case for case in row if case is not None] for row in rows]


Running: TypeAlias = tuple[Server, TelephoneNetwork]

UNTOLD = frozenset({"ears-stalled"})
"""An open stream that says nothing is like one on which nobody spoke words: there is nothing to tell."""


@pytest.fixture(scope="module")
def ordeal(tmp_path_factory) -> dict[str, Any]:
    async def call(network: TelephoneNetwork, case: Case) -> CallReport:
        person = partial(Persistent, quiet_ms=case.quiet_ms)
        return await network.call_in(Script(case.steps), flow=case.name, person=person)

    def begin(double: AwsDouble, voice: Voice, group: list[Case]) -> AbstractAsyncContextManager[Running]:
        flows = {case.name: case.flow for case in group}
        return cloud_town(tmp_path_factory.mktemp("ordeal"), double, flows, voice)

    async def run() -> dict[str, Any]:
        groups = by_server()
        # Servers come and go while nobody calls: how soon callers hear something is the calls' own doing.
        async with voices() as voice, cloud(("yes",), EARS) as double, AsyncExitStack() as towns:
            double.account.brain = babble
            for case in CASES.values():
                double.scripts.always(case.service, case.pace, where=case.is_ours)
            running = await together(
                *(towns.enter_async_context(begin(double, voice, group)) for group in groups)
            )
            calls = [
                together(*(call(network, case) for case in group))
                for (_, network), group in zip(running, groups, strict=True)
            ]
            lines = zip(running, await together(*calls), strict=True)
            held = await together(*(told(server, line) for (server, _), line in lines))
        found: dict[str, Any] = {"aws": double}
        for (server, _), group, ended in zip(running, groups, held, strict=True):
            found |= {case.name: (server, one) for case, one in zip(group, ended, strict=True)}
        return found

    return asyncio.run(run())


def met(ordeal: dict[str, Any], case: Case) -> list[Request]:
    """The requests in which the case's failing was to happen: what breaks a stream breaks no whole answer."""
    breaks_streams = hasattr(case.pace.fault, "after")
    return [
        request
        for request in ordeal["aws"].requests.of(case.service)
        if case.is_ours(request) and not (breaks_streams and request.operation == "Converse")
    ]


@pytest.mark.parametrize("name", CASES)
def test_a_call_with_a_failing_provider_ends_once_and_is_not_lost(ordeal, name):
    _, call = ordeal[name]
    call.assert_sound(silence_ms=HEARS_WITHIN_MS)
    assert call.record["disposition"] == "completed"


@pytest.mark.parametrize("name", CASES)
def test_the_caller_hears_something_soon_whatever_fails(ordeal, name):
    _, call = ordeal[name]
    *waited, last = [act.heard_latency_ms for act in call.report.acts]
    assert waited
    assert all(each is not None and each <= HEARS_WITHIN_MS for each in waited), waited
    # Who still presses a key at the goodbye hears the line go dead.
    assert last is None or last <= HEARS_WITHIN_MS


@pytest.mark.parametrize("name", CASES)
def test_the_failing_was_met(ordeal, name):
    case = CASES[name]
    requests = met(ordeal, case)
    assert requests
    if case.pace.fault is not None:
        assert not [each for each in requests if each.ending is Ending.COMPLETE], requests


@pytest.mark.parametrize("name", [name for name in CASES if name not in UNTOLD])
def test_the_log_tells_of_the_failing(ordeal, name):
    server, call = ordeal[name]
    service = {Service.TRANSCRIBE: "stt", Service.POLLY: "tts", Service.BEDROCK: "llm"}[CASES[name].service]
    assert reports(server, call, service)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("ears-")])
def test_who_is_not_heard_goes_on_by_keys(ordeal, name):
    _, call = ordeal[name]
    assert call.values == {"first": True, "second": True}
    assert [answer["source"] for answer in call.record["answers"].values()][-1] == "key"


@pytest.mark.parametrize("name", ["mind-throttled", "mind-hung", "mind-slow", "mind-garbled"])
def test_a_conversation_goes_on_without_the_model(ordeal, name):
    server, call = ordeal[name]
    assert any("offline for" in each for each in reports(server, call, "llm"))
    assert call.values["story"] == (None if name == "mind-garbled" else "yes")


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("voice-")])
def test_a_voice_that_fails_costs_no_answer(ordeal, name):
    _, call = ordeal[name]
    assert call.values == {"first": 1, "second": True}
