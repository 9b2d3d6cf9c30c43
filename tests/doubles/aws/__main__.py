"""`python -m tests.doubles.aws`: serve the double by hand, or run a command that finds it as its AWS.

Alone it prints what to export and serves until Ctrl-C; `-- dialai call csat` runs that inside instead.
Transcribe is led to by one address: set DIALAI_TRANSCRIBE_TRANSPORT=http2 before this, not after the `--`.
"""

import argparse
import asyncio
import os
import shlex
import signal
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.doubles.aws.log import Service
from tests.doubles.aws.parts import all_parts, phrases_of_callers
from tests.doubles.aws.script import Script
from tests.doubles.aws.server import AwsDouble

# What a person's shell may hold and what would lead a client elsewhere, or give it a token we do not know.
_ASTRAY = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ENDPOINT_URL", "AWS_PROFILE")


def main(arguments: Sequence[str]) -> int:
    """Serve, and return the command's exit status or 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.doubles.aws", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of Bedrock and Polly; default: any free one")
    parser.add_argument("--first-token-ms", type=float, default=300, help="of each reply (default: 300)")
    parser.add_argument("--tokens-per-second", type=float, default=50, help="of each reply (default: 50)")
    parser.add_argument("--first-audio-ms", type=float, default=150, help="of each sentence (default: 150)")
    parser.add_argument("--final-ms", type=float, default=200, help="after the end of speech (default: 200)")
    parser.add_argument(
        "--hear", action="append", default=[], help="a phrase Transcribe recognises; repeat it"
    )
    folder = Path("call_flows/callers")
    parser.add_argument("--callers", type=Path, default=folder, help=f"whose lines it knows ({folder})")
    parser.add_argument("command", nargs="*", help="after --: run this inside and end with it")
    given = parser.parse_args(arguments)
    if given.tokens_per_second <= 0:
        parser.error("--tokens-per-second: must be more than 0")
    try:
        return asyncio.run(_run(given))
    except OSError as error:
        parser.exit(1, f"{parser.prog}: {_why(error)}\n")


def _why(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


async def _run(given: argparse.Namespace) -> int:
    double = AwsDouble(parts=all_parts([*given.hear, *phrases_of_callers(given.callers)]))
    between_ms = 1000 / given.tokens_per_second
    double.scripts.always(Service.BEDROCK, Script(first_ms=given.first_token_ms, between_ms=between_ms))
    double.scripts.always(Service.POLLY, Script(first_ms=given.first_audio_ms))
    double.scripts.always(Service.TRANSCRIBE, Script(first_ms=given.final_ms))
    await double.start(given.port)
    try:
        return await (_command(double, given.command) if given.command else _serve(double))
    finally:
        await double.stop()


async def _serve(double: AwsDouble) -> int:
    stopped = _stop_signals()
    lines = [f"export {name}={shlex.quote(value)}" for name, value in _environment(double).items()]
    _say("\n".join([f"unset {' '.join(_ASTRAY)}", *lines]))
    print("Serving until Ctrl-C.", file=sys.stderr)  # noqa: T201 - this is its screen
    await stopped.wait()
    return 0


async def _command(double: AwsDouble, command: Sequence[str]) -> int:
    # Ctrl-C reaches the command too, as one of our process group: it ends, and then so do we.
    _stop_signals()
    process = await asyncio.create_subprocess_exec(*command, env=_environ(_environment(double)))
    status = await process.wait()
    told = Counter(f"{request.operation} {request.ending or 'open'}" for request in double.requests)
    summary = ", ".join(f"{count} x {what}" for what, count in sorted(told.items())) or "nothing"
    print(f"The AWS double was asked: {summary}.", file=sys.stderr)  # noqa: T201
    return status if status >= 0 else 128 - status


def _environment(double: AwsDouble) -> dict[str, str]:
    engines = dict.fromkeys(("DIALAI_STT", "DIALAI_LLM", "DIALAI_TTS"), "aws")
    return double.environment(os.environ.get("DIALAI_TRANSCRIBE_TRANSPORT", "websocket")) | engines


def _environ(double: Mapping[str, str]) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name not in _ASTRAY}
    return {**ours, **double}


def _stop_signals() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
