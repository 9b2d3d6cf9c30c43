"""What a flow asks of the world besides speech: places in a quota, messages, wishes to keep. Knows no wire.

An errand is a value: it is written to the log as it is, and may be run again under the same number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from app.domain.call import Millis, Value


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a quota: no more than `target` completed calls count in it."""

    name: str
    target: int


@dataclass(frozen=True, slots=True)
class ReserveQuota:
    """Reserve a place for this call in each of these cells of `flow`, or in none when one is full.

    Its places in other cells of the flow are released, so that no cells mean that it shall have none.
    """

    flow: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """Send `body` as JSON to `url` by HTTP POST.

    `headers` may refer to secrets as `${secret.NAME}`; the secrets themselves stand nowhere. `wanted` are
    the reply's keys that are asked for. With `waits` false, it is done once it is stored. A `sensitive`
    one's url, body and reply stand in no log.
    """

    url: str
    body: Mapping[str, Value]
    headers: Mapping[str, str] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    timeout_ms: Millis = 5_000
    waits: bool = True
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class OptOut:
    """Keep that the caller's number must never be called again."""

    step: str


@dataclass(frozen=True, slots=True)
class KeepCallback:
    """Keep that the caller wants to be called back at the moment `at`, which they gave in `zone`.

    `at` is ISO 8601 with its offset, or empty for no time in particular; an empty `number` is their own.
    """

    step: str
    at: str
    zone: str
    number: str = ""


Errand: TypeAlias = ReserveQuota | Post | OptOut | KeepCallback


@dataclass(frozen=True, slots=True)
class ErrandResult:
    """What came of an errand.

    `reason` says in one word why it is not `ok`: full, timeout, unavailable, refused (by us or the other
    side), garbled, unreachable. `values` are what the reply brought, unchecked.
    """

    ok: bool
    reason: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
