"""The softphone's own work in its browser: companding, resampling, what is played, its transcript."""

import array
import audioop
from typing import Any

import pytest

from tests.console.conftest import Console

RESAMPLED = """async ([from, to, hertz]) => {
    const { Resampler } = await import("/static/softphone/resampler.js");
    const resampler = new Resampler(from, to);
    const out = [];
    for (let at = 0; at < from / 2; at += 128) {
        const block = new Float32Array(128);
        for (let n = 0; n < 128; n += 1) block[n] = Math.sin(2 * Math.PI * hertz * (at + n) / from);
        resampler.push(block);
        out.push(...resampler.pull());
    }
    const steady = out.slice(400, -400);
    const rms = Math.sqrt(steady.reduce((sum, sample) => sum + sample * sample, 0) / steady.length);
    return { length: out.length, decibels: 20 * Math.log10(rms * Math.SQRT2 + 1e-12) };
}"""


@pytest.fixture
def quiet_page(console: Console, page: Any) -> Any:
    page.goto(f"{console.url}/signin")
    return page


def test_every_sample_is_companded_as_the_network_does(quiet_page: Any) -> None:
    encoded = quiet_page.evaluate(
        """async () => {
            const { encodeSample } = await import("/static/softphone/g711.js");
            return Array.from({ length: 65536 }, (_, n) => encodeSample((n - 32768) / 32768));
        }"""
    )
    samples = array.array("h", range(-32768, 32768))
    assert bytes(encoded) == audioop.lin2ulaw(samples.tobytes(), 2)


def test_every_byte_is_expanded_as_the_network_does(quiet_page: Any) -> None:
    decoded = quiet_page.evaluate(
        """async () => {
            const { decode } = await import("/static/softphone/g711.js");
            return [...decode(Uint8Array.from({ length: 256 }, (_, n) => n))].map((s) => s * 32768);
        }"""
    )
    assert decoded == list(array.array("h", audioop.ulaw2lin(bytes(range(256)), 2)))


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000, 96_000])
def test_speech_passes_and_what_would_alias_does_not(quiet_page: Any, rate: int) -> None:
    for hertz in (200, 1_000, 3_000):
        heard = quiet_page.evaluate(RESAMPLED, [rate, 8_000, hertz])
        assert abs(heard["decibels"]) < 0.5
    for hertz in (4_600, 6_000, 7_500):
        assert quiet_page.evaluate(RESAMPLED, [rate, 8_000, hertz])["decibels"] < -60


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_the_bots_voice_reaches_the_device_at_its_rate(quiet_page: Any, rate: int) -> None:
    heard = quiet_page.evaluate(RESAMPLED, [8_000, rate, 1_000])
    assert abs(heard["decibels"]) < 0.5
    assert abs(heard["length"] - rate / 2) < rate * 0.02


def test_a_mark_comes_back_when_its_last_sample_was_played_and_no_sooner(quiet_page: Any) -> None:
    played = quiet_page.evaluate(
        """async () => {
            const { PlayQueue } = await import("/static/softphone/queue.js");
            const queue = new PlayQueue();
            queue.add(new Float32Array(100).fill(0.5));
            queue.mark("first");
            queue.add(new Float32Array(50).fill(0.25));
            queue.mark("second");
            const heard = [];
            for (let block = 0; block < 6; block += 1) {
                const samples = [...queue.take(40, 40)];
                heard.push([samples.filter((sample) => sample).length, queue.advance(40)]);
            }
            return heard;
        }"""
    )
    assert played == [[40, []], [40, []], [40, ["first"]], [30, ["second"]], [0, []], [0, []]]


def test_a_flush_drops_the_sound_and_gives_every_mark_back_in_order(quiet_page: Any) -> None:
    flushed = quiet_page.evaluate(
        """async () => {
            const { PlayQueue } = await import("/static/softphone/queue.js");
            const queue = new PlayQueue();
            queue.add(new Float32Array(10).fill(0.5));
            queue.mark("played, not yet heard");
            queue.add(new Float32Array(100).fill(0.5));
            queue.mark("waiting");
            queue.take(20, 500);
            const marks = queue.clear();
            queue.mark("at once");
            const rest = [...queue.take(20, 0)];
            return [marks, rest.every((sample) => sample === 0), queue.advance(20), queue.waiting];
        }"""
    )
    assert flushed == [["played, not yet heard", "waiting"], True, ["at once"], 0]


def test_words_that_come_after_their_answer_stand_above_it(console: Console, page: Any) -> None:
    page.goto(console.url)
    lines = page.evaluate(
        """async () => {
            const { Talk } = await import("/static/talk/talk.js");
            const talk = new Talk();
            talk.take({ type: "bot", play: 1, said: ["Which?"] });
            const told = { slot: "reason", label: "quality", status: "ok", source: "speech" };
            talk.take({ type: "answer", turn: 1, ...told });
            talk.take({ type: "bot", play: 2, said: ["Thank you."] });
            talk.take({ type: "words", turn: 1, text: "quality" });
            talk.take({ type: "words", turn: 2, text: "yes" });
            return [...document.querySelectorAll("#transcript > p")].map((line) => line.textContent);
        }"""
    )
    assert lines == [
        "Bot: Which?", "You: quality", "reason = quality · by voice", "Bot: Thank you.", "You: yes",
    ]  # fmt: skip
