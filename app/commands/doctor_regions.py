"""Which regions of AWS this program's libraries have heard of; asks nobody."""

import asyncio
import functools


async def known_regions() -> frozenset[str]:
    """Return every region that botocore has heard of."""
    return await regions_of("sts") | await regions_of("ec2")


async def regions_of(service: str) -> frozenset[str]:
    """Return those that the service is known to be in."""
    return await asyncio.to_thread(_listed, service)


@functools.cache
def _listed(service: str) -> frozenset[str]:
    """Look in all of AWS's partitions. Blocks."""
    from botocore.session import Session  # noqa: PLC0415 - a tenth of a second

    session = Session()
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions(service, partition)
    )
