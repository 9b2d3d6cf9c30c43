"""Which keys still belong to an entry that was over before its caller had ended it."""

from dataclasses import dataclass, replace

from app.domain.call import Millis
from app.engine.timing import KEY_PAUSE_MS
from app.flows.sprint import Expect, Given, NoMatch


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of an entry whose last key so far came at `key_at`.

    `end_key` is its last one, `end_key_within_ms` of the key before. While an entry that was no answer
    `is_typed_on`, it has every key that follows within `pause_ms`: its caller goes on with what they began.
    """

    end_key: str
    end_key_within_ms: Millis
    pause_ms: Millis
    key_at: Millis
    is_typed_on: bool
    sensitive: bool = False

    def still(self, at: Millis) -> "Tail | None":
        """Return what may still come of the entry at this time."""
        gap = at - self.key_at
        if self.is_typed_on and gap <= self.pause_ms:
            return self
        return replace(self, is_typed_on=False) if gap <= self.end_key_within_ms else None

    def takes(self, key: str) -> bool:
        """Whether a key pressed now belongs to the entry."""
        return self.is_typed_on or key == self.end_key

    def after(self, key: str, at: Millis) -> "Tail | None":
        """Return what may still come of the entry after a key of it; the terminator is the last."""
        return None if key == self.end_key else replace(self, key_at=at)


def tail_of(expect: Expect, entry: str, outcome: Given, at: Millis) -> Tail | None:
    """Return what may still come of an entry that is over, or None where the terminator has ended it."""
    policy = expect.policy
    if policy.end_key and entry.endswith(policy.end_key):
        return None
    return Tail(
        policy.end_key,
        policy.inter_digit_ms,
        # Where an author takes a shorter pause for an entry's end, it ends a failed one, too.
        min(KEY_PAUSE_MS, policy.inter_digit_ms),
        at,
        is_typed_on=isinstance(outcome, NoMatch),
        sensitive=expect.sensitive,
    )


def untaken(tail: Tail | None, keys: str, at: Millis) -> tuple[Tail | None, str]:
    """Return what may still come of the entry, and what it leaves of these keys, pressed at once."""
    while keys and tail is not None and tail.takes(keys[0]):
        tail, keys = tail.after(keys[0], at), keys[1:]
    return (None if keys else tail), keys
