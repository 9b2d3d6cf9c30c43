"""Helpers in processes of their own: one question at a time each, a bounded queue, a deadline.

Knows how to ask and how to replace a helper that died or hung; knows nothing of what they compute. They
are processes and not threads because pocketsphinx keeps Python's lock while it decodes, which would stop
every call for that long, and because espeak-ng's library has one global state.
"""

import asyncio
import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from app.session.clock import seconds
from app.session.pools import Pool
from app.session.pulse import Recent

_LENGTHS = struct.Struct(">II")
_ROOT = Path(__file__).resolve().parents[3]


class WorkersError(Exception):
    """The question was not answered. `reason` is one word: busy, timeout or error."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


def write_message(out: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """Write one message (the helper's side)."""
    packed = msgspec.json.encode(head)
    out.write(_LENGTHS.pack(len(packed), len(body)) + packed + body)
    out.flush()


def read_message(source: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Wait for one message (the helper's side); None when the asking process is gone."""
    lengths = source.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head, body = _LENGTHS.unpack(lengths)
    data = source.read(head + body)
    return None if len(data) < head + body else (msgspec.json.decode(data[:head]), data[head:])


class Workers:
    """A pool of `size` processes of one module, started when first needed; `queue` questions may wait."""

    def __init__(self, module: str, *, size: int, queue: int, name: str = "") -> None:
        self.name = name or module.rpartition(".")[2]
        # Starting a process copies this one's page tables: that is no work for the loop's thread.
        self.pool = Pool(f"start-{self.name}", 1)
        self.wait_ms = Recent()
        self._busy_s = 0.0
        self._module = module
        self._room = size + queue
        self._asked = 0
        self._size = size
        self._turn = asyncio.Semaphore(size)
        self._idle: list[_Helper] = []

    @property
    def free(self) -> bool:
        """Whether a question asked now would be worked on at once."""
        return self._asked < self._size

    @property
    def waiting(self) -> int:
        """How many questions wait for a process."""
        return max(0, self._asked - self._size)

    def gauges(self) -> dict[str, float]:
        """Return what /metrics shows of these processes, labelled with their name."""
        label = f'{{pool="{self.name}"}}'
        return {
            f"helpers_processes{label}": float(self._size),
            f"helpers_waiting{label}": float(self.waiting),
            f"helpers_busy_seconds{label}": self._busy_s,
            f"helpers_wait_p50_ms{label}": self.wait_ms.percentile(0.5),
            f"helpers_wait_p99_ms{label}": self.wait_ms.percentile(0.99),
        }

    async def ask(
        self, head: dict[str, Any], body: bytes = b"", *, deadline_s: float
    ) -> tuple[dict[str, Any], bytes]:
        """Return the answer. Raises WorkersError; a helper that missed the deadline or died is replaced.

        Cancelling gives the question up and ends the process that worked on it.
        """
        if self._asked >= self._room:
            raise WorkersError("busy")
        self._asked += 1
        asked_at = seconds()
        try:
            async with asyncio.timeout(deadline_s), self._turn:
                began_at = seconds()
                self.wait_ms.add((began_at - asked_at) * 1_000)
                try:
                    answer, payload = await self._ask_one(head, body)
                finally:
                    self._busy_s += seconds() - began_at
        except TimeoutError:
            raise WorkersError("timeout", f"no answer within {deadline_s:g} s") from None
        finally:
            self._asked -= 1
        if "error" in answer:
            raise WorkersError("error", str(answer["error"]))
        return answer, payload

    async def _ask_one(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        helper = self._idle.pop() if self._idle else await self._start()
        kept = False
        try:
            packed = msgspec.json.encode(head)
            helper.writer.write(_LENGTHS.pack(len(packed), len(body)) + packed + body)
            await helper.writer.drain()
            head_length, body_length = _LENGTHS.unpack(await helper.reader.readexactly(_LENGTHS.size))
            data = await helper.reader.readexactly(head_length + body_length)
            kept = True
        except (OSError, asyncio.IncompleteReadError) as error:
            raise WorkersError("error", f"the process of {self._module} ended") from error
        finally:
            if kept:
                self._idle.append(helper)
            else:
                await self._end(helper)
        return msgspec.json.decode(data[:head_length]), data[head_length:]

    async def _start(self) -> "_Helper":
        starting = None
        try:
            starting = self.pool.submit(_spawn, self._module)
            process, ours = await asyncio.wrap_future(starting)
        except asyncio.CancelledError:
            if starting is not None:
                starting.add_done_callback(_let_go)
            raise
        except OSError as error:
            raise WorkersError("error", f"cannot start a process: {error.strerror}") from error
        except RuntimeError as error:  # shut down because the program ends
            raise WorkersError("error", str(error)) from error
        return _Helper(process, *await asyncio.open_unix_connection(sock=ours))

    async def _end(self, helper: "_Helper") -> None:
        helper.writer.close()
        _kill(helper.process)
        with contextlib.suppress(RuntimeError):  # the pool is shut down: the system reaps what we leave
            await asyncio.shield(asyncio.wrap_future(self.pool.submit(helper.process.wait)))

    async def aclose(self) -> None:
        """End the idle processes. Busy ones end with their questions."""
        while self._idle:
            await self._end(self._idle.pop())
        if not self._asked:
            self.pool.shutdown(wait=False)


@dataclass(frozen=True, slots=True)
class _Helper:
    """One process, and our end of the line to it."""

    process: "subprocess.Popen[bytes]"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


def _spawn(module: str) -> tuple["subprocess.Popen[bytes]", socket.socket]:
    """Start a process of this module; return it and our end of its line. Raises OSError."""
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(  # noqa: S603 - our own module
                (sys.executable, "-m", module),
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,  # Ctrl-C ends calls in order; helpers go when their line closes
            )
        except OSError:
            ours.close()
            raise
    return process, ours


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End the process and whatever it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _let_go(started: "Future[tuple[subprocess.Popen[bytes], socket.socket]]") -> None:
    """End a process that nobody waited for."""
    if not started.cancelled() and started.exception() is None:
        process, ours = started.result()
        ours.close()
        _kill(process)
        process.wait()
