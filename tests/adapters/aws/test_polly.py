import asyncio

import pytest

from app.adapters.aws.polly import PollyConfig, PollySynthesizer
from app.adapters.aws.session import AwsAccess, AwsClients
from app.domain.speech import Utterance
from app.media.audio import mulaw_level, mulaw_millis
from app.session.ports import SynthesisError
from tests.adapters.aws.double import access, with_aws
from tests.doubles.aws.log import Service
from tests.doubles.aws.script import AbortBeforeHeaders, BodyDrop, Fin, Hang, HttpError, Rst, Script, Stall

HELLO = Utterance("Hello, how are you today?", "en-US")


async def spoken(voice, utterance=HELLO):
    return b"".join([chunk async for chunk in voice.synthesize(utterance)])


async def failure(voice, utterance=HELLO):
    with pytest.raises(SynthesisError) as caught:
        await spoken(voice, utterance)
    told = str(caught.value)
    assert "\n" not in told
    assert not any(word in told for word in utterance.text.split())
    return caught.value.reason


def asked(double):
    return [request.body for request in double.requests.of(Service.POLLY)]


def test_a_sentence_is_asked_for_as_the_line_wants_it():
    async def work(double, clients):
        sound = await spoken(PollySynthesizer(clients))
        assert mulaw_millis(len(sound)) > 800
        assert mulaw_level(sound) > -40
        return asked(double)

    assert with_aws(work) == [
        {
            "OutputFormat": "mulaw",
            "SampleRate": "8000",
            "VoiceId": "Joanna",
            "Engine": "neural",
            "Text": HELLO.text,
            "TextType": "text",
        }
    ]


@pytest.mark.parametrize(
    ("locale", "named", "voice"),
    [
        ("es-US", "", "Lupe"),
        ("es-AR", "", "Lupe"),
        ("en-GB", "", "Amy"),
        ("en-US", "Matthew", "Matthew"),
        ("en-US", "polly:Matthew", "Matthew"),
        ("en-US", "espeak:en-us+f3", "Joanna"),
    ],
)
def test_a_locale_has_its_voice_unless_the_flow_names_one(locale, named, voice):
    async def work(double, clients):
        await spoken(PollySynthesizer(clients), Utterance("Hola.", locale, voice=named))
        return asked(double)[0]["VoiceId"]

    assert with_aws(work) == voice


def test_a_bilingual_voice_is_told_its_language():
    async def work(double, clients):
        await spoken(PollySynthesizer(clients), Utterance("Namaste.", "hi-IN"))
        return asked(double)[0]

    body = with_aws(work)
    assert (body["VoiceId"], body["LanguageCode"]) == ("Kajal", "hi-IN")


def test_a_locale_without_a_voice_is_refused_without_a_request():
    async def work(double, clients):
        return await failure(PollySynthesizer(clients), Utterance("Saluton.", "eo-EO")), asked(double)

    assert with_aws(work) == ("refused", [])


def test_a_voice_without_the_wanted_engine_speaks_with_one_it_has_and_is_asked_once():
    async def work(double, clients):
        voice = PollySynthesizer(clients)
        for text in ("Buenos días.", "Adiós."):
            assert await spoken(voice, Utterance(text, "es-US", voice="Miguel"))
        return [body["Engine"] for body in asked(double)]

    assert with_aws(work) == ["neural", "standard", "standard"]


def test_the_wanted_engine_is_part_of_a_sound_s_identity():
    clients = AwsClients(AwsAccess("us-east-1"))
    neural, standard = (PollySynthesizer(clients, PollyConfig(engine=e)) for e in ("neural", "standard"))
    assert neural.identity(HELLO) != standard.identity(HELLO)
    assert neural.identity(HELLO) != neural.identity(Utterance(HELLO.text, "en-US", voice="Matthew"))


def test_ssml_and_lexicons_go_with_the_request():
    async def work(double, clients):
        double.account.lexicons.add("clinic")
        ssml = '<speak>Hello <break time="200ms"/> there.</speak>'
        said = Utterance("Hello there.", "en-US", ssml=ssml, lexicons=("clinic",))
        assert await spoken(PollySynthesizer(clients), said)
        body = asked(double)[0]
        return body["TextType"], body["Text"] == ssml, body["LexiconNames"]

    assert with_aws(work) == ("ssml", True, ["clinic"])


