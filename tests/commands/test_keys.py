"""Keys are made, shown and revoked in a terminal; a key's text is seen once."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from app.adapters.store.access import AccessBook, Deed
from app.adapters.store.database import Database
from app.commands.keys import audit, keys

app = typer.Typer()
app.add_typer(keys, name="keys")
app.command()(audit)


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIALAI_DATA_DIR", str(tmp_path / "data"))


def run(*arguments: str, code: int = 0) -> tuple[str, str]:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == code, done.stderr
    return done.stdout.strip(), done.stderr.strip()


def test_a_key_is_shown_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    text, said = run("keys", "add", "Ann", "--role", "operator")
    assert text.startswith("dialai_")
    assert said == "key 1 of Ann (operator); it is not shown again"
    shown, _ = run("keys", "list", "--json")
    assert text not in shown
    (key,) = json.loads(shown)
    assert (key["id"], key["name"], key["role"], key["revoked_at"]) == (1, "Ann", "operator", None)
    with sqlite3.connect(tmp_path / "data" / "dialai.sqlite3") as database:
        dump = "\n".join(database.iterdump())
    database.close()
    assert text not in dump
    assert text.removeprefix("dialai_") not in dump


def test_a_revoked_key_is_told_apart_and_not_revoked_twice() -> None:
    run("keys", "add", "Ann")
    assert run("keys", "revoke", "1")[0] == "key 1 opens nothing any more"
    _, line = run("keys", "revoke", "1", code=1)
    assert line == "dialai: there is no valid key 1: `dialai keys list` shows those there are"
    (key,) = json.loads(run("keys", "list", "--json")[0])
    assert key["revoked_at"] is not None


def test_keys_are_made_beside_a_running_server(tmp_path: Path) -> None:
    server = Database.serve(f"sqlite:///{tmp_path / 'data' / 'dialai.sqlite3'}")
    try:
        run("keys", "add", "Ann")
        assert "Ann" in run("keys", "list")[0]
    finally:
        server.close()


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\nb"])
def test_a_name_that_the_audit_log_could_not_show_is_refused(name: str) -> None:
    assert (
        run("keys", "add", name, code=1)[1]
        == "dialai: a key's name has 1 to 100 characters that can be printed"
    )


def test_nothing_done_is_said_in_a_line() -> None:
    assert run("audit")[0] == "nothing was done that is written down"
    assert run("keys", "list")[0].startswith("no keys")


def test_nothing_of_the_audit_log_is_cut_on_its_way_to_a_program(tmp_path: Path) -> None:
    run("keys", "add", "Ann")
    book = AccessBook(Database.read(f"sqlite:///{tmp_path / 'data' / 'dialai.sqlite3'}"))
    call, detail = "c" * 64, "d" * 300
    book.note(
        Deed(datetime(2026, 11, 29, tzinfo=UTC), "Ann", "2001:db8::1", "softphone_hang_up", call, detail)
    )
    book.close()
    lines = run("audit")[0].splitlines()
    assert [line.split()[2:] for line in lines if call in line] == [
        ["Ann", "2001:db8::1", "softphone_hang_up", call, detail]
    ]
