"""What the double's model says, by simple rules: a polite interviewer that also fills forms.

Pure; a test hands in its own `Brain` where it wants other words.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from tests.doubles.aws.forms import Story, fill, is_asked


@dataclass(frozen=True, slots=True)
class Line:
    """One message's text, by `user` or `assistant`."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool the model may call, with its JSON schema."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """What the model is given. `output_schema` is set where the answer must be JSON of that schema."""

    model_id: str
    system: str
    lines: Sequence[Line]
    tools: Sequence[Tool] = ()
    output_schema: Mapping[str, Any] | None = None

    @property
    def caller_lines(self) -> list[str]:
        """What the caller said, oldest first."""
        return [line.text for line in self.dialogue if line.role == "user"]

    @property
    def dialogue(self) -> list[Line]:
        """The conversation by its lines, also where all of it lies as a transcript in one message."""
        told: list[Line] = []
        for line in self.lines:
            marked = [
                Line("user" if who.lower() in _CALLERS else "assistant", text)
                for who, text in _MARKED.findall(line.text)
            ]
            told += marked if line.role == "user" and marked else [line]
        return told


@dataclass(frozen=True, slots=True)
class Say:
    """The model's words. `stop_reason` may be `guardrail_intervened` and the like."""

    text: str
    stop_reason: str = "end_turn"


@dataclass(frozen=True, slots=True)
class CallTool:
    """The model calls a tool, perhaps after a few words."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


Reply: TypeAlias = Say | CallTool
Brain: TypeAlias = Callable[[Ask], Reply]

_CALLERS = ("caller", "user", "customer")
_MARKED = re.compile(
    r"^(caller|user|customer|bot|assistant|interviewer): (.+)$", re.IGNORECASE | re.MULTILINE
)
_MEANING = re.compile(r"^ +([\w -]+): (.+)$", re.MULTILINE)
_GOAL = re.compile(r"\b(?:goal|task|purpose)\b[^:\n]{0,40}:\s*(.+)", re.IGNORECASE)
_WANTED = re.compile(r"still to find out[^:\n]*:\s*(.+)", re.IGNORECASE)
_FIELD = re.compile(r"(?:^|; )(\w+)(?: \(([^)]+)\))?")
_LEAVE = re.compile(r"take your leave", re.IGNORECASE)
_TODAY = re.compile(r"today is \D*(\d{4}-\d{2}-\d{2})")
_SCHEMA = re.compile(r"schema: (\{.*\})", re.IGNORECASE)
_QUESTIONS = (
    "Thank you for taking the time. What comes to mind first when you think of {goal}?",
    "I see. You said: {said}. What would you like to be different?",
    "That helps, thank you. Is there anything else we should know?",
    "Thank you, I have noted that. That was all I wanted to ask.",
)


def interviewer(ask: Ask) -> Reply:
    """Fill the form where one is asked for; else ask politely about what the system prompt wants."""
    if ask.tools:
        return CallTool(ask.tools[0].name, fill(ask.tools[0].schema, _story(ask)))
    schema = ask.output_schema or _schema_in(ask.system)
    if schema is not None:
        return Say(json.dumps(fill(schema, _story(ask))))
    return Say(_spoken(ask))


def _spoken(ask: Ask) -> str:
    if _LEAVE.search(ask.system):
        return "Thank you very much for telling me all this."
    if wanted := _wanted(ask):
        return f"Thank you. Could you tell me about the {wanted[0].replace('_', ' ')}{_in_words(wanted[1])}?"
    asked = sum(line.role == "assistant" for line in ask.lines)
    said = ask.lines[-1].text.strip().rstrip(".!?")
    found = _GOAL.search(ask.system)
    goal = re.split(r"[.!?]", found[1])[0].strip() if found else "this service"
    return _QUESTIONS[min(asked, len(_QUESTIONS) - 1)].format(goal=goal, said=said[:120])


def _wanted(ask: Ask) -> tuple[str, str] | None:
    """Return the next value to ask for, with its meaning: what was asked just now may be told already."""
    line = _WANTED.search(ask.system)
    fields: list[tuple[str, str]] = _FIELD.findall(line[1]) if line else []
    story = _story(ask)
    return next((each for each in fields if not is_asked(*each, story)), fields[0] if fields else None)


def _in_words(about: str) -> str:
    return f", that is, {about.strip().rstrip('.?')}" if about else ""


def _story(ask: Ask) -> Story:
    pairs: list[tuple[str, str]] = []
    asked = ""
    for line in ask.dialogue:
        if line.role == "user":
            pairs.append((asked, line.text))
        asked = line.text if line.role == "assistant" else ""
    today = _TODAY.search(ask.system)
    meanings = {name.strip(): meaning for name, meaning in _MEANING.findall(ask.system)}
    return Story(pairs, meanings, date.fromisoformat(today[1]) if today else None)


def _schema_in(system: str) -> Mapping[str, Any] | None:
    found = _SCHEMA.search(system)
    try:
        schema = json.loads(found[1]) if found else None
    except ValueError:
        return None
    return schema if isinstance(schema, dict) else None
