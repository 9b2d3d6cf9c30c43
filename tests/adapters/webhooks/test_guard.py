"""No message goes to this machine or its networks, whatever its address is written like."""

import asyncio
from ipaddress import ip_address

import pytest

from app.adapters.webhooks.guard import Allowed, Guard, NotAllowedError

_WRITTEN = """
127.0.0.1 127.1 127.0.1 0177.0.0.1 0x7f.0.0.1 0x7f000001 2130706433 017700000001 0x7F.1 127.0.0.1.
0.0.0.0 0 0x0 000.000.000.000 10.0.0.1 10.1 0xa.1 167772161 012.0.0.1 172.16.0.1 172.31.255.255
192.168.0.1 192.168.1 0xc0a80001 3232235521 0300.0250.0.1 169.254.169.254 169.254.43518 0xa9fea9fe
2852039166 0251.0376.0251.0376 100.64.0.1 100.127.255.254 198.18.0.1 192.0.0.192 192.0.2.1 203.0.113.9
224.0.0.1 240.0.0.1 255.255.255.255 ::1 [::1] 0:0:0:0:0:0:0:1 :: ::ffff:127.0.0.1 ::ffff:7f00:1
::ffff:a9fe:a9fe ::127.0.0.1 ::ffff:10.0.0.1 fe80::1 fe80::1%25eth0 fe80::1%eth0 fc00::1 fd00:ec2::254
fec0::1 ff02::1 64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::7f00:1 2002:7f00:1:: 2002:a9fe:a9fe::1
2001:0:7f00:1:: 2001:db8::1 100::1 %31%32%37.0.0.1 127%2e0.0.1 ::ffff:0:127.0.0.1
"""
TRICKS = _WRITTEN.split()


def found(host: str, *addresses: str, allowed: str = "", encrypted: bool = True) -> tuple:
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return asyncio.run(Guard(Allowed.of(allowed), resolve).addresses(host, 443, encrypted=encrypted))


def test_there_are_tricks_enough() -> None:
    assert len(set(TRICKS)) >= 60


@pytest.mark.parametrize("host", TRICKS)
def test_a_private_address_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(NotAllowedError):
        # A resolver that is fooled into calling it public is not asked.
        found(host, "127.0.0.1")


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("93.184.216.34", "10.0.0.1"), ("fe80::1%2",), ("::ffff:169.254.169.254",)]
)
def test_a_name_behind_which_a_private_address_hides_is_refused_whole(addresses: tuple[str, ...]) -> None:
    with pytest.raises(NotAllowedError):
        found("innocent.example.com", *addresses)


def test_public_hosts_are_found_where_the_resolver_says_and_encrypted_alone() -> None:
    assert found("example.com", "93.184.216.34", "2606:2800:21f::1") == (
        ip_address("93.184.216.34"),
        ip_address("2606:2800:21f::1"),
    )
    assert found("8.8.8.8") == (ip_address("8.8.8.8"),)
    with pytest.raises(NotAllowedError, match="encryption"):
        found("example.com", "93.184.216.34", encrypted=False)


def test_hosts_that_are_allowed_by_name_address_or_network_are_found() -> None:
    allowed = "crm.internal, 10.1.0.0/16,127.0.0.1"
    assert found("crm.internal", "10.9.9.9", allowed=allowed, encrypted=False)
    assert found("other.internal", "10.1.2.3", allowed=allowed, encrypted=False)
    assert found("2130706433", allowed=allowed, encrypted=False)
    with pytest.raises(NotAllowedError):
        found("other.internal", "10.2.2.3", allowed=allowed)
    with pytest.raises(NotAllowedError):
        found("::1", allowed=allowed)


def test_a_host_without_an_address_is_unreachable() -> None:
    with pytest.raises(OSError, match="no address"):
        found("example.com")


def test_this_machine_is_found_by_the_systems_resolver_and_refused() -> None:
    with pytest.raises(NotAllowedError):
        asyncio.run(Guard(Allowed()).addresses("localhost", 80, encrypted=True))


def test_a_network_that_is_none_is_refused_when_it_is_read() -> None:
    with pytest.raises(ValueError, match="300"):
        Allowed.of("10.0.0.0/300")
