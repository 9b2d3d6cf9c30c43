"""`python -m tests.bench.aws_double`: the AWS double at a fixed pace, in a process of its own.

Says a line of JSON: first how clients find it, then, for each line `tell` on its standard input, what it saw
since `forget`. Ends with its standard input.
"""

import asyncio
import contextlib
import gc
import json
import sys
from collections import deque
from typing import Any, Final

from uvicorn.loops.auto import auto_loop_factory

from app.session.pulse import LoopPulse
from tests.bench.aws_words import FIRST_TOKENS, SAID, make_brain, mouth, number_in
from tests.doubles.aws import AwsDouble, Ending, Request, Service
from tests.doubles.aws.hearing import Ears
from tests.doubles.aws.script import Script
from tests.doubles.aws.transcribe_ws import TranscribeWebSocket

FINAL_MS: Final = 200.0
FIRST_TOKEN_MS: Final = 300.0
TOKEN_MS: Final = 20.0
FIRST_AUDIO_MS: Final = 150.0
_PHRASES: Final = 100_000


def make_double() -> AwsDouble:
    """Return the double with its pace, its words and its voice."""
    ears = Ears(words=deque([SAID] * _PHRASES))
    double = AwsDouble(parts=[TranscribeWebSocket(ears)], mouth=mouth)
    double.account.brain = make_brain()
    double.scripts.always(Service.BEDROCK, Script(first_ms=FIRST_TOKEN_MS, between_ms=TOKEN_MS))
    double.scripts.always(Service.POLLY, Script(first_ms=FIRST_AUDIO_MS))
    double.scripts.always(Service.TRANSCRIBE, Script(first_ms=FINAL_MS))
    return double


def told(requests: list[Request]) -> dict[str, list[dict[str, Any]]]:
    """Return what was seen of replies and of their sound, in milliseconds of the machine's clock."""
    replies = [_reply(each) for each in requests if each.operation == "ConverseStream"]
    sounds = [_sound(each) for each in requests if each.operation == "SynthesizeSpeech"]
    return {"replies": [one for one in replies if one], "sounds": [one for one in sounds if one]}


def _reply(request: Request) -> dict[str, Any] | None:
    number = number_in(request.said)
    if number is None or len(request.pieces_at) < FIRST_TOKENS:
        return None
    gone = request.ended_at if request.ending is Ending.CLIENT_GONE else None
    return {
        "number": number,
        "asked_ms": request.arrived * 1000,
        "first_ms": request.pieces_at[0] * 1000,
        "sentence_ms": request.pieces_at[FIRST_TOKENS - 1] * 1000,
        "last_ms": request.pieces_at[-1] * 1000,
        "is_whole": request.ending is Ending.COMPLETE,
        "gone_ms": None if gone is None else gone * 1000,
    }


def _sound(request: Request) -> dict[str, Any] | None:
    number = number_in(str(request.body.get("Text", "")))
    if number is None or not request.pieces_at:
        return None
    return {
        "number": number,
        "asked_ms": request.arrived * 1000,
        "first_ms": request.pieces_at[0] * 1000,
    }


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def _serve() -> None:
    asked = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(asked), sys.stdin)
    async with make_double() as double:
        _say(double.environment())
        pulse = LoopPulse()
        while line := (await asked.readline()).strip():
            if line == b"forget":
                double.requests.clear()
                pulse.stop()
                pulse = LoopPulse()
            else:
                _say({**told(double.requests), "lag_p99_ms": pulse.lag_ms.percentile(0.99)})
        pulse.stop()


if __name__ == "__main__":
    gc.freeze()
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_serve())
