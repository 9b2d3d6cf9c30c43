"""Who may do what: the roles of operators, and a person as the doors know one; knows no key and no page."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a key opens; each role may do what the ones before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def may(self, needed: "Role") -> bool:
        """Whether this role is enough where `needed` is asked for."""
        return _RANK[self] >= _RANK[needed]


_RANK: Final = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Person:
    """Who sends a request.

    `name` is that of the key. `csrf` is what a page must send back with whatever changes something; it is
    empty where no cookie speaks for the person. `key` is the key's number, None where none was needed.
    """

    name: str
    role: Role
    key: int | None = None
    csrf: str = ""
    is_signed_in: bool = False

    @property
    def identity(self) -> str:
        """Who it is among all: keys may share a name, and numbers are given once."""
        return self.name if self.key is None else f"key {self.key}"
