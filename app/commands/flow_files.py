"""Which flow files a command is about: those named, those of the folders named, or the project's."""

from collections.abc import Sequence
from pathlib import Path

from app.adapters.flow_folder import FlowFolder
from app.flows.problems import FlowErrors, Problem
from app.settings import read_settings


def flow_files(named: Sequence[Path]) -> list[Path]:
    """Return the flow files named; a folder stands for its own, nothing for the folder of the settings.

    A file is returned whether it exists or not. Raises FlowErrors for a folder without flows, BadSetting.
    """
    found: list[Path] = []
    for path in named or [read_settings().flows_dir]:
        if named and not path.is_dir():
            found.append(path)
            continue
        inside = FlowFolder(path).files()
        if not inside:
            message = "there are no flows here; set DIALAI_FLOWS_DIR or name a file"
            raise FlowErrors([Problem(str(path), 1, 1, "", message)])
        found += inside
    return found
