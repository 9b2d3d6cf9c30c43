"""Closes what the store's tests opened to read; gives an empty log on each kind of database."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.store.helpers import close_readers
from tests.adapters.store.private_postgres import NOBODY_OF_IT, PrivatePostgres, programs, running
from tests.adapters.store.stores import Store


@pytest.fixture(autouse=True)
def _readers_are_closed() -> Iterator[None]:
    yield
    close_readers()


@pytest.fixture(scope="package")
def postgres() -> Iterator[PrivatePostgres]:
    found = programs()
    if found is None or importlib.util.find_spec("psycopg") is None:
        if os.environ.get("CI"):
            pytest.fail(NOBODY_OF_IT)
        pytest.skip(NOBODY_OF_IT)
    with running(found) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "sqlite":
        return Store(f"sqlite:///{tmp_path / 'calls.sqlite3'}", tmp_path)
    return Store(request.getfixturevalue("postgres").url(), tmp_path)
