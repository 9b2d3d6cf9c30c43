import asyncio

import pytest

from app.adapters.offline.sphinx import SphinxTranscriber
from app.adapters.offline.workers import Workers, WorkersError
from app.domain.speech import Hints
from app.engine.events import FinalTranscript, PartialTranscript, TranscriberFailed
from app.media.audio import to_pcm16
from tests.fakes.sounds import needs_espeak, noise, over_the_line, say

YES_NO = Hints("en-US", ("yes", "no"))
MENU = Hints(
    "en-US",
    (
        "billing",
        "technical support",
        "opening hours",
        "make an appointment",
        "speak to an operator",
        "repeat",
    ),
)
SI_NO = Hints("es-US", ("sí", "no"))
MENU_ES = Hints(
    "es-US", ("facturación", "soporte técnico", "horario", "hacer una cita", "hablar con una persona")
)
ENGLISH = ("en-us", "en-us+m3", "en-us+f2", "en-gb", "en-us+m7", "en-us+f5")
SPANISH = ("es-419", "es", "es-419+f2", "es-419+m3")
OTHER_WORDS = ("I like bananas", "the weather is nice today", "my dog is hungry")
OTHER_WORDS_ES = ("buenos días", "me gustan los plátanos", "mi perro tiene hambre")


def run(work, **options):
    async def main():
        transcriber = SphinxTranscriber(**{"size": 2, "queue": 1_000, **options})
        try:
            return await work(transcriber)
        finally:
            await transcriber.aclose()

    return asyncio.run(main())


class Heard:
    """Takes a turn's facts and waits for them."""

    def __init__(self):
        self.facts = []
        self.came = asyncio.Event()

    def __call__(self, fact):
        self.facts.append(fact)
        self.came.set()

    async def finals(self, count):
        while len(found := [f for f in self.facts if not isinstance(f, PartialTranscript)]) < count:
            self.came.clear()
            await self.came.wait()
        return found


def feed(turn, pcm):
    for at in range(0, len(pcm), 320):
        turn.feed(pcm[at : at + 320])


def heard(hints, sounds):
    """Return (text, confidence) for each sound, two decoded at a time."""

    async def work(transcriber):
        gate = asyncio.Semaphore(2)

        async def one(pcm):
            async with gate:
                return await transcriber.hear(hints, pcm)

        return await asyncio.gather(*(one(pcm) for pcm in sounds))

    return run(work)


@needs_espeak
@pytest.mark.parametrize(
    ("hints", "voices", "snr_db", "right", "sure"),
    [
        (YES_NO, ENGLISH, 30, 0.95, 0.9),
        (YES_NO, ENGLISH, 15, 0.9, 0.8),
        (MENU, ENGLISH, 30, 0.9, 0.85),
        (SI_NO, SPANISH, 30, 0.9, 0.8),
        (MENU_ES, SPANISH, 30, 0.9, 0.8),
    ],
)
def test_what_is_said_in_the_grammar_is_heard(hints, voices, snr_db, right, sure):
    words = [(text, voice) for text in hints.phrases for voice in voices]
    found = heard(hints, [over_the_line(say(text, voice), snr_db) for text, voice in words])
    correct = [confidence for (text, confidence), (said, _) in zip(found, words, strict=True) if text == said]
    assert len(correct) / len(words) >= right
    assert sum(confidence >= 0.7 for confidence in correct) / len(words) >= sure


@needs_espeak
@pytest.mark.parametrize(
    ("hints", "voices", "other"),
    [
        (YES_NO, ENGLISH[:3], OTHER_WORDS),
        (MENU, ENGLISH[:3], OTHER_WORDS),
        (MENU_ES, SPANISH[:3], OTHER_WORDS_ES),
    ],
)
def test_other_words_are_not_taken_for_an_answer(hints, voices, other):
    found = heard(hints, [over_the_line(say(text, voice)) for text in other for voice in voices])
    assert sum(bool(text) and confidence >= 0.5 for text, confidence in found) <= len(found) * 0.3


@pytest.mark.parametrize("rms", [30, 300, 3_000])
def test_noise_is_not_taken_for_an_answer(rms):
    for hints in (YES_NO, MENU):
        ((_, confidence),) = heard(hints, [noise(1_000, rms)])
        assert confidence < 0.5


