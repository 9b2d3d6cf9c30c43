"""What a test writes so that a service behaves badly: typed faults and paces, for chosen requests.

Knows which fault makes sense for which service; performs none itself.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from tests.doubles.aws.log import Request, Service


@dataclass(frozen=True, slots=True)
class Hang:
    """Take the request and answer nothing, not even a status, until the client goes."""


@dataclass(frozen=True, slots=True)
class Stall:
    """Say nothing more after this many pieces, with the connection open, until the client goes."""

    after: int = 0


@dataclass(frozen=True, slots=True)
class Fin:
    """Close the connection properly after this many pieces, in the middle of the answer."""

    after: int = 0


@dataclass(frozen=True, slots=True)
class Rst:
    """Reset the connection (HTTP/2: the stream) after this many pieces."""

    after: int = 0


@dataclass(frozen=True, slots=True)
class GoAway:
    """HTTP/2 only: announce the connection's end after this many pieces, then close it."""

    after: int = 0


@dataclass(frozen=True, slots=True)
class AbortBeforeHeaders:
    """Reset the connection once the request is read, before any status."""


@dataclass(frozen=True, slots=True)
class CleanEndWithoutMessageStop:
    """End the answer's body properly after this many pieces (-1: all of them), the last events missing."""

    after: int = -1


@dataclass(frozen=True, slots=True)
class InStreamException:
    """Send an exception event after this many pieces, then end. `code` is lower camel case at Bedrock."""

    code: str
    message: str = "Scripted failure."
    after: int = 0


@dataclass(frozen=True, slots=True)
class HttpError:
    """Answer with this status and error type (Pascal case) instead."""

    status: int
    kind: str
    message: str = "Scripted failure."


@dataclass(frozen=True, slots=True)
class BodyDrop:
    """Polly: promise a whole body by its length and close after this many pieces of it."""

    after: int = 1


@dataclass(frozen=True, slots=True)
class AudioTimeout:
    """Transcribe: end the stream with its "no new audio" exception after this much time without audio."""

    after_ms: float = 15_000


Fault: TypeAlias = (
    Hang
    | Stall
    | Fin
    | Rst
    | GoAway
    | AbortBeforeHeaders
    | CleanEndWithoutMessageStop
    | InStreamException
    | HttpError
    | BodyDrop
    | AudioTimeout
)

_ANYWHERE = (Hang, Stall, Fin, Rst, AbortBeforeHeaders, HttpError)
_ALLOWED: dict[Service, tuple[type, ...]] = {
    Service.BEDROCK: (*_ANYWHERE, CleanEndWithoutMessageStop, InStreamException),
    Service.POLLY: (*_ANYWHERE, BodyDrop),
    Service.TRANSCRIBE: (*_ANYWHERE, GoAway, InStreamException, AudioTimeout),
    Service.BEDROCK_CONTROL: _ANYWHERE,
    Service.STS: _ANYWHERE,
}


@dataclass(frozen=True, slots=True)
class Script:
    """How one request (Transcribe: one session) goes.

    A piece is a text delta of Bedrock, a chunk of sound of Polly, a result of Transcribe; `after` counts
    them. `headers_ms` passes before the status, `first_ms` then before the first piece (for Transcribe:
    a final, after the end of its speech), `between_ms` between any two.
    """

    fault: Fault | None = None
    headers_ms: float = 0
    first_ms: float = 0
    between_ms: float = 0


NORMAL = Script()
Where: TypeAlias = Callable[[Request], bool]

_F = TypeVar("_F")


class Scripts:
    """Who gets which script: first `once` in their order, then `nth`, then `always`, else normal."""

    def __init__(self) -> None:
        self._seen: dict[Service, int] = defaultdict(int)
        self._once: dict[Service, deque[tuple[Script, Where | None]]] = defaultdict(deque)
        self._nth: dict[tuple[Service, int], Script] = {}
        self._always: dict[Service, list[tuple[Script, Where | None]]] = defaultdict(list)

    def always(self, service: Service, script: Script, *, where: Where | None = None) -> None:
        """Every request (that `where` holds for) goes so; a later call goes before an earlier one."""
        self._always[service].insert(0, (_checked(service, script), where))

    def once(self, service: Service, *scripts: Script, where: Where | None = None) -> None:
        """The next requests (that `where` holds for) go so, a script each; those after them are normal."""
        self._once[service].extend((_checked(service, script), where) for script in scripts)

    def nth(self, service: Service, number: int, script: Script) -> None:
        """The service's request of this number, counted from 1 since the double started, goes so."""
        self._nth[service, number] = _checked(service, script)

    def clear(self) -> None:
        """Let everything go normally again; the count of requests stays."""
        self._once.clear()
        self._nth.clear()
        self._always.clear()

    def take(self, request: Request) -> Script:
        """Return this request's script and use it up. The double calls it once for each request."""
        service = request.service
        self._seen[service] += 1
        for entry in self._once[service]:
            if entry[1] is None or entry[1](request):
                self._once[service].remove(entry)
                return entry[0]
        if numbered := self._nth.get((service, self._seen[service])):
            return numbered
        return next((s for s, where in self._always[service] if where is None or where(request)), NORMAL)


def _checked(service: Service, script: Script) -> Script:
    if script.fault is not None and not isinstance(script.fault, _ALLOWED[service]):
        raise ValueError(f"{type(script.fault).__name__} never happens at {service.value}")
    return script


def after_of(script: Script, kind: type[_F]) -> _F | None:
    """Return the script's fault where it is of this kind."""
    return script.fault if isinstance(script.fault, kind) else None
