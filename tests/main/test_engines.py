"""Each setting of an engine brings the engine it names, and all of it can be let go of."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.adapters.aws.transcribe import AwsTranscriber
from app.adapters.offline.espeak import EspeakSynthesizer
from app.adapters.offline.responder import ScriptedResponder
from app.adapters.offline.sphinx import SphinxTranscriber
from app.adapters.offline.timed import TimedSynthesizer, TimedTranscriber
from app.adapters.offline.timed_responder import TimedResponder
from app.adapters.prompts.cache import PromptCache
from app.adapters.resilience.responder import SteadyResponder
from app.adapters.resilience.synthesizer import SPEAKING, SteadySynthesizer
from app.domain.conversation import (
    Brief,
    Conversation,
    Extraction,
    Field,
    FieldKind,
    Guess,
    Inquiry,
    Line,
    Role,
)
from app.domain.speech import Utterance
from app.engine.timing import EXTRACTION_MS, FIRST_TOKEN_MS, INTERPRETATION_MS, SENTENCE_MS
from app.main import Unusable
from app.main.engines import Engines, make_engines
from app.main.gauges import process_gauges, work_gauges
from app.session.clock import SystemClock
from app.session.ports import Report, Responder
from app.settings import EngineKind, Settings
from tests.doubles.aws import AwsDouble, Service
from tests.doubles.aws.script import HttpError, Script
from tests.fakes.loop import VirtualClock, run_virtual


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
            # The double answers always: a busy machine may take its time.
            monkeypatch.setattr("app.main.engines.SPEAKING", replace(SPEAKING, patience_ms=60_000))
            engines = make_engines(settings("aws", **{"tts_first_seconds": 60, **more}), SystemClock())
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


class _Hung:
    """A model that takes a request, says the words it was given, and then nothing more."""

    def __init__(self, clock: VirtualClock, *words: str) -> None:
        self.clock = clock
        self.words = words
        self.asked: list[int] = []

    async def reply(self, talk: Conversation, report: Report) -> AsyncIterator[str]:
        self.asked.append(self.clock.now())
        for word in self.words:
            yield word
        await self.clock.wait(3_600_000)

    async def extract(self, talk: Conversation, report: Report) -> Extraction:
        self.asked.append(self.clock.now())
        await self.clock.wait(3_600_000)
        return Extraction()

    async def interpret(self, inquiry: Inquiry, report: Report) -> Guess:
        self.asked.append(self.clock.now())
        await self.clock.wait(3_600_000)
        return Guess(None)


def with_hung_models(
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    work: Callable[[Responder], Awaitable[object]],
) -> tuple[list[int], int]:
    """Return when each model was asked and when the work was done."""

    async def main(clock: VirtualClock) -> tuple[list[int], int]:
        models = [_Hung(clock, *words), _Hung(clock)]
        named = [(f"m{n}", model) for n, model in enumerate(models)]
        monkeypatch.setattr("app.main.aws.models_on_bedrock", lambda *_: named)
        given = Settings(stt="timed", llm="aws", tts="timed", aws_region="us-east-1")  # type: ignore[arg-type]
        engines = make_engines(given, clock)
        try:
            await work(engines.responder)
            return [at for model in models for at in model.asked], clock.now()
        finally:
            await engines.aclose()

    return run_virtual(main)


TALK = Conversation(Brief("Find out how the visit was.", "en-US"), turns_left=3)


@pytest.mark.parametrize(
    ("words", "turns", "given_up"), [((), [0, 1_700], FIRST_TOKEN_MS), (("Well",), [0, 3_200], SENTENCE_MS)]
)
def test_each_model_and_the_scripted_interviewer_have_their_turn_before_the_call_gives_up(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], turns: list[int], given_up: int
) -> None:
    async def work(responder: Responder) -> None:
        assert "".join([piece async for piece in responder.reply(TALK, lambda _: None)])

    asked, done = with_hung_models(monkeypatch, words, work)
    assert asked == turns
    assert done < given_up


def test_a_form_is_filled_by_somebody_before_the_call_gives_it_up(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (Line(Role.BOT, "How long did you wait?"), Line(Role.CALLER, "Forty minutes."))
    wait = Field("wait", FieldKind.NUMBER, "How long did you wait?")
    talk = Conversation(Brief("Learn about the wait.", "en-US", fields=(wait,)), lines, {}, 1)
    inquiry = Inquiry("Happy?", "yes", "en-US", (("yes", "yes"), ("no", "no")))

    async def extract(responder: Responder) -> None:
        assert (await responder.extract(talk, lambda _: None)).values == {"wait": 40}

    async def interpret(responder: Responder) -> None:
        await responder.interpret(inquiry, lambda _: None)

    asked, done = with_hung_models(monkeypatch, (), extract)
    assert (asked, done < EXTRACTION_MS) == ([0, 1_700], True)
    asked, done = with_hung_models(monkeypatch, (), interpret)
    assert (asked, done < INTERPRETATION_MS) == ([0, 900], True)


def test_warm_engines_have_their_clients_and_asked_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(double: AwsDouble, engines: Engines) -> int:
        await engines.warm()
        assert engines.clients is not None
        before = await engines.clients.client("bedrock-runtime")
        await heard(engines)
        assert before is await engines.clients.client("bedrock-runtime")
        return len(double.requests)

    assert with_double(monkeypatch, work) == 1


def test_credentials_that_cannot_be_had_are_a_line_of_the_log_and_stand_ins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[default]\ncredential_process = /bin/false\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    async def work(double: AwsDouble, engines: Engines) -> str:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        with capture_logs() as logs:
            await engines.warm()
        assert [(line["event"], line["cause"], line["account"]) for line in logs] == [
            ("aws_not_ready", "no usable AWS credentials", "profile default (credential_process)")
        ]
        return await heard(engines)

    assert with_double(monkeypatch, work)


def test_every_client_that_calls_will_use_is_made_before_the_first_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def work(double: AwsDouble, engines: Engines) -> set[tuple[str, str]]:
        await engines.warm()
        assert engines.clients is not None
        return set(engines.clients.made())

    region = Settings(aws_region="us-east-1").region
    made = with_double(monkeypatch, work, bedrock_fallback_region="eu-west-1")
    assert made == {("polly", region), ("bedrock-runtime", region), ("bedrock-runtime", "eu-west-1")}


def test_transcribe_shows_in_the_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(double: AwsDouble, engines: Engines) -> dict[str, float]:
        return engines.health.gauges()

    assert (
        with_double(monkeypatch, work)['provider_state{service="stt",provider="transcribe us-east-1"}'] == 0
    )


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


def test_polly_elsewhere_speaks_with_the_same_voice_when_the_first_region_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def work(double: AwsDouble, engines: Engines) -> list[tuple[str, int]]:
        double.scripts.once(Service.POLLY, Script(fault=HttpError(403, "AccessDeniedException")))
        assert [chunk async for chunk in engines.synthesizer.synthesize(Utterance("Hello.", "en-US"))]
        return [(one.name, one.counts["requests"]) for one in engines.health.health() if one.service == "tts"]

    asked = with_double(monkeypatch, work, polly_fallback_region="us-west-2")
    assert asked == [("polly us-east-1", 1), ("polly us-west-2", 1)]


def test_prompts_are_made_ahead_by_the_voice_that_lets_calls_go_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def work(double: AwsDouble, engines: Engines) -> tuple[str, str]:
        said = Utterance("Hello.", "en-US")
        assert engines.ahead is not None
        assert [chunk async for chunk in engines.ahead.synthesize(said)]
        return engines.ahead.identity(said), engines.synthesizer.identity(said)

    ahead, for_calls = with_double(monkeypatch, work)
    assert ahead == for_calls
