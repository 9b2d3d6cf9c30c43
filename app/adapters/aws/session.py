"""The AWS clients of one process: each made once, off the loop's time, and shared by all calls.

Knows the account, the regions and the limits of connections; knows no service's requests.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session

from app.adapters.aws.apart import run_apart
from app.adapters.aws.credentials import find_credentials
from app.adapters.aws.errors import SlowCredentialsError
from app.adapters.aws.tls import SystemTls
from app.adapters.aws.turns import Turns
from app.session.pools import Pool

_Making: TypeAlias = Callable[[], Coroutine[Any, Any, Any]]


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """Which account, where, and how long a socket may take.

    Without keys botocore's own chain finds them (environment, profile, role). `endpoint_url` leads to
    another address: a double's. `read_timeout_s` is the longest silence on an open socket, a last resort;
    `credentials_timeout_s` is the longest that the chain may look: what it asks may never answer.
    """

    region: str
    endpoint_url: str = ""
    access_key: str = ""
    secret_key: str = ""
    session_token: str = ""
    connect_timeout_s: float = 1.0
    read_timeout_s: float = 10.0
    credentials_timeout_s: float = 15.0
    connections: int = 200


class AwsClients:
    """Gives aiobotocore clients by service and region, made when first asked for. `aclose` at the end.

    What is being made is made for all who ask meanwhile, and goes on when one of them no longer waits.
    """

    def __init__(self, access: AwsAccess, *, pool: Pool | None = None) -> None:
        self.access = access
        self._session: AioSession = get_session()
        self._clients: dict[tuple[str, str], Any] = {}
        self._found: Any = None
        self._opened = contextlib.AsyncExitStack()
        self._making: dict[object, asyncio.Task[Any]] = {}
        self._turns = Turns()
        self._owns_pool = pool is None
        self._pool = pool or Pool("aws-models", 1)
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
            await self._once(key, lambda: self._make(*key))
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

        Whoever asks signs with them and begins a request: that goes in turns, as with clients. Raises
        botocore's errors and OSError.
        """
        await self._turns.next()
        access = self.access
        if access.access_key:
            return access.access_key, access.secret_key, access.session_token
        await self._find()
        if self._found is None:
            return None
        frozen = await self._found.get_frozen_credentials()
        return frozen.access_key, frozen.secret_key, frozen.token or ""

    async def aclose(self) -> None:
        """Give up what is being made and close every connection."""
        making = tuple(self._making.values())
        for task in making:
            task.cancel()
        await asyncio.gather(*making, return_exceptions=True)
        self._clients.clear()
        await self._opened.aclose()
        if self._owns_pool:
            self._pool.shutdown(wait=False)

    async def _once(self, key: object, make: _Making) -> None:
        """Make it, or wait for it where it is being made. Raises what the making raises."""
        if key not in self._making:
            task = asyncio.get_running_loop().create_task(make())
            self._making[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        await asyncio.shield(self._making[key])

    def _forget(self, key: object, task: asyncio.Task[Any]) -> None:
        del self._making[key]
        if not task.cancelled():
            task.exception()  # whoever still waits is told; nobody may

    async def _find(self) -> None:
        if self._found is None:
            await self._once("credentials", self._look)

    async def _look(self) -> None:
        limit_s = self.access.credentials_timeout_s
        try:
            self._found = await run_apart(
                self._pool, lambda: find_credentials(self._session), limit_s=limit_s
            )
        except TimeoutError:
            raise SlowCredentialsError(seconds=limit_s) from None

    async def _make(self, service: str, region: str) -> None:
        access = self.access
        given: dict[str, Any] = {"region_name": region, "config": _config(access)}
        if access.endpoint_url:
            given["endpoint_url"] = access.endpoint_url
        if access.access_key:
            given["aws_access_key_id"] = access.access_key
            given["aws_secret_access_key"] = access.secret_key
            given["aws_session_token"] = access.session_token or None
        else:
            await self._find()  # the session has them then, and the client's maker asks nobody

        async def make() -> Any:  # noqa: ANN401 - botocore's
            # Nothing of it belongs to a loop before its first request, so that the one it is made in may end.
            return await self._session.create_client(service, **given).__aenter__()

        client = await run_apart(self._pool, make, limit_s=access.credentials_timeout_s)
        self._opened.push_async_exit(client)
        self._clients[service, region] = client


def _config(access: AwsAccess) -> AioConfig:
    return AioConfig(
        connect_timeout=access.connect_timeout_s,
        read_timeout=access.read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=access.connections,
        tcp_keepalive=True,
    )
