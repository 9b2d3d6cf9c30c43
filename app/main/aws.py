"""AWS as these settings want it: the clients that all requests share, and the three engines over them."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Final

import structlog

from app.adapters.aws.account import find_account
from app.adapters.aws.bedrock import BedrockResponder
from app.adapters.aws.errors import AWS_ERRORS, failure_of
from app.adapters.aws.models import Abilities, BedrockConfig
from app.adapters.aws.polly import PollyConfig, PollySynthesizer
from app.adapters.aws.session import AwsAccess, AwsClients
from app.adapters.aws.transcribe import AwsTranscriber, make_transcriber, make_transport
from app.adapters.aws.transcribe_opening import Limits
from app.adapters.aws.transcribe_wire import Transport
from app.adapters.resilience.health import Health
from app.main import Unusable
from app.session.pools import Pool
from app.session.ports import Clock
from app.settings import EngineKind, Settings

_SILENCE_S: Final = 5.0
"""The longest silence on an open socket; what callers can wait for is shorter, and is the engines' own."""

_log = structlog.get_logger("dialai")


def make_clients(settings: Settings, pool: Pool | None = None) -> AwsClients:
    """Make what gives clients; nobody is asked yet. Blocks a moment.

    Raises Unusable without a region, and for what boto3 would trip over in the environment or in ~/.aws.
    """
    account = find_account(whole=True)
    if account.todo:
        raise Unusable(f"the engine `aws` cannot be used: {account.missing}; {account.todo}")
    if not settings.region:
        why = f" ({account.missing})" if "region=" in account.missing else ""
        raise Unusable(f"the engine `aws` needs a region: set AWS_REGION, in the environment or in .env{why}")
    access = AwsAccess(
        settings.region,
        settings.aws_endpoint_url,
        connect_timeout_s=settings.connect_seconds,
        read_timeout_s=_SILENCE_S,
        connections=max(10, 2 * settings.max_calls),
    )
    clients = AwsClients(access, pool=pool)
    clients.read_regions()
    return clients


async def warm_clients(settings: Settings, clients: AwsClients) -> None:
    """Make what the chosen engines will use. What is wrong with it is a log line: their stand-ins serve."""
    try:
        if settings.tts is EngineKind.AWS:
            for region in _polly_regions(settings):
                await clients.get_ready("polly", region=region)
        if settings.llm is EngineKind.AWS:
            for _, region in _models(settings):
                await clients.get_ready("bedrock-runtime", region=region)
        if await clients.keys() is None:
            _log.warning("aws_not_ready", cause="no AWS credentials", account=find_account().missing)
    except AWS_ERRORS as error:
        _log.warning("aws_not_ready", cause=failure_of(error).cause, account=find_account().source)
    if settings.stt is EngineKind.AWS:
        with contextlib.suppress(OSError):  # ssl.SSLError is one, too
            await clients.tls()


def open_transport(settings: Settings, clients: AwsClients) -> Transport:
    """Return what opens Transcribe's streams."""
    return make_transport(
        settings.transcribe_transport.value,
        settings.region,
        clients.keys,
        settings.transcribe_endpoint_url,
        tls=clients.tls,
        stability=settings.transcribe_stability.value,
    )


def hear_by_transcribe(
    settings: Settings, clients: AwsClients, clock: Clock, health: Health
) -> AwsTranscriber:
    """Return the transcriber, which asks for no stream while the breaker of Transcribe is open."""
    return make_transcriber(
        region=settings.region,
        keys=clients.keys,
        clock=clock,
        transport=settings.transcribe_transport.value,
        endpoint_url=settings.transcribe_endpoint_url,
        tls=clients.tls,
        stability=settings.transcribe_stability.value,
        vocabulary=settings.transcribe_vocabulary,
        limits=Limits(connect_ms=round(settings.stt_first_seconds * 1_000)),
        guard=health.provider("stt", f"transcribe {settings.region}"),
    )


def voices_of_polly(settings: Settings, clients: AwsClients) -> Iterator[tuple[str, PollySynthesizer]]:
    """Yield the voice and the same one elsewhere, each with a name that no other has."""
    for region in _polly_regions(settings):
        voice = PollySynthesizer(clients, PollyConfig(engine=settings.polly_engine, region=region))
        yield voice.name, voice


def models_on_bedrock(settings: Settings, clients: AwsClients) -> Iterator[tuple[str, BedrockResponder]]:
    """Yield the model and the one to turn to, each with a name that no other has."""
    for (model, where), tools in _models(settings).items():
        config = BedrockConfig(
            model=model,
            region=where,
            temperature=settings.bedrock_temperature,
            top_p=settings.bedrock_top_p,
            reply_tokens=settings.bedrock_max_tokens,
            abilities=None if tools is None else Abilities(tools=tools),
            guardrail=settings.bedrock_guardrail,
            guardrail_version=settings.bedrock_guardrail_version,
            fast=settings.bedrock_fast and model == settings.bedrock_model,
        )
        yield f"{model} {where}", BedrockResponder(clients, config)


def _polly_regions(settings: Settings) -> Sequence[str]:
    return tuple(dict.fromkeys(filter(None, (settings.region, settings.polly_fallback_region))))


def _models(settings: Settings) -> dict[tuple[str, str], bool | None]:
    """Return the models with their regions, the first one first, and what is said of their tools."""
    region = settings.bedrock_region or settings.region
    places = {(settings.bedrock_model, region): settings.bedrock_tools}
    if settings.bedrock_fallback_model:
        elsewhere = settings.bedrock_fallback_region or region
        places.setdefault((settings.bedrock_fallback_model, elsewhere), None)
    return places
