"""The AWS double in a process on the generator's core: started, asked what it saw, ended. Knows no server."""

import asyncio
import json
import sys
from types import TracebackType
from typing import Any

import psutil

from tests.bench.child import READY_S, REPO, pin

DOUBLE = (sys.executable, "-m", "tests.bench.aws_double")
_LONGEST_LINE = 1 << 26


class DoubleProcess:
    """Use it as an async context manager: inside, `variables` lead a server's AWS clients to it."""

    def __init__(self) -> None:
        self.variables: dict[str, str] = {}

    async def __aenter__(self) -> "DoubleProcess":
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *pin(1), *DOUBLE, stdin=pipe, stdout=pipe, cwd=REPO, limit=_LONGEST_LINE
        )
        self._seen = psutil.Process(self._process.pid)
        try:
            self.variables = await self._line()
        except (TimeoutError, ValueError):
            await self.__aexit__(None, None, None)
            raise RuntimeError("the AWS double did not start; what it said stands above") from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 20)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    def cpu_s(self) -> float:
        """Processor time used so far."""
        times = self._seen.cpu_times()
        return times.user + times.system

    async def forget(self) -> None:
        """Have it forget what it saw so far."""
        await self._write(b"forget\n")

    async def tell(self) -> dict[str, Any]:
        """Return what it saw since."""
        await self._write(b"tell\n")
        return await self._line()

    async def _write(self, line: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        await self._process.stdin.drain()

    async def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        async with asyncio.timeout(READY_S):
            found: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return found
