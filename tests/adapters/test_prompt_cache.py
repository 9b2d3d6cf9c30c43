import asyncio

import pytest
from structlog.testing import capture_logs

from app.adapters.prompts.cache import PromptCache
from app.adapters.resilience.synthesizer import SteadySynthesizer
from app.domain.speech import Utterance
from app.engine.events import ProviderReported
from app.media.audio import mulaw_millis, tone, write_wav
from app.session.clock import SystemClock
from app.session.ports import SynthesisError

HELLO = Utterance("Hello.", "en-US")
WAVE = b"\x00\x10" * 25 + b"\x00\xf0" * 25


class Spoken:
    """A synthesizer that says a text's bytes in two chunks, when let."""

    def __init__(self, voice="v1"):
        self.voice = voice
        self.said = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.error = None

    def identity(self, utterance):
        return self.voice

    async def synthesize(self, utterance):
        self.said.append(utterance.text)
        self.begun.set()
        yield utterance.text.encode()
        await self.gate.wait()
        if self.error:
            raise self.error
        yield b"!"


def run(work, folder, **options):
    async def main():
        voice = Spoken()
        cache = PromptCache(voice, folder, **options)
        try:
            return await work(cache, voice)
        finally:
            await cache.aclose()

    return asyncio.run(main())


async def heard(cache, utterance=HELLO):
    return b"".join([chunk async for chunk in cache.stream(utterance, print)])


async def settle(cache):
    await asyncio.gather(*(task for _, task in cache._making.values()))


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_prompt_is_synthesised_once_and_then_ready(tmp_path):
    async def work(cache, voice):
        assert cache.ready(HELLO) is None
        assert await heard(cache) == await heard(cache) == cache.ready(HELLO) == b"Hello.!"
        assert voice.said == ["Hello."]
        assert (cache.hits, cache.misses) == (2, 1)

    run(work, tmp_path)


def test_the_next_process_finds_it_on_disk(tmp_path):
    async def work(cache, voice):
        sound = await heard(cache)
        await settle(cache)
        return sound, voice.said

    assert run(work, tmp_path) == (b"Hello.!", ["Hello."])
    assert run(work, tmp_path) == (b"Hello.!", [])


@pytest.mark.parametrize(
    "spoil", [lambda d: d[:-1], lambda d: b"", lambda d: d[:-1] + b"?", lambda d: b"x" + d]
)
def test_a_spoiled_file_is_made_anew(tmp_path, spoil):
    async def work(cache, voice):
        sound = await heard(cache)
        await settle(cache)
        return sound, voice.said

    run(work, tmp_path)
    (path,) = files(tmp_path)
    path.write_bytes(spoil(path.read_bytes()))
    assert run(work, tmp_path) == (b"Hello.!", ["Hello."])
    assert run(work, tmp_path) == (b"Hello.!", [])


def test_another_voice_or_locale_is_another_prompt(tmp_path):
    async def work(cache, voice):
        await heard(cache)
        await heard(cache, Utterance("Hello.", "en-GB"))
        await heard(cache, Utterance("Hello.", "en-US", ssml="<speak>Hello.</speak>"))
        voice.voice = "v2"
        await heard(cache)
        return len(voice.said)

    assert run(work, tmp_path) == 4


def test_a_sensitive_utterance_is_kept_nowhere(tmp_path):
    secret = Utterance("Your code is 1234.", "en-US", sensitive=True)

    async def work(cache, voice):
        await heard(cache, secret)
        await heard(cache, secret)
        assert await cache.warm([secret]) == 0
        assert cache.ready(secret) is None
        return voice.said

    assert run(work, tmp_path) == [secret.text] * 2
    assert files(tmp_path) == []


def test_what_is_said_to_one_caller_is_kept_nowhere_and_stopped_with_its_caller(tmp_path):
    words = Utterance("I see, Ann, you waited.", "en-US", kept=False)

    async def work(cache, voice):
        assert [await heard(cache, words), await heard(cache, words)] == [b"I see, Ann, you waited.!"] * 2
        assert await cache.warm([words]) == 0
        assert (cache.ready(words), dict(cache._memory), cache._making) == (None, {}, {})
        return voice.said

    assert run(work, tmp_path) == [words.text] * 2
    assert files(tmp_path) == []


