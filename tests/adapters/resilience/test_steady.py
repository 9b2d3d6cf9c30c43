import asyncio

import pytest
from structlog.testing import capture_logs

from app.adapters.resilience.breaker import BreakerRules, State
from app.adapters.resilience.health import Health
from app.adapters.resilience.responder import SteadyResponder
from app.adapters.resilience.steady import Limits
from app.adapters.resilience.synthesizer import SteadySynthesizer
from app.domain.conversation import Brief, Conversation, Extraction, Guess, Inquiry
from app.domain.speech import Utterance
from app.engine.events import ProviderReported
from app.session.ports import ReportingSynthesizer, ResponderError, SynthesisError
from tests.fakes.loop import run_virtual

TALK = Conversation(Brief("talk", "en-US"))
INQUIRY = Inquiry("Well?", "hm", "en-US")
HELLO = Utterance("Hello.", "en-US")


class Model:
    """Follows one script a request: waits in ms, words, and the failure's word as `!word`."""

    def __init__(self, clock, *scripts):
        self.clock = clock
        self.scripts = list(scripts)
        self.asked = []
        self.closed = 0

    async def reply(self, conversation, report):
        self.asked.append(self.clock.now())
        try:
            for step in self.scripts.pop(0):
                if isinstance(step, int):
                    await self.clock.wait(step)
                elif step.startswith("!"):
                    raise ResponderError(step[1:])
                else:
                    yield step
        finally:
            self.closed += 1

    async def extract(self, conversation, report):
        values = {"said": "".join([words async for words in self.reply(conversation, report)])}
        return Extraction(values)

    async def interpret(self, inquiry, report):
        return Guess("".join([words async for words in self.reply(inquiry, report)]), 1.0)


class Mouth:
    def __init__(self, model, identity="v"):
        self.model = model
        self.is_called = identity

    def identity(self, utterance):
        return self.is_called

    async def synthesize(self, utterance):
        try:
            async for words in self.model.reply(utterance, None):
                yield words.encode()
        except ResponderError as error:
            raise SynthesisError("no sound", reason=str(error)) from None


class Call:
    """A caller's patience and log."""

    def __init__(self, clock, *models, **options):
        self.clock = clock
        self.told = []
        self.steady = SteadyResponder([(f"m{n}", model) for n, model in enumerate(models)], clock, **options)

    async def hear(self):
        """Return what was said, when it ended, and why it failed."""
        words, why = [], ""
        try:
            async for piece in self.steady.reply(TALK, self.told.append):
                words.append(piece)  # noqa: PERF401 - what came before a failure is kept
        except ResponderError as error:
            why = str(error)
        return "".join(words), self.clock.now(), why

    def events(self):
        """Return what went otherwise than asked; who served is told in any case."""
        return [(fact.event, fact.detail) for fact in self.told if fact.event != "served"]


def scenario(work):
    with capture_logs():
        return run_virtual(work)


def test_a_model_that_answers_is_passed_through():
    async def main(clock):
        call = Call(clock, Model(clock, [100, "Hel", 50, "lo."]))
        assert await call.hear() == ("Hello.", 150, "")
        (one,) = call.steady.health.health()
        assert (one.state, one.counts, one.first_p50_ms) == (State.CLOSED, {"requests": 1}, 100)
        assert call.told == [ProviderReported("llm", "served", "m0")]
        return call.events()

    assert scenario(main) == []


def test_a_broken_connection_is_tried_once_more_at_the_same_place():
    async def main(clock):
        call = Call(clock, Model(clock, ["!unavailable"], ["Hello."]), Model(clock))
        assert await call.hear() == ("Hello.", 0, "")
        return call.events()

    assert scenario(main) == [("retried", "m0: unavailable")]


def test_after_the_second_failure_the_next_model_answers():
    async def main(clock):
        call = Call(clock, Model(clock, ["!error"], ["!error"]), Model(clock, ["Hi."]))
        assert (await call.hear())[0] == "Hi."
        return call.events()

    assert scenario(main) == [("retried", "m0: error"), ("fell_back", "m1 for m0: error")]


@pytest.mark.parametrize("word", ["throttled", "garbled", "refused"])
def test_another_model_is_asked_where_the_same_would_say_the_same(word):
    async def main(clock):
        call = Call(clock, Model(clock, [f"!{word}"]), Model(clock, ["Hi."]))
        assert await call.hear() == ("Hi.", 0, "")
        return call.events()

    assert scenario(main) == [("fell_back", f"m1 for m0: {word}")]


