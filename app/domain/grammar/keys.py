"""What keys mean to a question: knows entries and their possible continuations, not time or terminators."""

from app.domain.answers import Understood
from app.domain.grammar.shapes import Choices, Digits, Grammar, KeyReading, Number, YesNo
from app.domain.languages import Language, language


def read_keys(grammar: Grammar, keys: str) -> KeyReading:
    """Return what `keys` (digits, `*`; never the terminator) mean to this question.

    `may_grow` is False exactly when no longer entry that begins with `keys` is an answer. A special's
    key wins over a value that is spelled alike (the loader refuses such a flow).
    """
    words = language_of(grammar)
    fixed = fixed_keys(grammar, words)
    answer = fixed.get(keys) or _value(grammar, keys)
    may_grow = any(key.startswith(keys) and key != keys for key in fixed)
    return KeyReading(answer, may_grow or _value_may_grow(grammar, keys))


def language_of(grammar: Grammar) -> Language:
    """Return the language that answers are read in; raise LookupError when there is no such language."""
    return language(grammar.locale or grammar.language)


def fixed_keys(grammar: Grammar, words: Language) -> dict[str, Understood]:
    """Return every entry that is an answer by being listed: choices, yes and no, specials."""
    entries: dict[str, Understood] = {}
    for special in grammar.specials:
        if special.key:
            label = words.special_labels[special.status]
            entries.setdefault(special.key, Understood(None, label, status=special.status))
    body = grammar.body
    if isinstance(body, YesNo):
        entries.setdefault(body.yes_key, Understood(value=True, label=words.yes_label))
        entries.setdefault(body.no_key, Understood(value=False, label=words.no_label))
    elif isinstance(body, Choices):
        for option in body.options:
            if option.key:
                entries.setdefault(option.key, Understood(option.value, option.label))
    return entries


def spaced(digits: str) -> str:
    """Return digits as a voice has to read them: one by one."""
    return " ".join(digits)


def is_digits(text: str) -> bool:
    """Whether `text` is one or more of 0 to 9, and nothing that merely counts as a digit elsewhere."""
    return text.isascii() and text.isdigit()


def _value(grammar: Grammar, keys: str) -> Understood | None:
    body = grammar.body
    if not is_digits(keys):
        return None
    if isinstance(body, Digits) and body.min_length <= len(keys) <= body.max_length:
        return Understood(keys, spaced(keys))
    # The length is checked first because int() refuses texts of thousands of digits.
    if isinstance(body, Number) and len(keys) <= len(str(body.maximum)):
        value = int(keys)
        if str(value) == keys and body.minimum <= value <= body.maximum:
            return Understood(value, keys)
    return None


def _value_may_grow(grammar: Grammar, keys: str) -> bool:
    body = grammar.body
    if keys and not is_digits(keys):
        return False
    if isinstance(body, Digits):
        return len(keys) < body.max_length
    if isinstance(body, Number):
        return _number_may_grow(body, keys)
    # Choices and yes or no are listed; free text is not given by keys.
    return False


def _number_may_grow(body: Number, keys: str) -> bool:
    missing = len(str(body.maximum)) - len(keys)
    lowest = max(body.minimum, 0)
    if not keys:
        return body.maximum >= lowest
    if missing <= 0 or keys.startswith("0"):
        return False
    prefix = int(keys)
    return any(
        prefix * 10**more <= body.maximum and (prefix + 1) * 10**more > lowest
        for more in range(1, missing + 1)
    )
