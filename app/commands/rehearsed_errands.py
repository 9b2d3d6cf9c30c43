"""What comes of a flow's errands where no world is there to run them in: as the author says, or the best."""

from collections.abc import Mapping

from app.domain.errands import ErrandResult, KeepCallback, OptOut, Post, ReserveQuota
from app.flows.sprint import RunErrand


def stand_in(wait: RunErrand, world: Mapping[str, ErrandResult]) -> ErrandResult:
    """Return what comes of this errand: as `world` says for its step, else that all went well."""
    if isinstance(wait.errand, ReserveQuota) and not wait.errand.cells:
        return ErrandResult(ok=True)
    return world.get(wait.step) or ErrandResult(ok=True)


def told(wait: RunErrand, result: ErrandResult) -> str:
    """Return one line that says what would be done, and what came of it."""
    came = "done" if result.ok else result.reason or "failed"
    match wait.errand:
        case ReserveQuota(cells=()):
            return f"no place in any quota: {came}"
        case ReserveQuota(cells=cells):
            return f"a place in {', '.join(cell.name for cell in cells)}: {came}"
        case Post(url=url):
            return f"POST {url}: {came}"
        case OptOut():
            return f"the number is put on the do-not-call list: {came}"
        case KeepCallback(at=at, zone=zone):
            return f"a call back is wanted{f' at {at} ({zone})' if at else ''}: {came}"