@pytest.mark.parametrize(("word", "pause"), [("throttled", 250), ("garbled", 0)])
def test_the_only_model_is_asked_again_after_a_pause_where_one_is_due(word, pause):
    async def main(clock):
        call = Call(clock, Model(clock, [f"!{word}"], ["Hi."]))
        assert await call.hear() == ("Hi.", pause, "")
        return call.events()

    assert scenario(main) == [("retried", f"m0: {word}")]


@pytest.mark.parametrize(
    ("script", "requests", "event"),
    [
        (["!refused"], 1, "refused"),
        ([9_000, "late"], 1, "failed"),
        (["!error"], 2, "failed"),
        (["!throttled"], 2, "failed"),
    ],
)
def test_a_failure_that_stays_is_told_and_is_one_word(script, requests, event):
    async def main(clock):
        model = Model(clock, script, script)
        call = Call(clock, model)
        words, _, why = await call.hear()
        assert (words, len(model.asked), model.closed) == ("", requests, requests)
        assert call.events()[-1] == (event, f"m0: {why}")
        return why

    assert scenario(main) == ("timeout" if 9_000 in script else script[0][1:])


def test_a_slow_first_word_goes_to_the_next_model_and_all_together_keep_their_time():
    async def main(clock):
        slow, slower = Model(clock, [60_000]), Model(clock, [60_000])
        call = Call(clock, slow, slower)
        assert await call.hear() == ("", 6_000, "timeout")
        assert (slow.asked, slower.asked) == ([0], [3_000])
        assert (slow.closed, slower.closed) == (1, 1)

    scenario(main)


def test_the_last_candidate_is_asked_however_slow_the_others_were():
    async def main(clock):
        slow = [Model(clock, [60_000]) for _ in range(2)]
        assert await Call(clock, *slow, Model(clock, ["Hi."])).hear() == ("Hi.", 5_000, "")
        return [model.asked for model in slow]

    assert scenario(main) == [[0], [3_000]]


def test_what_was_said_is_never_said_again():
    async def main(clock):
        spare = Model(clock, ["Hello."])
        call = Call(clock, Model(clock, ["Hello. ", "Who", "!error"]), spare)
        assert await call.hear() == ("Hello. Who", 0, "error")
        assert spare.asked == []
        return call.events()

    assert scenario(main) == [("failed", "m0: error")]


def test_a_stall_in_the_middle_is_given_up_before_the_caller_is_lost():
    async def main(clock):
        model = Model(clock, ["Hello. ", "Who", 60_000, "are you?"])
        assert await Call(clock, model).hear() == ("Hello. Who", 4_000, "timeout")
        assert model.closed == 1

    scenario(main)


def test_an_endless_answer_is_cut_by_its_total_and_the_taker_s_time_does_not_count():
    async def main(clock):
        limits = Limits(total_ms=5_500)
        chatter = [step for _ in range(20) for step in (1_000, "Onwards! ")]
        words, at, why = await Call(clock, Model(clock, chatter), limits=limits).hear()
        assert (len(words.split()), at, why) == (5, 5_500, "timeout")

        call = Call(clock, Model(clock, [500, "Good! ", 500, "b", 500, "c"]), limits=limits)
        heard = []
        async for piece in call.steady.reply(TALK, print):
            heard.append(piece)
            await clock.wait(10_000)
        return heard

    assert scenario(main) == ["", "Good! ", "b", "c"]


def test_a_model_that_keeps_failing_rests_and_one_request_finds_out_when_it_is_back():
    async def main(clock):
        bad = Model(clock, *[["!timeout"]] * 3, [100, "Back."], ["Well."])
        spare = Model(clock, *[["Hi."]] * 9)
        call = Call(clock, bad, spare)
        for _ in range(3):
            await call.hear()
        assert [await call.hear() for _ in range(2)] == [("Hi.", 0, "")] * 2
        assert len(bad.asked) == 3
        assert call.events()[-1] == ("fell_back", "m1 for m0: resting")
        await clock.wait(10_000)
        assert await asyncio.gather(call.hear(), call.hear()) == [("Back.", 10_100, ""), ("Hi.", 10_000, "")]
        assert await call.hear() == ("Well.", 10_100, "")
        return [one.state for one in call.steady.health.health()]

    assert scenario(main) == [State.CLOSED, State.CLOSED]


