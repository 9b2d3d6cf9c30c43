"""A call stored by an earlier program: its turns name no providers, and typed words came as heard ones."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.adapters.store import schema
from app.adapters.store.archive import CallArchive
from app.adapters.store.async_reader import AsyncCallReader
from app.adapters.store.codec import decode_fact, decode_records
from app.adapters.store.database import Database
from app.adapters.store.log import SqlCallLog
from app.adapters.store.reader import CallReader
from app.adapters.store.sealing import Vault
from app.domain.call import CallId, Disposition
from app.flows.loader import load_flow
from tests.adapters.store.helpers import Wall, info, url_of, with_log
from tests.web.house import KEY, House, within

OLDER = Path(__file__).parents[1] / "recordings" / "older-typed.jsonl"
"""First the call and its flow, then a line of its journal each, as that program wrote them."""

HEAD, *LINES = (json.loads(line) for line in OLDER.read_text().splitlines())
CALL = CallId(HEAD["call"])
BEARER = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[AsyncCallReader]:
    """The log with the older call, its events word for word."""
    with_log(tmp_path, _write, Wall())
    database = Database.read(url_of(tmp_path))
    reader = CallReader(database, Vault(tmp_path / "secret.key"), tmp_path / "audio")
    with closing(AsyncCallReader(reader, CallArchive(database, reader))) as shelf:
        yield shelf


async def _write(log: SqlCallLog) -> None:
    flow = load_flow(HEAD["flow"], path="older.yaml", audio_exists=lambda _: True)
    await log.open(info(CALL, "BR-older"), flow)
    for seq, line in enumerate(LINES):
        records = [record for record in decode_records(line["orders"]) if record is not None]
        fact = decode_fact(line["fact"])
        log.append(CALL, epoch=0, seq=seq, at=line["at"], fact=fact, orders=records, sensitive=False)
    await log.commit(CALL)
    await log.do(_as_it_was)
    await log.finish(CALL, 0, Disposition.COMPLETED, "end")


def _as_it_was(connection: sa.Connection) -> None:
    event = schema.call_event.c
    for seq, line in enumerate(LINES):
        data = json.dumps({name: line[name] for name in ("fact", "orders")})
        connection.execute(
            sa.update(schema.call_event).where(event.call == CALL, event.seq == seq).values(data=data)
        )


def test_the_recording_is_of_an_earlier_program() -> None:
    turns = [
        order["entry"] for line in LINES for order in line["orders"] if order.get("writes") == "TurnTaken"
    ]
    assert len(turns) == 2
    assert all("providers" not in turn for turn in turns)
    kinds = [line["fact"]["kind"] for line in LINES]
    assert "FinalTranscript" in kinds
    assert "SpeechStarted" not in kinds  # nobody spoke: it was typed


def test_a_call_of_an_earlier_program_replays_as_it_was(shelf: AsyncCallReader) -> None:
    async def scenario(house: House) -> None:
        answer = await house.http.post(f"/api/calls/{CALL}/replay", headers=BEARER)
        assert answer.json() == {"same": True, "events": len(LINES)}

    within(scenario, shelf=shelf)


def test_a_call_of_an_earlier_program_is_shown_whole(shelf: AsyncCallReader) -> None:
    async def scenario(house: House) -> None:
        page = await house.http.get(f"/calls/{CALL}", headers=BEARER | {"Accept": "text/html"})
        assert page.status_code == 200
        for shown in ("Are you hungry?", "by the grammar", "Soup or salad?", "<kbd>2</kbd>", "salad"):
            assert shown in page.text
        told = await shelf.do(lambda archive: archive.reader.call(CALL))
        assert told is not None
        assert [(turn["source"], turn["providers"]) for turn in told["turns"]] == [
            ("speech", {}),
            ("key", {}),
        ]

    within(scenario, shelf=shelf)
