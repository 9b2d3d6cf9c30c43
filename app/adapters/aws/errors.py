"""What AWS's many ways to fail mean to a call: one word and one line, never a caller's words. Pure.

HTTP errors name their code in Pascal case, events inside a stream in lower camel case; broken sockets
come as botocore's errors, as aiohttp's or as the system's.
"""

from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from botocore.eventstream import ParserError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    MetadataRetrievalError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    ResponseStreamingError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from app.domain.keepable import keepable


class SlowCredentialsError(BotoCoreError):  # type: ignore[misc] # untyped
    """Whoever knows the credentials did not tell them in time; `seconds` is how long that was."""

    fmt = "no AWS credentials within {seconds:g} s"


AWS_ERRORS: Final = (
    BotoCoreError,
    ClientError,
    aiohttp.ClientError,
    ParserError,
    ResponseParserError,
    TimeoutError,
    OSError,
)
"""Everything that a request or a stream may raise when AWS, or the way to it, fails."""

THROTTLED: Final = "throttled"
UNAVAILABLE: Final = "unavailable"
TIMEOUT: Final = "timeout"
REFUSED: Final = "refused"
DENIED: Final = "denied"
"""Refused, and so would every other request be: it is the credentials, or what the account may."""

GARBLED: Final = "garbled"
ERROR: Final = "error"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request brought nothing (more).

    `reason` is one of the words above, `cause` one line; `code` is AWS's own name for it, or empty.
    """

    reason: str
    cause: str
    code: str = ""


_WORDS: Final = {
    "throttling": THROTTLED,
    "toomanyrequests": THROTTLED,
    "requestlimitexceeded": THROTTLED,
    "servicequotaexceeded": THROTTLED,
    "limitexceeded": THROTTLED,
    "slowdown": THROTTLED,
    "serviceunavailable": UNAVAILABLE,
    "internalserver": UNAVAILABLE,
    "internalfailure": UNAVAILABLE,
    "servicefailure": UNAVAILABLE,
    "modelnotready": UNAVAILABLE,
    "modeltimeout": TIMEOUT,
    "requesttimeout": TIMEOUT,
    "accessdenied": DENIED,
    "unauthorizedoperation": DENIED,
    "invalidclienttokenid": DENIED,
    "unrecognizedclient": DENIED,
    "invalidsignature": DENIED,
    "signaturedoesnotmatch": DENIED,
    "incompletesignature": DENIED,
    "missingauthenticationtoken": DENIED,
    "expiredtoken": DENIED,
    "requestexpired": DENIED,
    "optinrequired": DENIED,
    "modelerror": ERROR,
    "modelstreamerror": ERROR,
}
UNTRUSTED: Final = "Untrusted"
"""The code of a failure of TLS, which no answer of AWS has."""

_NO_KEYS: Final = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    MetadataRetrievalError,
    NoAuthTokenError,
    SSOError,
    TokenRetrievalError,
)

_MEANINGS: Final[tuple[tuple[tuple[type[Exception], ...], Failure], ...]] = (
    ((ConnectTimeoutError,), Failure(TIMEOUT, "no connection in time")),
    ((ReadTimeoutError, TimeoutError), Failure(TIMEOUT, "the answer stopped")),
    (_NO_KEYS, Failure(DENIED, "no usable AWS credentials")),
    ((SSLError,), Failure(UNAVAILABLE, "the certificate is not trusted", UNTRUSTED)),
    ((ParserError, ResponseParserError), Failure(GARBLED, "an answer that cannot be read")),
    ((ResponseStreamingError, aiohttp.ClientPayloadError), Failure(ERROR, "the connection broke midway")),
    ((EndpointConnectionError, ProxyConnectionError), Failure(UNAVAILABLE, "cannot connect")),
    (
        (ConnectionClosedError, HTTPClientError, aiohttp.ClientError, OSError),
        Failure(UNAVAILABLE, "the connection broke"),
    ),
)
"""The first that fits counts: some of these are kinds of others."""

_TOO_MANY: Final = 429
_TIMED_OUT: Final = 408
_SERVER_FAULT: Final = 500


def failure_of(error: Exception) -> Failure:
    """Return what one of AWS_ERRORS means."""
    if isinstance(error, ClientError):
        return _told(error.response)
    if isinstance(error, SlowCredentialsError):
        return Failure(DENIED, str(error))
    for kinds, failure in _MEANINGS:
        if isinstance(error, kinds):
            return failure
    return Failure(REFUSED, f"the request could not be made ({type(error).__name__})")


def meaning_of(code: str) -> str:
    """Return the word for AWS's own name of an error, or nothing where it has none."""
    bare = code.lower().removesuffix("exception")
    return _WORDS.get(bare.removesuffix("error")) or _WORDS.get(bare, "")


def _told(response: dict[str, Any]) -> Failure:
    code = keepable(str(response.get("Error", {}).get("Code", ""))) or "an error without a name"
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
    return Failure(meaning_of(code) or _by_status(status), code, code)


def _by_status(status: int) -> str:
    if status == _TOO_MANY:
        return THROTTLED
    if status == _TIMED_OUT:
        return TIMEOUT
    return UNAVAILABLE if status >= _SERVER_FAULT else REFUSED