@needs_espeak
def test_numbers_and_digits_are_heard_as_words():
    ((text, _),) = heard(Hints("en-US", number_range=(18, 110)), [over_the_line(say("forty two"))])
    assert text == "forty two"
    ((text, _),) = heard(Hints("en-US", digit_count=(4, 4)), [over_the_line(say("one two three four"))])
    assert text == "one two three four"
    ((text, _),) = heard(Hints("es-US", number_range=(0, 10)), [over_the_line(say("cuatro", "es-419"))])
    assert text == "cuatro"


@needs_espeak
def test_a_number_that_might_be_another_is_half_sure():
    ages = Hints("de-DE", number_range=(18, 110))
    ((text, confidence),) = heard(ages, [over_the_line(say("neununddreißig", "de"))])
    assert text
    assert 0.5 <= confidence < 0.7


@needs_espeak
def test_a_word_that_no_dictionary_has_is_heard_by_its_spelling():
    hints = Hints("en-US", ("dialai", "zorblax clinic"))
    ((text, confidence),) = heard(hints, [over_the_line(say("zorblax clinic"))])
    assert text == "zorblax clinic"
    assert confidence > 0.5


@needs_espeak
def test_without_the_program_the_packaged_library_tells_the_sounds(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    sound = over_the_line(b"\xff" * 160)
    ((text, _),) = heard(MENU_ES, [sound])
    assert text == ""
    monkeypatch.undo()
    spoken = over_the_line(say("horario", "es-419"))
    monkeypatch.setenv("PATH", "/nowhere")
    ((text, _),) = heard(MENU_ES, [spoken])
    assert text == "horario"


@needs_espeak
def test_free_speech_is_a_guess_of_low_confidence():
    ((text, confidence),) = heard(
        Hints("en-US", dictation=True), [over_the_line(say("the weather is nice today"))]
    )
    assert text
    assert confidence == 0.3


@needs_espeak
def test_a_universal_is_heard_in_an_open_question():
    hints = Hints("en-US", ("repeat that please",), dictation=True)
    ((text, confidence),) = heard(hints, [over_the_line(say("repeat that please"))])
    assert text == "repeat that please"
    assert confidence >= 0.7


@pytest.mark.parametrize(
    "phrases", [("yes; public <x> = evil",), ("<s>", "[no]", "a|b", "{}"), ("'", "?!"), ("",), ()]
)
def test_a_flow_s_strange_spelling_breaks_no_grammar(phrases):
    ((_, confidence),) = heard(Hints("en-US", phrases), [noise(500, 300)])
    assert confidence <= 1


@needs_espeak
def test_each_segment_of_a_turn_has_its_final_in_order():
    async def work(transcriber):
        heard = Heard()
        turn = transcriber.open(3, YES_NO, heard)
        for text in ("yes", "no", "yes"):
            feed(turn, over_the_line(say(text)))
            turn.speech_ended()
        return [(f.turn, f.text) for f in await heard.finals(3)]

    assert run(work) == [(3, "yes"), (3, "no"), (3, "yes")]


@needs_espeak
def test_a_long_answer_has_partials_before_its_final():
    async def work(transcriber):
        await transcriber.warm(MENU)
        heard = Heard()
        turn = transcriber.open(1, MENU, heard)
        pcm = over_the_line(say("speak to an operator"))
        for _ in range(2):  # the first tells how quiet the line is
            turn.feed(pcm[:4_800])
        turn.feed(pcm[4_800 : len(pcm) * 3 // 4 // 2 * 2])
        await heard.came.wait()
        turn.feed(pcm[len(pcm) * 3 // 4 // 2 * 2 :])
        turn.speech_ended()
        return await heard.finals(1), heard.facts

    finals, facts = run(work)
    assert isinstance(facts[0], PartialTranscript)
    assert finals[0].text == "speak to an operator"


def test_a_busy_pool_fails_the_turn_and_the_next_is_heard():
    async def work(transcriber):
        heard = Heard()
        turn = transcriber.open(5, YES_NO, heard)
        other = transcriber.open(6, YES_NO, heard)
        for each in (turn, other):
            each.feed(noise(300, 300))
            each.speech_ended()
        first = await heard.finals(2)
        other.feed(noise(300, 300))
        other.speech_ended()
        return first, (await heard.finals(3))[-1]

    # Preparing the decoder when each turn opens takes two of the three places.
    first, last = run(work, size=1, queue=2)
    assert TranscriberFailed(6, "busy") in first
    assert isinstance(last, FinalTranscript)


def test_an_unheard_language_is_said_at_once():
    async def work(transcriber):
        heard = Heard()
        turn = transcriber.open(2, Hints("fi-FI", ("kyllä",)), heard)
        turn.feed(b"\0" * 320)
        turn.speech_ended()
        turn.close()
        await transcriber.warm(Hints("fi-FI", ("kyllä",)))
        return heard.facts

    assert run(work) == [TranscriberFailed(2, "unsupported")]


def test_a_turn_keeps_a_minute_and_a_closed_one_nothing():
    async def work(transcriber):
        heard = Heard()
        turn = transcriber.open(1, Hints("en-US"), heard)
        turn.feed(noise(400, 3_000))
        for _ in range(200):
            turn.feed(noise(400, 3_000))
        assert len(turn._segment) <= 61_000 * 16
        turn.close()
        turn.feed(noise(400, 3_000))
        assert not turn._segment
        turn.speech_ended()
        return heard.facts

    assert run(work) == []


def test_silence_before_the_voice_is_not_hoarded():
    async def work(transcriber):
        turn = transcriber.open(1, YES_NO, lambda _: None)
        for _ in range(1_000):
            turn.feed(noise(20, 10))
        return len(turn._segment)

    assert run(work) <= 3_400 * 16


ECHO = "app.adapters.offline.espeak_process"


def ask(work, **options):
    async def main():
        workers = Workers(ECHO, **{"size": 1, "queue": 4, **options})
        try:
            return await work(workers)
        finally:
            await workers.aclose()

    return asyncio.run(main())


PHONEMES = {"do": "phonemes", "voice": "en-us"}


def test_a_helper_that_misses_its_deadline_is_replaced():
    async def work(workers):
        with pytest.raises(WorkersError, match="timeout"):
            await workers.ask(PHONEMES, b"yes", deadline_s=0.001)
        _, said = await workers.ask(PHONEMES, b"yes", deadline_s=30)
        return said.decode()

    assert "s" in ask(work)


def test_helpers_tell_how_busy_they_are_and_how_long_they_were_waited_for():
    async def work(workers):
        await asyncio.gather(*(workers.ask(PHONEMES, b"yes", deadline_s=30) for _ in range(2)))
        return workers.gauges()

    found = ask(work, name="echo")
    assert found['helpers_processes{pool="echo"}'] == 1
    assert found['helpers_waiting{pool="echo"}'] == 0
    busy_ms = found['helpers_busy_seconds{pool="echo"}'] * 1_000
    # The second was waited for while the first was worked on, which is a part of all the work.
    assert 0 < found['helpers_wait_p99_ms{pool="echo"}'] <= busy_ms


def test_a_helper_that_died_is_replaced():
    async def work(workers):
        await workers.ask(PHONEMES, b"yes", deadline_s=30)
        process = workers._idle[0].process
        process.kill()
        await asyncio.get_running_loop().run_in_executor(workers.pool, process.wait)
        with pytest.raises(WorkersError) as caught:
            await workers.ask(PHONEMES, b"yes", deadline_s=30)
        assert caught.value.reason == "error"
        return (await workers.ask(PHONEMES, b"yes", deadline_s=30))[1]

    assert ask(work)


def test_more_questions_than_the_queue_holds_are_refused():
    async def work(workers):
        asked = [asyncio.ensure_future(workers.ask(PHONEMES, b"yes", deadline_s=30)) for _ in range(3)]
        await asyncio.sleep(0)
        assert (workers.free, workers.waiting) == (False, 1)
        results = await asyncio.gather(*asked, return_exceptions=True)
        return [isinstance(result, WorkersError) for result in results]

    assert ask(work, queue=1) == [False, False, True]


def test_a_helper_s_complaint_is_the_error_and_it_lives_on():
    async def work(workers):
        with pytest.raises(WorkersError, match="knows no voice"):
            await workers.ask({"do": "phonemes", "voice": "xx"}, b"yes", deadline_s=30)
        process = workers._idle[0].process.pid
        await workers.ask(PHONEMES, b"yes", deadline_s=30)
        return process == workers._idle[0].process.pid

    assert ask(work)


@needs_espeak
def test_a_silent_line_before_the_word_does_not_change_what_is_heard():
    async def work(transcriber):
        word = to_pcm16(say("yes"))
        return [
            await transcriber.hear(YES_NO, bytes(16 * lead_ms) + word + bytes(16 * 300))
            for lead_ms in (0, 500, 2_500)
        ]

    heard = run(work)
    assert [text for text, _ in heard] == ["yes"] * 3
    assert min(confidence for _, confidence in heard) >= 0.7
