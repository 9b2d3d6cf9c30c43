"""`dialai callbacks`: who wants to be called back, and when."""

from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from app.adapters.store.callbacks import Callbacks
from app.adapters.store.codec import to_json
from app.adapters.store.sealing import Vault
from app.commands.call_log import open_log, say
from app.session.clock import utc_now

callbacks = typer.Typer(help="Who wants to be called back, and when.", no_args_is_help=True)

_STATES: Final = ("done", "canceled")


@callbacks.command("list")
def list_wishes(
    *,
    every: Annotated[bool, typer.Option("--all", help="Those that are done or canceled, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the open wishes, the earliest first."""
    with open_log() as (database, settings):
        wishes = Callbacks(database, Vault(settings.data_dir / "secret.key"), utc_now)
        found = wishes.listed(status=None if every else "open")
    if as_json:
        typer.echo(to_json(found))
        return
    table = Table("when", "zone", "number", "flow", "call", "status", box=None)
    for wish in found:
        when = wish.wanted.replace("T", " ") or "any time"
        table.add_row(when, wish.zone, wish.number or "(its key is gone)", wish.flow, wish.call, wish.status)
    Console(highlight=False).print(table if found else "nobody waits to be called back")


@callbacks.command()
def close(
    call: Annotated[str, typer.Argument(metavar="CALL", help="The id of the call that the wish came of.")],
    *,
    canceled: Annotated[bool, typer.Option("--canceled", help="It will not be done.")] = False,
) -> None:
    """Mark a wish as done."""
    with open_log() as (database, settings):
        wishes = Callbacks(database, Vault(settings.data_dir / "secret.key"), utc_now)
        is_closed = wishes.close_for(call, _STATES[canceled])
    if not is_closed:
        say(f"call {call} left no open wish to be called back")
        raise typer.Exit(1)
    typer.echo(f"the call back for {call} is {_STATES[canceled]}")
