"""What the store's tests share: a flow, a call, a few journal lines."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.adapters.store.database import Database
from app.adapters.store.log import SqlCallLog, open_call_log
from app.adapters.store.reader import CallReader
from app.adapters.store.sealing import Vault
from app.domain.answers import Answer, Source, Status
from app.domain.call import CallId, CallInfo, Direction, Value
from app.domain.speech import Prompt, Utterance
from app.engine.actions import AnswerGiven, Order, Play, Record, StepsEntered, TurnTaken
from app.engine.events import DigitPressed, Fact
from app.flows.model import AskDigits, Flow, LanguageSpec, Place

START = datetime(2026, 1, 31, 9, 5, 7, 123_000, tzinfo=UTC)
CALL = CallId("call-1")
FLOW = Flow(
    name="clinic",
    version="3",
    title="Clinic",
    languages={"en": LanguageSpec("en", "en-US")},
    steps=(
        AskDigits(name="card", place=Place(1, 1), prompt={}, sensitive=True, min_length=4, max_length=4),
        AskDigits(name="age", place=Place(2, 1), prompt={}, min_length=1, max_length=3),
    ),
    universals={},
    max_duration_ms=900_000,
    sha256="f" * 64,
    source="flow: clinic\n",
)

_readers: list[CallReader] = []


class Wall:
    """A wall clock that moves when told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **by: float) -> None:
        self.now += timedelta(**by)


def info(call: str = CALL, sid: str = "CA1", **more: Any) -> CallInfo:
    values: dict[str, Any] = {
        "from_number": "+15550100",
        "to_number": "+15550199",
        "direction": Direction.INBOUND,
    }
    return CallInfo(id=CallId(call), carrier_sid=sid, flow="clinic", flow_version="3", **(values | more))


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'calls.sqlite3'}"


def reader(folder: Path) -> CallReader:
    """A reader of the folder's call log, closed when the test is over."""
    _readers.append(
        CallReader(Database.read(url_of(folder)), Vault(folder / "secret.key"), folder / "recordings")
    )
    return _readers[-1]


def close_readers() -> None:
    while _readers:
        _readers.pop().close()


def with_log(folder: Path, work: Callable[[SqlCallLog], Awaitable[Any]], wall: Wall | None = None) -> Any:
    """Run `work` on a freshly opened log in a loop of its own, close it, return what work gave."""

    async def run() -> Any:
        log = open_call_log(url_of(folder), folder, wall=wall or Wall())
        try:
            return await work(log)
        finally:
            await log.close()

    return asyncio.run(run())


def append(
    log: SqlCallLog,
    seq: int,
    fact: Fact | None = None,
    orders: tuple[Order, ...] = (),
    *,
    call: CallId = CALL,
    epoch: int = 0,
    sensitive: bool = False,
) -> None:
    log.append(
        call,
        epoch=epoch,
        seq=seq,
        at=seq * 100,
        fact=fact or DigitPressed("1"),
        orders=orders,
        sensitive=sensitive,
    )


def answered(slot: str, value: Value, raw: str, *, sensitive: bool = False, turn: int = 1) -> Record:
    answer = Answer(slot, value, f"label {raw}", Status.OK, Source.KEY, raw, 1.0, 1, 0, 0, "en", sensitive)
    return Record(turn * 2, AnswerGiven(turn, answer, 100, 2_000, 3_000, 1_000), durable=True)


def taken(step: str, heard: str, given: str, *, turn: int = 1) -> Record:
    entry = TurnTaken(
        turn, step, "digits", f"What is your {step}?", heard, given, "key", given, "ok",
        True, 1, 100, 2_000, 3_000, {"total": 40},
    )  # fmt: skip
    return Record(turn * 2 + 1, entry)


def entered(*steps: str) -> Record:
    return Record(99, StepsEntered(steps, "es"))


def said(text: str, *, sensitive: bool = False) -> Play:
    return Play(7, Prompt((Utterance(text, "en-US", sensitive=sensitive),)))
