"""What the author's conditions and `${...}` holes mean: CEL, over the names a call knows so far.

Knows no prompts and no steps. Missing names decide nothing: a condition they leave open is false.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, Final, Literal, TypeAlias
from xml.sax.saxutils import escape

import cel

from app.domain.call import Value
from app.flows import bounds
from app.flows.model import Expression, Piped


class Undecided(Enum):
    """The type of `UNKNOWN`."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Undecided.UNKNOWN
"""What an expression is worth while a name it needs is missing, or an operation does not apply."""

Unknown: TypeAlias = Literal[Undecided.UNKNOWN]

MAX_EXPRESSION: Final = 500
"""Characters of one expression."""

MAX_TEXT: Final = 2_000
"""Characters that the text an expression comes to can have; what is longer is cut."""

MAX_LIST: Final = 100
"""Texts in the list that an expression comes to; further ones are left out."""

_PANIC: Final = "PanicException"
"""A panic of the CEL library, which has said itself what happened; PyO3 lets nobody import its class."""

_FUNCTIONS: Final = frozenset(
    {"size", "contains", "startsWith", "endsWith", "matches", "int", "double", "string", "min", "max"}
)
_ATTRIBUTE: Final = re.compile(r"\.\s*(_\w*)")
_LITERAL: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_NAMED_FUNCTION: Final = re.compile(r"[A-Za-z]\w*")
_MACRO_NAME: Final = re.compile(r"\.(?:all|exists|exists_one|map|filter)\(\s*([A-Za-z_]\w*)\s*,")
_PARSER_COLUMN: Final = re.compile(r"ERROR: <input>:\d+:(\d+): (?:Syntax error: )?(.*)")
_EXPECTING: Final = re.compile(r",? (?:expecting|at) .*$")
_SPACES: Final = re.compile(r"[ \t\n]+")
_SPACE_BEFORE_STOP: Final = re.compile(r" ([.,;:?!])")


class ExpressionError(ValueError):
    """The text is no expression. `column` counts from 1 within the text; the message is one line."""

    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.column = column


def compile_expression(source: str, *, longest: int = MAX_EXPRESSION) -> Expression:
    """Compile one CEL expression. Raises ExpressionError."""
    if len(source) > longest:
        raise ExpressionError(f"the expression has {len(source)} characters, {longest} at most")
    if not source.strip():
        raise ExpressionError("the expression is empty")
    try:
        program = cel.compile(source)
    except ValueError as error:
        raise _explained(str(error)) from None
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        raise ExpressionError("this is not an expression: it cannot be read") from None
    if (attribute := _ATTRIBUTE.search(_LITERAL.sub("''", source))) is not None:
        raise ExpressionError(f"answers have no attributes such as `{attribute[1]}`")
    unknown = sorted(
        name for name in program.functions() if _NAMED_FUNCTION.fullmatch(name) and name not in _FUNCTIONS
    )
    if unknown:
        raise ExpressionError(f"there is no function {unknown[0]}()", source.find(unknown[0]) + 1)
    if (excess := bounds.excess(source)) is not None:
        raise ExpressionError(excess.message, excess.column)
    names = frozenset(program.variables()) - frozenset(_MACRO_NAME.findall(source))
    return Expression(source=source, names=names, program=program)


def evaluate(expression: Expression, variables: Mapping[str, Value]) -> Value | Unknown:
    """Return the expression's value, or UNKNOWN. A variable that is None counts as missing.

    `||` and `&&` give a value although one side is unknown, when the other side decides. What comes out
    has MAX_TEXT characters or fewer, and MAX_LIST texts: no chain of steps makes a value grow without end.
    """
    known: dict[str, Any] = {
        name: value for name in expression.names if (value := variables.get(name)) is not None
    }
    try:
        value = expression.program.execute(known)
    except (RuntimeError, TypeError, ValueError, ArithmeticError, LookupError):
        return UNKNOWN
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        return UNKNOWN
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(each[:MAX_TEXT] for each in value[:MAX_LIST])
    if isinstance(value, str):
        return value[:MAX_TEXT]
    # A number without end is none that a caller can hear, a condition can use or a table can hold.
    return value if isinstance(value, int | float | bool) and math.isfinite(value) else UNKNOWN


