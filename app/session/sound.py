"""What the bot's own sound means to its ears and to the recording; sends nothing."""

import audioop

from app.domain.call import Millis
from app.session.linetime import CallTime
from app.session.ports import VoiceDetector
from app.session.recorder import CallRecorder


class BotSound:
    """Hears what the speaker sends: the detector expects its echo, the recording holds it."""

    def __init__(self, detector: VoiceDetector, recorder: CallRecorder, time: CallTime) -> None:
        self._detector = detector
        self._recorder = recorder
        self._time = time

    def bot_audio(self, mulaw: bytes, starts_at: Millis) -> None:
        """Take what the line will play from `starts_at` (process's clock)."""
        self._detector.set_echo(float(audioop.rms(audioop.ulaw2lin(mulaw, 2), 2)))
        self._recorder.bot_audio(mulaw, self._time.of(starts_at))

    def bot_silenced(self, at: Millis) -> None:
        """Take that the line is silent from `at`: what was to sound later will not."""
        self._detector.set_echo(0.0)
        self._recorder.bot_silenced(self._time.of(at))
