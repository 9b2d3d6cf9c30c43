"""Orders to Twilio's REST interface: call, hang up, redirect. Knows no call's content.

What may be done twice is asked once more where the line broke: Twilio closes connections that lay idle, and
one may be closed just as it is used again.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

from requests import ConnectionError as BrokenLine
from requests import RequestException, Timeout
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from app.adapters.twilio.leg import CarrierError
from app.domain.call import CallId
from app.session.pools import Pool, PoolFullError
from app.session.ports import DialError

T = TypeVar("T")

STATUS_EVENTS: Final = ("initiated", "ringing", "answered", "completed")

_NO_SUCH_LIVE_CALL: Final = 20404
_NOT_IN_PROGRESS: Final = 21220
_MEANINGS: Final = {
    20003: "the account SID or the auth token is wrong",
    20429: "too many requests",
    21210: "the caller's number is not verified",
    21211: "the number to call is not valid",
    21214: "the number to call cannot be reached",
    21215: "the account may not call this country",
    21216: "the account may not call this number",
    21217: "the number to call is not valid",
    21219: "a trial account may call verified numbers only",
    21220: "the call is not in progress",
    20404: "no such call",
}


class TwilioCalls:
    """Twilio's calls over the official client, which blocks and therefore works in a few named threads."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        api_url: str = "",
        timeout_s: float = 10.0,
        threads: int = 4,
    ) -> None:
        self._client = Client(account_sid, auth_token, http_client=_HttpClient(api_url, timeout_s))
        self.pool = Pool("twilio-rest", threads)

    async def warm(self) -> None:
        """Bring in what the first order needs: the client imports it only then. Raises nothing."""
        with contextlib.suppress(CarrierError):
            await self._run(lambda: self._client.calls)

    async def create(
        self,
        *,
        to: str,
        from_: str,
        url: str,
        status_callback: str,
        time_limit_s: int,
        machine_detection: str | None = None,
        amd_callback: str = "",
    ) -> str:
        """Order one call and return its SID. Raises CarrierError.

        Never repeated: after a time-out nobody knows whether a telephone rings.
        """
        options: dict[str, Any] = {}
        if machine_detection is not None:
            options["machine_detection"] = machine_detection
            if amd_callback:
                options |= {"async_amd": "true", "async_amd_status_callback": amd_callback}

        def order() -> str:
            call = self._client.calls.create(
                to=to,
                from_=from_,
                url=url,
                method="POST",
                status_callback=status_callback,
                # A list becomes repeated form fields; one joined value is accepted and never calls back.
                status_callback_event=list(STATUS_EVENTS),
                status_callback_method="POST",
                time_limit=time_limit_s,
                **options,
            )
            return str(call.sid)

        return await self._run(order)

    async def hang_up(self, sid: str) -> None:
        """End the call; one that has ended already is fine. Raises CarrierError."""
        try:
            await self._run(_once_more(lambda: self._client.calls(sid).update(status="completed")))
        except _RefusedError as refusal:
            if refusal.status != 404 and refusal.code not in {_NO_SUCH_LIVE_CALL, _NOT_IN_PROGRESS}:  # noqa: PLR2004 - HTTP's own
                raise

    async def redirect(self, sid: str, *, twiml: str = "", url: str = "") -> None:
        """Give the call other TwiML, or the address of it. Raises CarrierError."""
        changes = {"twiml": twiml} if twiml else {"url": url, "method": "POST"}
        await self._run(_once_more(lambda: self._client.calls(sid).update(**changes)))

    async def account(self) -> str:
        """Return the account's status, `active` for one that may call. Raises CarrierError."""
        return str(
            await self._run(lambda: self._client.api.accounts(self._client.account_sid).fetch().status)
        )

    def close(self) -> None:
        """Take no more orders; those under way end by their own time-out. Does not wait."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, order: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, order)
        except TwilioRestException as error:
            raise _RefusedError(error.status, error.code) from None
        except (TwilioException, ValueError):  # the client lets its JSON errors through
            raise CarrierError("Twilio's REST interface gave an answer that cannot be understood") from None
        except RequestException as error:
            raise CarrierError(
                f"Twilio's REST interface cannot be reached ({type(error).__name__})"
            ) from None
        except PoolFullError as error:
            raise CarrierError(str(error)) from None
        except RuntimeError:
            raise CarrierError("the program is shutting down") from None


def _once_more(order: Callable[[], T]) -> Callable[[], T]:
    """Return an order that is given again where the line broke, but not after a time-out: time is up then."""

    def given() -> T:
        try:
            return order()
        except Timeout:
            raise
        except BrokenLine:
            return order()

    return given


class TwilioDialer:
    """The Dialer port: every call begins at /voice/incoming and reports to /voice/status."""

    def __init__(self, calls: TwilioCalls, *, from_number: str, public_url: str, time_limit_s: int) -> None:
        self._calls = calls
        self._from = from_number
        self._public = public_url.rstrip("/")
        self._time_limit_s = time_limit_s

    async def dial(self, to: str, call_id: CallId) -> str:
        """Place one call, never twice, and return its SID. Raises DialError."""
        if not self._from:
            raise DialError("no number to call from: set TWILIO_FROM_NUMBER")
        try:
            return await self._calls.create(
                to=to,
                from_=self._from,
                url=f"{self._public}/voice/incoming?call={call_id}",
                status_callback=f"{self._public}/voice/status",
                time_limit_s=self._time_limit_s,
            )
        except CarrierError as error:
            raise DialError(str(error)) from error


class _RefusedError(CarrierError):
    """Twilio answered with an error; its own sentence is left out, for it quotes phone numbers."""

    def __init__(self, status: int, code: int | None) -> None:
        self.status = status
        self.code = code
        meaning = _MEANINGS.get(code or 0, "see twilio.com/docs/api/errors")
        super().__init__(f"Twilio refused (HTTP {status}, code {code or 'none'}): {meaning}")


class _HttpClient(TwilioHttpClient):  # type: ignore[misc]  # the client library has no types
    """The client's own transport, sent to another address when one is given, and silent in the log."""

    def __init__(self, api_url: str, timeout_s: float) -> None:
        logger = logging.getLogger("dialai.twilio-rest")
        logger.disabled = True  # it would write requests with phone numbers and bodies
        super().__init__(timeout=timeout_s, logger=logger)
        self._address = urlsplit(api_url) if api_url else None

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the library's
        if self._address is not None:
            asked = urlsplit(url)
            path = self._address.path.rstrip("/") + asked.path
            url = urlunsplit((self._address.scheme, self._address.netloc, path, asked.query, ""))
        return super().request(method, url, *args, **kwargs)
