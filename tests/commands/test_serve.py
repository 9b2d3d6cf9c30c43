"""A server that cannot run says why in one line, and leaves everything as it was."""

import contextlib
import logging
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
import typer
from typer.testing import CliRunner

from app.adapters.store.database import Database
from app.commands.serve import serve

FLOWS = Path(__file__).parents[2] / "call_flows"

app = typer.Typer()
app.command()(serve)


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    settings = {"FLOWS_DIR": FLOWS, "DATA_DIR": tmp_path / "data", "STT": "timed", "TTS": "timed", "DEV": 1}
    for name, value in settings.items():
        monkeypatch.setenv(f"DIALAI_{name}", str(value))
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


def refused(*arguments: str) -> str:
    """Start the server, which must refuse; return its one line."""
    done = CliRunner().invoke(app, [*(arguments or ("--port", "0"))])
    assert done.exit_code == 2
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line.removeprefix("dialai: ")


def test_a_setting_that_cannot_be_used_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALAI_MAX_CALLS", "abc")
    assert refused().startswith("DIALAI_MAX_CALLS='abc' cannot be used: ")


def test_a_port_in_use_is_one_line_and_the_log_is_not_touched(tmp_path: Path) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = str(other.getsockname()[1])
        line = refused("--port", port)
    assert line == (
        f"cannot listen on 127.0.0.1:{port}: Address already in use; stop the other program or use --port"
    )
    assert not (tmp_path / "data").exists()


def test_an_address_of_another_machine_is_one_line() -> None:
    assert refused("--host", "192.0.2.1").endswith("; name an address of this machine by --host")


def test_without_a_token_nobody_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIALAI_DEV")
    assert refused().endswith("set it, or DIALAI_DEV=1 for trials on this machine")


def test_development_mode_does_not_count_where_others_can_reach_us() -> None:
    line = refused("--host", "0.0.0.0", "--port", "0")  # noqa: S104 - the very case
    assert line.startswith("no TWILIO_AUTH_TOKEN: ")
    assert "listen on 127.0.0.1, where DIALAI_DEV counts" in line


@pytest.mark.parametrize("engine", ["STT", "LLM", "TTS"])
def test_aws_without_a_region_is_one_line(monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    monkeypatch.setenv(f"DIALAI_{engine}", "aws")
    assert refused() == "the engine `aws` needs a region: set AWS_REGION, in the environment or in .env"


def test_a_profiles_region_that_is_none_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text(
        "[default]\nregion=us-east-1#x\naws_access_key_id=AK\naws_secret_access_key=s\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("DIALAI_STT", "aws")
    assert refused().endswith(
        "region='us-east-1#x' of the profile: write a region of AWS by its name, as in us-east-1)"
    )


@pytest.mark.parametrize(
    ("config", "named", "says"),
    [
        ("", {"AWS_PROFILE": "nope"}, "AWS_PROFILE names the profile nope, which is not in ~/.aws; correct"),
        ("not [ ini", {}, "config cannot be read as AWS's settings; correct that file"),
        ("", {"AWS_SECRET_ACCESS_KEY": ""}, "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY; set"),
    ],
)
def test_an_account_that_aws_clients_trip_over_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str, named: dict[str, str], says: str
) -> None:
    (tmp_path / "config").write_text(config)
    keys = {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "us-east-1"}
    chosen = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "DIALAI_LLM": "aws"}
    for name, value in (keys | chosen | named).items():
        monkeypatch.setenv(name, value)
    line = refused()
    assert line.startswith("the engine `aws` cannot be used: ")
    assert says in line


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "DIALAI_DATABASE_URL is no database address: "),
        ("sqlite://", "a call log in memory would not survive the call: "),
        ("oracle://somewhere/else", "oracle"),
    ],
)
def test_a_call_log_that_cannot_be_is_one_line(monkeypatch: pytest.MonkeyPatch, url: str, says: str) -> None:
    monkeypatch.setenv("DIALAI_DATABASE_URL", url)
    assert refused().startswith(says)


def test_a_data_directory_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file is in the way")
    assert refused() == (
        f"the data directory {tmp_path / 'data'} cannot be written (File exists): give this user the right "
        "to, or set DIALAI_DATA_DIR"
    )


def test_a_second_server_on_the_same_log_is_one_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'data' / 'dialai.sqlite3'}"
    with contextlib.closing(Database.serve(url)):
        assert refused().startswith(f"another server already uses {tmp_path / 'data' / 'dialai.sqlite3'}")


def test_a_log_of_a_newer_version_is_one_line_and_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "data" / "dialai.sqlite3"
    Database.serve(f"sqlite:///{file}").close()
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = file.read_bytes()
    assert " was written by a newer DialAI (revision 9999, " in refused()
    assert file.read_bytes() == before
