"""Which hosts a message may go to: names are resolved here, once, and the addresses that came are judged."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from app.domain.addresses import Address, is_public, literal

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses of a host, as text. Raises OSError."""


class NotAllowedError(ValueError):
    """A message must not go there; one line says why."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The private hosts and networks that messages may go to all the same."""

    names: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, text: str) -> "Allowed":
        """Read names, addresses and networks, separated by commas. Raises ValueError."""
        names: set[str] = set()
        networks: list[IPv4Network | IPv6Network] = []
        for word in filter(None, (part.strip() for part in text.split(","))):
            if "/" in word or literal(word) is not None:
                networks.append(ip_network(str(literal(word) or word)))
            else:
                names.add(word.lower().rstrip("."))
        return cls(frozenset(names), tuple(networks))

    def has(self, host: str, address: Address) -> bool:
        """Whether this host, found at this address, is one of them."""
        return host in self.names or any(
            address in net for net in self.networks if net.version == address.version
        )


class Guard:
    """Finds the addresses of a host that a message may go to."""

    def __init__(self, allowed: Allowed, resolve: Resolve | None = None) -> None:
        self._allowed = allowed
        self._resolve = resolve or _resolved

    async def addresses(self, host: str, port: int, *, encrypted: bool) -> tuple[Address, ...]:
        """Return where to connect; nothing else may be asked again. Raises NotAllowedError, OSError.

        A host with one address that is private is refused whole. What is not encrypted goes to allowed
        hosts alone.
        """
        written = literal(host)
        found = [written] if written is not None else _read(await self._resolve(host, port))
        if not found:
            raise OSError(f"{host} has no address")
        for address in found:
            if self._allowed.has(host, address):
                continue
            if not is_public(address):
                raise NotAllowedError("the host is one of this machine or of a private network")
            if not encrypted:
                raise NotAllowedError("without encryption nothing is sent to a public host")
        return tuple(found)


def _read(texts: Sequence[str]) -> list[Address]:
    return [ip_address(text.partition("%")[0]) for text in texts]


async def _resolved(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(info[4][0]) for info in found]
