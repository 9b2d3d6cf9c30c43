"""Names as SPSS and Stata allow them: 31 letters, digits and underscores, apart without regard to case."""

import re
from collections.abc import Iterable
from typing import Final

_LONGEST: Final = 31
"""Both allow 32; ReadStat names a Stata column's set of labels after it, and gives that name one less."""

_SPSS: Final = {"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"}
_STATA: Final = {"byte", "double", "float", "if", "in", "int", "long", "using", "strl"}
_RESERVED: Final = _SPSS | _STATA


def statistics_names(names: Iterable[str]) -> list[str]:
    """Return a name for each, the same where it can be; no two are alike."""
    taken: set[str] = set()
    result = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
        if not plain[:1].isalpha() or plain.lower() in _RESERVED:
            plain = f"v_{plain}"
        chosen, number = plain[:_LONGEST], 2
        while chosen.lower() in taken:
            ending = f"_{number}"
            chosen, number = plain[: _LONGEST - len(ending)] + ending, number + 1
        taken.add(chosen.lower())
        result.append(chosen)
    return result
