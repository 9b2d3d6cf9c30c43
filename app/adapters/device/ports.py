"""What a sound device must do for the phone; knows no library of sound and no call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class NoSound(Exception):  # noqa: N818 - says what the machine has not
    """No microphone or loudspeaker can be used; one line says why."""


@dataclass(frozen=True, slots=True)
class Wires:
    """Where a device's sound goes and comes from. Called on the device's own thread; none of it blocks.

    All sound is 8 kHz signed 16-bit little-endian mono. `captured` takes what the microphone heard, of any
    length; `render` returns exactly so many samples for the loudspeaker; `lost` says that the device is gone.
    """

    captured: Callable[[bytes], None]
    render: Callable[[int], bytes]
    lost: Callable[[], None]


class SoundDevice(Protocol):
    """A microphone and a loudspeaker."""

    @property
    def name(self) -> str:
        """Both, in words for a person."""
        ...

    @property
    def latency_ms(self) -> int:
        """How long sound takes from `render` to the ear; known once it was started."""
        ...

    def start(self, wires: Wires) -> None:
        """Capture and render from now on. Raises NoSound."""
        ...

    def close(self) -> None:
        """Stop: when this returns, no wire is used any more. Idempotent; never raises."""
        ...
