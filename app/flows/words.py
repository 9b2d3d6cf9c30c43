"""How the author's short spellings are read: durations, flags, a plain string for a prompt.

Each function takes what the file says and gives what the schema checks; a ValueError is one line.
"""

import re
from typing import Any, Final

NAME_PATTERN: Final = r"^[A-Za-z_][A-Za-z0-9_]*$"
"""Names of steps are names in conditions, so they are CEL's identifiers."""

DURATION_PATTERN: Final = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h)$"

_DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h)")
_MILLIS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_SAY_KEYS: Final = frozenset({"text", "ssml", "audio"})


def as_duration(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read `5s`, `300ms`, `15m`, `1h`."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a duration is expected here, such as `5s`, `300ms` or `15m`")
    return round(float(found[1]) * _MILLIS[found[2]])


def as_flag(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read `true` and `false`; nothing else is a truth in YAML 1.2."""
    flags = {"true": True, "false": False}
    if not isinstance(value, str) or value.lower() not in flags:
        raise ValueError("`true` or `false` is expected here")
    return flags[value.lower()]


def as_switch(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a universal's keys; `off`, `false` and nothing switch it off."""
    return "" if value in {None, "off", "false"} else value


def as_length(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read one length as both bounds."""
    return value if isinstance(value, list | tuple) else (value, value)


def as_prompt(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a prompt as what is said by language; a text without a language stands under the empty key."""
    if isinstance(value, str):
        return {"": {"text": value}}
    if not isinstance(value, dict) or not value:
        raise ValueError("a text, or a text for each language, is expected here")
    if _SAY_KEYS & value.keys():
        return {"": value}
    return {key: {"text": said} if isinstance(said, str) else said for key, said in value.items()}


def as_choice(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a choice that is only a text."""
    return {"text": value} if isinstance(value, str) else value


def as_synonyms(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a list without a language."""
    return {"": value} if isinstance(value, list) else value


def as_about(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read one text for all languages."""
    return {"": value} if isinstance(value, str) else value


def as_extract(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a type alone, or a list of choices."""
    if isinstance(value, str):
        return {"type": value}
    if isinstance(value, list):
        return {"type": "choice", "choices": value}
    if isinstance(value, dict) and "choices" in value:
        return {"type": "choice", **value}
    return value
