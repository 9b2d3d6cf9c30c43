import asyncio
import socket
import ssl
import threading

import pytest
from aiobotocore.session import AioSession
from botocore.exceptions import EndpointConnectionError
from botocore.loaders import JSONFileLoader

from app.adapters.aws.session import AwsAccess, AwsClients
from app.session.pools import Pool


def with_clients(work, access, **options):
    async def main():
        clients = AwsClients(access, **options)
        try:
            return await work(clients)
        finally:
            await clients.aclose()

    return asyncio.run(main())


def test_no_service_model_is_read_on_the_loop_s_thread(monkeypatch):
    readers = []
    load_file = JSONFileLoader.load_file

    def watched(self, path):
        readers.append(threading.current_thread().name.rstrip("0123456789_-"))
        return load_file(self, path)

    monkeypatch.setattr(JSONFileLoader, "load_file", watched)

    async def work(clients):
        for service in ("polly", "bedrock-runtime"):
            await clients.client(service)

    with_clients(work, AwsAccess("us-east-1", access_key="a", secret_key="b"))
    assert len(readers) > 4
    assert set(readers) == {"aws-models"}


def test_a_client_is_made_once_for_all_calls_and_once_for_each_region():
    async def work(clients):
        first, second, other = await asyncio.gather(
            clients.client("polly"),
            clients.client("polly", "us-east-1"),
            clients.client("polly", "us-west-2"),
        )
        assert first is second
        assert other is not first
        return other.meta.region_name, first.meta.config.retries["total_max_attempts"]

    access = AwsAccess("us-east-1", access_key="a", secret_key="b")
    with Pool("mine", 1) as pool:
        assert with_clients(work, access, pool=pool) == ("us-west-2", 1)
        assert pool.submit(len, "ok").result() == 2


def test_keys_are_those_given_or_those_found_or_none(monkeypatch):
    given = AwsAccess("us-east-1", access_key="a", secret_key="b", session_token="c")
    assert with_clients(lambda clients: clients.keys(), given) == ("a", "b", "c")
    assert with_clients(lambda clients: clients.keys(), AwsAccess("us-east-1")) is None
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "found")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert with_clients(lambda clients: clients.keys(), AwsAccess("us-east-1")) == ("found", "secret", "")


def test_neither_clients_nor_keys_nor_authorities_are_made_on_the_loop_s_thread(monkeypatch):
    workers = []

    def watch(owner, name):
        real = getattr(owner, name)

        def watched(*given, **named):
            workers.append((name, threading.current_thread().name.rstrip("0123456789_-")))
            return real(*given, **named)

        monkeypatch.setattr(owner, name, watched)

    watch(AioSession, "_create_client")
    watch(AioSession, "_create_credential_resolver")
    watch(ssl, "create_default_context")

    async def work(clients):
        await clients.get_ready("polly", "bedrock-runtime", region="us-west-2")
        await clients.keys()
        assert await clients.tls() is await clients.tls()

    with_clients(work, AwsAccess("us-east-1"))
    made = [name for name, _ in workers]
    assert made.count("_create_client") == 2
    assert made.count("create_default_context") == 1
    assert made.count("_create_credential_resolver") >= 1
    assert {thread for _, thread in workers} == {"aws-models"}


def test_a_client_of_https_reads_its_authorities_apart_from_the_loop(monkeypatch):
    readers = []
    load = ssl.SSLContext.load_verify_locations

    def watched(self, *given, **named):
        readers.append(threading.current_thread())
        return load(self, *given, **named)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", watched)

    async def work(clients):
        client = await clients.client("polly")
        with pytest.raises(EndpointConnectionError):
            await client.describe_voices()

    with socket.socket() as taken:  # bound and not listening: nobody answers there
        taken.bind(("127.0.0.1", 0))
        nowhere = f"https://127.0.0.1:{taken.getsockname()[1]}"
        with_clients(work, AwsAccess("us-east-1", nowhere, access_key="a", secret_key="b"))
    assert len(readers) == 1
    assert readers[0] is not threading.main_thread()
