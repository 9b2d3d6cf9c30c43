"""Signature Version 4 as the server checks it: recomputed from what arrived, with its own canonicalisation.

Knows neither routes nor sockets; time and secret are arguments. Shares no code with the clients' signers.
"""

import hashlib
import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, unquote

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
_STAMP = "%Y%m%dT%H%M%SZ"
_SKEW = timedelta(minutes=5)
_WRONG = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret"
    " Access Key and signing method. Consult the service documentation for details."
)
_UNKNOWN = "The security token included in the request is invalid."


class SignatureError(Exception):
    """The request is refused with 403: `kind` is the error type, the text its message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


@dataclass(frozen=True, slots=True)
class Credentials:
    """The one account the double knows. An empty token belongs to a long-term key."""

    access_key: str
    secret_key: str
    session_token: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as it arrived: the path and the query exactly as on the wire, header names in any case."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return all values of a header in one line, empty where there is none."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ",".join(re.sub(r"\s+", " ", value.strip()) for value in values)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a valid signature says; the seed of a chain of chunk signatures."""

    scope: str
    region: str
    stamp: str
    signature: str
    signing_key: bytes


@dataclass(frozen=True, slots=True)
class _Claim:
    """What the client says about its signature, wherever it says so."""

    access_key: str
    scope: str
    stamp: str
    signed_headers: str
    signature: str
    token: str

    @property
    def at(self) -> datetime:
        try:
            return datetime.strptime(self.stamp, _STAMP).replace(tzinfo=UTC)
        except ValueError:
            message = f"Date must be in ISO-8601 'basic format'. Got '{self.stamp}'."
            raise SignatureError("IncompleteSignatureException", message) from None


def verify_headers(
    request: Signed,
    credentials: Credentials,
    *,
    service: str,
    regions: Collection[str],
    now: datetime,
    payload_hash: str | None = None,
) -> Verified:
    """Prove a request signed in its `Authorization` header. Raises SignatureError.

    `payload_hash` replaces the body's own where the client signs something else, as a stream's
    `EMPTY_SHA256` or `STREAMING-AWS4-HMAC-SHA256-EVENTS`.
    """
    claim = _claim_of_header(request)
    if abs(now - claim.at) > _SKEW:
        raise SignatureError(
            "InvalidSignatureException",
            f"Signature expired: {claim.stamp} is now earlier than {(now - _SKEW).strftime(_STAMP)}",
        )
    body_hash = payload_hash or hashlib.sha256(request.body).hexdigest()
    told = request.header("x-amz-content-sha256")
    if told and told != body_hash:
        raise SignatureError("InvalidSignatureException", _WRONG)
    query = _canonical_query(parse_qsl(request.query, keep_blank_values=True))
    return _prove(request, claim, query, body_hash, credentials=credentials, service=service, regions=regions)


def verify_query(
    request: Signed,
    credentials: Credentials,
    *,
    service: str,
    regions: Collection[str],
    now: datetime,
    longest_s: int = 300,
) -> Verified:
    """Prove a presigned address (Transcribe allows 300 s at most). Raises SignatureError."""
    pairs = parse_qsl(request.query, keep_blank_values=True)
    claim, lasts_s = _claim_of_query(dict(pairs))
    if not 0 < lasts_s <= longest_s:
        message = f"X-Amz-Expires must be between 1 and {longest_s} seconds"
        raise SignatureError("InvalidSignatureException", message)
    if not claim.at - _SKEW <= now <= claim.at + timedelta(seconds=lasts_s):
        raise SignatureError("InvalidSignatureException", f"Signature not valid now: {claim.stamp}")
    query = _canonical_query([pair for pair in pairs if pair[0] != "X-Amz-Signature"])
    return _prove(
        request, claim, query, EMPTY_SHA256, credentials=credentials, service=service, regions=regions
    )


def chunk_signature(previous: str, verified: Verified, stamp: str, headers: bytes, payload: bytes) -> str:
    """Return the signature a stream's next chunk must carry; `headers` are those it is signed with."""
    text = "\n".join(
        [
            f"{ALGORITHM}-PAYLOAD",
            stamp,
            verified.scope,
            previous,
            hashlib.sha256(headers).hexdigest(),
            hashlib.sha256(payload).hexdigest(),
        ]
    )
    return hmac.new(verified.signing_key, text.encode(), hashlib.sha256).hexdigest()


