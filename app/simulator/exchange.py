"""One call at the exchange: runs its TwiML, obeys REST updates, reports its status; carries no audio."""

import asyncio
import email.utils
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urljoin

from app.simulator import twiml
from app.simulator.addresses import NotWssError, stream_address
from app.simulator.dialling import dial
from app.simulator.line import SAMPLES_PER_MS
from app.simulator.phone import Phone
from app.simulator.sounds import spoken_tone
from app.simulator.stream import HandshakeError, MediaStream, open_stream
from app.simulator.webhooks import FetchError, Webhooks
from app.simulator.wire import HANDSHAKE_FAILED, NOT_WSS, TWIML_FETCH_FAILED, TWIML_INVALID

Voice = Callable[[str, str], Awaitable[bytes]]
"""Speaks a text in a BCP 47 locale: 8 kHz mu-law."""
STATUS_EVENTS = {"initiated": "initiated", "ringing": "ringing", "answered": "in-progress"}
MAX_DOCUMENTS = 50
"""A call that fetches more documents than this goes in circles."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose calls these are, and how they are carried."""

    sid: str
    webhooks: Webhooks
    voice: Voice | None = None
    shuffle: Random | None = None
    callback_spread_s: float = 0.3
    requests_cancelled_tail: bool = True
    """Twilio asks for a cancelled document's next URL before it obeys an update, and ignores the answer."""


@dataclass(slots=True)
class Update:
    """What REST asked of a live call: another document, by address or in full."""

    url: str = ""
    method: str = "POST"
    text: str = ""


@dataclass(slots=True)
class Subscription:
    """Where a call's status goes, and which events."""

    url: str = ""
    events: frozenset[str] = frozenset({"completed"})
    method: str = "POST"
    sent: int = 0
    deliveries: list[asyncio.Task[None]] = field(default_factory=list)


