"""The forms a model fills in, as JSON schemas, and how a filled one is read. Pure; believes nothing.

A value that the form does not offer is left out; whether it is right is for the domain to check.
"""

import contextlib
import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from app.domain.call import Value
from app.domain.conversation import (
    Brief,
    DayRange,
    Extraction,
    Field,
    FieldKind,
    Guess,
    Inquiry,
    MomentRange,
    NumberRange,
    Together,
    Used,
)
from app.domain.keepable import keepable, keepable_value

Schema = dict[str, Any]

NOTHING: Final = "none"
"""The word a model chooses when no way out is taken, or no value is meant."""

LONGEST_ANSWER: Final = 20_000
"""Characters of a filled form that are read: more is no form."""

_MOST_DIGITS: Final = 100
"""Python itself refuses to read a number of thousands of digits, and no question has such an answer."""

_LONGEST_MOMENT: Final = 40
"""Characters of a day and a time with seconds and an offset, and some to spare."""

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
        nothing = _nothing_beside(ways)
        about = f'The way out that the conversation has come to, or "{nothing}" to go on talking.'
        form[_EXIT] = {"type": "string", "enum": [*ways, nothing], "description": about}
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
    given = _values(answer).items()
    found = {name: keepable_value(value) for name, value in given if name in wanted and _is_value(value)}
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
    confidence: Schema = {"type": "number", "minimum": 0, "maximum": 1}
    properties = {"value": _value_form(inquiry), "confidence": confidence}
    return {"type": "object", "properties": properties, "required": ["value", "confidence"]}


def _value_form(inquiry: Inquiry) -> Schema:
    allowed = [value for value, _ in inquiry.options]
    besides = f", one of {', '.join(allowed)} instead of it," if allowed else ""
    text: list[str] = ["string"]
    match inquiry.wanted:
        case None:
            nothing = _nothing_beside(allowed)
            about = f'The value that is meant, or "{nothing}".'
            return {"type": "string", "enum": [*allowed, nothing], "description": about}
        case Together():
            about = "All values that are meant, or an empty list for none."
            return {"type": "array", "items": {"type": "string", "enum": allowed}, "description": about}
        case NumberRange(lowest, highest):
            types = ["integer", *(text if allowed else ()), "null"]
            about = f"The number that is meant{besides} or null for none."
            return {"type": types, "minimum": lowest, "maximum": highest, "description": about}
        case DayRange():
            # Without a format where words may stand, too: a validator would refuse them.
            form = {} if allowed else {"format": "date"}
            about = f"The day that is meant as YYYY-MM-DD{besides} or null for none."
            return {"type": [*text, "null"], **form, "description": about}
        case MomentRange():
            about = f"The day and time that are meant as YYYY-MM-DDTHH:MM{besides} or null for none."
            return {"type": [*text, "null"], "description": about}


def _nothing_beside(allowed: Collection[str]) -> str:
    """Return a word for nothing that is none of the allowed: a choice or a way out may be called `none`."""
    word = NOTHING
    while word in allowed:
        word += "_meant"
    return word


def read_guess(answer: Mapping[str, Any], inquiry: Inquiry, used: Used | None) -> Guess:
    """Return the allowed value that was chosen, or none; without a confidence there is none."""
    value = _allowed(answer.get("value"), inquiry)
    confidence = answer.get("confidence")
    if value is None or isinstance(confidence, bool) or not isinstance(confidence, int | float):
        return Guess(None, 0.0, used)
    return Guess(value, float(min(1, max(0, confidence))), used)


def _allowed(value: object, inquiry: Inquiry) -> Value:
    options = dict(inquiry.options)
    match inquiry.wanted:
        case Together():
            taken = value if isinstance(value, list) else [value]
            known = [each for each in taken if isinstance(each, str) and each in options]
            return tuple(dict.fromkeys(known)) if known and len(known) == len(taken) else None
        case _ if isinstance(value, str) and value in options:
            return value
        case NumberRange(lowest, highest):
            number = _whole(value)
            return number if number is not None and lowest <= number <= highest else None
        case DayRange() | MomentRange():
            # Whether the calendar has it, and within the bounds, is for the question's grammar to say.
            return keepable(value) if isinstance(value, str) and len(value) <= _LONGEST_MOMENT else None
        case None:
            return None


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
