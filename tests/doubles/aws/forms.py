"""Fills a JSON schema from a conversation by plain word rules: what the double's model "extracts". Pure.

Finds allowed values, yes and no, numbers, days and the answers to what was asked; leaves out what it does
not find, unless the schema offers a word for that.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

_NUMBERS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YES = {"yes", "yeah", "yep", "sure", "correct", "right", "okay", "absolutely", "definitely", "si", "sí"}
_NO = {"no", "nope", "not", "never", "don't", "didn't", "wrong"}
_NOTHING_FOUND = ("none", "unknown", "unclear", "null", "no_match")
_DULL = {
    "the",
    "of",
    "a",
    "an",
    "in",
    "what",
    "how",
    "is",
    "was",
    "that",
    "caller",
    "or",
    "and",
    "to",
    "said",
    "i",
    "it",
    "for",
    "whether",
    "their",
    "they",
}


@dataclass(frozen=True, slots=True)
class Story:
    """A conversation as pairs of what was asked and what the caller said, oldest first.

    `meanings` tells what a choice means where its own word does not.
    """

    pairs: Sequence[tuple[str, str]]
    meanings: Mapping[str, str] = field(default_factory=dict)
    today: date | None = None

    def about(self, words: set[str]) -> "Story":
        """Return only what was said to a question with these words or, without one, with these words."""
        asked = [pair for pair in self.pairs if words & _words(pair[0])]
        said = [pair for pair in self.pairs if words & _words(pair[1])]
        return Story(asked or said, self.meanings, self.today)

    @property
    def said(self) -> list[str]:
        """The caller's words, newest first."""
        return [said for _, said in reversed(self.pairs)]


def fill(schema: Mapping[str, Any], story: Story) -> dict[str, Any]:
    """Return the schema's properties as far as the story gives them; `confidence` tells how far."""
    found: dict[str, Any] = {}
    properties: Mapping[str, Any] = schema.get("properties", {})
    for name, rule in properties.items():
        if not _is_confidence(name):
            value = _value(name, rule, story)
            if value is not None:
                found[name] = value
    sure = any(str(value) not in _NOTHING_FOUND for value in found.values())
    return found | {name: 0.9 if sure else 0.1 for name in properties if _is_confidence(name)}


def is_asked(name: str, about: str, story: Story) -> bool:
    """Whether one of the questions was about this field."""
    return any(
        _words(name.replace("_", " ")) <= _words(asked) or _is_meant(about, _words(asked))
        for asked, _ in story.pairs
    )


def _is_confidence(name: str) -> bool:
    return "confidence" in name.lower()


def _value(name: str, rule: Mapping[str, Any], story: Story) -> Any:
    kinds = rule.get("type", "string")
    kind = next((k for k in ([kinds] if isinstance(kinds, str) else kinds) if k != "null"), "string")
    if "enum" in rule:
        return _choice(list(rule["enum"]), story)
    if kind == "object":
        return fill(rule, story)
    near = story.about(_words(f"{name.replace('_', ' ')} {rule.get('description', '')}") - _DULL)
    if not near.pairs and (kind != "string" or len(story.pairs) == 1):
        near = story
    match kind:
        case "boolean":
            return _yes_or_no(near)
        case "integer" | "number":
            return _number(rule, near)
        case "array" if "enum" in rule.get("items", {}):
            return _choices(list(rule["items"]["enum"]), story)
        case "array":
            value = _value(name, rule.get("items", {}), story)
            return [] if value is None else [value]
        case _ if rule.get("format") == "date":
            return _day(near)
        case _:
            return near.said[0].strip() if near.pairs else None


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w']+", text.lower()))


def _choice(allowed: list[Any], story: Story) -> Any:
    offered = [value for value in allowed if str(value).lower() not in _NOTHING_FOUND]
    for line in story.said:
        words = _words(line)
        named = [value for value in offered if _words(re.sub(r"[_-]", " ", str(value))) <= words]
        meant = [value for value in offered if _is_meant(story.meanings.get(str(value), ""), words)]
        if named or meant:
            return (named or meant)[0]
    return next((value for value in allowed if value not in offered), None)


def _choices(allowed: list[Any], story: Story) -> list[Any]:
    """Return every value that was named or meant in the latest words that hold one."""
    for line in story.said:
        single = Story([("", line)], story.meanings)
        if found := [value for value in allowed if _choice([value], single) == value != "none"]:
            return found
    return []


def _is_meant(meaning: str, said: set[str]) -> bool:
    """Whether at least half of the words that carry the meaning were said."""
    telling = _words(meaning) - _DULL
    return bool(telling) and 2 * len(telling & said) >= len(telling)


def _yes_or_no(story: Story) -> bool | None:
    for line in story.said:
        words = _words(line)
        if words & (_YES | _NO):
            return not words & _NO
    return None


def _number(rule: Mapping[str, Any], story: Story) -> int | float | None:
    for line in story.said:
        for value in _numbers(line):
            if rule.get("minimum", value) <= value <= rule.get("maximum", value):
                return int(value) if value == int(value) else value
    return None


def _numbers(line: str) -> Iterator[float]:
    words = iter(re.findall(r"\d+(?:\.\d+)?|[a-z]+", line.lower()))
    for word in words:
        if word[0].isdigit():
            yield float(word)
        elif word in _NUMBERS:
            yield _NUMBERS.index(word)
        elif word in _TENS:
            after = next(words, "")
            yield 20 + 10 * _TENS.index(word) + (_NUMBERS.index(after) if after in _NUMBERS[1:10] else 0)


def _day(story: Story) -> str | None:
    for line in story.said:
        if written := re.search(r"\d{4}-\d{2}-\d{2}", line):
            return written[0]
        named = [day for day in _DAYS if day in _words(line)]
        if story.today and (named or "tomorrow" in _words(line)):
            ahead = (_DAYS.index(named[0]) - story.today.weekday()) % 7 or 7 if named else 1
            return (story.today + timedelta(days=ahead)).isoformat()
    return None
