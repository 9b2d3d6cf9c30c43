"""Tags in a model's text: which hide what stands between them. Pure.

A pair of tags that nobody knows hides it, too: what a model puts aside, it names as it likes. One that is
never closed hides only itself, so that a name in angle brackets does not silence a reply.
"""

import re
from dataclasses import dataclass
from typing import Final

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
