"""The examination of AWS asks for what calls ask for, and tells what each refusal means."""

from pathlib import Path

import pytest
from botocore.exceptions import SSLError

from app.adapters.aws.errors import failure_of
from app.commands.doctor_findings import Mark
from app.commands.doctor_refusals import refused
from app.settings import Settings
from tests.commands.examining import AWS, failures, free_port, with_double
from tests.doubles.aws import AwsDouble, Service
from tests.doubles.aws.brain import Say
from tests.doubles.aws.script import (
    BodyDrop,
    CleanEndWithoutMessageStop,
    Fault,
    HttpError,
    InStreamException,
    Script,
)

FLOWS = Path(__file__).parents[2] / "call_flows"


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIALAI_FLOWS_DIR", str(FLOWS))


def test_an_account_that_may_everything_passes_every_check(monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_double(monkeypatch)
    assert failures(found) == {}
    assert found["AWS credentials"].says.startswith("AWS_ACCESS_KEY_ID: arn:aws:iam::")
    assert {finding.mark for finding in found.values()} == {Mark.OK}
    assert all(found[name].took_ms is not None for name in AWS if name != "Polly voices")


def test_the_region_where_polly_is_turned_to_is_tried_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALAI_POLLY_FALLBACK_REGION", "us-west-2")
    found = with_double(monkeypatch)
    assert found["Polly us-west-2"].mark is Mark.OK
    assert found["Polly us-west-2"].took_ms is not None


@pytest.mark.parametrize(
    ("action", "check"),
    [
        ("transcribe:StartStreamTranscriptionWebSocket", "Transcribe"),
        ("polly:SynthesizeSpeech", "Polly"),
        ("bedrock:InvokeModel", "Bedrock extract"),
        ("bedrock:InvokeModelWithResponseStream", "Bedrock reply"),
    ],
)
def test_a_permission_that_is_missing_is_named_with_what_to_attach(
    monkeypatch: pytest.MonkeyPatch, action: str, check: str
) -> None:
    found = with_double(monkeypatch, lambda double: double.account.denied.add(action))
    failed = failures(found)
    assert set(failed) == {check, check.replace("Bedrock", "fallback")}
    assert f"allow {action}" in failed[check].todo
    assert "infra/iam-policy.json" in failed[check].todo


def test_voices_that_may_not_be_listed_fail_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_double(monkeypatch, lambda double: double.account.denied.add("polly:DescribeVoices"))
    assert failures(found) == {}
    assert found["Polly voices"].mark is Mark.NOTE
    assert "polly:DescribeVoices" in found["Polly voices"].todo


def test_a_model_without_access_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Settings().bedrock_model
    found = with_double(
        monkeypatch, lambda double: double.account.locked_models.update((model, model.partition(".")[2]))
    )
    assert set(failures(found)) == {"Bedrock reply", "Bedrock extract"}
    assert model in found["Bedrock reply"].says
    assert "access to the model" in found["Bedrock reply"].todo


def test_a_model_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALAI_BEDROCK_MODEL", "us.meta.llama9-900b-instruct-v1:0")
    failed = failures(with_double(monkeypatch))
    assert set(failed) == {"Bedrock reply", "Bedrock extract"}
    assert "DIALAI_BEDROCK_MODEL" in failed["Bedrock extract"].todo


def test_a_wrong_secret_is_told_as_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_double(monkeypatch, lambda _: monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-it"))
    assert "the secret does not belong to the access key" in found["AWS credentials"].todo
    assert {"AWS credentials", "Transcribe", "Polly", "Bedrock reply"} <= failures(found).keys()


def test_credentials_that_cannot_be_had_are_the_one_thing_that_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[default]\ncredential_process = /bin/false\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    def spoil(_: AwsDouble) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)

    found = with_double(monkeypatch, spoil)
    assert set(failures(found)) == {"AWS credentials"}
    assert found["AWS credentials"].says == (
        "no usable AWS credentials (profile default (credential_process))"
    )
    assert {found[name].says for name in AWS} == {"not asked: see AWS credentials"}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"AWS_PROFILE": "nope"}, "AWS_PROFILE names the profile nope, which is not in ~/.aws"),
        ({"AWS_ACCESS_KEY_ID": ""}, "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"),
        (
            {"AWS_SESSION_TOKEN": "token\r\n"},
            "AWS_SESSION_TOKEN holds a blank, a line break or a sign that no key has",
        ),
    ],
)
def test_an_account_that_is_there_and_cannot_be_used_fails(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], says: str
) -> None:
    def spoil(_: AwsDouble) -> None:
        for name, value in changed.items():
            monkeypatch.setenv(name, value)

    found = with_double(monkeypatch, spoil)
    assert set(failures(found)) == {"AWS credentials"}
    assert found["AWS credentials"].says == says
    assert next(iter(changed)).removesuffix("_ID") in found["AWS credentials"].todo


def test_a_region_that_does_not_exist_is_the_one_thing_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_double(monkeypatch, lambda _: monkeypatch.setenv("AWS_REGION", "us-esat-1"))
    assert set(failures(found)) == {"AWS region"}
    assert "us-esat-1" in found["AWS region"].says
    assert {found[name].mark for name in (*AWS, "AWS credentials")} == {Mark.IDLE}
    assert found["Polly"].says == "not asked: see AWS region"


def test_a_port_that_nobody_listens_on_is_told_apart_from_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = f"wss://127.0.0.1:{free_port()}"
    found = with_double(monkeypatch, lambda _: monkeypatch.setenv("DIALAI_TRANSCRIBE_ENDPOINT_URL", closed))
    assert set(failures(found)) == {"Transcribe port", "Transcribe"}
    assert closed.removeprefix("wss://") in found["Transcribe port"].says
    assert "to the outside" in found["Transcribe port"].todo


