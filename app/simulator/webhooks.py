"""Twilio's requests to the server: signed forms, with its retries and time limits; reads no TwiML."""

import asyncio
import uuid
from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag, urlencode

import httpx

from app.simulator.signature import HEADER, Fields, sign

RETRY_PAUSE_S = 0.1
HTTP_ERROR = 400


class FetchError(Exception):
    """The server gave no usable answer; the text says why."""


@dataclass(slots=True)
class Webhooks:
    """Sends requests as Twilio would. `public_url` is what the server calls itself, `server_url` where it is.

    A host that refuses connections is asked `rc` times more (default 1), one attempt right after the other:
    how long Twilio pauses between them is told nowhere, so nothing may be built on a pause.
    """

    http: httpx.AsyncClient
    auth_token: str
    server_url: str
    public_url: str

    def reachable(self, url: str) -> str:
        """Where a public URL is really served."""
        bare = urldefrag(url).url
        if bare.startswith(self.public_url):
            return self.server_url + bare.removeprefix(self.public_url)
        return bare

    async def send(self, url: str, fields: Fields, method: str = "POST") -> httpx.Response:
        """One delivery. Raises FetchError when nobody answered, or with an HTTP error."""
        overrides = parse_qs(urldefrag(url).fragment)
        attempts = 1 + int(overrides.get("rc", ["1"])[0])
        token = str(uuid.uuid4())
        while True:
            attempts -= 1
            try:
                answer = await self._once(url, fields, method, token)
            except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError) as error:
                if not attempts:
                    raise FetchError(
                        f"{method} {url}: nobody answers ({str(error) or type(error).__name__})"
                    ) from error
                await asyncio.sleep(RETRY_PAUSE_S)
                continue
            except httpx.HTTPError as error:
                raise FetchError(f"{method} {url}: {str(error) or type(error).__name__}") from error
            if answer.status_code >= HTTP_ERROR:
                raise FetchError(f"{method} {url}: HTTP {answer.status_code} {answer.text[:120].strip()}")
            return answer

    async def _once(self, url: str, fields: Fields, method: str, token: str) -> httpx.Response:
        if method == "GET":
            bare = urldefrag(url).url
            url = f"{bare}{'&' if '?' in bare else '?'}{urlencode(fields)}"
            fields = ()
        headers = {
            HEADER: sign(self.auth_token, url, fields),
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": token,
        }
        if method == "GET":
            return await self.http.get(self.reachable(url), headers=headers)
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        return await self.http.post(self.reachable(url), content=urlencode(fields), headers=headers)
