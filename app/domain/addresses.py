"""Which network addresses belong to everybody, and which to one machine or one network; asks no resolver."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias
from urllib.parse import unquote, urlsplit

Address: TypeAlias = IPv4Address | IPv6Address

_TRANSLATED: Final = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
"""IPv6 addresses whose last 32 bits are an IPv4 address behind a translator (RFC 6052, RFC 8215)."""

_COMPATIBLE: Final = ip_network("::/96")
"""The old way of writing an IPv4 address as an IPv6 one (RFC 4291, 2.5.5.1)."""

_OWN: Final = (
    *(ip_network(net) for net in ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24")),
    *(ip_network(net) for net in ("198.18.0.0/15", "240.0.0.0/4", "fec0::/10", "2001::/23", "100::/64")),
    *(ip_network(net) for net in ("2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7")),
)
"""Nets that are nobody's on the internet, whatever this Python's tables say of them."""

_LOCAL_NAMES: Final = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "localdomain")


def is_public(address: Address) -> bool:
    """Whether everybody can be meant by this address: neither it nor one inside it is private."""
    return all(_is_global(each) for each in _meant_by(address))


def host_of(url: str) -> str | None:
    """Return the host that a URL names, in small letters, without a last dot; None where it names none."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return None
    return host.lower().rstrip(".") if host else None


def literal(host: str) -> Address | None:
    """Return the address that a host is, in any spelling that a resolver takes for one; else None.

    `0x7f.1`, `2130706433` and `0177.0.0.1` are all 127.0.0.1.
    """
    bare = unquote(host).strip("[]").partition("%")[0]
    try:
        return ip_address(bare)
    except ValueError:
        return _old_spelling(bare)


def is_plainly_private(host: str) -> bool:
    """Whether a host is private by its spelling alone, before any resolver is asked."""
    address = literal(host)
    if address is not None:
        return not is_public(address)
    name = host.lower().rstrip(".")
    return "." not in name or any(name == own or name.endswith(f".{own}") for own in _LOCAL_NAMES)


def _is_global(address: Address) -> bool:
    is_usual = address.is_global and not (address.is_multicast or address.is_reserved)
    return is_usual and not any(address in net for net in _OWN if net.version == address.version)


def _meant_by(address: Address) -> Iterator[Address]:
    """Yield the address, or the IPv4 addresses that it stands for."""
    if isinstance(address, IPv4Address):
        yield address
        return
    inner = [each for each in (address.ipv4_mapped, address.sixtofour) if each is not None]
    if address.teredo is not None:
        inner += address.teredo
    if any(isinstance(net, IPv6Network) and address in net for net in (*_TRANSLATED, _COMPATIBLE)):
        inner.append(IPv4Address(int(address) & 0xFFFF_FFFF))
    yield from inner
    if address.ipv4_mapped is None and not any(address in net for net in _TRANSLATED):
        yield address


def _old_spelling(host: str) -> IPv4Address | None:
    """Read an IPv4 address as the C library does: one to four numbers, decimal, octal or hexadecimal."""
    parts = host.rstrip(".").split(".")
    if not 1 <= len(parts) <= 4:  # noqa: PLR2004 - an address has four bytes
        return None
    numbers = [_number(part) for part in parts]
    *heads, last = numbers
    if last is None or last >= 256 ** (5 - len(parts)):
        return None
    value = last
    for place, head in enumerate(heads):
        if head is None or head > 255:  # noqa: PLR2004 - a byte
            return None
        value += head << (24 - 8 * place)
    return IPv4Address(value)


def _number(text: str) -> int | None:
    if not text.isascii() or not text.isalnum():
        return None
    for prefix, base in (("0x", 16), ("0", 8), ("", 10)):
        if text.lower().startswith(prefix) and text != "0":
            try:
                return int(text[len(prefix) :] or "0", base)
            except ValueError:
                return None
    return 0
