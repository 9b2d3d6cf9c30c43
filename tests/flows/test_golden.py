"""Golden conversations: the caller's lines in tests/recordings, and all that the bot says to them.

A file opens with `# flow: NAME` and perhaps `# variables: a=1 b=2` and `# now: 2026-05-04 10:00`. Only its
`you>` lines are read (`^D` hangs up); the rest is what the program must give. `pytest --update` writes it
anew.
"""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.adapters.flow_folder import check_file
from app.commands.rehearsal import CALLER, Rehearsal
from app.flows.scenarios import value_of

ROOT = Path(__file__).parents[2]
RECORDINGS = ROOT / "tests" / "recordings"
FLOWS = ROOT / "call_flows"
GOLDEN = sorted(RECORDINGS.glob("*.golden"))


def headers(text: str) -> dict[str, str]:
    lines = (line[1:].partition(":") for line in text.splitlines() if line.startswith("#"))
    return {name.strip(): value.strip() for name, colon, value in lines if colon}


def replayed(text: str) -> str:
    head = headers(text)
    written = dict(pair.split("=", 1) for pair in head.get("variables", "").split())
    checked = check_file(FLOWS / f"{head['flow']}.yaml")
    assert checked.flow is not None, checked.problems
    variables = {name: value_of(value.replace("_", " ")) for name, value in written.items()}
    now = datetime.fromisoformat(head.get("now", "2026-01-01 12:00"))
    rehearsal = Rehearsal(checked.flow, variables, now=now.replace(tzinfo=ZoneInfo(checked.flow.time_zone)))
    out = [line for line in text.splitlines() if line.startswith("#")]
    out += map(str, rehearsal.begin())
    for line in text.splitlines():
        if line.startswith(CALLER.strip()):
            typed = line.removeprefix(CALLER.strip()).strip()
            assert not rehearsal.is_over, f"the call is over before {line!r}"
            out.append(f"{CALLER}{typed}".rstrip())
            out += map(str, rehearsal.hang_up() if typed == "^D" else rehearsal.give(typed))
    assert rehearsal.is_over, "the conversation must come to an end: answer on, or hang up with ^D"
    return "\n".join(out) + "\n"


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_conversation_goes_as_it_was_recorded(path, update):
    text = path.read_text(encoding="utf-8")
    if update:
        path.write_text(replayed(text), encoding="utf-8")
    assert replayed(text) == path.read_text(encoding="utf-8"), "if this is meant: pytest --update"


@pytest.mark.parametrize("flow", sorted(FLOWS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_flow_that_ships_has_a_golden_conversation(flow):
    recorded = {headers(path.read_text(encoding="utf-8"))["flow"] for path in GOLDEN}
    assert flow.stem in recorded
