"""Words as the call log finds them: folded alike in what was said and in what is asked; knows no table.

A search is words that must all be there, "words in quotes" that must follow each other, and beginnings
that end in `*`. Letters count without case and accents.
"""

import re
import unicodedata
from dataclasses import dataclass

MAX_CHARACTERS = 200_000
"""So much of one call is searchable: hours of talk, and well below what PostgreSQL takes."""

_WORD = re.compile(r"[^\W_]+")
_PIECE = re.compile(r'"([^"]*)"?|(\S+)')


@dataclass(frozen=True, slots=True)
class Sought:
    """One search in the two spellings that databases understand."""

    fts5: str
    tsquery: str


def folded(text: str) -> str:
    """Return the text's words in lower case without accents, a space between them."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    )
    return " ".join(_WORD.findall(plain.casefold()))[:MAX_CHARACTERS]


def sought(text: str) -> Sought | None:
    """Return what is searched for; None when no word stands in it."""
    fts5, tsquery = [], []
    for quoted, bare in _PIECE.findall(text):
        words = folded(quoted or bare).split()
        if not words:
            continue
        is_beginning = bare.endswith("*")
        fts5.append(f'"{" ".join(words)}"' + ("*" if is_beginning else ""))
        tsquery.append("(" + " <-> ".join(words) + (":*" if is_beginning else "") + ")")
    return Sought(" ".join(fts5), " & ".join(tsquery)) if fts5 else None
