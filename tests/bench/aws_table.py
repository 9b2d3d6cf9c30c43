"""Says what conversations through the AWS clients showed: the bench's rows, and the same for machines."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from app.simulator.load_report import LATENESS_LIMIT_MS, Spread
from tests.bench.aws_double import FIRST_AUDIO_MS, FIRST_TOKEN_MS, TOKEN_MS
from tests.bench.aws_phases import POLLY_AT_ONCE, AwsFindings, Level
from tests.bench.aws_turns import SILENCE_MS
from tests.bench.aws_words import FIRST_TOKENS, REPLY_TOKENS
from tests.bench.table import Row

FEW = 20
"""Calls at which promptness is looked at first: enough turns for a tail, and a server with time to spare."""

_EVENT: Final = re.compile(
    r'dialai_provider_events\{service="(?P<service>\w+)",provider="[^"]*",event="(?P<event>\w+)"\}'
)


def aws_rows(findings: AwsFindings) -> list[Row]:
    """Every figure of the conversations."""
    few = findings.levels[max(callers for callers in findings.levels if callers <= FEW)]
    many = findings.levels[max(findings.levels)]
    return [
        *_promptness(few, many),
        *_interruptions(findings),
        *_costs(findings, many),
        *_soundness(findings),
    ]


def _promptness(few: Level, many: Level) -> list[Row]:
    heard = few.heard
    rest_ms = (FIRST_TOKENS - 1) * TOKEN_MS
    stages = SILENCE_MS + FIRST_TOKEN_MS + rest_ms + FIRST_AUDIO_MS
    calls = few.phase.report.callers
    return [
        _row(f"AWS: end of speech -> reply's first sound, {calls} calls", few, heard.answer, "", None,
             "callers speak and interrupt in turn; engines aws, websockets and aiobotocore, local double"),
        Row("   stages that must be waited for", f"{stages:.0f} ms", "", None,
            f"the silence that ends an open answer {SILENCE_MS}, first token {FIRST_TOKEN_MS:.0f}, rest of "
            f"the first sentence {rest_ms:.0f} ({FIRST_TOKENS} tokens), first audio {FIRST_AUDIO_MS:.0f}; "
            "Transcribe's final falls into the silence"),
        _row("   our own overhead", few, heard.overhead, "p50 30, p99 80", _is_prompt(few),
             "the first less the stages, each as long as the double really took in that turn"),
        _row("   of it: silence over -> model asked", few, heard.to_model, "", None, "double's clock"),
        _row("   of it: sentence's last word -> Polly asked", few, heard.sentence_to_polly, "", None,
             "the sentence ends with a word, so that no further token has to come"),
        _row("   of it: Polly's first audio -> line", few, heard.polly_to_line, "", None, "double's clock"),
        _row(f"   our own overhead, {many.phase.report.callers} calls", many, many.heard.overhead,
             "", None, "as above"),
        _row("AWS: sooner than after the whole reply", few, heard.sooner, "", None,
             f"first sentence sent to Polly before the last of {REPLY_TOKENS} tokens; three sentences"),
    ]  # fmt: skip


def _interruptions(findings: AwsFindings) -> list[Row]:
    tales = findings.tales
    if tales is None:
        return []
    closed = tales.heard.stop_to_closed
    return [
        _row("AWS: our stop -> model's stream closed", tales, closed, "p95 50",
             bool(closed) and Spread.of(closed).p95 <= 50,
             "from the clear on the line to the double's knowledge; the model was still speaking"),
        _row("   voice onset -> model's stream closed", tales, tales.heard.voice_to_closed, "", None,
             "200 ms of it is the evidence asked for"),
    ]  # fmt: skip


def _costs(findings: AwsFindings, many: Level) -> list[Row]:
    found = []
    for callers, level in sorted(findings.levels.items()):
        answers = level.phase.report.speech_end_to_audio.count
        found.append(
            Row(f"AWS: server CPU per call, {callers} call{'s' if callers > 1 else ''}",
                f"{level.call_ms:.1f} ms/s", "", None,
                f"{1000 / max(level.call_ms, 0.01):.0f} calls a core; "
                f"{answers} replies in {level.seconds:.0f} s; server process only, "
                f"{POLLY_AT_ONCE} Polly requests at once allowed")
        )  # fmt: skip
    minute = findings.cost.a_minute
    parts = ", ".join(f"{name} {price:.4f}" for name, price in minute.items())
    gauges = many.phase.gauges
    p99, worst = gauges["dialai_loop_lag_p99_ms"], gauges["dialai_loop_lag_max_ms"]
    own_p99, own = gauges["dialai_loop_own_lag_p99_ms"], gauges["dialai_loop_own_lag_max_ms"]
    pause = gauges["dialai_collector_pause_max_ms"]
    return [
        *found,
        Row("AWS: cost of a minute by list price", f"{sum(minute.values()):.4f} USD", "", None,
            f"{parts}; from {findings.cost.calls} calls' own `cost`, {findings.cost.minutes:.1f} min"),
        Row("AWS: event loop's lag", f"p99 {p99:.1f}  max {worst:.1f} ms", "max 20",
            _counts(many, worst <= 20),
            f"the last 50 s up to {many.phase.report.callers} calls, their beginning included"),
        Row("   of it the loop's own work", f"p99 {own_p99:.1f}  max {own:.1f} ms", "max 20",
            _counts(many, own <= 20),
            f"its thread's processor time; the longest pause of the collector so far {pause:.1f} ms"),
        Row("   the first call after the start", f"max {findings.first_lag_ms:.1f} ms", "max 20",
            findings.first_lag_ms <= 20, "since the server runs: imports, clients and the first connections"),
    ]  # fmt: skip


def _soundness(findings: AwsFindings) -> list[Row]:
    levels = list(_named(findings).values())
    reports = [level.phase.report for level in levels]
    failed = [why for report in reports for why in (*report.failed, *report.violations)]
    gaps = sum(report.underruns.count for report in reports)
    unanswered = sum(level.heard.unanswered for level in levels)
    late = Spread.of([ms for level in levels for ms in level.heard.double_late])
    busiest = max(level.double_share for level in levels)
    return [
        Row("AWS: calls failed, protocol violations", str(len(failed)), "0", not failed,
            f"of {sum(report.calls for report in reports)} calls{'; first: ' + failed[0] if failed else ''}"),
        Row("AWS: turns answered by other than the model", str(unanswered), "0", unanswered == 0,
            f"a reprompt, an apology, words said again; the providers, so far: {_events(levels)}"),
        Row("AWS: gaps inside a sentence", str(gaps), "0", gaps == 0, "over 5 ms"),
        Row("AWS: the double's own lateness", f"p50 {late.p50:.1f}  p99 {late.p99:.1f} ms", "", None,
            f"first tokens after {FIRST_TOKEN_MS:.0f} ms; it shares the generator's core and used up to "
            f"{busiest:.0%} of it"),
        _lateness(findings),
    ]  # fmt: skip


def _events(levels: Sequence[Level]) -> str:
    """Return what the server counted beside plain requests: why another than the model had to answer."""
    counted: Counter[str] = Counter()
    for name, value in levels[-1].phase.gauges.items():
        found = _EVENT.match(name)
        if found and found["event"] != "requests":
            counted[f"{found['service']} {found['event']}"] += int(value)
    return ", ".join(f"{event} {count}" for event, count in sorted(counted.items())) or "none"


def _lateness(findings: AwsFindings) -> Row:
    late = [name for name, level in _named(findings).items() if not level.phase.report.is_valid]
    worst = max(level.phase.report.lateness.p99 for level in _named(findings).values())
    how = f"does not count, though repeated: {', '.join(late)}" if late else "every phase counts"
    goal = f"p99 {LATENESS_LIMIT_MS:.0f}"
    return Row("AWS: the generator's own lateness", f"p99 {worst:.1f} ms", goal, not late, how)


def _row(figure: str, level: Level, values: list[float], goal: str, reached: bool | None, how: str) -> Row:
    if not values:
        return Row(figure, "nothing measured", goal, None, how)
    spread = Spread.of(values)
    told = f"p50 {spread.p50:.0f}  p95 {spread.p95:.0f}  p99 {spread.p99:.0f} ms"
    return Row(figure, told, goal, _counts(level, reached), f"{how} (n = {spread.count})")


def _is_prompt(level: Level) -> bool:
    spread = Spread.of(level.heard.overhead)
    return spread.p50 <= 30 and spread.p99 <= 80


def _counts(level: Level, reached: bool | None) -> bool | None:
    return reached if level.phase.report.is_valid else None


def _named(findings: AwsFindings) -> dict[str, Level]:
    levels = {f"{callers} calls": level for callers, level in findings.levels.items()}
    return levels if findings.tales is None else {**levels, "interrupted": findings.tales}


def aws_json(findings: AwsFindings) -> dict[str, Any]:
    """Everything, with its spread."""
    return {
        "levels": {name: _plain(level) for name, level in _named(findings).items()},
        "cost_a_minute": findings.cost.a_minute,
        "cost_of": {"calls": findings.cost.calls, "minutes": findings.cost.minutes},
        "first_call_lag_max_ms": findings.first_lag_ms,
    }


def _plain(level: Level) -> dict[str, Any]:
    phase = asdict(replace(level.phase, turns=[]))
    heard = asdict(level.heard)
    spreads = {name: asdict(Spread.of(values)) for name, values in heard.items() if isinstance(values, list)}
    return {
        **{name: value for name, value in phase.items() if name != "turns"},
        "turns": spreads,
        "unanswered": level.heard.unanswered,
        "call_cpu_ms_per_s": level.call_ms,
        "double_share_of_core": level.double_share,
        "double_lag_p99_ms": level.double_lag_p99_ms,
        "counts": level.phase.report.is_valid,
    }
