"""`dialai optouts`, `callbacks`, `quotas`, `calls prune`, `calls delete --number`, on a log of real calls."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from app.adapters.store.access import AccessBook
from app.adapters.store.database import Database
from app.adapters.store.errands import SqlErrands
from app.adapters.store.log import SqlCallLog
from app.adapters.store.sealing import Vault
from app.commands.callbacks import callbacks
from app.commands.calls import calls
from app.commands.optouts import optouts
from app.commands.quotas import quotas
from app.domain.call import CallId, Disposition
from app.domain.errands import Cell, KeepCallback, OptOut, ReserveQuota
from app.session.clock import utc_now
from tests.adapters.store.helpers import FLOW, Wall, info, url_of, with_log

NUMBER = "+15550100"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIALAI_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DIALAI_DATABASE_URL", url_of(tmp_path))
    wall = Wall()
    wall.now = utc_now() - timedelta(days=10)

    async def hold(log: SqlCallLog) -> None:
        kept = SqlErrands(log, Vault(tmp_path / "secret.key"), wall)
        for name in ("a", "b", "c"):
            await log.open(info(name, f"CA{name}", from_number=NUMBER if name != "b" else "+15550177"), FLOW)
            await kept.keep(info(name), 1, ReserveQuota("clinic", (Cell("young", 9),)))
        await kept.keep(info("a"), 2, OptOut("stop"))
        later = KeepCallback("later", "2026-12-01T15:00-05:00", "America/New_York")
        await kept.keep(info("b", from_number="+15550177"), 2, later)
        await log.finish(CallId("a"), 0, Disposition.COMPLETED, "end")
        await log.finish(CallId("b"), 0, Disposition.BREAK_OFF, "hangup")

    with_log(tmp_path, hold, wall)
    return tmp_path


def dialai(command: typer.Typer, *arguments: str, code: int = 0, said: str = "") -> str:
    done = CliRunner().invoke(command, list(arguments), input=said)
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done.output


def quota_command() -> typer.Typer:
    app = typer.Typer()
    app.command()(quotas)
    return app


def deeds(data: Path) -> list[tuple[str, str]]:
    database = Database.read(url_of(data))
    found = [(deed.action, deed.detail) for deed in AccessBook(database).deeds()]
    database.close()
    return found


def test_the_do_not_call_list_is_shown_and_changed(data: Path) -> None:
    assert NUMBER in dialai(optouts, "list")
    assert "is on the do-not-call list" in dialai(optouts, "add", "+1 (555) 01-01")
    assert "already" in dialai(optouts, "add", "+15550101")
    listed = json.loads(dialai(optouts, "list", "--json"))
    assert {(each["number"], each["source"]) for each in listed} == {
        (NUMBER, "caller"),
        ("+15550101", "operator"),
    }
    dialai(optouts, "remove", NUMBER, said="n\n", code=1)
    assert "may be called again" in dialai(optouts, "remove", NUMBER, "--yes")
    dialai(optouts, "remove", NUMBER, "--yes", code=1)
    assert "is no telephone number" in dialai(optouts, "add", "5550101", code=2)


def test_an_empty_list_says_so(data: Path) -> None:
    dialai(optouts, "remove", NUMBER, "--yes")
    assert "no number is" in dialai(optouts, "list")


def test_who_wants_to_be_called_back_is_listed_and_marked_as_done(data: Path) -> None:
    listed = dialai(callbacks, "list")
    assert "2026-12-01 15:00" in listed
    assert json.loads(dialai(callbacks, "list", "--json"))[0]["zone"] == "America/New_York"
    assert "is done" in dialai(callbacks, "close", "b")
    assert "nobody waits" in dialai(callbacks, "list")
    assert json.loads(dialai(callbacks, "list", "--all", "--json"))[0]["status"] == "done"
    dialai(callbacks, "close", "b", "--canceled", code=1)


def test_cells_are_shown_with_what_is_left(data: Path) -> None:
    assert json.loads(dialai(quota_command(), "clinic", "--json")) == [
        {"flow": "clinic", "cell": "young", "target": 9, "reserved": 1, "committed": 1}
    ]
    assert "7" in dialai(quota_command()).splitlines()[1]
    assert "no call has asked for a place of other yet" in dialai(quota_command(), "other")


def test_all_calls_of_a_number_are_deleted_and_noted_without_it(data: Path) -> None:
    dialai(calls, "delete", "--number", NUMBER, said="n\n", code=1)
    said = dialai(calls, "delete", "--number", NUMBER, "--yes")
    assert "1 calls of +15550100 are deleted; 1 did not end yet and stay" in said
    assert deeds(data) == [("delete_number", "1 calls of one number")]
    assert NUMBER in dialai(optouts, "list")
    assert "1 that did not end yet stay" in dialai(calls, "delete", "--number", NUMBER, "--yes", code=1)
    assert "is no telephone number" in dialai(calls, "delete", "--number", "x", "--yes", code=2)
    assert "say which call" in dialai(calls, "delete", code=2)
    assert "say which call" in dialai(calls, "delete", "a", "--number", NUMBER, code=2)


def test_a_callback_to_a_number_is_deleted_with_it_though_another_number_asked(data: Path) -> None:
    other = "+15550123"

    async def hold(log: SqlCallLog) -> None:
        kept = SqlErrands(log, Vault(data / "secret.key"), Wall())
        for name, to in (("d", "+1 555-0123"), ("e", ""), ("f", other)):
            await log.open(info(name, f"CA{name}", from_number="+15550155"), FLOW)
            await kept.keep(info(name), 1, KeepCallback("later", "", "America/New_York", to))
            if name != "f":
                await log.finish(CallId(name), 0, Disposition.COMPLETED, "end")

    with_log(data, hold, Wall())
    dialai(calls, "delete", "--number", other, said="n\n", code=1)
    said = dialai(calls, "delete", "--number", other, "--yes")
    assert said == "0 calls of +15550123, and 1 callbacks to it that others asked for are deleted\n"
    assert deeds(data) == [
        ("delete_number", "0 calls of one number, and 1 callbacks to it that others asked for")
    ]
    assert {each["call"] for each in json.loads(dialai(callbacks, "list", "--json"))} == {"b", "e", "f"}
    assert "no callback is to it" in dialai(calls, "delete", "--number", other, "--yes", code=1)


def test_a_call_deleted_by_its_id_leaves_no_audio_of_its_simulated_caller(data: Path) -> None:
    simulated = data / "simulated"
    simulated.mkdir()
    for name in ("CAa-heard", "CAa-both", "CAb-heard"):
        (simulated / f"{name}.wav").write_bytes(b"RIFF")
    dialai(calls, "delete", "a", "--yes")
    assert [file.name for file in simulated.iterdir()] == ["CAb-heard.wav"]


def test_what_is_kept_no_longer_is_pruned_by_days_or_by_settings(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "nothing says how long" in dialai(calls, "prune", code=1)
    dialai(calls, "prune", "--days", "5", said="n\n", code=1)
    assert "0 calls are deleted" in dialai(calls, "prune", "--days", "20", "--audio-days", "5", "--yes")
    monkeypatch.setenv("DIALAI_RETENTION_DAYS", "5")
    assert "2 calls are deleted" in dialai(calls, "prune", "--yes")
    assert [action for action, _ in deeds(data)] == ["prune", "prune"]


def test_audio_that_cannot_be_deleted_is_one_line(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data / "audio" / "a").mkdir(parents=True)

    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("app.adapters.store.removal.shutil.rmtree", refuse)
    assert "cannot be deleted, so its call is kept" in dialai(
        calls, "delete", "--number", NUMBER, "--yes", code=2
    )
