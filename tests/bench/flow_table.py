"""Says what was measured of flows, understanding and exports: figure, value, goal and how."""

from collections.abc import Iterator

from tests.bench.export_phases import ANSWERS_A_CALL, Export
from tests.bench.flow_phases import EXAMPLE, FlowFindings
from tests.bench.table import Row

MOST_GROWTH = 1.5
"""Peak memory at ten times the answers, over that at one time: bounded."""


def flow_rows(found: FlowFindings) -> list[Row]:
    """Every figure, in the order of the design's list."""
    cpu = "CPU of one process"
    each_ms = found.load_s * 1_000 / found.flows
    return [
        Row(f"load and check of {found.flows:,} flows", f"{found.load_s:.1f} s", "", None,
            f"{cpu}: {each_ms:.1f} ms each, copies of {EXAMPLE.name}, {found.steps_each} steps"),
        Row(f"branch walk of {EXAMPLE.name}", f"{found.walk_s:.2f} s", "",
            found.is_walked_whole, f"{cpu}: {found.ways:,} outcomes tried"),
        *found.heard,
        *_exports(found),
    ]  # fmt: skip


def _exports(found: FlowFindings) -> Iterator[Row]:
    small = {each.form: each for each in reversed(found.exports)}
    large = {each.form: each for each in found.exports}
    for form, each in large.items():
        yield _export(each, small[form], found.log_mb)


def _export(large: Export, small: Export, log_mb: float) -> Row:
    growth = large.peak_mb / small.peak_mb
    is_compared = large.answers > small.answers
    compared = f"{growth:.2f} x the peak at {small.answers:,}; " if is_compared else ""
    return Row(
        f"export {large.form}, {large.answers:,} answers",
        f"{large.answers / large.seconds:,.0f}/s, peak {large.peak_mb:.0f} MB",
        f"growth {MOST_GROWTH}" if is_compared else "",
        growth <= MOST_GROWTH if is_compared else None,
        f"{compared}`dialai calls export`, its start included: {large.seconds:.0f} s for "
        f"{large.answers // ANSWERS_A_CALL:,} calls, {large.file_mb:.1f} MB of a log of {log_mb:.0f} MB",
    )
