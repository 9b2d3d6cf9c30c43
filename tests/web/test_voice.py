"""Twilio's webhooks over real HTTP, signed as the official library signs."""

import asyncio
import random
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree as ET

import httpx
import pytest
from structlog.testing import capture_logs

from app.domain.call import CallId, Direction
from app.session.admission import Elsewhere, Exhausted, Ready
from app.web.app import build_app
from app.web.doors import Doors
from tests.web.house import (
    KEY,
    PUBLIC,
    SID,
    TOKEN,
    FakeClock,
    FakeDesk,
    FakeReader,
    FakeShelf,
    House,
    call_fields,
    sign,
    within,
)


def verbs(document: str) -> list[str]:
    return [verb.tag for verb in ET.fromstring(document)]  # noqa: S314 - our own answer


def test_an_incoming_call_is_joined_to_the_socket_with_a_way_back() -> None:
    async def scenario(house: House) -> None:
        answer = await house.post("/voice/incoming", call_fields())
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/xml")
        root = ET.fromstring(answer.text)  # noqa: S314 - our own answer
        assert [verb.tag for verb in root] == ["Connect", "Say", "Pause", "Say", "Redirect"]
        assert "action" not in root[0].attrib
        stream = root[0][0]
        assert stream.attrib == {"url": "wss://calls.example.com/voice/stream"}
        parameters = {one.attrib["name"]: one.attrib["value"] for one in stream}
        assert parameters == {"token": f"token-{SID}", "call_id": "call-1", "epoch": "0"}
        assert root[1].text == "One moment, please."
        assert (root[4].text or "").partition("#")[0] == f"{PUBLIC}/voice/resume?epoch=0"
        assert root[4].attrib == {"method": "POST"}
        assert house.desk.seen[0][1] == {
            "carrier_sid": SID,
            "flow_name": "welcome",
            "direction": Direction.INBOUND,
            "from_number": "+14155550100",
            "to_number": "+14155550199",
            "variables": {},
            "call_id": None,
        }

    within(scenario)


def test_a_repeated_webhook_gets_the_same_answer() -> None:
    async def scenario(house: House) -> None:
        first = await house.post("/voice/incoming?flow=welcome", call_fields())
        again = await house.post("/voice/incoming?flow=welcome", call_fields(CallerName="Ann"))
        assert first.text == again.text

    within(scenario)


def test_a_webhook_repeated_after_the_call_has_ended_hangs_up_and_begins_nothing() -> None:
    async def scenario(house: House) -> None:
        house.desk.ended.add(SID)
        answer = await house.post("/voice/incoming?flow=welcome", call_fields())
        assert [verb.tag for verb in ET.fromstring(answer.text)] == ["Hangup"]  # noqa: S314 - our own answer

    within(scenario)


def test_a_call_we_placed_is_met_with_its_own_name_and_who_answered() -> None:
    async def scenario(house: House) -> None:
        fields = call_fields(AnsweredBy="machine_start", Direction="outbound-api")
        await house.post("/voice/incoming?call=call-9", fields)
        asked = house.desk.seen[0][1]
        assert (asked["call_id"], asked["direction"], asked["flow_name"]) == (
            "call-9",
            Direction.OUTBOUND,
            "",
        )
        assert house.desk.seen[1] == ("amd", SID, "machine_start")

    within(scenario)


def test_an_anonymous_caller_is_taken_like_any_other() -> None:
    async def scenario(house: House) -> None:
        answer = await house.post("/voice/incoming", call_fields(From="anonymous"))
        assert verbs(answer.text)[0] == "Connect"

    within(scenario)


def test_what_no_log_can_hold_stands_in_no_number_and_no_name() -> None:
    async def scenario(house: House) -> None:
        await house.post("/voice/incoming?call=call%00-7", call_fields(From="+1415\x005552671", To="+1\x00"))
        _, asked = house.desk.seen[0]
        assert (asked["from_number"], asked["to_number"]) == ("+14155552671", "+1")
        assert asked["call_id"] == "call-7"

    within(scenario)


def test_an_unknown_flow_apologises_and_hangs_up() -> None:
    async def scenario(house: House) -> None:
        answer = await house.post("/voice/incoming?flow=nope", call_fields())
        assert answer.status_code == 200
        assert verbs(answer.text) == ["Say", "Hangup"]
        assert "sorry" in answer.text

    within(scenario)


