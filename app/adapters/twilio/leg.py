"""One call's leg at Twilio: turns what the call wants into messages and REST orders; decides nothing."""

from typing import Protocol

from app.adapters.twilio import twiml
from app.adapters.twilio.outbox import Outbox
from app.adapters.twilio.wire import Outgoing
from app.domain.languages import DEFAULT


class CarrierError(Exception):
    """Twilio did not do what was asked; one line says why, without a credential or a phone number."""


class CallControl(Protocol):
    """What can be done to a live call from outside of its stream."""

    async def hang_up(self, sid: str) -> None:
        """End the call; one that has ended already is fine. Raises CarrierError."""
        ...

    async def redirect(self, sid: str, *, twiml: str = "", url: str = "") -> None:
        """Give the call other TwiML, or the address of it. Raises CarrierError."""
        ...


class TwilioLeg:
    """The Carrier port over one Media Streams socket.

    Without `control` (a softphone, development without an account) hanging up only closes the socket.
    `outcome_url` is where Twilio tells how a transfer went.
    """

    __slots__ = (
        "_call_sid", "_control", "_hung_up", "_language", "_outbox", "_outcome_url", "_spell", "trouble",
    )  # fmt: skip

    def __init__(
        self,
        outbox: Outbox,
        *,
        stream_sid: str,
        call_sid: str,
        control: CallControl | None = None,
        language: str = DEFAULT.key,
        outcome_url: str = "",
    ) -> None:
        self._outbox = outbox
        self._spell = Outgoing(stream_sid)
        self._call_sid = call_sid
        self._control = control
        self._language = language
        self._outcome_url = outcome_url
        self._hung_up = False
        self.trouble = ""
        """The last refusal of the REST interface, in one line; empty when there was none."""

    def send_audio(self, mulaw: bytes) -> None:
        """Queue mu-law audio of any length; none at all sends nothing."""
        if mulaw:
            self._outbox.put(self._spell.media(mulaw), is_audio=True)

    def send_mark(self, name: str) -> None:
        """Ask for this mark behind what is queued."""
        self._outbox.put(self._spell.mark(name))

    def clear(self) -> None:
        """Drop the audio that waits here and at Twilio; marks still go out, so that each comes back."""
        self._outbox.drop_audio()
        self._outbox.put(self._spell.clear)

    async def hang_up(self) -> None:
        """End the call by REST, then close the socket. Idempotent; never raises.

        REST comes first: a socket that merely closes makes Twilio speak the apology and ask for the
        call to be resumed. Cancelled half-way, the socket closes all the same.
        """
        if self._hung_up:
            return
        self._hung_up = True
        try:
            if self._control is not None:
                await self._control.hang_up(self._call_sid)
        except CarrierError as error:
            self.trouble = str(error)
        finally:
            self._outbox.close()

    async def close(self) -> None:
        """Close the socket; Twilio then asks /voice/resume who goes on with the call. Never raises."""
        self._outbox.close()

    async def transfer(self, to: str) -> bool:
        """Have Twilio connect the caller with `to`. False when it refused or no account is there.

        When it did not, the stream stops before anybody has answered: `outcome_url` is told later.
        """
        if self._control is None:
            self.trouble = "no Twilio account is configured: nobody can be transferred"
            return False
        try:
            document = twiml.dial(to, self._outcome_url, self._language)
            await self._control.redirect(self._call_sid, twiml=document)
        except CarrierError as error:
            self.trouble = str(error)
            return False
        return True
