"""The languages a call can be held in, found by key or locale; a language is data and nothing else."""

from app.domain.languages.en import ENGLISH
from app.domain.languages.es import SPANISH
from app.domain.languages.model import (
    HOLES,
    Calendar,
    DayPart,
    EnginePrompts,
    Groups,
    Language,
    Numerals,
    Readings,
    Universals,
)

__all__ = [
    "HOLES",
    "LANGUAGES",
    "Calendar",
    "DayPart",
    "EnginePrompts",
    "Groups",
    "Language",
    "Numerals",
    "Readings",
    "Universals",
    "is_known",
    "language",
]

LANGUAGES: dict[str, Language] = {known.key: known for known in (ENGLISH, SPANISH)}
"""Every language by its ISO 639-1 code."""


def _primary(key_or_locale: str) -> str:
    return key_or_locale.strip().replace("_", "-").split("-")[0].lower()


def is_known(key_or_locale: str) -> bool:
    """Whether `language` finds this one."""
    return _primary(key_or_locale) in LANGUAGES


def language(key_or_locale: str) -> Language:
    """Return the language of a key (`es`) or BCP 47 locale (`es-US`); raise LookupError if unknown."""
    found = LANGUAGES.get(_primary(key_or_locale))
    if found is None:
        known = ", ".join(f"{each.key} ({each.name})" for each in LANGUAGES.values())
        raise LookupError(f"no language {key_or_locale!r}; there are {known}")
    return found
