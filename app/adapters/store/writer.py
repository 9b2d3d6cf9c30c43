"""The one thread that writes: gathers what is waiting, puts it into one transaction, then answers everybody.

Knows batches, order and durability; what a task writes is the task's own business.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
import structlog

from app.adapters.store.database import Database
from app.adapters.store.errors import StoreError, is_of_the_store, one_line
from app.adapters.store.journal import Journal, QueuedLine, StreamKey
from app.session.ports import LogError

MAX_BACKLOG = 200_000
"""Lines kept while the database cannot be written; beyond that new lines are refused."""

QUIET_S = 1.0
"""After so long without a job the writer tidies up, so that commits need not; or it tries again in vain."""

_PROBE: Final = sa.text("UPDATE alembic_version SET version_num = version_num")
"""Changes nothing, and needs all that a change needs."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines to write, and who wants to know that everything of a stream up to here is durable."""

    lines: Sequence[QueuedLine]
    acks: Sequence[tuple[StreamKey, "Future[None]"]] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do inside the transaction; its result is given once it is durable."""

    work: Callable[[sa.Connection], Any]
    done: "Future[Any]"


@dataclass(slots=True)
class _Outcome:
    """What to tell everybody once the transaction is durable."""

    results: list[tuple["Future[Any]", Any]] = field(default_factory=list)
    errors: list[tuple["Future[Any]", Exception]] = field(default_factory=list)


class Writer:
    """Owns the writing connection. `put` from any thread; the futures end in the writer's thread."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        self._queue: queue.SimpleQueue[Lines | Task | None] = queue.SimpleQueue()
        self._backlog: list[QueuedLine] = []
        self.trouble = ""
        """Why the last transaction could not be made durable; empty when it was. Read from any thread."""
        self._thread = threading.Thread(target=self._run, name="call-log-writer", daemon=True)
        self._thread.start()

    def put(self, job: Lines | Task) -> None:
        """Queue a job. Jobs are done in the order they came; never blocks."""
        self._queue.put(job)

    def close(self) -> None:
        """Write what is queued, then end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        is_tidy = True
        while True:
            try:
                first = self._queue.get(timeout=None if is_tidy else QUIET_S)
            except queue.Empty:
                if self.trouble:
                    # Who is told that nothing can be written sends no call whose lines would try it again.
                    self._perform([])
                    continue
                self._database.tidy_log()
                is_tidy = True
                continue
            is_tidy = False
            jobs, is_last = self._gather(first)
            if jobs or self._backlog:
                self._perform(jobs)
            if is_last:
                return

    def _gather(self, job: Lines | Task | None) -> tuple[list[Lines | Task], bool]:
        """Take all jobs that are there with this one: they share one transaction and one sync to disk."""
        jobs: list[Lines | Task] = []
        while job is not None:
            jobs.append(job)
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True

    def _perform(self, jobs: list[Lines | Task]) -> None:
        lines = [*self._backlog, *(line for job in jobs if isinstance(job, Lines) for line in job.lines)]
        try:
            outcome = self._transact(jobs)
        except Exception as error:  # noqa: BLE001 - if this thread died, every call would wait for ever
            if is_of_the_store(error):
                self._keep(lines)
                self._note_trouble(one_line(error))
                self._fail(jobs, LogError(f"the call log could not be written: {self.trouble}"))
                return
            self._keep([])
            self._journal.refuse(lines)
            self._fail(jobs, _fault(error))
            return
        self._backlog = []
        self._journal.written()
        self._note_trouble("")
        self._answer(jobs, outcome)

    def _note_trouble(self, trouble: str) -> None:
        if trouble and not self.trouble:
            _log.error("call_log_not_written", reason=trouble)
        elif self.trouble and not trouble:
            _log.info("call_log_written_again")
        self.trouble = trouble

    def _transact(self, jobs: list[Lines | Task]) -> _Outcome:
        try:
            return self._write(jobs, one_by_one=False)
        except Exception as error:
            if is_of_the_store(error):
                raise
            self._journal.undone()
            return self._write(jobs, one_by_one=True)

    def _write(self, jobs: list[Lines | Task], *, one_by_one: bool) -> _Outcome:
        """Do the jobs in order and make them durable, each run of lines in one piece."""
        outcome = _Outcome()
        with self._database.engine.begin() as connection:
            if self.trouble:
                connection.execute(_PROBE)  # whoever only reads does not show that it is over
            lines = list(self._backlog)
            for job in jobs:
                if isinstance(job, Lines):
                    lines.extend(job.lines)
                    continue
                self._journal.write(connection, lines, one_by_one=one_by_one)
                lines = []
                self._do(connection, job, outcome)
            self._journal.write(connection, lines, one_by_one=one_by_one)
        return outcome

    def _do(self, connection: sa.Connection, task: Task, outcome: _Outcome) -> None:
        # A savepoint each: one task's failure takes back its own writes and nobody else's.
        try:
            with connection.begin_nested():
                outcome.results.append((task.done, task.work(connection)))
        except LogError as error:
            outcome.errors.append((task.done, error))
        except StoreError as error:
            # What seals this task's values; the database itself is there.
            outcome.errors.append((task.done, LogError(f"the call log could not be written: {error}")))
        except Exception as error:
            if is_of_the_store(error):
                raise
            outcome.errors.append((task.done, _fault(error)))

    def _answer(self, jobs: list[Lines | Task], outcome: _Outcome) -> None:
        for done, result in outcome.results:
            done.set_result(result)
        for done, error in outcome.errors:
            done.set_exception(error)
        for job in jobs:
            for stream, ack in job.acks if isinstance(job, Lines) else ():
                trouble = self._journal.trouble(stream)
                if trouble is None:
                    ack.set_result(None)
                else:
                    ack.set_exception(trouble)

    def _fail(self, jobs: list[Lines | Task], error: LogError) -> None:
        for job in jobs:
            if isinstance(job, Task):
                job.done.set_exception(error)
                continue
            for _, ack in job.acks:
                ack.set_exception(error)

    def _keep(self, lines: list[QueuedLine]) -> None:
        """Hold the lines for the next try: later lines of a call must not be durable before earlier ones."""
        self._journal.undone()
        self._backlog = lines[:MAX_BACKLOG]
        self._journal.refuse(lines[MAX_BACKLOG:])


def _fault(error: Exception) -> LogError:
    if isinstance(error, sa.exc.SQLAlchemyError):
        return LogError(f"the call log refuses this: {one_line(error)}")
    return LogError(f"the call log met a fault: {type(error).__name__}: {one_line(error)}")
