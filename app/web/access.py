"""Who may use the API: the holder of its key, or without any key this very machine in development."""

import hmac
from hashlib import sha256

from starlette.requests import Request

from app.web.doors import Doors
from app.web.media import sender_of
from app.web.requests import Refused


class ApiAccess:
    """A FastAPI dependency that lets a request pass or refuses it."""

    def __init__(self, doors: Doors) -> None:
        # Only the key's hash is kept, and hashes of equal length compare in constant time.
        self._key_hash = sha256(doors.api_key.encode()).digest() if doors.api_key else None
        self._dev = doors.dev
        self._count = doors.counters.add

    async def __call__(self, request: Request) -> None:
        """Pass silently. Raises Refused (401)."""
        if self._key_hash is None:
            if self._dev and sender_of(request.scope).is_local:
                return
            line = "the API has no key: set DIALAI_API_KEY (or DIALAI_DEV=1 to let this machine in)"
        else:
            scheme, _, given = request.headers.get("authorization", "").partition(" ")
            offered = sha256(given.strip().encode("utf-8", "replace")).digest()
            if scheme.lower() == "bearer" and hmac.compare_digest(offered, self._key_hash):
                return
            line = "the API key is missing or wrong: send Authorization: Bearer KEY"
        self._count("api_refused_total")
        raise Refused(401, line)
