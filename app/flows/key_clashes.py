"""Keys and words that would mean two things at one question.

Knows one question at a time, with the requests that are open at all of them.
"""

import re
from collections.abc import Iterator
from typing import Final

from app.flows.findings import Finding
from app.flows.model import (
    AskDigits,
    AskYesNo,
    ChooseLanguage,
    Consent,
    Flow,
    Numeric,
    Question,
    Select,
    SelectMany,
)
from app.flows.problems import Severity
from app.flows.yaml_tree import Path

_NOT_SPOKEN: Final = re.compile(r"[^\w]+")


def inspect_keys(flow: Flow) -> Iterator[Finding]:
    """Yield every clash of keys or words."""
    for index, step in enumerate(flow.steps):
        if not isinstance(step, Question):
            continue
        path: Path = ("steps", index)
        if step.policy.dtmf:
            yield from _keys(flow, step, path)
        if isinstance(step, Select):
            yield from _answerable(step, path)
            yield from _words(flow, step, path)


def _own_keys(step: Question, path: Path) -> list[tuple[Path, str, str]]:
    """Return the question's keys: where each stands, the key, what it means."""
    match step:
        case Select():
            choices = [choice for choice in step.choices if choice.key is not None]
            return [((*path, "choices", c.value, "key"), str(c.key), f"`{c.value}`") for c in choices]
        case ChooseLanguage():
            return [((*path, "keys", key), key, f"`{value}`") for key, value in step.keys.items()]
        case AskYesNo() | Consent():
            return [(path, "1", "yes"), (path, "2", "no")]
        case _:
            return []


def _keys(flow: Flow, step: Question, path: Path) -> Iterator[Finding]:
    own = _own_keys(step, path)
    specials = [((*path, "special", s.value), key, f"`{s.value}`") for s, key in step.special.items()]
    taken: dict[str, str] = {}
    for place, key, meaning in [*own, *specials]:
        if key in taken:
            yield Finding(place, f"the key `{key}` means {taken[key]} and {meaning}")
        taken.setdefault(key, meaning)
        for universal, sequence in flow.universals.items():
            if sequence == key or sequence.startswith(key):
                message = f"the key `{key}` means {meaning} and begins `{sequence}` for {universal.value}"
                yield Finding(place, message)
                break
    for place, key, meaning in specials:
        yield from _special(step, place, key, meaning)
    if step.policy.end_key and step.policy.end_key in flow.universals.values():
        yield Finding((*path, "end_key"), f"the end key `{step.policy.end_key}` is taken by a universal")
    yield from _prefixes(own, is_string=isinstance(step, SelectMany))


def _special(step: Question, place: Path, key: str, meaning: str) -> Iterator[Finding]:
    if step.policy.end_key and step.policy.end_key in key:
        yield Finding(place, f"the key `{key}` for {meaning} holds the end key `{step.policy.end_key}`")
    hint = "; give this step a `special` of its own"
    if not key.isdigit():
        return
    if isinstance(step, Numeric) and step.minimum <= int(key) <= step.maximum:
        yield Finding(place, f"`{key}` means {meaning} and is an answer in the range{hint}")
    if isinstance(step, AskDigits) and step.min_length <= len(key) <= step.max_length:
        yield Finding(place, f"`{key}` means {meaning} and is an answer of that length{hint}")


def _prefixes(own: list[tuple[Path, str, str]], *, is_string: bool) -> Iterator[Finding]:
    for place, key, _ in own:
        longer = [other for _, other, _ in own if other != key and other.startswith(key)]
        if longer:
            message = f"after `{key}` the caller waits, because `{longer[0]}` begins with it"
            if is_string:
                message = f"`{longer[0]}` begins with `{key}`: keys in a row could mean either"
            yield Finding(place, message, severity=Severity.ERROR if is_string else Severity.WARNING)


def _answerable(step: Select, path: Path) -> Iterator[Finding]:
    for choice in step.choices:
        if choice.key is None and step.policy.dtmf:
            only = not step.policy.speech
            severity = Severity.ERROR if only else Severity.WARNING
            message = "there is no `key` for this choice" + ("" if only else "; it can only be spoken")
            yield Finding((*path, "choices", choice.value), message, severity=severity)


def _words(flow: Flow, step: Select, path: Path) -> Iterator[Finding]:
    if not step.policy.speech:
        return
    for language in flow.languages:
        heard: dict[str, str] = {}
        for choice in step.choices:
            for phrase in (choice.text[language], *choice.synonyms.get(language, ())):
                spoken = _NOT_SPOKEN.sub(" ", phrase.casefold()).strip()
                other = heard.setdefault(spoken, choice.value)
                if other != choice.value:
                    message = f"`{phrase}` ({language}) means `{other}` and `{choice.value}`: nobody can tell"
                    yield Finding((*path, "choices", choice.value), message)
                if not spoken:
                    yield Finding((*path, "choices", choice.value), f"a word in `{language}` is empty")
