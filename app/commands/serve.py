"""`dialai serve`: takes the port, and only then brings in the server that will answer on it."""

import contextlib
import errno
import gc
import socket
from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console


class _PortError(Exception):
    """The port cannot be listened on; one line says why and what to do."""


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65_535)] = 8_000,
) -> None:
    """Answer calls until told to stop; Ctrl-C lets the calls in progress end, a second one does not."""
    console = Console(stderr=True, highlight=False)
    try:
        # Before anything else: a second server must not touch the database. And when a killed server is
        # started again, its callers' webhooks wait at the port for the seconds that the imports take;
        # Twilio ends a call whose webhook is refused (11200).
        listener = _listen(host, port)
    except _PortError as error:
        console.print(f"dialai: {error}", style="red", soft_wrap=True, markup=False)
        raise typer.Exit(2) from None
    # Start-up makes much and drops little: the collector would only look at it again and again.
    gc.disable()
    with contextlib.closing(listener):
        import_module("app.commands.serving").answer_calls(listener, host, console)


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises _PortError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on and every small message waits up to 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2_048)
    except OSError as error:
        listener.close()
        way = {
            errno.EADDRINUSE: "stop the other program or use --port",
            errno.EACCES: "use a --port above 1023",
        }.get(error.errno or 0, "name an address of this machine by --host")
        raise _PortError(f"cannot listen on {host}:{port}: {error.strerror or error}; {way}") from None
    return listener
