"""The examination says what works and what to do, a line each, and never more than a line."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import typer
from botocore.exceptions import SSLError
from typer.testing import CliRunner

from app.adapters.aws.errors import failure_of
from app.adapters.flow_folder import FlowFolder
from app.commands import doctor_house
from app.commands.doctor import _examine, doctor
from app.commands.doctor_aws import AwsExam
from app.commands.doctor_findings import Check, Finding, Mark, examine, ok
from app.commands.doctor_refusals import refused
from app.settings import Settings, read_settings
from tests.doubles.aws import AwsDouble, Service
from tests.doubles.aws.script import HttpError, Script
from tests.doubles.aws.transcribe_ws import TranscribeWebSocket

FLOWS = Path(__file__).parents[2] / "call_flows"
PATIENCE_S = 600
"""The double answers always: a busy machine may take its time."""

CHOSEN = ("DIALAI_STT", "DIALAI_LLM", "DIALAI_TTS")

app = typer.Typer()
app.command()(doctor)


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIALAI_FLOWS_DIR", str(FLOWS))


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


def examined(settings: Settings | None = None) -> dict[str, Finding]:
    found = asyncio.run(_examine(settings or read_settings(), free_port(), None))
    return {check.name: finding for check, finding in found}


def with_double(
    monkeypatch: pytest.MonkeyPatch, spoil: Callable[[AwsDouble], None] = lambda _: None
) -> dict[str, Finding]:
    """Examine an account that is the double's, after `spoil` did something to it."""

    async def run() -> dict[str, Finding]:
        async with AwsDouble(parts=[TranscribeWebSocket()]) as double:
            for name in CHOSEN:
                monkeypatch.delenv(name)
            for name, value in double.environment().items():
                monkeypatch.setenv(name, value)
            spoil(double)
            settings = read_settings()
            async with AwsExam(settings, FlowFolder(settings.flows_dir)) as exam:
                await exam.prepare()
                checks = [replace(check, deadline_s=PATIENCE_S) for check in exam.checks()]
                return {check.name: finding async for check, finding in examine(checks)}

    return asyncio.run(run())


def failures(found: dict[str, Finding]) -> dict[str, Finding]:
    return {name: finding for name, finding in found.items() if finding.mark is Mark.FAILED}


AWS = ("Transcribe port", "Transcribe", "Polly", "Polly voices", "Bedrock reply", "Bedrock extract")


def test_a_house_without_accounts_is_well_and_says_what_is_not_configured() -> None:
    found = examined()
    assert failures(found) == {}
    assert {found[name].mark for name in (*AWS, "AWS credentials", "AWS region", "Twilio account")} == {
        Mark.IDLE
    }
    assert found["AWS credentials"].says == (
        "no AWS credentials in the environment, in .env or in ~/.aws; "
        "an EC2 instance's role is looked for once an engine is set to aws"
    )
    assert {found[name].mark for name in ("flows", "call log", "offline voice", "port")} == {Mark.OK}


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
    found = with_double(monkeypatch, lambda _: monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not it"))
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


def test_a_region_that_is_none_is_the_one_line_of_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1#x")
    told = CliRunner().invoke(app, [])
    assert told.exit_code == 2
    assert told.output.splitlines() == [
        "dialai: AWS_REGION='us-east-1#x' cannot be used: write a region of AWS by its name, as in us-east-1"
    ]


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


def test_a_voice_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "a.yaml").write_text(
        "flow: a\nlanguages: {en: {locale: en-US, voice: Nobody}}\nsteps:\n  - {end: completed, prompt: A}\n"
    )
    monkeypatch.setenv("DIALAI_FLOWS_DIR", str(tmp_path / "flows"))
    monkeypatch.setenv("DIALAI_DEFAULT_FLOW", "a")
    failed = failures(with_double(monkeypatch))
    assert failed["Polly voices"].says == "Nobody for en-US is not in this region"


def test_a_check_that_hangs_or_breaks_is_a_line_like_any_other() -> None:
    async def hangs() -> Finding:
        await asyncio.Event().wait()
        return ok("never")

    async def breaks() -> Finding:
        raise RuntimeError("two\nlines")

    async def works() -> Finding:
        return ok("well")

    async def run() -> list[Finding]:
        checks = [Check("a", hangs, 0), Check("b", breaks), Check("c", works)]
        return [finding async for _, finding in examine(checks)]

    hung, broke, well = asyncio.run(run())
    assert (hung.mark, broke.mark, well) == (Mark.FAILED, Mark.FAILED, ok("well"))
    assert hung.says == "no answer within 0 s"
    assert broke.says == "this check broke: RuntimeError"


