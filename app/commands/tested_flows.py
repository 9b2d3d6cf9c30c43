"""`dialai flows test`: hold flows to the scenarios that lie beside them, and walk every branch of theirs.

Reads files and prints; how a scenario is played is the rehearsal's, where the walk goes is its own.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape

from app.adapters.bounded_files import read_bounded
from app.adapters.flow_folder import FlowFolder, check_file
from app.commands.flow_files import flow_files
from app.commands.rehearsed_scenario import Played, played
from app.flows.coverage import Coverage, Tally, Tracker
from app.flows.model import Flow
from app.flows.problems import FlowErrors, Problem, nearest
from app.flows.scenarios import Scenario, ScenarioFile, read_scenarios
from app.flows.walk import Walked, walk
from app.settings import BadSetting

SCENARIOS: Final = "tests"
"""The folder beside the flows that holds their scenarios."""


@dataclass(slots=True)
class Tested:
    """One flow's file: its scenarios, what is wrong, and what the walk and the scenarios came to."""

    path: Path
    flow: Flow | None
    scenarios: list[tuple[Path, Scenario]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    failed: list[Played] = field(default_factory=list)
    walked: Walked | None = None
    reached: Coverage | None = None

    @property
    def is_good(self) -> bool:
        """Whether everything is as promised."""
        return not self.problems

    def test(self) -> None:
        """Play every scenario, walk every branch; note what is not as promised and what is never reached."""
        if self.flow is None:
            return
        tracker = Tracker(self.flow)
        for path, scenario in self.scenarios:
            call = played(self.flow, scenario, tracker, file=str(path))
            self.problems += call.problems
            self.failed += [call] if call.problems else []
        self.reached = tracker.coverage()
        self.walked = walk(self.flow)
        self.problems += self._never_reached(self.walked, self.reached)

    def as_json(self) -> dict[str, Any]:
        """Return what a machine reads."""
        return {
            "file": str(self.path),
            "flow": self.flow.name if self.flow is not None else None,
            "ok": self.is_good,
            "scenarios": len(self.scenarios),
            "scenarios_reach": asdict(self.reached) if self.reached is not None else None,
            "walk": asdict(self.walked) if self.walked is not None else None,
            "problems": [asdict(problem) for problem in self.problems],
        }

    def _never_reached(self, walked: Walked, played: Coverage) -> list[Problem]:
        """Return what nothing came to: of a walk that was cut short, what no scenario came to either."""
        line = "the walk never reaches this {}"
        if not walked.is_complete:
            line = "the walk was cut short before it reached this {}; write a scenario that does"
        kinds = (
            ("step", walked.coverage.steps, played.steps),
            ("branch", walked.coverage.branches, played.branches),
            ("end", walked.coverage.ends, played.ends),
        )
        return [
            Problem(str(self.path), each.place.line, each.place.column, each.text, line.format(kind))
            for kind, missed, unplayed in kinds
            for each in missed.missed
            if walked.is_complete or each in unplayed.missed
        ]


def hold_to_scenarios(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Flow files, folders of them, or scenario files; default: the project's folder."),
    ] = None,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of lines.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show the call of each scenario that fails.")
    ] = False,
) -> None:
    """Play the scenarios in the folder `tests` beside the flows, and walk every branch of each flow.

    Exit code 1 when a scenario fails, or when the walk never reaches a step, a branch or an end. Of a walk
    that is cut short, what a scenario reaches counts as well.
    """
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        tested, strays = gather(files or [])
    except (BadSetting, FlowErrors) as error:
        errors.print(str(error), markup=False)
        raise typer.Exit(1) from None
    for each in tested:
        each.test()
    if as_json:
        document = {
            "flows": [each.as_json() for each in tested],
            "problems": [asdict(problem) for problem in strays],
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _print(tested, strays, with_calls=verbose)
    if strays or not all(each.is_good for each in tested):
        raise typer.Exit(1)


def gather(files: list[Path]) -> tuple[list[Tested], list[Problem]]:
    """Return the flows to test with their scenarios, and what is wrong with scenarios of no flow.

    A file in a folder `tests` is a scenario file: its flow is tested with these scenarios alone. A folder
    stands for its files. Raises FlowErrors when there is nothing to test, BadSetting.
    """
    flows = [path for path in files if SCENARIOS not in {path.name, path.parent.name}]
    scenario_files = [each for path in files if path not in flows for each in _files_of(path)]
    tested = [_checked(path) for path in flow_files(flows)] if flows or not files else []
    strays: list[Problem] = []
    for root in dict.fromkeys(each.path.parent for each in tested):
        beside = [each for each in tested if each.path.parent == root]
        # A folder of flows need not have one of scenarios; one that was named must be there.
        for path in _files_of(root / SCENARIOS) if (root / SCENARIOS).exists() else ():
            strays += _join(path, beside, is_whole_folder=not files or root in flows)
    for path in scenario_files:
        beside = [_checked(each) for each in FlowFolder(path.parent.parent).files()]
        strays += _join(path, beside, is_whole_folder=True)
        tested += [each for each in beside if each.scenarios]
    return tested, strays


def _files_of(path: Path) -> list[Path]:
    return sorted(path.glob("*.yaml")) if path.is_dir() else [path]


def _checked(path: Path) -> Tested:
    checked = check_file(path)
    return Tested(path, checked.flow, [], list(checked.problems) if checked.flow is None else [])


def _join(path: Path, flows: list[Tested], *, is_whole_folder: bool) -> list[Problem]:
    """Give the scenarios in a file to their flow; return what is wrong with the file."""
    try:
        found = _read(path)
    except FlowErrors as error:
        return list(error.problems)
    owner = next((each for each in flows if each.flow is not None and each.flow.name == found.flow), None)
    if owner is not None:
        owner.scenarios += [(path, scenario) for scenario in found.scenarios]
        return []
    if not is_whole_folder:
        return []
    names = [each.flow.name for each in flows if each.flow is not None]
    message = f"there is no usable flow `{found.flow}` in the folder above"
    return [
        Problem(str(path), found.place.line, found.place.column, "flow", message, nearest(found.flow, names))
    ]


def _read(path: Path) -> ScenarioFile:
    try:
        data = read_bounded(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FlowErrors([Problem(str(path), 1, 1, "", f"cannot be read: {reason}")]) from None
    return read_scenarios(data, path=str(path))


def _print(tested: list[Tested], strays: list[Problem], *, with_calls: bool) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for call in [call for each in tested for call in each.failed if with_calls]:
        console.print(f"[bold]{escape(call.problems[0].path)}[/]")
        for line in call.lines:
            console.print(f"   {line}", markup=False)
    for problem in [problem for each in tested for problem in each.problems] + strays:
        console.print(f"[red]failed[/] {escape(str(problem))}")
    for each in tested:
        if each.walked is None or each.reached is None:
            continue
        mark = "[green]ok[/]" if each.is_good else "[red]not ok[/]"
        cut = "" if each.walked.is_complete else ", cut short"
        console.print(f"{mark} {escape(str(each.path))}")
        console.print(f"   walk: {_shares(each.walked.coverage)}; {each.walked.ways} ways tried{cut}")
        console.print(f"   {len(each.scenarios)} scenarios: {_shares(each.reached)}")


def _shares(coverage: Coverage) -> str:
    kinds = (("steps", coverage.steps), ("branches", coverage.branches), ("ends", coverage.ends))
    return ", ".join(f"{kind} {_share(tally)}" for kind, tally in kinds)


def _share(tally: Tally) -> str:
    return f"{tally.reached} of {tally.total}"
