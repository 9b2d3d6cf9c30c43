"""Who may pass which door: by a key, by the cookie of who signed in, or in development as this machine."""

import hmac
from typing import Final

from starlette.requests import Request

from app.adapters.store.access import Deed, hash_of
from app.adapters.store.errors import StoreError
from app.adapters.twilio.signature import Form
from app.domain.access import Person, Role
from app.web.doors import Doors
from app.web.media import sender_of
from app.web.passes import is_own_page
from app.web.queries import only_known
from app.web.readers import Visit
from app.web.requests import Refused, Slowed, body_of, wants_page

COOKIE: Final = "dialai_session"
HARMLESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
ENVIRONMENT: Final = "DIALAI_API_KEY"
"""The name of who holds the key of the environment."""

_SIGNED_OUT: Final = "your session is over: load the page again to sign in"
_FORM: Final = "application/x-www-form-urlencoded"


class SignInFirst(Exception):  # noqa: N818 - where to go, not a fault
    """A page for which nobody is known; `back` is where the reader wanted to go."""

    def __init__(self, back: str) -> None:
        super().__init__("sign in first")
        self.back = back


class Guard:
    """A FastAPI dependency that lets a person of at least this role pass, as `request.state.person`.

    What a page posts as a form is then in `request.state.form`. Raises Refused (401, 403; 400 for a query
    that the route does not take), and SignInFirst for pages.
    """

    def __init__(self, doors: Doors, role: Role) -> None:
        self._door = Door(doors)
        self._role = role

    async def __call__(self, request: Request) -> Person:
        """Return who it is."""
        person = await self._door.person(request)
        request.state.person = person  # also for the page that tells of the refusal
        if not person.role.may(self._role):
            raise Refused(403, f"this needs the role {self._role}; the key {person.name} is {person.role}")
        await only_known(request)
        return person


class Door:
    """Tells who sends a request, and who holds a key."""

    def __init__(self, doors: Doors) -> None:
        # Only the key's hash is kept, and hashes of equal length compare in constant time.
        self._first_key = hash_of(doors.api_key) if doors.api_key else None
        self._doors = doors

    async def person(self, request: Request) -> Person:
        """Return who it is. Raises Refused (Slowed after too many wrong keys) or SignInFirst."""
        key = _bearer(request)
        if key:
            found = await self.holder(key, request, "key_refused")
        else:
            found = await self._keyless(request)
            if found is not None and found.is_signed_in:
                await self._check_intent(request, found.csrf)
        if found is not None:
            return found
        self._doors.counters.add("api_refused_total")
        if wants_page(request):
            raise SignInFirst(_back(request))
        raise Refused(401, _SIGNED_OUT if COOKIE in request.cookies else self._why_not())

    async def holder(self, key: str, request: Request, refusal: str) -> Person | None:
        """Return who holds this key; None for a wrong one, which is counted and noted as this `refusal`.

        Raises Slowed where this address has to wait, whatever the key, unless it was right before.
        """
        address, key_hash, tries = sender_of(request.scope).host, hash_of(key), self._doors.tries
        is_known = tries.knows(key_hash)
        if not is_known:
            self._must_not_wait(address)
        found = await self._holder(key_hash)
        if not (is_known and found):
            self._must_not_wait(address)  # others may have been wrong while this one was looked up
        if found is None:
            tries.wrong(address, key_hash, self._doors.clock.now())
            await self._note(Deed(self._doors.wall(), "?", address, refusal, None, ""))
        else:
            tries.right(key_hash)
        return found

    def visit(self, request: Request) -> Visit:
        """Return the visit of who has passed a Guard with this request."""
        person: Person = request.state.person
        session = request.cookies.get(COOKIE, "") if person.is_signed_in else ""

        async def is_welcome() -> bool:
            key = _bearer(request)
            try:
                found = await (self._holder(hash_of(key)) if key else self._keyless(request))
            except StoreError:  # nobody knows: who comes back is told so
                return False
            return found is not None and found.identity == person.identity

        return Visit(person.identity, session, is_welcome, person.name)

    def _must_not_wait(self, address: str) -> None:
        if wait := self._doors.tries.wait_s(address, self._doors.clock.now()):
            self._doors.counters.add("wrong_keys_slowed_total")
            raise Slowed(f"Too many wrong keys from this address. Try again in {wait} s.", wait)

    async def _note(self, deed: Deed) -> None:
        if self._doors.access is not None:
            await self._doors.access.do(lambda book: book.note(deed))

    async def _holder(self, key_hash: bytes) -> Person | None:
        if self._first_key is not None and hmac.compare_digest(key_hash, self._first_key):
            return Person(ENVIRONMENT, Role.ADMIN)
        access = self._doors.access
        found = await access.do(lambda book: book.key_of(key_hash)) if access is not None else None
        return None if found is None else Person(found.name, found.role, found.id)

    async def _keyless(self, request: Request) -> Person | None:
        """Return who is known without a key in this request: by cookie, or as this machine."""
        if "authorization" in request.headers:
            return None
        found = await self._by_cookie(request)
        if found is None and self._first_key is None and self._is_at_home(request):
            return Person("this machine", Role.ADMIN)
        return found

    async def _by_cookie(self, request: Request) -> Person | None:
        token, access, now = request.cookies.get(COOKIE, ""), self._doors.access, self._doors.wall()
        if not token or access is None:
            return None
        session = await access.do(lambda book: book.session(token, now))
        # The key is asked for every time: one that is revoked ends what it opened at once.
        holder = None if session is None else await self._holder(session.key_hash)
        if session is None or holder is None:
            return None
        return Person(holder.name, holder.role, holder.key, session.csrf, is_signed_in=True)

    async def _check_intent(self, request: Request, csrf: str) -> None:
        """A browser sends its cookies whatever page asked it to: what changes something must be ours."""
        if request.method in HARMLESS:
            return
        check_origin(request, self._doors.public_url)
        given = request.headers.get("x-csrf-token", "")
        if not given and request.headers.get("content-type", "").startswith(_FORM):
            request.state.form = Form.parse(await body_of(request)) or Form(())
            given = request.state.form.one("csrf")
        if not hmac.compare_digest(given.encode(), csrf.encode()):
            raise Refused(403, "the page is out of date: load it again and repeat what you did")

    def _is_at_home(self, request: Request) -> bool:
        return self._doors.dev and sender_of(request.scope).is_local

    def _why_not(self) -> str:
        if self._first_key is None and self._doors.access is None:
            return "the API has no key: set DIALAI_API_KEY (or DIALAI_DEV=1 to let this machine in)"
        return "the API key is missing or wrong: send Authorization: Bearer KEY"


def check_origin(request: Request, public_url: str) -> None:
    """Refuse (403) what a page of another site sends; browsers name the site with every such request."""
    if not is_own_page(request.headers, public_url):
        raise Refused(403, "this request comes from a page of another site")


async def note(
    request: Request, doors: Doors, action: str, *, call: str | None = None, detail: str = ""
) -> None:
    """Write into the audit log who does what; `request` has passed a Guard. Raises StoreError."""
    access = doors.access
    if access is None:
        return
    person: Person = request.state.person
    deed = Deed(doors.wall(), person.name, sender_of(request.scope).host, action, call, detail)
    await access.do(lambda book: book.note(deed))


def _bearer(request: Request) -> str:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def _back(request: Request) -> str:
    if request.method not in HARMLESS:
        return "/"
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
