"""The names of a file under which the flow knows them: what a repeat numbers, what a flow is run as.

Knows the shape of CEL's tokens, and no steps.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

ITEM: Final = "item"
"""What a round of a repeat calls the thing that it is about."""

NUMBER: Final = "number"
"""What a round of a repeat calls its number, which counts from 1."""

_TOKEN: Final = re.compile(
    r"""[rRbB]{0,2}(?:\"(?:[^"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|(?P<name>(?<![\w.])[A-Za-z_]\w*)"""
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What the names of a file mean at one place of it.

    `names` maps what the file calls a step or an answer to what the flow calls it. `constants` are names
    that stand for a text of CEL. `said` is what a prompt says for a constant, by language. Steps without a
    name of their own are marked by `before` and `behind`.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    before: str = ""
    behind: str = ""

    def own(self, name: str) -> str:
        """Return what the flow calls this name of the file; a name that nothing has stays as it is."""
        return self.names.get(name, name)

    def marked(self, name: str) -> str:
        """Return what the flow calls a step that has no name in the file."""
        return f"{self.before}{name}{self.behind}"

    def expression(self, source: str) -> str:
        """Return the expression with the names of the flow."""

        def renamed(found: re.Match[str]) -> str:
            name = found["name"]
            if name is None:
                return found[0]
            return self.constants.get(name) or self.own(name)

        return _TOKEN.sub(renamed, source) if self.names or self.constants else source

    def spoken(self, source: str, language: str) -> str | None:
        """Return what a hole of a prompt says that is a constant's bare name; None where it is not."""
        name = source.strip()
        return self.said.get(name, {}).get(language) or _plain(self.constants.get(name))

    def round(
        self, inside: Iterable[str], number: int, item: str | None, labels: Mapping[str, str] | None
    ) -> "Frame":
        """Return the frame of one round: the names inside are numbered, the item and its number known."""
        behind = f"_{number}"
        constants = {**self.constants, NUMBER: str(number)}
        said = dict(self.said)
        if item is not None:
            constants[ITEM] = f'"{item}"'
            said[ITEM] = labels or {}
        names = {**self.names, **{name: self.own(name) + behind for name in inside}}
        return replace(self, names=names, constants=constants, said=said, behind=self.behind + behind)


def run_as(names: Iterable[str], prefix: str) -> Frame:
    """Return the frame of a flow whose names begin with the prefix."""
    return Frame({name: f"{prefix}{name}" for name in names}, before=prefix)


def _plain(constant: str | None) -> str | None:
    return None if constant is None else constant.strip('"')
