"""A call's leg on this machine's own microphone and loudspeaker; decides nothing.

The device's thread hands over to the loop and is never kept waiting.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from app.adapters.device.player import Player
from app.adapters.device.ports import SoundDevice, Wires
from app.domain.call import Millis
from app.media.audio import BYTES_PER_MS, FLOOR_DBFS, RATE, SILENCE, pcm_level, to_mulaw, to_pcm16
from app.session.admission import LiveCall
from app.session.ports import Clock

FRAME_MS: Final[Millis] = 20
ECHO_TAIL_MS: Final[Millis] = 300
"""A room rings and buffers lag: so long after its last sound the bot may still be in the microphone."""

_FRAME_BYTES: Final = FRAME_MS * BYTES_PER_MS * 2
_FRAME_SILENCE: Final = SILENCE * (FRAME_MS * BYTES_PER_MS)


class HandOver:
    """How long frames waited for the loop: what delays every reaction of this phone."""

    __slots__ = ("frames", "longest_ms", "total_ms")

    def __init__(self) -> None:
        self.frames = 0
        self.total_ms: Millis = 0
        self.longest_ms: Millis = 0

    def took(self, waited_ms: Millis) -> None:
        """Count one frame."""
        self.frames += 1
        self.total_ms += waited_ms
        self.longest_ms = max(self.longest_ms, waited_ms)


class DeviceLeg:
    """The Carrier port over a sound device. Belongs to the running loop.

    With `headset` the microphone is always heard, so the caller may talk over the bot. Without, it is deaf
    while the loudspeaker sounds: else the bot would hear its own "say yes" and take it for an answer.
    """

    def __init__(self, device: SoundDevice, clock: Clock, *, headset: bool = False) -> None:
        self._device = device
        self._clock = clock
        self._headset = headset
        self._loop = asyncio.get_running_loop()
        self._player = Player()
        self._call: LiveCall | None = None
        self._captured = bytearray()
        self._captured_ms: Millis = 0
        self._is_closed = False
        self.hand_over = HandOver()
        self.caller_dbfs = FLOOR_DBFS
        """How loud the microphone was in the last frame."""
        self.bot_dbfs = FLOOR_DBFS
        """How loud the loudspeaker is."""
        self.transfer_refused = ""
        """The number nobody could be handed over to; empty when it was not tried."""
        self.is_lost = False
        """The device went away in the middle of the call."""

    def start(self) -> None:
        """Begin to capture and to play. Raises NoSound; then nothing has to be let go of."""
        self._device.start(Wires(self._capture, self._render, self._lost))
        self._player.set_latency(self._device.latency_ms * RATE // 1_000)

    def connect(self, call: LiveCall) -> None:
        """Let this call hear the microphone from now on; what was captured before is nobody's."""
        self._call = call
        if self.is_lost:
            call.stopped()

    def send_audio(self, mulaw: bytes) -> None:
        """Queue mu-law audio of any length."""
        self._player.queue(to_pcm16(mulaw))

    def send_mark(self, name: str) -> None:
        """Ask for this mark once everything before it was heard."""
        self._player.mark(name)

    def clear(self) -> None:
        """Fall silent at once; outstanding marks come back, not within this call."""
        for name in self._player.clear():
            self._loop.call_soon(self._echo, name)

    async def hang_up(self) -> None:
        """Let go of the device. Idempotent; never raises."""
        if not self._is_closed:
            self._is_closed = True
            # Closing waits for the device's thread, which may be in the middle of a block.
            await asyncio.to_thread(self._device.close)

    async def close(self) -> None:
        """Let go of the device: here the line and the call are one."""
        await self.hang_up()

    async def transfer(self, to: str) -> bool:
        """Refuse: nobody else can be reached from here."""
        self.transfer_refused = to
        return False

    # -- on the device's thread ----------------------------------------------------------------------

    def _capture(self, pcm16: bytes) -> None:
        self._captured += pcm16
        while len(self._captured) >= _FRAME_BYTES:
            frame = bytes(self._captured[:_FRAME_BYTES])
            del self._captured[:_FRAME_BYTES]
            self.caller_dbfs = pcm_level(frame)
            mulaw = _FRAME_SILENCE if self._is_deaf() else to_mulaw(frame)
            self._hand_over(self._heard, mulaw, self._captured_ms, self._clock.now())
            self._captured_ms += FRAME_MS

    def _is_deaf(self) -> bool:
        return not self._headset and self._player.sounds_within(ECHO_TAIL_MS * RATE // 1_000)

    def _render(self, samples: int) -> bytes:
        sound, marks = self._player.render(samples)
        self.bot_dbfs = pcm_level(sound)
        for name in marks:
            self._hand_over(self._echo, name)
        return sound

    def _lost(self) -> None:
        self._hand_over(self._gone)

    def _hand_over(self, to: Callable[..., None], *arguments: object) -> None:
        if not self._is_closed:
            self._loop.call_soon_threadsafe(to, *arguments)

    # -- on the loop's thread ------------------------------------------------------------------------

    def _heard(self, mulaw: bytes, timestamp_ms: Millis, since: Millis) -> None:
        self.hand_over.took(self._clock.now() - since)
        if self._call is not None:
            self._call.audio(mulaw, timestamp_ms)

    def _echo(self, name: str) -> None:
        if self._call is not None:
            self._call.mark(name)

    def _gone(self) -> None:
        self.is_lost = True
        if self._call is not None:
            self._call.stopped()