def test_with_every_provider_resting_the_failure_comes_at_once():
    async def main(clock):
        call = Call(clock, Model(clock, *[["!timeout"]] * 3))
        for _ in range(3):
            await call.hear()
        assert await call.hear() == ("", 0, "unavailable")
        return call.events()[-1]

    assert scenario(main) == ("failed", "m0: resting")


def test_what_a_provider_refuses_says_nothing_about_its_health():
    async def main(clock):
        call = Call(clock, Model(clock, *[["!refused"]] * 5))
        for _ in range(5):
            await call.hear()
        return call.steady.health.health()[0].state

    assert scenario(main) is State.CLOSED


def test_what_one_wrapper_learns_of_a_provider_another_knows():
    async def main(clock):
        health = Health(clock, BreakerRules(failures=1))
        first = Call(clock, Model(clock, ["!timeout"]), health=health)
        second = Call(clock, Model(clock), health=health)
        await first.hear()
        assert await second.hear() == ("", 0, "unavailable")
        return health.gauges()

    gauges = scenario(main)
    assert gauges['provider_state{service="llm",provider="m0"}'] == 2
    assert gauges['provider_events{service="llm",provider="m0",event="timeout"}'] == 1
    assert gauges['provider_events{service="llm",provider="m0",event="skipped"}'] == 1


def test_no_patience_left_is_no_second_try():
    async def main(clock):
        model = Model(clock, ["!throttled"], ["late"])
        call = Call(clock, model, limits=Limits(patience_ms=200))
        return await call.hear(), len(model.asked)

    assert scenario(main) == (("", 200, "throttled"), 1)


def test_an_answer_that_is_no_generator_is_heard_as_well():
    class Plain:
        def __init__(self, words):
            self.words = words

        def __aiter__(self):
            return self

        async def __anext__(self):
            if not self.words:
                raise StopAsyncIteration
            return self.words.pop(0)

    async def main(clock):
        model = Model(clock)
        model.reply = lambda talk, report: Plain(["Hel", "lo."])
        return (await Call(clock, model).hear())[0]

    assert scenario(main) == "Hello."


@pytest.mark.parametrize("first", [[], ["Hel"]])
def test_a_barge_in_ends_the_model_s_work_and_blames_nobody(first):
    async def main(clock):
        model = Model(clock, [*first, 60_000], ["Hi."])
        call = Call(clock, model, health=Health(clock, BreakerRules(failures=1)))
        task = asyncio.ensure_future(call.hear())
        await clock.wait(500)
        task.cancel()
        await clock.wait(0)
        assert (task.cancelled(), model.closed, call.events()) == (True, 1, [])
        return await call.hear()

    assert scenario(main) == ("Hi.", 500, "")


@pytest.mark.parametrize(
    ("script", "at"),
    [(["Well, ", "it ", 60_000], 5_000), (["Well, ", "it ", "!timeout"], 0), ([60_000], 3_000)],
)
def test_a_model_that_fails_within_its_first_sentence_is_replaced_by_another(script, at):
    async def main(clock):
        return await Call(clock, Model(clock, script), Model(clock, ["How ", "are you?"])).hear()

    assert scenario(main) == ("How are you?", at, "")


def test_each_model_s_first_word_is_told_once_and_a_sentence_when_it_is_whole():
    async def main(clock):
        pieces = []
        slow = Model(clock, [200, "I am", 300, " sorry", "!timeout"])
        call = Call(clock, slow, Model(clock, [100, "Good", 400, " morning.", 50, " Who", 50, " is it?"]))
        async for piece in call.steady.reply(TALK, print):
            pieces.append((clock.now(), piece))  # noqa: PERF401 - at which time is asked
        return pieces

    assert scenario(main) == [
        (200, ""),
        (600, ""),
        (1_000, "Good morning."),
        (1_050, " Who"),
        (1_100, " is it?"),
    ]


