import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench.console import CONSOLE_FULL, VIEWS
from tests.bench.export_phases import FILES

REPO = Path(__file__).parents[2]


def measured(part: str, found: Path) -> dict[str, Any]:
    """Run one part quickly and return what it wrote, when each figure of its table has a value."""
    run = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.bench", "--quick", "--part", part, "--json", str(found)],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "DialAI bench" in run.stdout
    result: dict[str, Any] = json.loads(found.read_text())
    assert result["machine"]["cores"] >= 1
    assert not [row["figure"] for row in result["rows"] if "nothing" in row["value"]]
    return result


@pytest.mark.slow
def test_every_figure_is_measured_and_written_down(tmp_path: Path):
    result = measured("calls", tmp_path / "bench.json")
    assert len({row["figure"] for row in result["rows"]}) >= 18
    for name, phase in result["phases"].items():
        assert phase["frame_us"] > 0, name
        assert name == "echo" or phase["report"]["violations"] == [], name
    assert result["phases"]["whole calls"]["gauges"]["dialai_loop_lag_p99_ms"] > 0


@pytest.mark.slow
def test_loading_walking_and_every_export_are_measured(tmp_path: Path):
    found = measured("flows", tmp_path / "bench.json")["flows"]
    assert found["flows"] == 20
    assert found["load_s"] > 0
    assert found["ways"] > 100
    assert {each["form"] for each in found["exports"]} == set(FILES)
    assert all(each["peak_mb"] > 0 and each["file_mb"] > 0 for each in found["exports"])


@pytest.mark.slow
def test_conversations_through_the_aws_clients_are_measured_turn_by_turn(tmp_path: Path):
    found = measured("aws", tmp_path / "bench.json")["aws"]
    for name, level in found["levels"].items():
        assert level["report"]["failed"] == level["report"]["violations"] == [], name
        assert level["unanswered"] == 0, name
        assert level["call_cpu_ms_per_s"] > 0, name
    assert found["levels"]["interrupted"]["turns"]["stop_to_closed"]["count"] > 0
    assert all(price > 0 for price in found["cost_a_minute"].values())


def test_no_figures_that_are_measured_were_counted_before():
    asked = [view.address(n) for view in VIEWS.values() for n in range(CONSOLE_FULL.counts)]
    assert len(set(asked)) == len(asked)


@pytest.mark.slow
def test_the_consoles_pages_are_measured(tmp_path: Path):
    result = measured("console", tmp_path / "bench.json")
    pages = {page["name"]: page for page in result["console"]}
    assert {"softphone", "calls", "calls by a word (most)", "a call", "system"} <= pages.keys()
    assert all(page["page_bytes"] and page["wall"]["p95"] > 0 for page in pages.values())
    views = [page for name, page in pages.items() if "analytics" in name]
    assert all(page["figures"]["p95"] >= page["wall"]["p95"] for page in views)
