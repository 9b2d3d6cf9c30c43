"""The operators' API over real HTTP, and who may pass which door."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Mount

from app.adapters.twilio.signature import SignatureCheck
from app.session.admission import Barred
from app.session.ports import DialError, LogError
from app.web.app import build_app, build_http
from app.web.counters import Counters
from app.web.doors import Doors
from app.web.numbers import NumberRefusedError, dialable
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

BEARER = {"Authorization": f"Bearer {KEY}"}
OPEN = {"/healthz", "/readyz"}
SIGN_IN = "/signin"


def every_route(**more: Any) -> list[tuple[str, str]]:
    """Return the method and path of each route there is; `more` of the doors, more routes."""
    doors = Doors(FakeDesk(), FakeReader(), FakeShelf(), FakeClock(), PUBLIC, **more)  # type: ignore[arg-type]
    found: list[tuple[str, str]] = []
    pending: list[Any] = list(build_http(doors, SignatureCheck(PUBLIC, "")).routes)
    while pending:
        route = pending.pop()
        if isinstance(route, APIRoute):
            found += [(method, route.path) for method in sorted(route.methods)]
        elif not isinstance(route, Mount):  # of files that anybody may have
            inner = getattr(route, "routes", None) or route.original_router.routes
            pending += inner
    return found


def test_the_walk_over_all_routes_sees_them_all() -> None:
    assert {path for _, path in every_route()} >= {
        "/voice/incoming",
        "/voice/resume",
        "/voice/dialled",
        "/voice/status",
        "/voice/amd",
        "/api/calls",
        "/api/calls/{call_id}",
        "/api/calls/{call_id}/events",
        "/api/calls/{call_id}/audio",
        "/api/flows",
        "/metrics",
        "/healthz",
        "/readyz",
        "/signin",
        "/signout",
    }


@pytest.mark.parametrize("changes", [{}, {"api_key": "", "auth_token": ""}, {"dev": True}])
def test_no_route_but_health_is_open_to_a_stranger(changes: dict[str, Any]) -> None:
    async def scenario(house: House) -> None:
        stranger = {"X-Forwarded-For": "203.0.113.9"}
        for method, path in every_route():
            if path == SIGN_IN:
                continue
            address = path.format(call_id="call-1", name="welcome")
            answer = await house.http.request(method, address, headers=stranger)
            assert answer.status_code in ({200} if path in OPEN else {401, 403}), path
            assert path in OPEN or list(answer.json()) == ["error"]
        assert house.desk.seen == []
        assert house.reader.asked == []

    within(scenario, **changes)


@pytest.mark.parametrize(
    "header", [f"Bearer {KEY}x", "Bearer", f"Basic {KEY}", KEY, f"Bearer {KEY[:-1]}", "Bearer \u00e9"]
)
def test_a_key_that_is_not_the_key_opens_nothing(header: str) -> None:
    async def scenario(house: House) -> None:
        answer = await house.http.get("/api/calls", headers={"Authorization": header.encode("latin-1")})
        assert answer.status_code == 401
        assert KEY not in answer.text

    within(scenario)


def test_without_a_key_this_machine_passes_in_development_only() -> None:
    async def scenario(house: House) -> None:
        assert (await house.http.get("/api/flows")).status_code == 200
        for origin in ("https://evil.example", "null", "http://localhost.evil.example", "http://[bad"):
            answer = await house.http.get("/api/flows", headers={"Origin": origin})
            assert answer.status_code == 401
        mine = {"Origin": f"http://127.0.0.1:{house.port}"}
        assert (await house.http.get("/api/flows", headers=mine)).status_code == 200

    within(scenario, api_key="", dev=True)


def test_a_call_is_placed_with_the_number_as_the_carrier_wants_it() -> None:
    async def scenario(house: House) -> None:
        variables = {"name": "Ann", "n": 2, "x": None}
        order = {"to": "+1 (415) 555-2671", "flow": "welcome", "variables": variables}
        answer = await house.http.post("/api/calls", json=order, headers=BEARER)
        assert (answer.status_code, answer.json()) == (201, {"id": "call-9", "carrier_sid": SID})
        assert house.desk.seen == [("place", "+14155552671", "welcome", variables)]

    within(scenario)


def test_a_variable_is_taken_as_it_can_be_kept() -> None:
    async def scenario(house: House) -> None:
        order: dict[str, Any] = {"to": "+14155552671", "flow": "welcome", "variables": {"name": "A\x00nn"}}
        assert (await house.http.post("/api/calls", json=order, headers=BEARER)).status_code == 201
        assert house.desk.seen[0][3] == {"name": "Ann"}
        order["variables"] = {"name": 10**30}
        assert (await house.http.post("/api/calls", json=order, headers=BEARER)).status_code == 400

    within(scenario)


def test_a_misspelt_variable_is_the_callers_mistake_and_is_named_with_the_right_ones() -> None:
    async def scenario(house: House) -> None:
        order = {"to": "+14155552671", "flow": "welcome", "variables": {"nmae": "Ann"}}
        answer = await house.http.post("/api/calls", json=order, headers=BEARER)
        assert answer.status_code == 400
        assert answer.json()["error"] == "the flow welcome has no variable nmae; it has: name"

    within(scenario)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 60_000,
        b'{"to":"+14155552671"}',
        b'{"to":5,"flow":"welcome"}',
        b'{"to":"+14155552671","flow":"welcome","variables":{"a":{"b":1}}}',
        b'{"to":"+14155552671","flow":"welcome","oops":1}',
        b'{"to":"ring me","flow":"welcome"}',
        b'{"to":"4155552671","flow":"welcome"}',
        b'{"to":"+1415","flow":"welcome"}',
        b'{"to":"+14155552671;ext=5","flow":"welcome"}',
        b'{"to":"+441632960961","flow":"welcome"}',
        b'{"to":"+442079460000","flow":"welcome"}',
    ],
)
def test_an_order_that_cannot_be_dialled_gets_one_line_and_no_call(body: bytes) -> None:
    async def scenario(house: House) -> None:
        answer = await house.http.post("/api/calls", content=body, headers=BEARER)
        assert answer.status_code == 400
        assert "\n" not in answer.json()["error"]
        assert house.desk.seen == []

    within(scenario)


def test_an_order_larger_than_any_order_is_refused() -> None:
    async def scenario(house: House) -> None:
        answer = await house.http.post("/api/calls", content=b" " * 70_000, headers=BEARER)
        assert answer.status_code == 413

    within(scenario)


def test_an_unknown_flow_a_full_house_and_a_carrier_that_refuses_are_told_apart() -> None:
    async def scenario(house: House) -> None:
        async def place(flow: str) -> tuple[int, dict[str, Any]]:
            order = {"to": "+14155552671", "flow": flow}
            answer = await house.http.post("/api/calls", json=order, headers=BEARER)
            return answer.status_code, answer.json()

        status, answer = await place("nope")
        assert (status, answer["flows"]) == (404, ["welcome", "survey"])
        house.desk.full = True
        assert (await place("welcome"))[0] == 503

        async def barred(*_: Any) -> Any:
            return Barred()

        house.desk.place = barred  # type: ignore[method-assign]
        status, answer = await place("welcome")
        assert (status, "do-not-call list" in answer["error"]) == (409, True)

        async def refuse(*_: Any) -> Any:
            raise DialError("no Twilio account is configured")

        house.desk.place = refuse  # type: ignore[method-assign]
        assert await place("welcome") == (
            502,
            {"error": "the call was not placed: no Twilio account is configured"},
        )

    within(scenario)


def test_calls_are_listed_by_page_and_filter() -> None:
    async def scenario(house: House) -> None:
        answer = await house.http.get(
            "/api/calls?limit=10&flow=welcome&disposition=completed&after=call-3", headers=BEARER
        )
        assert answer.json() == {"calls": [{"id": "call-1", "flow": "welcome"}], "next": "call-1"}
        assert house.reader.asked == [
            {"after": "call-3", "limit": 10, "flow": "welcome", "disposition": "completed"}
        ]
        for wrong in ("limit=0", "limit=501", "limit=x", "limit=99999", "disposition=odd", "after=nonsense"):
            refused = await house.http.get(f"/api/calls?{wrong}", headers=BEARER)
            assert refused.status_code == 400, wrong
            assert "\n" not in refused.json()["error"]

    within(scenario)


def test_one_call_its_journal_and_its_sound_are_given_and_no_other(tmp_path: Path) -> None:
    recording = tmp_path / "call-1.wav"
    recording.write_bytes(b"RIFF....")

    async def scenario(house: House) -> None:
        house.reader.recording = recording

        async def get(path: str) -> Any:
            return await house.http.get(f"/api/calls/{path}", headers=BEARER)

        assert (await get("call-1")).json()["id"] == "call-1"
        assert (await get("call-1/events")).json() == {"events": [{"seq": 1, "kind": "LegAnswered"}]}
        sound = await get("call-1/audio")
        assert (sound.content, sound.headers["content-type"]) == (b"RIFF....", "audio/wav")
        for path in ("call-2", "call-2/events", "call-2/audio", "..%2f..%2fetc%2fpasswd/audio"):
            assert (await get(path)).status_code == 404

    within(scenario)


def test_flows_are_listed_with_what_a_dialler_may_set() -> None:
    async def scenario(house: House) -> None:
        assert (await house.http.get("/api/flows", headers=BEARER)).json() == {
            "flows": [
                {
                    "name": "welcome",
                    "title": "Welcome",
                    "version": "1",
                    "languages": ["en", "es"],
                    "variables": ["name"],
                }
            ],
            "problems": ["a.yaml:1:1: `steps` is missing"],
        }

    within(scenario, broken_flows=lambda: ("a.yaml:1:1: `steps` is missing",))


def test_health_says_yes_and_readiness_says_why_not() -> None:
    why = [""]

    async def scenario(house: House) -> None:
        assert (await house.http.get("/healthz")).json() == {"status": "ok"}
        assert (await house.http.get("/readyz")).json() == {"status": "ready"}
        why[0] = "shutting down"
        answer = await house.http.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"error": "shutting down"})

    within(scenario, unready=lambda: why[0])


def test_metrics_are_counts_and_gauges_in_prometheus_form() -> None:
    async def scenario(house: House) -> None:
        await house.post("/voice/incoming", call_fields())
        text = (await house.http.get("/metrics", headers=BEARER)).text
        assert "# TYPE dialai_webhooks_total counter\ndialai_webhooks_total 1\n" in text
        assert "# TYPE dialai_calls_live gauge\ndialai_calls_live 3\n" in text

    within(scenario, gauges=lambda: {"calls_live": 3})


def test_labels_of_one_family_share_its_type_line() -> None:
    counters = Counters()
    counters.add('dropped_total{why="a"}')
    counters.add('dropped_total{why="b"}', 2)
    assert counters.render({}).count("# TYPE") == 1


def test_no_failure_is_told_as_a_traceback() -> None:
    async def scenario(house: House) -> None:
        async def away(_: str) -> Any:
            raise LogError("the disk is full")

        house.reader.call = away  # type: ignore[method-assign]
        answer = await house.http.get("/api/calls/call-1", headers=BEARER)
        assert (answer.status_code, answer.json()) == (
            503,
            {"error": "the call log cannot be used: the disk is full"},
        )
        assert (await house.http.get("/nowhere")).json() == {"error": "not found"}
        assert (await house.http.get("/voice/incoming")).json() == {"error": "method not allowed"}
        slash = await house.http.post("/voice/incoming/", headers={"X-Twilio-Signature": sign(PUBLIC)})
        assert slash.status_code == 404

    within(scenario)


def test_a_house_without_a_public_address_is_not_built() -> None:
    doors = Doors(FakeDesk(), FakeReader(), FakeShelf(), FakeClock(), "", auth_token=TOKEN)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="public_url"):
        build_app(doors)


def test_an_empty_list_of_prefixes_allows_no_number() -> None:
    for prefixes in ((), ("",)):
        with pytest.raises(NumberRefusedError):
            dialable("+14155552671", prefixes)
