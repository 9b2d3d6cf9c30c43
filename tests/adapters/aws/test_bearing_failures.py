"""The whole way from a call's wish to AWS, over the wrappers that bear failures: only AWS is a double."""

import asyncio
from contextlib import aclosing

import pytest

from app.adapters.aws.bedrock import BedrockResponder
from app.adapters.aws.models import LLAMA_3, LLAMA_4, BedrockConfig
from app.adapters.aws.polly import PollyConfig, PollySynthesizer
from app.adapters.prompts.cache import PromptCache
from app.adapters.resilience.breaker import State
from app.adapters.resilience.responder import SteadyResponder
from app.adapters.resilience.steady import Limits
from app.adapters.resilience.synthesizer import SteadySynthesizer
from app.domain.conversation import Brief, Conversation, Line, Role
from app.domain.speech import Utterance
from app.session.clock import SystemClock
from app.session.ports import ResponderError
from tests.adapters.aws.double import with_aws
from tests.doubles.aws.brain import Say
from tests.doubles.aws.log import Service
from tests.doubles.aws.script import (
    AbortBeforeHeaders,
    CleanEndWithoutMessageStop,
    Hang,
    HttpError,
    InStreamException,
    Script,
    Stall,
)

TALK = Conversation(Brief("talk", "en-US"), (Line(Role.CALLER, "Hello?"),), {}, 3)
HELLO = Utterance("Hello there.", "en-US")
PATIENT = Limits(first_ms=30_000, patience_ms=120_000)
HASTY = Limits(first_ms=1_500, patience_ms=6_000, whole_ms=6_000, last_ms=4_500)
MODELS = (LLAMA_4, LLAMA_3)


def models(clients, limits=PATIENT):
    return SteadyResponder(
        [(name, BedrockResponder(clients, BedrockConfig(name))) for name in MODELS],
        SystemClock(),
        limits=limits,
    )


async def heard(model, told):
    async with aclosing(model.reply(TALK, told.append)) as words:
        return "".join([piece async for piece in words])


def asked_of(model):
    return lambda request: request.body["modelId"] == model


def events(told):
    return [fact.event for fact in told if fact.event not in {"served", "used"}]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Hang(), ["fell_back"]),
        (AbortBeforeHeaders(), ["retried", "fell_back"]),
        (HttpError(429, "ThrottlingException"), ["fell_back"]),
        (HttpError(503, "ServiceUnavailableException"), ["retried", "fell_back"]),
        (HttpError(403, "AccessDeniedException"), ["fell_back"]),
        (InStreamException("throttlingException"), ["fell_back"]),
        (InStreamException("modelStreamErrorException"), ["retried", "fell_back"]),
        (CleanEndWithoutMessageStop(after=0), ["retried", "fell_back"]),
        (InStreamException("internalServerException", after=1), ["retried", "fell_back"]),
        (Stall(after=1), ["fell_back"]),
    ],
    ids=repr,
)
def test_a_model_that_fails_before_its_first_sentence_is_replaced_by_another(fault, told):
    async def work(double, clients):
        double.account.brain = lambda ask: Say("Good morning.")
        double.scripts.always(Service.BEDROCK, Script(fault), where=asked_of(LLAMA_4))
        await clients.get_ready("bedrock-runtime")
        model, facts = models(clients, HASTY if isinstance(fault, Hang | Stall) else PATIENT), []
        assert await heard(model, facts) == "Good morning."
        return events(facts)

    assert with_aws(work) == told


async def _collect(reply, words):
    async for piece in reply:
        words.append(piece)


def test_a_reply_that_breaks_off_midway_is_not_begun_again():
    async def work(double, clients):
        double.account.brain = lambda ask: Say("Good morning. How are you?")
        double.scripts.always(Service.BEDROCK, Script(InStreamException("internalServerException", after=4)))
        facts = []
        reply = models(clients).reply(TALK, facts.append)
        words = []
        with pytest.raises(ResponderError, match="unavailable"):
            await _collect(reply, words)
        return "".join(words), events(facts), len(double.requests)

    assert with_aws(work) == ("Good morning. How", ["failed"], 1)


def test_a_barge_in_reaches_the_source_through_all_wrappers():
    async def work(double, clients):
        double.scripts.always(Service.BEDROCK, Script(Stall(after=2)))
        model = models(clients)
        task = asyncio.ensure_future(heard(model, []))
        request = await double.next(Service.BEDROCK)
        await request.has_sent(2)
        task.cancel()
        await request.client_gone()
        await asyncio.gather(task, return_exceptions=True)
        return [one.state for one in model.health.health()], len(double.requests)

    assert with_aws(work) == ([State.CLOSED, State.CLOSED], 1)


def test_the_source_sees_a_barge_in_before_its_next_piece():
    async def work(double, clients):
        double.account.brain = lambda ask: Say("and " * 500)
        double.scripts.always(Service.BEDROCK, Script(between_ms=50))
        model, late = models(clients), []
        for _ in range(5):
            task = asyncio.ensure_future(heard(model, []))
            request = await double.next(Service.BEDROCK)
            await request.has_sent(3)
            sent = request.pieces
            task.cancel()
            await request.client_gone()
            late.append(request.pieces - sent)
            await asyncio.gather(task, return_exceptions=True)
        return sorted(late)[2]  # once in a while a busy machine holds both ends up

    assert with_aws(work) == 0


def cache_over(clients, folder, **options):
    regions = ("us-east-1", "us-west-2")
    voices = [(name, PollySynthesizer(clients, PollyConfig(region=name))) for name in regions]
    return PromptCache(SteadySynthesizer(voices, SystemClock(), limits=PATIENT), folder, **options)


async def played(cache, told):
    async with aclosing(cache.stream(HELLO, told.append)) as sound:
        return b"".join([chunk async for chunk in sound])


def test_a_voice_speaks_from_another_region_and_the_call_is_told_and_charged(tmp_path):
    async def work(double, clients):
        double.scripts.once(Service.POLLY, Script(HttpError(400, "ThrottlingException")))
        cache, told = cache_over(clients, tmp_path), []
        try:
            assert await played(cache, told)
            assert cache.ready(HELLO)
        finally:
            await cache.aclose()
        regions = [request.region for request in double.requests.of(Service.POLLY)]
        return regions, [(fact.event, fact.detail, fact.amount) for fact in told if fact.event != "served"]

    assert with_aws(work) == (
        ["us-east-1", "us-west-2"],
        [
            ("fell_back", "us-west-2 for us-east-1: throttled", 0),
            ("used", "polly/neural/Joanna", len(HELLO.text)),
        ],
    )


def test_when_polly_is_gone_everywhere_the_caller_hears_another_voice(tmp_path):
    class OwnVoice:
        def identity(self, utterance):
            return "own"

        async def synthesize(self, utterance):
            yield b"\x20" * 800

    async def work(double, clients):
        double.scripts.always(Service.POLLY, Script(AbortBeforeHeaders()))
        cache, told = cache_over(clients, tmp_path, stand_in=OwnVoice()), []
        try:
            for _ in range(3):
                assert await played(cache, told) == b"\x20" * 800
        finally:
            await cache.aclose()
        return len(double.requests.of(Service.POLLY)), events(told)[-2:]

    requests, told = with_aws(work)
    assert requests == 6  # two tries in each region, until three failures let it rest
    assert told == ["failed", "fell_back"]
