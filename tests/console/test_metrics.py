"""What /metrics gives is Prometheus' form, and the dashboard asks for nothing that it does not give."""

import json
import re
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.console.conftest import Console

DASHBOARD = Path(__file__).parents[2] / "infra" / "grafana-dashboard.json"


def names_asked_for() -> set[str]:
    dashboard = json.loads(DASHBOARD.read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    expressions += [one["query"] for one in dashboard["templating"]["list"]]
    return {name for text in expressions for name in re.findall(r"\bdialai_[a-z0-9_]+", text)}


def test_the_dashboard_asks_for_what_the_server_gives(console: Console) -> None:
    text = httpx.get(f"{console.url}/metrics", trust_env=False).text
    given = set()
    for family in text_string_to_metric_families(text):
        given |= {family.name, *(sample.name for sample in family.samples)}
        if family.type == "histogram":
            given |= {f"{family.name}_{end}" for end in ("bucket", "sum", "count")}
        if family.type == "counter":
            given.add(f"{family.name}_total")
    asked = names_asked_for()
    assert len(asked) > 10
    assert asked <= given


def test_every_panel_has_a_place_of_its_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
