"""No server works in threads without a name: they are bounded by nothing and measured by nobody."""

import ast
from pathlib import Path

APP = Path(__file__).parents[1] / "app"
OF_ONE_PERSON = {"commands", "adapters/device"}
"""What runs in a terminal, for whoever sits there."""


def unnamed_in(source: str) -> list[str]:
    """Name each work that is given to the loop's own threads."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        given = [ast.unparse(each) for each in call.args[:1]]
        if name == "to_thread" or (name == "run_in_executor" and given == ["None"]):
            found.append(f"line {call.lineno}: {ast.unparse(call)}")
    return found


def test_what_blocks_in_a_server_has_a_pool() -> None:
    found = {
        str(path.relative_to(APP)): calls
        for path in APP.rglob("*.py")
        if not str(path.relative_to(APP)).startswith(tuple(OF_ONE_PERSON))
        and (calls := unnamed_in(path.read_text()))
    }
    assert not found, "give it a Pool (app/session/pools.py)"


def test_an_unnamed_thread_would_be_seen() -> None:
    assert unnamed_in("await asyncio.to_thread(work)") == ["line 1: asyncio.to_thread(work)"]
    assert unnamed_in("loop.run_in_executor(None, work)") == ["line 1: loop.run_in_executor(None, work)"]
    assert unnamed_in("loop.run_in_executor(pool, work)") == []
