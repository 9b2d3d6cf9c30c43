"""Every setting of the program, read once from the environment and `.env`; nobody below imports this."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from app.adapters.aws.account import find_account, lend_dotenv
from app.adapters.aws.models import LLAMA_3, LLAMA_4
from app.adapters.webhooks.guard import Allowed
from app.domain.cost import Prices
from app.domain.rates import groups_with
from app.domain.written import prefixes, region, web_address


class EngineKind(StrEnum):
    """Which engine hears, thinks or speaks."""

    OFFLINE = "offline"
    AWS = "aws"
    TIMED = "timed"


class TranscribeTransport(StrEnum):
    """How Transcribe is spoken to."""

    WEBSOCKET = "websocket"
    HTTP2 = "http2"


class Stability(StrEnum):
    """How early a word of a partial transcript is held for settled: the higher, the sooner and the worse."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def _default_engine() -> EngineKind:
    return EngineKind.AWS if find_account().is_complete else EngineKind.OFFLINE


def _rate_groups(text: str) -> str:
    groups_with(text)
    return text


def _allowed(text: str) -> str:
    try:
        Allowed.of(text)
    except ValueError:
        raise ValueError("write hosts, addresses or networks, as in crm.internal,10.1.0.0/16") from None
    return text


_Address = Annotated[str, AfterValidator(lambda url: url and web_address(url))]
_Region = Annotated[str, AfterValidator(lambda name: name and region(name))]

_Seconds = Annotated[float, Field(gt=0, le=3_600)]

_CHOICE = "offline, aws or timed; default: aws where AWS credentials and a region are found, else offline."

_LIST = "US dollars, list prices in the United States of early 2026; set yours."


