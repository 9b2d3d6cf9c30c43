"""When the garbage collector looks through everything: while nobody is on the line. Knows no object.

A look through everything takes tenths of a second, and all calls would wait for it. What a call leaves behind
is little, and bounded: the collector's first two generations are left to themselves.
"""

import gc
from typing import Any, Final

from app.session.clock import seconds
from app.session.pulse import Recent

_OLDEST: Final = 2
_YOUNG: Final = 700
_MIDDLE: Final = 10
_FULL_AFTER: Final = 2_000
"""Middle collections until everything is looked through though calls never cease: most of an hour of a
hundred calls, which leave some 30,000 objects then."""


class Collector:
    """The process's collector: `watch` it, `settle` it once all is warm, let it `look` now and then."""

    def __init__(self) -> None:
        self._pauses_ms = Recent()
        self._full = 0
        self._found = 0
        self._began = 0.0
        self._has_work = False
        self._usual = gc.get_threshold()

    def watch(self) -> None:
        """Keep the collector from looking through everything of its own accord, and measure it."""
        gc.callbacks.append(self._on_collection)
        gc.set_threshold(_YOUNG, _MIDDLE, _FULL_AFTER)

    def settle(self) -> None:
        """Take that what there is by now stays: it is never looked through again. Costs nothing."""
        gc.freeze()

    def look(self, live: int) -> None:
        """Look through everything if nobody is on the line, and somebody was since the last time."""
        if live:
            self._has_work = True
        elif self._has_work:
            self._has_work = False
            gc.collect()
            self.settle()

    def gauges(self) -> dict[str, float]:
        """Return how often everything was looked through, what was found, and the longest pause."""
        return {
            "collector_full_collections": float(self._full),
            "collector_found": float(self._found),
            "collector_pause_p99_ms": self._pauses_ms.percentile(0.99),
            "collector_pause_max_ms": self._pauses_ms.percentile(1.0),
        }

    def close(self) -> None:
        """Measure no more, and leave the collector to itself again."""
        gc.set_threshold(*self._usual)
        gc.callbacks.remove(self._on_collection)

    def _on_collection(self, phase: str, info: dict[str, Any]) -> None:
        if phase == "start":
            self._began = seconds()
        elif info["generation"]:  # the youngest are many and take a fraction of a millisecond
            self._pauses_ms.add((seconds() - self._began) * 1_000)
            if info["generation"] == _OLDEST:
                self._full += 1
                self._found += info["collected"]
