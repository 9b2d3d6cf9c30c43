"""How long the console's pages take on the server at a hundred thousand stored calls, and what they weigh."""

import asyncio
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from app.adapters.store import schema
from app.adapters.store.database import Database
from app.adapters.store.selection import backward
from app.adapters.store.words import folded
from app.main.house import House, build_house
from app.settings import Settings
from app.simulator.load_report import Spread
from app.web.console.analytics_pages import WAITS
from app.web.console.pages import STATIC
from tests.bench.table import Row

GOAL_MS: Final = 100
"""What a page may take on the server, 95 times of 100."""

COLD_GOAL_MS: Final = 500
"""What it may take as the first page after a start, or where nobody asked for its figures yet.

Of these it waits a quarter of a second for figures; those that take longer come by themselves.
"""

FIGURES_GOAL_MS: Final = 3_000
"""Until the figures stand on the page, where they are of a month (a fifth of the calls) or of one flow.

What somebody looks at every day: so long one waits for a page without turning to something else.
"""

ALL_FIGURES_GOAL_MS: Final = 10_000
"""The same where they are of every call: as long as attention is kept by a page that says what it does.

The count reads each turn; it has a thread of its own, and calls do not wait for it.
"""

_NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
_ADDRESS: Final = "http://127.0.0.1:8080"
_FLOWS: Final = ("csat", "clinic-followup", "clinic-reminder", "welcome")
_ENDS: Final = ("completed",) * 12 + (
    "break_off",
    "partial",
    "partial",
    "refused",
    "no_input",
    "transferred",
    "error",
)
_WORDS: Final = (
    "yes", "no", "one", "two", "five", "quality", "price", "delivery", "late", "broken", "friendly", "slow",
    "my back hurts", "nothing at all", "the driver was kind", "I would like to talk to somebody", "every day",
)  # fmt: skip
_RARE: Final = "xylophone"


@dataclass(frozen=True, slots=True)
class ConsoleSize:
    """How many calls are stored, and how often each page is asked for."""

    calls: int
    times: int
    counts: int
    """Of how many periods each view's figures are counted."""
    starts: int
    """After how many starts of the server each page is the first that is asked for."""


CONSOLE_FULL: Final = ConsoleSize(100_000, 60, 10, 10)
CONSOLE_QUICK: Final = ConsoleSize(2_000, 5, 2, 1)


@dataclass(frozen=True, slots=True)
class PageFigures:
    """One page: its wall time on the server in ms, its processor time, its bytes and those of its assets.

    `cold` is its wall time as the first page after a start. A page of figures is asked for each time about
    another period, so that nothing of it is known; `figures` is then the time until they stand on it, and the
    processor time is that of counting, too.
    """

    name: str
    wall: Spread
    cpu: Spread
    cold: Spread
    page_bytes: int
    asset_bytes: int
    figures: Spread | None = None
    figures_goal_ms: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """A view of figures: of so many days (0 for all), and what else its address says."""

    days: int
    more: str
    goal_ms: int

    def address(self, n: int) -> str:
        """Return the address that asks about the n-th period; no two are the same."""
        until = _NOW.date() + timedelta(days=-n if self.days else n)
        since = until - timedelta(days=self.days - 1) if self.days else date(2026, 1, 1)
        return f"/analytics?since={since}&until={until}{self.more}"


def run_console(size: ConsoleSize, room: Path, tell: Callable[[str], None]) -> list[PageFigures]:
    """Fill a log and ask for each page; nothing goes over a network."""
    data_dir = room / "console"
    began = time.perf_counter()
    ids = fill(data_dir, size.calls)
    tell(f"{size.calls:,} calls written in {time.perf_counter() - began:.0f} s")
    return asyncio.run(_measure(size, data_dir, ids, tell))


def console_rows(found: list[PageFigures], size: ConsoleSize) -> list[Row]:
    """Return the figures, a row a page, and one more where it shows figures."""
    stored = f"{size.calls:,} stored calls, SQLite"
    rows = []
    for page in found:
        goal = GOAL_MS if page.figures is None else COLD_GOAL_MS
        rows.append(
            Row(
                f"console: {page.name}",
                f"p95 {page.wall.p95:.1f} ms, cold {page.cold.p95:.0f} ms",
                f"p95 {goal}, cold {COLD_GOAL_MS}",
                page.wall.p95 <= goal and page.cold.p95 <= COLD_GOAL_MS,
                f"p50 {page.wall.p50:.1f}{'' if page.figures else f', CPU p50 {page.cpu.p50:.1f} ms'}; "
                f"{page.page_bytes / 1024:.0f} kB and {page.asset_bytes / 1024:.0f} kB of assets; "
                f"{stored}, {size.counts if page.figures else size.times} times",
            )
        )
        if page.figures is not None:
            rows.append(
                Row(
                    f"console: {page.name}: its figures",
                    f"p95 {page.figures.p95:.0f} ms",
                    f"p95 {page.figures_goal_ms}",
                    page.figures.p95 <= page.figures_goal_ms,
                    f"page asked for -> all figures counted and sent; p50 {page.figures.p50:.0f}, "
                    f"CPU p50 {page.cpu.p50:.0f} ms; {stored}, {size.counts} periods never asked for before",
                )
            )
    return rows


