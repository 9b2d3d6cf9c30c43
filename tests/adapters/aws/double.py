"""Our own AWS clients, pointed at the double, for tests of the adapters."""

import asyncio
from contextlib import asynccontextmanager

from app.adapters.aws.session import AwsAccess, AwsClients
from tests.doubles.aws import AwsDouble


def access(double, **changed):
    given = {
        "region": double.region,
        "endpoint_url": double.endpoint_url,
        "access_key": double.access_key,
        "secret_key": double.secret_key,
    }
    return AwsAccess(**(given | changed))


@asynccontextmanager
async def aws(**changed):
    """Start a double and our clients for it; `changed` are values of AwsAccess."""
    async with AwsDouble() as double:
        clients = AwsClients(access(double, **changed))
        try:
            yield double, clients
        finally:
            await clients.aclose()


def with_aws(work, **changed):
    """Return what `work(double, clients)` does."""

    async def main():
        async with aws(**changed) as (double, clients):
            return await work(double, clients)

    return asyncio.run(main())
