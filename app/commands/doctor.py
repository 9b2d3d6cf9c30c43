"""`dialai doctor`: what works with the present configuration, a line each, and what to do about the rest."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from app.adapters.flow_folder import FlowFolder
from app.commands.doctor_aws import AwsExam
from app.commands.doctor_findings import Check, Finding, Mark, examine
from app.commands.doctor_house import house_checks
from app.settings import BadSetting, Settings, read_settings

_UNUSABLE: Final = 2
_STYLES: Final = {Mark.OK: "green", Mark.NOTE: "yellow", Mark.FAILED: "bold red", Mark.IDLE: "dim"}
_WIDTH: Final = 16


def doctor(
    port: Annotated[int, typer.Option(help="The port the server is to have.", min=0, max=65_535)] = 8_000,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check what this configuration needs, AWS by harmless requests; exit code 1 when something fails."""
    try:
        settings = read_settings()
    except BadSetting as error:
        typer.echo(f"dialai: {error}", err=True)
        raise typer.Exit(_UNUSABLE) from None
    found = asyncio.run(_examine(settings, port, None if as_json else Console(highlight=False)))
    is_well = all(finding.mark is not Mark.FAILED for _, finding in found)
    if as_json:
        plain = [
            {"check": check.name, "mark": finding.mark.value, "says": finding.says, "todo": finding.todo}
            | {"took_ms": finding.took_ms}
            for check, finding in found
        ]
        typer.echo(json.dumps({"ok": is_well, "checks": plain}, indent=2))
    if not is_well:
        raise typer.Exit(1)


async def _examine(settings: Settings, port: int, console: Console | None) -> list[tuple[Check, Finding]]:
    flows = FlowFolder(settings.flows_dir)
    async with AwsExam(settings, flows) as aws:
        # The house first: what it is busy with must not count as AWS's latency.
        found = await _told(house_checks(settings, flows, port=port), console)
        await aws.prepare()
        return found + await _told(aws.checks(), console)


async def _told(checks: Sequence[Check], console: Console | None) -> list[tuple[Check, Finding]]:
    found = []
    async for check, finding in examine(checks):
        found.append((check, finding))
        if console is not None:
            console.print(_line(check, finding), soft_wrap=True)
    return found


def _line(check: Check, finding: Finding) -> Text:
    line = Text(f"{check.name:<{_WIDTH}} ")
    line.append(f"{finding.mark.value}: ", style=_STYLES[finding.mark])
    line.append(finding.says)
    if finding.took_ms is not None:
        line.append(f" ({finding.took_ms} ms)", style="dim")
    if finding.todo:
        line.append(f". {finding.todo[:1].upper()}{finding.todo[1:]}.", style="italic")
    return line
