"""How soon somebody who looks on sees what happens: from a key's message to its event on the live stream."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from websockets.asyncio.client import ClientConnection, connect

from app.commands.call_server import PUBLIC_URL
from app.simulator.load_report import Spread
from tests.bench.child import DIALAI, KEY, Child, environment
from tests.bench.table import Row

GOAL_MS: Final = 100
_FLOW: Final = "welcome"
_AS_KEY: Final = {"Authorization": f"Bearer {KEY}"}


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """Milliseconds from the sending of a key to its event at the one who looks on."""

    delay: Spread


async def run_live(keys: int, room: Path, tell: Callable[[str], None]) -> LiveFigures:
    """Hold one softphone call on a server of its own and press `*` so many times."""
    env = environment(room / "live", Path("call_flows"), 1)
    async with Child(DIALAI, room / "live.log", env) as server, httpx.AsyncClient(headers=_AS_KEY) as http:
        joining = await http.post(f"{server.url}/api/softphone/calls", json={"flow": _FLOW})
        call = joining.raise_for_status().json()
        socket = server.url.replace("http", "ws", 1) + call["stream"]["path"]
        offered = call["stream"]["protocols"]
        async with connect(socket, proxy=None, origin=PUBLIC_URL, subprotocols=offered) as line:
            await _begin(line, call)
            async with http.stream("GET", f"{server.url}/api/calls/{call['id']}/live", timeout=60) as seen:
                delays = await _press(keys, line, seen.raise_for_status().aiter_lines())
    tell(f"a key is seen after {Spread.of(delays).p95:.1f} ms (p95)")
    return LiveFigures(Spread.of(delays))


def live_rows(found: LiveFigures, keys: int) -> list[Row]:
    """Return the figure as a row."""
    delay = found.delay
    how = f"p50 {delay.p50:.1f}, p99 {delay.p99:.1f} ms; {keys} keys of a softphone call, SSE over loopback"
    figure, goal = f"p95 {delay.p95:.1f} ms", f"p95 {GOAL_MS}"
    return [Row("console: key -> live event", figure, goal, delay.p95 <= GOAL_MS, how)]


async def _begin(line: ClientConnection, call: dict[str, Any]) -> None:
    form = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    start = {
        "accountSid": "AC" + "0" * 32, "streamSid": "MZ" + "0" * 32, "callSid": call["call_sid"],
        "tracks": ["inbound"], "mediaFormat": form, "customParameters": call["customParameters"],
    }  # fmt: skip
    await line.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
    await line.send(
        json.dumps({"event": "start", "sequenceNumber": "1", "streamSid": start["streamSid"], "start": start})
    )
    await line.recv()  # the bot's first sound: the call is up


async def _press(keys: int, line: ClientConnection, lines: Any) -> list[float]:
    """Press a key, wait for its event, press the next."""
    hearing = asyncio.ensure_future(_drain(line))
    delays: list[float] = []
    try:
        for n in range(keys):
            key = {"event": "dtmf", "streamSid": "MZ" + "0" * 32, "sequenceNumber": str(n + 2),
                   "dtmf": {"track": "inbound_track", "digit": "*"}}  # fmt: skip
            sent = time.perf_counter()
            await line.send(json.dumps(key))
            async for text in lines:
                if text.startswith("data:") and json.loads(text[5:])["type"] == "key":
                    break
            delays.append((time.perf_counter() - sent) * 1_000)
    finally:
        hearing.cancel()
    return delays


async def _drain(line: ClientConnection) -> None:
    async for _ in line:
        pass
