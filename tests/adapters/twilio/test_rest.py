"""Orders to a REST interface on loopback, through the official client."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest

from app.adapters.twilio.leg import CarrierError
from app.adapters.twilio.rest import TwilioCalls, TwilioDialer
from app.domain.call import CallId
from app.session.ports import DialError

ACCOUNT = "AC" + "0" * 32
SID = "CA" + "1" * 32
SECRET = "the-auth-token"
NUMBER = "+14155552671"


class StandIn:
    """Answers every request alike, and writes down what was asked."""

    def __init__(self) -> None:
        self.status = 201
        self.body = json.dumps({"sid": SID, "status": "queued"})
        self.asked: list[tuple[str, list[tuple[str, str]]]] = []
        self.url = ""
        self.breaks_off = 0
        """So many requests are read and get no answer: the line is closed."""

    def refuse(self, status: int, code: int) -> None:
        self.status = status
        self.body = json.dumps(
            {"code": code, "message": f"The 'To' number {NUMBER} is wrong", "status": status}
        )


@contextmanager
def stand_in() -> Iterator[StandIn]:
    state = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.asked.append((self.path, parse_qsl(body)))
            if state.breaks_off:
                state.breaks_off -= 1
                self.close_connection = True
                return
            self.send_response(state.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body.encode())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/double"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def calls_at(url: str) -> Iterator[TwilioCalls]:
    calls = TwilioCalls(ACCOUNT, SECRET, api_url=url, timeout_s=5)
    try:
        yield calls
    finally:
        calls.close()


def dialer(calls: TwilioCalls, from_number: str = "+14155550199") -> TwilioDialer:
    return TwilioDialer(
        calls, from_number=from_number, public_url="https://calls.example.com/", time_limit_s=600
    )


def test_a_call_is_ordered_with_its_callbacks_as_repeated_fields_and_a_time_limit() -> None:
    with stand_in() as twilio, calls_at(twilio.url) as calls:
        assert asyncio.run(dialer(calls).dial(NUMBER, CallId("call-9"))) == SID
        path, fields = twilio.asked[0]
        assert path == f"/double/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
        events = [value for name, value in fields if name == "StatusCallbackEvent"]
        assert events == ["initiated", "ringing", "answered", "completed"]
        once = dict(fields)
        assert once["To"] == NUMBER
        assert once["Url"] == "https://calls.example.com/voice/incoming?call=call-9"
        assert once["StatusCallback"] == "https://calls.example.com/voice/status"
        assert once["TimeLimit"] == "600"


def test_a_refused_call_is_not_tried_again_and_names_neither_number_nor_credential() -> None:
    with stand_in() as twilio, calls_at(twilio.url) as calls:
        twilio.refuse(400, 21211)
        with pytest.raises(DialError) as refusal:
            asyncio.run(dialer(calls).dial(NUMBER, CallId("call-9")))
        line = str(refusal.value)
        assert line == "Twilio refused (HTTP 400, code 21211): the number to call is not valid"
        assert len(twilio.asked) == 1
        twilio.refuse(500, 0)
        with pytest.raises(DialError):
            asyncio.run(dialer(calls).dial(NUMBER, CallId("call-9")))
        assert len(twilio.asked) == 2


def test_no_number_to_call_from_is_said_before_anybody_is_asked() -> None:
    with calls_at("http://127.0.0.1:9") as calls, pytest.raises(DialError, match="TWILIO_FROM_NUMBER"):
        asyncio.run(dialer(calls, "").dial(NUMBER, CallId("call-9")))


def test_an_answering_machine_is_looked_for_without_keeping_the_caller_waiting() -> None:
    async def order(calls: TwilioCalls) -> None:
        await calls.create(
            to=NUMBER,
            from_="+14155550199",
            url="https://x/voice/incoming",
            status_callback="https://x/voice/status",
            time_limit_s=60,
            machine_detection="Enable",
            amd_callback="https://x/voice/amd",
        )

    with stand_in() as twilio, calls_at(twilio.url) as calls:
        asyncio.run(order(calls))
        once = dict(twilio.asked[0][1])
        assert (once["MachineDetection"], once["AsyncAmd"]) == ("Enable", "true")
        assert once["AsyncAmdStatusCallback"] == "https://x/voice/amd"


@pytest.mark.parametrize(("status", "code"), [(404, 20404), (404, 0), (400, 21220)])
def test_hanging_up_a_call_that_has_ended_is_fine(status: int, code: int) -> None:
    with stand_in() as twilio, calls_at(twilio.url) as calls:
        asyncio.run(calls.hang_up(SID))
        assert twilio.asked[0][1] == [("Status", "completed")]
        twilio.refuse(status, code)
        asyncio.run(calls.hang_up(SID))


def test_a_hang_up_that_twilio_refuses_otherwise_is_told() -> None:
    with stand_in() as twilio, calls_at(twilio.url) as calls:
        twilio.refuse(401, 20003)
        with pytest.raises(CarrierError, match="SID or the auth token is wrong"):
            asyncio.run(calls.hang_up(SID))


def test_a_line_that_breaks_costs_no_hang_up_and_no_redirection_but_dials_nobody_twice() -> None:
    with stand_in() as twilio, calls_at(twilio.url) as calls:
        for order in (lambda: calls.hang_up(SID), lambda: calls.redirect(SID, twiml="<Response/>")):
            twilio.asked.clear()
            twilio.breaks_off = 1
            asyncio.run(order())
            assert len(twilio.asked) == 2
            assert twilio.asked[0] == twilio.asked[1]
        twilio.breaks_off = 2
        with pytest.raises(CarrierError, match=r"cannot be reached \(ConnectionError\)"):
            asyncio.run(calls.hang_up(SID))
        twilio.asked.clear()
        twilio.breaks_off = 1
        with pytest.raises(DialError):
            asyncio.run(dialer(calls).dial(NUMBER, CallId("call-9")))
        assert len(twilio.asked) == 1


def test_a_call_is_redirected_by_document_or_by_address() -> None:
    with stand_in() as twilio, calls_at(twilio.url) as calls:
        asyncio.run(calls.redirect(SID, twiml="<Response/>"))
        asyncio.run(calls.redirect(SID, url="https://x/voice/resume?epoch=1"))
        assert dict(twilio.asked[0][1]) == {"Twiml": "<Response/>"}
        assert dict(twilio.asked[1][1]) == {"Url": "https://x/voice/resume?epoch=1", "Method": "POST"}


def test_an_interface_out_of_reach_or_out_of_its_mind_is_one_line() -> None:
    with calls_at("http://127.0.0.1:9") as calls, pytest.raises(CarrierError) as away:
        asyncio.run(calls.hang_up(SID))
    assert str(away.value) == "Twilio's REST interface cannot be reached (ConnectionError)"
    with stand_in() as twilio, calls_at(twilio.url) as calls:
        twilio.body = "<html>"
        with pytest.raises(CarrierError) as garbage:
            asyncio.run(calls.redirect(SID, twiml="<Response/>"))
        twilio.status = 502
        with pytest.raises(CarrierError) as gateway:
            asyncio.run(calls.redirect(SID, twiml="<Response/>"))
    for error in (garbage, gateway):
        assert "\n" not in str(error.value)


def test_after_closing_nothing_is_ordered() -> None:
    with calls_at("http://127.0.0.1:9") as calls:
        calls.close()
        with pytest.raises(CarrierError, match="shutting down"):
            asyncio.run(calls.hang_up(SID))
