"""What certain words come to at a question: its answer, a request, or neither.

Knows which of the two is meant where both can be read; knows nothing of voice, pauses or attempts.
"""

from typing import NamedTuple

from app.domain.answers import Source
from app.domain.grammar import FreeText, SpeechReading, find_request, read_speech
from app.engine.timing import LOW_CONFIDENCE
from app.flows.sprint import Asked, Expect, Heard


class Understanding(NamedTuple):
    """The grammar's reading of some words, and what they settle: nothing, an answer or a request."""

    reading: SpeechReading
    outcome: Heard | Asked | None


def understand(
    expect: Expect, words: str, confidence: float, source: Source = Source.SPEECH
) -> Understanding:
    """Return what the words mean at this question.

    Words that are an answer and nothing else are never a request ("claro que sí" ends like "¿qué?"). An
    open question takes every word for an answer, and a loose answer is one among strange words ("sure,
    repeat that"): there the request is meant, if it is one.
    """
    reading = read_speech(expect.grammar, words, confidence)
    answer, is_open = reading.answer, isinstance(expect.grammar.body, FreeText)
    heard = None
    if answer is not None and (is_open or answer.confidence >= LOW_CONFIDENCE):
        heard = Heard(answer, source, words)
    is_plain = answer is not None and not is_open and answer.confidence >= min(confidence, 1.0)
    if is_plain or confidence < LOW_CONFIDENCE:
        return Understanding(reading, heard)
    phrase = find_request(expect.grammar.locale, words, expect.universal_phrases)
    return Understanding(reading, heard if phrase is None else Asked(expect.universal_phrases[phrase]))
