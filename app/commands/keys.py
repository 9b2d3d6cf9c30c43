"""`dialai keys` and `dialai audit`: who may use the console and the API, and what they did with it."""

import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Final

import sqlalchemy as sa
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.adapters.store.access import AccessBook
from app.adapters.store.codec import to_json
from app.adapters.store.database import Database
from app.adapters.store.errors import StoreError
from app.commands.call_log import UNUSABLE, fail
from app.domain.access import Role
from app.session.clock import utc_now
from app.settings import BadSetting, read_settings

_WRONG: Final = 1
_LONGEST: Final = 100
_PIPED_WIDTH: Final = 1_000

keys = typer.Typer(help="Make, show and revoke the keys of the console and the API.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@keys.command()
def add(
    name: Annotated[str, typer.Argument(help="Whose key it is; the audit log names it.")],
    *,
    role: Annotated[
        Role,
        typer.Option(help="viewer reads; operator also dials, hangs up and exports; admin also deletes."),
    ] = Role.VIEWER,
) -> None:
    """Make a key and print it, once: only its hash is kept."""
    if not name.strip() or len(name) > _LONGEST or not name.isprintable():
        fail(f"a key's name has 1 to {_LONGEST} characters that can be printed", _WRONG)
    with _book() as book:
        number, text = book.add_key(name.strip(), role, utc_now())
    typer.echo(text)
    typer.echo(f"key {number} of {name.strip()} ({role}); it is not shown again", err=True)


@keys.command("list")
def list_keys(*, as_json: AsJson = False) -> None:
    """Show the keys there are and were."""
    with _book() as book:
        found = book.keys()
    if as_json:
        typer.echo(to_json([asdict(key) for key in found]))
        return
    if not found:
        typer.echo("no keys: `dialai keys add NAME --role admin` makes one")
        return
    table = Table("id", "name", "role", "added", "revoked", box=SIMPLE_HEAD)
    for key in found:
        revoked = f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "-"
        table.add_row(
            str(key.id), escape(key.name), key.role.value, f"{key.added_at:%Y-%m-%d %H:%M}", revoked
        )
    _show(table)


@keys.command()
def revoke(
    number: Annotated[int, typer.Argument(help="The key's id, as `dialai keys list` shows it.")],
) -> None:
    """End a key at once, and every session that it opened."""
    with _book() as book:
        if not book.revoke(number, utc_now()):
            fail(f"there is no valid key {number}: `dialai keys list` shows those there are", _WRONG)
    typer.echo(f"key {number} opens nothing any more")


def audit(
    *,
    call: Annotated[str | None, typer.Option(help="Only what concerns this call.")] = None,
    who: Annotated[str | None, typer.Option(help="Only what the holder of this key's name did.")] = None,
    limit: Annotated[int, typer.Option(help="So many lines, the latest ones.", min=1)] = 100,
    as_json: AsJson = False,
) -> None:
    """Show who did what, newest first: sign-ins, dials, reads of personal data, deletes."""
    with _book() as book:
        deeds = book.deeds(call=call, who=who, limit=limit)
    if as_json:
        for deed in deeds:
            typer.echo(to_json(asdict(deed)))
        return
    if not deeds:
        typer.echo("nothing was done that is written down")
        return
    table = Table(box=SIMPLE_HEAD)
    for name in ("when (UTC)", "who", "from", "did", "call", "detail"):
        table.add_column(name, overflow="fold")
    for deed in deeds:
        cells = (deed.who, deed.address, deed.action, deed.call or "-", deed.detail)
        table.add_row(f"{deed.at:%Y-%m-%d %H:%M:%S}", *map(escape, cells))
    _show(table)


def _show(table: Table) -> None:
    """Print a table; where no screen bounds it, on lines as long as they are: a program reads them."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PIPED_WIDTH)
    console.print(table)


@contextlib.contextmanager
def _book() -> Iterator[AccessBook]:
    """Open the keys beside a server or before the first one; a fault is one line and exit code 2."""
    try:
        with contextlib.closing(AccessBook(_database(read_settings().resolved_database_url))) as book:
            yield book
    except (BadSetting, StoreError) as error:
        fail(str(error), UNUSABLE)
    except sa.exc.DBAPIError as error:
        fail(f"the keys cannot be used: {error.orig}", UNUSABLE)


def _database(url: str) -> Database:
    try:
        return Database.read(url)
    except StoreError:
        # None yet, or an older one: made as a server would. One that runs says so.
        return Database.serve(url)
