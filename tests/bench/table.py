"""Says what was measured: figure, value, goal and how; a table for people, JSON for machines."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psutil
from rich.table import Table

from app.simulator.load_report import LATENESS_LIMIT_MS, Spread
from tests.bench.phases import RECOGNISER_MS, Findings, Phase

FRAMES_PER_S = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `reached` is None where there is no goal, or where the run does not count."""

    figure: str
    value: str
    goal: str
    reached: bool | None
    how: str


def as_table(found: Sequence[Row]) -> Table:
    """Return the figures for people."""
    table = Table(title="DialAI bench", title_justify="left", show_lines=False, padding=(0, 1))
    table.add_column("figure")
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("goal", justify="right")
    table.add_column("", width=3)
    table.add_column("how it was measured", style="dim")
    signs = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}
    for row in found:
        table.add_row(row.figure, row.value, row.goal, signs[row.reached], row.how)
    table.caption = _machine_line()
    return table


def rows(findings: Findings) -> list[Row]:
    """Every figure, in the order of the design's list."""
    return [
        *_cost(findings),
        *_reactions(findings),
        *_hundred(findings),
        *_starts(findings),
        *_generator(findings),
    ]


def _cost(findings: Findings) -> list[Row]:
    echo, crowd, long = (findings.phases[name] for name in ("echo", "a crowd", "whole calls"))
    silence = findings.phases["silence"]
    answers = crowd.report.key_to_audio.count + crowd.report.speech_end_to_audio.count
    callers = crowd.report.callers
    first, last = long.thirds_us[0], long.thirds_us[-1]
    mb = (long.memory_mb - findings.idle_mb) / long.report.callers
    how = f"{callers} calls by key and voice, engines timed, for {crowd.report.steady_s:.0f} s"
    return [
        Row("server CPU per 20 ms frame", f"{crowd.frame_us:.1f} us", "30, at most 80",
            _counts(crowd, crowd.frame_us <= 30), how),
        Row("the same, callers who say nothing", f"{silence.frame_us:.1f} us", "", None,
            f"the way of a frame alone; the rest is answers, {answers / crowd.report.steady_s:.0f} a second"),
        Row("the same, a bare echo socket", f"{echo.frame_us:.1f} us", "", None,
            f"{echo.report.callers} connections, raw ASGI on the same web server, each frame sent back"),
        Row("a call's work over an echo", f"{crowd.frame_us / max(echo.frame_us, 0.1):.2f} x", "", None,
            "the ratio of these two: it compares machines"),
        Row("calls one core can carry", f"{_calls_a_core(crowd):.0f}", "600, first step 250",
            _counts(crowd, _calls_a_core(crowd) >= 600), "from CPU per frame, 50 frames a second (echo: "
            f"{_calls_a_core(echo):.0f})"),
        Row("CPU per frame, last third over first", f"{last / max(first, 0.1):.2f} x", "flat: 1.1",
            _counts(long, last <= first * 1.1),
            f"{first:.1f} -> {last:.1f} us, {long.report.callers} calls of {long.report.steady_s:.0f} s"),
        Row("memory per call", f"{mb:.2f} MB", "0.5", mb <= 0.5,
            f"{long.memory_mb:.0f} MB at {long.report.callers} calls, {findings.idle_mb:.0f} MB before"),
    ]  # fmt: skip


def _reactions(findings: Findings) -> list[Row]:
    one, crowd = findings.phases["one caller's keys"], findings.phases["whole calls"]
    voice, yes = findings.phases["voice into prompts"], findings.phases["spoken yes"]
    bare = findings.phases["spoken yes, instant recogniser"]
    spoken, alone = yes.report.speech_end_to_audio, bare.report.speech_end_to_audio
    return [
        _row("key -> next prompt's sound, 1 call", one, one.report.key_to_audio, "p99 20", _p99(one, 20),
             "key sent -> first audio received; the answer is on disk before"),
        _row(f"the same, {crowd.report.callers} calls", crowd, crowd.report.key_to_audio, "p99 40",
             _p99(crowd, 40), "as above"),
        _row("key -> clear", one, one.report.key_to_clear, "p99 20", one.report.key_to_clear.p99 <= 20,
             "key pressed into a prompt, 1 call"),
        _row("voice onset -> clear", voice, voice.report.voice_to_clear, "p95 240",
             voice.report.voice_to_clear.p95 <= 240, "sound into a prompt; 200 ms is the evidence asked for"),
        _row("end of a spoken yes -> next prompt", yes, spoken, "", None,
             f"recogniser gives its final {RECOGNISER_MS} ms after the end of speech is known"),
        Row("   of which recogniser", f"{max(0.0, spoken.p50 - alone.p50):.0f} ms", "", None,
            "p50 of the above less p50 with a recogniser that takes no time"),
        _row("   recogniser's share excluded", bare, alone, "p95 320", alone.p95 <= 320,
             "complete_timeout is 300 ms of it"),
    ]  # fmt: skip


