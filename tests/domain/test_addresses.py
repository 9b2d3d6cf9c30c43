"""Which addresses are everybody's, in every spelling that a resolver takes."""

from ipaddress import ip_address

import pytest

from app.domain.addresses import host_of, is_plainly_private, is_public, literal


@pytest.mark.parametrize(
    "text",
    [
        *(
            "10.0.0.1",
            "100.64.0.1",
            "240.0.0.1",
            "224.0.0.1",
            "fc00::1",
            "::1",
            "::ffff:10.0.0.1",
            "::10.0.0.1",
        ),
        *("64:ff9b::10.0.0.1", "2002:a00:1::", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "2001:db8::1"),
    ],
)
def test_an_address_inside_which_a_private_one_stands_is_private(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_an_address_of_the_internet_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0x7f.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("0", "0.0.0.0"),  # noqa: S104 - as text
        ("[::1]", "::1"),
        ("%31.0.0.1", "1.0.0.1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_is_known_in_every_spelling(host: str, address: str) -> None:
    assert literal(host) == ip_address(address)


@pytest.mark.parametrize(
    "host", ["example.com", "1.2.3.4.5", "256.1.1.1", "1.x.1.1", "x.1", "08", "0xg", "4294967296", "", "1..1"]
)
def test_what_is_no_address_is_none(host: str) -> None:
    assert literal(host) is None


def test_a_host_is_private_by_its_name_where_its_name_says_so() -> None:
    for host in ("localhost", "a.localhost", "db.internal", "printer", "nas.local.", "10.0.0.1"):
        assert is_plainly_private(host), host
    for host in ("example.com", "8.8.8.8", "internal.example.com"):
        assert not is_plainly_private(host), host


def test_the_host_of_a_url_is_plain_or_nothing() -> None:
    assert host_of("https://CRM.Example.com.:8443/x") == "crm.example.com"
    for url in ("nowhere", "https://", "https://x:99999/", "https://[::1/"):
        assert host_of(url) is None
