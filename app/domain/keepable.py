"""Text and values of others, made such that every log and every wire can hold them. Pure.

To be used wherever something enters that a stranger wrote: a model, a recogniser, a browser, a carrier or a
web service. What is left out stands for nothing: control characters that are no white space (PostgreSQL
takes no NUL) and halves of surrogate pairs (UTF-8 has none).
"""

import math
import re
from typing import Final

from app.domain.call import Value

MOST_NUMBER: Final = 2**53
"""Whole numbers up to here are the same in JSON, in a column and in a spreadsheet; beyond they are none."""

_UNKEEPABLE: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")


def is_keepable(text: str) -> bool:
    """Whether nothing of it would have to be left out."""
    return text.isprintable() or not _UNKEEPABLE.search(text)


def keepable(text: str) -> str:
    """Return the text without what cannot be kept."""
    return text if text.isprintable() else _UNKEEPABLE.sub("", text)


def keepable_value(value: Value) -> Value:
    """Return the value as it can be kept; None for a number that is none or is beyond all columns."""
    match value:
        case str():
            return keepable(value)
        case float():
            return value if math.isfinite(value) else None
        case bool() | None:
            return value
        case int():
            return value if abs(value) <= MOST_NUMBER else None
        case tuple():
            return tuple(keepable(each) for each in value)
