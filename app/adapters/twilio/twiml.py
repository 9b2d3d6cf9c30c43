"""The TwiML that this program answers with; knows no request and no call."""

from dataclasses import dataclass
from typing import Final

from twilio.twiml.voice_response import Connect, VoiceResponse

_LOCALES: Final = {"en": "en-US", "es": "es-MX"}
_SENTENCES: Final = {
    "en": {
        "moment": "One moment please.",
        "busy": "All lines are busy. Please call again later. Goodbye.",
        "apology": "We are sorry, this service cannot be reached at present. Goodbye.",
        "exhausted": "We are sorry, the connection was lost too often. Goodbye.",
        "dialling": "Please hold while we connect you.",
    },
    "es": {
        "moment": "Un momento, por favor.",
        "busy": "Todas las líneas están ocupadas. Por favor, llame más tarde. Adiós.",
        "apology": "Lo sentimos, este servicio no está disponible en este momento. Adiós.",
        "exhausted": "Lo sentimos, la conexión se perdió demasiadas veces. Adiós.",
        "dialling": "Por favor, espere mientras le comunicamos.",
    },
}

GRACE_S: Final = 2
"""The pause between two sentences of about 1.5 s each: a server that is started again takes its port within
these 5 s; where another worker stands by, the question is heard within 6 s (reliability.md, R4)."""

RINGS_S: Final = 30
"""A dialled number rings for so long; it is Twilio's own default."""

_PATIENTLY: Final = "rc=5&rp=all"
"""Twilio's connection overrides, in the URL's fragment, which it neither sends nor signs: five more attempts,
after every kind of failure. What it goes with may be asked as often as one likes."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Where the media go, and what the socket's `start` brings back."""

    url: str
    token: str
    call_id: str
    epoch: int


def connect(stream: Stream, resume_url: str, language: str = "en") -> str:
    """Join the call to our socket; whenever the socket ends unplanned, say so and ask `resume_url`.

    `<Connect>` has no `action`: Twilio would ask it first on every end, also after a REST update. A call
    whose redirect nobody answers is over (11200): so a server that was killed gets a few seconds to come
    back before it is asked, and the port is asked as often as Twilio does.
    """
    answer = VoiceResponse()
    joined = Connect()
    media = joined.stream(url=stream.url)
    media.parameter(name="token", value=stream.token)
    media.parameter(name="call_id", value=stream.call_id)
    media.parameter(name="epoch", value=str(stream.epoch))
    answer.append(joined)
    _say(answer, "moment", language)
    answer.pause(length=GRACE_S)
    # Again, since nothing is heard from here until the server answers, which may still be starting.
    _say(answer, "moment", language)
    answer.redirect(f"{resume_url}#{_PATIENTLY}", method="POST")
    return str(answer)


def hold(then_url: str, seconds: int, language: str = "en") -> str:
    """Ask the caller for a moment, then go on at `then_url`."""
    answer = VoiceResponse()
    _say(answer, "moment", language)
    answer.pause(length=seconds)
    answer.redirect(f"{then_url}#{_PATIENTLY}", method="POST")
    return str(answer)


def hang_up() -> str:
    """End the call without a word."""
    answer = VoiceResponse()
    answer.hangup()
    return str(answer)


def busy(language: str = "en") -> str:
    """Say that all lines are busy, and end the call."""
    return _goodbye("busy", language)


def apology(language: str = "en") -> str:
    """Say that the service cannot be reached, and end the call."""
    return _goodbye("apology", language)


def exhausted(language: str = "en") -> str:
    """Say that the connection was lost too often, and end the call."""
    return _goodbye("exhausted", language)


def dial(to: str, outcome_url: str, language: str = "en") -> str:
    """Connect the caller with another number; `outcome_url` is told how that went, and says what follows."""
    answer = VoiceResponse()
    _say(answer, "dialling", language)
    answer.dial(to, action=f"{outcome_url}#{_PATIENTLY}", method="POST", timeout=RINGS_S)
    return str(answer)


def _goodbye(sentence: str, language: str) -> str:
    answer = VoiceResponse()
    _say(answer, sentence, language)
    answer.hangup()
    return str(answer)


def _say(answer: VoiceResponse, sentence: str, language: str) -> None:
    base = language.split("-", maxsplit=1)[0].lower()
    known = base if base in _SENTENCES else "en"
    answer.say(_SENTENCES[known][sentence], language=_LOCALES[known])
