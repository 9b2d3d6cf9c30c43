"""The real AWS clients, pointed at the double: what tests of the double and of the adapters open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from tests.doubles.aws import AwsDouble

LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"


@asynccontextmanager
async def client(
    double: AwsDouble, service: str, *, secret: str = "", attempts: int = 1, **changed: Any
) -> AsyncIterator[Any]:
    """Open aiobotocore's client of this service. `attempts` are botocore's own, the first included."""
    given = {
        "endpoint_url": double.endpoint_url,
        "region_name": double.region,
        "aws_access_key_id": double.access_key,
        "aws_secret_access_key": secret or double.secret_key,
        "config": AioConfig(
            retries={"mode": "standard", "total_max_attempts": attempts}, read_timeout=5, proxies={}
        ),
        **changed,
    }
    async with get_session().create_client(service, **given) as opened:
        yield opened


def said(text: str) -> list[dict[str, Any]]:
    """Return Converse's `messages` for one line of the caller's."""
    return [{"role": "user", "content": [{"text": text}]}]
