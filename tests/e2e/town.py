"""A server in a child process and a telephone network around it: what every test here is played in."""

import asyncio
import json
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from app.commands.call_server import ACCOUNT_SID, PUBLIC_URL, ChildServer, NotStartedError, free_port
from app.commands.calls import calls
from app.simulator.exchange import Voice
from app.simulator.network import TelephoneNetwork
from app.simulator.report import LONG_SILENCE_MS, CallReport
from tests.e2e.flow import write_flows

NUMBER = "+12025550100"
TIMED = {"DIALAI_STT": "timed", "DIALAI_TTS": "timed", "DIALAI_TIMED_TTS_FIRST_MS": "0"}
OFFLINE = {"DIALAI_STT": "offline", "DIALAI_TTS": "offline"}


@dataclass(slots=True)
class Server(ChildServer):
    """The server, which here may be killed, told to leave, and started again where it was."""

    starts: int = 0
    _said: list[str] = field(default_factory=list)
    _has_said: asyncio.Condition = field(default_factory=asyncio.Condition)
    _reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start on the same port with the same data; return when it takes calls."""
        self.starts += 1
        self.log = self.data_dir / f"server-{self.starts}.log"
        if self._http is not None:
            await self._http.aclose()
        try:
            await self.__aenter__()  # a server that is started again is entered again
        except NotStartedError as error:
            raise NotStartedError(self.output[-2_000:]) from error

    async def metrics(self) -> str:
        """Return what the server measures of itself, in Prometheus' text form."""
        return (await self._client.get("/metrics")).text

    async def _spawned(self) -> asyncio.subprocess.Process:
        process = await self._spawn(asyncio.subprocess.PIPE)
        self._reading = asyncio.create_task(self._read(process.stdout))
        return process

    async def _read(self, output: asyncio.StreamReader) -> None:
        with self.log.open("w") as log:
            while line := (await output.readline()).decode(errors="replace"):
                log.write(line)
                log.flush()
                async with self._has_said:
                    self._said.append(line)
                    self._has_said.notify_all()

    async def __aexit__(self, *_: object) -> None:
        await ChildServer.__aexit__(self)
        if self._reading is not None:
            await self._reading

    async def said(self, *words: str) -> None:
        """Return when the server has written a line that holds all these words."""
        seen = 0

        def is_said() -> bool:
            nonlocal seen
            news, seen = self._said[seen:], len(self._said)
            return any(all(word in line for word in words) for line in news)

        async with self._has_said:
            await self._has_said.wait_for(is_said)

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        assert self._process is not None
        self._process.kill()
        await self.exit_code()

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def exit_code(self) -> int:
        """Return what it left with, once it has left and all that it wrote has been read."""
        assert self._process is not None
        assert self._reading is not None
        await self._reading
        return await self._process.wait()

    async def settled(self) -> None:
        """Let it leave of itself and start it again: all it had to write of its calls is written then."""
        self.tell(signal.SIGTERM)
        assert await self.exit_code() == 0
        await self.start()

    @property
    def output(self) -> str:
        """Everything that all its processes wrote on standard output and standard error."""
        return "".join(self._said)

    @property
    def database(self) -> Path:
        """The file of its call log."""
        return self.data_dir / "dialai.sqlite3"

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask its database, behind its back."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()

    def ends(self, call_id: str) -> tuple[int, int]:
        """How many CallEnded entries and how many HangUp orders a call's journal holds."""
        told: Counter[str] = Counter()
        for (data,) in self.rows("select data from call_event where call = ?", call_id):
            for order in json.loads(data)["orders"]:
                told[order["kind"]] += 1
                told[order.get("writes", "")] += 1
        return told["CallEnded"], told["HangUp"]

    async def record(self, carrier_sid: str) -> Mapping[str, Any]:
        """Return the call as the API tells it, which has ended."""
        ((call_id,),) = self.rows("select id from call where carrier_sid = ?", carrier_sid)
        record = await self.call(call_id)
        assert record is not None
        assert record["disposition"], record
        return record


@dataclass(frozen=True, slots=True)
class Told:
    """One call: what the line reported, what the log says of it, and what its recording holds."""

    report: CallReport
    record: Mapping[str, Any]
    ends: tuple[int, int]
    dispositions: list[str]
    given: list[str]
    replay: str
    audio: bytes | None

    @property
    def values(self) -> dict[str, Any]:
        """The answers by name."""
        return {name: answer["value"] for name, answer in self.record["answers"].items()}

    @property
    def codes(self) -> set[int]:
        """What Twilio's debugger would show."""
        return {violation.code for violation in self.report.violations}

    def assert_sound(
        self, *, codes: frozenset[int] = frozenset(), silence_ms: int | None = LONG_SILENCE_MS
    ) -> None:
        """Hold what every call must hold, however it went; `codes` are warnings that had to come.

        Without `silence_ms` nobody says how long the line may be silent: a process that must be started
        takes what the machine gives it.
        """
        assert self.ends == (1, 1), "one CallEnded, one HangUp"
        assert self.dispositions == [self.record["disposition"]]
        assert not self.codes - codes, self.report.violations
        assert silence_ms is None or self.report.longest_silence_ms <= silence_ms, self.report.silences
        assert not self.report.failure, (self.report.failure, self.report.happenings)
        assert self.report.steps_left == 0
        assert sorted(set(self.given)) == sorted(self.given), "no answer twice"
        assert self.replay.startswith("same orders"), self.replay


async def told(server: Server, reports: Sequence[CallReport]) -> list[Told]:
    """Gather what is known of these calls, which are over on the line."""
    for report in reports:
        ((call_id,),) = server.rows("select id from call where carrier_sid = ?", report.call_sid)
        await server.said('"event": "call"', call_id)
    await server.settled()
    return [await _told(server, report) for report in reports]


async def _told(server: Server, report: CallReport) -> Told:
    record = await server.record(report.call_sid)
    dispositions = server.rows("select disposition from call where carrier_sid = ?", report.call_sid)
    given = server.rows("select slot from answer where call = ?", record["id"])
    environment = {"DIALAI_DATA_DIR": str(server.data_dir)}
    replay = CliRunner().invoke(calls, ["replay", record["id"]], env=environment)
    return Told(
        report,
        record,
        server.ends(record["id"]),
        [name for (name,) in dispositions],
        [slot for (slot,) in given],
        replay.output,
        await server.recording(record["id"]),
    )


@asynccontextmanager
async def town(
    folder: Path, engines: Mapping[str, str], *, voice: Voice | None = None, **environment: str
) -> AsyncIterator[tuple[Server, TelephoneNetwork]]:
    """Run a server with its data in `folder`, and the network that it hangs on."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nobody else runs yet
    server = Server(
        folder,
        write_flows(folder / "flows"),
        folder / "server.log",
        rest_port=free_port(),
        from_number=NUMBER,
        environment={**engines, **environment},
    )
    network = TelephoneNetwork(
        server.url,
        ACCOUNT_SID,
        server.auth_token,
        public_url=PUBLIC_URL,
        number=NUMBER,
        voice=voice,
        rest_port=server.rest_port,
    )
    async with network:
        await server.start()
        try:
            yield server, network
        finally:
            await server.__aexit__()
