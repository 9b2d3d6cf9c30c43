"""The languages a call can be held in, found by key or locale; a language is data and nothing else.

Every package in this folder is one: adding a folder adds a language, and nothing else names it.
"""

from importlib import import_module
from pkgutil import iter_modules

from app.domain.languages.model import (
    HOLES,
    Calendar,
    DayPart,
    EnginePrompts,
    Groups,
    Interview,
    Language,
    Numerals,
    Readings,
    Sounds,
    Universals,
)

__all__ = [
    "DEFAULT",
    "HOLES",
    "LANGUAGES",
    "Calendar",
    "DayPart",
    "EnginePrompts",
    "Groups",
    "Interview",
    "Language",
    "Numerals",
    "Readings",
    "Sounds",
    "Universals",
    "is_known",
    "language",
]


def _found() -> dict[str, Language]:
    packages = sorted(module.name for module in iter_modules(__path__) if module.ispkg)
    return {name: import_module(f"{__name__}.{name}").LANGUAGE for name in packages}


LANGUAGES: dict[str, Language] = _found()
"""Every language by its ISO 639-1 code."""

DEFAULT: Language = next(each for each in LANGUAGES.values() if each.sounds.is_the_models_own)
"""What is spoken where nobody chose a language."""


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
