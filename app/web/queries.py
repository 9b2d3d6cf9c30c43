"""What may stand in the query of each address: a name or value that is none of it is refused in one line.

Twilio's webhooks are not held to it: what is posted to them is signed, and may grow. Nor are the addresses
that machines ask by the clock: load balancers and Prometheus add to them what they like.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from starlette.requests import Request

from app.domain.keepable import is_keepable
from app.flows.problems import nearest
from app.web.requests import Refused

FILTERS: Final = (
    "flow",
    "disposition",
    "direction",
    "language",
    "number",
    "since",
    "until",
    "slow",
    "slow_by",
    "q",
)
"""What tells which calls are meant."""

TAKEN: Final[Mapping[str, tuple[str, ...]]] = {
    "/": ("flow",),
    "/calls": (*FILTERS, "after"),
    "/analytics": ("flow", "period", "since", "until", "by"),
    "/signin": ("next",),
    "/api/calls": (*FILTERS, "after", "limit"),
    "/api/calls/export": (*FILTERS, "format"),
    "/api/calls/{call_id}/journal": ("after", "limit", "kind"),
}
"""By the path of the route; every other takes none, and none does where something is changed."""

HELD_TO_NOTHING: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths whose query is passed over, whatever it holds: nobody reads there what is wrong with it."""

_MEANT: Final = {
    "from": "since",
    "start": "since",
    "to": "until",
    "end": "until",
    "status": "disposition",
    "search": "q",
    "query": "q",
    "page": "after",
    "group": "by",
}
"""Names that people know from elsewhere, which no spelling leads to ours from."""

_SHOWN: Final = 40


async def only_known(request: Request) -> None:
    """Raise Refused (400) for a name in the query that the route does not take, or that is there twice.

    A FastAPI dependency of the routes that are open; `Guard` asks it for all others.
    """
    if not all(is_keepable(str(part)) for part in request.path_params.values()):
        raise Refused(404, "nothing has such a name")
    given = [name for name, _ in request.query_params.multi_items()]
    path = request.scope["route"].path
    if not given or path in HELD_TO_NOTHING:
        return
    taken = TAKEN.get(path, ()) if request.method in {"GET", "HEAD"} else ()
    for name in given:
        if name not in taken:
            raise Refused(400, _unknown(name, taken))
        if given.count(name) > 1:
            raise Refused(400, f"`{name}` stands in the query {given.count(name)} times: once is enough")
        if not is_keepable(request.query_params[name]):
            raise Refused(400, f"`{name}` holds a sign that no text has")


def one_of(name: str, value: str, known: Iterable[str]) -> str:
    """Return the value. Raises Refused (400) with the nearest right spelling when it is none of these."""
    choices = list(known)
    if value not in choices:
        raise Refused(400, f"`{name}` must be one of: {', '.join(choices)}{_near(value, choices)}")
    return value


def day_of(name: str, value: str) -> date | None:
    """Return the day; None for nothing. Raises Refused (400)."""
    try:
        return datetime.strptime(value, "%Y-%m-%d").date() if value else None  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise Refused(400, f"`{name}` must be a day, as in 2026-01-31") from None


def day_behind(day: date | None) -> date | None:
    """Return the day after; None where there is none, or none that can be written."""
    return day + timedelta(days=1) if day is not None and day != date.max else None


def in_order(since: date | None, until: date | None) -> None:
    """Raise Refused (400) when the period ends before it begins."""
    if since is not None and until is not None and since > until:
        raise Refused(400, "`since` (From) is later than `until` (To): no call began between them")


def flow_among(name: str, known: Iterable[str]) -> str:
    """Return the name of a flow. Raises Refused (404) with the nearest name when there is none such."""
    names = sorted(set(known))
    if name in names:
        return name
    near = _near(name, names) or (f"; there are: {', '.join(names)}" if names else "")
    raise Refused(404, f"no flow is named `{_shown(name)}`{near}")


def _unknown(name: str, taken: tuple[str, ...]) -> str:
    if not taken:
        return f"this address takes no query: leave out `{_shown(name)}`"
    meant = _MEANT.get(name.lower(), "")
    near = f"; did you mean `{meant}`?" if meant in taken else _near(name, taken)
    near = near or f"; it may hold: {', '.join(taken)}"
    return f"the query holds `{_shown(name)}`, which means nothing here{near}"


def _near(word: str, known: Iterable[str]) -> str:
    found = nearest(word[:_SHOWN], known)
    return f"; did you mean `{found}`?" if found else ""


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
