import asyncio

import pytest
from botocore.exceptions import ClientError

from app.media.audio import mulaw_level, mulaw_millis, pcm_level, to_pcm16
from tests.doubles.aws import AwsDouble, Service
from tests.doubles.aws.ssml import fault_of
from tests.doubles.clients import client

SPEECH = {
    "OutputFormat": "mulaw",
    "SampleRate": "8000",
    "VoiceId": "Joanna",
    "Engine": "neural",
    "Text": "Good morning, how are you?",
}


def speech(changed: dict) -> dict:
    return {name: value for name, value in {**SPEECH, **changed}.items() if value is not None}


def spoken(*changes: dict) -> list[tuple[dict, bytes]]:
    async def run():
        told = []
        async with AwsDouble() as double, client(double, "polly") as c:
            double.account.lexicons.add("names")
            for changed in changes:
                answer = await c.synthesize_speech(**speech(changed))
                told.append((answer, await answer["AudioStream"].read()))
        return told

    return asyncio.run(run())


def test_real_speech_comes_as_the_line_wants_it():
    ((answer, sound),) = spoken({"LexiconNames": ["names"]})
    assert answer["ContentType"] == "audio/mulaw"
    assert answer["RequestCharacters"] == len(SPEECH["Text"])
    assert 800 < mulaw_millis(len(sound)) < 4_000
    assert mulaw_level(sound) > -35


def test_another_language_and_another_form_are_spoken_too():
    spanish = {"VoiceId": "Lupe", "Text": "Buenos días."}
    told = spoken(
        spanish,
        {**spanish, "OutputFormat": "alaw"},
        {**spanish, "OutputFormat": "pcm", "SampleRate": "8000"},
        {**spanish, "OutputFormat": "pcm", "SampleRate": None},
    )
    (_, sound), (_, alaw), (answer, pcm8), (_, pcm16) = told
    assert answer["ContentType"] == "audio/pcm"
    assert pcm8 == to_pcm16(sound)
    assert len(alaw) == len(sound)
    assert abs(len(pcm16) - 2 * len(pcm8)) < 32
    assert pcm_level(pcm16) > -40


def test_tags_are_heard_and_not_billed():
    ssml = '<speak>Good <break time="400ms"/><amazon:domain name="news">morning</amazon:domain>.</speak>'
    plain = "<speak>Good morning.</speak>"
    told = spoken({"Text": ssml, "TextType": "ssml"}, {"Text": plain, "TextType": "ssml"})
    (answer, with_pause), (_, without) = told
    assert answer["RequestCharacters"] == len("Good morning.")
    assert len(with_pause) > len(without) + 8 * 200


@pytest.mark.parametrize(
    ("changed", "kind", "why"),
    [
        ({"OutputFormat": "ulaw"}, "ValidationException", "'ulaw' at 'outputFormat'"),
        ({"SampleRate": "16000"}, "InvalidSampleRateException", "16000"),
        ({"SampleRate": "22050", "OutputFormat": "pcm"}, "InvalidSampleRateException", "22050"),
        ({"VoiceId": "joanna"}, "ValidationException", "voiceId"),
        ({"Engine": "Neural"}, "ValidationException", "engine"),
        ({"Engine": None, "VoiceId": "Pedro"}, "EngineNotSupportedException", "standard"),
        ({"Engine": "generative", "VoiceId": "Kendra"}, "EngineNotSupportedException", "generative"),
        ({"LanguageCode": "de-DE"}, "LanguageNotSupportedException", "de-DE"),
        ({"LexiconNames": ["names"]}, "LexiconNotFoundException", "names"),
        ({"LexiconNames": ["no-name"]}, "ValidationException", "lexiconNames"),
        ({"LexiconNames": list("abcdef")}, "ValidationException", "at most 5"),
        ({"Text": "a" * 3001}, "TextLengthExceededException", "Maximum"),
        ({"TextType": "ssml"}, "InvalidSsmlException", "Invalid SSML request"),
        ({"TextType": "SSML"}, "ValidationException", "textType"),
        ({"SpeechMarkTypes": ["word"]}, "MarksNotSupportedForFormatException", "marks"),
        ({"OutputFormat": "mp3"}, "ServiceFailureException", "does not make mp3"),
    ],
)
def test_polly_refuses_what_it_cannot_speak(changed, kind, why):
    async def run():
        async with AwsDouble() as double, client(double, "polly") as c:
            with pytest.raises(ClientError) as refused:
                await c.synthesize_speech(**speech(changed))
            return refused.value.response["Error"]

    error = asyncio.run(run())
    assert error["Code"] == kind
    assert why in error["Message"]