def test_a_service_that_is_out_of_order_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    down = Script(fault=HttpError(503, "ServiceUnavailableException"))
    found = with_double(monkeypatch, lambda double: double.scripts.always(Service.POLLY, down))
    assert set(failures(found)) == {"Polly"}
    assert found["Polly"].says == "ServiceUnavailableException"


@pytest.mark.parametrize("transport", ["websocket", "http2"])
def test_a_stream_that_is_refused_once_it_is_open_fails(
    monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    no_vocabulary = InStreamException("BadRequestException", "The requested vocabulary couldn't be found.")

    def spoil(double: AwsDouble) -> None:
        double.scripts.always(Service.TRANSCRIBE, Script(fault=no_vocabulary))

    found = with_double(monkeypatch, spoil, transport)
    assert set(failures(found)) == {"Transcribe"}
    assert found["Transcribe"].says == "no stream for en-US: BadRequestException"
    assert "vocabulary" in found["Transcribe"].todo


@pytest.mark.parametrize("transport", ["websocket", "http2"])
def test_a_vocabulary_that_is_not_there_fails(monkeypatch: pytest.MonkeyPatch, transport: str) -> None:
    monkeypatch.setenv("DIALAI_TRANSCRIBE_VOCABULARY", "nope")
    found = with_double(monkeypatch, transport=transport)
    assert set(failures(found)) == {"Transcribe"}
    assert "nope" in found["Transcribe"].says


def test_streams_that_end_when_they_are_asked_to_are_well_by_http2(monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_double(monkeypatch, transport="http2")
    assert failures(found) == {}
    assert found["Transcribe"].says == "streams open by http2: en-US, es-US"


def test_a_voice_whose_sound_breaks_off_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    dropped = Script(fault=BodyDrop(after=0))
    found = with_double(monkeypatch, lambda double: double.scripts.always(Service.POLLY, dropped))
    assert found["Polly"].mark is Mark.FAILED
    assert found["Polly"].says == "the connection broke midway"


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (CleanEndWithoutMessageStop(after=0), "its stream breaks off before the end"),
        (CleanEndWithoutMessageStop(), "its stream breaks off before the end"),
        (InStreamException("modelStreamErrorException", "broken"), "modelStreamErrorException"),
    ],
)
def test_a_model_whose_stream_breaks_off_fails(
    monkeypatch: pytest.MonkeyPatch, fault: Fault, says: str
) -> None:
    def spoil(double: AwsDouble) -> None:
        double.scripts.always(
            Service.BEDROCK, Script(fault=fault), where=lambda asked: asked.operation == "ConverseStream"
        )

    found = with_double(monkeypatch, spoil)
    assert set(failures(found)) == {"Bedrock reply", "fallback reply"}
    assert says in found["Bedrock reply"].says


@pytest.mark.parametrize(
    ("stop", "says"),
    [
        ("guardrail_intervened", "kept from speaking (guardrail_intervened)"),
        ("malformed_tool_use", "says nothing"),
        ("model_context_window_exceeded", "kept from speaking (model_context_window_exceeded)"),
    ],
)
def test_a_model_that_says_nothing_fails(monkeypatch: pytest.MonkeyPatch, stop: str, says: str) -> None:
    def spoil(double: AwsDouble) -> None:
        double.account.brain = lambda _: Say("", stop_reason=stop)

    found = with_double(monkeypatch, spoil)
    assert {"Bedrock reply", "fallback reply"} <= failures(found).keys()
    assert says in found["Bedrock reply"].says


def test_a_guardrail_that_does_not_exist_is_not_taken_for_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALAI_BEDROCK_GUARDRAIL", "nope")
    failed = failures(with_double(monkeypatch))
    assert set(failed) == {"Bedrock reply", "Bedrock extract", "fallback reply", "fallback extract"}
    for finding in failed.values():
        assert "DIALAI_BEDROCK_GUARDRAIL" in finding.todo
        assert "MODEL" not in finding.todo


def test_a_fallback_model_that_does_not_exist_is_named_by_its_own_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DIALAI_BEDROCK_FALLBACK_MODEL", "us.meta.llama9-900b-instruct-v1:0")
    failed = failures(with_double(monkeypatch))
    assert set(failed) == {"fallback reply", "fallback extract"}
    for finding in failed.values():
        assert finding.todo == (
            "set DIALAI_BEDROCK_FALLBACK_MODEL to one of this region, or DIALAI_BEDROCK_FALLBACK_REGION"
        )


def test_a_voice_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "a.yaml").write_text(
        "flow: a\nlanguages: {en: {locale: en-US, voice: Nobody}}\nsteps:\n  - {end: completed, prompt: A}\n"
    )
    monkeypatch.setenv("DIALAI_FLOWS_DIR", str(tmp_path / "flows"))
    monkeypatch.setenv("DIALAI_DEFAULT_FLOW", "a")
    failed = failures(with_double(monkeypatch))
    assert failed["Polly voices"].says == "Nobody for en-US is not in this region"


def test_the_extraction_is_tried_as_calls_ask_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict] = []
    with_double(monkeypatch, lambda double: asked.append({"all": double.requests}))
    forms = [request.body for request in asked[0]["all"] if request.operation == "Converse"]
    assert [len(form["toolConfig"]["tools"]) for form in forms] == [1, 1]


def test_an_untrusted_certificate_says_what_to_set() -> None:
    found = refused(
        failure_of(SSLError(endpoint_url="https://x", error="self-signed")), "polly:SynthesizeSpeech"
    )
    assert (found.mark, found.says) == (Mark.FAILED, "the certificate is not trusted")
    assert "AWS_CA_BUNDLE" in found.todo
