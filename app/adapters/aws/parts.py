"""The words by which a model's text says whose a part of it is: roles, notes, keys. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Part(StrEnum):
    """What a label begins: the bot's own words, the caller's, or what is neither.

    That is a line, behind a key a sentence, under a heading a section; or it is a word without an end. An
    order is a word alone, and nothing begins with it.
    """

    OURS = "ours"
    THEIRS = "theirs"
    THOUGHT = "thought"
    KEY = "key"
    SECTION = "section"
    ENDLESS = "endless"
    ORDER = "order"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Label:
    """A label's part, and the characters that it takes itself."""

    part: Part
    length: int = 0


NO_LABEL: Final = Label(Part.NONE)

_WORDS: Final = {
    Part.OURS: "assistant agent bot ai interviewer host asistente agente answer response reply respuesta",
    Part.THEIRS: "caller user customer human client patient guest interviewee respondent llamante usuario"
    " cliente paciente",
    Part.THOUGHT: "system sistema reasoning rationale thought thoughts thinking analysis internal plan note"
    " notes scratchpad razonamiento pensamiento nota observation prompt",
    Part.KEY: "exit goto tool function action intent values output input json status salida",
}
_PARTS: Final = {word: part for part, words in _WORDS.items() for word in words.split()}
_NOTES: Final = (
    "system prompt, system note, note to self, notes to self, note to myself, nota mental, internal note,"
    " internal notes, internal thought, internal thoughts, internal monologue, internal reasoning,"
    " private note, private notes, inner thoughts, inner monologue, agent note, agent notes, assistant note,"
    " bot note, nota interna, notas internas"
)
_PHRASES: Final = {
    "action input": Part.KEY,
    "final answer": Part.OURS,
    "tool call": Part.KEY,
    "function call": Part.KEY,
    **dict.fromkeys(_NOTES.split(", "), Part.THOUGHT),
}
_FIRST: Final = frozenset(phrase.partition(" ")[0] for phrase in _PHRASES)

THEIR_NAMES: Final = tuple(word for word, part in _PARTS.items() if part is Part.THEIRS)


def part_of(name: str) -> Part | None:
    """Return what a word begins where it is a label."""
    return _PARTS.get(name.lower())


def begins_one(words: Iterable[str], so_far: str) -> bool:
    """Whether one of the words may still come of this beginning."""
    return any(word.startswith(so_far) for word in words)


def phrase_at(name: str, rest: str, *, is_whole: bool) -> str | None:
    """Return how the phrase goes on that begins with this name; None while one cannot tell."""
    if name.lower() not in _FIRST:
        return ""
    told = (name + rest.replace("\t", " ")).lower()
    if not is_whole and begins_one(_PHRASES, told):
        return None
    for phrase in _PHRASES:
        if told.startswith(phrase) and not told[len(phrase) : len(phrase) + 1].isalpha():
            return rest[: len(phrase) - len(name)]
    return ""


def part_of_phrase(phrase: str) -> Part:
    """Return what this phrase begins."""
    return _PHRASES[phrase.replace("\t", " ").lower()]
