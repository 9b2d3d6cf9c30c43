"""How a synthesizer is asked to speak for a call, and what that is reckoned as; knows no cache."""

import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Final

from app.domain.speech import Utterance
from app.session.ports import Report, ReportingSynthesizer, Synthesizer

_TAG: Final = re.compile(r"<[^>]*>")


def characters(utterance: Utterance) -> int:
    """Return how many characters a provider bills: tags cost nothing."""
    return len(_TAG.sub("", utterance.ssml)) if utterance.ssml else len(utterance.text)


def plainly(utterance: Utterance) -> Utterance:
    """Return what a voice of another provider can say: the words, without what only the first understands."""
    return replace(utterance, voice="", ssml=None, lexicons=(), audio=None)


@contextlib.asynccontextmanager
async def speak(
    voice: Synthesizer, utterance: Utterance, report: Report
) -> AsyncIterator[AsyncIterator[bytes]]:
    """Give the sound as it comes, told to the call where the voice has things to tell; closed at the end."""
    if isinstance(voice, ReportingSynthesizer):
        sound = voice.synthesize_for(utterance, report)
    else:
        sound = voice.synthesize(utterance)
    try:
        yield sound
    finally:
        if isinstance(sound, AsyncGenerator):
            await sound.aclose()
