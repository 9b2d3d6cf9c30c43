"""A setting that cannot be used is one line with its name; the rest is taken as it is written."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.aws.account import find_account
from app.domain.cost import Prices
from app.main.misspelt import misspelt
from app.settings import BadSetting, EngineKind, read_settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for name in ("DIALAI_STT", "DIALAI_LLM", "DIALAI_TTS"):
        monkeypatch.delenv(name)
    before = dict(os.environ)
    yield
    # What a `.env` lent to the environment is taken back.
    for name in os.environ.keys() - before.keys():
        del os.environ[name]


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("DIALAI_MAX_CALLS", "abc", "valid integer"),
        ("DIALAI_MAX_CALLS", "0", "greater than or equal to 1"),
        ("DIALAI_STT", "foo", "'offline', 'aws' or 'timed'"),
        ("DIALAI_TRANSCRIBE_TRANSPORT", "carrier pigeon", "'websocket' or 'http2'"),
        ("DIALAI_POLLY_ENGINE", "steam", "match"),
        ("DIALAI_BEDROCK_TEMPERATURE", "2", "less than or equal to 1"),
        ("DIALAI_AWS_ENDPOINT_URL", "nonsense", "as in https://dialai.example.com"),
        ("DIALAI_DEV", "perhaps", "valid boolean"),
        ("DIALAI_PUBLIC_URL", "nonsense", "as in https://dialai.example.com"),
        ("DIALAI_PUBLIC_URL", "https://", "as in https://dialai.example.com"),
        ("DIALAI_PUBLIC_URL", "https://a b", "as in https://dialai.example.com"),
        ("DIALAI_PUBLIC_URL", "https://a.example/?x=1", "as in https://dialai.example.com"),
        ("DIALAI_PUBLIC_URL", "ftp://a.example", "as in https://dialai.example.com"),
        ("DIALAI_PUBLIC_URL", "https://a.example:port", "cannot be used"),
        ("AWS_REGION", "us-east-1#x", "as in us-east-1"),
        ("AWS_REGION", "[x", "as in us-east-1"),
        ("AWS_REGION", "a" * 70, "as in us-east-1"),
        ("AWS_REGION", "us-east-1 ", "as in us-east-1"),
        ("DIALAI_BEDROCK_REGION", "us-east-1/x", "as in us-east-1"),
        ("DIALAI_BEDROCK_FALLBACK_REGION", "US-EAST-1", "as in us-east-1"),
        ("DIALAI_POLLY_FALLBACK_REGION", "useast1", "as in us-east-1"),
        ("DIALAI_TTS_FIRST_SECONDS", "inf", "less than or equal to 3600"),
        ("DIALAI_CONNECT_SECONDS", "nan", "less than or equal to 3600"),
        ("DIALAI_LLM_TOTAL_SECONDS", "-1", "greater than 0"),
        ("DIALAI_STT_FIRST_SECONDS", "0", "greater than 0"),
        ("DIALAI_ALLOWED_PREFIXES", "1,44", "as in +1,+44"),
        ("DIALAI_ALLOWED_PREFIXES", "+", "as in +1,+44"),
    ],
)
def test_a_value_that_cannot_be_used_is_one_line_with_its_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSetting) as refused:
        read_settings()
    line = str(refused.value)
    assert line.startswith(f"{variable}='{value}' cannot be used: ")
    assert says in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "url", ["", "https://a.example", "https://a.example:8443/dial/", "http://127.0.0.1:8000"]
)
def test_an_address_that_can_be_reached_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DIALAI_PUBLIC_URL", url)
    assert read_settings().public_url == url


@pytest.mark.parametrize(
    "region", ["us-east-1", "ap-southeast-5", "us-gov-west-1", "cn-north-1", "eusc-de-east-1"]
)
def test_a_region_that_aws_has_is_taken(monkeypatch: pytest.MonkeyPatch, region: str) -> None:
    monkeypatch.setenv("AWS_REGION", region)
    assert read_settings().region == region


def test_no_prefix_at_all_is_a_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALAI_ALLOWED_PREFIXES", "")
    assert read_settings().allowed_prefixes == ""


def test_a_dotenv_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(
        "DIALAI_MAX_CALLS=7\nDIALAI_STT=timed\nTWILIO_AUTH_TOKEN=t\nUNRELATED=1\n", "utf-8"
    )
    monkeypatch.setenv("DIALAI_MAX_CALLS", "9")
    settings = read_settings()
    assert (settings.max_calls, settings.stt) == (9, EngineKind.TIMED)
    assert settings.twilio_auth_token.get_secret_value() == "t"


def test_a_dotenv_that_is_no_text_is_one_line() -> None:
    Path(".env").write_bytes(b"\xff\xfe\x00DIALAI_STT=\x80")
    with pytest.raises(BadSetting, match=r"\.env is not UTF-8"):
        read_settings()


def test_a_dotenv_with_a_nul_is_one_line_with_its_place() -> None:
    Path(".env").write_bytes(b"DIALAI_MAX_CALLS=7\nAWS_ACCESS_KEY_ID=AKIA\x00s3cret\n")
    with pytest.raises(BadSetting, match=r"^line 2 of /\S+/\.env holds a NUL: save the file as UTF-8 text$"):
        read_settings()


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
@pytest.mark.parametrize("tail", ["\r\n", " ", "\u00e9"])
def test_a_key_with_something_at_its_end_is_told_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, tail: str
) -> None:
    for each in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(each, "s3cret" + (tail if each == name else ""))
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    account = find_account()
    assert (account.is_complete, name in account.missing, name in account.todo) == (False, True, True)
    assert "s3cret" not in account.missing
    assert read_settings().stt is EngineKind.OFFLINE


def test_a_name_that_nobody_reads_is_told_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALAI_LMM", "s3cret")
    known = "DIALAI_STT=offline\nAWS_REGION=us-east-1\nAWS_CA_BUNDLE=/ca\nTWILIO_AUTH_TOKEN=t\nPATH=/\n"
    Path(".env").write_text(
        known + "DIALAI_STTT=aws\nAWS_ACCES_KEY_ID=s3cret\nDIALAI_QQQQQQQQQQ=1\n", "utf-8"
    )
    assert misspelt() == [
        "DIALAI_LMM in the environment is no setting; did you mean DIALAI_LLM?",
        "DIALAI_STTT in .env is no setting; did you mean DIALAI_STT?",
        "DIALAI_QQQQQQQQQQ in .env is no setting",
        "AWS_ACCES_KEY_ID in .env is no setting; did you mean AWS_ACCESS_KEY_ID?",
    ]


def test_a_dotenv_that_is_a_directory_is_one_line() -> None:
    Path(".env").mkdir()
    with pytest.raises(BadSetting, match=r"^/\S+/\.env cannot be read: it is a directory$"):
        read_settings()


def test_a_line_of_a_dotenv_that_is_none_is_named_without_what_it_holds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Path(".env").write_text("DIALAI_MAX_CALLS=7\n= s3cret\n", "utf-8")
    with pytest.raises(BadSetting, match=r"^line 2 of /\S+/\.env cannot be read: write NAME=value$"):
        read_settings()
    assert caplog.records == []


def test_webhook_secrets_that_are_no_json_are_one_line_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALAI_WEBHOOK_SECRETS", "{'CRM': s3cret")
    with pytest.raises(BadSetting) as refused:
        read_settings()
    assert str(refused.value) == (
        'DIALAI_WEBHOOK_SECRETS cannot be used: write a JSON object, as in {"NAME": "..."}'
    )


def test_a_credentials_file_of_a_user_who_does_not_exist_is_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "~nosuchuser/x")
    assert engines() == {EngineKind.OFFLINE}


def engines() -> set[EngineKind]:
    settings = read_settings()
    return {settings.stt, settings.llm, settings.tts}


def test_without_an_account_the_engines_are_offline_and_say_why() -> None:
    settings = read_settings()
    assert engines() == {EngineKind.OFFLINE}
    assert settings.why("stt") == "no AWS credentials in the environment, in .env or in ~/.aws"


def test_an_account_in_a_dotenv_chooses_aws_and_is_where_aws_clients_look() -> None:
    Path(".env").write_text("AWS_ACCESS_KEY_ID=AK\nAWS_SECRET_ACCESS_KEY=s\nAWS_REGION=eu-west-1\n", "utf-8")
    assert engines() == {EngineKind.AWS}
    assert os.environ["AWS_SECRET_ACCESS_KEY"] == "s"
    settings = read_settings()
    assert settings.region == "eu-west-1"
    assert settings.why("tts") == "AWS credentials: AWS_ACCESS_KEY_ID; region: eu-west-1"


def test_a_chosen_engine_stays_chosen_beside_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("AWS_ACCESS_KEY_ID=AK\nAWS_SECRET_ACCESS_KEY=s\nAWS_REGION=eu-west-1\n", "utf-8")
    monkeypatch.setenv("DIALAI_LLM", "timed")
    settings = read_settings()
    assert (settings.stt, settings.llm) == (EngineKind.AWS, EngineKind.TIMED)
    assert settings.why("llm") == "as DIALAI_LLM says"


def test_credentials_without_a_region_leave_the_engines_offline_and_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert engines() == {EngineKind.OFFLINE}
    assert read_settings().why("llm") == "AWS credentials, but no region: set AWS_REGION"


def test_every_price_reaches_the_reckoning(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("STT_MINUTE", "TTS_MILLION", "LLM_INPUT_MILLION", "LLM_OUTPUT_MILLION", "INBOUND_MINUTE")
    for number, name in enumerate((*names, "OUTBOUND_MINUTE"), 1):
        monkeypatch.setenv(f"DIALAI_PRICE_{name}", str(number))
    assert read_settings().prices == Prices(1, 2, 3, 4, 5, 6)
