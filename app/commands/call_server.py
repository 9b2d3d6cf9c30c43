"""A whole server in a child process, for one simulated call; knows how to start, reach and end it."""

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx

READY_S = 120
"""The first start synthesises every prompt of every flow."""
STOP_S = (2, 15)
"""After a first Ctrl-C calls may end by themselves, after a second they are ended; then the process is."""
POLL_S = 0.1
ACCOUNT_SID = "AC" + "5" * 32
PUBLIC_URL = "https://dialai.localhost"
"""What the server calls itself: as behind a tunnel, so that URLs and signatures are those of real calls."""
PROGRAM: Sequence[str] = (sys.executable, "-m", "app.cli", "serve")


class ServerError(Exception):
    """The server did not do what was asked of it; one line says why."""


class NotStartedError(ServerError):
    """The server did not start; the line is its own last word."""


def free_port() -> int:
    """A port of the loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class ChildServer:
    """`dialai serve` on an ephemeral port, with secrets of its own. Use it as an async context manager."""

    data_dir: Path
    flows_dir: Path
    log: Path
    rest_port: int
    from_number: str
    environment: Mapping[str, str] = field(default_factory=dict)
    auth_token: str = field(default_factory=lambda: secrets.token_hex(16))
    api_key: str = field(default_factory=lambda: secrets.token_hex(16))
    port: int = field(default_factory=free_port)
    _process: asyncio.subprocess.Process | None = None
    _http: httpx.AsyncClient | None = None

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"http://127.0.0.1:{self.port}"

    def _environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "DIALAI_DEV": "0",
            "DIALAI_RECORD": "1",
            "DIALAI_LOG_JSON": "1",
            "DIALAI_PUBLIC_URL": PUBLIC_URL,
            "DIALAI_DATA_DIR": str(self.data_dir),
            "DIALAI_FLOWS_DIR": str(self.flows_dir),
            "DIALAI_API_KEY": self.api_key,
            "DIALAI_TWILIO_API_URL": f"http://127.0.0.1:{self.rest_port}",
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": self.auth_token,
            "TWILIO_FROM_NUMBER": self.from_number,
            **self.environment,
        }

    async def __aenter__(self) -> "ChildServer":
        self.log.parent.mkdir(parents=True, exist_ok=True)
        headers = {"Authorization": f"Bearer {self.api_key}"}
        self._http = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=10, trust_env=False)
        self._process = await self._spawned()
        try:
            await self._ready(self._process)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def _spawned(self) -> asyncio.subprocess.Process:
        with self.log.open("wb") as log:
            return await self._spawn(log)

    async def _spawn(self, out: IO[bytes] | int) -> asyncio.subprocess.Process:
        """Start the process, which writes all that it says to `out`."""
        return await asyncio.create_subprocess_exec(
            *PROGRAM,
            *("--host", "127.0.0.1", "--port", str(self.port)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environ(),
            start_new_session=True,  # Ctrl-C is ours: the child is ended when the call is
        )

    async def _ready(self, process: asyncio.subprocess.Process) -> None:
        give_up = asyncio.get_running_loop().time() + READY_S
        while process.returncode is None:
            if await self._answers("/readyz"):
                return
            if asyncio.get_running_loop().time() > give_up:
                raise NotStartedError(f"the server is not ready after {READY_S} s; its log: {self.log}")
            await asyncio.sleep(POLL_S)
        raise NotStartedError(self._last_words())

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "the server ended without a word"

    async def _answers(self, path: str) -> bool:
        try:
            return (await self._client.get(path)).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    @property
    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            raise ServerError("the server has not been started")
        return self._http

    async def __aexit__(self, *_: object) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            await _ended(process)
        if self._http is not None:
            await self._http.aclose()

    # The operators' API.

    async def dial(self, to: str, flow: str, variables: Mapping[str, Any]) -> None:
        """Have the server call a number. Raises ServerError when it refuses."""
        body = {"to": to, "flow": flow, "variables": dict(variables)}
        answer = await self._client.post("/api/calls", json=body)
        if answer.is_error:
            raise ServerError(f"the server refused to dial: HTTP {answer.status_code} {answer.text.strip()}")

    async def flows(self) -> list[str]:
        """The names of the flows it serves."""
        found = await self._json("/api/flows")
        return [flow["name"] for flow in found["flows"]] if found else []

    async def call_id(self, carrier_sid: str) -> str | None:
        """The call's id in the log, once it is there."""
        found = await self._json("/api/calls?limit=20")
        calls = found["calls"] if found else []
        return next((str(call["id"]) for call in calls if call["carrier_sid"] == carrier_sid), None)

    async def call(self, call_id: str) -> dict[str, Any] | None:
        """The call with its answers and turns."""
        return await self._json(f"/api/calls/{call_id}")

    async def events(self, call_id: str) -> list[dict[str, Any]]:
        """The call's journal so far."""
        found = await self._json(f"/api/calls/{call_id}/events")
        return list(found["events"]) if found else []

    async def recording(self, call_id: str) -> bytes | None:
        """The server's own recording, where it made one."""
        answer = await self._client.get(f"/api/calls/{call_id}/audio")
        return answer.content if answer.status_code == httpx.codes.OK else None

    async def _json(self, path: str) -> dict[str, Any] | None:
        answer = await self._client.get(path)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.is_error:
            raise ServerError(f"GET {path}: HTTP {answer.status_code} {answer.text.strip()[:200]}")
        found: dict[str, Any] = answer.json()
        return found


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Stop the server as an operator would, so that a call under way gets its disposition."""
    for patience_s in STOP_S:
        process.send_signal(signal.SIGINT)
        try:
            await asyncio.wait_for(process.wait(), patience_s)
        except TimeoutError:
            continue
        return
    process.kill()
    await process.wait()
