"""The TwiML that this program answers with; knows no request and no call."""

from dataclasses import dataclass
from typing import Final

from twilio.twiml.voice_response import Connect, VoiceResponse

from app.domain.languages import DEFAULT, is_known
from app.domain.languages import language as catalogue_of

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


def connect(stream: Stream, resume_url: str, language: str = DEFAULT.key) -> str:
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
    _say(answer, "one_moment", language)
    answer.pause(length=GRACE_S)
    # Again, since nothing is heard from here until the server answers, which may still be starting.
    _say(answer, "one_moment", language)
    answer.redirect(f"{resume_url}#{_PATIENTLY}", method="POST")
    return str(answer)


def hold(then_url: str, seconds: int, language: str = DEFAULT.key) -> str:
    """Ask the caller for a moment, then go on at `then_url`."""
    answer = VoiceResponse()
    _say(answer, "one_moment", language)
    answer.pause(length=seconds)
    answer.redirect(f"{then_url}#{_PATIENTLY}", method="POST")
    return str(answer)


def hang_up() -> str:
    """End the call without a word."""
    answer = VoiceResponse()
    answer.hangup()
    return str(answer)


def busy(language: str = DEFAULT.key) -> str:
    """Say that all lines are busy, and end the call."""
    return _goodbye("lines_busy", language)


def apology(language: str = DEFAULT.key) -> str:
    """Say that the service cannot be reached, and end the call."""
    return _goodbye("apology", language)


def exhausted(language: str = DEFAULT.key) -> str:
    """Say that the connection was lost too often, and end the call."""
    return _goodbye("lost_too_often", language)


def dial(to: str, outcome_url: str, language: str = DEFAULT.key) -> str:
    """Connect the caller with another number; `outcome_url` is told how that went, and says what follows."""
    answer = VoiceResponse()
    _say(answer, "transfer", language)
    answer.dial(to, action=f"{outcome_url}#{_PATIENTLY}", method="POST", timeout=RINGS_S)
    return str(answer)


def _goodbye(sentence: str, language: str) -> str:
    answer = VoiceResponse()
    _say(answer, sentence, language)
    answer.hangup()
    return str(answer)


def _say(answer: VoiceResponse, sentence: str, language: str) -> None:
    words = catalogue_of(language) if is_known(language) else DEFAULT
    answer.say(getattr(words.prompts, sentence), language=words.sounds.carrier_locale)
