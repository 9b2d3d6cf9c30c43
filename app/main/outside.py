"""Wires what calls ask of the world: who keeps it, who sends it, and the work that this needs meanwhile."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

import structlog

from app.adapters.store.database import Database
from app.adapters.store.errands import SqlErrands
from app.adapters.store.errors import StoreError
from app.adapters.store.log import SqlCallLog
from app.adapters.store.reader import CallReader
from app.adapters.store.retention import Pruned, Retention
from app.adapters.store.sealing import Vault
from app.adapters.webhooks.guard import Allowed, Guard
from app.adapters.webhooks.poster import HttpPoster
from app.session.clock import utc_now
from app.session.errands import ErrandRunner
from app.session.pools import Pool
from app.settings import Settings

LOOK_S: Final = 5.0
"""How often messages that are due again are looked for."""

PRUNE_S: Final = 3_600.0
"""How often calls whose time is over are looked for."""

_CHORES: Final = 2
"""Threads: to delete what is kept no longer takes long, and saved flows are not to wait for it."""

T = TypeVar("T")

_log = structlog.get_logger("dialai")


@dataclass(slots=True)
class Outside:
    """What one server process does besides talking."""

    settings: Settings
    store: SqlErrands
    runner: ErrandRunner
    poster: HttpPoster
    pool: Pool
    """The threads for the process's own chores, which no call waits for."""

    async def send_again(self) -> None:
        """Send what is due, again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.runner.send_due()

    async def prune(self) -> None:
        """Delete what is kept no longer, again and again, until cancelled."""
        settings = self.settings
        while settings.retention_days or settings.audio_retention_days:
            try:
                gone = await self.do(lambda: pruned(settings))
            except (StoreError, OSError) as error:
                _log.error("not_pruned", reason=str(error))
            else:
                if gone.calls or gone.audio:
                    _log.info("pruned", calls=gone.calls, audio=gone.audio)
            await asyncio.sleep(PRUNE_S)

    async def do(self, work: Callable[[], T]) -> T:
        """Do a chore that blocks. Raises what the work raises."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, work)

    async def aclose(self) -> None:
        """Let go of what is under way; what is not sent yet is sent by the next process."""
        await self.runner.aclose()
        await self.poster.aclose()


def make_outside(settings: Settings, log: SqlCallLog) -> Outside:
    """Make it from the settings, in a running loop."""
    store = SqlErrands(log, Vault(settings.data_dir / "secret.key"), utc_now)
    key = settings.webhook_signing_key
    poster = HttpPoster(
        Guard(Allowed.of(settings.webhook_allow)),
        secrets={name: secret.get_secret_value() for name, secret in settings.webhook_secrets.items()},
        signing_key=key.get_secret_value() if key else "",
        wall=utc_now,
    )
    return Outside(settings, store, ErrandRunner(store, poster), poster, Pool("chores", _CHORES))


def pruned(settings: Settings) -> Pruned:
    """Delete now what the settings keep no longer. Raises StoreError, OSError."""
    database = Database.read(settings.resolved_database_url)
    try:
        reader = CallReader(database, Vault(settings.data_dir / "secret.key"), settings.audio_dir)
        now = utc_now()
        days, audio_days = settings.retention_days, settings.audio_retention_days
        return Retention(database, reader).prune(
            before=now - timedelta(days=days) if days else None,
            audio_before=now - timedelta(days=audio_days) if audio_days else None,
        )
    finally:
        database.close()
