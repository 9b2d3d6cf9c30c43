"""What one expression may cost: reads its tokens and says what of it could take a call's time.

Knows CEL's spelling only; whether names and functions exist is not judged here.
"""

import math
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

MOST_SUMS: Final = 50
"""`+` in one expression: each copies the lists and texts to its sides."""

MOST_SUMS_WITH_MACRO: Final = 10
"""`+` in an expression that goes through a list, where they count for each item."""

MOST_MACROS: Final = 10
"""`.exists(` and the like in one expression."""

MOST_MATCHES: Final = 3
"""`.matches(` in one expression: reading a pattern takes far longer than looking for it."""

LARGEST_PATTERN: Final = 1_000
"""Characters of a pattern for `matches`, times all its counts such as `{20}`."""

_MACROS: Final = frozenset({"all", "exists", "exists_one", "map", "filter"})
_TOKEN: Final = re.compile(
    r"""(?P<raw>[bB]?[rR][bB]?(?:\"{3}(?s:.*?)\"{3}|'{3}(?s:.*?)'{3}|"[^"]*"|'[^']*'))
    |(?P<text>[bB]?(?:\"{3}(?:\\.|(?s:.))*?\"{3}|'{3}(?:\\.|(?s:.))*?'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))
    |(?P<comment>//[^\n]*)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<mark>[^\s\w])""",
    re.VERBOSE,
)
_COUNT: Final = re.compile(r"\{(\d*),?(\d*)\}")
_ESCAPE: Final = re.compile(
    r"\\(?:(?P<plain>[^0-3xXuU])|[xX](?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})"
    r"|U(?P<U>[0-9a-fA-F]{8})|(?P<o>[0-3][0-7]{2}))"
)
_SPACED: Final = re.compile(r"\(\?[a-zA-Z]*x")


class Excess(NamedTuple):
    """What is too much, in one line, and its column from 1."""

    message: str
    column: int


class _Token(NamedTuple):
    text: str
    start: int
    is_literal: bool


def excess(source: str) -> Excess | None:
    """Return what makes the expression too costly for a call; None for one that any call can bear.

    Of lists of a hundred texts, what is let through takes less than a second of computing.
    """
    tokens = list(_tokens(source))
    return next(_macros(tokens), None) or _too_many(tokens) or next(_patterns(tokens), None)


def _tokens(source: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(source):
        if found.lastgroup != "comment":
            yield _Token(found[0], found.start(), found.lastgroup in ("raw", "text"))


def _calls(tokens: list[_Token], at: int) -> str:
    """Return the method that is called at this token; empty where none is."""
    if not 0 < at < len(tokens) - 1 or tokens[at - 1].text != "." or tokens[at + 1].text != "(":
        return ""
    return tokens[at].text


def _macros(tokens: list[_Token]) -> Iterator[Excess]:
    """Find what stands inside `.exists(` and the like that would be done again for each item."""
    opened: list[str] = []
    for at, token in enumerate(tokens):
        called = _calls(tokens, at)
        if called == "map":
            yield Excess(
                ".map() builds lists too long for a call: use .filter() or .exists()", token.start + 1
            )
        outer = next((each for each in opened if each in _MACROS), "")
        if outer and (called in _MACROS or called == "matches"):
            yield Excess(f".{called}() cannot stand inside .{outer}(): it takes too long", token.start + 1)
        if token.text == "(" and not token.is_literal:
            opened.append(_calls(tokens, at - 1))
        elif token.text == ")" and opened:
            opened.pop()


def _too_many(tokens: list[_Token]) -> Excess | None:
    called = [_calls(tokens, at) for at in range(len(tokens))]
    macros = [at for at, name in enumerate(called) if name in _MACROS]
    for found, most, what in (
        (macros, MOST_MACROS, "times .exists() and the like"),
        ([at for at, name in enumerate(called) if name == "matches"], MOST_MATCHES, "times .matches()"),
        (
            [at for at, token in enumerate(tokens) if token.text == "+"],
            MOST_SUMS_WITH_MACRO if macros else MOST_SUMS,
            "times `+`" + (" beside .exists() and the like" if macros else ""),
        ),
    ):
        if len(found) > most:
            return Excess(
                f"the expression has {len(found)} {what}, {most} at most", tokens[found[most]].start + 1
            )
    return None


def _patterns(tokens: list[_Token]) -> Iterator[Excess]:
    for at in range(len(tokens)):
        if _calls(tokens, at) != "matches":
            continue
        pattern, column = tokens[at + 2], tokens[at + 2].start + 1
        if not pattern.is_literal or tokens[at + 3].text != ")":
            yield Excess("the pattern of matches() must be one text in quotation marks", column)
        text = _meant(pattern.text)
        if _SPACED.search(text):
            yield Excess("the pattern of matches() takes no flag `x`", column)
        counts = (max(int(each or 1) for each in found.groups()) for found in _COUNT.finditer(text))
        if len(text) * math.prod(max(count, 1) for count in counts) > LARGEST_PATTERN:
            yield Excess("the pattern of matches() is too large: take smaller counts in its `{}`", column)


def _meant(literal: str) -> str:
    """Return what a text in quotation marks says: its escapes may be braces, but in a raw text."""
    quote = min(literal.find(mark) for mark in "\"'" if mark in literal)
    if "r" in literal[:quote].lower():
        return literal

    def character(found: re.Match[str]) -> str:
        if found["plain"]:
            return found["plain"] if found["plain"] in "\\\"'" else found[0]
        if found["o"]:
            return chr(int(found["o"], 8))
        number = int(found["x"] or found["u"] or found["U"], 16)
        return chr(number) if number <= 0x10FFFF else found[0]  # noqa: PLR2004 - the last character there is

    return _ESCAPE.sub(character, literal)