def console_json(found: list[PageFigures]) -> list[dict[str, Any]]:
    """Return the figures for machines."""
    return [asdict(page) for page in found]


def _addresses(ids: list[str]) -> Mapping[str, str]:
    middle = ids[len(ids) // 2]
    return {
        "softphone": "/",
        "calls": "/calls",
        "calls, the 1,000th page": f"/calls?after={_key(len(ids) // 2)}~{middle}",
        "calls of a flow that ended so": "/calls?flow=csat&disposition=error",
        "calls of a language and a day": "/calls?language=es&since=2026-10-20&until=2026-10-20",
        "calls by the end of a number": "/calls?number=0042",
        "calls by a number": "/calls?number=%2B14155550042",
        "calls with slow turns (few)": "/calls?slow=6000",
        "calls with slow turns (most)": "/calls?slow=100",
        "calls by a word (most)": "/calls?q=quality",
        "calls by a word (few)": f"/calls?q={_RARE}",
        "calls by a phrase, a flow and an end": "/calls?q=%22driver+was%22&flow=welcome&disposition=partial",
        "a call": f"/calls/{middle}",
        "a call's journal": f"/api/calls/{middle}/journal",
        "flows": "/flows",
        "system": "/system",
    }


VIEWS: Final = {
    "analytics of a month": View(30, "", FIGURES_GOAL_MS),
    "analytics of a flow": View(0, "&flow=csat", FIGURES_GOAL_MS),
    "analytics of all time": View(0, "", ALL_FIGURES_GOAL_MS),
    "analytics of all time by provider": View(0, "&by=provider", ALL_FIGURES_GOAL_MS),
}


async def _measure(
    size: ConsoleSize, data_dir: Path, ids: list[str], tell: Callable[[str], None]
) -> list[PageFigures]:
    pages = _addresses(ids)
    first = pages | {name: view.address(0) for name, view in VIEWS.items()}
    colds = {name: await _cold(size, data_dir, address) for name, address in first.items()}
    house = _house(data_dir)
    found = []
    async with house.open():
        for name, address in pages.items():
            await _get(house.app, address)
            walls, cpus, body = [], [], b""
            for _ in range(size.times):
                wall, cpu = time.perf_counter(), time.process_time()
                body = await _get(house.app, address)
                walls.append((time.perf_counter() - wall) * 1_000)
                cpus.append((time.process_time() - cpu) * 1_000)
            spreads = Spread.of(walls), Spread.of(cpus), colds[name]
            found.append(PageFigures(name, *spreads, len(body), _assets(body)))
            tell(f"{name}: p95 {found[-1].wall.p95:.1f} ms, cold {found[-1].cold.p95:.0f} ms")
        for name, view in VIEWS.items():
            found.append(await _counted(house.app, name, view, size.counts, colds[name]))
            tell(f"{name}: p95 {found[-1].wall.p95:.1f} ms, figures {found[-1].figures}")
    return found


async def _counted(app: Any, name: str, view: View, counts: int, cold: Spread) -> PageFigures:
    """Ask about one period after the other, and for the figures as the page's script does."""
    walls, cpus, wholes, body = [], [], [], b""
    for n in range(counts):
        wall, cpu = time.perf_counter(), time.process_time()
        body = await _get(app, view.address(n))
        walls.append((time.perf_counter() - wall) * 1_000)
        if b'id="counting"' in body:
            body = await _get(app, view.address(n), waits=True)
        wholes.append((time.perf_counter() - wall) * 1_000)
        cpus.append((time.process_time() - cpu) * 1_000)
        assert b'id="counting"' not in body, "who waits is given the figures"
    spreads = Spread.of(walls), Spread.of(cpus), cold
    return PageFigures(name, *spreads, len(body), _assets(body), Spread.of(wholes), view.goal_ms)


def _house(data_dir: Path) -> House:
    timed = dict.fromkeys(("stt", "llm", "tts"), "timed")
    return build_house(Settings(_env_file=None, data_dir=data_dir, dev=True, **timed), _ADDRESS)  # type: ignore[call-arg, arg-type]


async def _cold(size: ConsoleSize, data_dir: Path, address: str) -> Spread:
    """Return how long the page takes right after starts."""
    walls = []
    for _ in range(size.starts):
        house = _house(data_dir)
        async with house.open():
            began = time.perf_counter()
            await _get(house.app, address)
            walls.append((time.perf_counter() - began) * 1_000)
    return Spread.of(walls)


async def _get(app: Any, address: str, *, waits: bool = False) -> bytes:
    path, _, query = address.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [
            (b"host", b"127.0.0.1:8080"),
            (b"accept", b"text/html"),
            *([(WAITS.lower().encode(), b"1")] if waits else []),
        ],
        "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 8080), "state": {},
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert sent[0]["status"] == 200, f"{address}: {sent[0]['status']}"
    return b"".join(message.get("body", b"") for message in sent[1:])


def _assets(body: bytes) -> int:
    """Return the bytes of all styles and scripts that a page asks for, and that these import."""
    pending = {match.decode() for match in re.findall(rb'(?:href|src)="/static/([^"?]+)', body)}
    seen: dict[str, int] = {}
    while pending:
        path = pending.pop()
        file = STATIC / path
        if path not in seen and file.is_file():
            seen[path] = file.stat().st_size
            for name in re.findall(r'from "(\.?/?[^"]+\.js)"', file.read_text(errors="replace")):
                absolute = name.removeprefix("/static/")
                near = (Path(path).parent / name).as_posix().removeprefix("./")
                pending.add(absolute if name.startswith("/") else near)
    return sum(seen.values())


def fill(data_dir: Path, calls: int) -> list[str]:
    """Write so many made-up calls, the same ones each time; return their ids, oldest first."""
    data_dir.mkdir(parents=True)
    database = Database.serve(f"sqlite:///{data_dir / 'dialai.sqlite3'}")
    dice, ids = random.Random(11), []  # noqa: S311 - not for secrets
    flows = [
        {"sha256": name, "id": name, "version": "1", "yaml": "", "max_duration_ms": 1,
         "sensitive_steps": "[]", "frozen_at": _NOW} for name in _FLOWS
    ]  # fmt: skip
    with database.engine.begin() as connection:
        connection.execute(sa.insert(schema.flow), flows)
    for begin in range(0, calls, 2_000):
        rows: dict[str, list[dict[str, Any]]] = {table: [] for table in _TABLES}
        for n in range(begin, min(begin + 2_000, calls)):
            ids.append(f"{n:032x}")
            for table, row in _call(n, calls, dice):
                rows[table].append(row)
        with database.engine.begin() as connection:
            for table, some in rows.items():
                connection.execute(sa.insert(schema.metadata.tables[table]), some)
    database.close()
    return ids


_TABLES: Final = ("call", "turn", "answer", "call_event", "call_text")


def _began(n: int, calls: int) -> datetime:
    return _NOW - timedelta(minutes=2 * (calls - n))


def _key(n: int) -> str:
    """Return the time half of a page's key."""
    return _began(n, n * 2).replace(tzinfo=None).isoformat(timespec="milliseconds")


def _call(n: int, calls: int, dice: random.Random) -> Iterator[tuple[str, dict[str, Any]]]:
    call, began, flow = f"{n:032x}", _began(n, calls), dice.choice(_FLOWS)
    number = f"+1415555{dice.randrange(10_000):04}"
    totals = sorted(int(dice.lognormvariate(6.3, 0.6)) for _ in range(4))
    language, said = dice.choice(("en", "en", "en", "es")), []
    yield "call", {
        "id": call, "carrier_sid": f"CA{call}", "flow": flow, "flow_version": "1", "flow_sha256": flow,
        "direction": "inbound", "from_number": number, "to_number": "+14155550100", "variables": "{}",
        "language": language, "started_at": began, "answered_at": began,
        "ended_at": began + timedelta(minutes=1), "last_event_at": began, "disposition": dice.choice(_ENDS),
        "cause": "flow", "party": backward(number),
        "worst_ms": totals[-1], "median_ms": totals[1],
    }  # fmt: skip
    for k, total in enumerate(totals):
        words = _RARE if n % 5_000 == k == 0 else dice.choice(_WORDS)
        asked = f"How happy are you with question {k} of ours?"
        said.append(f"{asked} {words} {words}")
        key, times = (
            {"call": call, "seq": k + 1, "part": 0},
            {"asked_ms": k * 9_000, "answered_ms": k * 9_000 + 5_000},
        )
        yield "turn", key | times | {
            "turn": k, "step": f"q{k}", "kind": "open", "prompt": asked, "heard": asked, "input": words,
            "source": "speech",
            "understood": words, "outcome": "answer", "barged_in": False, "false_alarms": 0,
            "latency_ms": f'{{"total":{total},"recognition":{total // 2}}}',
            "providers": '{"stt":"transcribe"}',
        }  # fmt: skip
        yield "answer", key | {
            "turn": k, "slot": f"q{k}", "value": f'"{words}"', "label": words, "raw": words, "status": "ok",
            "source": "speech", "confidence": 0.9, "asks": 1, "no_inputs": 0, "no_matches": 0,
            "language": language, "prompt_started_ms": k * 9_000, "answered_ms": k * 9_000 + 5_000,
            "latency_ms": 5_000,
        }  # fmt: skip
    for seq in range(8):
        yield "call_event", {
            "call": call, "seq": seq, "at_ms": seq * 4_000, "epoch": 0, "kind": "DigitPressed",
            "data": '{"fact":{"kind":"DigitPressed","digit":"1"},"orders":[]}',
        }  # fmt: skip
    yield "call_text", {"call": call, "said": folded(" ".join(said))}
