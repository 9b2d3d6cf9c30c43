"""The AWS clients of one process: each made once, off the loop's time, and shared by all calls.

Knows the account, the regions and the limits of connections; knows no service's requests.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session
from botocore.exceptions import UnknownServiceError

from app.session.pools import Pool


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
        self._opened = contextlib.AsyncExitStack()
        self._making = asyncio.Lock()
        self._own_pool = None if pool else Pool("aws-models", 1)
        self._pool = pool or self._own_pool

    async def client(self, service: str, region: str = "") -> Any:  # noqa: ANN401 - botocore makes them of data
        """Return the client of this service, in the account's region unless another is named.

        It retries nothing by itself: who asked decides, and says so. Raises botocore's errors.
        """
        key = (service, region or self.access.region)
        if key not in self._clients:
            async with self._making:
                if key not in self._clients:
                    self._clients[key] = await self._make(*key)
        return self._clients[key]

    async def get_ready(self, *services: str) -> None:
        """Make these clients ahead, so that no call's first request waits for it. Asks AWS nothing."""
        for service in services:
            await self.client(service)

    async def keys(self) -> tuple[str, str, str] | None:
        """Return access key, secret and token as they are now (roles renew theirs), or None without any."""
        access = self.access
        if access.access_key:
            return access.access_key, access.secret_key, access.session_token
        found = await self._session.get_credentials()
        if found is None:
            return None
        frozen = await found.get_frozen_credentials()
        return frozen.access_key, frozen.secret_key, frozen.token or ""

    async def aclose(self) -> None:
        """Close every connection."""
        self._clients.clear()
        await self._opened.aclose()
        if self._own_pool is not None:
            self._own_pool.shutdown(wait=False)

    async def _make(self, service: str, region: str) -> Any:  # noqa: ANN401 - see `client`
        # Reading the service's model takes a tenth of a second, making the client then a few milliseconds.
        await asyncio.get_running_loop().run_in_executor(self._pool, _read_models, self._session, service)
        access = self.access
        given: dict[str, Any] = {"region_name": region, "config": _config(access)}
        if access.endpoint_url:
            given["endpoint_url"] = access.endpoint_url
        if access.access_key:
            given["aws_access_key_id"] = access.access_key
            given["aws_secret_access_key"] = access.secret_key
            given["aws_session_token"] = access.session_token or None
        return await self._opened.enter_async_context(self._session.create_client(service, **given))


def _config(access: AwsAccess) -> AioConfig:
    return AioConfig(
        connect_timeout=access.connect_timeout_s,
        read_timeout=access.read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=access.connections,
        tcp_keepalive=True,
    )


def _read_models(session: AioSession, service: str) -> None:
    """Fill the session's loader, which remembers: nothing is read from disk on the loop afterwards."""
    loader = session.get_component("data_loader")
    for kind in ("service-2", "endpoint-rule-set-1", "waiters-2", "paginators-1"):
        with contextlib.suppress(UnknownServiceError):
            loader.load_service_model(service, kind, api_version=None)  # as botocore asks: it is its key
    for name in ("endpoints", "partitions", "_retry", "sdk-default-configuration"):
        loader.load_data(name)