def holds(expression: Expression, variables: Mapping[str, Value]) -> bool:
    """Return whether the condition is true; what cannot be decided is false. Never raises."""
    return evaluate(expression, variables) is True


def settled(expression: Expression | None) -> bool | None:
    """Return what a condition comes to in every call: true where there is none, None where calls decide."""
    if expression is None:
        return True
    return holds(expression, {}) if expression.is_settled else None


def parse_piped(text: str, compiled: Callable[[str], str | Expression] = compile_expression) -> Piped:
    """Split text at its `${expression}` holes, which are `compiled` or replaced; `$${` is a plain `${`.

    Raises ExpressionError.
    """
    return Piped(tuple(_merged(_parts(text, compiled))))


_NO_QUOTES: Final = {ord(mark): "'" for mark in '"“”„«»'}


def render(
    piped: Piped,
    variables: Mapping[str, Value],
    labels: Mapping[str, str] | None = None,
    *,
    xml: bool = False,
    quoted: bool = False,
) -> str:
    """Fill the holes and return the text with single spaces.

    A hole that is one bare name says its label when `labels` has one, else its value: whole numbers
    as digits, nothing for what is unknown. With `xml` the inserted values are escaped, for SSML; with
    `quoted` they stand in quotation marks that they cannot close, for a model.
    """
    pieces: list[str] = []
    for part in piped.parts:
        if isinstance(part, str):
            pieces.append(part)
            continue
        said = _said(part, variables, labels or {})
        if quoted:
            said = f"“{said.translate(_NO_QUOTES)}”"
        pieces.append(escape(said) if xml else said)
    return _SPACE_BEFORE_STOP.sub(r"\1", _SPACES.sub(" ", "".join(pieces))).strip()


def written(value: Value) -> str:
    """Return a value as prompts say it: whole numbers as digits, nothing for what is unknown."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def names_in(piped: Piped) -> frozenset[str]:
    """Return every variable that the text's holes read."""
    return frozenset[str]().union(*(part.names for part in piped.parts if isinstance(part, Expression)))


def _said(expression: Expression, variables: Mapping[str, Value], labels: Mapping[str, str]) -> str:
    name = expression.source.strip()
    if name in labels:
        return labels[name]
    value = evaluate(expression, variables)
    return "" if value is UNKNOWN else written(value)


def _parts(text: str, compiled: Callable[[str], str | Expression]) -> Iterator[str | Expression]:
    start = 0
    while (opening := text.find("${", start)) >= 0:
        if opening > start and text[opening - 1] == "$":
            yield text[start : opening - 1] + "${"
            start = opening + 2
            continue
        yield text[start:opening]
        closing = _closing_brace(text, opening + 2)
        if closing < 0:
            raise ExpressionError("the ${ is never closed by a }", opening + 1)
        try:
            yield compiled(text[opening + 2 : closing])
        except ExpressionError as error:
            raise ExpressionError(str(error), opening + 2 + error.column) from None
        start = closing + 1
    yield text[start:]


def _closing_brace(text: str, start: int) -> int:
    """Return where the `}` stands that closes the hole; braces in string literals do not count."""
    quote = ""
    for index in range(start, len(text)):
        character = text[index]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "}":
            return index
    return -1


def _merged(parts: Iterator[str | Expression]) -> Iterator[str | Expression]:
    plain = ""
    for part in parts:
        if isinstance(part, str):
            plain += part
            continue
        if plain:
            yield plain
            plain = ""
        yield part
    if plain:
        yield plain


def _explained(report: str) -> ExpressionError:
    """Cut the parser's report of many lines down to its first reason and column."""
    found = _PARSER_COLUMN.search(report)
    column, reported = (int(found[1]), found[2]) if found else (1, "it cannot be read")
    if "Recursion limit" in reported:
        return ExpressionError("this is not an expression: it is nested too deep")
    reason = _EXPECTING.sub("", reported).replace("mismatched input '<EOF>'", "it ends too early")
    return ExpressionError(f"this is not an expression: {reason}", column)
