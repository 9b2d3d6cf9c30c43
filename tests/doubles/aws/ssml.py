"""Which SSML Polly takes: well-formed, inside `<speak>`, of tags it knows and the engine speaks. Pure."""

import re
from xml.etree import ElementTree
from xml.parsers import expat

_TAGS = {
    "break",
    "emphasis",
    "lang",
    "mark",
    "p",
    "phoneme",
    "prosody",
    "s",
    "say-as",
    "speak",
    "sub",
    "w",
    "amazon:domain",
    "amazon:effect",
    "amazon:auto-breaths",
    "amazon:breath",
}
# The table "Supported SSML tags" of Polly's manual: what only the standard engine speaks.
_STANDARD_ONLY = {"emphasis", "amazon:auto-breaths", "amazon:breath"}
_STANDARD_EFFECTS = {"name", "phonation", "vocal-tract-length"}


def spoken_characters(ssml: str) -> int:
    """Return how many characters are billed: tags are not."""
    return len(re.sub(r"<[^>]*>", "", ssml))


def fault_of(ssml: str, engine: str) -> str:
    """Return why Polly refuses this, empty when it does not."""
    marked = ssml.strip()
    if not re.match(r"<speak[\s>]", marked):
        return "Invalid SSML request"
    # Only Polly binds the `amazon:` prefix by itself.
    bound = marked.replace("<speak", '<speak xmlns:amazon="amazon"', 1)
    try:
        root = ElementTree.fromstring(bound)  # noqa: S314 - what a test's own program wrote
    except (ElementTree.ParseError, expat.ExpatError):
        return "Invalid SSML request"
    for element in root.iter():
        tag = re.sub(r"\{amazon\}", "amazon:", element.tag)
        tag = re.sub(r"\{[^}]*\}", "", tag)
        if tag not in _TAGS:
            return "Invalid SSML request"
        if engine != "standard" and _needs_standard(tag, set(element.attrib)):
            return f"Unsupported {engine.capitalize()} feature"
    return ""


def _needs_standard(tag: str, attributes: set[str]) -> bool:
    effect = tag == "amazon:effect" and attributes & _STANDARD_EFFECTS
    return tag in _STANDARD_ONLY or bool(effect) or (tag == "prosody" and "pitch" in attributes)