def test_callers_who_want_the_same_share_one_synthesis_and_hear_it_as_it_comes(tmp_path):
    async def work(cache, voice):
        voice.gate.clear()
        first, second = cache.stream(HELLO, print), cache.stream(HELLO, print)
        assert await anext(first) == await anext(second) == b"Hello."
        voice.gate.set()
        assert await anext(first) == await anext(second) == b"!"
        assert [chunk async for chunk in first] == [chunk async for chunk in second] == []
        return voice.said

    assert run(work, tmp_path) == ["Hello."]


def test_a_caller_who_hangs_up_leaves_the_other_s_prompt_alone(tmp_path):
    async def work(cache, voice):
        voice.gate.clear()
        leaving = asyncio.ensure_future(heard(cache))
        staying = asyncio.ensure_future(heard(cache))
        await voice.begun.wait()
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        voice.gate.set()
        assert await staying == b"Hello.!"
        return len(voice.said)

    assert run(work, tmp_path) == 1


def test_a_failure_reaches_every_listener_and_is_tried_again(tmp_path):
    async def work(cache, voice):
        voice.error = SynthesisError("no voice today")
        both = await asyncio.gather(heard(cache), heard(cache), return_exceptions=True)
        assert [str(error) for error in both] == ["no voice today"] * 2
        voice.error = None
        sound = await heard(cache)
        await settle(cache)
        return sound

    assert run(work, tmp_path) == b"Hello.!"
    assert len(files(tmp_path)) == 1


def test_warming_counts_what_could_not_be_spoken(tmp_path):
    async def work(cache, voice):
        assert await cache.warm([HELLO, HELLO, Utterance("Bye.", "en-US")]) == 0
        assert sorted(voice.said) == ["Bye.", "Hello."]
        voice.error = SynthesisError("no voice today")
        with capture_logs() as logs:
            assert await cache.warm([HELLO, Utterance("More.", "en-US")]) == 1
        return [line["event"] for line in logs]

    assert run(work, tmp_path) == ["prompt_not_spoken"]


def test_memory_is_bounded_and_the_oldest_goes_first(tmp_path):
    async def work(cache, voice):
        texts = [Utterance(c * 9, "en-US") for c in "abc"]
        for text in texts:
            await heard(cache, text)
        big = Utterance("x" * 99, "en-US")
        await heard(cache, big)
        return [cache.ready(text) is not None for text in [*texts, big]]

    assert run(work, tmp_path, memory_bytes=25) == [False, True, True, False]


def test_a_folder_that_cannot_be_written_costs_one_warning(tmp_path):
    (tmp_path / "file").write_text("in the way")

    async def work(cache, voice):
        with capture_logs() as logs:
            for text in ("a", "b"):
                assert await heard(cache, Utterance(text, "en-US")) == text.encode() + b"!"
            await settle(cache)
        assert cache.ready(Utterance("a", "en-US")) == b"a!"
        return [line["event"] for line in logs]

    assert run(work, tmp_path / "file") == ["prompt_cache_not_written"]


def test_a_recording_is_played_and_a_new_take_is_heard_at_once(tmp_path):
    recorded = Utterance("Hello.", "en-US", audio="hello.wav")
    path = tmp_path / "hello.wav"

    async def work(cache, voice):
        path.write_bytes(write_wav(WAVE * 441, rate=22_050))
        assert mulaw_millis(len(await heard(cache, recorded))) == 1_000
        path.write_bytes(write_wav(WAVE * 882, rate=22_050))
        assert mulaw_millis(len(await heard(cache, recorded))) == 2_000
        assert await cache.warm([recorded]) == 0
        return voice.said

    assert run(work, tmp_path / "cache", recordings=lambda name: tmp_path / name) == []


@pytest.mark.parametrize("content", [None, b"no music", b"RIFF"])
def test_without_a_readable_recording_the_text_is_spoken(tmp_path, content):
    if content is not None:
        (tmp_path / "hello.wav").write_bytes(content)

    async def work(cache, voice):
        with capture_logs() as logs:
            sound = await heard(cache, Utterance("Hello.", "en-US", audio="hello.wav"))
        return sound, [line["event"] for line in logs]

    find = lambda name: tmp_path / name  # noqa: E731
    assert run(work, tmp_path / "cache", recordings=find) == (b"Hello.!", ["recording_not_played"])


def test_a_path_that_leads_out_is_not_followed(tmp_path):
    async def work(cache, voice):
        with capture_logs():
            return await heard(cache, Utterance("Hello.", "en-US", audio="../../etc/passwd"))

    assert run(work, tmp_path, recordings=lambda _: None) == b"Hello.!"