def test_a_full_house_says_that_all_lines_are_busy_in_the_houses_language() -> None:
    async def scenario(house: House) -> None:
        house.desk.full = True
        answer = await house.post("/voice/incoming", call_fields())
        assert verbs(answer.text) == ["Say", "Hangup"]
        assert "ocupadas" in answer.text

    within(scenario, language="es-MX")


def test_a_log_that_is_away_apologises_at_the_start_and_holds_a_running_call() -> None:
    async def scenario(house: House) -> None:
        house.desk.log_away = True
        assert verbs((await house.post("/voice/incoming", call_fields())).text) == ["Say", "Hangup"]
        held = await house.post("/voice/resume?epoch=2", call_fields())
        assert verbs(held.text) == ["Say", "Pause", "Redirect"]
        assert "/voice/resume?epoch=2&amp;holds=1" in held.text
        last = await house.post("/voice/resume?epoch=2&holds=20", call_fields())
        assert verbs(last.text) == ["Say", "Hangup"]
        status = await house.post("/voice/status", call_fields(CallStatus="completed"))
        assert (status.status_code, status.json()) == (503, {"error": "the disk is full"})
        amd = await house.post("/voice/amd", call_fields(AnsweredBy="human"))
        assert amd.status_code == 503

    within(scenario)


def test_a_lost_call_goes_on_under_its_next_epoch() -> None:
    async def scenario(house: House) -> None:
        house.desk.resumed = Ready("fresh", CallId("call-1"), 3)
        answer = await house.post("/voice/resume?epoch=2", call_fields())
        assert verbs(answer.text) == ["Connect", "Say", "Pause", "Say", "Redirect"]
        assert "/voice/resume?epoch=3" in answer.text
        assert 'value="fresh"' in answer.text
        assert house.desk.seen == [("resume", SID, 2)]

    within(scenario)


def test_a_finished_call_is_hung_up_and_one_lost_too_often_is_told_goodbye() -> None:
    async def scenario(house: House) -> None:
        assert verbs((await house.post("/voice/resume?epoch=0", call_fields())).text) == ["Hangup"]
        house.desk.resumed = Exhausted()
        assert verbs((await house.post("/voice/resume?epoch=3", call_fields())).text) == ["Say", "Hangup"]

    within(scenario)


@pytest.mark.parametrize(
    ("status", "taken"),
    [
        ("completed", True),
        ("answered", True),
        ("busy", False),
        ("no-answer", False),
        ("failed", False),
        ("canceled", False),
    ],
)
def test_how_a_transfer_went_is_told_to_the_desk(status: str, taken: bool) -> None:
    async def scenario(house: House) -> None:
        fields = call_fields(CallStatus="in-progress", DialCallStatus=status, DialCallSid="CA9")
        answer = await house.post("/voice/dialled?epoch=2", fields)
        assert verbs(answer.text) == ["Hangup"]
        await house.post("/voice/dialled?epoch=2", fields | {"CallStatus": "completed"})
        told = [("transfer_ended", SID, 2, taken, has_left) for has_left in (False, True)]
        assert house.desk.seen == told

    within(scenario)


def test_a_caller_whom_nobody_took_is_joined_to_the_socket_again() -> None:
    async def scenario(house: House) -> None:
        house.desk.resumed = Ready("fresh", CallId("call-1"), 1)
        fields = call_fields(DialCallStatus="busy")
        first = await house.post("/voice/dialled?epoch=0", fields)
        assert verbs(first.text) == ["Connect", "Say", "Pause", "Say", "Redirect"]
        assert "/voice/resume?epoch=1" in first.text
        assert (await house.post("/voice/dialled?epoch=0", fields)).text == first.text

    within(scenario)


def test_a_transfer_whose_outcome_the_log_cannot_take_is_told_again_with_its_outcome() -> None:
    async def scenario(house: House) -> None:
        house.desk.log_away = True
        held = await house.post("/voice/dialled?epoch=2", call_fields(DialCallStatus="no-answer"))
        assert verbs(held.text) == ["Say", "Pause", "Redirect"]
        url = ET.fromstring(held.text).findtext("Redirect") or ""  # noqa: S314 - our own answer
        path = url.partition("#")[0].removeprefix(PUBLIC)
        house.desk.log_away = False
        assert verbs((await house.post(path, call_fields())).text) == ["Hangup"]
        assert house.desk.seen == [("transfer_ended", SID, 2, False, False)] * 2

    within(scenario)


