"""In which order a call hears what comes by lot: the parts of sections, the choices of questions.

An order depends on the call's seed and the step's name alone.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

from app.flows.asked import Choice, Order, Pin, Select

_T = TypeVar("_T")


def drawn(name: str, parts: Sequence[_T], order: Order, seed: str, pick: int | None = None) -> tuple[_T, ...]:
    """Return the parts that a call takes, in its order. The same seed draws the same."""
    count = pick or len(parts)
    if order is Order.ROTATE:
        first = _lot(seed, name, 0) % len(parts)
        return tuple([*parts[first:], *parts[:first]][:count])
    tickets = [_lot(seed, name, number) for number in range(len(parts))]
    picked = sorted(range(len(parts)), key=tickets.__getitem__)[:count]
    return tuple(parts[number] for number in (picked if order is Order.RANDOM else sorted(picked)))


def pinned(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Return the choices with those that are pinned at their ends, otherwise in their order."""
    return tuple(sorted(choices, key=lambda choice: _ENDS[choice.pinned]))


def choices_heard(step: Select, seed: str) -> tuple[Choice, ...]:
    """Return the choices of a question in the order that this call hears them."""
    if step.order is Order.FIXED:
        return step.choices
    free = [choice for choice in step.choices if choice.pinned is None]
    lot = drawn(step.name, free, step.order, seed) if free else ()
    return pinned((*lot, *(choice for choice in step.choices if choice.pinned is not None)))


_ENDS = {Pin.FIRST: 0, None: 1, Pin.LAST: 2}


def _lot(seed: str, name: str, number: int) -> int:
    return int.from_bytes(sha256(f"{seed}\n{name}\n{number}".encode()).digest()[:8], "big")
