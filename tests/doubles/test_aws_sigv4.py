from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given
from hypothesis import strategies as st

from app.session.clock import utc_now
from tests.doubles.aws.sigv4 import Credentials, SignatureError, Signed, verify_headers, verify_query

ACCOUNT = Credentials("AKIDEXAMPLE", "a secret")
REGIONS = ("us-east-1", "eu-central-1")
PATH = "/model/us.meta.llama3-3-70b-instruct-v1%3A0/converse-stream"


def signed(
    *, path=PATH, query="", body=b"{}", service="bedrock", region="us-east-1", account=ACCOUNT
) -> Signed:
    url = f"https://aws.example{path}" + (f"?{query}" if query else "")
    request = AWSRequest("POST", url, {"X-Padded": "  two   spaces "}, body)
    _auth(SigV4Auth, account, service, region).add_auth(request)
    headers = (("Host", "aws.example"), *request.headers.items())
    return Signed("POST", path, query, headers, body)


def presigned(*, expires=300, service="transcribe", region="us-east-1", account=ACCOUNT, **query) -> Signed:
    names = "&".join(f"{name.replace('_', '-')}={value}" for name, value in query.items())
    request = AWSRequest("GET", f"https://localhost:8443/stream-transcription-websocket?{names}")
    _auth(SigV4QueryAuth, account, service, region, expires=expires).add_auth(request)
    parts = urlsplit(request.url)
    return Signed("GET", parts.path, parts.query, (("Host", parts.netloc),))


def _auth(kind, account, service, region, **more):
    given = BotoCredentials(account.access_key, account.secret_key, account.session_token or None)
    return kind(given, service, region, **more)


def by_header(request: Signed, *, service="bedrock", account=ACCOUNT, later=timedelta()):
    now = utc_now() + later
    return verify_headers(request, account, service=service, regions=REGIONS, now=now)


def by_query(request: Signed, *, account=ACCOUNT, later=timedelta()):
    now = utc_now() + later
    return verify_query(request, account, service="transcribe", regions=REGIONS, now=now)


@given(st.text(max_size=12), st.text(max_size=12), st.binary(max_size=50))
def test_what_the_real_signer_signs_is_accepted(part, value, body):
    query = f"b={quote(value, safe='')}&a%20b=1%2B1"
    request = signed(path=f"/v1/{quote(part, safe='')}x", query=query, body=body, region="eu-central-1")
    assert by_header(request).region == "eu-central-1"


def test_a_presigned_address_is_accepted():
    verified = by_query(presigned(language_code="en-US", sample_rate="8000"))
    assert verified.region == "us-east-1"
    assert len(verified.signature) == 64


def test_a_session_token_counts():
    account = replace(ACCOUNT, session_token="token/with+signs==")
    assert by_header(signed(account=account), account=account)
    assert by_query(presigned(account=account), account=account)
    for prove, request in ((by_header, signed()), (by_query, presigned())):
        with pytest.raises(SignatureError) as refused:
            prove(request, account=account)
        assert refused.value.kind == "UnrecognizedClientException"


@pytest.mark.parametrize(
    "change",
    [
        {"path": PATH.replace("converse-stream", "converse")},
        {"path": PATH.replace("%3A", ":")},
        {"query": "a=1"},
        {"body": b"{ }"},
        {"method": "PUT"},
    ],
)
def test_a_request_changed_on_its_way_is_refused(change):
    with pytest.raises(SignatureError) as refused:
        by_header(replace(signed(), **change))
    assert refused.value.kind == "InvalidSignatureException"


def test_a_header_changed_on_its_way_is_refused():
    request = signed()
    changed = [(k, "other") if k == "X-Padded" else (k, v) for k, v in request.headers]
    with pytest.raises(SignatureError, match="does not match"):
        by_header(replace(request, headers=changed))


def test_a_presigned_address_cannot_be_given_another_parameter():
    request = presigned(language_code="en-US")
    with pytest.raises(SignatureError, match="does not match"):
        by_query(replace(request, query=request.query + "&vocabulary-name=x"))


@pytest.mark.parametrize(
    ("make", "kind", "why"),
    [
        (lambda: signed(account=replace(ACCOUNT, secret_key="wrong")), "InvalidSignature", "does not match"),
        (lambda: signed(account=replace(ACCOUNT, access_key="AKIDOTHER")), "UnrecognizedClient", "token"),
        (lambda: signed(service="polly"), "InvalidSignature", "correct service: 'bedrock'"),
        (lambda: signed(region="mars-1"), "InvalidSignature", "valid region"),
        (lambda: Signed("POST", PATH, "", ()), "MissingAuthenticationToken", "Missing"),
        (
            lambda: Signed("POST", PATH, "", (("Authorization", "Basic x"),)),
            "IncompleteSignature",
            "AWS4-HMAC",
        ),
    ],
)
def test_a_refusal_says_which_error_it_is(make, kind, why):
    with pytest.raises(SignatureError, match=why) as refused:
        by_header(make())
    assert refused.value.kind == f"{kind}Exception"


@pytest.mark.parametrize("later", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_clock_that_is_wrong_by_minutes_is_refused(later):
    with pytest.raises(SignatureError, match="Signature expired"):
        by_header(signed(), later=later)


@pytest.mark.parametrize(
    ("make", "later"),
    [
        (lambda: presigned(expires=301), timedelta()),
        (lambda: presigned(expires=0), timedelta()),
        (lambda: presigned(expires=10), timedelta(seconds=60)),
        (presigned, timedelta(hours=-1)),
        (lambda: presigned(service="polly"), timedelta()),
        (lambda: presigned(account=replace(ACCOUNT, secret_key="wrong")), timedelta()),
    ],
)
def test_a_presigned_address_has_its_limits(make, later):
    with pytest.raises(SignatureError):
        by_query(make(), later=later)


def test_an_address_without_a_signature_is_not_presigned():
    with pytest.raises(SignatureError) as missing:
        by_query(Signed("GET", "/", "a=1", ()))
    assert missing.value.kind == "MissingAuthenticationTokenException"
    with pytest.raises(SignatureError) as incomplete:
        by_query(Signed("GET", "/", "X-Amz-Date=20260101T000000Z", ()))
    assert incomplete.value.kind == "IncompleteSignatureException"
