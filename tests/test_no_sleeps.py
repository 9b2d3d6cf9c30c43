"""No test waits for time to pass: it waits for an event, or moves a clock of its own."""

import ast
from pathlib import Path

TESTS = Path(__file__).parent
PROGRAMS = {"bench", "doubles"}
"""No tests: what measures a server, and what plays a provider at the provider's own pace."""


def sleeps_in(source: str) -> list[str]:
    """Name each sleep that lets time pass, and each that is repeated until something is so."""
    found = []
    tree = ast.parse(source)
    polls = {id(call) for loop in ast.walk(tree) if isinstance(loop, ast.While) for call in ast.walk(loop)}
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name != "sleep":
            continue
        passes_time = [ast.unparse(given) for given in call.args] != ["0"]
        if passes_time or id(call) in polls:
            found.append(f"line {call.lineno}: {ast.unparse(call)}")
    return found


def test_no_test_sleeps_or_polls():
    found = {
        str(path.relative_to(TESTS)): sleeps
        for path in TESTS.rglob("*.py")
        if path.relative_to(TESTS).parts[0] not in PROGRAMS and (sleeps := sleeps_in(path.read_text()))
    }
    assert not found, "wait for an event instead"


def test_a_sleep_would_be_seen():
    assert sleeps_in("import time\ntime.sleep(1)") == ["line 2: time.sleep(1)"]
    assert sleeps_in("async def f():\n    await asyncio.sleep(delay)") == ["line 2: asyncio.sleep(delay)"]
    assert sleeps_in("async def f():\n    while not done():\n        await sleep(0)") == ["line 3: sleep(0)"]
    assert sleeps_in("async def f():\n    await asyncio.sleep(0)") == []
