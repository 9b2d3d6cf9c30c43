import asyncio
import contextlib

import pytest

from app.adapters.offline.espeak import (
    EspeakSynthesizer,
    LibrarySpeaker,
    ProgramSpeaker,
    espeak_voice,
    find_speaker,
)
from app.domain.speech import Utterance
from app.media.audio import mulaw_level, mulaw_millis, to_pcm16
from app.session.ports import SynthesisError
from tests.fakes.sounds import needs_espeak

HELLO = Utterance("Hello, how are you today?", "en-US")
SPEAKERS = [
    pytest.param(find_speaker, marks=needs_espeak, id="program"),
    pytest.param(LibrarySpeaker, id="library"),
]


def spoken(make_speaker, *utterances, **options):
    """Return what the synthesizer says to each: its mu-law, or its error."""

    async def work():
        synthesizer = EspeakSynthesizer(make_speaker(), **options)
        try:
            return [await one(synthesizer, utterance) for utterance in utterances]
        finally:
            await synthesizer.aclose()

    async def one(synthesizer, utterance):
        try:
            return b"".join([chunk async for chunk in synthesizer.synthesize(utterance)])
        except SynthesisError as error:
            return str(error)

    return asyncio.run(work())


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_a_sentence_has_the_line_s_level_and_the_length_of_speech(speaker):
    (sound,) = spoken(speaker, HELLO)
    assert 1_000 < mulaw_millis(len(sound)) < 2_500
    assert mulaw_level(sound) == pytest.approx(-21, abs=2)
    assert max(abs(sample) for sample in memoryview(to_pcm16(sound)).cast("h")) < 32_000


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_spanish_is_not_read_as_english(speaker):
    english, spanish = spoken(speaker, Utterance("general", "en-US"), Utterance("general", "es-US"))
    assert english != spanish


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_an_unknown_language_is_one_line_and_the_next_sentence_is_spoken(speaker):
    error, sound = spoken(speaker, Utterance("hi", "xx-YY"), HELLO)
    assert "voice" in error
    assert "\n" not in error
    assert len(sound) > 8_000


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_ssml_is_obeyed_and_not_read_aloud(speaker):
    plain, paused = spoken(
        speaker,
        Utterance("one two", "en-US"),
        Utterance("one two", "en-US", ssml='<speak>one <break time="900ms"/> two</speak>'),
    )
    assert 600 < mulaw_millis(len(paused)) - mulaw_millis(len(plain)) < 1_500


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_no_words_are_no_sound(speaker):
    assert spoken(speaker, Utterance("  ", "en-US")) == [b""]


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_a_text_that_looks_like_an_option_is_spoken(speaker):
    (sound,) = spoken(speaker, Utterance("--help -w /tmp/x", "en-US"))
    assert len(sound) > 4_000


def test_a_program_that_hangs_is_given_up(tmp_path):
    program = tmp_path / "espeak-ng"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    (error,) = spoken(lambda: ProgramSpeaker(str(program), "0"), HELLO, deadline_s=0.05)
    assert error == "espeak-ng took longer than 0.05 s"


def test_a_program_that_is_gone_is_one_line(tmp_path):
    (error,) = spoken(lambda: ProgramSpeaker(str(tmp_path / "none"), "0"), HELLO)
    assert error.endswith("No such file or directory")


@needs_espeak
def test_cancelling_a_synthesis_leaves_the_next_one_whole():
    async def work():
        synthesizer = EspeakSynthesizer(LibrarySpeaker())
        task = asyncio.ensure_future(anext(synthesizer.synthesize(HELLO)))
        await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        sound = b"".join([chunk async for chunk in synthesizer.synthesize(HELLO)])
        await synthesizer.aclose()
        return sound

    assert len(asyncio.run(work())) > 8_000


@pytest.mark.parametrize(
    ("locale", "voice", "expected"),
    [
        ("en-US", "", "en-us"),
        ("en-AU", "Joanna", "en-us"),
        ("en-GB", "", "en-gb"),
        ("es-US", "Lupe", "es-419"),
        ("es-ES", "", "es"),
        ("de-DE", "", "de"),
        ("en-US", "espeak:en-us+f3", "en-us+f3"),
    ],
)
def test_a_locale_has_its_voice(locale, voice, expected):
    assert espeak_voice(locale, voice) == expected


def test_the_voice_belongs_to_the_cache_s_key():
    synthesizer = EspeakSynthesizer(LibrarySpeaker())
    assert synthesizer.identity(HELLO) != synthesizer.identity(Utterance(HELLO.text, "es-US"))


def test_without_the_program_the_packaged_library_speaks(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert isinstance(find_speaker(), LibrarySpeaker)


def test_a_program_that_does_not_run_is_no_speaker(monkeypatch, tmp_path):
    broken = tmp_path / "espeak-ng"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda _: str(broken))
    assert isinstance(find_speaker(), LibrarySpeaker)
