"""Loads a thousand flows, walks every branch of the example, hears phrases: this process's CPU, one core."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.adapters.flow_folder import FlowFolder
from app.flows.model import Flow
from app.flows.walk import walk
from tests.bench.child import REPO
from tests.bench.export_phases import Export, run_exports
from tests.bench.grammar import measure
from tests.bench.table import Row

FLOWS = REPO / "tests" / "flows"
EXAMPLE = next(FLOWS / name for name in ("clinic-2026.yaml", "clinic-visit.yaml") if (FLOWS / name).exists())


@dataclass(frozen=True, slots=True)
class FlowSize:
    """How much is measured: flows loaded, answers exported (the last is the large log)."""

    flows: int
    answers: tuple[int, ...]


FLOWS_FULL = FlowSize(1_000, (100_000, 1_000_000))
FLOWS_QUICK = FlowSize(20, (1_000,))


@dataclass(slots=True)
class FlowFindings:
    """Everything measured. `heard` holds figures of each language."""

    flows: int = 0
    load_s: float = 0.0
    steps_each: int = 0
    walk_s: float = 0.0
    ways: int = 0
    is_walked_whole: bool = False
    heard: list[Row] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    log_mb: float = 0.0


def run_flows(size: FlowSize, room: Path, tell: Callable[[str], None]) -> FlowFindings:
    """Run every phase. `room` is a folder of ours; `tell` is told what happens."""
    found = FlowFindings()
    flow = _load(size.flows, room / "flows", found, tell)
    _walk(flow, found, tell)
    tell("understanding phrases")
    found.heard = measure()
    found.exports, found.log_mb = run_exports(size.answers, room, tell)
    return found


def _load(flows: int, folder: Path, found: FlowFindings, tell: Callable[[str], None]) -> Flow:
    """Load copies of the example, each under a name of its own; return one of them."""
    tell(f"loading and checking {flows:,} flows")
    folder.mkdir()
    source = EXAMPLE.read_text(encoding="utf-8")
    for number in range(flows):
        text = re.sub(r"(?m)^flow: .*$", f"flow: copy-{number}", source, count=1)
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    for audio in re.findall(r"audio: ([\w/.-]+\.wav)", source):
        path = folder / audio
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    began = time.process_time()
    loaded, failures = FlowFolder(folder).load_all()
    found.load_s = time.process_time() - began
    if failures or len(loaded) != flows:
        raise RuntimeError(f"{len(loaded)} of {flows} flows loaded: {failures[:1]}")
    found.flows = flows
    found.steps_each = len(loaded["copy-0"].steps)
    return loaded["copy-0"]


def _walk(flow: Flow, found: FlowFindings, tell: Callable[[str], None]) -> None:
    tell("walking every branch of the example")
    began = time.process_time()
    walked = walk(flow)
    found.walk_s = time.process_time() - began
    found.ways, found.is_walked_whole = walked.ways, walked.is_complete
