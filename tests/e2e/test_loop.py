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


def live_a_day(folder: Path) -> tuple[set[str], str]:
    """Return what held the loop for too long, by where it goes on, and the server's measures."""
    watched = folder / "watched.txt"
    watched.touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(call_server, "PROGRAM", (sys.executable, "-m", "tests.e2e.watched", "serve"))
        patch.setenv("WATCHED", str(watched))
        _, metrics, said = asyncio.run(talked(folder))
    assert len(said) >= AT_ONCE, "the calls were to be answered by the model"
    held = (line.split(maxsplit=1) for line in watched.read_text().splitlines())
    return {re.sub(r"0x\w+|when=\S+", "", who) for took_ms, who in held if float(took_ms) > HELD_MS}, metrics


@pytest.fixture(scope="module")
def day(tmp_path_factory) -> tuple[set[str], str]:
    return live_a_day(tmp_path_factory.mktemp("loop"))


def test_no_callback_works_for_longer_than_20_ms(day, tmp_path):
    held, _ = day
    # On a busy machine the processor's time runs for whom it was taken from, too: what is ours comes again.
    assert not held or not held & live_a_day(tmp_path)[0]


def test_everything_is_looked_through_only_while_nobody_calls(day):
    _, metrics = day
    (times,) = re.findall(r"^dialai_collector_full_collections (\S+)$", metrics, re.MULTILINE)
    assert float(times) <= 2