@pytest.mark.parametrize(
    ("ssml", "engine", "why"),
    [
        ("<speak>Hello<break/>", "neural", "Invalid"),
        ("<speak>Salt & pepper</speak>", "neural", "Invalid"),
        ("<speak><blink>Hello</blink></speak>", "neural", "Invalid"),
        ("Hello <break/>", "standard", "Invalid"),
        ("<speak><emphasis>Hello</emphasis></speak>", "neural", "Unsupported Neural feature"),
        ('<speak><prosody pitch="high">Hello</prosody></speak>', "neural", "Unsupported Neural feature"),
        ('<speak><amazon:effect name="whispered">Hi</amazon:effect></speak>', "neural", "Unsupported"),
        ("<speak><emphasis>Hello</emphasis></speak>", "standard", ""),
        ('<speak><prosody rate="slow">Hello</prosody></speak>', "neural", ""),
        ('<speak><amazon:effect name="drc">Hello</amazon:effect></speak>', "neural", "Unsupported"),
        ('<speak xml:lang="en-US"><p><s>Hello</s></p></speak>', "neural", ""),
    ],
)
def test_ssml_is_judged_as_the_engine_would(ssml, engine, why):
    assert fault_of(ssml, engine).startswith(why)
    assert bool(fault_of(ssml, engine)) is bool(why)


def test_voices_are_listed_by_language_and_engine():
    async def run():
        async with AwsDouble() as double, client(double, "polly") as c:
            spanish = (await c.describe_voices(LanguageCode="es-US", Engine="neural"))["Voices"]
            assert {voice["Id"] for voice in spanish} == {"Lupe", "Pedro"}
            all_of_them = (await c.describe_voices())["Voices"]
            lea = next(voice for voice in all_of_them if voice["Id"] == "Lea")
            assert (lea["Name"], lea["LanguageName"]) == ("Léa", "French")
            with pytest.raises(ClientError, match="engine"):
                await c.describe_voices(Engine="fast")
            double.account.denied.add("polly:DescribeVoices")
            with pytest.raises(ClientError, match="not authorized"):
                await c.describe_voices()

    asyncio.run(run())


def test_lexicons_are_listed():
    async def run():
        async with AwsDouble() as double, client(double, "polly") as c:
            double.account.lexicons |= {"places", "names"}
            return [lexicon["Name"] for lexicon in (await c.list_lexicons())["Lexicons"]]

    assert asyncio.run(run()) == ["names", "places"]


def test_a_sentence_is_spoken_once_and_served_twice():
    async def run():
        async with AwsDouble() as double, client(double, "polly") as c:
            sounds = []
            for _ in range(2):
                answer = await c.synthesize_speech(**SPEECH)
                sounds.append(await answer["AudioStream"].read())
            assert sounds[0] == sounds[1]
            assert [r.operation for r in double.requests.of(Service.POLLY)] == ["SynthesizeSpeech"] * 2

    asyncio.run(run())


def test_a_mouth_of_its_own_speaks_in_place_of_espeak():
    async def run():
        async with AwsDouble(mouth=lambda text: text.encode()) as double, client(double, "polly") as c:
            answer = await c.synthesize_speech(**SPEECH)
            return await answer["AudioStream"].read()

    assert asyncio.run(run()) == SPEECH["Text"].encode()
