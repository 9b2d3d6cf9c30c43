"""Who is let in by which door, and everything that somebody might try instead."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.adapters.store.access import AccessBook, AsyncAccess
from app.adapters.store.database import Database
from app.domain.access import Role
from app.web.access import COOKIE
from app.web.console.sign_in import SESSION, own_path
from app.web.tries import TRIES
from tests.web.house import KEY, House, house

HTML = {"Accept": "text/html"}
CALL = {"to": "+14155552671", "flow": "welcome"}


class Wall:
    """A wall clock that moves when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Manor:
    """A house with keys, and its own address as a browser names it."""

    house: House
    book: AccessBook
    wall: Wall

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.house.port}"

    def key(self, role: Role = Role.VIEWER, name: str = "Ann") -> tuple[int, str]:
        return self.book.add_key(name, role, self.wall.now)

    async def sign_in(self, key: str, back: str = "/", **headers: str) -> httpx.Response:
        named = {"Origin": self.origin, **HTML, **headers}
        return await self.house.http.post("/signin", data={"key": key, "next": back}, headers=named)

    async def csrf(self) -> str:
        """Return what the pages of who is signed in send back."""
        page = await self.house.http.get("/nowhere-that-is", headers=HTML)
        assert page.status_code == 404
        token = self.house.http.cookies[COOKIE]
        session = self.book.session(token, self.wall.now)
        assert session is not None
        return session.csrf

    def deeds(self) -> list[tuple[str, str]]:
        return [(deed.who, deed.action) for deed in self.book.deeds()]


@asynccontextmanager
async def manor(folder: Path, **changes: Any) -> AsyncIterator[Manor]:
    wall = Wall()
    book = AccessBook(Database.serve(f"sqlite:///{folder / 'calls.sqlite3'}"))
    access = AsyncAccess(book)
    try:
        async with house(access=access, wall=wall, **changes) as ready:
            yield Manor(ready, book, wall)
    finally:
        access.close()


def within(folder: Path, scenario: Callable[[Manor], Awaitable[None]], **changes: Any) -> None:
    async def run() -> None:
        async with manor(folder, **changes) as ready:
            await scenario(ready)

    asyncio.run(run())


