"""What the double's model says, by simple rules: a polite interviewer that also fills forms.

Pure; a test hands in its own `Brain` where it wants other words.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.doubles.aws.forms import fill


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
        """What the caller said, oldest first; of a transcript in one message only the caller's lines."""
        said = [line.text for line in self.lines if line.role == "user"]
        marked = [found for text in said for found in _CALLER.findall(text)]
        return marked or said


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

_CALLER = re.compile(r"^\W*(?:caller|user|customer|answer)\W*:\s*(.+)$", re.IGNORECASE | re.MULTILINE)
_GOAL = re.compile(r"\b(?:goal|task|purpose)\b[^:\n]{0,40}:\s*(.+)", re.IGNORECASE)
_QUESTIONS = (
    "Thank you for taking the time. What comes to mind first when you think of {goal}?",
    "I see. You said: {said}. What would you like to be different?",
    "That helps, thank you. Is there anything else we should know?",
    "Thank you, I have noted that. That was all I wanted to ask.",
)


def interviewer(ask: Ask) -> Reply:
    """Fill the form where one is asked for; else ask politely about what the system prompt wants."""
    if ask.tools:
        tool = ask.tools[0]
        return CallTool(tool.name, fill(tool.schema, ask.caller_lines))
    if ask.output_schema is not None:
        return Say(json.dumps(fill(ask.output_schema, ask.caller_lines)))
    asked = sum(line.role == "assistant" for line in ask.lines)
    said = ask.caller_lines[-1].strip().rstrip(".!?") if ask.caller_lines else ""
    question = _QUESTIONS[min(asked, len(_QUESTIONS) - 1)]
    return Say(question.format(goal=_goal(ask.system), said=said[:120]))


def _goal(system: str) -> str:
    found = _GOAL.search(system)
    words = found[1] if found else ""
    return re.split(r"[.!?\n]", words)[0].strip() or "this service"
