"""What the bot's own sound means to its ears and to the recording; sends nothing."""

from collections import deque

from app.domain.call import Millis
from app.media.audio import BYTES_PER_MS, FLOOR_DBFS, mulaw_level
from app.session.linetime import CallTime
from app.session.ports import VoiceDetector
from app.session.recorder import CallRecorder

LEVEL_MS: Millis = 200
"""The grain in which the detector is told how loud the bot is: about a syllable."""

_NEVER: Millis = 1 << 62


class BotSound:
    """Hears what the speaker sends: the detector expects its echo, the recording holds it."""

    __slots__ = ("_detector", "_levels", "_recorder", "_time", "level", "next_change_at")

    def __init__(self, detector: VoiceDetector, recorder: CallRecorder, time: CallTime) -> None:
        self._detector = detector
        self._recorder = recorder
        self._time = time
        self._levels: deque[tuple[Millis, float]] = deque()
        self.level: float = FLOOR_DBFS
        """How loud the bot is just now, in dBFS."""
        self.next_change_at = _NEVER
        """From this time of the process's clock on, `change` has something to do."""

    def bot_audio(self, mulaw: bytes, starts_at: Millis) -> None:
        """Take what the line will play from `starts_at` (process's clock)."""
        grain = LEVEL_MS * BYTES_PER_MS
        for offset in range(0, len(mulaw), grain):
            at = starts_at + offset // BYTES_PER_MS
            self._levels.append((at, mulaw_level(mulaw[offset : offset + grain])))
        self.next_change_at = self._levels[0][0]
        self._recorder.bot_audio(mulaw, self._time.of(starts_at))

    def bot_silenced(self, at: Millis) -> None:
        """Take that the line is silent from `at`: what was to sound later will not."""
        self._levels.clear()
        self.level = FLOOR_DBFS
        self.next_change_at = _NEVER
        self._detector.set_echo(None)
        self._recorder.bot_silenced(self._time.of(at))

    def change(self, now: Millis) -> None:
        """Tell the detector how loud the bot is at `now`."""
        levels = self._levels
        level = None
        while levels and levels[0][0] <= now:
            level = levels.popleft()[1]
        self.next_change_at = levels[0][0] if levels else _NEVER
        if level is not None:
            self.level = level
            self._detector.set_echo(level)