@pytest.mark.parametrize(
    ("scripts", "names"),
    [
        (([["Thank", "!timeout"]], [["Hello there. ", "Well?"]]), ["m0", "m1"]),
        (([["Thank", "!error"], ["Hello. "]], []), ["m0"]),
        (([["!error"], ["Tha", "!error"]], [["Hel", "!timeout"]], [["Hi. "]]), ["m0", "m1", "m2"]),
    ],
    ids=["another model's words", "the same one's", "a third one's"],
)
def test_the_log_names_whose_words_are_heard(scripts, names):
    async def main(clock):
        call = Call(clock, *(Model(clock, *script) for script in scripts))
        words, _, why = await call.hear()
        assert (words[:1], why) == ("H", "")
        return [fact.detail for fact in call.told if fact.event == "served"]

    assert scenario(main) == names


def test_who_fills_a_form_beside_a_reply_is_not_named_for_its_words():
    async def main(clock):
        call = Call(clock, Model(clock, ["Hello."], ["!garbled"]), Model(clock, ["found"]))
        await call.hear()
        await call.steady.extract(TALK, call.told.append)
        return [(fact.event, fact.detail) for fact in call.told]

    assert scenario(main) == [("served", "m0"), ("fell_back", "m1 for m0: garbled")]


def test_a_model_whose_stream_hangs_is_asked_for_no_reply_while_its_forms_are_well():
    async def main(clock):
        model = Model(clock, *[[60_000], ["found"]] * 3, ["found"])
        call = Call(clock, model, Model(clock, *[["Hi."]] * 4))
        for _ in range(4):
            assert (await call.hear())[0] == "Hi."
            assert (await call.steady.extract(TALK, call.told.append)).values == {"said": "found"}
        return call.events()[-1], clock.now(), call.steady.health.health()[0].state

    assert scenario(main) == (("fell_back", "m1 for m0: resting"), 9_000, State.OPEN)


def test_a_text_that_is_no_sentence_is_handed_on_when_it_ends():
    async def main(clock):
        return (await Call(clock, Model(clock, ["Well", " then"])).hear())[0]

    assert scenario(main) == "Well then"


def test_a_probe_that_was_left_lets_another_find_out():
    async def main(clock):
        model = Model(clock, ["!timeout"], [60_000], ["Hi."])
        call = Call(clock, model, health=Health(clock, BreakerRules(failures=1, rest_ms=100)))
        await call.hear()
        await clock.wait(100)
        task = asyncio.ensure_future(call.hear())
        await clock.wait(50)
        task.cancel()
        await clock.wait(0)
        return await call.hear()

    assert scenario(main) == ("Hi.", 150, "")


def test_leaving_a_reply_half_way_closes_the_model_s():
    async def main(clock):
        model = Model(clock, ["Hel", "lo."])
        reply = Call(clock, model).steady.reply(TALK, print)
        assert await anext(reply) == ""
        await reply.aclose()
        return model.closed

    assert scenario(main) == 1


def test_a_form_has_its_own_time_for_all_tries_together():
    async def main(clock):
        slow = Model(clock, [60_000], [60_000])
        slower = Model(clock, [60_000], [60_000])
        steady = SteadyResponder([("slow", slow), ("slower", slower)], clock)
        told = []
        with pytest.raises(ResponderError, match="timeout"):
            await steady.interpret(INQUIRY, told.append)
        assert (clock.now(), slower.asked) == (1_800, [900])
        with pytest.raises(ResponderError, match="timeout"):
            await steady.extract(TALK, told.append)
        assert (clock.now(), slower.asked) == (4_600, [900, 3_600])
        return [fact.event for fact in told], slow.closed

    assert scenario(main) == (["fell_back", "failed"] * 2, 2)


def test_a_form_is_asked_again_or_elsewhere_while_there_is_time():
    async def main(clock):
        first = Model(clock, [10, "!error"], [10, "!error"])
        steady = SteadyResponder([("a", first), ("b", Model(clock, [5, "yes"]))], clock)
        told = []
        guess = await steady.interpret(INQUIRY, told.append)
        assert (guess.value, clock.now()) == ("yes", 25)
        found = await SteadyResponder([("c", Model(clock, ["x"]))], clock).extract(TALK, print)
        return [fact.event for fact in told], found.values

    assert scenario(main) == (["retried", "fell_back", "served"], {"said": "x"})


def test_a_cancelled_form_is_ended_and_blames_nobody():
    async def main(clock):
        model = Model(clock, [60_000], ["yes"])
        steady = SteadyResponder([("m", model)], clock, health=Health(clock, BreakerRules(failures=1)))
        task = asyncio.ensure_future(steady.interpret(INQUIRY, print))
        await clock.wait(5)
        task.cancel()
        await clock.wait(0)
        assert (task.cancelled(), model.closed) == (True, 1)
        return (await steady.interpret(INQUIRY, print)).value

    assert scenario(main) == "yes"


