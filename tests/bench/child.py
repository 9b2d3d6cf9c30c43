"""One server in a process and on a core of its own: started, waited for, read by psutil, ended."""

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import httpx
import psutil

from app.commands.call_server import ACCOUNT_SID, PUBLIC_URL, free_port

TOKEN = "b" * 32
KEY = "bench"
REPO = Path(__file__).parents[2]
READY_S = 60.0
READY = b'"ready"'
"""In the line by which a server says that it takes calls."""
ECHO = (sys.executable, "-m", "tests.bench.echo", "{port}")
DIALAI = (sys.executable, "-m", "app.cli", "serve", "--port", "{port}")


def pin(core: int) -> list[str]:
    """What starts a program on one core; nothing where that cannot be."""
    can_pin = shutil.which("taskset") is not None and (os.cpu_count() or 1) > 1
    return ["taskset", "-c", str(core)] if can_pin else []


def environment(data: Path, flows: Path, rest_port: int, **more: str) -> dict[str, str]:
    """A real deployment's settings, but for engines of known speed."""
    return {
        **os.environ,
        "DIALAI_DEV": "0",
        "DIALAI_STT": "timed",
        "DIALAI_TTS": "timed",
        "DIALAI_LOG_JSON": "1",
        "DIALAI_MAX_CALLS": "2000",
        "DIALAI_PUBLIC_URL": PUBLIC_URL,
        "DIALAI_DATA_DIR": str(data),
        "DIALAI_FLOWS_DIR": str(flows),
        "DIALAI_API_KEY": KEY,
        "DIALAI_TWILIO_API_URL": f"http://127.0.0.1:{rest_port}",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM_NUMBER": "+12025550100",
        **more,
    }


async def _keep(first: bytes, said: asyncio.StreamReader, path: Path) -> None:
    """Put everything a server says into its log."""
    with path.open("ab", buffering=0) as log:
        piece = first
        while piece:
            log.write(piece)
            piece = await said.read(1 << 16)


class Child:
    """A server of ours. Use it as an async context manager: inside, it is ready."""

    def __init__(
        self, program: Sequence[str], log: Path, env: Mapping[str, str] | None = None, ready: str = "/readyz"
    ) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.ready_s = 0.0
        self._command = [*pin(0), *(part.format(port=port) for part in program)]
        self._env = env
        self._log = log
        self._ready = ready
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Child":
        loop = asyncio.get_running_loop()
        began = loop.time()
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.PIPE,  # where servers say that they are there
                env=self._env,
                cwd=REPO,
            )
        # taskset replaces itself by the program, so the process is the server.
        self._seen = psutil.Process(self._process.pid)
        self._http = httpx.AsyncClient(base_url=self.url, trust_env=False)
        try:
            async with asyncio.timeout(READY_S):
                await self._greeted()
        except (TimeoutError, httpx.HTTPError, EOFError) as error:
            await self.__aexit__(None, None, None)
            said = self._log.read_text()[-600:] or type(error).__name__
            raise RuntimeError(f"the server did not start; its log: {said}") from None
        self.ready_s = loop.time() - began
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()
        if self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 20)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        if self._reading is not None:
            await self._reading
            self._reading = None

    async def _greeted(self) -> None:
        """Wait until the server says that it is ready, then until it answers."""
        said = self._process.stderr
        assert said is not None
        heard = b""
        while READY not in heard:
            line = await said.readline()
            heard += line
            if not line:
                self._log.write_bytes(heard)
                raise EOFError
        self._reading = asyncio.create_task(_keep(heard, said, self._log))
        (await self._http.get(self._ready, timeout=READY_S)).raise_for_status()

    def cpu_s(self) -> float:
        """Processor time used so far, all threads, children excluded."""
        times = self._seen.cpu_times()
        return times.user + times.system

    def memory_mb(self) -> float:
        """Resident memory that is this process's own (children excluded)."""
        return float(self._seen.memory_info().rss) / 1e6

    async def gauges(self) -> dict[str, float]:
        """What /metrics says; nothing where there is no such page."""
        headers = {"Authorization": f"Bearer {KEY}"}
        # A server that has more calls than it can carry answers once they are gone.
        answer = await self._http.get("/metrics", headers=headers, timeout=READY_S)
        if not answer.headers["content-type"].startswith("text/plain"):
            return {}
        lines = [line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in lines}
