"""`dialai calls`: lists, shows, exports, replays and deletes what the call log holds."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NoReturn, TextIO

import typer
from rich.console import Console

from app.adapters.flow_folder import FlowFolder
from app.adapters.store.codec import to_json
from app.adapters.store.database import Database
from app.adapters.store.reader import CallReader
from app.adapters.store.removal import StillLiveError, delete_call
from app.adapters.store.replaying import NotReplayableError
from app.adapters.store.replaying import replay as replay_events
from app.adapters.store.results import ResultReader
from app.adapters.store.sealing import Vault
from app.adapters.store.selection import Filter
from app.commands.call_log import UNUSABLE, cannot_write, fail, open_log, say
from app.commands.calls_export import FORMATS, export_table, watched
from app.commands.calls_removal import delete_number, prune
from app.commands.calls_screen import show_call, show_list, show_providers
from app.domain.call import Disposition
from app.settings import Settings, read_settings

calls = typer.Typer(help="What the call log holds.", no_args_is_help=True)

_WRONG = 1
_SHORTEST_START = 4

CallId = Annotated[
    str, typer.Argument(metavar="ID", help="The call's id, or its first 4 characters or more.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show sealed values too.")]
OfFlow = Annotated[str | None, typer.Option(help="Only calls of this flow.")]
EndedAs = Annotated[Disposition | None, typer.Option(help="Only calls that ended so.")]


@calls.command("list")
def list_calls(
    *,
    flow: OfFlow = None,
    disposition: EndedAs = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)] = 20,
    as_json: AsJson = False,
) -> None:
    """List calls, newest first."""
    with _reading() as (_, reader):
        page = reader.page(Filter(flow=flow, disposition=disposition), limit=limit)
        if as_json:
            _print({"calls": page.calls, "next": page.next_key})
        else:
            show_list(Console(), page.calls, has_more=page.next_key is not None)


@calls.command()
def show(
    call_id: CallId,
    *,
    as_json: AsJson = False,
    reveal: Reveal = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show each prompt, every latency, and how providers fared.")
    ] = False,
) -> None:
    """Show one call: answers, turns with their latency, how it ended, where its audio lies."""
    with _reading() as (_, reader):
        call_id = _meant(reader, call_id)
        call = reader.call(call_id, reveal=reveal)
        if call is None:
            _unknown(call_id)
        if as_json:
            _print(call)
        else:
            show_call(Console(), call, verbose=verbose)
            if verbose:
                show_providers(Console(), reader.events(call_id) or [])


@calls.command()
def export(
    *,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="jsonl: a call a line, with its events; csv-wide, parquet, sav, dta: a row a call; "
            "csv-long, floip: a row an answer.",
        ),
    ] = "jsonl",
    output: Annotated[
        Path | None, typer.Option(help="File to write (floip: folder); default: standard output.")
    ] = None,
    flow: OfFlow = None,
    disposition: EndedAs = None,
    reveal: Reveal = False,
    exact: Annotated[
        bool,
        typer.Option(
            "--exact", help="CSV: no apostrophe before a text that a spreadsheet would take for a formula."
        ),
    ] = False,
) -> None:
    """Write every call with what it brought, oldest first. Sealed values are in no table."""
    wanted = Filter(flow=flow, disposition=disposition)
    if form in FORMATS:
        if reveal:
            fail(f"--format {form} holds no sealed values: leave --reveal away, or write jsonl", UNUSABLE)
        with open_log() as (database, settings):
            _know(flow, ResultReader(database), settings)
            count = export_table(database, form, wanted, output, exact=exact)
    elif form == "jsonl":
        with _reading() as (database, reader), _writing(output) as out:
            count = 0
            told = ResultReader(database)
            _know(flow, told, read_settings())
            found = reader.export(wanted, reveal=reveal)
            for call in watched(found, lambda: told.count(wanted), shown=output is not None):
                out.write(to_json(call) + "\n")
                count += 1
    else:
        fail(f"--format {form}: write one of jsonl, {', '.join(FORMATS)}", UNUSABLE)
    if output is not None:
        say(f"{count} calls written to {output}")


def _know(flow: str | None, reader: ResultReader, settings: Settings) -> None:
    """Leave when a flow is named that no call was held by, and that is none of the project's either."""
    if flow is None or reader.count(Filter(flow=flow)):
        return
    if flow not in FlowFolder(settings.flows_dir).load_all()[0]:
        fail(f"no call was held by {flow}: `dialai calls list` shows those there are", UNUSABLE)


