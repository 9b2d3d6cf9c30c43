"""Fills a JSON schema from what a caller said, by plain word rules: what the double's model "extracts".

Pure. Finds allowed values, yes and no, numbers and sentences with a field's own words; leaves out what it
does not find, unless the schema offers a word for that.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_NUMBERS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
)
_YES = {"yes", "yeah", "yep", "sure", "correct", "right", "okay", "absolutely", "definitely", "si", "sí"}
_NO = {"no", "nope", "not", "never", "don't", "didn't", "wrong"}
_NOTHING_FOUND = ("none", "unknown", "unclear", "null", "no_match", "nothing", "other")
_DULL = {
    "the",
    "of",
    "a",
    "an",
    "in",
    "what",
    "how",
    "is",
    "was",
    "that",
    "caller",
    "or",
    "and",
    "to",
    "said",
}


def fill(schema: Mapping[str, Any], said: Sequence[str]) -> dict[str, Any]:
    """Return the schema's properties as far as these words give them; `confidence` tells how far."""
    found: dict[str, Any] = {}
    properties: Mapping[str, Any] = schema.get("properties", {})
    for name, rule in properties.items():
        if not _is_confidence(name):
            value = _value(name, rule, said)
            if value is not None:
                found[name] = value
    sure = any(str(value) not in _NOTHING_FOUND for value in found.values())
    return found | {name: 0.9 if sure else 0.1 for name in properties if _is_confidence(name)}


def _is_confidence(name: str) -> bool:
    return "confidence" in name.lower()


def _value(name: str, rule: Mapping[str, Any], said: Sequence[str]) -> Any:
    if "enum" in rule:
        return _choice(list(rule["enum"]), said)
    kinds = rule.get("type", "string")
    kind = next((k for k in ([kinds] if isinstance(kinds, str) else kinds) if k != "null"), "string")
    about = _words(f"{name.replace('_', ' ')} {rule.get('description', '')}") - _DULL
    match kind:
        case "boolean":
            return _yes_or_no(_about(about, said) or said)
        case "integer" | "number":
            return _number(rule, _about(about, said) or said)
        case "object":
            return fill(rule, said) or None
        case "array":
            value = _value(name, rule.get("items", {}), said)
            return [] if value is None else [value]
        case _:
            sentences = _about(about, said) or list(said)
            return sentences[-1].strip() if sentences else None


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w']+", text.lower()))


def _about(about: set[str], said: Sequence[str]) -> list[str]:
    sentences = [s for line in said for s in re.split(r"(?<=[.!?])\s+", line)]
    return [s for s in sentences if about & _words(s)]


def _choice(allowed: list[Any], said: Sequence[str]) -> Any:
    for line in reversed(said):
        words = _words(line)
        for value in allowed:
            if (
                _words(str(value).replace("_", " ").replace("-", " ")) <= words
                and value not in _NOTHING_FOUND
            ):
                return value
        for value in allowed:
            if isinstance(value, int) and not isinstance(value, bool) and _number({}, [line]) == value:
                return value
    return next((value for value in allowed if str(value).lower() in _NOTHING_FOUND), None)


def _yes_or_no(said: Sequence[str]) -> bool | None:
    for line in reversed(said):
        words = _words(line)
        if words & (_YES | _NO):
            return not words & _NO
    return None


def _number(rule: Mapping[str, Any], said: Sequence[str]) -> int | float | None:
    for line in reversed(said):
        for word in re.findall(r"\d+(?:\.\d+)?|[a-z]+", line.lower()):
            value = _NUMBERS.index(word) if word in _NUMBERS else float(word) if word[0].isdigit() else None
            if value is not None and rule.get("minimum", value) <= value <= rule.get("maximum", value):
                return int(value) if value == int(value) else value
    return None
