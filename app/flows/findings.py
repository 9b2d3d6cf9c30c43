"""What the lint found, before a file gives it a line."""

from dataclasses import dataclass

from app.flows.problems import Severity
from app.flows.yaml_tree import Path


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem at a path of the file; steps are counted from 0, as in the flow."""

    path: Path
    message: str
    suggestion: str = ""
    severity: Severity = Severity.ERROR
