"""The line's sound as bytes: 8 kHz mu-law and PCM16, lengths, levels and WAV; knows no files and no clock."""

import audioop
import io
import math
import wave
from dataclasses import dataclass

from app.domain.call import Millis

RATE = 8_000
"""Samples a second on a telephone line (G.711)."""

BYTES_PER_MS = RATE // 1_000
"""Mu-law bytes that last one millisecond; PCM16 takes twice as many."""

SILENCE = b"\xff"
"""The mu-law byte that is no sound: positive zero."""

FLOOR_DBFS = -96.0
"""The level given to digital silence, which has none: the least that 16 bits could hold."""

_PCM = b"\x01\x00"
_LAWS = {b"\x06\x00": audioop.alaw2lin, b"\x07\x00": audioop.ulaw2lin}
"""The telephone's own codes, A-law and mu-law: eight bits for sixteen."""

_EXTENSIBLE = b"\xfe\xff"
_WIDTHS = range(1, 5)
_RATES = range(1_000, 400_001)
"""Samples a second from which a voice can be made: less is none, more is a broken header."""

_FULL_SCALE = 32_768
_DBFS = tuple(
    FLOOR_DBFS if rms == 0 else 20 * math.log10(rms / _FULL_SCALE) for rms in range(_FULL_SCALE + 1)
)


class BadWav(ValueError):  # noqa: N818 - it names the file's fault, as ValueError's children may
    """The bytes are no WAV file this program can play; the message says why in a few words."""


@dataclass(frozen=True, slots=True)
class Wav:
    """Decoded WAV: interleaved signed 16-bit little-endian samples."""

    pcm16: bytes
    rate: int
    channels: int


def to_pcm16(mulaw: bytes) -> bytes:
    """Return mu-law as signed 16-bit little-endian samples, twice as many bytes."""
    return audioop.ulaw2lin(mulaw, 2)


def to_mulaw(pcm16: bytes) -> bytes:
    """Return signed 16-bit little-endian samples as mu-law, half as many bytes."""
    return audioop.lin2ulaw(pcm16, 2)


def pcm_level(pcm16: bytes) -> float:
    """Return the level in dBFS (full-scale square wave = 0); `FLOOR_DBFS` for silence or no samples."""
    return _DBFS[audioop.rms(pcm16, 2)]


def mulaw_level(mulaw: bytes) -> float:
    """Return the level of mu-law audio in dBFS, as `pcm_level` does."""
    return _DBFS[audioop.rms(audioop.ulaw2lin(mulaw, 2), 2)]


def silence(duration: Millis) -> bytes:
    """Return that much mu-law silence; nothing for a negative duration."""
    return SILENCE * (duration * BYTES_PER_MS)


def mulaw_millis(length: int) -> Millis:
    """Return how long so many mu-law bytes last, rounded down."""
    return length // BYTES_PER_MS


def pcm_millis(length: int) -> Millis:
    """Return how long so many bytes of 8 kHz PCM16 last, rounded down."""
    return length // (2 * BYTES_PER_MS)


def tone(duration: Millis, hertz: int = 440, level_dbfs: float = -20.0) -> bytes:
    """Return a mu-law sine tone of that RMS level; whole periods repeat, so any length costs little."""
    peak = _FULL_SCALE * 10 ** (level_dbfs / 20) * math.sqrt(2)
    period = RATE // math.gcd(RATE, hertz)
    one = to_mulaw(
        b"".join(
            min(32_767, round(peak * math.sin(2 * math.pi * hertz * n / RATE))).to_bytes(
                2, "little", signed=True
            )
            for n in range(period)
        )
    )
    length = duration * BYTES_PER_MS
    return (one * (length // period + 1))[:length]


def read_wav(data: bytes) -> Wav:
    """Return the samples of a WAV (PCM, A-law, mu-law) as 16 bits, its rate and channels. Raises BadWav.

    The length in the header is not trusted: programs that write to a pipe leave nonsense there.
    """
    plain, code = _plain(data)
    try:
        with wave.open(io.BytesIO(plain)) as wav:
            width, channels, rate = wav.getsampwidth(), wav.getnchannels(), wav.getframerate()
            samples = wav.readframes(min(wav.getnframes(), len(data)))
    except (wave.Error, EOFError) as error:
        raise BadWav(_in_words(str(error))) from error
    if width not in _WIDTHS or rate not in _RATES:
        raise BadWav(f"{width * 8} bits at {rate} Hz cannot be played")
    samples = samples[: len(samples) - len(samples) % (width * channels)]
    if width == 1 and code in _LAWS:
        return Wav(_LAWS[code](samples, 2), rate, channels)
    if width == 1:  # eight-bit WAV is unsigned
        samples = audioop.bias(samples, 1, -128)
    return Wav(samples if width == 2 else audioop.lin2lin(samples, width, 2), rate, channels)  # noqa: PLR2004


def _plain(data: bytes) -> tuple[bytes, bytes]:
    """Return the file as if it were integer PCM where it can be read as such, and the code of its samples.

    Programs that write 24 bits describe them in the extensible form.
    """
    at = data.find(b"fmt ", 12) + 8
    if at < len(b"fmt ") + 8:
        return data, b""
    code = data[at : at + 2]
    if code == _EXTENSIBLE:
        code = data[at + 24 : at + 26]
    if code != _PCM and code not in _LAWS:
        return data, code
    return data[:at] + _PCM + data[at + 2 :], code


def _in_words(error: str) -> str:
    if error.startswith(("unknown format", "unknown extended format")):
        return f"its samples are neither integer PCM nor A-law nor mu-law ({error}): save it as 16-bit PCM"
    return error or "it ends too early"


def write_wav(pcm16: bytes, *, rate: int = RATE, channels: int = 1) -> bytes:
    """Return a WAV file of these interleaved samples."""
    out = io.BytesIO()
    with wave.open(out, "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(2)
        wav.setframerate(rate)
        wav.writeframes(pcm16)
    return out.getvalue()