@pytest.mark.parametrize("fields", [{}, {"DialCallStatus": "perhaps"}])
def test_an_outcome_that_is_none_is_refused_in_one_line(fields: dict[str, str]) -> None:
    async def scenario(house: House) -> None:
        answer = await house.post("/voice/dialled?epoch=0", call_fields(**fields))
        assert answer.status_code == 400
        assert "DialCallStatus must be one of" in answer.json()["error"]
        assert house.desk.seen == []

    within(scenario)


def test_the_tail_of_a_document_that_a_transfer_replaced_changes_nothing() -> None:
    async def scenario(house: House) -> None:
        house.desk.resumed = Elsewhere()
        answer = await house.post("/voice/resume?epoch=0", call_fields())
        assert verbs(answer.text) == ["Say", "Pause", "Redirect"]
        assert "/voice/resume?epoch=0&amp;holds=1" in answer.text

    within(scenario)


def test_only_the_end_of_a_call_is_told_to_the_desk_in_whatever_order_it_comes() -> None:
    async def scenario(house: House) -> None:
        for status, sequence in (("completed", "3"), ("ringing", "1"), ("in-progress", "2"), ("odd", "4")):
            fields = call_fields(CallStatus=status, SequenceNumber=sequence)
            answer = await house.post("/voice/status", fields)
            assert (answer.status_code, answer.text) == (204, "")
        assert house.desk.seen == [("status", SID, "completed", 3)]
        assert house.count("statuses_unknown_total") == 1

    within(scenario)


def test_who_answered_is_told_to_the_desk() -> None:
    async def scenario(house: House) -> None:
        answer = await house.post("/voice/amd", {"CallSid": SID, "AnsweredBy": "machine_end_beep"})
        assert answer.status_code == 204
        assert house.desk.seen == [("amd", SID, "machine_end_beep")]

    within(scenario)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/voice/incoming", {}),
        ("/voice/incoming", call_fields(CallSid="")),
        ("/voice/incoming", {name: text for name, text in call_fields().items() if name != "From"}),
        ("/voice/incoming", [*call_fields().items(), ("CallSid", "CA2")]),
        ("/voice/resume", call_fields()),
        ("/voice/resume?epoch=-1", call_fields()),
        ("/voice/resume?epoch=%D9%A3", call_fields()),
        ("/voice/resume?epoch=99999999999", call_fields()),
        ("/voice/dialled", call_fields(DialCallStatus="busy")),
        ("/voice/dialled?epoch=0", {"CallSid": SID, "DialCallStatus": "busy"}),
        ("/voice/status", {"CallSid": SID}),
        ("/voice/status", call_fields(CallStatus="completed", SequenceNumber="x")),
        ("/voice/amd", {"CallSid": SID}),
    ],
)
def test_a_signed_request_that_says_too_little_gets_one_line(path: str, fields: object) -> None:
    async def scenario(house: House) -> None:
        pairs = list(fields.items()) if isinstance(fields, dict) else fields
        signature = sign(PUBLIC + path, pairs)
        if len({name for name, _ in pairs}) < len(pairs):
            signature = repeated_signature(path, pairs)
        answer = await house.post(path, pairs, signature=signature)
        assert answer.status_code == 400
        assert list(answer.json()) == ["error"]
        assert "\n" not in answer.json()["error"]
        assert house.desk.seen == []

    within(scenario)


def repeated_signature(path: str, pairs: list[tuple[str, str]]) -> str:
    """Sign repeated fields as Twilio does: the set of each field's values, sorted."""
    text = "".join(name + value for name, value in sorted(set(pairs)))
    return sign(PUBLIC + path + text)


def test_a_body_without_end_is_refused() -> None:
    async def scenario(house: House) -> None:
        answer = await house.post("/voice/incoming", call_fields(Extra="x" * 70_000))
        assert answer.status_code == 413
        many = await house.post("/voice/incoming", [(f"f{n}", "1") for n in range(300)])
        assert many.status_code == 403

    within(scenario)