def test_a_tone_goes_through_the_cache_unchanged(tmp_path):
    class Tone(Spoken):
        async def synthesize(self, utterance):
            yield tone(100)

    async def main():
        cache = PromptCache(Tone(), tmp_path)
        sound = await heard(cache)
        await settle(cache)
        await cache.aclose()
        return sound

    assert asyncio.run(main()) == tone(100)


# Another voice stands in


class Mute(Spoken):
    """A voice that fails: at once, or after its first sound."""

    def __init__(self, *, after_first=False):
        super().__init__("mute")
        self.after_first = after_first
        self.is_well = False

    async def synthesize(self, utterance):
        self.said.append(utterance.text)
        if self.after_first or self.is_well:
            yield b"first"
        if not self.is_well:
            raise SynthesisError("throttled", reason="throttled")


def run_with_stand_in(work, folder, *, after_first=False):
    async def main():
        voice, other = Mute(after_first=after_first), Spoken("other")
        cache = PromptCache(voice, folder, stand_in=other)
        try:
            return await work(cache, voice, other)
        finally:
            await cache.aclose()

    return asyncio.run(main())


async def told(cache, utterance=HELLO):
    facts = []
    sound = b"".join([chunk async for chunk in cache.stream(utterance, facts.append)])
    return sound, [(fact.event, fact.detail, fact.amount) for fact in facts]


FELL_BACK = ("fell_back", "other for mute: throttled", 0)


def test_another_voice_stands_in_is_kept_as_its_own_and_the_first_is_tried_again(tmp_path):
    async def work(cache, voice, other):
        assert await told(cache) == (b"Hello.!", [FELL_BACK, ("served", "other", 0), ("used", "other", 6)])
        assert await told(cache) == (b"Hello.!", [FELL_BACK])
        assert (len(voice.said), len(other.said)) == (2, 1)
        assert cache.ready(HELLO) is None
        voice.is_well = True
        assert await told(cache) == (b"first", [("served", "mute", 0), ("used", "mute", 6)])
        assert cache.ready(HELLO) == b"first"
        await settle(cache)

    run_with_stand_in(work, tmp_path)
    assert len(files(tmp_path)) == 2


def test_a_stand_in_says_the_words_without_what_only_the_first_voice_understands(tmp_path):
    marked = Utterance(
        "Hello.", "en-US", voice="Joanna", ssml="<speak>Hello.</speak>", lexicons=("clinic",), sensitive=True
    )

    async def work(cache, voice, other):
        spoken = []
        speak = other.synthesize
        other.synthesize = lambda utterance: spoken.append(utterance) or speak(utterance)
        assert (await told(cache, marked))[0] == b"Hello.!"
        return spoken

    assert run_with_stand_in(work, tmp_path) == [Utterance("Hello.", "en-US", sensitive=True)]
    assert files(tmp_path) == []


def test_no_other_voice_ends_a_sentence_that_the_first_began(tmp_path):
    async def work(cache, voice, other):
        with pytest.raises(SynthesisError) as caught:
            await told(cache)
        return caught.value.reason, other.said

    assert run_with_stand_in(work, tmp_path, after_first=True) == ("throttled", [])


def test_another_voice_says_the_whole_when_a_sentence_that_broke_off_is_played_again(tmp_path):
    async def work(cache, voice, other):
        for more in ([("served", "other", 0), ("used", "other", 6)], []):
            with pytest.raises(SynthesisError):
                await told(cache)
            assert await told(cache) == (b"Hello.!", [FELL_BACK, *more])
        return len(voice.said)

    assert run_with_stand_in(work, tmp_path, after_first=True) == 2


def test_each_call_that_heard_a_sentence_break_off_hears_another_voice_say_the_whole(tmp_path):
    async def work(cache, voice, other):
        broken = await asyncio.gather(*(told(cache) for _ in range(2)), return_exceptions=True)
        assert [type(error) for error in broken] == [SynthesisError] * 2
        again = [await told(cache) for _ in range(2)]
        return [sound for sound, _ in again], len(voice.said)

    assert run_with_stand_in(work, tmp_path, after_first=True) == ([b"Hello.!"] * 2, 1)


def test_without_another_voice_a_sentence_that_broke_off_is_tried_again(tmp_path):
    async def work(cache, voice, _):
        cache._stand_in = None
        for _ in range(2):
            with pytest.raises(SynthesisError):
                await told(cache)
        return len(voice.said)

    assert run_with_stand_in(work, tmp_path, after_first=True) == 2


