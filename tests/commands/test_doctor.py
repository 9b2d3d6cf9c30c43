"""The examination says what works and what to do, a line each, and never more than a line."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from app.commands import doctor_house
from app.commands.doctor import _examine, doctor
from app.commands.doctor_findings import Check, Finding, Mark, examine, failed, ok
from app.settings import Settings, read_settings
from tests.commands.examining import AWS, CHOSEN, failures, free_port

FLOWS = Path(__file__).parents[2] / "call_flows"
app = typer.Typer()
app.command()(doctor)


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIALAI_FLOWS_DIR", str(FLOWS))


def examined(settings: Settings | None = None) -> dict[str, Finding]:
    found = asyncio.run(_examine(settings or read_settings(), free_port(), None))
    return {check.name: finding for check, finding in found}


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


def test_a_region_that_is_none_is_the_one_line_of_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1#x")
    told = CliRunner().invoke(app, [])
    assert told.exit_code == 2
    assert told.output.splitlines() == [
        "dialai: AWS_REGION='us-east-1#x' cannot be used: write a region of AWS by its name, as in us-east-1"
    ]


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


def test_what_was_late_is_looked_at_once_more() -> None:
    looks: list[str] = []

    def late(name: str, *, times: int) -> Check:
        async def look() -> Finding:
            looks.append(name)
            return failed("no answer", "wait", is_late=True) if looks.count(name) <= times else ok("well")

        return Check(name, look)

    async def run() -> list[Mark]:
        checks = [late("once", times=1), late("always", times=9), late("never", times=0)]
        return [finding.mark async for _, finding in examine(checks)]

    assert asyncio.run(run()) == [Mark.OK, Mark.FAILED, Mark.OK]
    assert sorted(looks) == ["always", "always", "never", "once", "once"]


def test_checks_do_not_make_each_other_late() -> None:
    under_way: set[int] = set()
    most: list[int] = []

    def check(number: int) -> Check:
        async def look() -> Finding:
            under_way.add(number)
            most.append(len(under_way))
            for _ in range(3):
                await asyncio.sleep(0)
            under_way.remove(number)
            return ok("well")

        return Check(str(number), look)

    async def run() -> list[str]:
        return [check.name async for check, _ in examine([check(number) for number in range(9)])]

    assert asyncio.run(run()) == [str(number) for number in range(9)]
    assert max(most) == 2


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


def test_a_region_that_is_missing_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CHOSEN:
        monkeypatch.setenv(name, "aws")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    found = examined()["AWS credentials"]
    assert f"{found.says} {found.todo}".count("AWS_REGION") <= 2
    assert "AWS_REGION" not in found.says
