"""Closes what the store's tests opened to read."""

from collections.abc import Iterator

import pytest

from tests.adapters.store.helpers import close_readers


@pytest.fixture(autouse=True)
def _readers_are_closed() -> Iterator[None]:
    yield
    close_readers()
