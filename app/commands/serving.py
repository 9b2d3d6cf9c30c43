"""A server process from its house to the last call's end; the port it listens on is given to it."""

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import typer
import uvicorn
from rich.console import Console
from uvicorn.loops.auto import auto_loop_factory

from app.main import Unusable
from app.main.house import House, build_house
from app.session.desk import DRAIN_MS
from app.settings import BadSetting, Settings, read_settings
from app.web.app import Asgi
from app.web.sockets import MediaProtocol

_THREAD_TURN_S = 0.0005

_HANDOVER_S = 20.0
"""After the drain, uvicorn has this long to close what is still open."""


def answer_calls(listener: socket.socket, host: str, console: Console) -> None:
    """Serve on this socket until told to stop; what makes that impossible is one line and exit code 2."""
    try:
        settings = read_settings()
        # Threads that write (the call log, recordings) must hand the interpreter back at once: at the
        # usual 5 ms a turn they would hold up the frames of every call.
        sys.setswitchinterval(_THREAD_TURN_S)
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # uvloop, where there is one
            runner.run(_run(settings, listener, host, console))
    except (Unusable, BadSetting) as error:
        console.print(f"dialai: {error}", style="red", soft_wrap=True, markup=False)
        raise typer.Exit(2) from None


async def _run(settings: Settings, listener: socket.socket, host: str, console: Console) -> None:
    named = f"[{host}]" if ":" in host else host
    address = f"http://{named}:{listener.getsockname()[1]}"
    house = build_house(settings, address)
    config = uvicorn.Config(
        house.app,
        ws=MediaProtocol,
        ws_per_message_deflate=False,  # costs 60 % more CPU a frame
        ws_max_size=65_536,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # addresses are judged by the socket, URLs by DIALAI_PUBLIC_URL
        lifespan="off",
        timeout_graceful_shutdown=int(_HANDOVER_S),
        h11_max_incomplete_event_size=65_536,
    )
    config.load()  # its imports take the loop for a while: now, before there is anybody on it
    await _open_doors(house.app)
    server = _Server(config)
    # What start-up made lives as long as the process: the collector need not look at it again. That takes
    # it a tenth of a second, so it is done before anything runs that must be in time.
    gc.collect()
    gc.freeze()
    gc.enable()
    async with house.open(), _owning_signals(house, server, console):
        for line in house.greeting(address):
            console.print(line, soft_wrap=True, markup=False)
        await server.serve(sockets=[listener])


async def _open_doors(app: Asgi) -> None:
    """Ask for a page that is not there: the first request ever has the routes made, which takes the loop."""
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/none",
        "raw_path": b"/none",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": None,
        "server": None,
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        """Read no answer."""

    await app(scope, receive, send)


class _Server(uvicorn.Server):
    """Uvicorn, but the signals are ours: on SIGTERM it would close every live call's socket at once."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def _owning_signals(house: House, server: _Server, console: Console) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    draining: set[asyncio.Task[None]] = set()

    async def drain(grace_ms: int, *, hand_over: bool) -> None:
        await house.drain(grace_ms=grace_ms, hand_over=hand_over)
        server.should_exit = True

    def stop(number: signal.Signals) -> None:
        again = bool(draining)
        if house.live_calls and not again:
            console.print(
                f"\nNo new calls; {house.live_calls} in progress may end. Ctrl-C again ends them now."
            )
        work = drain(0 if again else DRAIN_MS, hand_over=number is signal.SIGTERM)
        draining.add(loop.create_task(work))

    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop, number)
    yield
    for number in signals:
        loop.remove_signal_handler(number)
    for task in draining:
        task.cancel()
