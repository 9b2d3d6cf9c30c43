"""Settings that nobody reads since their names are not spelt as ours: told once, at the start."""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from app.settings import Settings

_OURS: Final = "DIALAI_"
_OTHERS: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_FROM_NUMBER",
)
"""What else a `.env` of ours holds; AWS reads many more names, so only what is nearly one of these counts."""

_ALL_BUT: Final = 0.88
_ALIKE: Final = 0.6


def misspelt(environ: Mapping[str, str] = os.environ, path: Path = Path(".env")) -> list[str]:
    """Return a line for each name that means nothing here, with the nearest that does. Tells no value."""
    in_file = dotenv_values(path) if path.is_file() else {}
    ours = sorted(f"{_OURS}{name.upper()}" for name in Settings.model_fields)
    return [*_unknown(environ, "the environment", ours), *_unknown(in_file, ".env", ours), *_nearly(in_file)]


def _unknown(given: Mapping[str, str | None], where: str, ours: list[str]) -> Iterator[str]:
    for name in given:
        if name.upper().startswith(_OURS) and name.upper() not in ours:
            near = get_close_matches(name.upper(), ours, n=1, cutoff=_ALIKE)
            advice = f"; did you mean {near[0]}?" if near else ""
            yield f"{name} in {where} is no setting{advice}"


def _nearly(given: Mapping[str, str | None]) -> Iterator[str]:
    for name in given:
        near = get_close_matches(name.upper(), _OTHERS, n=1, cutoff=_ALL_BUT)
        if near and name.upper() not in _OTHERS:
            yield f"{name} in .env is no setting; did you mean {near[0]}?"
