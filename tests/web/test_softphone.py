"""A browser at the media socket and the softphone's routes: what lets it in, and what does not."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import websockets
from websockets.asyncio.client import connect

from app.adapters.flow_folder import FlowFolder
from app.domain.access import Role
from app.domain.call import CallId
from app.engine.actions import Play, Record
from app.engine.call import Call
from app.engine.events import DigitPressed, LegAnswered, PromptEnded, PromptStarted, Recorded, TextTyped
from app.session.admission import Exhausted, Finished, Ready
from app.web.access import ENVIRONMENT
from app.web.passes import GOOD_FOR_MS, PROTOCOL, new_sid
from app.web.softphone import CALLS_A_MINUTE
from tests.console.seed import FLOWS
from tests.web.house import KEY, PUBLIC, SID, House, within, ws_headers
from tests.web.test_access import Manor
from tests.web.test_access import within as within_manor
from tests.web.test_media import CONNECTED, STOP, closed, say, start

OURS = new_sid(ENVIRONMENT)
HEADERS = {"Authorization": f"Bearer {KEY}"}


def browser_line(house: House, token: str, **more: Any) -> Any:
    """Open the socket as a page of ours does, holding this pass."""
    how = {"origin": PUBLIC, "subprotocols": [PROTOCOL, token], **more}
    return connect(house.ws_url, compression=None, proxy=None, **how)


async def welcome() -> bool:
    return True


def hold(house: House) -> None:
    house.desk.tokens["good"] = OURS
    house.doors.passes.give("good", OURS, house.clock.now(), welcome)


async def refused(line: Any) -> int:
    with pytest.raises(websockets.InvalidStatus) as found:
        async with line:
            pass
    return found.value.response.status_code


def test_a_pass_opens_the_socket_for_its_call() -> None:
    async def scenario(house: House) -> None:
        hold(house)
        async with browser_line(house, "good") as socket:
            assert socket.subprotocol == PROTOCOL
            await say(socket, CONNECTED, start(sid=OURS), STOP | {"stop": {"callSid": OURS}})
            assert await closed(socket) == 1000
        assert house.desk.calls[0].heard == [("stopped",)]

    within(scenario)


def test_a_browser_needs_no_telephone_network_to_hang_up() -> None:
    class Control:
        async def hang_up(self, sid: str) -> None:
            raise AssertionError(f"Twilio knows no {sid}")

    async def scenario(house: House) -> None:
        hold(house)
        async with browser_line(house, "good") as socket:
            await say(socket, CONNECTED, start(sid=OURS))
            await house.desk.connected.wait()
            await house.desk.calls[0].carrier.hang_up()
            assert await closed(socket) == 1000

    within(scenario, control=Control())


def test_a_pass_is_good_once() -> None:
    async def scenario(house: House) -> None:
        hold(house)
        async with browser_line(house, "good"):
            assert await refused(browser_line(house, "good")) == 403
        assert house.count('sockets_refused_total{why="pass"}') == 1

    within(scenario)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", None, "https://calls.example.com.evil.example", "http://["]
)
def test_a_page_of_another_site_gets_no_line_and_the_pass_is_void(origin: str | None) -> None:
    async def scenario(house: House) -> None:
        hold(house)
        assert await refused(browser_line(house, "good", origin=origin)) == 403
        assert await refused(browser_line(house, "good")) == 403

    within(scenario)


@pytest.mark.parametrize("offered", [[PROTOCOL], [PROTOCOL, "made-up"]])
def test_without_its_pass_a_browser_gets_no_line(offered: list[str]) -> None:
    async def scenario(house: House) -> None:
        hold(house)
        assert await refused(browser_line(house, "", subprotocols=offered)) == 403

    within(scenario)


def test_a_pass_lapses() -> None:
    async def scenario(house: House) -> None:
        hold(house)
        house.clock.ms += GOOD_FOR_MS
        assert await refused(browser_line(house, "good")) == 403

    within(scenario)


@pytest.mark.parametrize("victim", ["browser-9999", SID])
def test_a_pass_opens_no_other_call_whatever_token_is_known(victim: str) -> None:
    async def scenario(house: House) -> None:
        hold(house)
        house.desk.tokens["theirs"] = victim
        async with browser_line(house, "good") as socket:
            await say(socket, CONNECTED, start("theirs", sid=victim))
            assert await closed(socket) == 1008
        assert house.desk.calls == []
        assert "theirs" in house.desk.tokens, "the other call's token is still good"

    within(scenario)


def test_a_carriers_signature_opens_no_browsers_call() -> None:
    async def scenario(house: House) -> None:
        hold(house)
        line = connect(house.ws_url, additional_headers=ws_headers(), compression=None, proxy=None)
        async with line as socket:
            await say(socket, CONNECTED, start(sid=OURS))
            assert await closed(socket) == 1008

    within(scenario)


def test_in_development_a_browsers_call_still_needs_its_pass() -> None:
    async def scenario(house: House) -> None:
        hold(house)
        async with connect(house.ws_url, compression=None, proxy=None) as socket:
            await say(socket, CONNECTED, start(sid=OURS))
            assert await closed(socket) == 1008

    within(scenario, dev=True)


async def begin(house: House, body: Any = None, headers: Any = HEADERS) -> httpx.Response:
    return await house.http.post("/api/softphone/calls", json=body or {"flow": "welcome"}, headers=headers)


def test_a_call_is_admitted_like_a_carriers_with_a_pass_beside_it() -> None:
    async def scenario(house: House) -> None:
        got = await begin(house, {"flow": "welcome", "variables": {"name": "Ann"}})
        assert got.status_code == 201
        _, asked = house.desk.seen[-1]
        assert (asked["from_number"], asked["flow_name"]) == ("browser", "welcome")
        assert asked["variables"] == {"name": "Ann"}
        told = got.json()
        assert asked["carrier_sid"] == told["call_sid"]
        token = told["customParameters"]["token"]
        assert told["stream"] == {"path": "/voice/stream", "protocols": [PROTOCOL, token]}
        async with browser_line(house, token) as socket:
            await say(socket, CONNECTED, start(token, sid=told["call_sid"]))
            await house.desk.connected.wait()

    within(scenario)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"flow": "nowhere"}, 404, "no flow is named 'nowhere'"),
        ({"flow": "welcome", "variables": {"nmae": "Ann"}}, 400, "no variable nmae; it has: name"),
        ({"flow": 7}, 400, "the body must be JSON"),
        ({"flow": "welcome", "from": "+1"}, 400, "the body must be JSON"),
    ],
)
def test_an_order_that_cannot_be_is_refused_in_a_line(body: Any, status: int, words: str) -> None:
    async def scenario(house: House) -> None:
        got = await begin(house, body)
        assert (got.status_code, words in got.json()["error"]) == (status, True), got.text

    within(scenario)


def test_nobody_calls_without_a_key_nor_when_all_lines_are_busy() -> None:
    async def scenario(house: House) -> None:
        assert (await begin(house, headers={})).status_code == 401
        house.desk.full = True
        assert (await begin(house)).status_code == 503

    within(scenario)


def test_one_place_begins_so_many_calls_a_minute() -> None:
    async def scenario(house: House) -> None:
        for _ in range(CALLS_A_MINUTE):
            assert (await begin(house)).status_code == 201
        assert (await begin(house)).status_code == 429
        house.clock.ms += 60_000
        assert (await begin(house)).status_code == 201

    within(scenario)


async def resume(house: House, call_id: str = "call-1", sid: str = OURS) -> httpx.Response:
    url = f"/api/softphone/calls/{call_id}/resume"
    return await house.http.post(url, json={"call_sid": sid, "epoch": 0}, headers=HEADERS)


def test_a_lost_call_gets_another_pass() -> None:
    async def scenario(house: House) -> None:
        house.desk.resumed = Ready("again", CallId("call-1"), 1)
        house.desk.tokens["again"] = OURS
        told = (await resume(house)).json()
        assert (told["over"], told["epoch"]) == (False, 1)
        async with browser_line(house, "again") as socket:
            await say(socket, CONNECTED, start("again", sid=OURS))
            await house.desk.connected.wait()

    within(scenario)


@pytest.mark.parametrize("how", [Finished(), Exhausted()])
def test_a_call_that_is_over_is_not_resumed(how: Any) -> None:
    async def scenario(house: House) -> None:
        house.desk.resumed = how
        assert (await resume(house)).json()["over"] is True

    within(scenario)


def test_a_carriers_call_is_not_resumed_by_a_browser() -> None:
    async def scenario(house: House) -> None:
        house.desk.resumed = Ready("again", CallId("call-1"), 1)
        assert (await resume(house, sid=SID)).status_code == 404
        assert house.desk.seen == []
        assert (await resume(house, call_id="call-2")).status_code == 404

    within(scenario)


@pytest.mark.parametrize("what", ["interrupt", "words"])
def test_only_a_browsers_call_takes_what_is_typed(what: str) -> None:
    async def scenario(house: House) -> None:
        url = f"/api/softphone/calls/call-1/{what}"
        assert (await house.http.post(url, json={"text": "hi"}, headers=HEADERS)).status_code == 404
        house.desk.holds = SimpleNamespace(is_over=False, session=None, info=SimpleNamespace(carrier_sid=SID))
        assert (await house.http.post(url, json={"text": "hi"}, headers=HEADERS)).status_code == 404
        house.desk.holds.info.carrier_sid = OURS
        assert (await house.http.post(url, json={"text": "hi"}, headers=HEADERS)).status_code == 409

    within(scenario)


def test_a_page_that_hangs_up_before_it_has_a_line_holds_none() -> None:
    async def scenario(house: House) -> None:
        url = "/api/softphone/calls/call-1/hangup"
        assert (await house.http.post(url, headers=HEADERS)).status_code == 404
        held_by(house, None)
        assert (await house.http.post(url)).status_code == 401
        assert (await house.http.post(url, headers=HEADERS)).status_code == 200
        assert house.desk.seen == [("status", OURS, "hangup", 0)]

    within(scenario)


class Talking:
    """A session that holds a real machine, whose every commit succeeds at once."""

    def __init__(self, flow: str) -> None:
        found = FlowFolder(FLOWS).get(flow)
        assert found is not None
        self.ledger = SimpleNamespace(call=Call(found))
        self.at = 0
        self.play = 0
        self.wishes: list[str] = []
        self.posted: list[Any] = []
        self.take(LegAnswered())

    def take(self, fact: Any) -> None:
        self.at += 100
        for order in self.ledger.call.handle(fact, self.at):
            if isinstance(order, Play):
                self.play = order.play
            elif isinstance(order, Record) and order.durable:
                self.take(Recorded(order.record))

    def hear(self) -> None:
        """Have what is said heard to its end."""
        self.take(PromptStarted(self.play, cached=True))
        self.take(PromptEnded(self.play))

    def command(self, name: str) -> None:
        self.wishes.append(name)

    def post(self, fact: Any) -> None:
        self.posted.append(fact)


def held_by(house: House, session: Talking | None) -> None:
    info = SimpleNamespace(id="call-1", carrier_sid=OURS)
    house.desk.holds = SimpleNamespace(is_over=False, session=session, info=info)


async def typed(house: House, what: str) -> httpx.Response:
    url = f"/api/softphone/calls/call-1/{what}"
    return await house.http.post(url, json={"text": "yes"}, headers=HEADERS)


def test_what_is_typed_is_taken_as_it_can_be_kept() -> None:
    async def scenario(house: House) -> None:
        session = Talking("csat")
        held_by(house, session)
        session.take(DigitPressed("1"))
        while session.ledger.call.is_heard_out:
            session.hear()
        url = "/api/softphone/calls/call-1/words"
        taken = await house.http.post(url, json={"text": "y\x00es\x7f"}, headers=HEADERS)
        assert taken.status_code == 200
        assert [fact.text for fact in session.posted] == ["yes"]
        empty = await house.http.post(url, json={"text": "\x00"}, headers=HEADERS)
        assert (empty.status_code, empty.json()["error"]) == (400, "type a word")

    within(scenario)


@pytest.mark.parametrize("what", ["interrupt", "words"])
def test_nothing_typed_cuts_what_the_caller_is_to_hear_before_consenting(what: str) -> None:
    async def scenario(house: House) -> None:
        session = Talking("csat")
        held_by(house, session)
        session.take(DigitPressed("1"))  # English; the introduction and the question of consent are due
        while session.ledger.call.is_heard_out:
            got = await typed(house, what)
            assert (got.status_code, got.json()["error"]) == (409, "This part cannot be interrupted")
            session.hear()
        assert (session.wishes, session.posted) == ([], [])
        question = session.ledger.call.question
        assert question.heard, "the question of consent was heard whole"
        assert (await typed(house, "words")).status_code == 200
        assert session.posted == [TextTyped(question.turn, "yes")]

    within(scenario)


def test_enter_still_interrupts_what_may_be_interrupted() -> None:
    async def scenario(house: House) -> None:
        session = Talking("welcome")
        held_by(house, session)
        assert (await typed(house, "interrupt")).status_code == 200
        assert session.wishes == ["interrupt_prompt"]

    within(scenario)


def test_a_call_belongs_to_who_began_it(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        house = manor.house
        ann, bob = ({"Authorization": f"Bearer {manor.key(Role.OPERATOR)[1]}"} for _ in range(2))
        sid = (await begin(house, headers=ann)).json()["call_sid"]
        session = Talking("welcome")
        held_by(house, session)
        house.desk.holds.info.carrier_sid = sid
        house.desk.resumed = Ready("again", CallId("call-1"), 1)
        orders = {
            "interrupt": {},
            "words": {"text": "yes"},
            "resume": {"call_sid": sid, "epoch": 0},
            "hangup": {},
        }
        for who, status in ((bob, 403), (HEADERS, 403), (ann, 200)):
            for what, body in orders.items():
                url = f"/api/softphone/calls/call-1/{what}"
                assert (await house.http.post(url, json=body, headers=who)).status_code == status
            assert bool(session.posted or session.wishes) == (who is ann)

    within_manor(tmp_path, scenario)


def test_whatever_is_done_to_a_call_is_in_the_audit_log_and_no_word_of_it(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        held_by(manor.house, Talking("welcome"))
        manor.house.desk.resumed = Ready("again", CallId("call-1"), 1)
        for what in ("interrupt", "words", "hangup"):
            assert (await typed(manor.house, what)).status_code == 200
        assert (await resume(manor.house)).status_code == 200
        deeds = manor.book.deeds(call="call-1")
        assert [(deed.action, deed.detail) for deed in deeds] == [
            ("softphone_resume", ""),
            ("softphone_hangup", ""),
            ("softphone_words", ""),
            ("softphone_interrupt", ""),
        ]

    within_manor(tmp_path, scenario)


@pytest.mark.parametrize("how", ["revoked", "signed out"])
def test_a_pass_is_worth_no_more_than_the_key_it_was_given_for(tmp_path: Path, how: str) -> None:
    async def scenario(manor: Manor) -> None:
        house = manor.house
        number, key = manor.key(Role.OPERATOR)
        await manor.sign_in(key)
        headers = {"Origin": manor.origin, "X-CSRF-Token": await manor.csrf()}
        first, second = [
            (await begin(house, headers=headers)).json()["customParameters"]["token"] for _ in range(2)
        ]
        async with browser_line(house, first, origin=manor.origin):
            pass
        if how == "revoked":
            manor.book.revoke(number, manor.wall.now)
        else:
            await house.http.post("/signout", headers=headers)
        assert await refused(browser_line(house, second, origin=manor.origin)) == 403

    within_manor(tmp_path, scenario)
