"""From keys or words to an answer of one question, in one language, without any model.

Knows what counts as an answer; knows nothing of time, prompts or attempts.
"""

from app.domain.grammar.hints import hints_for, hints_in_talk
from app.domain.grammar.keys import read_keys
from app.domain.grammar.meaning import inquiry_into, meant
from app.domain.grammar.shapes import (
    Choices,
    Day,
    Digits,
    FreeText,
    Grammar,
    KeyReading,
    Moment,
    Number,
    Option,
    Several,
    Special,
    SpeechReading,
    YesNo,
)
from app.domain.grammar.speech import find_phrase, find_request, read_speech

__all__ = [
    "Choices",
    "Day",
    "Digits",
    "FreeText",
    "Grammar",
    "KeyReading",
    "Moment",
    "Number",
    "Option",
    "Several",
    "Special",
    "SpeechReading",
    "YesNo",
    "find_phrase",
    "find_request",
    "hints_for",
    "hints_in_talk",
    "inquiry_into",
    "meant",
    "read_keys",
    "read_speech",
]