def test_a_reply_without_candidates_is_a_mistake_of_ours():
    async def main(clock):
        with pytest.raises(ValueError, match="no candidate for llm"):
            SteadyResponder([], clock)

    scenario(main)


# Voices


async def sound(voice, told=None):
    pieces = voice.synthesize(HELLO) if told is None else voice.synthesize_for(HELLO, told.append)
    return b"".join([chunk async for chunk in pieces])


def test_another_region_speaks_with_the_same_voice():
    async def main(clock):
        mouths = [
            ("east", Mouth(Model(clock, [60_000]))),
            ("west", Mouth(Model(clock, [100, "la", 50, "la"]))),
        ]
        voice, told = SteadySynthesizer(mouths, clock), []
        assert isinstance(voice, ReportingSynthesizer)
        assert voice.identity(HELLO) == "v"
        return await sound(voice, told), clock.now(), told

    assert scenario(main) == (
        b"lala",
        2_150,
        [
            ProviderReported("tts", *told)
            for told in (("fell_back", "west for east: timeout"), ("served", "west"))
        ],
    )


def test_another_voice_never_speaks_in_the_first_one_s_name():
    async def main(clock):
        other = Mouth(Model(clock, ["la"]), "other")
        voice = SteadySynthesizer([("a", Mouth(Model(clock, ["!throttled"]))), ("b", other)], clock)
        with pytest.raises(SynthesisError, match="other is not the voice v"):
            await sound(voice)
        return other.model.asked

    assert scenario(main) == []


def test_a_voice_that_fails_says_why_within_the_speaker_s_patience():
    async def main(clock):
        voice = SteadySynthesizer([("a", Mouth(Model(clock, [60_000])))], clock)
        with pytest.raises(SynthesisError) as caught:
            await sound(voice)
        assert clock.now() == 3_000
        return caught.value.reason, str(caught.value)

    assert scenario(main) == ("timeout", "no answer within 3000 ms")


def test_a_voice_speaks_for_nobody_as_for_a_call():
    async def main(clock):
        return await sound(SteadySynthesizer([("a", Mouth(Model(clock, ["la", "la"])))], clock))

    assert scenario(main) == b"lala"


def test_a_text_without_sound_is_no_failure():
    async def main(clock):
        return await sound(SteadySynthesizer([("a", Mouth(Model(clock, [])))], clock))

    assert scenario(main) == b""


class Broken:
    """A provider whose library raises what nobody foresaw."""

    async def reply(self, conversation, report):
        raise ValueError("what a caller said")
        yield

    async def extract(self, conversation, report):
        raise ValueError("what a caller said")


def test_a_provider_that_raises_what_nobody_foresaw_is_passed_over_and_rests():
    async def main(clock):
        health = Health(clock, BreakerRules(failures=2))
        well = Model(clock, ["Hello there. "], ["found"])
        call = Call(clock, Broken(), well, health=health)
        with capture_logs() as lines:
            words, _, why = await call.hear()
            found = await call.steady.extract(TALK, call.told.append)
        return words, why, found, lines, health.health()[0]

    words, why, found, lines, broken = run_virtual(main)
    assert ("".join(words), why) == ("Hello there. ", "")
    assert found == Extraction({"said": "found"})
    assert broken.state is State.OPEN
    assert broken.counts["error"] == 4
    assert "caller" not in str(lines)
    assert {"event": "provider_broke", "error": "ValueError", "log_level": "error"} in lines


def test_a_provider_that_denies_us_is_soon_asked_no_more_and_one_text_it_refuses_tells_nothing():
    async def main(clock):
        health = Health(clock, BreakerRules(failures=3))
        for word, name in (("!denied", "a"), ("!refused", "b")):
            model = Model(clock, *[[word]] * 9)
            voice = SteadySynthesizer([(name, Mouth(model))], clock, health=health)
            for _ in range(9):
                with pytest.raises(SynthesisError):
                    await anext(voice.synthesize(HELLO))
            asked.append(len(model.asked))
        return [one.state for one in health.health()]

    asked = []
    assert run_virtual(main) == [State.OPEN, State.CLOSED]
    assert asked == [3, 9]
