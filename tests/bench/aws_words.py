"""What the bench's model says and how its voice sounds: every reply bears a number that the line can tell.

Pure. The number stands in each sentence, so that none lies in the server's cache, and as the first bytes of
its sound, so that what a caller hears is known to be the answer to what they said.
"""

import itertools
import re
from typing import Final

from app.simulator.sounds import spoken_tone, tone
from tests.doubles.aws.brain import Ask, Brain, CallTool, Reply, Say

SAID: Final = "we waited far too long and nobody told us why"
"""What every caller says: words that mean nothing but themselves."""

AT_LENGTH: Final = "at length"
"""The goal that has the model go on until it is interrupted."""

MAGIC: Final = b"\x2a\xd5\x2a\xd5"
HEAD_BYTES: Final = 8
_NUMBER: Final = re.compile(r"\bnote (\d+)\b")
_FIRST: Final = "Thank you, note {n} is complete."
_REST: Final = ("I have put note {n} down just as you said.", "What else should go with note {n} for us?")
_ON_AND_ON: Final = "And then there is one thing more to say about note {n}, part {part}."
_PARTS: Final = 12
_VOICE: Final = tone(15_000)
_MS_PER_CHARACTER: Final = len(spoken_tone("a")) // 8

FIRST_TOKENS: Final = len(_FIRST.split())
"""The double sends a word a token. The sentence ends with a word as most do: behind a number, whose full stop
may be a fraction's, a further token has to be waited for."""

REPLY_TOKENS: Final = FIRST_TOKENS + sum(len(sentence.split()) for sentence in _REST)


def make_brain() -> Brain:
    """Return a model that never fills a form and numbers its replies from 1000."""
    numbers = itertools.count(1000)

    def brain(ask: Ask) -> Reply:
        if ask.tools:
            return CallTool(ask.tools[0].name, {})
        if ask.output_schema is not None:
            return Say("{}")
        n = next(numbers)
        rest = [text.format(n=n) for text in _REST]
        if AT_LENGTH in ask.system:
            rest = [_ON_AND_ON.format(n=n, part=part) for part in range(1, _PARTS + 1)]
        return Say(" ".join([_FIRST.format(n=n), *rest]))

    return brain


def mouth(text: str) -> bytes:
    """Return a tone as long as the text would be spoken, with its number, if it bears one, at the head."""
    sound = _VOICE[: len(text) * _MS_PER_CHARACTER * 8]
    number = number_in(text)
    return sound if number is None else MAGIC + number.to_bytes(4) + sound[HEAD_BYTES:]


def number_in(text: str) -> int | None:
    """Return the number of the reply that a text is of."""
    found = _NUMBER.search(text)
    return int(found[1]) if found else None


def number_at(head: bytes) -> int | None:
    """Return the number of the reply that a sound with this head is of."""
    if len(head) < HEAD_BYTES or not head.startswith(MAGIC):
        return None
    return int.from_bytes(head[len(MAGIC) : HEAD_BYTES])
