"""The bare echo socket that everything is compared with: raw ASGI on the product's own web server.

Takes the call like a real server (webhook, then the stream) and sends each message back unread.
"""

import asyncio
import socket
import sys
from typing import Any

import uvicorn

from app.commands.call_server import PUBLIC_URL

TWIML = f'<Response><Connect><Stream url="{PUBLIC_URL.replace("https:", "wss:")}/echo"/></Connect></Response>'


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/xml")]}
        )
        await send({"type": "http.response.body", "body": TWIML.encode()})
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", "text": event["text"]})


class _Server(uvicorn.Server):
    """Says so when it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stderr.write('"ready"\n')


def main() -> None:
    config = uvicorn.Config(
        echo,  # type: ignore[arg-type]  # uvicorn's own protocol types are narrower than ASGI's
        port=int(sys.argv[1]),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="error",
        lifespan="off",
    )
    # The loop is the product's own: what is compared is what a call adds, not a loop.
    server = _Server(config)
    factory = config.get_loop_factory()
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(server.serve())


if __name__ == "__main__":
    main()
