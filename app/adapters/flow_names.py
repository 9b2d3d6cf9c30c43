"""Whose a flow's name is when several files claim it: the first file's; to the others it is an error."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from app.adapters.flow_folder import CheckedFile
from app.flows.problems import Problem


def unique(checked: Iterable[CheckedFile]) -> list[CheckedFile]:
    """Turn a flow whose name an earlier file has taken into an error."""
    taken: dict[str, Path] = {}
    result: list[CheckedFile] = []
    for each in checked:
        name = each.flow.name if each.flow else ""
        if name and name in taken:
            problem = Problem(str(each.path), 1, 1, "flow", f"the name `{name}` is taken by {taken[name]}")
            result.append(replace(each, flow=None, problems=(*each.problems, problem)))
            continue
        taken[name] = each.path
        result.append(each)
    return result
