"""What is sent and what is believed of a reply, over a real HTTP server on loopback."""

import asyncio
import hmac
import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from app.adapters.webhooks.guard import Allowed, Guard
from app.adapters.webhooks.poster import LONGEST_VALUE, MOST_BYTES, HttpPoster
from app.domain.errands import ErrandResult, Post
from app.session.errand_ports import Letter
from tests.adapters.store.helpers import START
from tests.adapters.webhooks.server import Server, certificate, reply, with_server

POST = Post("http://crm.test/calls?x=1", {"age": 30, "used": ("lab",)}, wanted=("tier", "points"))
DONE = ErrandResult(ok=True, values={"tier": "gold", "points": 3})


async def lookup(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


async def send(server: Server, post: Post = POST, *, allowed: str = "crm.test", trust=None, tries: int = 1):
    poster = HttpPoster(
        Guard(Allowed.of(allowed), lookup),
        secrets={"crm": "s3cret"},
        signing_key="key",
        wall=lambda: START,
        trust=trust,
    )
    url = post.url.replace("crm.test", f"crm.test:{server.port}")
    try:
        return await poster.send(Letter("call-1", 2, tries, replace(post, url=url)))
    finally:
        await poster.aclose()


def sent(server: Server, post: Post = POST, **more):
    return with_server(server, lambda server: send(server, post, **more))


def test_a_message_is_json_signed_and_named_by_its_errand() -> None:
    server = Server(reply(b'{"tier": "gold", "points": 3, "more": [1]}'))
    post = replace(POST, headers={"X-Api-Key": "k ${secret.crm}"})
    assert sent(server, post, tries=3) == (DONE, False)
    (got,) = server.received
    assert got.line == "POST /calls?x=1 HTTP/1.1"
    assert json.loads(got.body) == {"age": 30, "used": ["lab"]}
    assert got.headers["host"] == f"crm.test:{server.port}"
    assert got.headers["idempotency-key"] == "call-1-2"
    assert got.headers["x-api-key"] == "k s3cret"
    assert got.headers["content-type"] == "application/json"
    at = int(START.timestamp())
    signature = hmac.new(b"key", f"{at}.".encode() + got.body, sha256).hexdigest()
    assert got.headers["dialai-signature"] == f"t={at},v1={signature}"


def test_a_name_is_looked_up_once_and_connected_to_where_it_was_found() -> None:
    server = Server(reply(b"{}"))
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    async def work(server: Server):
        poster = HttpPoster(
            Guard(Allowed.of("127.0.0.1"), rebinding), secrets={}, signing_key="", wall=lambda: START
        )
        result = await poster.send(
            Letter("c", 1, 1, replace(POST, url=f"http://crm.test:{server.port}/", wanted=()))
        )
        await poster.aclose()
        return result

    assert with_server(server, work) == (ErrandResult(ok=True), False)
    assert asked == ["crm.test"]
    assert "dialai-signature" not in server.received[0].headers


def test_the_certificate_must_be_the_names_although_the_address_is_connected_to(tmp_path: Path) -> None:
    shows, trusts = certificate(tmp_path, "crm.test")
    post = replace(POST, url="https://crm.test/")
    server = Server(reply(b'{"tier": "gold", "points": 3}'))
    assert with_server(server, lambda s: send(s, post, trust=trusts), shows) == (DONE, False)
    shows, trusts = certificate(tmp_path, "other.test")
    result, may_help = with_server(server, lambda s: send(s, post, trust=trusts), shows)
    assert (result.reason, may_help) == ("unreachable", True)


def test_a_redirect_is_not_followed() -> None:
    server = Server(reply(b"", "302 Found", "text/plain", "Location: http://169.254.169.254/"))
    result, may_help = sent(server)
    assert (result.reason, may_help) == ("status 302", True)
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("status", "may_help"), [("400 Bad", False), ("404 No", False), ("429 Slow", True), ("503 Away", True)]
)
def test_a_refusal_is_final_and_a_fault_is_not(status: str, *, may_help: bool) -> None:
    assert sent(Server(reply(b"{}", status))) == (
        ErrandResult(ok=False, reason=f"status {status[:3]}"),
        may_help,
    )


@pytest.mark.parametrize(
    "answer",
    [
        reply(b"not json"),
        reply(b"[1, 2]"),
        reply(b'{"tier": '),
        reply(b"\xff\xfe{}"),
        reply(b"{}", kind="text/html"),
        reply(b"[" * 60_000),
        reply(b'{"tier": "' + b"x" * MOST_BYTES + b'"}'),
        reply(b"\x1f\x8b" + b"0" * 50, "200 OK", "application/json", "Content-Encoding: gzip"),
    ],
    ids=["words", "list", "half", "bytes", "html", "deep", "long", "packed"],
)
def test_a_reply_that_is_no_small_plain_object_brings_nothing(answer: bytes) -> None:
    assert sent(Server(answer)) == (ErrandResult(ok=False, reason="garbled"), False)


def test_of_a_reply_only_plain_values_that_were_asked_for_are_taken() -> None:
    body = {"tier": "x" * 5_000, "points": 10**40, "other": 1}
    result, _ = sent(Server(reply(json.dumps(body).encode())))
    assert result.values == {"tier": "x" * LONGEST_VALUE, "points": None}
    nested, _ = sent(Server(reply(b'{"tier": {"a": 1}, "points": 2.5}')))
    assert nested.values == {"tier": None, "points": 2.5}
    unfit, _ = sent(Server(reply(b'{"tier": "go\\u0000ld\\u007f", "points": 1e308}')))
    assert unfit.values == {"tier": "gold", "points": 1e308}


def test_a_success_without_a_body_is_one_where_nothing_is_wanted() -> None:
    server = Server(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert sent(server, replace(POST, wanted=())) == (ErrandResult(ok=True), False)


def test_who_says_nothing_or_dribbles_is_given_up_in_time() -> None:
    quick = replace(POST, timeout_ms=100)
    for answer in (b"", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"):
        assert sent(Server(answer, hangs=True), quick) == (ErrandResult(ok=False, reason="timeout"), True)


def test_who_speaks_no_http_or_is_not_there_is_unreachable() -> None:
    assert sent(Server(b"SSH-2.0-x\r\n\r\n"))[0].reason == "unreachable"

    async def nobody(server: Server):
        server.port = 1
        return await send(server)

    assert asyncio.run(nobody(Server())) == (ErrandResult(ok=False, reason="unreachable"), True)


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://crm.test/", {"X-Key": "${secret.gone}"}),
        ("ftp://crm.test/", {}),
        ("http://user@crm.test/", {}),
        ("http:///path", {}),
        ("http://crm.test:99999/", {}),
        ("http://crm.test/", {"X-Key": "a\r\nHost: x"}),
    ],
)
def test_what_cannot_be_sent_is_refused_for_good(url: str, headers: dict[str, str]) -> None:
    async def work() -> object:
        poster = HttpPoster(
            Guard(Allowed.of("crm.test"), lookup), secrets={}, signing_key="", wall=lambda: START
        )
        try:
            return await poster.send(Letter("c", 1, 1, replace(POST, url=url, headers=headers)))
        finally:
            await poster.aclose()

    result, may_help = asyncio.run(work())
    assert not result.ok
    assert (result.reason, may_help) in [("refused", False), ("unreachable", True)]


def test_this_machine_is_told_nothing() -> None:
    server = Server(reply(b"{}"))
    assert sent(server, allowed="") == (ErrandResult(ok=False, reason="refused"), False)
    assert server.received == []
