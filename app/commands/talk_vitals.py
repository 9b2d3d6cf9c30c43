"""What a call cost this process: CPU, memory, threads, waits; knows no call."""

import os
import sys
import threading
from dataclasses import dataclass

from app.adapters.device.leg import HandOver
from app.domain.call import Millis

try:
    import resource
except ModuleNotFoundError:  # Windows: no figure of memory
    resource = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Vitals:
    """The process at one moment. Helpers are the engines' processes, counted once they have ended."""

    at: Millis
    cpu_s: float
    helpers_cpu_s: float
    memory_mb: float | None
    threads: tuple[str, ...]


def vitals(now: Millis) -> Vitals:
    """Look at the process now."""
    times = os.times()
    return Vitals(
        now,
        times.user + times.system,
        times.children_user + times.children_system,
        _most_memory_mb(),
        tuple(sorted(thread.name for thread in threading.enumerate())),
    )


def told(before: Vitals, after: Vitals, hand_over: HandOver) -> list[str]:
    """Return what happened between two looks, a line each; `hand_over` is what the microphone waited."""
    seconds = max(1, after.at - before.at) / 1_000
    cpu = after.cpu_s - before.cpu_s
    helpers = after.helpers_cpu_s - before.helpers_cpu_s
    of_helpers = f", and {helpers:.2f} s of ended helpers" if helpers else ""
    lines = [f"CPU: {cpu:.2f} s in {seconds:.1f} s ({100 * cpu / seconds:.0f} % of a core){of_helpers}"]
    if after.memory_mb is not None:
        lines.append(f"memory: {after.memory_mb:.0f} MB at most")
    lines.append(f"threads: {len(after.threads)} ({', '.join(after.threads)})")
    if hand_over.frames:
        mean = hand_over.total_ms / hand_over.frames
        lines.append(
            f"microphone to call: {hand_over.frames} frames waited {mean:.1f} ms each, "
            f"{hand_over.longest_ms} ms at most"
        )
    return lines


def _most_memory_mb() -> float | None:
    if resource is None:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes on Linux, bytes on macOS.
    return most / (1_048_576 if sys.platform == "darwin" else 1_024)
