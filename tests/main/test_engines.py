"""Each setting of an engine brings the engine it names, and all of it can be let go of."""

import asyncio
from pathlib import Path

import pytest

from app.adapters.aws.transcribe import AwsTranscriber
from app.adapters.offline.espeak import EspeakSynthesizer
from app.adapters.offline.responder import ScriptedResponder
from app.adapters.offline.sphinx import SphinxTranscriber
from app.adapters.offline.timed import TimedSynthesizer, TimedTranscriber
from app.adapters.offline.timed_responder import TimedResponder
from app.adapters.prompts.cache import PromptCache
from app.adapters.resilience.responder import SteadyResponder
from app.adapters.resilience.synthesizer import SteadySynthesizer
from app.domain.conversation import Brief, Conversation
from app.domain.speech import Utterance
from app.main import Unusable
from app.main.engines import Engines, make_engines
from app.main.gauges import process_gauges, work_gauges
from app.session.clock import SystemClock
from app.settings import EngineKind, Settings
from tests.doubles.aws import AwsDouble, Service
from tests.doubles.aws.script import HttpError, Script


def settings(kind: str, **more: object) -> Settings:
    return Settings(stt=kind, llm=kind, tts=kind, **more)  # type: ignore[arg-type]


def kinds(given: Settings) -> tuple[type, ...]:
    async def main() -> tuple[type, ...]:
        made = make_engines(given, SystemClock())
        await made.aclose()
        return type(made.transcriber), type(made.responder), type(made.synthesizer), type(made.stand_in)

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("offline", (SphinxTranscriber, ScriptedResponder, EspeakSynthesizer, type(None))),
        ("timed", (TimedTranscriber, TimedResponder, TimedSynthesizer, type(None))),
        ("aws", (AwsTranscriber, SteadyResponder, SteadySynthesizer, EspeakSynthesizer)),
    ],
)
def test_a_setting_brings_the_engines_it_names(kind: str, made: tuple[type, ...]) -> None:
    assert kinds(settings(kind, aws_region="us-east-1")) == made


def test_the_engines_are_chosen_one_by_one() -> None:
    mixed = Settings(stt=EngineKind.TIMED, llm=EngineKind.OFFLINE, tts=EngineKind.AWS, aws_region="us-east-1")
    assert kinds(mixed) == (TimedTranscriber, ScriptedResponder, SteadySynthesizer, EspeakSynthesizer)


@pytest.mark.parametrize("engine", ["stt", "llm", "tts"])
def test_aws_without_a_region_is_refused(engine: str) -> None:
    async def main() -> None:
        make_engines(Settings(**{engine: EngineKind.AWS}), SystemClock())

    with pytest.raises(Unusable, match="needs a region"):
        asyncio.run(main())


async def heard(engines: Engines) -> str:
    talk = Conversation(Brief("Find out how the visit was.", "en-US"), turns_left=3)
    return "".join([piece async for piece in engines.responder.reply(talk, lambda _: None)])


def with_double(monkeypatch: pytest.MonkeyPatch, work, **more: object):
    async def main():
        async with AwsDouble() as double:
            for name, value in double.environment().items():
                monkeypatch.setenv(name, value)
            engines = make_engines(settings("aws", **more), SystemClock())
            try:
                return await work(double, engines)
            finally:
                await engines.aclose()

    return asyncio.run(main())


def test_when_every_model_fails_the_offline_responder_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(double: AwsDouble, engines: Engines) -> tuple[str, list[str]]:
        down = Script(fault=HttpError(429, "ThrottlingException"))
        double.scripts.always(Service.BEDROCK, down)
        return await heard(engines), [request.body["modelId"] for request in double.requests]

    said, asked = with_double(monkeypatch, work)
    assert said
    assert asked == [Settings().bedrock_model, Settings().bedrock_fallback_model]


def test_warm_engines_have_their_clients_and_asked_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(double: AwsDouble, engines: Engines) -> int:
        await engines.warm()
        assert engines.clients is not None
        before = await engines.clients.client("bedrock-runtime")
        await heard(engines)
        assert before is await engines.clients.client("bedrock-runtime")
        return len(double.requests)

    assert with_double(monkeypatch, work) == 1


def test_no_fallback_model_is_a_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(double: AwsDouble, engines: Engines) -> list[str]:
        double.scripts.always(Service.BEDROCK, Script(fault=HttpError(429, "ThrottlingException")))
        await heard(engines)
        return [request.body["modelId"] for request in double.requests]

    assert with_double(monkeypatch, work, bedrock_fallback_model="") == [Settings().bedrock_model]


def test_the_model_is_asked_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(double: AwsDouble, engines: Engines) -> dict:
        await heard(engines)
        return dict(double.requests[0].body)

    body = with_double(
        monkeypatch,
        work,
        bedrock_max_tokens=33,
        bedrock_temperature=0.1,
        bedrock_top_p=0.7,
        bedrock_guardrail="g1",
    )
    assert body["inferenceConfig"] == {"maxTokens": 33, "temperature": 0.1, "topP": 0.7}
    assert body["guardrailConfig"]["guardrailIdentifier"] == "g1"


def test_a_voice_that_fails_is_stood_in_for_and_the_gauges_tell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def work(double: AwsDouble, engines: Engines) -> tuple[list, dict[str, float]]:
        double.scripts.always(Service.POLLY, Script(fault=HttpError(503, "ServiceUnavailableException")))
        prompts = PromptCache(engines.synthesizer, tmp_path, stand_in=engines.stand_in)
        told: list = []
        sound = [chunk async for chunk in prompts.stream(Utterance("Hello.", "en-US"), told.append)]
        assert sound
        found = work_gauges([*engines.pools, prompts.pool], engines.health, prompts)
        await prompts.aclose()
        return told, found

    told, found = with_double(monkeypatch, work)
    assert "fell_back" in [report.event for report in told]
    assert [report.detail.startswith("espeak") for report in told if report.event == "used"] == [True]
    assert found['provider_state{service="tts",provider="polly us-east-1"}'] == 0
    assert found['provider_events{service="tts",provider="polly us-east-1",event="unavailable"}'] == 2
    assert found['pool_threads{pool="aws-models"}'] == 1
    assert found['pool_threads{pool="prompt-files"}'] == 2
    assert 0 <= found['pool_busy_share{pool="prompt-files"}'] <= 1
    assert found["prompt_cache_misses"] >= 1
    assert found["prompt_cache_hit_rate"] == 0


def test_the_process_tells_its_cpu_and_memory() -> None:
    found = process_gauges()
    assert found["process_cpu_seconds"] > 0
    assert found.get("process_resident_bytes", 1) > 0
