"""What is sensitive is sealed: it is in the database, and cannot be read there."""

import stat
from pathlib import Path

import pytest

from app.adapters.store import journal
from app.adapters.store.database import Database
from app.adapters.store.errors import StoreError
from app.adapters.store.log import SqlCallLog
from app.adapters.store.rows import RowMaker
from app.adapters.store.sealing import MASK, Vault
from app.engine.events import DigitPressed, FinalTranscript, PromptCut
from tests.adapters.store.helpers import (
    CALL,
    FLOW,
    answered,
    append,
    info,
    reader,
    said,
    taken,
    url_of,
    with_log,
)

SECRET = "73915028"
CARD = "4111 1111 1111 1111"


def write(folder: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 0, FinalTranscript(1, f"it is {SECRET}", 0.9), sensitive=True)
        append(log, 1, PromptCut(7, 1, f"You said {SECRET}", 400), sensitive=True)
        # Whoever appends may forget to say so: an answer, a step and a prompt tell it themselves.
        append(log, 2, orders=(answered("pin", SECRET, SECRET, sensitive=True),))
        append(log, 3, orders=(taken("card", f"I heard {SECRET}", SECRET),))
        append(log, 4, orders=(said(f"I heard {SECRET}.", sensitive=True), said("Thank you.")))
        append(log, 5, FinalTranscript(2, f"my card is {CARD} ok", 0.9), (answered("why", CARD, CARD),))
        append(log, 6, FinalTranscript(3, f"one\n{CARD}", 0.9))
        await log.commit(CALL)

    with_log(folder, run)


def test_sealed_values_are_not_in_the_databases_bytes(tmp_path: Path) -> None:
    def check(folder: Path) -> None:
        found = b"".join(path.read_bytes() for path in folder.glob("calls.sqlite3*"))
        assert b"FinalTranscript" in found
        assert SECRET.encode() not in found
        assert CARD.encode() not in found

    async def run(log: SqlCallLog) -> None:
        await log.load("CA1")
        check(tmp_path)

    write(tmp_path)
    check(tmp_path)
    with_log(tmp_path, run)


def test_a_restored_call_gets_the_true_facts(tmp_path: Path) -> None:
    write(tmp_path)
    stored = with_log(tmp_path, lambda log: log.load("CA1"))
    facts = [fact for _, fact in stored.entries]
    assert facts[0] == FinalTranscript(1, f"it is {SECRET}", 0.9)
    assert facts[1] == PromptCut(7, 1, f"You said {SECRET}", 400)
    assert facts[2] == DigitPressed("1")
    assert facts[5] == FinalTranscript(2, f"my card is {CARD} ok", 0.9)


def test_answers_and_turns_show_masks_until_they_are_revealed(tmp_path: Path) -> None:
    write(tmp_path)
    read = reader(tmp_path)
    plain, true = read.call(CALL), read.call(CALL, reveal=True)
    assert plain is not None
    assert true is not None
    assert plain["answers"]["pin"]["value"] == plain["answers"]["pin"]["raw"] == MASK
    assert plain["answers"]["why"]["value"] == "[card]"
    assert plain["turns"][0]["input"] == plain["turns"][0]["heard"] == MASK
    assert true["answers"]["pin"]["value"] == true["answers"]["pin"]["raw"] == SECRET
    assert true["answers"]["why"]["label"] == f"label {CARD}"
    assert true["turns"][0]["input"] == SECRET
    events = read.events(CALL)
    assert events is not None
    assert SECRET not in str(events)
    assert events[4]["orders"][1]["prompt"]["utterances"][0]["text"] == "Thank you."
    assert SECRET in str(read.events(CALL, reveal=True))


def test_the_key_is_for_its_owners_eyes_only(tmp_path: Path) -> None:
    write(tmp_path)
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("secret.key*")] == ["secret.key"]


def test_no_key_is_made_before_something_is_sealed(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 0)

    with_log(tmp_path, run)
    assert not (tmp_path / "secret.key").exists()


def test_a_key_that_another_process_made_meanwhile_is_used(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    first = Vault(path).seal({"a": 1})
    second = Vault(path)
    second._make()
    assert second.open(first) == {"a": 1}


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda path: path.write_bytes(b"x" * 43 + b"="), "is not the key"),
        (lambda path: path.write_bytes(b"short"), "holds no key"),
        (lambda path: path.unlink(), "cannot be read"),
    ],
)
def test_a_lost_key_is_one_clear_line(tmp_path: Path, damage, says: str) -> None:
    write(tmp_path)
    damage(tmp_path / "secret.key")
    with pytest.raises(StoreError, match=says):
        reader(tmp_path).events(CALL, reveal=True)
    assert reader(tmp_path).call(CALL) is not None


def test_a_key_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be made"):
        Vault(tmp_path / "nowhere" / "secret.key").seal({})


def test_rebuilding_gives_the_same_rows(tmp_path: Path) -> None:
    write(tmp_path)
    read = reader(tmp_path)
    before = (read.call(CALL), read.call(CALL, reveal=True))
    maker = RowMaker(Vault(tmp_path / "secret.key"))
    database = Database.read(url_of(tmp_path))
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE turn SET input = 'x', sealed = NULL")
        connection.exec_driver_sql("DELETE FROM answer")
        journal.rebuild(connection, maker, CALL)
    assert (read.call(CALL), read.call(CALL, reveal=True)) == before
    database.close()
    assert read.stored("call-404") is None
