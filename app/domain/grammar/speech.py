"""What words mean to a question, and whether a text is one of some phrases."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from app.domain.answers import Understood
from app.domain.grammar.judge import Judge
from app.domain.grammar.keys import language_of
from app.domain.grammar.lexicon import lexicon_of
from app.domain.grammar.numerals import number_reader
from app.domain.grammar.sentence import last_word, scan
from app.domain.grammar.shapes import FreeText, Grammar, SpeechReading
from app.domain.grammar.tokens import Words, words_of
from app.domain.languages import language

_NOTHING = SpeechReading(None, may_grow=True)


def read_speech(grammar: Grammar, text: str, confidence: float) -> SpeechReading:
    """Return what the words mean to this question; `confidence` of the words bounds the answer's.

    What is not an answer may always grow into one. Two different answers, a negation or a doubt in the
    same breath are no answer; what follows a correction ("no, I mean four") replaces what came before.
    """
    sure = min(max(confidence, 0.0), 1.0)
    words = words_of(text, language_of(grammar))
    if not words:
        return _NOTHING
    if isinstance(grammar.body, FreeText):
        return SpeechReading(_free_text(grammar, text, sure), may_grow=True)
    reader = number_reader(language_of(grammar).key)
    lexicon = lexicon_of(grammar)
    items = scan(words, lexicon, reader, grammar)
    rest = last_word(items)
    if rest is None:
        return _NOTHING
    replaced = items[: len(items) - len(rest)]
    verdict = Judge(grammar, lexicon, reader, words, rest, replaced).verdict()
    if verdict is None:
        return _NOTHING
    answer = replace(verdict.answer, confidence=sure * verdict.factor)
    return SpeechReading(answer, verdict.may_grow)


def find_phrase(key_or_locale: str, text: str, phrases: Iterable[str]) -> str | None:
    """Return the phrase that `text` is, politeness and fillers aside ("uh, repeat that please"), or None."""
    spoken_in = language(key_or_locale)
    words = words_of(text, spoken_in)
    wanted = _wanted(spoken_in.key, tuple(phrases))
    idle = _idle(spoken_in.key)
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            phrase = wanted.get(words[start : start + length])
            if phrase and _is_idle(words[:start], idle) and _is_idle(words[start + length :], idle):
                return phrase
    return None


def find_request(key_or_locale: str, text: str, phrases: Iterable[str]) -> str | None:
    """Return the phrase of a request that `text` is, or None; one that asks alone has no word beside it."""
    spoken_in = language(key_or_locale)
    phrase = find_phrase(key_or_locale, text, phrases)
    if phrase in spoken_in.universals.alone and words_of(text, spoken_in) != words_of(phrase, spoken_in):
        return None
    return phrase


def _free_text(grammar: Grammar, text: str, confidence: float) -> Understood:
    asked = language_of(grammar)
    for special in grammar.specials:
        if find_phrase(asked.key, text, special.phrases + asked.specials[special.status]):
            return Understood(None, asked.special_labels[special.status], confidence, special.status)
    return Understood(text.strip(), text.strip(), confidence)


@lru_cache(maxsize=256)
def _wanted(language_key: str, phrases: tuple[str, ...]) -> Mapping[Words, str]:
    spoken_in = language(language_key)
    return {words_of(phrase, spoken_in): phrase for phrase in phrases}


@lru_cache(maxsize=8)
def _idle(language_key: str) -> frozenset[Words]:
    spoken_in = language(language_key)
    return frozenset(words_of(phrase, spoken_in) for phrase in spoken_in.idle + spoken_in.soft_corrections)


def _is_idle(words: Words, idle: frozenset[Words]) -> bool:
    """Whether the words are idle phrases one after the other."""
    return not words or any(
        words[:length] in idle and _is_idle(words[length:], idle) for length in range(len(words), 0, -1)
    )
