"""A server in a child process and a telephone network around it: what every test here is played in."""

import asyncio
import json
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from app.commands.call_server import ACCOUNT_SID, PUBLIC_URL, ChildServer, free_port
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
    _said: list[Path] = field(default_factory=list)

    async def start(self) -> None:
        """Start on the same port with the same data; return when it takes calls."""
        self.starts += 1
        self.log = self.data_dir / f"server-{self.starts}.log"
        self._said.append(self.log)
        if self._http is not None:
            await self._http.aclose()
        await self.__aenter__()  # a server that is started again is entered again

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def exit_code(self) -> int:
        """Return what it left with, once it has left."""
        assert self._process is not None
        return await self._process.wait()

    @property
    def output(self) -> str:
        """Everything that all its processes wrote on standard output and standard error."""
        return "".join(path.read_text(errors="replace") for path in self._said)

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
        """Return the call as the API tells it, once it has ended."""
        give_up = asyncio.get_running_loop().time() + 20
        while True:
            found = [call for (call,) in self.rows("select id from call where carrier_sid = ?", carrier_sid)]
            record = await self.call(found[0]) if found else None
            if record is not None and record["disposition"]:
                return record
            assert asyncio.get_running_loop().time() < give_up, (carrier_sid, record)
            await asyncio.sleep(0.05)


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

    def assert_sound(self, *, codes: frozenset[int] = frozenset(), silence_ms: int = LONG_SILENCE_MS) -> None:
        """Hold what every call must hold, however it went; `codes` are warnings that had to come."""
        assert self.ends == (1, 1), "one CallEnded, one HangUp"
        assert self.dispositions == [self.record["disposition"]]
        assert not self.codes - codes, self.report.violations
        assert self.report.longest_silence_ms <= silence_ms, self.report.silences
        assert not self.report.failure, (self.report.failure, self.report.happenings)
        assert self.report.steps_left == 0
        assert sorted(set(self.given)) == sorted(self.given), "no answer twice"
        assert self.replay.startswith("same orders"), self.replay


async def told(server: Server, report: CallReport) -> Told:
    """Gather what is known of a call that is over."""
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
