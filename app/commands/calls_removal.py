"""`dialai calls delete --number` and `dialai calls prune`: what is deleted in numbers, and noted."""

import contextlib
from collections.abc import Iterator, Sized
from datetime import timedelta
from getpass import getuser

import typer

from app.adapters.store.access import AccessBook, Deed
from app.adapters.store.callbacks import Callbacks
from app.adapters.store.database import Database
from app.adapters.store.do_not_call import plain
from app.adapters.store.reader import CallReader
from app.adapters.store.retention import Retention
from app.adapters.store.sealing import Vault
from app.commands.call_log import UNUSABLE, fail, open_log
from app.session.clock import utc_now

_WRONG = 1


def delete_number(number: str, *, yes: bool) -> None:
    """Delete every ended call with this number, and the callbacks to it that other ended calls brought.

    The do-not-call list keeps the number, if it stands there.
    """
    if not number.strip().startswith("+") or plain(number) is None:
        fail(f"{number} is no telephone number: write it with its country, as in +14155550100", UNUSABLE)
    with _retention() as (database, retention, vault):
        callbacks = Callbacks(database, vault, utc_now)
        ended, live = retention.of_number(number)
        wishes = callbacks.with_number(number)
        if not ended and not wishes:
            also = f"; {live} that did not end yet stay" if live else ""
            fail(f"no ended call has the number {number}, and no callback is to it{also}", _WRONG)
        what = f"{ended} calls of {number} and their audio{_with(wishes)}"
        if not yes and not typer.confirm(f"Delete {what} for good?"):
            raise typer.Exit(_WRONG)
        gone = retention.delete_number(number)
        callbacks.forget(wishes)
        # The number itself is what is to be forgotten: the line tells how many calls, and of nobody.
        _note(database, "delete_number", f"{gone} calls of one number{_with(wishes)}")
    also = f"; {live} did not end yet and stay" if live else ""
    typer.echo(f"{gone} calls of {number}{_with(wishes)} are deleted{also}")


def _with(wishes: Sized) -> str:
    """Name the callbacks that callers from other numbers asked for."""
    return f", and {len(wishes)} callbacks to it that others asked for" if wishes else ""


def prune(*, days: int | None, audio_days: int | None, yes: bool) -> None:
    """Delete calls and recordings that ended longer ago than the settings, or these days, keep them."""
    with open_log() as (_, settings):
        days = settings.retention_days if days is None else days
        audio_days = settings.audio_retention_days if audio_days is None else audio_days
    if not days and not audio_days:
        fail("nothing says how long calls are kept: give --days, or set DIALAI_RETENTION_DAYS", _WRONG)
    kept = [f"calls older than {days} days"] if days else []
    kept += [f"recordings older than {audio_days} days"] if audio_days else []
    if not yes and not typer.confirm(f"Delete {' and '.join(kept)} for good?"):
        raise typer.Exit(_WRONG)
    now = utc_now()
    with _retention() as (database, retention, _):
        gone = retention.prune(
            before=now - timedelta(days=days) if days else None,
            audio_before=now - timedelta(days=audio_days) if audio_days else None,
        )
        _note(database, "prune", f"{gone.calls} calls, recordings of {gone.audio}")
    typer.echo(f"{gone.calls} calls are deleted, and the recordings of {gone.audio} more")


@contextlib.contextmanager
def _retention() -> Iterator[tuple[Database, Retention, Vault]]:
    with open_log() as (database, settings):
        vault = Vault(settings.data_dir / "secret.key")
        reader = CallReader(database, vault, settings.audio_dir)
        try:
            yield database, Retention(database, reader), vault
        except OSError as error:
            fail(f"{error.filename} cannot be deleted, so its call is kept: {error.strerror}", UNUSABLE)


def _note(database: Database, action: str, detail: str) -> None:
    AccessBook(database).note(Deed(utc_now(), f"terminal: {_user()}", "", action, None, detail))


def _user() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "?"
