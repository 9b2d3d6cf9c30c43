import asyncio
import os
import socket
import ssl
import threading

import pytest
from aiobotocore.session import AioSession
from botocore.exceptions import CredentialRetrievalError, EndpointConnectionError
from botocore.loaders import JSONFileLoader

from app.adapters.aws.errors import DENIED, SlowCredentialsError, failure_of
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


def helper(monkeypatch, folder, program):
    """Let this shell program, in the file `helper`, be whom the default profile asks for credentials."""
    (folder / "helper").write_text(program)
    (folder / "config").write_text(f"[default]\ncredential_process = /bin/sh {folder / 'helper'}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))


KEYS = '{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b"}'


def test_credentials_that_never_come_are_given_up_with_a_line_that_says_so(monkeypatch, tmp_path):
    helper(monkeypatch, tmp_path, "sleep 600")

    async def work(clients):
        with pytest.raises(SlowCredentialsError, match="no AWS credentials") as caught:
            await clients.client("polly")
        return failure_of(caught.value)

    failure = with_clients(work, AwsAccess("us-east-1", credentials_timeout_s=0.2))
    assert (failure.reason, failure.cause) == (DENIED, "no AWS credentials within 0.2 s")


def test_who_ends_ends_the_program_that_was_asked_for_credentials(monkeypatch, tmp_path):
    os.mkfifo(tmp_path / "told")
    helper(monkeypatch, tmp_path, f"exec 3> {tmp_path / 'told'}; echo began >&3; sleep 60; echo went on >&3")

    async def work(clients):
        asking = asyncio.ensure_future(clients.keys())
        told = await asyncio.to_thread((tmp_path / "told").open)
        assert await asyncio.to_thread(told.readline) == "began\n"
        await clients.aclose()
        with pytest.raises(asyncio.CancelledError):
            await asking
        return told

    with Pool("mine", 1) as pool:
        told = with_clients(work, AwsAccess("us-east-1", credentials_timeout_s=600), pool=pool)
    with told:
        assert told.read() == ""  # nobody is left who could write


def test_who_waits_no_longer_takes_the_credentials_from_nobody_else(monkeypatch, tmp_path):
    os.mkfifo(tmp_path / "began")
    os.mkfifo(tmp_path / "answer")
    helper(monkeypatch, tmp_path, f"echo once > {tmp_path / 'began'}; cat {tmp_path / 'answer'}")

    async def work(clients):
        impatient, patient = (asyncio.ensure_future(clients.keys()) for _ in range(2))
        await asyncio.to_thread((tmp_path / "began").read_text)
        impatient.cancel()
        await asyncio.wait({impatient})
        await asyncio.to_thread((tmp_path / "answer").write_text, KEYS)
        return await patient

    assert with_clients(work, AwsAccess("us-east-1")) == ("a", "b", "")


@pytest.mark.parametrize("program", ["exit 1", "echo secret", "echo '[]'", "echo '{}'"])
def test_a_helper_that_says_nothing_usable_is_a_failure_without_its_words(monkeypatch, tmp_path, program):
    helper(monkeypatch, tmp_path, program)

    async def work(clients):
        with pytest.raises(CredentialRetrievalError) as caught:
            await clients.keys()
        return caught.value

    error = with_clients(work, AwsAccess("us-east-1"))
    assert "secret" not in str(error)
    assert failure_of(error).cause == "no usable AWS credentials"
