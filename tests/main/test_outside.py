"""The server's own work beside calls: what is due is sent again, what is kept no longer is deleted."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from app.adapters.store.log import SqlCallLog, open_call_log
from app.domain.call import CallId, Disposition
from app.main import outside
from app.main.outside import make_outside
from app.session.clock import utc_now
from app.settings import Settings
from tests.adapters.store.helpers import FLOW, Wall, info, url_of


async def stopped(_seconds: float) -> None:
    """Stand for a pause in which the server is told to stop."""
    raise asyncio.CancelledError


@pytest.mark.parametrize(("days", "left"), [(5, 0), (0, 1)])
def test_a_server_deletes_what_is_kept_no_longer_and_nothing_where_no_setting_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, left: int
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=url_of(tmp_path), retention_days=days)
    wall = Wall()
    wall.now = utc_now() - timedelta(days=10)

    async def work() -> int:
        log: SqlCallLog = open_call_log(url_of(tmp_path), tmp_path, wall=wall)
        await log.open(info(), FLOW)
        await log.finish(CallId("call-1"), 0, Disposition.COMPLETED, "end")
        beside = make_outside(settings, log)
        monkeypatch.setattr(outside.asyncio, "sleep", stopped)
        for loop in (beside.prune, beside.send_again):
            try:
                await loop()
            except asyncio.CancelledError:
                continue
        stays = await log.load("CA1")
        await beside.aclose()
        await log.close()
        return int(stays is not None)

    assert asyncio.run(work()) == left