def test_a_key_opens_what_its_role_opens_and_nothing_more(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        http = manor.house.http
        for role, placed in ((Role.VIEWER, 403), (Role.OPERATOR, 201), (Role.ADMIN, 201)):
            bearer = {"Authorization": f"Bearer {manor.key(role)[1]}"}
            assert (await http.get("/api/calls", headers=bearer)).status_code == 200
            assert (await http.post("/api/calls", json=CALL, headers=bearer)).status_code == placed
        assert [seen[0] for seen in manor.house.desk.seen] == ["place", "place"]
        assert manor.deeds() == [("Ann", "dial"), ("Ann", "dial")]
        (first, _) = manor.book.deeds()
        assert (first.call, first.detail, first.address) == ("call-9", "welcome", "127.0.0.1")

    within(tmp_path, scenario)


def test_a_revoked_key_opens_nothing_nor_do_the_sessions_it_opened(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        number, key = manor.key()
        http = manor.house.http
        assert (await manor.sign_in(key)).status_code == 303
        assert (await http.get("/api/calls")).status_code == 200
        assert manor.book.revoke(number, manor.wall.now)
        assert (await http.get("/api/calls")).status_code == 401
        assert (await http.get("/api/calls", headers={"Authorization": f"Bearer {key}"})).status_code == 401
        assert (await manor.sign_in(key)).status_code == 401

    within(tmp_path, scenario)


def test_a_session_ends_after_its_time(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        await manor.sign_in(manor.key()[1])
        manor.wall.now += SESSION - timedelta(seconds=1)
        assert (await manor.house.http.get("/api/calls")).status_code == 200
        manor.wall.now += timedelta(seconds=1)
        assert (await manor.house.http.get("/api/calls")).status_code == 401

    within(tmp_path, scenario)


def test_the_cookie_is_for_this_site_and_for_no_script(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        answer = await manor.sign_in(manor.key()[1])
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "secure" not in cookie  # on loopback there is no TLS
        far = await manor.house.http.post(
            "/signin",
            data={"key": manor.key()[1], "next": "/"},
            headers={"Host": "calls.example.com", "Origin": "https://calls.example.com"},
        )
        assert "secure" in far.headers["set-cookie"].lower()

    within(tmp_path, scenario)


def test_what_a_cookie_changes_needs_the_pages_own_token(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        await manor.sign_in(manor.key(Role.OPERATOR)[1])
        http, own = manor.house.http, {"Origin": manor.origin}
        for token in ("", "x", (await manor.csrf())[:-1]):
            refused = await http.post("/api/calls", json=CALL, headers={**own, "X-CSRF-Token": token})
            assert refused.status_code == 403
        assert manor.house.desk.seen == []
        right = {**own, "X-CSRF-Token": await manor.csrf()}
        assert (await http.post("/api/calls", json=CALL, headers=right)).status_code == 201

    within(tmp_path, scenario)


def test_one_persons_token_is_no_use_to_another(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        await manor.sign_in(manor.key(Role.OPERATOR, "Ann")[1])
        anns = await manor.csrf()
        await manor.sign_in(manor.key(Role.OPERATOR, "Bob")[1])
        headers = {"Origin": manor.origin, "X-CSRF-Token": anns}
        assert (await manor.house.http.post("/api/calls", json=CALL, headers=headers)).status_code == 403

    within(tmp_path, scenario)


FOREIGN = (
    "https://evil.example",
    "null",
    "http://127.0.0.1",
    "http://127.0.0.1.evil.example:80",
    "",
    "x://",
    "http://[",
)


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_of_another_site_changes_nothing_even_with_the_token(tmp_path: Path, origin: str) -> None:
    async def scenario(manor: Manor) -> None:
        await manor.sign_in(manor.key(Role.OPERATOR)[1])
        headers = {"X-CSRF-Token": await manor.csrf()} | ({"Origin": origin} if origin else {})
        answer = await manor.house.http.post("/api/calls", json=CALL, headers=headers)
        assert (answer.status_code, manor.house.desk.seen) == (403, [])
        assert (await manor.sign_in(manor.key()[1], Origin=origin)).status_code == 403

    within(tmp_path, scenario)


def test_in_development_too_a_page_of_another_site_changes_nothing(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        http = manor.house.http
        refused = await http.post("/api/calls", json=CALL, headers={"Origin": "https://evil.example"})
        rebound = await http.get("/api/calls", headers={"Host": "evil.example"})
        assert (refused.status_code, rebound.status_code) == (401, 401)
        assert (await http.post("/api/calls", json=CALL, headers={"Origin": manor.origin})).status_code == 201

    within(tmp_path, scenario, api_key="", dev=True)


@pytest.mark.parametrize("origin", ["http://localhost:9999", "http://127.0.0.1", "https://localhost"])
def test_in_development_a_page_on_another_port_of_this_machine_is_another_site(
    tmp_path: Path, origin: str
) -> None:
    async def scenario(manor: Manor) -> None:
        headers = {"Origin": origin, "Content-Type": "text/plain"}
        refused = await manor.house.http.post(
            "/api/softphone/calls", content='{"flow": "welcome"}', headers=headers
        )
        assert (refused.status_code, manor.house.desk.seen) == (401, [])

    within(tmp_path, scenario, api_key="", dev=True)


def test_a_session_that_was_planted_is_not_the_one_that_is_signed_in(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        http = manor.house.http
        await manor.sign_in(manor.key(name="Mallory")[1])
        planted = http.cookies[COOKIE]
        await manor.sign_in(manor.key(name="Ann")[1])
        assert http.cookies[COOKIE] != planted
        assert manor.book.session(planted, manor.wall.now) is None
        http.cookies.clear()
        made_up = await http.get("/api/calls", headers={"Cookie": f"{COOKIE}=chosen-by-mallory"})
        assert "sign in" in made_up.json()["error"], "who was signed in has no key to send"
        assert made_up.status_code == 401

    within(tmp_path, scenario)


def test_signing_out_ends_the_session_and_needs_the_token(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        await manor.sign_in(manor.key()[1])
        http, token = manor.house.http, manor.house.http.cookies[COOKIE]
        own = {"Origin": manor.origin, **HTML}
        assert (await http.post("/signout", data={"csrf": "x"}, headers=own)).status_code == 403
        csrf = await manor.csrf()
        assert (await http.post("/signout", data={"csrf": csrf}, headers=own)).status_code == 303
        assert manor.book.session(token, manor.wall.now) is None
        assert (await http.get("/api/calls", headers={"Cookie": f"{COOKIE}={token}"})).status_code == 401
        assert manor.deeds() == [("Ann", "sign_out"), ("Ann", "sign_in")]

    within(tmp_path, scenario)


def test_who_guesses_keys_waits_and_the_right_key_waits_with_them(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        key = manor.key()[1]
        for _ in range(TRIES):
            assert (await manor.sign_in("dialai_guess")).status_code == 401
        slowed = await manor.sign_in(key)
        assert (slowed.status_code, slowed.headers["retry-after"]) == (429, "60")
        manor.house.clock.ms += 59_999
        assert (await manor.sign_in(key)).headers["retry-after"] == "1"
        manor.house.clock.ms += 1
        assert (await manor.sign_in(key)).status_code == 303
        assert manor.deeds()[-TRIES:] == [("?", "sign_in_refused")] * TRIES

    within(tmp_path, scenario)


def test_a_guess_that_waits_is_not_a_guess(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        for _ in range(TRIES + 3):
            await manor.sign_in("dialai_guess")
        manor.house.clock.ms += 60_000
        assert (await manor.sign_in(manor.key()[1])).status_code == 303

    within(tmp_path, scenario)


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
     "/\t/evil.example", "/\n/evil.example", " //evil.example", "evil.example", "", "/ /x",
     "///evil.example"],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(tmp_path: Path, elsewhere: str) -> None:
    async def scenario(manor: Manor) -> None:
        answer = await manor.sign_in(manor.key()[1], elsewhere)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")

    within(tmp_path, scenario)


def test_signing_in_leads_back_to_where_one_wanted_to_go(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        wanted = await manor.house.http.get("/signout?x=1", headers=HTML)
        assert wanted.status_code == 405  # a page of that name there is, but not to be read
        answer = await manor.sign_in(manor.key()[1], "/calls?flow=csat&since=2026-01-01")
        assert answer.headers["location"] == "/calls?flow=csat&since=2026-01-01"

    within(tmp_path, scenario)
    assert own_path("/calls?flow=csat") == "/calls?flow=csat"


def test_what_a_stranger_writes_into_the_form_is_shown_as_text(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        smuggled = '/"><script>alert(1)</script>'
        page = (await manor.house.http.get("/signin", params={"next": smuggled}, headers=HTML)).text
        assert "<script>alert" not in page
        assert re.search(r'name="next" value="/&#34;&gt;&lt;script', page)

    within(tmp_path, scenario)


def test_the_environments_key_signs_in_as_admin_and_another_one_ends_its_sessions(tmp_path: Path) -> None:
    async def first(manor: Manor) -> None:
        assert (await manor.sign_in(KEY)).status_code == 303
        token = manor.house.http.cookies[COOKIE]
        session = manor.book.session(token, manor.wall.now)
        assert session is not None
        (tmp_path / "token").write_text(token)
        assert manor.deeds() == [("DIALAI_API_KEY", "sign_in")]

    async def second(manor: Manor) -> None:
        cookie = f"{COOKIE}={(tmp_path / 'token').read_text()}"
        assert (await manor.house.http.get("/api/calls", headers={"Cookie": cookie})).status_code == 401

    within(tmp_path, first)
    within(tmp_path, second, api_key="another")


def test_every_answer_forbids_scripts_from_elsewhere_and_frames(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        for path in ("/signin", "/nowhere", "/api/calls", "/healthz", "/static/console.css"):
            headers = (await manor.house.http.get(path, headers=HTML)).headers
            policy = headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            assert "microphone=(self)" in headers["permissions-policy"]

    within(tmp_path, scenario)


def test_no_page_holds_a_script_or_style_of_its_own() -> None:
    templates = Path(__file__).parents[2] / "app" / "web" / "console" / "templates"
    for path in templates.rglob("*.html"):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), path
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), path
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text), path
        assert "| safe" not in text, path


def test_assets_are_kept_under_their_hash_and_asked_for_anew_without(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        http = manor.house.http
        page = (await http.get("/signin", headers=HTML)).text
        address = re.search(r'href="(/static/console\.css\?v=[0-9a-f]{12})"', page)
        assert address is not None
        named, plain = await http.get(address[1]), await http.get("/static/console.css")
        wrong = await http.get("/static/console.css?v=000000000000")
        assert named.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert plain.headers["cache-control"] == wrong.headers["cache-control"] == "no-cache"
        again = await http.get("/static/console.css", headers={"If-None-Match": plain.headers["etag"]})
        assert again.status_code == 304
        for path in ("/static/../pages.py", "/static/%2e%2e/pages.py", "/static/..%2fpages.py", "/static/"):
            assert (await http.get(path)).status_code == 404

    within(tmp_path, scenario)
