import numpy as np
import pytest

from app.media.audio import mulaw_level, mulaw_millis, to_pcm16
from app.media.resampling import from_pcm16, level, resample, to_line, trim
from app.media.resampling import to_pcm16 as floats_to_pcm16


def sine(hertz, ms, rate=22_050, peak=0.3):
    return (peak * np.sin(2 * np.pi * hertz * np.arange(rate * ms // 1_000) / rate)).astype(np.float32)


def db(samples):
    return 10 * np.log10(np.mean(samples[200:-200] ** 2) + 1e-20)


def test_sound_above_the_line_s_band_does_not_fold_back_into_it():
    assert db(resample(sine(5_000, 500), 22_050)) < -70


def test_speech_s_band_keeps_its_level():
    for hertz in (300, 1_000, 3_300):
        assert db(resample(sine(hertz, 500), 22_050)) == pytest.approx(db(sine(hertz, 500)), abs=0.5)


def test_the_same_rate_and_no_samples_stay_as_they_are():
    sound = sine(300, 50, 8_000)
    assert resample(sound, 8_000) is sound
    assert len(resample(sound[:0], 22_050)) == 0


def test_quiet_edges_are_cut_to_their_lengths():
    quiet = np.zeros(8_000, np.float32)
    cut = trim(np.concatenate([quiet, sine(300, 500, 8_000), quiet]))
    assert len(cut) / 8 == pytest.approx(20 + 500 + 80, abs=10)


@pytest.mark.parametrize("length", [0, 5, 8_000])
def test_silence_is_neither_cut_nor_made_loud(length):
    quiet = np.zeros(length, np.float32)
    assert len(trim(quiet)) == length
    assert not level(quiet).any()


@pytest.mark.parametrize("peak", [0.01, 0.1, 0.9])
def test_any_voice_becomes_as_loud_as_the_line_wants_it(peak):
    assert mulaw_level(to_line(floats_to_pcm16(sine(400, 500, 8_000, peak)), 8_000)) == pytest.approx(
        -20, abs=1.5
    )


def test_a_sharp_peak_is_not_clipped():
    sound = sine(400, 500, 8_000, 0.01)
    sound[2_000] = 0.9
    assert np.abs(level(sound)).max() <= 0.91


def test_channels_are_mixed():
    stereo = np.repeat(floats_to_pcm16(np.array([0.5, -0.25], np.float32)), 1)
    assert from_pcm16(bytes(stereo), 2).tolist() == [0.125]
    stereo_line = to_line(b"\x00\x10\x00\x10" * 16_000, 16_000, 2)
    assert mulaw_millis(len(stereo_line)) == 1_000
    assert to_pcm16(stereo_line)
