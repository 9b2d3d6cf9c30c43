"""The forms a model fills in, as JSON schemas, and how a filled one is read. Pure; believes nothing.

A value that the form does not offer is left out; whether it is right is for the domain to check.
"""

import contextlib
import json
from collections.abc import Mapping
from typing import Any, Final

from app.domain.call import Value
from app.domain.conversation import Brief, Extraction, Field, FieldKind, Guess, Inquiry, Used

Schema = dict[str, Any]

NOTHING: Final = "none"
"""The word a model chooses when no way out is taken, or no value is meant."""

LONGEST_ANSWER: Final = 20_000
"""Characters of a filled form that are read: more is no form."""

_MOST_DIGITS: Final = 100
"""Python itself refuses to read a number of thousands of digits, and no question has such an answer."""

_EXIT: Final = "exit"
_TYPES: Final[Mapping[FieldKind, Schema]] = {
    FieldKind.TEXT: {"type": "string"},
    FieldKind.NUMBER: {"type": "number"},
    FieldKind.BOOLEAN: {"type": "boolean"},
    FieldKind.DATE: {"type": "string", "format": "date"},
    FieldKind.CHOICE: {"type": "string"},
}


class BadFormError(ValueError):
    """What the model gave is no filled form."""


def extraction_form(brief: Brief) -> Schema:
    """Return the form of a conversation's fields and ways out."""
    fields = {wanted.name: _property(wanted) for wanted in brief.fields}
    form: Schema = {"values": {"type": "object", "properties": fields}} if fields else {}
    if brief.exits:
        ways = [way.name for way in brief.exits]
        about = f'The way out that the conversation has come to, or "{NOTHING}" to go on talking.'
        form[_EXIT] = {"type": "string", "enum": [*ways, NOTHING], "description": about}
    return {"type": "object", "properties": form}


def _property(wanted: Field) -> Schema:
    found = dict(_TYPES[wanted.kind])
    if wanted.about:
        found["description"] = wanted.about
    if wanted.kind is FieldKind.CHOICE:
        found["enum"] = list(wanted.choices)
    return found


def read_extraction(answer: Mapping[str, Any], brief: Brief, used: Used | None) -> Extraction:
    """Return what the form holds of the fields and ways out that were asked for."""
    wanted = {field.name for field in brief.fields}
    found = {name: value for name, value in _values(answer).items() if name in wanted and _is_value(value)}
    way = answer.get(_EXIT)
    ways = {way.name for way in brief.exits}
    return Extraction(found, way if isinstance(way, str) and way in ways else "", used)


def _values(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields; smaller models write them as text inside the form, or straight into it."""
    given = answer.get("values", answer)
    if isinstance(given, str):
        with contextlib.suppress(BadFormError):
            return read_json(given)
    return given if isinstance(given, Mapping) else {}


def guess_form(inquiry: Inquiry) -> Schema:
    """Return the form of an interpretation."""
    value: Schema
    if inquiry.number_range:
        low, high = inquiry.number_range
        value = {"type": ["integer", "null"], "minimum": low, "maximum": high}
        value["description"] = "The number that is meant, or null for none."
    else:
        value = {"type": "string", "enum": [*(value for value, _ in inquiry.options), NOTHING]}
    confidence: Schema = {"type": "number", "minimum": 0, "maximum": 1}
    properties = {"value": value, "confidence": confidence}
    return {"type": "object", "properties": properties, "required": ["value", "confidence"]}


def read_guess(answer: Mapping[str, Any], inquiry: Inquiry, used: Used | None) -> Guess:
    """Return the allowed value that was chosen, or none; without a confidence there is none."""
    value = _allowed(answer.get("value"), inquiry)
    confidence = answer.get("confidence")
    if value is None or isinstance(confidence, bool) or not isinstance(confidence, int | float):
        return Guess(None, 0.0, used)
    return Guess(value, float(min(1, max(0, confidence))), used)


def _allowed(value: object, inquiry: Inquiry) -> Value:
    if inquiry.number_range is None:
        return value if isinstance(value, str) and value in dict(inquiry.options) else None
    low, high = inquiry.number_range
    number = _whole(value)
    return number if number is not None and low <= number <= high else None


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if not isinstance(value, str) or len(value) > _MOST_DIGITS:
        return None
    return int(value) if value.strip().isdecimal() else None


def read_json(text: str) -> dict[str, Any]:
    """Return the one JSON object that this text is; a fence round it is forgiven. Raises BadFormError."""
    text = text.strip()
    if text.startswith("```") and text.endswith("```"):
        text = text.removeprefix("```").removeprefix("json").removesuffix("```")
    if len(text) > LONGEST_ANSWER:
        raise BadFormError("too long")
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BadFormError("no JSON") from error
    if not isinstance(found, dict):
        raise BadFormError("no object")
    return found


def _refuse(constant: str) -> None:
    raise BadFormError(f"{constant} is no JSON")


def _is_value(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)
