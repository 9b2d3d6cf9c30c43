"""What /metrics shows of this moment: calls, the loop, the log, pools, providers, the cache, the process."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from app.adapters.prompts.cache import PromptCache
from app.adapters.resilience.health import Health
from app.adapters.store.log import SqlCallLog
from app.session.pools import Pool
from app.session.pulse import LoopPulse

_STATM: Final = Path("/proc/self/statm")


def call_gauges(live: int, log: SqlCallLog, pulse: LoopPulse | None) -> dict[str, float]:
    """Return calls in progress, and what the last minute or so was like for the log and the loop."""
    found = {
        "live_calls": float(live),
        "log_commit_p50_ms": log.commit_ms.percentile(0.5),
        "log_commit_p99_ms": log.commit_ms.percentile(0.99),
    }
    if pulse is not None:
        found["loop_lag_p50_ms"] = pulse.lag_ms.percentile(0.5)
        found["loop_lag_p99_ms"] = pulse.lag_ms.percentile(0.99)
        found["loop_lag_max_ms"] = pulse.lag_ms.percentile(1.0)
        found["loop_own_lag_p99_ms"] = pulse.own_ms.percentile(0.99)
        found["loop_own_lag_max_ms"] = pulse.own_ms.percentile(1.0)
    return found


def work_gauges(pools: Sequence[Pool], health: Health, prompts: PromptCache) -> dict[str, float]:
    """Return how busy each pool's threads are, how each provider fares, what the cache saves."""
    found: dict[str, float] = {}
    for pool in pools:
        found |= pool.gauges()
    found |= health.gauges()
    asked = prompts.hits + prompts.misses
    found["prompt_cache_hits"] = float(prompts.hits)
    found["prompt_cache_misses"] = float(prompts.misses)
    found["prompt_cache_hit_rate"] = prompts.hits / asked if asked else 0.0
    return found


def process_gauges() -> dict[str, float]:
    """Return the process's CPU seconds so far, its memory and its open files, where the system tells them."""
    times = os.times()
    return {"process_cpu_seconds": times.user + times.system, **dict(_told_by_linux())}


def _told_by_linux() -> Iterator[tuple[str, float]]:
    if sys.platform == "linux":
        resident = int(_STATM.read_text().split()[1])
        yield "process_resident_bytes", float(resident * os.sysconf("SC_PAGE_SIZE"))
        yield "process_open_files", float(len(os.listdir("/proc/self/fd")))  # noqa: PTH208 - the cheapest way