@calls.command()
def replay(call_id: CallId) -> None:
    """Feed a call's journal through the core again; exit code 1 when other orders come out."""
    with _reading() as (_, reader):
        call_id = _meant(reader, call_id)
        stored, events = reader.stored(call_id), reader.events(call_id, reveal=True)
        if stored is None or events is None:
            _unknown(call_id)
        try:
            count, difference = replay_events(stored, events)
        except NotReplayableError as error:
            fail(str(error), _WRONG)
    if difference is None:
        typer.echo(f"same orders: {count} events")
        return
    for line in difference.lines():
        typer.echo(line)
    raise typer.Exit(_WRONG)


@calls.command()
def delete(
    call_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The call's id, or its first 4 characters or more.")
    ] = None,
    *,
    number: Annotated[
        str | None,
        typer.Option(help="Every ended call with this number, as +15551234567, and callbacks to it."),
    ] = None,
    yes: Yes = False,
) -> None:
    """Delete a call: its rows, its journal and its audio. Nothing brings them back."""
    if (call_id is None) is (number is None):
        fail("say which call by its id, or all of a number by --number", UNUSABLE)
    if number is not None:
        delete_number(number, yes=yes)
        return
    assert call_id is not None  # noqa: S101 - one of the two is given
    with _reading() as (database, reader):
        call_id = _meant(reader, call_id)
        if not yes and not typer.confirm(f"Delete call {call_id} and its audio for good?"):
            raise typer.Exit(_WRONG)
        try:
            is_gone = delete_call(database, reader, call_id)
        except StillLiveError as error:
            fail(str(error), _WRONG)
        except OSError as error:
            folder = reader.audio_folder(call_id)
            fail(f"the audio in {folder} cannot be deleted, so nothing was: {error.strerror}", UNUSABLE)
        if not is_gone:
            _unknown(call_id)
    typer.echo(f"call {call_id} is deleted")


@calls.command("prune")
def prune_calls(
    *,
    days: Annotated[int | None, typer.Option(help="Calls that ended so long ago, whole.", min=1)] = None,
    audio_days: Annotated[int | None, typer.Option(help="Their recordings alone.", min=1)] = None,
    yes: Yes = False,
) -> None:
    """Delete what is kept no longer, as DIALAI_RETENTION_DAYS and DIALAI_AUDIO_RETENTION_DAYS say."""
    prune(days=days, audio_days=audio_days, yes=yes)


@contextlib.contextmanager
def _reading() -> Iterator[tuple[Database, CallReader]]:
    with open_log() as (database, settings):
        vault = Vault(settings.data_dir / "secret.key")
        yield database, CallReader(database, vault, settings.audio_dir, settings.prices)


@contextlib.contextmanager
def _writing(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        with output.open("w", encoding="utf-8") as file:
            yield file
    except OSError as error:
        cannot_write(output, error)


def _meant(reader: CallReader, start: str) -> str:
    """Return the one id that begins so; none or several is one line and exit code 1."""
    found = reader.beginning_with(start)
    if not found:
        _unknown(start)
    if len(start) < _SHORTEST_START and found != [start]:
        fail(f"{start} is too short: give the id's first {_SHORTEST_START} characters or more", _WRONG)
    if len(found) > 1:
        fail(f"more than one call's id begins with {start}: {', '.join(found)}; give more of it", _WRONG)
    return found[0]


def _unknown(call_id: str) -> NoReturn:
    fail(
        f"no call has the id {call_id}, and none begins so: `dialai calls list` shows those there are", _WRONG
    )


def _print(value: object) -> None:
    typer.echo(to_json(value))