def test_warming_counts_only_what_no_voice_could_speak(tmp_path):
    class Silent(Spoken):
        async def synthesize(self, utterance):
            raise SynthesisError("no voice at all")
            yield b""

    async def work(cache, voice, other):
        assert await cache.warm([HELLO]) == 0
        cache._stand_in = Silent()
        with capture_logs():
            return await cache.warm([Utterance("More.", "en-US")])

    assert run_with_stand_in(work, tmp_path) == 1


def test_prompts_that_the_stand_in_spoke_are_one_warning_with_their_number(tmp_path):
    async def work(cache, voice, other):
        with capture_logs() as lines:
            assert await cache.warm([HELLO, Utterance("More.", "en-US"), Utterance("Bye.", "en-US")]) == 0
        return lines

    (line,) = run_with_stand_in(work, tmp_path)
    assert (line["event"], line["count"], line["of"]) == ("prompts_by_stand_in", 3, 3)
    assert sum(line["why"].values()) == 3


def test_the_call_that_began_a_synthesis_is_told_what_it_cost_and_nobody_else(tmp_path):
    async def work(cache, voice):
        voice.gate.clear()
        first = asyncio.ensure_future(told(cache))
        await voice.begun.wait()
        second = asyncio.ensure_future(told(cache))
        voice.gate.set()
        marked = Utterance("Hello.", "en-US", ssml="<speak>Hello <break/>you.</speak>")
        return await first, await second, await told(cache), await told(cache, marked)

    first, second, third, marked = run(work, tmp_path)
    assert first == (b"Hello.!", [("served", "v1", 0), ("used", "v1", 6)])
    assert second == third == (b"Hello.!", [])
    assert marked[1] == [("served", "v1", 0), ("used", "v1", 10)]


def test_a_voice_that_has_things_to_tell_tells_the_call(tmp_path):
    class Telling(Spoken):
        async def synthesize_for(self, utterance, report):
            report(ProviderReported("tts", "retried", "once"))
            yield b"sound"

    async def main():
        cache = PromptCache(Telling(), tmp_path)
        try:
            return await told(cache)
        finally:
            await settle(cache)
            await cache.aclose()

    assert asyncio.run(main()) == (b"sound", [("retried", "once", 0), ("served", "v1", 0), ("used", "v1", 6)])


def test_a_pool_with_too_much_waiting_is_a_prompt_not_spoken_and_never_a_crash(tmp_path):
    async def work(cache, voice):
        cache.pool._room = 0
        with capture_logs(), pytest.raises(SynthesisError, match="prompt-files"):
            await heard(cache)
        with capture_logs():
            return await cache.warm([HELLO])

    assert run(work, tmp_path) == 1


class Patient(Spoken):
    """A voice for what is made ahead; it waits for its turn."""

    def __init__(self):
        super().__init__()
        self.began, self.turn = asyncio.Event(), asyncio.Event()
        self.hurried = []

    def hurry(self, utterance):
        self.hurried.append(utterance)

    async def synthesize(self, utterance):
        self.began.set()
        await self.turn.wait()
        yield b"sound"


def test_prompts_are_warmed_by_the_voice_that_lets_calls_go_first_until_a_call_joins(tmp_path):
    ahead = Patient()

    async def work(cache, voice):
        warming = asyncio.ensure_future(cache.warm([HELLO]))
        await ahead.began.wait()
        assert not ahead.hurried
        joining = asyncio.ensure_future(heard(cache))
        await asyncio.sleep(0)
        assert ahead.hurried == [HELLO]
        ahead.turn.set()
        assert await joining == b"sound"
        assert await warming == 0
        return voice.said

    assert run(work, tmp_path, ahead=ahead) == []


def test_a_voice_that_denies_us_is_not_asked_for_every_prompt(tmp_path):
    class Denied(Spoken):
        async def synthesize(self, utterance):
            self.said.append(utterance.text)
            raise SynthesisError("AccessDeniedException", reason="denied")
            yield b""

    async def main():
        denied, other = Denied(), Spoken()
        voice = SteadySynthesizer([("polly", denied)], SystemClock())
        cache = PromptCache(voice, tmp_path, stand_in=other, ahead=voice.ahead())
        with capture_logs() as lines:
            silent = await cache.warm([Utterance(f"{n}.", "en-US") for n in range(40)])
        await cache.aclose()
        return silent, len(denied.said), len(other.said), lines

    silent, asked, stood_in, lines = asyncio.run(main())
    assert (silent, stood_in) == (0, 40)
    assert 3 <= asked <= 6  # those under way together with the third
    assert [line["count"] for line in lines if line["event"] == "prompts_by_stand_in"] == [40]