class Settings(BaseSettings):
    """One frozen value that `create_app` and the commands hand down."""

    model_config = SettingsConfigDict(
        env_prefix="DIALAI_", env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    public_url: _Address = Field(
        "",
        description="The https:// address Twilio reaches this server at; signatures are checked against it.",
    )
    database_url: str = Field(
        "", description="SQLAlchemy URL of the call log; default: SQLite in the data directory."
    )
    data_dir: Path = Field(
        Path("data"), description="Where the database, recordings and the prompt cache live."
    )
    flows_dir: Path = Field(Path("call_flows"), description="Where the flows are read from.")
    default_flow: str = Field("welcome", description="The flow of an inbound call that names none.")
    stt: EngineKind = Field(default_factory=_default_engine, description=f"What hears: {_CHOICE}")
    llm: EngineKind = Field(default_factory=_default_engine, description=f"What converses: {_CHOICE}")
    tts: EngineKind = Field(default_factory=_default_engine, description=f"What speaks: {_CHOICE}")
    max_calls: int = Field(
        200, ge=1, description="Calls at once; further callers hear that all lines are busy."
    )
    max_call_seconds: int = Field(1_800, ge=10, description="Time limit that outbound calls are placed with.")
    record: bool = Field(
        default=False, description="Record both sides even where the flow asks for no consent to it."
    )
    api_key: SecretStr | None = Field(None, description="Admin key for the API (Authorization: Bearer).")
    dev: bool = Field(
        default=False, description="Loopback only: accept unsigned webhooks; says so at start-up."
    )
    allowed_prefixes: Annotated[str, AfterValidator(prefixes)] = Field(
        "+1", description="Country prefixes that may be dialled, separated by commas."
    )
    webhook_allow: Annotated[str, AfterValidator(_allowed)] = Field(
        "",
        description="Private hosts that flows may send to: names, addresses, networks, separated by commas.",
    )
    webhook_secrets: dict[str, SecretStr] = Field(
        {},
        description='Secrets that webhooks\' headers name as ${secret.NAME}: a JSON object {"NAME": "..."}.',
    )
    webhook_signing_key: SecretStr | None = Field(
        None, description="Signs what webhooks send: HMAC-SHA-256 in the header DialAI-Signature."
    )
    retention_days: int = Field(
        0, ge=0, le=36_500, description="Ended calls are deleted after so many days; 0 keeps them."
    )
    audio_retention_days: int = Field(
        0,
        ge=0,
        le=36_500,
        description="Their recordings are deleted after so many days; 0 keeps them as long.",
    )
    log_json: bool | None = Field(
        None, description="JSON log lines; default: only when standard output is no terminal."
    )
    log_personal: bool | None = Field(
        None, description="Callers' words and digits in log lines; default: only in lines that are no JSON."
    )
    timed_stt_final_ms: int = Field(
        200, ge=0, description="Engine timed: final transcript after the end of speech."
    )
    timed_stt_text: str = Field("yes", description="Engine timed: the words it hears.")
    timed_tts_first_ms: int = Field(150, ge=0, description="Engine timed: time to the first audio.")
    timed_llm_first_ms: int = Field(300, ge=0, description="Engine timed: time to a reply's first word.")
    timed_llm_tokens_per_second: int = Field(50, ge=1, description="Engine timed: pace of a reply.")
    timed_llm_tokens: int = Field(40, ge=1, description="Engine timed: length of a reply.")
    aws_region: _Region = Field(
        "",
        validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION", "aws_region"),
        description="Region of Transcribe and Polly; default: the AWS profile's.",
    )
    aws_endpoint_url: _Address = Field("", description="Another address for all of AWS: local doubles.")
    transcribe_endpoint_url: str = Field(
        "",
        pattern=r"^((wss|https)://\S+)?$",
        description="Another address for Transcribe: wss://host:port, or https://host:port for http2.",
    )
    transcribe_transport: TranscribeTransport = Field(
        TranscribeTransport.WEBSOCKET,
        description="websocket, or http2: amazon-transcribe's client, at twice the CPU.",
    )
    transcribe_stability: Stability = Field(
        Stability.HIGH, description="How early words of a partial transcript are held for settled."
    )
    transcribe_vocabulary: str = Field("", description="A custom vocabulary for flows that name none.")
    polly_engine: str = Field(
        "neural",
        pattern="^(standard|neural|long-form|generative)$",
        description="Polly's engine: standard, neural, long-form or generative.",
    )
    polly_rate: float = Field(
        8.0, gt=0, le=1_000, description="Requests a second; an account has 8 neural ones to begin with."
    )
    polly_concurrency: int = Field(8, ge=1, description="Requests to Polly at once.")
    polly_fallback_region: _Region = Field(
        "", description="Region whose Polly speaks when the first one fails; empty: none."
    )
    bedrock_model: str = Field(
        LLAMA_4, min_length=1, description="Bedrock's inference profile, model id or ARN."
    )
    bedrock_region: _Region = Field("", description="Region of Bedrock; default: that of the others.")
    bedrock_fallback_model: str = Field(
        LLAMA_3,
        description="Model to turn to when the first one fails; empty: none but the offline responder.",
    )
    bedrock_fallback_region: _Region = Field("", description="Its region; default: that of the first model.")
    bedrock_max_tokens: int = Field(200, ge=1, description="Length of a spoken reply at most.")
    bedrock_temperature: float = Field(0.5, ge=0, le=1, description="How freely replies are worded.")
    bedrock_top_p: float = Field(0.9, ge=0, le=1, description="Share of likely words to choose from.")
    bedrock_guardrail: str = Field("", description="Id or ARN of a guardrail for replies.")
    bedrock_guardrail_version: str = Field("DRAFT", description="Its version.")
    bedrock_tools: bool | None = Field(
        None, description="Whether the model takes tools when it does not stream; default: known by its name."
    )
    bedrock_fast: bool = Field(
        default=False, description="Ask for latency-optimised serving, which a few models have."
    )
    connect_seconds: _Seconds = Field(1.0, description="Deadline for reaching a provider.")
    stt_first_seconds: _Seconds = Field(3.0, description="Deadline for Transcribe to open a stream.")
    tts_first_seconds: _Seconds = Field(3.0, description="Deadline for the first audio of a sentence.")
    tts_total_seconds: _Seconds = Field(20.0, description="Deadline for the whole of a sentence.")
    llm_first_seconds: _Seconds = Field(
        3.0,
        description="Deadline for the first word of a model's reply; at most 1.7 s with a second model "
        "behind it and 2.7 s without, since the scripted interviewer takes over within 3 s.",
    )
    llm_total_seconds: _Seconds = Field(20.0, description="Deadline for the whole of a reply.")
    price_stt_minute: float = Field(0.024, ge=0, description=f"Transcribe, streaming, a minute. {_LIST}")
    price_tts_million: float = Field(16.0, ge=0, description=f"Polly, neural, a million characters. {_LIST}")
    price_llm_input_million: float = Field(
        0.24, ge=0, description=f"Llama 4 Maverick on Bedrock, a million input tokens. {_LIST}"
    )
    price_llm_output_million: float = Field(0.97, ge=0, description=f"The same for output tokens. {_LIST}")
    price_inbound_minute: float = Field(
        0.0125, ge=0, description=f"Twilio, a minute of a call to us: 0.0085, media stream 0.0040. {_LIST}"
    )
    price_outbound_minute: float = Field(
        0.018, ge=0, description=f"Twilio, a minute of a call by us: 0.0140, media stream 0.0040. {_LIST}"
    )
    rate_groups: Annotated[str, AfterValidator(_rate_groups)] = Field(
        "",
        description="Dispositions that `dialai report` counts in other AAPOR groups: machine=NC,no_input=UO.",
    )
    otel_endpoint: _Address = Field(
        "",
        description="OpenTelemetry collector (OTLP over HTTP) for a trace of each call; default: as the "
        "standard OTEL_ variables say, else none.",
    )
    twilio_account_sid: str = Field(
        "", validation_alias=AliasChoices("TWILIO_ACCOUNT_SID", "twilio_account_sid")
    )
    twilio_auth_token: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("TWILIO_AUTH_TOKEN", "twilio_auth_token")
    )
    twilio_from_number: str = Field(
        "", validation_alias=AliasChoices("TWILIO_FROM_NUMBER", "twilio_from_number")
    )
    twilio_api_url: str = Field("", description="Another address for Twilio's REST API: local doubles.")

    @property
    def audio_dir(self) -> Path:
        """Where calls' recordings lie, a folder for each call."""
        return self.data_dir / "audio"

    @property
    def resolved_database_url(self) -> str:
        """The database URL with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'dialai.sqlite3'}"

    @property
    def region(self) -> str:
        """Where Transcribe and Polly are asked; empty when no region can be found."""
        return self.aws_region or find_account().region

    @property
    def prices(self) -> Prices:
        """The list prices that calls are reckoned by."""
        return Prices(
            self.price_stt_minute,
            self.price_tts_million,
            self.price_llm_input_million,
            self.price_llm_output_million,
            self.price_inbound_minute,
            self.price_outbound_minute,
        )

    def why(self, engine: str) -> str:
        """Return why `stt`, `llm` or `tts` is what it is, for a person."""
        if engine in self.model_fields_set:
            return f"as DIALAI_{engine.upper()} says"
        account = find_account()
        return account.missing or f"AWS credentials: {account.source}; region: {account.region}"


class BadSetting(ValueError):  # noqa: N818 - says what the setting is
    """A variable has a value that cannot be used; the message names it and says what would do."""


def read_settings() -> Settings:
    """Read the environment and `.env`, whose AWS_ variables join the environment. Raises BadSetting."""
    try:
        lend_dotenv(Path(".env"))
        return Settings()
    except UnicodeDecodeError:
        raise BadSetting(f"{Path('.env').absolute()} is not UTF-8: save it as UTF-8") from None
    except OSError as error:
        raise BadSetting(f"{error.filename or '.env'} cannot be read: {error.strerror}") from None
    except SettingsError as error:
        field = re.search('field "(\\w+)"', str(error))
        name = f"DIALAI_{field[1].upper()}" if field else "a setting"
        raise BadSetting(f'{name} cannot be used: write a JSON object, as in {{"NAME": "..."}}') from None
    except ValidationError as error:
        wrong = error.errors()[0]
        name = str(wrong["loc"][0]) if wrong["loc"] else "settings"
        variable = name if name.isupper() else f"DIALAI_{name.upper()}"
        why = wrong["msg"].removeprefix("Value error, ")
        raise BadSetting(
            f"{variable}={wrong['input']!r} cannot be used: {why[:1].lower()}{why[1:]}"
        ) from None
    except ValueError as error:  # the last: most errors above are of this kind
        raise BadSetting(str(error)) from None
