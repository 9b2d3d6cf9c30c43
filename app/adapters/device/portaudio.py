"""The machine's microphone and loudspeaker by PortAudio (sounddevice, the extra `talk`).

Knows devices, rates and channels; gives and takes 8 kHz mono. Imported without the extra installed.
"""

import audioop
import contextlib
import importlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from app.adapters.device.ports import NoSound, Wires
from app.adapters.device.rates import HELD_BACK_MS, RateChanger
from app.media.audio import RATE

_BLOCK_S: Final = 0.02
_MONO, _STEREO = 1, 2

NOT_INSTALLED: Final = (
    "the sound library is not installed (pip install sounddevice; on Linux also libportaudio2)"
)


@dataclass(frozen=True, slots=True)
class _Side:
    """How one of the two is opened: the first of our wishes that the device agrees to."""

    device: int
    name: str
    rate: int
    channels: int


class PortAudioDevice:
    """The default microphone and loudspeaker, or those chosen by number or by a part of their name."""

    def __init__(self, library: Any, microphone: _Side, loudspeaker: _Side) -> None:  # noqa: ANN401 - untyped
        self._library = library
        self._microphone = microphone
        self._loudspeaker = loudspeaker
        self._streams: list[Any] = []
        self._closing = threading.Event()
        self.name = f"{microphone.name} and {loudspeaker.name}"

    @property
    def latency_ms(self) -> int:
        """How long sound takes from rendering to the ear, as far as the system knows."""
        if not self._streams:
            return 0
        held_back = 0 if self._loudspeaker.rate == RATE else HELD_BACK_MS
        return int(self._streams[-1].latency * 1_000) + held_back

    def start(self, wires: Wires) -> None:
        """Open both and begin. Raises NoSound."""
        microphone, loudspeaker = self._microphone, self._loudspeaker
        try:
            self._open("RawInputStream", microphone, _capture(wires, microphone), wires)
            self._open("RawOutputStream", loudspeaker, _render(wires, loudspeaker), wires)
            for stream in self._streams:
                stream.start()
        except self._library.PortAudioError as error:
            self.close()
            raise NoSound(f"the sound device cannot be opened: {_words(error)}") from None

    def close(self) -> None:
        """Stop both; waits for a block at most."""
        self._closing.set()
        streams, self._streams = self._streams, []
        for stream in streams:
            with contextlib.suppress(self._library.PortAudioError):  # it may be unplugged by now
                stream.close()

    def _open(self, kind: str, side: _Side, callback: Any, wires: Wires) -> None:  # noqa: ANN401 - untyped
        def finished() -> None:
            if not self._closing.is_set():
                wires.lost()

        self._streams.append(
            getattr(self._library, kind)(
                samplerate=side.rate,
                blocksize=int(side.rate * _BLOCK_S),
                device=side.device,
                channels=side.channels,
                dtype="int16",
                latency="low",
                callback=callback,
                finished_callback=finished,
            )
        )


def find_device(microphone: str = "", loudspeaker: str = "") -> PortAudioDevice:
    """Find the devices, opening none. Raises NoSound when there are none that will do."""
    library = _library()
    try:
        heard = _side(library, microphone, "input")
        spoken = _side(library, loudspeaker, "output")
    except (library.PortAudioError, ValueError) as error:
        raise NoSound(f"no sound device can be used: {_words(error)}") from None
    return PortAudioDevice(library, heard, spoken)


def _library() -> Any:  # noqa: ANN401 - untyped
    """Return sounddevice. Raises NoSound where it, or PortAudio under it, is missing."""
    try:
        return importlib.import_module("sounddevice")
    except ModuleNotFoundError:
        raise NoSound(NOT_INSTALLED) from None
    except OSError:  # it is there, the system's PortAudio is not
        raise NoSound("the system has no PortAudio library (on Linux: apt install libportaudio2)") from None


def _side(library: Any, wanted: str, kind: str) -> _Side:  # noqa: ANN401 - untyped
    device = int(wanted) if wanted.isdecimal() else (wanted or None)
    try:
        found = library.query_devices(device, kind)
    except library.PortAudioError:
        if wanted:
            raise
        what = "microphone" if kind == "input" else "loudspeaker"
        raise NoSound(f"this machine has no {what}") from None
    most = int(found[f"max_{kind}_channels"])
    own_rate = int(found["default_samplerate"])
    check = getattr(library, f"check_{kind}_settings")
    wishes = [
        (rate, channels) for rate in (RATE, own_rate) for channels in (_MONO, _STEREO) if channels <= most
    ]
    refusal = ""
    for rate, channels in wishes:
        try:
            check(device=found["index"], channels=channels, dtype="int16", samplerate=rate)
        except library.PortAudioError as error:
            refusal = _words(error)
        else:
            return _Side(int(found["index"]), str(found["name"]), rate, channels)
    raise NoSound(f"{found['name']} takes no telephone sound: {refusal or 'it has no channel'}")


def _capture(wires: Wires, side: _Side) -> Callable[..., None]:
    changer = RateChanger(side.rate, RATE)

    def captured(heard: Any, _frames: int, _time: object, _status: object) -> None:  # noqa: ANN401 - a buffer
        pcm = bytes(heard)
        if side.channels == _STEREO:
            pcm = audioop.tomono(pcm, 2, 0.5, 0.5)
        wires.captured(changer.change(pcm))

    return captured


def _render(wires: Wires, side: _Side) -> Callable[..., None]:
    changer = RateChanger(RATE, side.rate)
    block = int(RATE * _BLOCK_S)
    ready = bytearray()

    def rendered(wanted: Any, frames: int, _time: object, _status: object) -> None:  # noqa: ANN401 - a buffer
        needed = frames * 2
        while len(ready) < needed:
            ready.extend(changer.change(wires.render(block)))
        sound = bytes(ready[:needed])
        del ready[:needed]
        wanted[:] = audioop.tostereo(sound, 2, 1, 1) if side.channels == _STEREO else sound

    return rendered


def _words(error: Exception) -> str:
    """Return PortAudio's own words, on one line."""
    return " ".join(str(error.args[0] if error.args else error).split())
