"""What only the whole flow shows."""

from dataclasses import dataclass

from app.flows.model import Flow
from app.flows.problems import Severity
from app.flows.yaml_tree import Path


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem at a path of the file; `steps` in the path count as in the flow."""

    path: Path
    message: str
    suggestion: str = ""
    severity: Severity = Severity.ERROR


def inspect(flow: Flow) -> list[Finding]:
    """Return everything that is wrong or odd."""
    return []
