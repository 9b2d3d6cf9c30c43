"""Which of Polly's voices speaks a locale when the flow names none; knows names, makes no request. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "polly:"

ENGINES: Final = ("neural", "standard", "generative", "long-form")
"""In the order they are tried when a voice does not have the engine that is wanted."""

VOICES: Final[Mapping[str, str]] = {
    "en-US": "Joanna",
    "en-GB": "Amy",
    "en-AU": "Olivia",
    "en-IN": "Kajal",
    "en-IE": "Niamh",
    "en-NZ": "Aria",
    "en-ZA": "Ayanda",
    "es-US": "Lupe",
    "es-MX": "Mia",
    "es-ES": "Lucia",
    "fr-FR": "Lea",
    "fr-CA": "Gabrielle",
    "fr-BE": "Isabelle",
    "de-DE": "Vicki",
    "de-AT": "Hannah",
    "it-IT": "Bianca",
    "pt-BR": "Camila",
    "pt-PT": "Ines",
    "nl-NL": "Laura",
    "nl-BE": "Lisa",
    "ca-ES": "Arlet",
    "da-DK": "Sofie",
    "nb-NO": "Ida",
    "sv-SE": "Elin",
    "fi-FI": "Suvi",
    "pl-PL": "Ola",
    "ja-JP": "Takumi",
    "ko-KR": "Seoyeon",
    "cmn-CN": "Zhiyu",
    "yue-CN": "Hiujin",
    "hi-IN": "Kajal",
    "ar-AE": "Hala",
}
"""A neural voice of each locale; of several locales of one language, the first stands for the others."""

_BILINGUAL: Final = {"Kajal": ("en-IN", "hi-IN"), "Aditi": ("en-IN", "hi-IN")}
"""Voices that must be told which of their languages they are to speak."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice as Polly takes it; `language` is empty where the voice has only one."""

    name: str
    language: str = ""


def choose_voice(locale: str, named: str, voices: Mapping[str, str] = VOICES) -> Voice | None:
    """Return the voice that the flow names, else the locale's, else the language's; None without any.

    A voice named with another provider's prefix (`espeak:...`) is not meant for us.
    """
    own = named.removeprefix(PREFIX)
    name = (own if ":" not in own else "") or voices.get(locale) or _of_language(locale, voices)
    if not name:
        return None
    return Voice(name, locale if locale in _BILINGUAL.get(name, ()) else "")


def _of_language(locale: str, voices: Mapping[str, str]) -> str:
    language = locale.partition("-")[0].lower()
    return next((name for known, name in voices.items() if known.partition("-")[0] == language), "")