class Exchange:
    """A live call. `run` takes it from its first document to its end, which may come from any side."""

    def __init__(
        self, account: Account, phone: Phone, numbers: tuple[str, str], subscription: Subscription
    ) -> None:
        self.phone = phone
        self.report = phone.report
        self.status = "queued"
        self.from_number, self.to_number = numbers
        self.dialled = "answers"
        """What a number does that this caller is handed over to."""
        self._account = account
        self._subscription = subscription
        self._signal = asyncio.Event()
        self._update: Update | None = None

    def end(self, cause: str, status: str = "completed") -> None:
        """End the call; the first cause stays."""
        if not self.report.end:
            self.report.end = cause
            self.status = status
            self.phone.happened("ended", cause)
            self.phone.finish()
        self._signal.set()

    @property
    def is_over(self) -> bool:
        """Whether the call has ended."""
        return bool(self.report.end)

    def redirect(self, update: Update) -> None:
        """Leave the present document for another one."""
        self._update = update
        self._signal.set()

    def fields(self) -> list[tuple[str, str]]:
        """What every request about this call carries."""
        direction = "inbound" if self.report.direction == "inbound" else "outbound-api"
        pairs = {
            "CallSid": self.report.call_sid,
            "AccountSid": self._account.sid,
            "From": self.from_number,
            "To": self.to_number,
            "Caller": self.from_number,
            "Called": self.to_number,
            "CallStatus": self.status,
            "ApiVersion": "2010-04-01",
            "Direction": direction,
            "FromCountry": "US",
            "ToCountry": "US",
            "FromCity": "",
        }
        return list(pairs.items())

    async def notify(self, event: str, extra: Mapping[str, str] | None = None) -> None:
        """Send a status callback, if this call's owner asked for it; delivered in the background."""
        subscription = self._subscription
        number, subscription.sent = subscription.sent, subscription.sent + 1
        if not subscription.url or event not in subscription.events:
            return
        status = STATUS_EVENTS.get(event, self.status)
        fields = [pair for pair in self.fields() if pair[0] != "CallStatus"]
        fields += [
            ("CallStatus", status),
            ("Timestamp", email.utils.formatdate()),
            ("CallbackSource", "call-progress-events"),
            ("SequenceNumber", str(number)),
            *(extra or {}).items(),
        ]
        if event == "completed":
            seconds = round(self.report.duration_ms / 1000)
            fields += [("CallDuration", str(seconds)), ("Duration", str(-(-seconds // 60)))]
        subscription.deliveries.append(asyncio.create_task(self._deliver(fields)))

    async def _deliver(self, fields: list[tuple[str, str]]) -> None:
        if self._account.shuffle is not None:
            await asyncio.sleep(self._account.shuffle.random() * self._account.callback_spread_s)
        try:
            await self._account.webhooks.send(self._subscription.url, fields, self._subscription.method)
        except FetchError as error:
            self.phone.violated(TWIML_FETCH_FAILED, f"status callback: {error}")

    async def callbacks_delivered(self) -> None:
        """Return once every status callback so far has been answered."""
        await asyncio.gather(*self._subscription.deliveries)

    async def run(self, url: str, method: str = "POST", text: str = "") -> None:
        """Run the document at `url` (or in `text`), and what follows from it, until the call ends."""
        document = await self._fetch(Update(url, method, text), url)
        for _ in range(MAX_DOCUMENTS):
            if document is None or self.is_over:
                break
            document = await self._follow(document)
        else:
            self.phone.violated(
                TWIML_INVALID, f"{MAX_DOCUMENTS} documents and no end: the TwiML goes in circles"
            )
        self.end("document_ended")

    async def _fetch(
        self, update: Update, base: str, extra: Sequence[tuple[str, str]] = ()
    ) -> twiml.Document | None:
        """The document asked for; None, with the call ended, when it cannot be had or read."""
        url = urljoin(base, update.url)
        try:
            text = update.text
            if not text:
                text = (await self._account.webhooks.send(url, [*self.fields(), *extra], update.method)).text
            return twiml.parse(text, url)
        except FetchError as error:
            self.phone.violated(TWIML_FETCH_FAILED, str(error))
        except twiml.TwimlError as error:
            self.phone.violated(TWIML_INVALID, str(error))
        self.end("twiml_failed", "completed" if self.report.answered else "failed")
        return None

    async def _follow(self, document: twiml.Document) -> twiml.Document | None:
        """Run one document; return the next, or None at the end."""
        for position, verb in enumerate(document.verbs):
            following = await self._perform(verb, document)
            if self.is_over:
                return None
            if self._update is not None:
                return await self._leave(document, position)
            if following is not None:
                return following
        return None

    async def _leave(self, document: twiml.Document, position: int) -> twiml.Document | None:
        update, self._update = self._update or Update(), None
        self._signal.clear()
        tail = [verb for verb in document.verbs[position + 1 :] if isinstance(verb, twiml.Redirect)]
        if tail and self._account.requests_cancelled_tail:
            await self._ask_in_vain(urljoin(document.url, tail[0].url), tail[0].method)
        return await self._fetch(update, document.url)

    async def _ask_in_vain(self, url: str, method: str, extra: Sequence[tuple[str, str]] = ()) -> None:
        try:
            await self._account.webhooks.send(url, [*self.fields(), *extra], method)
        except FetchError as error:
            self.phone.happened("tail", f"a URL whose answer is followed by nobody failed: {error}")

    async def _perform(self, verb: twiml.Verb, document: twiml.Document) -> twiml.Document | None:
        if isinstance(verb, twiml.Reject):
            self.end("rejected", "busy" if verb.reason == "busy" else "no-answer")
            return None
        self.status = "in-progress"
        self.phone.pick_up()
        match verb:
            case twiml.Hangup():
                self.end("twiml_hung_up")
            case twiml.Redirect(url, method):
                return await self._fetch(Update(url, method), document.url)
            case twiml.Pause(seconds):
                await self._pass(seconds * 1000)
            case twiml.Say(text, locale, loop):
                self.phone.happened("twiml_says", text)
                await self._play((await self._speak(text, locale)) * max(1, loop))
            case twiml.Play(url, digits):
                self.phone.happened("twiml_plays", url or digits)
                await self._pass(1000)
            case twiml.Dial():
                return await self._dial(verb, document)
            case twiml.Connect():
                await self._connect(verb, document)
                if verb.action and not self.is_over and self._update is None:
                    return await self._fetch(Update(verb.action, verb.method), document.url)
        return None

    async def _speak(self, text: str, locale: str) -> bytes:
        if self._account.voice is None:
            return spoken_tone(text)
        return await self._account.voice(text, locale)

    async def _play(self, mulaw: bytes) -> None:
        self.phone.playback.queue(mulaw, self.phone.now_ms)
        await self._pass(len(mulaw) // SAMPLES_PER_MS)
        self.phone.playback.clear()

    async def _pass(self, milliseconds: int) -> None:
        """Let this much of the call's time go by, or less when something happens."""
        until = self.phone.now_ms + milliseconds
        while not self._signal.is_set() and not self.phone.is_over and self.phone.now_ms < until:
            await self.phone.next_frame()

    async def _dial(self, verb: twiml.Dial, document: twiml.Document) -> twiml.Document | None:
        self.phone.happened("dialled", verb.number)
        self.report.transferred_to = verb.number
        outcome = await dial(self.phone, self.dialled, self._pass, self._signal.is_set)
        if verb.action and self.is_over:
            # Twilio asks for a caller who hung up as well, and follows no answer.
            await self._ask_in_vain(urljoin(document.url, verb.action), verb.method, outcome)
        elif verb.action and self._update is None:
            return await self._fetch(Update(verb.action, verb.method), document.url, outcome)
        elif outcome[0][1] == "completed":
            self.end("transferred")
        return None

    async def _connect(self, verb: twiml.Connect, document: twiml.Document) -> None:
        webhooks = self._account.webhooks
        try:
            address = stream_address(verb.url, document.url, webhooks.public_url, webhooks.server_url)
            if address.has_query:
                text = f"<Stream url={verb.url!r}> has a query, which Twilio strips"
                self.phone.violated(HANDSHAKE_FAILED, text)
            stream = await open_stream(
                self.phone,
                account_sid=self._account.sid,
                auth_token=webhooks.auth_token,
                signed_url=address.signed,
                url=address.dialled,
                parameters=verb.parameters,
            )
        except NotWssError as error:
            self.phone.violated(NOT_WSS, str(error))
        except HandshakeError as error:
            self.phone.violated(HANDSHAKE_FAILED, str(error))
        else:
            await self._carry(stream)

    async def _carry(self, stream: MediaStream) -> None:
        """Keep the stream until the server closes it, the caller breaks it, or the call moves on."""
        self.report.streams += 1
        self.phone.happened("stream", stream.sid)
        self.phone.stream = stream
        receiving = asyncio.create_task(stream.run())
        signalled = asyncio.create_task(self._signal.wait())
        try:
            await asyncio.wait((receiving, signalled), return_when=asyncio.FIRST_COMPLETED)
            self.phone.stream = None
            if not receiving.done():
                await stream.stop()
            await receiving
        finally:
            self.phone.stream = None
            signalled.cancel()
            receiving.cancel()
        self.phone.lost_marks()
