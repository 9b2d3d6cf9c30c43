import json
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]


@pytest.mark.slow
def test_every_figure_is_measured_and_written_down(tmp_path: Path):
    found = tmp_path / "bench.json"
    run = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.bench", "--quick", "--json", str(found)],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    result = json.loads(found.read_text())
    assert result["machine"]["cores"] >= 1
    figures = {row["figure"]: row for row in result["rows"]}
    assert len(figures) >= 18
    assert not [name for name, row in figures.items() if "nothing" in row["value"]]
    for name, phase in result["phases"].items():
        assert phase["frame_us"] > 0, name
        assert name == "echo" or phase["report"]["violations"] == [], name
    assert result["phases"]["whole calls"]["gauges"]["dialai_loop_lag_p99_ms"] > 0
    assert "DialAI bench" in run.stdout
