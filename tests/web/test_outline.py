"""A flow's outline says in words what its picture draws."""

from pathlib import Path

import pytest

from app.flows.loader import load_flow
from app.flows.model import Flow
from app.web.console.diagram import draw
from app.web.console.flow_pages import Lead, _outline

FLOWS = Path(__file__).parents[2] / "call_flows"


def loaded(name: str) -> Flow:
    return load_flow((FLOWS / f"{name}.yaml").read_text(), path=name, audio_exists=lambda _: True)


def test_ways_that_no_branch_names_are_told() -> None:
    leads = {line.name: line.leads for line in _outline(loaded("csat"))}
    assert leads["agreed"] == (Lead("optout", "no"),)
    assert leads["operator"] == (Lead("nobody", "nobody there"),)
    assert leads["thanks"] == ()


@pytest.mark.parametrize("name", ["csat", "clinic-reminder", "clinic-followup", "welcome"])
def test_whatever_is_written_beside_a_line_stands_in_the_outline(name: str) -> None:
    flow = loaded(name)
    told = [lead.why for line in _outline(flow) for lead in line.leads]
    passed_over = sum(bool(line.when) for line in _outline(flow))
    drawn = [way.full for way in draw(flow).ways if way.full]
    assert set(told) - {""} <= set(drawn)
    assert len(drawn) - passed_over <= len([why for why in told if why]) <= len(drawn)
