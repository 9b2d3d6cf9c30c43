"""The last look at a log line before any sink: masks what must not be read there."""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from app.domain.redaction import TOKEN, redact, redact_phones

PERSONAL = "personal"
"""The one field whose values may be telephone numbers, keys and words; a dict."""

# Made by ourselves or the carrier, of letters and digits that mean nothing.
_NAMES = frozenset({"timestamp", "level", "logger", "call_id", "call_sid"})
_SECRET_FIELDS = frozenset(
    {
        "authorization",
        "auth_token",
        "api_key",
        "token",
        "password",
        "secret",
        "signature",
        "x_twilio_signature",
    }
)
_LONG_NUMBER = 10**12
_MIN_SECRET = 6


class Redactor:
    """A structlog processor. `secrets` are this process's own (tokens, keys), masked wherever they appear."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        self._secrets = tuple(secret for secret in secrets if len(secret) >= _MIN_SECRET)

    def __call__(
        self, logger: object, method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Return the line with every value masked that must not be read."""
        del logger, method
        return {
            key: value if key in _NAMES else self._field(key, value, phones=key == PERSONAL)
            for key, value in event.items()
        }

    def _field(self, key: object, value: object, *, phones: bool) -> object:
        if value and str(key).lower().replace("-", "_") in _SECRET_FIELDS:
            return TOKEN
        return self._value(value, phones=phones)

    def _value(self, value: object, *, phones: bool) -> object:
        match value:
            case None | bool() | float():
                return value
            case int():
                # A card number is as readable as a number as it is as a text.
                return self._text(str(value), phones=True) if value >= _LONG_NUMBER else value
            case str():
                return self._text(value, phones=phones)
            case Mapping():
                return {str(key): self._field(key, item, phones=phones) for key, item in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self._value(item, phones=phones) for item in value]
            case _:
                return self._text(str(value), phones=phones)

    def _text(self, text: str, *, phones: bool) -> str:
        for secret in self._secrets:
            text = text.replace(secret, TOKEN)
        text = redact(text)
        return text if phones else redact_phones(text)
