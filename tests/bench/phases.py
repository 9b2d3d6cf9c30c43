"""Runs the generator against a server, phase by phase, and keeps what each phase showed."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from app.commands.call_server import ACCOUNT_SID, PUBLIC_URL, free_port
from app.simulator.load import LoadGenerator
from app.simulator.load_line import Clip, LoadAction, LoadTurn
from app.simulator.load_report import LoadPlan, LoadReport
from app.simulator.sounds import tone
from tests.bench.child import DIALAI, ECHO, REPO, TOKEN, Child, environment

SPOKEN_YES = Clip.of(tone(500))
"""The engines `timed` hear words in any sound: this one lasts as long as a spoken yes."""

KEY = LoadAction(key="1")
YES = LoadAction(clip=SPOKEN_YES)
KEY_INTO_PROMPT = LoadAction(key="1", interrupt_after_ms=200)
YES_INTO_PROMPT = LoadAction(clip=SPOKEN_YES, interrupt_after_ms=500)
MIXED = (KEY, YES, KEY_INTO_PROMPT, KEY, YES, YES_INTO_PROMPT)
"""A whole call's work: keys, speech and interruptions of both kinds, an answer every two or three seconds."""

RECOGNISER_MS = 200
BENCH_FLOWS = REPO / "tests" / "bench" / "flows"

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Size:
    """How long and how large the run is."""

    calls: int
    crowd: int
    seconds: float
    long_seconds: float
    ramp: float
    started_with: Path


FULL = Size(calls=100, crowd=200, seconds=15, long_seconds=45, ramp=40, started_with=REPO / "call_flows")
QUICK = Size(calls=10, crowd=10, seconds=3, long_seconds=6, ramp=40, started_with=BENCH_FLOWS)


@dataclass(slots=True)
class Phase:
    """One run: what the callers saw, turn by turn too, and what the server used meanwhile, by thirds."""

    report: LoadReport
    turns: list[LoadTurn] = field(default_factory=list, repr=False)
    thirds_us: list[float] = field(default_factory=list)
    memory_mb: float = 0.0
    gauges: dict[str, float] = field(default_factory=dict)
    tries: int = 1

    @property
    def frame_us(self) -> float:
        """Server CPU for each inbound frame."""
        return sum(self.thirds_us) / len(self.thirds_us) if self.thirds_us else 0.0


@dataclass(slots=True)
class Findings:
    """Everything measured. Phases are kept by name."""

    phases: dict[str, Phase] = field(default_factory=dict)
    idle_mb: float = 0.0
    flows: int = 0
    cold_s: float = 0.0
    warm_s: list[float] = field(default_factory=list)


async def _at_once() -> None:
    return


def _nobody_looks() -> None:
    return


async def measure(
    server: Child,
    rest_port: int,
    plan: LoadPlan,
    *,
    begin: Callable[[], Awaitable[None]] = _at_once,
    on_look: Callable[[], None] = _nobody_looks,
) -> Phase:
    """Run a plan; once more when the generator itself was late.

    `begin` is called before each run, `on_look` whenever the server's CPU is read.
    """
    await begin()
    phase = await _measure_once(server, rest_port, plan, on_look)
    if not phase.report.is_valid:
        await begin()
        phase = await _measure_once(server, rest_port, plan, on_look)
        phase.tries = 2
    return phase


async def _measure_once(server: Child, rest_port: int, plan: LoadPlan, on_look: Callable[[], None]) -> Phase:
    loop = asyncio.get_running_loop()
    samples: list[tuple[float, int]] = []
    memory: list[float] = []
    asked: list[asyncio.Task[dict[str, float]]] = []
    async with LoadGenerator(
        server.url, ACCOUNT_SID, TOKEN, public_url=PUBLIC_URL, rest_port=rest_port
    ) as load:

        def look() -> None:
            samples.append((server.cpu_s(), load.frames))
            memory.append(server.memory_mb())
            on_look()

        def steady() -> None:
            look()
            for third in (1, 2, 3):
                # The last look comes just before the callers hang up.
                loop.call_later(plan.seconds * third / 3 - 0.02, look)
            # While all are on the line: what happens when they hang up together is another matter.
            loop.call_later(plan.seconds - 0.5, lambda: asked.append(asyncio.ensure_future(server.gauges())))

        report = await load.run(plan, steady)
    phase = Phase(report, load.turns, memory_mb=max(memory), gauges=await asked[0])
    for (cpu, frames), (cpu_after, frames_after) in itertools.pairwise(samples):
        phase.thirds_us.append((cpu_after - cpu) * 1e6 / max(1, frames_after - frames))
    return phase


async def run_all(size: Size, room: Path, tell: Callable[[str], None]) -> Findings:
    """Run every phase. `room` is a folder of ours; `tell` is told what happens."""
    findings = Findings()
    await _starts(size, room, findings, tell)
    await _echo(size, room, findings, tell)
    await _calls(size, room, findings, tell)
    await _without_recogniser(size, room, findings, tell)
    return findings


async def _starts(size: Size, room: Path, findings: Findings, tell: Callable[[str], None]) -> None:
    tell("starting, prompts cached")
    findings.flows = len(list(size.started_with.glob("*.yaml")))
    env = environment(room / "starts", size.started_with, free_port())
    for _ in range(4):
        async with Child(DIALAI, room / "starts.log", env) as server:
            findings.warm_s.append(server.ready_s)
    findings.cold_s = findings.warm_s.pop(0)


async def _echo(size: Size, room: Path, findings: Findings, tell: Callable[[str], None]) -> None:
    tell(f"a bare echo socket, {size.crowd} connections")
    async with Child(ECHO, room / "echo.log", ready="/") as server:
        findings.phases["echo"] = await measure(server, free_port(), _plan(size, size.crowd, (), flow=""))


async def _calls(size: Size, room: Path, findings: Findings, tell: Callable[[str], None]) -> None:
    rest = free_port()
    env = environment(room / "calls", BENCH_FLOWS, rest)
    async with Child(DIALAI, room / "calls.log", env) as server:

        async def phase(name: str, callers: int, actions: Sequence[LoadAction], seconds: float = 0) -> None:
            tell(f"{name}: {callers} call{'s' if callers > 1 else ''}")
            plan = _plan(size, callers, actions, seconds=seconds)
            findings.phases[name] = await measure(server, rest, plan)

        await phase("one caller's keys", 1, (KEY_INTO_PROMPT,))
        await phase("voice into prompts", min(10, size.calls), (YES_INTO_PROMPT,))
        await phase("spoken yes", min(10, size.calls), (YES,))
        findings.idle_mb = server.memory_mb()
        await phase("whole calls", size.calls, MIXED, size.long_seconds)
        await phase("a crowd", size.crowd, MIXED)
        await phase("silence", size.crowd, ())


async def _without_recogniser(
    size: Size, room: Path, findings: Findings, tell: Callable[[str], None]
) -> None:
    tell("spoken yes, with a recogniser that takes no time")
    rest = free_port()
    env = environment(room / "instant", BENCH_FLOWS, rest, DIALAI_TIMED_STT_FINAL_MS="0")
    async with Child(DIALAI, room / "instant.log", env) as server:
        plan = _plan(size, min(10, size.calls), (YES,))
        findings.phases["spoken yes, instant recogniser"] = await measure(server, rest, plan)


def _plan(
    size: Size, callers: int, actions: Sequence[LoadAction], *, seconds: float = 0, flow: str = "bench"
) -> LoadPlan:
    return LoadPlan(callers, seconds or size.seconds, tuple(actions), flow, size.ramp)
