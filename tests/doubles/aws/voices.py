"""Polly's voices that a telephone flow may want: their languages, and the engines each speaks with."""

from dataclasses import dataclass

STANDARD, NEURAL, LONG_FORM, GENERATIVE = ENGINES = ("standard", "neural", "long-form", "generative")

LANGUAGE_NAMES = {
    "en-US": "US English",
    "en-GB": "British English",
    "es-US": "US Spanish",
    "es-MX": "Mexican Spanish",
    "es-ES": "Castilian Spanish",
    "de-DE": "German",
    "fr-FR": "French",
    "fr-CA": "Canadian French",
    "pt-BR": "Brazilian Portuguese",
    "it-IT": "Italian",
    "en-IN": "Indian English",
    "hi-IN": "Hindi",
}


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice. `others` are further languages it speaks, by `LanguageCode`."""

    voice_id: str
    gender: str
    language: str
    engines: tuple[str, ...]
    name: str = ""
    others: tuple[str, ...] = ()

    def described(self) -> dict[str, object]:
        """Return the voice as DescribeVoices tells it."""
        told: dict[str, object] = {
            "Id": self.voice_id,
            "Name": self.name or self.voice_id,
            "Gender": self.gender,
            "LanguageCode": self.language,
            "LanguageName": LANGUAGE_NAMES[self.language],
            "SupportedEngines": list(self.engines),
        }
        return told | ({"AdditionalLanguageCodes": list(self.others)} if self.others else {})


_ALL = (
    Voice("Joanna", "Female", "en-US", (GENERATIVE, NEURAL, STANDARD)),
    Voice("Matthew", "Male", "en-US", (GENERATIVE, NEURAL, STANDARD)),
    Voice("Danielle", "Female", "en-US", (GENERATIVE, LONG_FORM, NEURAL)),
    Voice("Ruth", "Female", "en-US", (GENERATIVE, LONG_FORM, NEURAL)),
    Voice("Stephen", "Male", "en-US", (GENERATIVE, NEURAL)),
    Voice("Kendra", "Female", "en-US", (NEURAL, STANDARD)),
    Voice("Joey", "Male", "en-US", (NEURAL, STANDARD)),
    Voice("Amy", "Female", "en-GB", (GENERATIVE, NEURAL, STANDARD)),
    Voice("Brian", "Male", "en-GB", (NEURAL, STANDARD)),
    Voice("Lupe", "Female", "es-US", (GENERATIVE, NEURAL, STANDARD)),
    Voice("Pedro", "Male", "es-US", (GENERATIVE, NEURAL)),
    Voice("Miguel", "Male", "es-US", (STANDARD,)),
    Voice("Mia", "Female", "es-MX", (GENERATIVE, NEURAL, STANDARD)),
    Voice("Lucia", "Female", "es-ES", (GENERATIVE, NEURAL, STANDARD)),
    Voice("Sergio", "Male", "es-ES", (GENERATIVE, NEURAL)),
    Voice("Vicki", "Female", "de-DE", (GENERATIVE, NEURAL, STANDARD)),
    Voice("Daniel", "Male", "de-DE", (GENERATIVE, NEURAL)),
    Voice("Hans", "Male", "de-DE", (STANDARD,)),
    Voice("Lea", "Female", "fr-FR", (GENERATIVE, NEURAL, STANDARD), "Léa"),
    Voice("Remi", "Male", "fr-FR", (GENERATIVE, NEURAL), "Rémi"),
    Voice("Gabrielle", "Female", "fr-CA", (NEURAL,)),
    Voice("Camila", "Female", "pt-BR", (GENERATIVE, NEURAL, STANDARD)),
    Voice("Thiago", "Male", "pt-BR", (NEURAL,)),
    Voice("Bianca", "Female", "it-IT", (GENERATIVE, NEURAL, STANDARD)),
    Voice("Kajal", "Female", "en-IN", (GENERATIVE, NEURAL), others=("hi-IN",)),
    Voice("Aditi", "Female", "en-IN", (STANDARD,), others=("hi-IN",)),
)

VOICES = {voice.voice_id: voice for voice in _ALL}
