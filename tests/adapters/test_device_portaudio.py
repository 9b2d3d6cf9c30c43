"""PortAudio by a library that is none: what is asked of it, and what its refusals become."""

import sys
import types

import pytest

from app.adapters.device import portaudio
from app.adapters.device.ports import NoSound, Wires
from app.adapters.device.rates import HELD_BACK_MS


class PortAudioError(Exception):
    pass


class Stream:
    def __init__(self, library, kind, options) -> None:
        if library.refuses_to_open:
            raise PortAudioError("Device unavailable", -9985)
        self.kind = kind
        self.options = options
        self.latency = 0.05
        self.is_started = self.is_closed = False
        library.streams.append(self)

    def start(self):
        self.is_started = True

    def close(self):
        self.is_closed = True
        self.options["finished_callback"]()


class Library(types.ModuleType):
    """Two devices; `rates` and `channels` are what they take."""

    def __init__(self, rates=(8_000,), channels=(1, 2), most=2, kinds=("input", "output")) -> None:
        super().__init__("sounddevice")
        self.PortAudioError = PortAudioError
        self.rates, self.channels, self.most, self.kinds = rates, channels, most, kinds
        self.streams: list[Stream] = []
        self.refuses_to_open = False
        self.asked: list[object] = []

    def query_devices(self, device, kind):
        self.asked.append(device)
        if kind not in self.kinds:
            raise PortAudioError("Error querying device -1")
        if device == "two":
            raise ValueError("Multiple devices found")
        return {
            "index": 3, "name": f"the {kind}", "default_samplerate": 48_000.0,
            "max_input_channels": self.most, "max_output_channels": self.most,
        }  # fmt: skip

    def check(self, **options):
        if options["samplerate"] not in self.rates or options["channels"] not in self.channels:
            raise PortAudioError("Invalid sample\nrate", -9997)

    check_input_settings = check_output_settings = check

    def __getattr__(self, name):
        if name in ("RawInputStream", "RawOutputStream"):
            return lambda **options: Stream(self, name, options)
        raise AttributeError(name)


@pytest.fixture
def install(monkeypatch):
    def installed(library):
        monkeypatch.setitem(sys.modules, "sounddevice", library)
        return library

    return installed


class Ends:
    def __init__(self) -> None:
        self.captured = bytearray()
        self.losses = 0
        self.wires = Wires(self.captured.extend, lambda samples: b"\x10\x20" * samples, self.lost)

    def lost(self):
        self.losses += 1


def test_a_device_that_takes_telephone_sound_is_opened_at_8_khz_mono(install):
    library = install(Library())
    ends, device = Ends(), portaudio.find_device()
    assert device.name == "the input and the output"
    assert device.latency_ms == 0
    device.start(ends.wires)
    microphone, loudspeaker = library.streams
    assert (microphone.kind, loudspeaker.kind) == ("RawInputStream", "RawOutputStream")
    assert all(stream.is_started for stream in library.streams)
    assert all(stream.options["samplerate"] == 8_000 for stream in library.streams)
    assert all(stream.options["channels"] == 1 for stream in library.streams)
    microphone.options["callback"](b"\x01\x00" * 160, 160, None, None)
    assert ends.captured == b"\x01\x00" * 160
    out = bytearray(320)
    loudspeaker.options["callback"](out, 160, None, None)
    assert out == b"\x10\x20" * 160
    assert device.latency_ms == 50
    device.close()
    device.close()
    assert all(stream.is_closed for stream in library.streams)
    assert ends.losses == 0


def test_a_device_with_a_rate_and_channels_of_its_own_is_adapted_to(install):
    library = install(Library(rates=(48_000,), channels=(2,)))
    ends, device = Ends(), portaudio.find_device("1", "loud")
    assert library.asked == [1, "loud"]
    device.start(ends.wires)
    microphone, loudspeaker = library.streams
    assert microphone.options["samplerate"] == 48_000
    assert microphone.options["channels"] == 2
    for _ in range(50):
        microphone.options["callback"](bytes(960 * 4), 960, None, None)
    assert 0.9 * 16_000 < len(ends.captured) <= 16_000
    for _ in range(20):
        out = bytearray(960 * 4)
        loudspeaker.options["callback"](out, 960, None, None)
        assert len(out) == 960 * 4
    assert out[:2] == out[2:4]
    assert device.latency_ms == 50 + HELD_BACK_MS
    device.close()


def test_a_stream_that_ends_by_itself_is_a_lost_device(install):
    library = install(Library())
    ends, device = Ends(), portaudio.find_device()
    device.start(ends.wires)
    library.streams[0].options["finished_callback"]()
    assert ends.losses == 1
    device.close()


@pytest.mark.parametrize(
    ("library", "wanted", "line"),
    [
        (Library(kinds=()), "", "this machine has no microphone"),
        (Library(kinds=("input",)), "", "this machine has no loudspeaker"),
        (Library(kinds=()), "7", "no sound device can be used: Error querying device -1"),
        (Library(), "two", "no sound device can be used: Multiple devices found"),
        (Library(rates=()), "", "the input takes no telephone sound: Invalid sample rate"),
        (Library(most=0), "", "the input takes no telephone sound: it has no channel"),
    ],
)
def test_a_device_that_will_not_do_is_refused_in_one_line(install, library, wanted, line):
    install(library)
    with pytest.raises(NoSound) as refused:
        portaudio.find_device(wanted, "")
    assert str(refused.value) == line


def test_a_device_that_another_program_holds_is_refused_in_one_line(install):
    library = install(Library())
    device = portaudio.find_device()
    library.refuses_to_open = True
    with pytest.raises(NoSound, match=r"cannot be opened: Device unavailable$"):
        device.start(Ends().wires)


def test_a_missing_library_is_named_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(NoSound, match="pip install sounddevice"):
        portaudio.find_device()


def test_a_system_without_portaudio_is_told_so(monkeypatch):
    def broken(_name):
        raise OSError("PortAudio library not found")

    monkeypatch.setattr(portaudio.importlib, "import_module", broken)
    with pytest.raises(NoSound, match="libportaudio2"):
        portaudio.find_device()