def test_a_webhook_is_refused_without_token_or_signature_and_whatever_the_proxy_claims() -> None:
    async def scenario(house: House) -> None:
        bare = await house.http.post("/voice/incoming", data=call_fields())
        assert bare.status_code == 403
        claimed = await house.http.post(
            "/voice/incoming",
            content=urlencode(call_fields()),
            headers={
                "X-Twilio-Signature": sign("https://evil.example/voice/incoming", call_fields()),
                "Content-Type": "application/x-www-form-urlencoded",
                "Host": "evil.example",
                "X-Forwarded-Host": "evil.example",
                "X-Forwarded-Proto": "https",
            },
        )
        assert claimed.status_code == 403
        assert house.desk.seen == []

    within(scenario)


def test_without_a_token_configured_every_webhook_is_refused() -> None:
    async def scenario(house: House) -> None:
        assert (await house.post("/voice/incoming", call_fields())).status_code == 403
        assert (await house.post("/voice/incoming", call_fields(), signature="")).status_code == 403

    within(scenario, auth_token="")


def test_a_flood_of_forged_webhooks_does_not_fill_the_log() -> None:
    async def scenario(house: House) -> None:
        with capture_logs() as lines:
            for _ in range(100):
                answer = await house.post("/voice/incoming", call_fields(), signature="forged")
                assert answer.status_code == 403
        assert [line["so_far"] for line in lines] == [1, 2, 4, 8, 16, 32, 64]

    within(scenario)


def test_in_development_this_machine_needs_no_signature_but_a_wrong_one_is_refused() -> None:
    async def scenario(house: House) -> None:
        assert (await house.post("/voice/incoming", call_fields(), signature="")).status_code == 200
        assert (await house.post("/voice/incoming", call_fields(), signature="bm8=")).status_code == 403
        for name, value in (
            ("Origin", "https://evil.example"),
            ("Host", "tunnel.example"),
            ("X-Forwarded-For", "127.0.0.1"),
        ):
            answer = await house.http.post("/voice/incoming", data=call_fields(), headers={name: value})
            assert answer.status_code == 403

    within(scenario, dev=True)


MUTANTS = 10_000


def mutate(chance: random.Random, path: str, body: str, signature: str) -> tuple[str, str, str]:
    """Change one character of what was signed, or of the signature."""
    part = chance.choice(("path", "body", "body", "signature"))
    text = {"path": path, "body": body, "signature": signature}[part]
    at = chance.randrange(len("/voice/incoming?") if part == "path" else 0, len(text))
    kind = chance.choice(("swap", "drop", "add"))
    letter = chance.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    text = text[:at] + ("" if kind == "drop" else letter) + text[at + (kind != "add") :]
    return (
        text if part == "path" else path,
        text if part == "body" else body,
        text if part == "signature" else signature,
    )


def test_no_mutation_of_a_signed_webhook_reaches_the_desk() -> None:
    path = "/voice/incoming?flow=welcome"
    body = urlencode(call_fields())
    signature = sign(PUBLIC + path, call_fields())
    said = (path, parse_qsl(body), signature)
    chance = random.Random(20)  # noqa: S311 - a seed, so that a failure can be met again
    desk = FakeDesk()
    doors = Doors(desk, FakeReader(), FakeShelf(), FakeClock(), PUBLIC, auth_token=TOKEN)  # type: ignore[arg-type]

    async def deliver(client: httpx.AsyncClient, path: str, body: str, signature: str) -> int:
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        return (await client.post(path, content=body, headers=headers)).status_code

    async def scenario() -> int:
        refused = 0
        transport = httpx.ASGITransport(build_app(doors))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            assert await deliver(client, path, body, signature) == 200
            desk.seen.clear()
            for _ in range(MUTANTS):
                mutant = mutate(chance, path, body, signature)
                if (mutant[0], parse_qsl(mutant[1], keep_blank_values=True), mutant[2]) == said:
                    continue  # %2B and %2b say the same
                # 400: the border between a name and its value is not signed, but then a field is missing.
                assert await deliver(client, *mutant) in {400, 403}, mutant
                refused += 1
        return refused

    assert asyncio.run(scenario()) > MUTANTS * 0.9
    assert desk.seen == []


def test_the_key_of_the_api_opens_no_webhook() -> None:
    async def scenario(house: House) -> None:
        answer = await house.http.post(
            "/voice/incoming", data=call_fields(), headers={"Authorization": f"Bearer {KEY}"}
        )
        assert answer.status_code == 403

    within(scenario)
