"""Sends one message by HTTP POST and reads its reply: small, plain values out of a stranger's JSON."""

import asyncio
import hmac
import re
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec

from app.adapters.webhooks.guard import Guard, NotAllowedError
from app.domain.addresses import Address
from app.domain.call import Value
from app.domain.errands import ErrandResult, Post
from app.domain.keepable import keepable, keepable_value
from app.session.errand_ports import Letter

MOST_BYTES: Final = 64 * 1024
"""A reply that is longer is none."""

LONGEST_VALUE: Final = 2_000
"""Characters of one text of a reply."""

_SECRET: Final = re.compile(r"\$\{secret\.([A-Za-z_][A-Za-z0-9_]*)\}")
_AGAIN: Final = frozenset({408, 421, 425, 429})
"""The 4xx that a later try may turn into a success."""

_OK: Final = range(200, 300)
_OURS: Final = range(400, 500)


class HttpPoster:
    """One object serves the whole process. `secrets` are named by headers; `signing_key` may be empty."""

    def __init__(
        self,
        guard: Guard,
        *,
        secrets: Mapping[str, str],
        signing_key: str,
        wall: Callable[[], datetime],
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._guard = guard
        self._secrets = secrets
        self._signing_key = signing_key.encode()
        self._wall = wall
        # No connection is kept: one that was opened for a name must not serve another at its address. The
        # environment's proxies would resolve names anew, behind the guard's back.
        self._client = httpx.AsyncClient(
            verify=trust or ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=httpx.Timeout(None),  # a message's own time covers all of it
        )

    async def send(self, letter: Letter) -> tuple[ErrandResult, bool]:
        """Send it once, within its time; return what came, and whether trying again may help."""
        try:
            async with asyncio.timeout(letter.post.timeout_ms / 1_000):
                return await self._send(letter)
        except TimeoutError:
            return _failed("timeout"), True
        except (NotAllowedError, UnknownSecretError):
            return _failed("refused"), False
        except (httpx.HTTPError, OSError, UnicodeError):
            return _failed("unreachable"), True
        except (httpx.InvalidURL, ValueError):
            return _failed("refused"), False

    async def aclose(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def _send(self, letter: Letter) -> tuple[ErrandResult, bool]:
        post = letter.post
        parts = urlsplit(post.url)
        encrypted, host = parts.scheme == "https", (parts.hostname or "").rstrip(".")
        if parts.scheme not in {"https", "http"} or not host or parts.username is not None:
            raise NotAllowedError("this is no address for a message")
        port = parts.port or (443 if encrypted else 80)
        addresses = await self._guard.addresses(host, port, encrypted=encrypted)
        content = msgspec.json.encode(post.body)
        headers = self._headers(letter, content, parts.netloc)
        for last, address in enumerate(addresses, start=1 - len(addresses)):
            try:
                url = httpx.URL(post.url).copy_with(host=str(address), port=port)
                request = self._client.build_request("POST", url, content=content, headers=headers)
                request.extensions = {**request.extensions, "sni_hostname": host}
                return await self._exchange(request, post, address)
            except httpx.ConnectError:
                if not last:
                    raise
        raise NotAllowedError("there is nowhere to send it")  # pragma: no cover - a host has an address

    async def _exchange(
        self, request: httpx.Request, post: Post, _address: Address
    ) -> tuple[ErrandResult, bool]:
        response = await self._client.send(request, stream=True)
        try:
            status = response.status_code
            if status not in _OK:
                is_final = status in _OURS and status not in _AGAIN
                return _failed(f"status {status}"), not is_final
            if not post.wanted:
                return ErrandResult(ok=True), False
            values = _read(await _body(response), post.wanted)
            return (
                (_failed("garbled"), False)
                if values is None
                else (ErrandResult(ok=True, values=values), False)
            )
        finally:
            await response.aclose()

    def _headers(self, letter: Letter, content: bytes, netloc: str) -> dict[str, str]:
        own = {name: self._with_secrets(value) for name, value in letter.post.headers.items()}
        headers = {
            **own,
            "Host": netloc,
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "DialAI",
            "Idempotency-Key": f"{letter.call}-{letter.number}",
        }
        if self._signing_key:
            at = int(self._wall().timestamp())
            signed = hmac.new(self._signing_key, f"{at}.".encode() + content, sha256).hexdigest()
            headers["DialAI-Signature"] = f"t={at},v1={signed}"
        return headers

    def _with_secrets(self, value: str) -> str:
        def secret(found: re.Match[str]) -> str:
            if found[1] not in self._secrets:
                raise UnknownSecretError(f"DIALAI_WEBHOOK_SECRETS has no {found[1]}")
            return self._secrets[found[1]]

        return _SECRET.sub(secret, value)


class UnknownSecretError(LookupError):
    """A header names a secret that the settings do not have."""


async def _body(response: httpx.Response) -> bytes | None:
    """Return the reply's bytes as they came; None for more than a reply may have, or for packed ones."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    if not is_json or response.headers.get("content-encoding", "identity").lower() != "identity":
        return None
    body = b""
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > MOST_BYTES:
            return None
    return body


def _read(body: bytes | None, wanted: tuple[str, ...]) -> dict[str, Value] | None:
    """Return what was asked for of a JSON object; None for what is none."""
    if body is None:
        return None
    try:
        found: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    if not isinstance(found, dict):
        return None
    return {name: _plain(found[name]) for name in wanted if name in found}


def _plain(value: Any) -> Value:  # noqa: ANN401 - JSON is any of its values
    if isinstance(value, str):
        return keepable(value)[:LONGEST_VALUE]
    return keepable_value(value) if isinstance(value, bool | float | int) else None


def _failed(reason: str) -> ErrandResult:
    return ErrandResult(ok=False, reason=reason)
