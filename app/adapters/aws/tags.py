"""Tags in a model's text: which hide what stands between them. Pure.

A pair of tags that nobody knows hides it, too: what a model puts aside, it names as it likes. One that is
never closed hides only itself, so that a name in angle brackets does not silence a reply.
"""

import re
from dataclasses import dataclass
from typing import Final

from app.adapters.aws.parts import Part, part_of

HEADER: Final = ("<|start_header_id|>", "<|end_header_id|>")
"""Between these stands who speaks."""

_HIDDEN: Final = (
    "think thinking thought thoughts reasoning reflection scratchpad analysis plan internal hidden note notes"
    " tool_call function_call function tool tools script inst sys system prompt"
)
HIDDEN: Final = frozenset(_HIDDEN.split())
"""What these begin is no speech, though it never ends."""

_SPOKEN: Final = (
    "speak say spoken speech reply response answer output message assistant bot agent p s w b i u em strong"
    " emphasis prosody voice lang sub mark span div html body h1 h2 h3 ul ol li phoneme break br hr"
)
_FOR_THE_EAR: Final = frozenset(_SPOKEN.split())
_NAME: Final = re.compile(r"<([A-Za-z][\w.:-]*)")
_TOKEN: Final = re.compile(r"<\|(begin_of_)?(\w+)\|>")
_MESSAGES: Final = frozenset(("<|start|>", "<|channel|>"))
_MESSAGE: Final = "<|message|>"
_THEIRS: Final = re.compile(r"<\|(?:start\|>)?([a-z]+)(?:\|>|<\|message)")
_WORD: Final = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Hiding:
    """The mark up to which nothing is speech; `for_good` where that holds though it never comes."""

    until: str
    for_good: bool


def hiding_of(tag: str) -> Hiding | None:
    """Return what a tag hides besides itself."""
    if tag == HEADER[0]:
        return Hiding(HEADER[1], for_good=True)
    found = _NAME.match(tag)
    if found is None or tag.endswith("/>"):
        return None
    name = found[1].lower()
    if name in _FOR_THE_EAR or name.startswith(("say-as", "amazon:")):
        return None
    return Hiding(f"</{found[1]}>", for_good=name in HIDDEN)


def bracket_hiding(inside: str) -> Hiding | None:
    """Return what `[name]` hides besides itself: where brackets are no tags, they are a note of their own."""
    name = inside.strip()
    return Hiding(f"[/{name}]", for_good=False) if name.lower() in HIDDEN else None


def closes_hidden(tag: str) -> bool:
    """Whether a tag ends what is no speech; one that nothing began says that what came before it was none."""
    return tag.startswith("</") and tag[2:-1].strip().lower() in HIDDEN


def name_of(tag: str) -> str:
    """Return what an opening tag or a control token is called; nothing of another one."""
    found = _NAME.match(tag)
    token = _TOKEN.fullmatch(tag)
    return found[1] if found else token[2] if token else ""


def message_at(text: str, tag: str, *, is_whole: bool) -> int | None:
    """Return how much of what a control token begins is not for the ear: a thought, or another one's message.

    Between the token and `<|message|>` stands who speaks, and in which channel: only the final one is spoken.
    None while one cannot tell.
    """
    begun = len(tag)
    if not tag.startswith("<|"):
        return begun
    if tag in _MESSAGES:
        begins = text.find(_MESSAGE)
        if begins < 0:
            return len(text) if is_whole else None
        begun = begins + len(_MESSAGE)
        words = _WORD.findall(text[:begins])
        if "final" in words or ("channel" not in words and part_of(words[-1]) is Part.OURS):
            return begun
    elif name_of(tag) not in HIDDEN:
        return begun
    ends = text.find("<|", begun)
    if ends >= 0:
        return ends
    return len(text) if is_whole else None


def begins_their_message(text: str) -> bool:
    """Whether a control token, all that is needed to tell behind it, begins what the caller says."""
    found = _THEIRS.match(text)
    return found is not None and part_of(found[1]) is Part.THEIRS
