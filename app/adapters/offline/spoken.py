"""From a question's hints to the phrases and the JSGF grammar a caller may speak; knows no decoder."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from num2words import num2words

from app.domain.languages import LANGUAGES
from app.domain.speech import Hints

_MOST_NUMBERS = 200  # a longer range is spoken from its words, in any order: smaller, and less exact
_MOST_WORDS = 7
_MOST_DIGITS = 20
_EDGES = ".,;:!?¿¡\"'()[]"
_SAMPLES = (*range(31), *range(40, 100, 10), *range(100, 1_000, 100), 1_000, 2_000, 101, 31, 1_000_000)


@dataclass(frozen=True, slots=True)
class Spoken:
    """Whole answers as word sequences, words that may follow each other freely, and strings of digits.

    `numbers` are those of the whole answers that are one, each with its value.
    """

    phrases: tuple[tuple[str, ...], ...]
    free_words: tuple[str, ...] = ()
    digits: tuple[str, ...] = ()
    digit_count: tuple[int, int] = (0, 0)
    numbers: tuple[tuple[tuple[str, ...], int], ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Every word once, in a fixed order: its place is its name in grammar and dictionary."""
        said = [word for phrase in self.phrases for word in phrase]
        return tuple(dict.fromkeys([*said, *self.free_words, *self.digits]))

    def is_whole(self, words: tuple[str, ...]) -> bool:
        """Whether these words are a whole answer; a decoder also returns how far it came."""
        if not words:
            return False
        if words in self.phrases or set(words) <= set(self.free_words):
            return True
        least, most = self.digit_count
        return least <= len(words) <= most and set(words) <= set(self.digits)


def language_of(locale: str) -> str:
    """Return the language of a BCP 47 tag."""
    return locale.partition("-")[0].lower()


def split_words(phrase: str) -> tuple[str, ...]:
    """Return a phrase's words without the punctuation around them."""
    return tuple(word for part in phrase.lower().split() if (word := part.strip(_EDGES)))


def _digits(language: str) -> tuple[str, ...]:
    numerals = LANGUAGES[language].numerals
    return (*numerals.digits, *numerals.zeros[:1])


def _number(value: int, language: str) -> str:
    return str(num2words(value, lang=language)).replace("-", " ").replace(",", "")


def _numbers(low: int, high: int, language: str) -> Iterator[tuple[str, int]]:
    for value in range(low, high + 1):
        words = _number(value, language)
        yield words, value
        if " and " in words:
            yield words.replace(" and ", " "), value
        if words.startswith(("one hundred", "one thousand")):
            yield words.removeprefix("one "), value


def spoken_answers(hints: Hints) -> Spoken:
    """Return what a caller may say to these hints, in a language of `LANGUAGES`."""
    language = language_of(hints.locale)
    phrases = list(hints.phrases)
    free: tuple[str, ...] = ()
    numbers: dict[str, int] = {}
    if hints.number_range is not None:
        low, high = hints.number_range
        if high - low <= _MOST_NUMBERS:
            numbers = dict(_numbers(low, high, language))
            phrases += numbers
        else:
            said = [word for value in _SAMPLES if value <= high for word in _number(value, language).split()]
            free = tuple(dict.fromkeys(said))
    count = hints.digit_count or (0, 0)
    return Spoken(
        phrases=tuple(dict.fromkeys(words for phrase in phrases if (words := split_words(phrase)))),
        free_words=free,
        digits=_digits(language) if count[1] else (),
        digit_count=(max(1, count[0]), min(count[1], _MOST_DIGITS)) if count[1] else (0, 0),
        numbers=tuple((split_words(phrase), value) for phrase, value in numbers.items()),
    )


def token(index: int) -> str:
    """Return a word's name in grammar and dictionary: a flow's spelling never enters the grammar's syntax."""
    return f"w{index}"


def _sequence(rule: str, least: int, most: int) -> str:
    tail = ""
    for _ in range(max(0, most - least)):
        tail = f" [{rule}{tail}]"
    return f"{' '.join([rule] * least)}{tail}"


def jsgf(spoken: Spoken) -> str:
    """Return the grammar over word names. There must be at least one word."""
    names = {word: token(index) for index, word in enumerate(spoken.words)}

    def one_of(words: Sequence[str]) -> str:
        return " | ".join(names[word] for word in words)

    answers = [" ".join(names[word] for word in phrase) for phrase in spoken.phrases]
    rules = []
    if spoken.free_words:
        rules.append(f"<word> = {one_of(spoken.free_words)};")
        answers.append(_sequence("<word>", 1, _MOST_WORDS))
    if spoken.digits:
        rules.append(f"<digit> = {one_of(spoken.digits)};")
        answers.append(_sequence("<digit>", *spoken.digit_count))
    return "\n".join(
        ["#JSGF V1.0;", "grammar answers;", *rules, f"public <answer> = {' | '.join(answers)};", ""]
    )