def test_a_text_of_spaces_costs_no_request():
    async def work(double, clients):
        return await spoken(PollySynthesizer(clients), Utterance("  ", "en-US")), asked(double)

    assert with_aws(work) == (b"", [])


def test_the_first_bytes_are_there_before_the_last_are_made():
    async def work(double, clients):
        double.scripts.always(Service.POLLY, Script(Stall(after=1)))
        sound = PollySynthesizer(clients).synthesize(HELLO)
        first = await anext(sound)
        request = await double.next(Service.POLLY)
        assert request.ending is None
        await sound.aclose()
        await request.client_gone()
        return len(first)

    assert with_aws(work) > 0


@pytest.mark.parametrize("script", [Script(Hang()), Script(Stall(after=1))])
def test_a_cancelled_sentence_is_broken_off_at_the_source(script):
    async def work(double, clients):
        double.scripts.always(Service.POLLY, script)
        task = asyncio.ensure_future(spoken(PollySynthesizer(clients)))
        request = await double.next(Service.POLLY)
        if script.fault == Stall(after=1):
            await request.has_sent(1)
        task.cancel()
        await request.client_gone()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        double.scripts.clear()
        return len(await spoken(PollySynthesizer(clients)))

    assert with_aws(work) > 0


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (HttpError(400, "ThrottlingException"), "throttled"),
        (HttpError(429, "TooManyRequestsException"), "throttled"),
        (HttpError(500, "ServiceFailureException"), "unavailable"),
        (HttpError(503, "ServiceUnavailable"), "unavailable"),
        (HttpError(502, "NobodyKnows"), "unavailable"),
        (HttpError(408, "NobodyKnows"), "timeout"),
        (HttpError(403, "AccessDeniedException"), "denied"),
        (HttpError(400, "ExpiredTokenException"), "denied"),
        (HttpError(400, "InvalidSsmlException"), "refused"),
        (HttpError(400, "TextLengthExceededException"), "refused"),
        (HttpError(400, "LanguageNotSupportedException"), "refused"),
        (HttpError(400, "InvalidSampleRateException"), "refused"),
        (HttpError(400, "EngineNotSupportedException"), "refused"),
        (HttpError(404, "LexiconNotFoundException"), "refused"),
        (AbortBeforeHeaders(), "unavailable"),
        (BodyDrop(after=1), "error"),
        (Fin(after=1), "error"),
        (Rst(after=1), "error"),
        (Fin(after=0), "error"),
    ],
    ids=repr,
)
def test_each_way_to_fail_is_one_word_and_a_line_without_the_text(fault, reason):
    async def work(double, clients):
        double.scripts.always(Service.POLLY, Script(fault))
        return await failure(PollySynthesizer(clients))

    assert with_aws(work) == reason


@pytest.mark.parametrize("fault", [Hang(), Stall(after=1)], ids=repr)
def test_a_silent_socket_is_given_up(fault):
    async def work(double, clients):
        double.scripts.always(Service.POLLY, Script(fault))
        reason = await failure(PollySynthesizer(clients))
        await (await double.next(Service.POLLY)).client_gone()
        return reason

    assert with_aws(work, read_timeout_s=0.05) == "timeout"


def test_an_address_where_nobody_listens_is_unavailable():
    async def work(double, clients):
        gone = AwsClients(access(double, endpoint_url="http://127.0.0.1:1"))
        try:
            return await failure(PollySynthesizer(gone))
        finally:
            await gone.aclose()

    assert with_aws(work) == "unavailable"


def test_a_wrong_secret_and_no_credentials_at_all_are_refused():
    async def work(double, clients):
        reasons = []
        for changed in ({"secret_key": "wrong"}, {"access_key": "", "secret_key": ""}):
            other = AwsClients(access(double, **changed))
            reasons.append(await failure(PollySynthesizer(other)))
            await other.aclose()
        return reasons

    assert with_aws(work) == ["denied", "denied"]