def _claim_of_header(request: Signed) -> _Claim:
    said = request.header("authorization")
    if not said:
        raise SignatureError("MissingAuthenticationTokenException", "Missing Authentication Token")
    fields = dict(re.findall(r"(\w+)=([^,\s]+)", said))
    if not said.startswith(f"{ALGORITHM} ") or not {"Credential", "SignedHeaders", "Signature"} <= set(
        fields
    ):
        raise SignatureError("IncompleteSignatureException", f"'{said}' is no {ALGORITHM} signature.")
    access_key, _, scope = fields["Credential"].partition("/")
    return _Claim(
        access_key,
        scope,
        request.header("x-amz-date"),
        fields["SignedHeaders"],
        fields["Signature"],
        request.header("x-amz-security-token"),
    )


def _claim_of_query(query: Mapping[str, str]) -> tuple[_Claim, int]:
    needed = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
    missing = [f"X-Amz-{name}" for name in needed if not query.get(f"X-Amz-{name}")]
    if len(missing) == len(needed):
        raise SignatureError("MissingAuthenticationTokenException", "Missing Authentication Token")
    lasts = query.get("X-Amz-Expires", "")
    if missing or query["X-Amz-Algorithm"] != ALGORITHM or not lasts.isdecimal():
        raise SignatureError(
            "IncompleteSignatureException", f"Missing or wrong: {', '.join(missing) or lasts}"
        )
    access_key, _, scope = query["X-Amz-Credential"].partition("/")
    claim = _Claim(
        access_key,
        scope,
        query["X-Amz-Date"],
        query["X-Amz-SignedHeaders"],
        query["X-Amz-Signature"],
        query.get("X-Amz-Security-Token", ""),
    )
    return claim, int(lasts)


def _prove(
    request: Signed,
    claim: _Claim,
    canonical_query: str,
    payload_hash: str,
    *,
    credentials: Credentials,
    service: str,
    regions: Collection[str],
) -> Verified:
    if claim.access_key != credentials.access_key or claim.token != credentials.session_token:
        raise SignatureError("UnrecognizedClientException", _UNKNOWN)
    region = _checked_region(claim, service, regions)
    if "host" not in claim.signed_headers.split(";"):
        raise SignatureError("InvalidSignatureException", "'Host' must be a 'SignedHeader' in the request.")
    names = claim.signed_headers.split(";")
    canonical = "\n".join(
        [
            request.method,
            _canonical_path(request.path),
            canonical_query,
            "".join(f"{name}:{request.header(name)}\n" for name in names),
            claim.signed_headers,
            payload_hash,
        ]
    )
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join([ALGORITHM, claim.stamp, claim.scope, hashed])
    key = signing_key(credentials.secret_key, claim.scope)
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, claim.signature):
        raise SignatureError("InvalidSignatureException", _WRONG)
    return Verified(claim.scope, region, claim.stamp, claim.signature, key)


def _checked_region(claim: _Claim, service: str, regions: Collection[str]) -> str:
    parts = claim.scope.split("/")
    if len(parts) != 4 or parts[3] != "aws4_request":
        message = (
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."
        )
        raise SignatureError("IncompleteSignatureException", message)
    date, region, named, _ = parts
    if date != claim.stamp[:8]:
        raise SignatureError("InvalidSignatureException", "Date in Credential scope does not match the date.")
    if region not in regions:
        raise SignatureError("InvalidSignatureException", "Credential should be scoped to a valid region.")
    if named != service:
        message = f"Credential should be scoped to correct service: '{service}'."
        raise SignatureError("InvalidSignatureException", message)
    return region


def signing_key(secret_key: str, scope: str) -> bytes:
    """Derive the day's key: `scope` is `date/region/service/aws4_request`."""
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _canonical_path(path: str) -> str:
    # The wire's path is encoded already; every service but S3 signs it encoded once more.
    return "/".join(quote(part, safe="-_.~") for part in path.split("/")) or "/"


def _canonical_query(pairs: Sequence[tuple[str, str]]) -> str:
    encoded = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def decoded(path: str) -> list[str]:
    """Return the path's segments as the service understands them, `%3A` read as a colon."""
    return [unquote(part) for part in path.strip("/").split("/")]
