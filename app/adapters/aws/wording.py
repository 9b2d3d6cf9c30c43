"""How a word of a written text is said: addresses as a person reads them, signs left out. Pure."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from app.domain.languages import DEFAULT, is_known, language

_RULE: Final = re.compile(r"[-=_~#|>\\^]+")
_ADDRESS: Final = re.compile(
    r"(?:https?://|www\.)(?:[^/@\s]*@)?(?:www\.)?([^\s/:?#,;!\"']+)\S*", re.IGNORECASE
)
_MAIL: Final = re.compile(r"([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)")
_TAIL: Final = re.compile(r"[.,;:!?\"')\]]+$")
_SOFT: Final = re.compile(r"[_#~|^=<>{}\[\]()*`\\]")
_GAP: Final = re.compile(r" ([.,!?;:…])")
_SILENT: Final = frozenset(("So", "Co", "Cn", "Cc", "Cs"))


def is_rule(word: str) -> bool:
    """Whether a word is a drawn line or a heading's sign, and nothing to say."""
    return _RULE.fullmatch(word) is not None


@lru_cache(maxsize=4_096)
def _script(letter: str) -> str:
    """Return whose letter this is, as Unicode names it; of what is no letter, nothing."""
    if not letter.isalpha() or letter in "ªºµ":
        return ""
    return unicodedata.name(letter, "").partition(" ")[0]


class Wording:
    """Says words in one language; those in letters that it is not written in cannot be said."""

    def __init__(self, locale: str) -> None:
        sounds = (language(locale) if is_known(locale) else DEFAULT).sounds
        self._dot, self._at, self._known = sounds.dot, sounds.at, {sounds.script, ""}

    def spoken(self, word: str) -> str:
        """Return what is said of the word; may be nothing."""
        if is_rule(word) or not self._known.issuperset(map(_script, word)):
            return ""
        tail = _TAIL.search(word)
        core, end = (word[: tail.start()], tail[0]) if tail else (word, "")
        if address := _ADDRESS.fullmatch(core):
            word = address[1].replace(".", f" {self._dot} ") + end
        elif mail := _MAIL.fullmatch(core):
            word = f"{mail[1]} {self._at} {mail[2]}".replace(".", f" {self._dot} ") + end
        plain = "".join(c for c in _SOFT.sub(" ", word) if unicodedata.category(c) not in _SILENT)
        return _GAP.sub(r"\1", " ".join(plain.replace("\ufe0f", "").split()))
