"""What every test may ask for."""

import os

import pytest
from hypothesis import settings

# Machines are shared: how long an example takes says nothing. In CI the examples are the same each time,
# so that a change is judged by what it did and not by the draw; elsewhere they differ and explore.
settings.register_profile("house", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "house")

# What this machine is configured for must not decide what a test sees: neither its AWS account nor a `.env`
# beside us, over which the environment wins. Child processes inherit this.
for _name in [name for name in os.environ if name.startswith(("AWS_", "DIALAI_", "TWILIO_"))]:
    del os.environ[_name]
os.environ |= {
    "DIALAI_STT": "offline",
    "DIALAI_LLM": "offline",
    "DIALAI_TTS": "offline",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="write the golden files anew from what the program does now"
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written rather than compared."""
    return bool(request.config.getoption("--update"))