def _hundred(findings: Findings) -> list[Row]:
    phase = findings.phases["whole calls"]
    gauges = phase.gauges
    report = phase.report
    gaps = report.underruns
    lag50, lag99 = gauges["dialai_loop_lag_p50_ms"], gauges["dialai_loop_lag_p99_ms"]
    commit50, commit99 = gauges["dialai_log_commit_p50_ms"], gauges["dialai_log_commit_p99_ms"]
    worst = f"; first: {report.failed[0]}" if report.failed else ""
    title = f"{report.callers} calls at once"
    return [
        Row(f"{title}: failed", str(len(report.failed)), "0", not report.failed, f"of {report.calls}{worst}"),
        Row(f"{title}: underruns", str(gaps.count), "0", _counts(phase, gaps.count == 0),
            f"gaps over 5 ms inside a sentence, in {report.messages} messages; longest {gaps.worst:.0f} ms"),
        Row(f"{title}: protocol violations", str(len(report.violations)), "0", not report.violations,
            report.violations[0] if report.violations else "what Twilio would have warned of"),
        Row("event loop's lag", f"p50 {lag50:.1f}  p99 {lag99:.1f} ms", "p99 20", _counts(phase, lag99 <= 20),
            f"20 looks a second inside the server, the last 50 s of {report.callers} calls"),
        Row("commit of the log", f"p50 {commit50:.1f}  p99 {commit99:.1f} ms", "p99 10",
            _counts(phase, commit99 <= 10), "SQLite, as the waiting call saw it, the last 1,000 answers"),
    ]  # fmt: skip


def _starts(findings: Findings) -> list[Row]:
    warm = sorted(findings.warm_s)
    return [
        Row("start -> ready, prompts cached", f"{warm[len(warm) // 2]:.2f} s", "2", warm[-1] <= 2,
            f"{findings.flows} flows, the middle of {len(warm)} starts (worst {warm[-1]:.2f} s; "
            f"the first, which has to make the prompts, {findings.cold_s:.0f} s)"),
    ]  # fmt: skip


def _generator(findings: Findings) -> list[Row]:
    late = {name: phase.report.lateness.p99 for name, phase in findings.phases.items()}
    bad = [name for name, phase in findings.phases.items() if not phase.report.is_valid]
    again = [name for name, phase in findings.phases.items() if phase.tries > 1]
    said = f"does not count, though repeated: {', '.join(bad)}" if bad else "every phase counts"
    if again:
        said += f"; repeated: {', '.join(again)}"
    goal = f"p99 {LATENESS_LIMIT_MS:.0f}"
    return [Row("the generator's own lateness", f"p99 {max(late.values()):.1f} ms", goal, not bad, said)]


def _row(figure: str, phase: Phase, spread: Spread, goal: str, reached: bool | None, how: str) -> Row:
    value = f"p50 {spread.p50:.0f}  p95 {spread.p95:.0f}  p99 {spread.p99:.0f} ms"
    if spread.count == 0:
        return Row(figure, "nothing measured", goal, None, how)
    counts = None if reached is None else _counts(phase, reached)
    return Row(figure, value, goal, counts, f"{how} (n = {spread.count})")


def _p99(phase: Phase, limit_ms: float) -> bool:
    return phase.report.key_to_audio.p99 <= limit_ms


def _counts(phase: Phase, reached: bool) -> bool | None:
    return reached if phase.report.is_valid else None


def _calls_a_core(phase: Phase) -> float:
    return 1e6 / (FRAMES_PER_S * max(phase.frame_us, 0.1))


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "load_15_minutes": os.getloadavg()[2],
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": platform.platform(),
        "python": platform.python_version(),
        "pinned": (os.cpu_count() or 1) > 1,
    }


def _machine_line() -> str:
    it = machine()
    where = (
        "server and generator on a core each" if it["pinned"] else "server and generator share the one core"
    )
    return f"{it['cpu']}, {it['cores']} cores, {it['memory_gb']} GB, Python {it['python']}; {where}"


def as_json(findings: Findings) -> dict[str, Any]:
    """Everything, with its spread."""
    phases = {
        name: asdict(replace(phase, turns=[])) | {"frame_us": phase.frame_us, "counts": phase.report.is_valid}
        for name, phase in findings.phases.items()
    }
    for phase in phases.values():
        del phase["turns"]
        phase["report"]["violations"] = (
            phase["report"]["violations"][:5] if phase is not phases["echo"] else []
        )
    return {
        "phases": phases,
        "ready_s": {"cold": findings.cold_s, "warm": findings.warm_s},
    }
