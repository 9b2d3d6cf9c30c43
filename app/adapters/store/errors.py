"""What can be wrong with a store as a whole, and how to tell it from what a line brings upon its own call."""

from typing import Final

import sqlalchemy as sa


class StoreError(Exception):
    """The store cannot be used; one line says what is wrong, where, and what to do."""


_OF_A_VALUE: Final = ("22", "23", "54")
"""PostgreSQL's classes of what a value does: unfit data, a broken constraint, a limit of a row or index."""

_ABOUT_A_VALUE: Final = (sa.exc.DataError, sa.exc.IntegrityError)


def is_of_the_store(error: BaseException) -> bool:
    """Whether nothing can be written just now, whatever it is; else the fault is what was to be written."""
    if isinstance(error, StoreError):
        return True
    if not isinstance(error, sa.exc.SQLAlchemyError):
        return False
    if not isinstance(error, sa.exc.DBAPIError):
        # A value that SQLAlchemy could not hand over; what else it complains of is its connection.
        return not isinstance(error, sa.exc.StatementError)
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return not state.startswith(_OF_A_VALUE)
    # A driver's own word: one that has no name for a kind of value calls it a fault of the program.
    return not isinstance(error, (*_ABOUT_A_VALUE, sa.exc.ProgrammingError))


def one_line(error: BaseException) -> str:
    """Return the error's own words, on one line, without the statement that met it."""
    said = str(error.orig) if isinstance(error, sa.exc.DBAPIError) else str(error)
    return " ".join(said.split()) or type(error).__name__
