"""How an answer is given under a script: its delays, its pieces, and the fault in its middle.

Knows HTTP answers and scripts; what the pieces hold is the services' business.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tests.doubles.aws import codec
from tests.doubles.aws.account import Account
from tests.doubles.aws.http import Exchange
from tests.doubles.aws.log import Ending, Request, Service, now
from tests.doubles.aws.script import (
    NORMAL,
    AbortBeforeHeaders,
    BodyDrop,
    CleanEndWithoutMessageStop,
    Fin,
    Hang,
    HttpError,
    InStreamException,
    Rst,
    Script,
    Stall,
)

_QUERY_KINDS = {
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "AccessDeniedException": "AccessDenied",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that go out together.

    `counts`: it is content, which scripts count; `text` is what it says. `closes`: all content is said,
    so a fault that was to come after more pieces than there are comes here.
    """

    data: bytes
    counts: bool = False
    text: str = ""
    closes: bool = False


_END = Piece(b"", closes=True)


@dataclass(slots=True)
class Serving:
    """One request being served: the wire, the record, the account, the script."""

    wire: Exchange
    request: Request
    account: Account
    script: Script = NORMAL

    def refuse(self, status: int, kind: str, message: str) -> None:
        """Answer with an error: in JSON, or for STS in the query protocol's XML."""
        if self.request.service is Service.STS:
            kind = _QUERY_KINDS.get(kind, kind)
        self.request.note_end(Ending.REFUSED, kind)
        if self.request.service is Service.STS:
            error = f"<Type>Sender</Type><Code>{kind}</Code><Message>{escape(message)}</Message>"
            body = f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
            self.wire.answer(status, {"Content-Type": "text/xml"}, body.encode())
        else:
            headers = {"Content-Type": "application/json", "x-amzn-ErrorType": kind}
            self.wire.answer(status, headers, json.dumps({"message": message}).encode())

    def complete(self) -> None:
        """Note that the answer was given whole."""
        self.request.note_end(Ending.COMPLETE)

    async def pause(self, ms: float) -> None:
        """Let this much time pass."""
        await _pass_until(now() + ms / 1000)

    async def forever(self) -> None:
        """Say nothing more until the client goes, which cancels this."""
        await asyncio.get_running_loop().create_future()

    async def meets_early_fault(self) -> bool:
        """Do what the script wants before any status; whether that was all."""
        fault = self.script.fault
        if isinstance(fault, AbortBeforeHeaders):
            self.request.note_end(Ending.CUT, "AbortBeforeHeaders")
            self.wire.rst()
            return True
        if isinstance(fault, Hang):
            await self.forever()
        await self.pause(self.script.headers_ms)
        if isinstance(fault, HttpError):
            self.refuse(fault.status, fault.kind, fault.message)
            return True
        return False

    async def stream(
        self, headers: Mapping[str, str], pieces: Iterable[Piece], *, length: int | None = None
    ) -> None:
        """Give the answer piece by piece at the script's pace, until it ends or its fault comes."""
        self.wire.begin(200, headers, length=length)
        due = now() + self.script.first_ms / 1000
        for piece in pieces:
            if await self._meets_fault(before=piece):
                return
            if piece.counts:
                await _pass_until(due)
                due += self.script.between_ms / 1000
            await self.wire.write(piece.data)
            if piece.counts:
                self.request.note_piece(piece.text)
        if not await self._meets_fault(before=_END):
            self.complete()
            self.wire.finish()

    async def _meets_fault(self, *, before: Piece) -> bool:
        fault = self.script.fault
        after = getattr(fault, "after", None)
        if after is None:
            return False
        due = before.counts and 0 <= after <= self.request.pieces
        if not due and not before.closes:
            return False
        match fault:
            case Stall():
                await self.forever()
            case Rst():
                self._cut("Rst")
                self.wire.rst()
            case Fin() | BodyDrop():
                self._cut(type(fault).__name__)
                self.wire.fin()
            case CleanEndWithoutMessageStop():
                self._cut("CleanEndWithoutMessageStop")
                self.wire.finish()
            case InStreamException(code, message):
                await self.wire.write(codec.exception(code, message))
                self.request.note_end(Ending.EXCEPTION, code)
                self.wire.finish()
            case _:
                return False
        return True

    def _cut(self, how: str) -> None:
        self.request.note_end(Ending.CUT, how)


async def _pass_until(moment: float) -> None:
    """Return at this monotonic time; at once when it has passed."""
    left = moment - now()
    if left > 0:
        await asyncio.sleep(left)
