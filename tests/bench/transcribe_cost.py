"""What a stream of Transcribe costs in CPU: `python -m tests.bench.transcribe_cost --streams 20`.

The double runs in a process of its own and answers voice with partials and finals; every stream is fed
80 ms of audio at a time, in real time. Prints JSON.
"""

import argparse
import asyncio
import json
import ssl
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from app.adapters.aws.transcribe import make_transcriber
from app.domain.speech import Hints
from app.engine.events import FinalTranscript, PartialTranscript, TranscriberFailed
from app.media.audio import to_pcm16, tone
from app.session.clock import SystemClock
from tests.doubles.aws import AwsDouble
from tests.doubles.aws.hearing import Ears
from tests.doubles.aws.transcribe_h2 import TranscribeHttp2
from tests.doubles.aws.transcribe_ws import TranscribeWebSocket

CHUNK_MS = 80
_CHUNK_BYTES = CHUNK_MS * 16
_HINTS = Hints("en-US")


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU is that of the client's process. `core_percent` is of one core, for all streams together."""

    transport: str
    streams: int
    seconds: float
    core_percent: float
    cpu_ms_per_stream_second: float
    words_heard: int
    failed: int


async def measure(transport: str, streams: int, seconds: float) -> Cost:
    """Hold so many streams open for so long, two thirds of the time with voice, and say what they cost."""
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __spec__.name if __spec__ else "tests.bench.transcribe_cost",
        "--serve",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert server.stdout is not None
    assert server.stdin is not None
    try:
        return await _run(transport, streams, seconds, json.loads(await server.stdout.readline()))
    finally:
        server.stdin.close()
        await server.wait()


async def _run(transport: str, streams: int, seconds: float, there: dict[str, Any]) -> Cost:
    async def keys() -> tuple[str, str, str]:
        return there["access_key"], there["secret_key"], ""

    async def trusted() -> ssl.SSLContext:
        return context

    context = ssl.create_default_context(cafile=there["ca"])
    engine = make_transcriber(
        region=there["region"],
        keys=keys,
        clock=SystemClock(),
        transport=transport,
        endpoint_url=there[transport],
        tls=trusted,
        ca_file=there["ca"],
    )
    facts: list[Any] = []
    turns = [engine.join(_HINTS, facts.append).open(1, _HINTS) for _ in range(streams)]
    heard = to_pcm16(tone(2_000))[: 2_000 * 16] + bytes(1_000 * 16)
    chunks = [heard[at : at + _CHUNK_BYTES] for at in range(0, len(heard), _CHUNK_BYTES)]
    await _feed(turns, chunks, 1.0)  # connecting is not counted
    began, used = time.perf_counter(), time.process_time()
    await _feed(turns, chunks, seconds)
    lasted, used = time.perf_counter() - began, time.process_time() - used
    await engine.aclose()
    return Cost(
        transport,
        streams,
        round(lasted, 2),
        round(100 * used / lasted, 1),
        round(1000 * used / lasted / streams, 2),
        sum(isinstance(fact, PartialTranscript | FinalTranscript) for fact in facts),
        sum(isinstance(fact, TranscriberFailed) for fact in facts),
    )


async def _feed(turns: list[Any], chunks: list[bytes], seconds: float) -> None:
    start = time.perf_counter()
    for n in range(round(seconds * 1000 / CHUNK_MS)):
        for turn in turns:
            turn.feed(chunks[n % len(chunks)])
        await asyncio.sleep(max(0.0, start + (n + 1) * CHUNK_MS / 1000 - time.perf_counter()))


async def _serve() -> None:
    ears = Ears(words=deque(["one two three four five six"] * 100_000))
    async with AwsDouble(parts=(TranscribeWebSocket(ears), TranscribeHttp2(ears))) as double:
        there = {
            "websocket": double.transcribe_ws_url,
            "http2": double.transcribe_h2_url,
            "ca": str(double.certificates.ca),
            "access_key": double.access_key,
            "secret_key": double.secret_key,
            "region": double.region,
        }
        print(json.dumps(there), flush=True)  # noqa: T201 - its parent reads it
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Measure as asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--transport", choices=("websocket", "http2"), default="websocket")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(_serve())
    else:
        cost = asyncio.run(measure(given.transport, given.streams, given.seconds))
        print(json.dumps(asdict(cost)))  # noqa: T201 - this is its screen


if __name__ == "__main__":
    main()
