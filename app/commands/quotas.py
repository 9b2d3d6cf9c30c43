"""`dialai quotas`: how far the cells of flows' quotas are filled."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.adapters.store.codec import to_json
from app.adapters.store.quotas import filled
from app.commands.call_log import open_log


def quotas(
    flow: Annotated[str | None, typer.Argument(help="Of this flow alone.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the cells of quotas: their targets, places of calls in progress, and completed calls."""
    with open_log() as (database, _), database.reading.begin() as connection:
        cells = filled(connection, flow)
    if as_json:
        typer.echo(to_json(cells))
        return
    table = Table("flow", "cell", "target", "in progress", "completed", "left", box=None)
    for cell in cells:
        left = max(0, cell.target - cell.reserved - cell.committed)
        numbers = (cell.target, cell.reserved, cell.committed, left)
        table.add_row(cell.flow, cell.cell, *map(str, numbers))
    nothing = f"no call has asked for a place{f' of {flow}' if flow else ''} yet"
    Console(highlight=False).print(table if cells else nothing)
