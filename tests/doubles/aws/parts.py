"""The double whole, as it is run by hand: Transcribe by both wires, hearing with the offline recogniser."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from app.domain.speech import Hints
from tests.doubles.aws.hearing import Ears
from tests.doubles.aws.log import Request
from tests.doubles.aws.server import Part
from tests.doubles.aws.transcribe_h2 import TranscribeHttp2
from tests.doubles.aws.transcribe_ws import TranscribeWebSocket

# The recogniser decides among phrases that are given; these fit most questions.
_COMMON = {
    "en": ("yes", "no", "yes please", "no thank you", "repeat", "help", "operator", "stop", "hello"),
    "es": ("sí", "no", "repetir", "ayuda", "operador", "hola"),
}
_SAID = re.compile(r"""^\s*(?:- )?say: *["']?([^"'#\n]+)""", re.MULTILINE)


def all_parts(phrases: Iterable[str] = ()) -> tuple[Part, ...]:
    """Return both of Transcribe's servers, which know these phrases and the common ones."""
    ears = Ears(hints=_hints(tuple(phrases)))
    return TranscribeWebSocket(ears), TranscribeHttp2(ears)


def phrases_of_callers(folder: Path) -> list[str]:
    """Return what the simulated callers of a folder say: what a call by them will want recognised."""
    said = [text for path in sorted(folder.glob("*.yaml")) for text in _SAID.findall(path.read_text())]
    return sorted({re.sub(r"[^\w' ]", "", text).strip().lower() for text in said})


def _hints(phrases: tuple[str, ...]) -> Callable[[Request], Hints]:
    def hints(request: Request) -> Hints:
        locale = str(request.body.get("language-code", "en-US"))
        common = _COMMON.get(locale.partition("-")[0], ())
        return Hints(locale, phrases=(*common, *phrases), number_range=(0, 12))

    return hints
