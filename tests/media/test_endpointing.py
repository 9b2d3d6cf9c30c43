import pytest

from app.media.audio import to_pcm16
from app.media.endpointing import Endpointer
from tests.fakes.sounds import add, needs_espeak, noise, say

QUIET, VOICE = 30, 3_000


def edges_of(parts, *, frame_ms=20, endpointer=None):
    """Feed a list of (ms, rms) and return the edges as (started, at, evidence_ms)."""
    endpointer = endpointer or Endpointer()
    sound = b"".join(noise(ms, rms) for ms, rms in parts)
    found = []
    for begin in range(0, len(sound), 16 * frame_ms):
        frame = sound[begin : begin + 16 * frame_ms]
        edge = endpointer.feed(frame, (begin + len(frame)) // 16)
        if edge is not None:
            found.append((edge.started, edge.at, edge.evidence_ms))
    return found


def test_voice_is_told_after_100_ms_and_its_end_after_180():
    assert edges_of([(1_000, QUIET), (500, VOICE), (500, QUIET)]) == [(True, 1_100, 100), (False, 1_680, 180)]


@pytest.mark.parametrize("frame_ms", [1, 7, 10, 20, 33, 60])
def test_the_length_of_frames_changes_nothing(frame_ms):
    edges = edges_of([(1_000, QUIET), (500, VOICE), (500, QUIET)], frame_ms=frame_ms)
    assert edges == [(True, 1_100, 100), (False, 1_680, 180)]


def test_one_long_frame_gives_all_its_edges_one_by_one():
    endpointer = Endpointer()
    sound = noise(1_000, QUIET) + noise(500, VOICE) + noise(500, QUIET)
    first = endpointer.feed(sound, 2_000)
    second = endpointer.feed(b"", 2_000)
    assert (first.started, first.at) == (True, 1_100)
    assert (second.started, second.at) == (False, 1_680)
    assert endpointer.feed(b"", 2_000) is None


def test_a_click_is_no_voice():
    assert edges_of([(1_000, QUIET), (80, VOICE), (500, QUIET), (60, VOICE), (500, QUIET)]) == []


def test_broken_voice_counts_when_100_of_160_ms_are_voiced():
    broken = [(40, VOICE), (20, QUIET)] * 4
    assert edges_of([(1_000, QUIET), *broken])[0] == (True, 1_140, 100)


def test_the_100_ms_of_voice_must_lie_within_160():
    for gap, begins in ((60, [(True, 1_160, 100)]), (70, [])):
        parts = [(1_000, QUIET), (10, VOICE), (gap, QUIET), (90, VOICE), (140, QUIET)]
        assert edges_of(parts, frame_ms=10)[:1] == begins


def test_a_short_pause_inside_a_word_ends_nothing():
    edges = edges_of([(500, QUIET), (300, VOICE), (150, QUIET), (300, VOICE), (400, QUIET)])
    assert [started for started, *_ in edges] == [True, False]
    assert edges[1][1] == 500 + 300 + 150 + 300 + 180


def test_a_click_after_voice_does_not_prolong_it():
    edges = edges_of([(500, QUIET), (300, VOICE), (100, QUIET), (10, VOICE), (300, QUIET)])
    assert edges[1] == (False, 980, 180)


def test_whispering_below_the_least_level_is_silence():
    assert edges_of([(1_000, 5), (1_000, 60)]) == []


def test_louder_noise_is_taken_for_noise_after_three_seconds():
    endpointer = Endpointer()
    edges = edges_of([(1_000, QUIET), (5_000, 300)], endpointer=endpointer)
    assert [started for started, *_ in edges] == [True, False]
    assert edges[1][1] <= 1_000 + 3_700
    assert not endpointer.speaking


def test_a_long_sentence_with_pauses_does_not_become_the_noise():
    edges = edges_of([(1_000, QUIET), *[(700, VOICE), (100, QUIET)] * 8, (400, QUIET)])
    assert [started for started, *_ in edges] == [True, False]


def test_a_key_s_tone_is_no_voice():
    endpointer = Endpointer()
    endpointer.mute(1_500)
    assert edges_of([(1_000, QUIET), (500, VOICE), (500, QUIET)], endpointer=endpointer) == []


def test_a_key_in_the_middle_of_voice_counts_as_silence():
    endpointer = Endpointer()
    endpointer.feed(noise(500, QUIET), 500)
    assert endpointer.feed(noise(200, VOICE), 700).started
    endpointer.mute(1_100)
    edge = endpointer.feed(noise(400, VOICE), 1_100)
    assert (edge.started, edge.at) == (False, 880)


def test_a_hole_in_the_media_is_silence():
    endpointer = Endpointer()
    endpointer.feed(noise(500, QUIET), 500)
    assert endpointer.feed(noise(200, VOICE), 700).started
    edge = endpointer.feed(noise(20, QUIET), 1_020)
    assert (edge.started, edge.at, edge.evidence_ms) == (False, 1_000, 300)


def test_a_short_hole_ends_nothing():
    endpointer = Endpointer()
    endpointer.feed(noise(500, QUIET), 500)
    endpointer.feed(noise(60, VOICE), 560)
    assert endpointer.feed(noise(60, VOICE), 640).started
    assert endpointer.feed(noise(60, VOICE), 720) is None


def test_our_own_echo_is_no_barge_in():
    endpointer = Endpointer()
    endpointer.set_echo(-20.0)  # coming back 32 dB weaker: above the bare line's threshold
    assert edges_of([(500, 82), (3_000, 150)], endpointer=endpointer) == []


def test_without_our_voice_the_same_sound_is_a_caller():
    assert edges_of([(500, QUIET), (500, 150)])[0][0]


@pytest.mark.parametrize(("bot_dbfs", "is_heard"), [(-35.0, True), (-10.0, False)])
def test_the_threshold_follows_the_level_of_the_bots_own_voice(bot_dbfs, is_heard):
    endpointer = Endpointer()
    endpointer.set_echo(bot_dbfs)
    assert bool(edges_of([(500, QUIET), (400, 500)], endpointer=endpointer)) is is_heard


def test_a_bot_too_soft_to_come_back_hides_no_voice():
    endpointer = Endpointer()
    endpointer.set_echo(-60.0)
    assert edges_of([(500, QUIET), (400, 500)], endpointer=endpointer)[0] == (True, 600, 100)


def test_a_caller_over_our_voice_is_heard():
    endpointer = Endpointer()
    endpointer.set_echo(-20.0)
    assert edges_of([(500, 82), (400, 2_000)], endpointer=endpointer)[0] == (True, 600, 100)


def test_a_strong_echo_is_learned_within_one_prompt():
    endpointer = Endpointer()
    endpointer.set_echo(-20.0)
    edges = edges_of([(300, QUIET), (2_500, 900), (300, QUIET), (1_500, 900)], endpointer=endpointer)
    assert [started for started, *_ in edges] == [True, False]  # the first time only
    assert edges[1][1] < 1_500


def test_the_echo_s_tail_is_still_ours_and_then_it_is_not():
    endpointer = Endpointer()
    endpointer.set_echo(-20.0)
    endpointer.feed(noise(500, 20), 500)
    endpointer.set_echo(None)
    assert endpointer.feed(noise(300, 150), 800) is None
    assert endpointer.feed(noise(300, 150), 1_100).started


@needs_espeak
@pytest.mark.parametrize(
    ("snr_db", "hit", "false_alarm"), [(40, 0.97, 0.03), (30, 0.97, 0.03), (20, 0.92, 0.01), (10, 0.75, 0.01)]
)
def test_voices_in_white_noise_are_found_about_as_often_as_measured(snr_db, hit, false_alarm):
    gap = b"\xff" * 8_000
    words = [
        say("I would like to make an appointment please"),
        say("four one five", "en-us+f3"),
        say("yes", "en-gb"),
    ]
    clean = to_pcm16(gap + gap.join(words) + gap)
    pcm = add(clean, noise(len(clean) // 16 + 1, round(32_768 * 10 ** ((-20 - snr_db) / 20))))
    voiced = [_loud(clean[at : at + 320]) for at in range(0, len(clean) - 319, 320)]
    heard = [False] * len(voiced)
    endpointer = Endpointer()
    for n in range(len(voiced)):
        edge = endpointer.feed(pcm[n * 320 : n * 320 + 320], 20 * n + 20)
        if edge is not None:
            back = edge.evidence_ms // 20
            heard[max(0, n - back + 1) : n + 1] = [edge.started] * min(back, n + 1)
        heard[n] = endpointer.speaking
    _bridge(voiced)
    hits = sum(h and v for h, v in zip(heard, voiced, strict=True)) / sum(voiced)
    alarms = sum(h and not v for h, v in zip(heard, voiced, strict=True)) / voiced.count(False)
    assert hits >= hit
    assert alarms <= false_alarm


def _loud(pcm):
    samples = memoryview(pcm).cast("h")
    return sum(s * s for s in samples) / len(samples) > 184**2  # -45 dBFS


def _bridge(voiced, most=8):
    """Count the gaps inside words as voice, as the detector's hang does."""
    last = None
    for n, loud in enumerate(list(voiced)):
        if loud:
            if last is not None and n - last <= most:
                voiced[last:n] = [True] * (n - last)
            last = n
