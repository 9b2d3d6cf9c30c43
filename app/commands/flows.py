"""The author's commands: is this flow right, what may it say, what does it look like."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from app.adapters.flow_folder import CheckedFile, FlowFolder, check_file
from app.adapters.flow_names import unique
from app.adapters.prompts.takes import odd_takes
from app.commands.code_book import codebook
from app.commands.flow_files import flow_files
from app.commands.tested_flows import hold_to_scenarios
from app.commands.try_flow import try_flow
from app.flows.graph import FlowGraph
from app.flows.length import estimate_seconds
from app.flows.manual import manual
from app.flows.problems import FlowErrors, Severity
from app.flows.schema import json_schema
from app.settings import BadSetting

flows = typer.Typer(help="Write, check and understand call flows.", no_args_is_help=True)
flows.command("try")(try_flow)
flows.command("test")(hold_to_scenarios)
flows.command("codebook")(codebook)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of lines.")]
Files = Annotated[
    list[Path] | None, typer.Argument(help="Flow files, or folders of them; default: the project's folder.")
]


@flows.command()
def check(files: Files = None, *, as_json: AsJson = False) -> None:
    """Say what is wrong with flows, where, and what to write instead. Exit code 1 on errors."""
    try:
        paths = flow_files(files or [])
    except (BadSetting, FlowErrors) as error:
        _fail(str(error))
    checked = [_heard(each) for each in unique([check_file(path) for path in paths])]
    if as_json:
        typer.echo(json.dumps([_as_json(each) for each in checked], ensure_ascii=False, indent=2))
    else:
        _print(checked)
    if any(each.flow is None for each in checked):
        raise typer.Exit(1)


@flows.command()
def schema() -> None:
    """Print the JSON Schema of a flow file, for editors that complete and check while you type."""
    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@flows.command()
def docs() -> None:
    """Print the manual in Markdown, made from the schema."""
    typer.echo(manual(), nl=False)


@flows.command()
def graph(file: Annotated[Path, typer.Argument(help="A flow file.")]) -> None:
    """Print the flow as a Mermaid diagram."""
    checked = check_file(file)
    if checked.flow is None:
        _fail(str(FlowErrors(checked.problems)))
    typer.echo(FlowGraph(checked.flow).mermaid(), nl=False)


def _heard(checked: CheckedFile) -> CheckedFile:
    """Listen to the flow's recordings, too: only who checks a flow waits for that."""
    if checked.flow is None:
        return checked
    folder = FlowFolder(checked.path.parent)
    odd = odd_takes(checked.flow, checked.path, folder.audio_file)
    return CheckedFile(checked.path, checked.flow, (*checked.problems, *odd))


def _print(checked: list[CheckedFile]) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for each in checked:
        for problem in each.problems:
            colour = "red" if problem.severity is Severity.ERROR else "yellow"
            console.print(f"[{colour}]{problem.severity.value}[/] {escape(str(problem))}")
        if each.flow is not None:
            shortest, longest = estimate_seconds(each.flow)
            steps, languages = len(each.flow.steps), ", ".join(each.flow.languages)
            about = f"{shortest} to {longest} s" if shortest < longest else f"{shortest} s"
            summary = f"{each.flow.name}, {steps} steps, {languages}, about {about}"
            console.print(f"[green]ok[/] {escape(str(each.path))}: {escape(summary)}")


def _as_json(checked: CheckedFile) -> dict[str, object]:
    estimate = estimate_seconds(checked.flow) if checked.flow else None
    return {
        "file": str(checked.path),
        "flow": checked.flow.name if checked.flow else None,
        "ok": checked.flow is not None,
        "estimated_seconds": estimate,
        "problems": [asdict(problem) for problem in checked.problems],
    }


def _fail(line: str) -> NoReturn:
    typer.echo(line, err=True)
    raise typer.Exit(1)
