"""The libraries that some formats need and that are not installed with DialAI; loads them when asked."""

import contextlib
from collections.abc import Iterator
from importlib import import_module
from typing import Any


class MissingLibrary(Exception):  # noqa: N818 - it says what is missing
    """A format needs a library that is not there; the message says how to get it."""


class RefusedTable(Exception):  # noqa: N818 - it says who refused
    """The library that writes a format does not take the table; the message is its own, in one line."""


def library(name: str, form: str) -> Any:  # noqa: ANN401 - a module, without types
    """Return the library that a format needs. Raises MissingLibrary."""
    try:
        return import_module(name)
    except ImportError:
        raise MissingLibrary(
            f"--format {form} needs {name}: .venv/bin/pip install -c constraints.txt '.[exports]'"
        ) from None


@contextlib.contextmanager
def refusals(*kinds: type[Exception]) -> Iterator[None]:
    """Make a library's own errors ours. Raises RefusedTable."""
    try:
        yield
    except kinds as error:
        raise RefusedTable(" ".join(str(error).split())) from error
