"""One empty call log on SQLite or PostgreSQL, for what is promised on both."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.adapters.store.database import Database
from app.adapters.store.log import SqlCallLog, open_call_log
from app.adapters.store.reader import CallReader
from app.adapters.store.sealing import Vault
from tests.adapters.store.helpers import Wall


@dataclass
class Store:
    """One empty database and the folder beside it."""

    url: str
    folder: Path

    def run(self, work: Callable[[SqlCallLog], Awaitable[Any]], wall: Wall | None = None) -> Any:
        async def whole() -> Any:
            log = open_call_log(self.url, self.folder, wall=wall or Wall())
            try:
                return await work(log)
            finally:
                await log.close()

        return asyncio.run(whole())

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        engine = sa.create_engine(self.url)
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(sa.text(query))]
        engine.dispose()
        return found

    def read(self, look: Callable[[CallReader], Any]) -> Any:
        reader = CallReader(Database.read(self.url), Vault(self.folder / "secret.key"), self.folder / "audio")
        try:
            return look(reader)
        finally:
            reader.close()
