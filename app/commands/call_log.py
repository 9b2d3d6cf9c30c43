"""The call log as commands open it: beside a server, and whatever is wrong with it is one line."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import sqlalchemy as sa
import typer

from app.adapters.store.codec import CodecError
from app.adapters.store.database import Database
from app.adapters.store.errors import StoreError
from app.settings import BadSetting, Settings, read_settings

UNUSABLE = 2


@contextlib.contextmanager
def open_log() -> Iterator[tuple[Database, Settings]]:
    """Open the call log for reading; a fault in it, also while it is read, is one line and exit code 2."""
    try:
        settings = read_settings()
        with contextlib.closing(Database.read(settings.resolved_database_url)) as database:
            yield database, settings
    except (BadSetting, StoreError, CodecError) as error:
        fail(str(error), UNUSABLE)
    except sa.exc.DBAPIError as error:
        fail(f"the call log cannot be used: {error.orig}", UNUSABLE)


def fail(line: str, code: int) -> NoReturn:
    """Say what is wrong in one line and leave."""
    say(line)
    raise typer.Exit(code)


def say(line: str) -> None:
    """Say one line beside what the command prints."""
    typer.echo(f"dialai: {' '.join(line.split())}", err=True)


def cannot_write(path: Path, error: OSError) -> NoReturn:
    """Say that a file cannot be written, and leave."""
    fail(f"{path} cannot be written: {error.strerror}", UNUSABLE)
