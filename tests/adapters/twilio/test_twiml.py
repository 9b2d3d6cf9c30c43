"""The documents Twilio is answered with."""

from xml.etree import ElementTree as ET

import pytest

from app.adapters.twilio import twiml


def verbs(document: str) -> list[str]:
    return [verb.tag for verb in ET.fromstring(document)]  # noqa: S314 - our own answer


@pytest.mark.parametrize("token", ["plain", '<&>"', "</Stream>", "é ü"])
def test_what_stands_in_a_parameter_comes_back_as_it_was(token: str) -> None:
    stream = twiml.Stream("wss://x/voice/stream", token, "call-1", 4)
    root = ET.fromstring(twiml.connect(stream, "https://x/voice/resume?epoch=4&a=b"))  # noqa: S314 - our own
    assert root.find("Connect/Stream/Parameter[@name='token']").attrib["value"] == token  # type: ignore[union-attr]
    assert root.findtext("Redirect") == "https://x/voice/resume?epoch=4&a=b"


@pytest.mark.parametrize("language", ["en", "es", "es-MX", "EN-us", "de", ""])
def test_every_sentence_is_spoken_in_the_callers_language_or_in_english(language: str) -> None:
    locale = "es-MX" if language.startswith("es") else "en-US"
    for document in (
        twiml.busy(language),
        twiml.apology(language),
        twiml.exhausted(language),
        twiml.hold("https://x", 3, language),
        twiml.dial("+1", language),
    ):
        say = ET.fromstring(document).find("Say")  # noqa: S314 - our own answer
        assert say is not None
        assert say.attrib["language"] == locale
        assert say.text


def test_each_document_ends_as_it_promises() -> None:
    assert verbs(twiml.hang_up()) == ["Hangup"]
    assert verbs(twiml.busy()) == ["Say", "Hangup"]
    assert verbs(twiml.dial("+14155550100")) == ["Say", "Dial", "Hangup"]
    assert verbs(twiml.hold("https://x", 3)) == ["Say", "Pause", "Redirect"]
