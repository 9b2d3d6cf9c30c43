"""The AWS clients of one process: each made once, off the loop's time, and shared by all calls.

Knows the account, the regions and the limits of connections; knows no service's requests.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session

from app.adapters.aws.tls import SystemTls
from app.adapters.aws.turns import Turns
from app.session.pools import Pool

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """Which account, where, and how long a socket may take.

    Without keys botocore's own chain finds them (environment, profile, role). `endpoint_url` leads to
    another address: a double's. `read_timeout_s` is the longest silence on an open socket, a last resort.
    """

    region: str
    endpoint_url: str = ""
    access_key: str = ""
    secret_key: str = ""
    session_token: str = ""
    connect_timeout_s: float = 1.0
    read_timeout_s: float = 10.0
    connections: int = 200


class AwsClients:
    """Gives aiobotocore clients by service and region, made when first asked for. `aclose` at the end."""

    def __init__(self, access: AwsAccess, *, pool: Pool | None = None) -> None:
        self.access = access
        self._session: AioSession = get_session()
        self._clients: dict[tuple[str, str], Any] = {}
        self._found: Any = None
        self._opened = contextlib.AsyncExitStack()
        self._making = asyncio.Lock()
        self._turns = Turns()
        self._own_pool = None if pool else Pool("aws-models", 1)
        self._pool = pool or self._own_pool
        self.tls = SystemTls(self._pool)

    def read_regions(self) -> None:
        """Read botocore's table of regions, which all clients share. Blocks: call it before calls come.

        A thread is no better a place: parsing this megabyte holds the interpreter's lock from end to end.
        """
        self._session.get_component("data_loader").load_data("endpoints")

    async def client(self, service: str, region: str = "") -> Any:  # noqa: ANN401 - botocore makes them of data
        """Return the client of this service, in the account's region unless another is named.

        It retries nothing by itself: who asked decides, and says so. Ask anew for each request: those
        that are begun together begin in turns. Raises botocore's errors.
        """
        key = (service, region or self.access.region)
        if key not in self._clients:
            async with self._making:
                if key not in self._clients:
                    self._clients[key] = await self._make(*key)
        await self._turns.next()
        return self._clients[key]

    def made(self) -> Sequence[tuple[str, str]]:
        """Return service and region of each client there is."""
        return tuple(self._clients)

    async def get_ready(self, *services: str, region: str = "") -> None:
        """Make these clients ahead, so that no call's first request waits for it. Asks AWS nothing."""
        for service in services:
            await self.client(service, region)

    async def keys(self) -> tuple[str, str, str] | None:
        """Return access key, secret and token as they are now (roles renew theirs), or None without any.

        Whoever asks signs with them and begins a request: that goes in turns, as with clients.
        """
        await self._turns.next()
        access = self.access
        if access.access_key:
            return access.access_key, access.secret_key, access.session_token
        if self._found is None:
            async with self._making:
                self._found = await self._apart(_find_credentials, self._session)
        if self._found is None:
            return None
        frozen = await self._found.get_frozen_credentials()
        return frozen.access_key, frozen.secret_key, frozen.token or ""

    async def aclose(self) -> None:
        """Close every connection."""
        self._clients.clear()
        await self._opened.aclose()
        if self._own_pool is not None:
            self._own_pool.shutdown(wait=False)

    async def _make(self, service: str, region: str) -> Any:  # noqa: ANN401 - see `client`
        access = self.access
        given: dict[str, Any] = {"region_name": region, "config": _config(access)}
        if access.endpoint_url:
            given["endpoint_url"] = access.endpoint_url
        if access.access_key:
            given["aws_access_key_id"] = access.access_key
            given["aws_secret_access_key"] = access.secret_key
            given["aws_session_token"] = access.session_token or None
        client = await self._apart(_make_client, self._session, service, given)
        self._opened.push_async_exit(client)
        return client

    async def _apart(self, work: Callable[..., T], *given: Any) -> T:  # noqa: ANN401 - as the work wants it
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *given)


def _config(access: AwsAccess) -> AioConfig:
    return AioConfig(
        connect_timeout=access.connect_timeout_s,
        read_timeout=access.read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=access.connections,
        tcp_keepalive=True,
    )


def _make_client(session: AioSession, service: str, given: dict[str, Any]) -> Any:  # noqa: ANN401 - botocore's
    """Make a client in a thread: it reads files and builds classes, and waits for no socket.

    Nothing of it belongs to a loop before its first request, so the loop that it is made in may end.
    """

    async def make() -> Any:  # noqa: ANN401 - botocore's
        return await session.create_client(service, **given).__aenter__()

    return asyncio.run(make())


def _find_credentials(session: AioSession) -> Any:  # noqa: ANN401 - botocore's
    """Follow the chain of places where keys may be; the session remembers what it found."""

    async def find() -> Any:  # noqa: ANN401 - botocore's
        return await session.get_credentials()

    return asyncio.run(find())
