"""Every setting of the program, read once from the environment and `.env`; nobody below imports this."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class EngineKind(StrEnum):
    """Which engine hears or speaks."""

    OFFLINE = "offline"
    AWS = "aws"
    TIMED = "timed"


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    has_more = parts.query or parts.fragment or parts.username or re.search(r"[\s\x00-\x1f]", url)
    # `.port` raises ValueError for one that is no number.
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.port == 0 or has_more:
        raise ValueError("write https:// and the host, as in https://dialai.example.com")
    return url


def _prefixes(text: str) -> str:
    if not all(
        re.fullmatch(r"\+[1-9]\d{0,14}", prefix.strip()) for prefix in text.split(",") if prefix.strip()
    ):
        raise ValueError("write each with its plus, separated by commas, as in +1,+44")
    return text


class Settings(BaseSettings):
    """One frozen value that `create_app` and the commands hand down."""

    model_config = SettingsConfigDict(
        env_prefix="DIALAI_", env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    public_url: Annotated[str, AfterValidator(lambda url: url and _web_address(url))] = Field(
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
    stt: EngineKind = Field(EngineKind.OFFLINE, description="What hears: offline or timed.")
    tts: EngineKind = Field(EngineKind.OFFLINE, description="What speaks: offline or timed.")
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
    allowed_prefixes: Annotated[str, AfterValidator(_prefixes)] = Field(
        "+1", description="Country prefixes that may be dialled, separated by commas."
    )
    log_json: bool | None = Field(
        None, description="JSON log lines; default: only when standard output is no terminal."
    )
    timed_stt_final_ms: int = Field(
        200, ge=0, description="Engine timed: final transcript after the end of speech."
    )
    timed_stt_text: str = Field("yes", description="Engine timed: the words it hears.")
    timed_tts_first_ms: int = Field(150, ge=0, description="Engine timed: time to the first audio.")
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


class BadSetting(ValueError):  # noqa: N818 - says what the setting is
    """A variable has a value that cannot be used; the message names it and says what would do."""


def read_settings() -> Settings:
    """Read the environment and `.env`. Raises BadSetting."""
    try:
        return Settings()
    except UnicodeDecodeError:
        raise BadSetting(f"{Path('.env').absolute()} is not UTF-8: save it as UTF-8") from None
    except OSError as error:
        raise BadSetting(f"{error.filename or '.env'} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        wrong = error.errors()[0]
        name = str(wrong["loc"][0]) if wrong["loc"] else "settings"
        variable = name if name.isupper() else f"DIALAI_{name.upper()}"
        why = wrong["msg"].removeprefix("Value error, ")
        raise BadSetting(
            f"{variable}={wrong['input']!r} cannot be used: {why[:1].lower()}{why[1:]}"
        ) from None
