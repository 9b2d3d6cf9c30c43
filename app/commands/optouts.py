"""`dialai optouts`: the numbers that must not be called, shown and changed."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.adapters.store.codec import to_json
from app.adapters.store.do_not_call import DoNotCall, plain
from app.adapters.store.sealing import Vault
from app.commands.call_log import UNUSABLE, fail, open_log, say
from app.session.clock import utc_now

optouts = typer.Typer(help="The numbers that must not be called.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="With its country, as +15551234567.")]


@optouts.command("list")
def list_numbers(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the numbers, the latest first."""
    with open_log() as (database, settings):
        listed = DoNotCall(database, Vault(settings.data_dir / "secret.key"), utc_now).listed()
    if as_json:
        typer.echo(to_json(listed))
        return
    table = Table("number", "since", "by", "call", box=None)
    for entry in listed:
        since = entry.added_at.isoformat(sep=" ", timespec="minutes")
        table.add_row(entry.number or "(its key is gone)", since, entry.source, entry.call or "")
    Console(highlight=False).print(table if listed else "no number is on the do-not-call list")


@optouts.command()
def add(number: Number) -> None:
    """Put a number on the list: it is not dialled from now on."""
    with open_log() as (database, settings):
        fresh = DoNotCall(database, Vault(settings.data_dir / "secret.key"), utc_now).add(_read(number))
    typer.echo(f"{number} is on the do-not-call list" if fresh else f"{number} was on the list already")


@optouts.command()
def remove(
    number: Number, *, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Take a number off the list, because whoever it belongs to asks for it."""
    found = _read(number)
    if not yes and not typer.confirm(f"Allow calls to {found} again?"):
        raise typer.Exit(1)
    with open_log() as (database, settings):
        is_gone = DoNotCall(database, Vault(settings.data_dir / "secret.key"), utc_now).remove(found)
    if not is_gone:
        say(f"{found} is not on the do-not-call list")
        raise typer.Exit(1)
    typer.echo(f"{found} may be called again")


def _read(number: str) -> str:
    found = plain(number) if number.strip().startswith("+") else None
    if found is None:
        fail(f"{number} is no telephone number: write it with its country, as in +14155550100", UNUSABLE)
    return found
