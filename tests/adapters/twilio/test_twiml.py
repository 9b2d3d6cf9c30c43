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
    assert root.findtext("Redirect", "").partition("#")[0] == "https://x/voice/resume?epoch=4&a=b"


def test_a_call_whose_socket_ended_waits_for_a_restart_and_asks_more_than_once() -> None:
    root = ET.fromstring(twiml.connect(twiml.Stream("wss://x/s", "t", "c", 0), "https://x/r"))  # noqa: S314
    assert [verb.tag for verb in root] == ["Connect", "Say", "Pause", "Say", "Redirect"]
    assert root.find("Pause").attrib["length"] == str(twiml.GRACE_S)  # type: ignore[union-attr]
    assert root.findtext("Redirect") == "https://x/r#rc=5&rp=all"


@pytest.mark.parametrize("language", ["en", "es", "es-MX", "EN-us", "de", "fi", ""])
def test_every_sentence_is_spoken_in_the_callers_language_or_in_english(language: str) -> None:
    locale = {"es": "es-MX", "de": "de-DE"}.get(language[:2], "en-US")
    for document in (
        twiml.busy(language),
        twiml.apology(language),
        twiml.exhausted(language),
        twiml.hold("https://x", 3, language),
        twiml.dial("+1", "https://x", language),
    ):
        say = ET.fromstring(document).find("Say")  # noqa: S314 - our own answer
        assert say is not None
        assert say.attrib["language"] == locale
        assert say.text


def test_each_document_ends_as_it_promises() -> None:
    assert verbs(twiml.hang_up()) == ["Hangup"]
    assert verbs(twiml.busy()) == ["Say", "Hangup"]
    assert verbs(twiml.dial("+14155550100", "https://x/d?epoch=0")) == ["Say", "Dial"]
    assert verbs(twiml.hold("https://x", 3)) == ["Say", "Pause", "Redirect"]
