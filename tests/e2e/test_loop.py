"""The loop that all calls share, from the server's readiness to several calls by AWS's clients at once."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from app.commands import call_server
from app.simulator.script import HangUp, Say, Script, WaitPrompt
from app.simulator.sounds import tone
from tests.bench.aws_double import make_double
from tests.bench.aws_phases import FLOWS
from tests.e2e.cloud import cloud_town, together
from tests.e2e.town import Server

W = WaitPrompt(quiet_ms=600)
TALK = Script((W, Say("something"), W, HangUp()))
AT_ONCE = 6
HELD_MS = 20


async def voice(text: str, locale: str) -> bytes:
    """What the double takes for words, whatever they are."""
    return tone(1_000)


async def talked(folder: Path) -> tuple[Server, str, list[str]]:
    """Hold a first call, then several at once; return the server, its measures and what the model said."""
    flows = {"talk": (FLOWS / "talk.yaml").read_text()}
    async with make_double() as double, cloud_town(folder, double, flows, voice) as (server, network):
        await network.call_in(TALK, flow="talk")
        for report in await together(*(network.call_in(TALK, flow="talk") for _ in range(AT_ONCE))):
            assert not report.failure, report.failure
        said = [request.said for request in double.requests if request.operation == "ConverseStream"]
        return server, await server.metrics(), said


@pytest.fixture(scope="module")
def day(tmp_path_factory) -> tuple[list[str], str]:
    folder = tmp_path_factory.mktemp("loop")
    watched = folder / "watched.txt"
    watched.touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(call_server, "PROGRAM", (sys.executable, "-m", "tests.e2e.watched", "serve"))
        patch.setenv("WATCHED", str(watched))
        _, metrics, said = asyncio.run(talked(folder))
    assert len(said) >= AT_ONCE, "the calls were to be answered by the model"
    return watched.read_text().splitlines(), metrics


def test_no_callback_works_for_longer_than_20_ms(day):
    held, _ = day
    assert not [line for line in held if float(line.split()[0]) > HELD_MS]


def test_everything_is_looked_through_only_while_nobody_calls(day):
    _, metrics = day
    (times,) = re.findall(r"^dialai_collector_full_collections (\S+)$", metrics, re.MULTILINE)
    assert float(times) <= 2
