"""Fills a call log with made-up interviews and exports it in every format, each in a process of its own."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app.adapters.store.database import Database
from app.commands.calls_export import FORMATS
from app.domain.results import AnswerResult, CallResult
from tests.adapters.store.filling import fill
from tests.adapters.store.helpers import START, url_of
from tests.bench.child import REPO

ANSWERS_A_CALL = 10

FLOW = """\
flow: visit
version: 1
languages: {en: {locale: en-US}}
steps:
  - consent: agreed
    prompt: May we ask you something?
    on_no: bye
  - select_one: gender
    prompt: What is your gender?
    choices: {f: {key: "1", text: female}, m: {key: "2", text: male}}
  - numeric: age
    prompt: How old are you?
    range: [0, 110]
  - digits: card
    prompt: Your card?
    length: 4
    sensitive: true
  - select_many: used
    prompt: Which did you use?
    choices:
      lab: {key: "1", text: laboratory}
      pharmacy: {key: "2", text: pharmacy}
      ward: {key: "3", text: ward}
  - rating: score
    prompt: From 1 to 5?
    range: [1, 5]
  - date: visited
    prompt: When did you come?
  - yes_no: again
    prompt: Would you come again?
  - {set: weight, value: score * 0.5}
  - open: why
    prompt: Why?
  - {label: bye, end: completed, prompt: Goodbye.}
"""

WORDS = ("the", "queue", "was", "long", "and", "nobody", "told", "us", "why", "we", "had", "to", "wait")
FILES = ("jsonl", *FORMATS)
LARGEST = {"jsonl": 100_000}
"""JSON Lines hold each call's whole journal and are read call by call: a tenth of the time is enough."""


@dataclass(frozen=True, slots=True)
class Export:
    """What one export took; `cpu_s` and `peak_mb` are of its whole process."""

    form: str
    answers: int
    seconds: float
    cpu_s: float
    peak_mb: float
    file_mb: float


def interviews(answers: int) -> Iterator[CallResult]:
    """Yield calls of ten answers each: given, refused and missing ones, the same in every run."""
    lot = random.Random(4)  # noqa: S311 - made-up answers
    for number in range(answers // ANSWERS_A_CALL):
        start = START + timedelta(seconds=number)
        end = start + timedelta(seconds=lot.randint(20, 300))
        given = {
            "agreed": True,
            "gender": lot.choice("fm"),
            "age": lot.randint(18, 90),
            "card": "[sensitive]",
            "used": tuple(name for name in ("lab", "pharmacy", "ward") if lot.random() < 0.5),
            "score": lot.randint(1, 5),
            "visited": f"2026-{lot.randint(1, 12):02}-{lot.randint(1, 28):02}",
            "again": lot.random() < 0.5,
            "weight": lot.randint(1, 5) * 0.5,
            "why": " ".join(lot.choices(WORDS, k=lot.randint(3, 40))),
        }
        rows = tuple(_answer(slot, value, at, lot) for at, (slot, value) in enumerate(given.items(), 1))
        yield CallResult(
            f"call-{number:07}", "visit", "1", "inbound", "en", start, start, end, "completed", rows
        )


def _answer(slot: str, value: object, at: int, lot: random.Random) -> AnswerResult:
    is_given = slot in {"agreed", "card"} or lot.random() > 0.05
    status = "ok" if is_given else lot.choice(("refused", "dont_know", "no_input"))
    label = str(value) if is_given else ""
    return AnswerResult(
        slot, value if is_given else None, label, status, "key", label, 1.0, 1, 0, 0, "en", at * 4_000, 900
    )  # type: ignore[arg-type]


def run_exports(
    sizes: tuple[int, ...], room: Path, tell: Callable[[str], None]
) -> tuple[list[Export], float]:
    """Return each format's figures at each number of answers, and the largest log's size in MB."""
    found: list[Export] = []
    log_mb = 0.0
    for answers in sizes:
        folder = room / f"exports-{answers}"
        folder.mkdir(parents=True)
        tell(f"filling a log with {answers:,} answers")
        database = Database.serve(url_of(folder))
        fill(database, interviews(answers), FLOW)
        database.close()
        log_mb = (folder / "calls.sqlite3").stat().st_size / 1e6
        for form in (form for form in FILES if answers <= LARGEST.get(form, answers)):
            tell(f"exporting {answers:,} answers as {form}")
            found.append(_export(form, answers, folder))
    return found, log_mb


def _export(form: str, answers: int, folder: Path) -> Export:
    output = folder / f"table.{form}"
    command = [sys.executable, "-m", "app.cli", "calls", "export", "--format", form, "--output", str(output)]
    env = os.environ | {"DIALAI_DATABASE_URL": url_of(folder), "DIALAI_DATA_DIR": str(folder)}
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=REPO, env=env, stderr=subprocess.PIPE)  # noqa: S603 - our own program
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{form}: {process.stderr.read().decode() if process.stderr else ''}")
    if process.stderr is not None:  # pragma: no branch - it was asked for
        process.stderr.close()
    parts = [output] if output.is_file() else list(output.iterdir())
    size = sum(part.stat().st_size for part in parts) / 1e6
    for part in parts:
        part.unlink()
    return Export(form, answers, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, size)
