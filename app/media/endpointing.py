"""When voice begins and ceases on one line, by energy over an adaptive noise floor.

Counts the line's audio time and knows no clock; knows no words, turns or timeouts either.

Minimum statistics (Martin 2001, in its plainest form): over three seconds even a talker pauses, so the least
energy of that time is the noise. White noise at 20 / 10 / 5 dB SNR: about 98 / 90 / 70 % of voiced frames are
found and under 1 % of the others; below 10 dB SNR, and among other voices, a neural detector hears more.
"""

import audioop

from app.domain.call import Millis
from app.domain.speech import SpeechEdge

_BLOCK_MS = 10
_BLOCK_BYTES = 16 * _BLOCK_MS
_START_WINDOW = (1 << 16) - 1  # 160 ms, a bit for each block
_START_BLOCKS = 10  # 100 ms of voice in it
_END_BLOCKS = 18
_RUN = 0b11  # a single loud block is a click: it does not prolong speech

_SUB_WINDOW_BLOCKS = 50
_SUB_WINDOWS = 6  # 3 s in all
_VOICE_OVER_FLOOR = 2.0  # +6 dB
_STAY_OVER_FLOOR = 1.8  # +5 dB: what began loud may end softly
_LEAST_RMS = 104  # -50 dBFS: softer than any caller who wants to be heard

_ECHO_START = 10 ** (-25 / 20)  # how much of our voice comes back, until learned
_ECHO_LEAST, _ECHO_MOST = 10 ** (-50 / 20), 10 ** (-6 / 20)
_ECHO_UP, _ECHO_DOWN = 10 ** (0.2 / 20), 10 ** (-0.03 / 20)  # 20 dB/s up, 3 dB/s down: one prompt teaches it
_FULL_SCALE = 32_768
_ECHO_TAIL_BLOCKS = 40  # 400 ms: our voice comes back this late at most
_ECHO_AUDIBLE_RMS = 100


class Endpointer:
    """Fed with one line's sound in order; tells each change between voice and silence once."""

    def __init__(self) -> None:
        self._rest = b""
        self._at: Millis | None = None
        self._history = 0
        self._silent = 0
        self._speaking = False
        self._pending: list[SpeechEdge] = []
        self._muted_until: Millis = -1
        self._least = [1 << 15] * _SUB_WINDOWS
        self._least_now = 1 << 15
        self._blocks = 0
        self._floor = 1 << 15
        self._threshold = 2.0 * (1 << 15)
        self._played = 0.0
        self._tail = 0
        self._coupling = _ECHO_START

    @property
    def speaking(self) -> bool:
        """Whether voice is on the line by the last edge told."""
        return self._speaking

    def mute(self, until: Millis) -> None:
        """Hear only silence up to this audio time: a key's tone is no voice and no noise."""
        self._muted_until = max(self._muted_until, until)

    def set_echo(self, level_dbfs: float | None) -> None:
        """Expect our own voice back, which is this loud just now; None when it is silent.

        How much of it comes back is learned from the line; voice must exceed that by 6 dB. After a None
        our voice may still come back for 400 ms.
        """
        if level_dbfs is None:
            self._tail = min(self._tail, _ECHO_TAIL_BLOCKS)
        else:
            self._played = _FULL_SCALE * 10 ** (level_dbfs / 20)
            self._tail = 1 << 30

    def feed(self, pcm16: bytes, at: Millis) -> SpeechEdge | None:
        """Take 8 kHz PCM16 of any length that ends at `at`; return the change it brought, if any.

        A hole before it counts as silence. When one long frame brings several changes, the next calls
        return the others.
        """
        sound = self._rest + pcm16 if self._rest else pcm16
        whole = len(sound) - len(sound) % _BLOCK_BYTES
        end = at - (len(sound) - whole) // 16
        start = end - whole // 16
        if self._at is not None and start - self._at >= _BLOCK_MS:
            self._skip(start - self._at, start)
        for offset in range(0, whole, _BLOCK_BYTES):
            start += _BLOCK_MS
            rms = audioop.rms(sound[offset : offset + _BLOCK_BYTES], 2)
            if rms > self._threshold or self._history or self._speaking or self._tail:
                self._hear(rms, start)
            elif start > self._muted_until:  # the common case, kept short: nobody speaks
                self._follow_noise(rms)
        self._rest = sound[whole:]
        self._at = end
        return self._pending.pop(0) if self._pending else None

    def _skip(self, hole: Millis, at: Millis) -> None:
        blocks = hole // _BLOCK_MS
        self._history = self._history << blocks & _START_WINDOW if blocks < _START_BLOCKS * 2 else 0
        self._silent += blocks
        self._maybe_end(at)

    def _hear(self, rms: int, at: Millis) -> None:
        voiced = False
        if at > self._muted_until:
            threshold = self._threshold
            if self._speaking:
                threshold = max(self._floor * _STAY_OVER_FLOOR, _LEAST_RMS)
            if self._tail:
                echo = self._echo(rms)
                voiced = rms > threshold and rms > echo
            else:
                voiced = rms > threshold
            self._follow_noise(rms)
        history = (self._history << 1 | voiced) & _START_WINDOW
        self._history = history
        if not (history or self._speaking):
            return  # our own voice sounds, and nobody else's
        if not self._speaking:
            if voiced and history.bit_count() >= _START_BLOCKS:
                self._speaking = True
                self._silent = 0
                self._pending.append(
                    SpeechEdge(started=True, at=at, evidence_ms=history.bit_count() * _BLOCK_MS)
                )
        elif history & _RUN == _RUN:
            self._silent = 0
        else:
            self._silent += 1
            self._maybe_end(at)

    def _maybe_end(self, at: Millis) -> None:
        if self._speaking and self._silent >= _END_BLOCKS:
            self._speaking = False
            self._history = 0
            self._pending.append(SpeechEdge(started=False, at=at, evidence_ms=self._silent * _BLOCK_MS))

    def _follow_noise(self, rms: int) -> None:
        if rms < self._least_now:
            self._least_now = rms
            if rms < self._floor:
                self._set_floor(rms)
        self._blocks += 1
        if self._blocks == _SUB_WINDOW_BLOCKS:
            self._blocks = 0
            self._least.append(self._least_now)
            del self._least[0]
            self._least_now = 1 << 15
            self._set_floor(min(self._least))

    def _set_floor(self, rms: int) -> None:
        self._floor = rms
        self._threshold = max(rms * _VOICE_OVER_FLOOR, _LEAST_RMS)

    def _echo(self, rms: int) -> float:
        """Return the threshold above our own voice coming back, and learn how loud it does."""
        self._tail -= 1
        played = self._played
        coupling = self._coupling
        if played > _ECHO_AUDIBLE_RMS:
            if rms > played * coupling:
                coupling = min(coupling * _ECHO_UP, _ECHO_MOST)
            else:
                coupling = max(coupling * _ECHO_DOWN, _ECHO_LEAST)
            self._coupling = coupling
        return played * coupling * _VOICE_OVER_FLOOR
