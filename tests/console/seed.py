"""Fills a call log with made-up calls of the flow csat, the same ones each time; no engine is run."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.adapters.flow_folder import FlowFolder
from app.adapters.store.log import SqlCallLog, open_call_log
from app.domain.answers import Answer, Source, Status
from app.domain.call import CallId, CallInfo, Direction, Disposition
from app.engine.actions import AnswerGiven, Order, Record, StepsEntered, TurnTaken
from app.engine.events import DigitPressed, Fact, LegAnswered, LegEnded, ProviderReported
from app.flows.model import Flow

FLOWS = Path(__file__).parents[2] / "call_flows"
NOW = datetime(2026, 11, 20, 18, 0, 0, tzinfo=UTC)

KEYS = {"yes": "1", "price": "1", "quality": "2", "delivery": "3"}
"""What is pressed for an answer; a number is pressed as it is."""

QUESTIONS = (
    ("agreed", "consent", "May we ask you a few questions, and record this call?", ("yes",)),
    ("score", "rating", "How happy are you with your last order?", ("5", "4", "4", "3", "2", "1")),
    ("reason", "select_one", "What matters most to you?", ("price", "quality", "delivery")),
)


@dataclass
class Wall:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


def seed(data_dir: Path, calls: int = 60) -> list[CallId]:
    """Write so many calls into the log of this data directory, newest last; return their ids."""
    data_dir.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_seed(data_dir, calls))


async def _seed(data_dir: Path, calls: int) -> list[CallId]:
    flow = FlowFolder(FLOWS).get("csat")
    assert flow is not None
    wall, dice, ids = Wall(), random.Random(7), []  # noqa: S311 - not for secrets
    log = open_call_log(f"sqlite:///{data_dir / 'dialai.sqlite3'}", data_dir, wall=wall)
    try:
        for n in range(calls):
            wall.now = NOW - timedelta(minutes=37 * (calls - n))
            ids.append(await _call(log, flow, n, wall, dice))
    finally:
        await log.close()
    return ids


async def _call(log: SqlCallLog, flow: Flow, n: int, wall: Wall, dice: random.Random) -> CallId:
    call = CallId(f"call-{n:05}")
    language = dice.choice(("en", "en", "es"))
    info = CallInfo(
        id=call,
        carrier_sid=f"CA{n:032}",
        flow=flow.name,
        flow_version=flow.version,
        direction=Direction.OUTBOUND if n % 3 == 0 else Direction.INBOUND,
        from_number=f"+1415555{2000 + n % 8000:04}",
        to_number="+14155550100",
        variables={},
    )
    await log.open(info, flow)
    at, end = 0, Disposition.COMPLETED
    for seq, (fact, orders, passes, disposition) in enumerate(_story(language, dice)):
        log.append(call, epoch=0, seq=seq, at=at, fact=fact, orders=orders, sensitive=False)
        at += passes
        end = disposition or end
    await log.commit(call)
    wall.now += timedelta(milliseconds=at)
    await log.finish(call, 0, end, "flow" if end is Disposition.COMPLETED else "hangup")
    return call


_Line = tuple[Fact, tuple[Order, ...], int, Disposition | None]


def _story(language: str, dice: random.Random) -> Iterator[_Line]:
    """Yield what happens on one call: the fact, what it led to, how long until the next, how it ended."""
    yield LegAnswered(), (Record(0, StepsEntered(("lang", "intro", "agreed"), language)),), 9_000, None
    at = 9_000
    for turn, (step, kind, prompt, values) in enumerate(QUESTIONS, 1):
        if dice.random() < 0.12:
            yield LegEnded("hangup"), (), 0, Disposition.PARTIAL if turn == 3 else Disposition.BREAK_OFF
            return
        is_key = dice.random() < 0.5
        value = dice.choice(values)
        given = KEYS.get(value, value) if is_key else value
        asked, took = at, dice.randrange(2_000, 9_000)
        line = TurnTaken(
            turn, step, kind, prompt, prompt, given, "key" if is_key else "speech", value,
            "answer" if dice.random() > 0.1 else "no_match", dice.random() < 0.3, int(dice.random() < 0.05),
            asked, asked + 4_000, asked + took, _latency(dice, is_key=is_key),
            {"tts": "cache"} if is_key else {"stt": "pocketsphinx", "tts": "cache"},
        )  # fmt: skip
        answer = Answer(
            step, value, value, Status.OK, Source.KEY if is_key else Source.SPEECH, given,
            1.0 if is_key else round(dice.uniform(0.5, 1.0), 2), 1, 0, 0, language,
        )  # fmt: skip
        stored = AnswerGiven(turn, answer, asked, asked + 4_000, asked + took, took)
        orders = (Record(turn * 2, line), Record(turn * 2 + 1, stored, durable=True))
        yield DigitPressed(given[:1] if is_key else "1"), orders, took, None
        at += took
    yield ProviderReported("tts", "used", "espeak-ng", 300, "characters"), (), 3_000, None


def _latency(dice: random.Random, *, is_key: bool) -> dict[str, int]:
    sound = int(dice.lognormvariate(3.2, 0.5))
    if is_key:
        return {"first_audio": sound, "total": sound}
    silence, words = dice.randrange(480, 900), int(dice.lognormvariate(5, 0.4))
    return {"end_of_turn": silence, "recognition": words, "first_audio": sound, "total": silence + sound}
