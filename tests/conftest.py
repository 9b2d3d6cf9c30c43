"""What every test may ask for."""

import os

import pytest
from hypothesis import settings

# Machines are shared: how long an example takes says nothing. In CI the examples are the same each time,
# so that a change is judged by what it did and not by the draw; elsewhere they differ and explore.
settings.register_profile("house", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="write the golden files anew from what the program does now"
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written rather than compared."""
    return bool(request.config.getoption("--update"))
