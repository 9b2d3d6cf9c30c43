"""What the examination asks of AWS: who we are, and each service by the smallest request a call makes."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from app.adapters.aws.account import find_account
from app.adapters.aws.errors import AWS_ERRORS, TIMEOUT, Failure, failure_of
from app.adapters.aws.polly import PollyConfig, PollySynthesizer
from app.adapters.aws.session import AwsClients
from app.adapters.aws.transcribe_wire import Setup, Stream, TranscribeError, setup_of
from app.adapters.aws.voices import choose_voice
from app.adapters.flow_folder import FlowFolder
from app.commands.doctor_bedrock import ModelExam
from app.commands.doctor_findings import Check, Finding, Stopwatch, failed, idle, note, ok
from app.commands.doctor_refusals import DENIED, WRONG_KEYS, refused
from app.commands.doctor_regions import known_regions, regions_of
from app.domain.speech import Hints, Utterance
from app.flows.model import LanguageSpec
from app.main.aws import make_clients, open_transport
from app.session.ports import SynthesisError
from app.settings import EngineKind, Settings, TranscribeTransport

_NO_REGION: Final = "set AWS_REGION, for example AWS_REGION=us-east-1"
_NO_KEYS: Final = "see the README's part on AWS, or `aws configure`"

Look = Callable[[], Awaitable[Finding]]


class AwsExam:
    """The checks of one account; use it as an async context manager, which lets go of its connections."""

    def __init__(self, settings: Settings, flows: FlowFolder) -> None:
        self._settings = settings
        self._flows = flows
        self._account = account = find_account(whole=True)
        can_be_asked = settings.region and not account.todo
        self._clients: AwsClients | None = make_clients(settings) if can_be_asked else None
        self._no_keys = account.missing if account.todo else ""

    async def __aenter__(self) -> "AwsExam":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._clients is not None:
            await self._clients.aclose()

    async def prepare(self) -> None:
        """Find the credentials and make the clients, so that a latency is that of the service alone."""
        if self._clients is None or not (self._is_used or self._account.source):
            return
        try:
            if await self._clients.keys() is None:
                self._no_keys = self._account.missing or "no AWS credentials"
            elif self._is_used:
                for service in ("sts", "polly", "bedrock-runtime"):
                    await self._clients.client(service)
        except AWS_ERRORS as error:
            where = f" ({self._account.source})" if self._account.source else ""
            self._no_keys = f"{failure_of(error).cause}{where}"

    def checks(self) -> Sequence[Check]:
        """Return the checks, in the order a person would want to read them."""
        settings = self._settings
        region = settings.bedrock_region
        model = ModelExam(settings, self._client, settings.bedrock_model, region)
        checks = [
            Check("AWS credentials", self._credentials),
            Check("AWS region", self._region),
            Check("Transcribe port", self._if_used("stt", self._egress), 5),
            Check("Transcribe", self._if_used("stt", self._transcribe), 20),
            Check("Polly", self._if_used("tts", lambda: self._polly(""))),
            Check("Polly voices", self._if_used("tts", self._voices)),
            Check("Bedrock reply", self._if_used("llm", model.reply), 30),
            Check("Bedrock extract", self._if_used("llm", model.extract), 30),
        ]
        if (elsewhere := settings.polly_fallback_region) and elsewhere != settings.region:
            checks.append(Check(f"Polly {elsewhere}", self._if_used("tts", lambda: self._polly(elsewhere))))
        if settings.bedrock_fallback_model:
            fallback = ModelExam(
                settings,
                self._client,
                settings.bedrock_fallback_model,
                settings.bedrock_fallback_region or region,
                "DIALAI_BEDROCK_FALLBACK_MODEL",
                "DIALAI_BEDROCK_FALLBACK_REGION",
            )
            checks += [
                Check("fallback reply", self._if_used("llm", fallback.reply), 30),
                Check("fallback extract", self._if_used("llm", fallback.extract), 30),
            ]
        return checks

    def _if_used(self, engine: str, look: Look) -> Look:
        async def found() -> Finding:
            kind = getattr(self._settings, engine)
            if kind is not EngineKind.AWS:
                return idle(f"DIALAI_{engine.upper()} is {kind.value}: {self._settings.why(engine)}")
            if self._no_keys:
                return idle("not asked: see AWS credentials")
            if self._clients is not None and self._settings.region not in await known_regions():
                return idle("not asked: see AWS region")
            return failed("no region", _NO_REGION) if self._clients is None else await look()

        return found

    @property
    def _is_used(self) -> bool:
        settings = self._settings
        return EngineKind.AWS in {settings.stt, settings.llm, settings.tts}

    @property
    def _is_wanted(self) -> bool:
        """Whether engines are aws, or would be if there were an account."""
        return self._is_used or not {"stt", "llm", "tts"} <= self._settings.model_fields_set

    async def _client(self, service: str, region: str = "") -> Any:  # noqa: ANN401 - botocore's
        if self._clients is None:
            raise RuntimeError("no region")
        return await self._clients.client(service, region)

    async def _credentials(self) -> Finding:
        source, missing = self._account.source, self._account.missing
        if self._account.todo and self._is_wanted:
            return failed(missing, self._account.todo)
        if not self._is_used and not source:
            return idle(f"{missing}; an EC2 instance's role is looked for once an engine is set to aws")
        if self._clients is None:
            return failed("no region", _NO_REGION) if source else failed(missing, _NO_KEYS)
        if self._no_keys:
            return failed(self._no_keys, _NO_KEYS)
        if self._settings.region not in await known_regions():
            return idle("not asked: see AWS region")
        client = await self._client("sts")
        watch = Stopwatch()
        try:
            identity = await client.get_caller_identity()
        except AWS_ERRORS as error:
            return refused(failure_of(error), "sts:GetCallerIdentity")
        return ok(f"{source or 'an instance role'}: {identity['Arn']}", watch.ms)

    async def _region(self) -> Finding:
        region = self._settings.region
        if not region:
            if not self._is_used and not self._account.source:
                return idle("no AWS_REGION")
            return failed("no region", _NO_REGION)
        if region not in await known_regions():
            todo = "look for typing errors; for a region of late, `pip install -U botocore`"
            return failed(f"AWS is not known to have a region {region}", todo)
        lacking = [
            told
            for service, told in (
                ("polly", "Polly"),
                ("transcribe", "Transcribe"),
                ("bedrock", "Bedrock"),
            )
            if region not in await regions_of(service)
        ]
        if lacking:
            return note(f"{region}: {', '.join(lacking)} is not known to be there", "look for typing errors")
        elsewhere = self._settings.bedrock_region
        return ok(region + (f", Bedrock in {elsewhere}" if elsewhere else ""))

    async def _egress(self) -> Finding:
        host, port = self._transcribe_address()
        watch = Stopwatch()
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError as error:
            way = (
                "; or set DIALAI_TRANSCRIBE_TRANSPORT=http2, which needs 443 only" if port == _WS_PORT else ""
            )
            return failed(
                f"{host}:{port} is not reached: {error.strerror or error}",
                f"open TCP {port} to the outside{way}",
            )
        writer.close()
        return ok(f"{host}:{port} is reached", watch.ms)

    def _transcribe_address(self) -> tuple[str, int]:
        settings = self._settings
        if settings.transcribe_endpoint_url:
            parts = urlsplit(settings.transcribe_endpoint_url)
            return parts.hostname or "", parts.port or 443
        domain = "amazonaws.com.cn" if settings.region.startswith("cn-") else "amazonaws.com"
        is_socket = settings.transcribe_transport is TranscribeTransport.WEBSOCKET
        return f"transcribestreaming.{settings.region}.{domain}", _WS_PORT if is_socket else 443

    async def _transcribe(self) -> Finding:
        if self._clients is None:
            return failed("no region", _NO_REGION)
        transport = open_transport(self._settings, self._clients)
        first_ms = None
        setups = list(dict.fromkeys(self._setups()))
        for setup in setups:
            watch = Stopwatch()
            try:
                stream = await transport.open(setup)
                first_ms = watch.ms if first_ms is None else first_ms
                await _hear_silence(stream)
            except TranscribeError as error:
                return self._not_heard(setup, error)
        told = ", ".join(f"{setup.language} {setup.vocabulary}".strip() for setup in setups)
        return ok(f"streams open by {self._settings.transcribe_transport.value}: {told}", first_ms)

    def _setups(self) -> Iterable[Setup]:
        default = self._settings.transcribe_vocabulary
        for spec in _languages(self._flows):
            yield setup_of(Hints(spec.locale, vocabulary=spec.vocabulary), default)

    def _not_heard(self, setup: Setup, error: TranscribeError) -> Finding:
        is_socket = self._settings.transcribe_transport is TranscribeTransport.WEBSOCKET
        action = f"transcribe:StartStreamTranscription{'WebSocket' if is_socket else ''}"
        code = next((word for word in error.cause.split() if word in DENIED or word in WRONG_KEYS), "")
        if code:
            return refused(Failure("refused", error.cause, code), action)
        about = f"{setup.language} {setup.vocabulary}".strip()
        todo = f"check language, vocabulary and {action}"
        return failed(f"no stream for {about}: {error.cause}", todo, is_late=error.reason == TIMEOUT)

    async def _polly(self, region: str) -> Finding:
        spec = next((spec for spec in _languages(self._flows) if choose_voice(spec.locale, spec.voice)), None)
        if self._clients is None or spec is None:
            return failed(
                "no voice speaks the flows' first language", "name a voice in the flow's `languages`"
            )
        voice = PollySynthesizer(self._clients, PollyConfig(self._settings.polly_engine, region))
        said = Utterance("a", spec.locale, voice=spec.voice)
        watch, first_ms = Stopwatch(), None
        try:
            async for _ in voice.synthesize(said):
                first_ms = watch.ms if first_ms is None else first_ms
        except SynthesisError as error:
            if isinstance(error.__cause__, AWS_ERRORS):
                return refused(failure_of(error.__cause__), "polly:SynthesizeSpeech")
            return failed(str(error), "try again; if it stays so, name another voice in the flow")
        return ok(f"{voice.identity(said).rpartition('/')[2]} speaks", first_ms)

    async def _voices(self) -> Finding:
        client = await self._client("polly")
        try:
            told = await client.describe_voices()
        except AWS_ERRORS as error:
            failure = refused(failure_of(error), "polly:DescribeVoices")
            return note(failure.says, f"{failure.todo}; calls go without, but this check does not")
        there = {voice["Id"]: voice["SupportedEngines"] for voice in told["Voices"]}
        engine = self._settings.polly_engine
        named: list[str] = []
        otherwise: list[str] = []
        for spec in _languages(self._flows):
            voice = choose_voice(spec.locale, spec.voice)
            if voice is None or voice.name not in there:
                who = voice.name if voice else "no voice"
                return failed(
                    f"{who} for {spec.locale} is not in this region", "name another voice in the flow"
                )
            (named if engine in there[voice.name] else otherwise).append(f"{spec.locale} {voice.name}")
        if otherwise:
            return note(
                f"without engine {engine}: {', '.join(otherwise)}", "they speak with an engine they have"
            )
        return ok(", ".join(dict.fromkeys(named)))


async def _hear_silence(stream: Stream) -> None:
    """Say nothing for a moment, and read to the end: only what is open says that it is refused.

    Raises TranscribeError for a stream that ends otherwise than it is asked to.
    """
    try:
        with contextlib.suppress(TranscribeError):  # why it takes nothing is read below
            await stream.send(_SILENCE)
            await stream.end()
        while True:
            await stream.receive()
    except TranscribeError as error:
        if not error.is_end:
            raise
    finally:
        stream.abort()


_WS_PORT: Final = 8_443
_SILENCE: Final = bytes(1_600)


def _languages(flows: FlowFolder) -> Iterable[LanguageSpec]:
    for name in flows.names():
        if (flow := flows.get(name)) is not None:
            yield from flow.languages.values()
