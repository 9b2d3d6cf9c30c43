"""Who is let in, by signature or in development."""

import hmac
from base64 import b64encode
from hashlib import sha1, sha256

import pytest

from app.adapters.twilio.signature import Form, Sender, SignatureCheck

TOKEN = "12345"


def signed(url: str, fields: str = "", **more: str) -> Sender:
    digest = hmac.new(TOKEN.encode(), (url + fields).encode(), sha1).digest()
    return Sender("203.0.113.9", {"x-twilio-signature": b64encode(digest).decode(), **more})


CHECK = SignatureCheck("https://calls.example.com/", TOKEN)
FORM = Form([("To", "b"), ("From", "a"), ("Blank", "")])
FIELDS = "BlankFromaTob"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://calls.example.com/voice/incoming", "/voice/incoming"),
        ("https://calls.example.com:443/voice/incoming", "/voice/incoming"),
        ("https://calls.example.com/voice/incoming/", "/voice/incoming"),
        ("https://calls.example.com/voice/incoming?flow=a%20b&x", "/voice/incoming?flow=a%20b&x"),
    ],
)
def test_twilio_is_let_in_however_it_spells_the_public_url(url: str, target: str) -> None:
    assert CHECK.accepts_webhook(target, FORM, signed(url, FIELDS))


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://calls.example.com/voice/incoming", "/voice/incoming"),
        ("https://calls.example.com/voice/incoming", "/voice/resume"),
        ("https://calls.example.com/voice/incoming", "/voice/incoming?flow=x"),
        ("https://calls.example.com/voice/incoming?flow=a b", "/voice/incoming?flow=a%20b"),
    ],
)
def test_a_signature_for_another_url_lets_nobody_in(url: str, target: str) -> None:
    assert not CHECK.accepts_webhook(target, FORM, signed(url, FIELDS))


def test_the_handshake_is_signed_with_the_sockets_scheme_and_no_fields() -> None:
    assert CHECK.accepts_handshake("/voice/stream", signed("wss://calls.example.com/voice/stream"))
    assert not CHECK.accepts_handshake("/voice/stream", signed("https://calls.example.com/voice/stream"))
    local = SignatureCheck("http://127.0.0.1:8000", TOKEN)
    assert local.accepts_handshake("/voice/stream", signed("ws://127.0.0.1:8000/voice/stream"))


def test_repeated_fields_count_as_their_set() -> None:
    form = Form([("A", "2"), ("A", "1"), ("A", "2")])
    assert CHECK.accepts_webhook("/x", form, signed("https://calls.example.com/x", "A1A2"))
    assert form.one("A") == ""


def test_the_newer_algorithm_is_known_and_an_unknown_one_is_refused() -> None:
    url = "https://calls.example.com/x"
    digest = hmac.new(TOKEN.encode(), url.encode(), sha256).digest()
    headers = {
        "x-twilio-signature": b64encode(digest).decode(),
        "x-twilio-webhooks-signature-settings": "key=k,algorithm=HMAC_SHA256",
    }
    assert CHECK.accepts_webhook("/x", Form([]), Sender("203.0.113.9", headers))
    headers["x-twilio-webhooks-signature-settings"] = "algorithm=ROT13"
    assert not CHECK.accepts_webhook("/x", Form([]), Sender("203.0.113.9", headers))


def test_without_a_token_nobody_is_let_in_whatever_they_sign() -> None:
    check = SignatureCheck("https://calls.example.com", "")
    assert not check.accepts_webhook("/x", Form([]), signed("https://calls.example.com/x"))
    empty = b64encode(hmac.new(b"", b"https://calls.example.com/x", sha1).digest()).decode()
    sender = Sender("127.0.0.1", {"x-twilio-signature": empty, "host": "localhost"})
    assert not check.accepts_webhook("/x", Form([]), sender)


@pytest.mark.parametrize(
    ("host", "headers", "is_local"),
    [
        ("127.0.0.1", {"host": "127.0.0.1:8000"}, True),
        ("::1", {"host": "[::1]:8000"}, True),
        ("127.0.0.1", {"host": "localhost:8000", "origin": "http://localhost:8000"}, True),
        ("127.0.0.1", {"host": "localhost:8000", "origin": "http://localhost:9999"}, False),
        ("127.0.0.1", {"host": "localhost:8000", "origin": "http://127.0.0.1:8000"}, False),
        ("127.0.0.1", {"host": "localhost", "origin": "https://evil.example"}, False),
        ("127.0.0.1", {"host": "localhost", "origin": "null"}, False),
        ("127.0.0.1", {"host": "rebound.example"}, False),
        ("127.0.0.1", {"host": "[bad"}, False),
        ("127.0.0.1", {}, False),
        ("127.0.0.1", {"host": "localhost", "x-forwarded-for": "127.0.0.1"}, False),
        ("203.0.113.9", {"host": "localhost"}, False),
        ("", {"host": "localhost"}, False),
    ],
)
def test_development_lets_in_this_machine_alone(host: str, headers: dict[str, str], is_local: bool) -> None:
    sender = Sender(host, headers)
    assert sender.is_local is is_local
    open_house = SignatureCheck("http://127.0.0.1:8000", TOKEN, dev=True)
    assert open_house.accepts_webhook("/x", Form([]), sender) is is_local
    assert not CHECK.accepts_webhook("/x", Form([]), sender)


def test_a_wrong_signature_is_refused_in_development_too() -> None:
    check = SignatureCheck("http://127.0.0.1:8000", TOKEN, dev=True)
    for signature in ("wrong", "\xe9", "\ud800"):
        sender = Sender("127.0.0.1", {"host": "localhost", "x-twilio-signature": signature})
        assert not check.accepts_webhook("/x", Form([]), sender)


def test_what_cannot_be_encoded_was_not_signed_by_twilio() -> None:
    assert not CHECK.accepts_webhook("/x\ud800", Form([]), signed("https://calls.example.com/x"))


@pytest.mark.parametrize("body", [b"\xff", b"a=%ff", "&".join("a=1" for _ in range(201)).encode()])
def test_a_body_that_is_no_form_has_no_fields(body: bytes) -> None:
    assert Form.parse(body) is None


def test_a_form_keeps_blanks_and_spaces_as_they_came() -> None:
    form = Form.parse(b"A=&B=+x%20&C=%2B1")
    assert form is not None
    assert {name: form.getlist(name) for name in form} == {"A": [""], "B": [" x "], "C": ["+1"]}
    assert len(form) == 3
    empty = Form.parse(b"")
    assert empty is not None
    assert len(empty) == 0
