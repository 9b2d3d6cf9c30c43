"""Conversations through the real AWS clients, phase by phase: what callers, server and double showed."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from app.commands.call_server import free_port
from app.simulator.load_line import Clip, LoadAction
from app.simulator.load_report import LoadPlan
from app.simulator.sounds import tone
from tests.bench.aws_child import DoubleProcess
from tests.bench.aws_double import FIRST_TOKEN_MS
from tests.bench.aws_turns import Heard, joined
from tests.bench.child import DIALAI, KEY, REPO, Child, environment
from tests.bench.phases import Phase, measure

FLOWS: Final = REPO / "tests" / "bench" / "aws_flows"
SENTENCE: Final = Clip.of(tone(1_000))
ANSWER: Final = LoadAction(clip=SENTENCE)
INTERRUPTION: Final = LoadAction(clip=SENTENCE, interrupt_after_ms=2_000)
EARLY_INTERRUPTION: Final = LoadAction(clip=SENTENCE, interrupt_after_ms=400)
POLLY_AT_ONCE: Final = 50
POLLY_A_SECOND: Final = 1_000
"""More than an account has: the bench asks what the server costs, not what an account allows."""

_LED_ASTRAY: Final = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ENDPOINT_URL", "AWS_PROFILE")
_COSTED: Final = 30
_LEAST_MINUTES: Final = 0.1
PARTS: Final = ("transcribe", "polly", "bedrock")


@dataclass(frozen=True, slots=True)
class AwsSize:
    """`levels` are callers and seconds, long enough to see one call's CPU; `first_s` warms the server up."""

    first_s: float
    levels: tuple[tuple[int, float], ...]
    tales: tuple[int, float]


AWS_FULL: Final = AwsSize(first_s=6, levels=((1, 20), (20, 20), (50, 15), (100, 20)), tales=(20, 20))
AWS_QUICK: Final = AwsSize(first_s=6, levels=((1, 8), (3, 8)), tales=(3, 8))


@dataclass(slots=True)
class Level:
    """One phase: the callers' side, the turns, and how busy the double was (1 is a whole core)."""

    phase: Phase
    heard: Heard
    seconds: float
    double_share: float
    double_lag_p99_ms: float

    @property
    def call_ms(self) -> float:
        """Server CPU for each call and second, in ms."""
        return self.phase.frame_us * 50 / 1000


@dataclass(slots=True)
class Cost:
    """What calls cost by list price, in US dollars, over the minutes they were answered for."""

    calls: int = 0
    minutes: float = 0.0
    spent: dict[str, float] = field(default_factory=dict)
    carrier_minute: float = 0.0

    @property
    def a_minute(self) -> dict[str, float]:
        """Each part of the price of a whole minute."""
        if not self.calls:
            return {}
        parts = {name: spent / self.minutes for name, spent in self.spent.items()}
        return {**parts, "carrier": self.carrier_minute}


@dataclass(slots=True)
class AwsFindings:
    """Everything measured with the double. `levels` are by how many called."""

    levels: dict[int, Level] = field(default_factory=dict)
    tales: Level | None = None
    first_lag_ms: float = 0.0
    cost: Cost = field(default_factory=Cost)


async def run_aws(size: AwsSize, room: Path, tell: Callable[[str], None]) -> AwsFindings:
    """Run every phase against one server. `room` is a folder of ours; `tell` is told what happens."""
    findings = AwsFindings()
    rest = free_port()
    async with DoubleProcess() as double:
        engines = {f"DIALAI_{engine}": "aws" for engine in ("STT", "LLM", "TTS")}
        pace = {"DIALAI_POLLY_CONCURRENCY": str(POLLY_AT_ONCE), "DIALAI_POLLY_RATE": str(POLLY_A_SECOND)}
        more = {**double.variables, **engines, **pace}
        env = environment(room / "aws", FLOWS, rest, **more)
        for name in _LED_ASTRAY:
            env.pop(name, None)
        async with Child(DIALAI, room / "aws.log", env) as server:
            tell("the first call through AWS's clients")
            first = await _level(server, double, rest, LoadPlan(1, size.first_s, (ANSWER,), "talk", 40))
            findings.first_lag_ms = first.phase.gauges["dialai_loop_lag_max_ms"]
            for callers, seconds in size.levels:
                tell(f"conversations through AWS's clients: {callers} call{'s' if callers > 1 else ''}")
                plan = LoadPlan(callers, seconds, (ANSWER, INTERRUPTION), "talk", 40)
                findings.levels[callers] = await _level(server, double, rest, plan)
            tell("a model that is interrupted while it still speaks")
            callers, seconds = size.tales
            plan = LoadPlan(callers, seconds, (EARLY_INTERRUPTION,), "tale", 40)
            findings.tales = await _level(server, double, rest, plan)
            tell("the calls' cost, as their log has it")
            findings.cost = await _cost(server.url)
    return findings


async def _level(server: Child, double: DoubleProcess, rest: int, plan: LoadPlan) -> Level:
    used: list[float] = []

    async def begin() -> None:
        used.clear()
        await double.forget()

    phase = await measure(server, rest, plan, begin=begin, on_look=lambda: used.append(double.cpu_s()))
    told = await double.tell()
    heard = joined(phase.turns, told, FIRST_TOKEN_MS)
    share = (used[-1] - used[0]) / plan.seconds
    return Level(phase, heard, plan.seconds, share, told["lag_p99_ms"])


async def _cost(url: str) -> Cost:
    """Return what a minute of conversation cost, of the calls that were long enough to tell."""
    cost = Cost()
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=30) as http:
        page = await http.get("/api/calls", params={"flow": "talk", "limit": 500})
        page.raise_for_status()
        for summary in page.json()["calls"]:
            if cost.calls < _COSTED:
                add_call(cost, (await http.get(f"/api/calls/{summary['id']}")).json())
    return cost


def add_call(cost: Cost, call: Mapping[str, Any]) -> None:
    """Add what one call used; a call that was hardly begun tells nothing of a minute."""
    if not call["answered_at"] or not call["ended_at"]:
        return
    lasted = datetime.fromisoformat(call["ended_at"]) - datetime.fromisoformat(call["answered_at"])
    minutes = lasted / timedelta(minutes=1)
    if minutes < _LEAST_MINUTES:
        return
    cost.calls += 1
    cost.minutes += minutes
    for part in PARTS:
        cost.spent[part] = cost.spent.get(part, 0.0) + call["cost"][part]
    # The carrier counts minutes begun, and a bench's calls end in the middle of one.
    cost.carrier_minute = call["cost"]["carrier"] / math.ceil(minutes)
