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

    async def __aenter__(self) -> "Child":
        loop = asyncio.get_running_loop()
        began = loop.time()
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env,
                cwd=REPO,
            )
        # taskset replaces itself by the program, so the process is the server.
        self._seen = psutil.Process(self._process.pid)
        self._http = httpx.AsyncClient(base_url=self.url, trust_env=False)
        while not await self._answers():
            if self._process.returncode is not None or loop.time() - began > READY_S:
                await self.__aexit__(None, None, None)
                raise RuntimeError(f"the server did not start; its log: {self._log.read_text()[-600:]}")
            await asyncio.sleep(0.02)
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

    async def _answers(self) -> bool:
        try:
            return (await self._http.get(self._ready)).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def cpu_s(self) -> float:
        """Processor time used so far, all threads, children excluded."""
        times = self._seen.cpu_times()
        return times.user + times.system

    def memory_mb(self) -> float:
        """Resident memory that is this process's own (children excluded)."""
        return float(self._seen.memory_info().rss) / 1e6

    async def gauges(self) -> dict[str, float]:
        """What /metrics says; nothing where there is no such page."""
        answer = await self._http.get("/metrics", headers={"Authorization": f"Bearer {KEY}"})
        if not answer.headers["content-type"].startswith("text/plain"):
            return {}
        lines = [line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in lines}