@contextmanager
def twilio(status: int, body: dict[str, object]) -> Iterator[str]:
    """A Twilio that answers everything so; gives its address."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


SID = "AC" + "1" * 32


@pytest.mark.parametrize(
    ("status", "body", "mark", "says"),
    [
        (200, {"sid": SID, "status": "active"}, Mark.OK, "the account is active"),
        (200, {"sid": SID, "status": "suspended"}, Mark.FAILED, "the account is suspended"),
        (
            401,
            {"code": 20003, "message": "Authenticate", "status": 401},
            Mark.FAILED,
            "account SID or the auth",
        ),
    ],
)
def test_twilios_own_word_on_the_account_counts(
    monkeypatch: pytest.MonkeyPatch, status: int, body: dict[str, object], mark: Mark, says: str
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "token")
    monkeypatch.setenv("TWILIO_FROM_NUMBER", "+15550100000")
    monkeypatch.setenv("DIALAI_PUBLIC_URL", "https://dialai.example.com")
    with twilio(status, body) as url:
        monkeypatch.setenv("DIALAI_TWILIO_API_URL", url)
        found = examined()
    assert found["Twilio account"].mark is mark
    assert says in found["Twilio account"].says
    assert found["public address"].mark is Mark.OK


@pytest.mark.parametrize(("given", "missing"), [("SID", "AUTH_TOKEN"), ("TOKEN", "ACCOUNT_SID")])
def test_half_a_twilio_account_is_named(monkeypatch: pytest.MonkeyPatch, given: str, missing: str) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID" if given == "SID" else "TWILIO_AUTH_TOKEN", "x")
    assert examined()["Twilio account"].says == f"TWILIO_{missing} is missing"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://dialai.example.com", "is not https://"),
        ("https://localhost", "of this network only"),
        ("https://192.168.1.7", "of this network only"),
        ("https://printer.local", "of this network only"),
    ],
)
def test_an_address_that_twilio_cannot_use_is_told(url: str, says: str) -> None:
    found = asyncio.run(doctor_house._public_url(Settings(public_url=url)))
    assert found.mark is Mark.FAILED
    assert says in found.says


def test_real_calls_without_a_public_address_fail() -> None:
    found = asyncio.run(doctor_house._public_url(Settings(twilio_account_sid=SID)))
    assert found.mark is Mark.FAILED


def test_a_call_log_that_cannot_be_written_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DIALAI_DATA_DIR", str(tmp_path / "file"))
    assert "call log" in failures(examined())


def test_a_call_log_that_a_server_holds_is_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "d")
    with closing(doctor_house.Database.serve(settings.resolved_database_url)):
        found = doctor_house._call_log(settings)
    assert found.mark is Mark.OK
    assert "a running server has it open" in found.says


def test_a_port_in_use_is_a_note() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        found = asyncio.run(doctor_house._port(other.getsockname()[1]))
    assert found.mark is Mark.NOTE


def test_flows_that_cannot_be_used_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIALAI_FLOWS_DIR", str(tmp_path))
    found = examined()
    assert "no usable flow" in found["flows"].says


def test_the_command_prints_a_line_for_each_check_and_fails_when_one_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    port = str(free_port())
    well = CliRunner().invoke(app, ["--port", port])
    assert well.exit_code == 0
    assert "offline voice    ok: " in well.stdout
    assert all(len(line.split(": ")) > 1 for line in well.stdout.splitlines())
    monkeypatch.setenv("DIALAI_FLOWS_DIR", str(tmp_path / "none"))
    ill = CliRunner().invoke(app, ["--port", port, "--json"])
    assert ill.exit_code == 1
    told = json.loads(ill.stdout)
    assert told["ok"] is False
    assert {line["check"] for line in told["checks"] if line["mark"] == "failed"} == {"flows"}


def test_a_setting_that_cannot_be_used_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALAI_MAX_CALLS", "many")
    done = CliRunner().invoke(app, [])
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1


def test_the_extraction_is_tried_as_calls_ask_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict] = []
    with_double(monkeypatch, lambda double: asked.append({"all": double.requests}))
    forms = [request.body for request in asked[0]["all"] if request.operation == "Converse"]
    assert [len(form["toolConfig"]["tools"]) for form in forms] == [1, 1]


def test_a_region_that_is_missing_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CHOSEN:
        monkeypatch.setenv(name, "aws")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    found = examined()["AWS credentials"]
    assert f"{found.says} {found.todo}".count("AWS_REGION") <= 2
    assert "AWS_REGION" not in found.says


def test_an_untrusted_certificate_says_what_to_set() -> None:
    found = refused(
        failure_of(SSLError(endpoint_url="https://x", error="self-signed")), "polly:SynthesizeSpeech"
    )
    assert (found.mark, found.says) == (Mark.FAILED, "the certificate is not trusted")
    assert "AWS_CA_BUNDLE" in found.todo
