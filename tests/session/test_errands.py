"""Errands run beside the calls: kept first, sent, sent again, and told once."""

import asyncio
from collections.abc import Awaitable, Callable

from app.domain.call import CallId, CallInfo, Direction
from app.domain.errands import Cell, ErrandResult, OptOut, Post, ReserveQuota
from app.engine.events import ErrandDone
from app.session.errand_ports import Letter
from app.session.errands import FIRST_PAUSE_S, MOST_TRIES, ErrandRunner, NoErrands
from app.session.ports import LogError

INFO = CallInfo(CallId("call-1"), "CA1", "f", "1", Direction.INBOUND, "+15550100", "+15550199")
POST = Post("https://crm.example.com/", {"age": 30}, wanted=("tier",))
GOLD = ErrandResult(ok=True, values={"tier": "gold"})
LATE = ErrandResult(ok=False, reason="timeout")


class Store:
    def __init__(self) -> None:
        self.done: list[str] = []
        self.settled: list[tuple[ErrandResult, float | None]] = []
        self.kept: ErrandResult | Exception = ErrandResult(ok=True)
        self.before: ErrandResult | None = None
        self.due: list[Letter] = []
        self.breaks_on: str = ""

    def _step(self, name: str) -> None:
        self.done.append(name)
        if self.breaks_on == name:
            raise LogError("the disk is full")

    async def keep(self, call, number, errand):
        self._step("keep")
        if isinstance(self.kept, Exception):
            raise self.kept
        return self.kept

    async def put(self, call, number, post):
        self._step("put")
        return self.before or Letter(call.id, number, 1, post)

    async def take_due(self, most):
        self._step("take_due")
        taken, self.due = self.due[:most], self.due[most:]
        return taken

    async def settle(self, letter, result, *, again_in_s):
        self._step("settle")
        self.settled.append((result, again_in_s))


class Poster:
    def __init__(self, store: Store, *, hangs: bool = False) -> None:
        self.answer: tuple[ErrandResult, bool] = (GOLD, False)
        self.letters: list[Letter] = []
        self._store = store
        self._hangs = hangs

    async def send(self, letter):
        self._store.done.append("send")
        self.letters.append(letter)
        if self._hangs:
            await asyncio.Event().wait()
        return self.answer


def run(work: Callable[[ErrandRunner, list], Awaitable[None]], store: Store, poster: Poster | None = None):
    async def whole() -> list:
        told: list = []
        runner = ErrandRunner(store, poster or Poster(store))
        await work(runner, told)
        return told

    return asyncio.run(whole())


async def until_idle(runner: ErrandRunner) -> None:
    while runner.running:
        await asyncio.wait(runner._tasks)


def errand(what, number: int = 1):
    async def work(runner: ErrandRunner, told: list) -> None:
        runner.begin(INFO, number, what, told.append)
        await until_idle(runner)

    return work


def test_a_message_is_kept_sent_and_settled_before_the_call_is_told() -> None:
    store = Store()

    async def work(runner: ErrandRunner, told: list) -> None:
        runner.begin(INFO, 1, POST, lambda fact: (store.done.append("told"), told.append(fact)))
        await until_idle(runner)

    assert run(work, store) == [ErrandDone(1, ok=True, values={"tier": "gold"})]
    assert store.done == ["put", "send", "settle", "told"]


def test_a_message_that_was_settled_before_is_not_sent_again() -> None:
    store = Store()
    store.before = GOLD
    assert run(errand(POST), store) == [ErrandDone(1, ok=True, values={"tier": "gold"})]
    assert store.done == ["put"]


def test_a_message_nobody_waits_for_is_told_done_once_it_is_kept_and_sent_all_the_same() -> None:
    store = Store()
    poster = Poster(store)
    poster.answer = (LATE, True)
    quiet = Post("https://crm.example.com/", {}, waits=False)
    assert run(errand(quiet), store, poster) == [ErrandDone(1, ok=True)]
    assert store.settled == [(LATE, FIRST_PAUSE_S)]


def test_pauses_grow_and_the_last_try_is_the_last() -> None:
    store = Store()
    poster = Poster(store)
    poster.answer = (LATE, True)
    store.due = [Letter("c", 1, tries, POST) for tries in range(2, MOST_TRIES + 1)]

    async def work(runner: ErrandRunner, told: list) -> None:
        await runner.send_due()
        await until_idle(runner)

    run(work, store, poster)
    pauses = [pause for _, pause in store.settled]
    assert pauses[:-1] == sorted(pause for pause in pauses[:-1] if pause is not None)
    assert pauses[-1] is None
    assert len(poster.letters) == MOST_TRIES - 1


def test_what_is_refused_for_good_is_not_sent_again() -> None:
    store = Store()
    poster = Poster(store)
    poster.answer = (ErrandResult(ok=False, reason="status 404"), False)
    assert run(errand(POST), store, poster) == [ErrandDone(1, ok=False, reason="status 404")]
    assert store.settled[0][1] is None


def test_what_cannot_be_kept_is_told_as_unavailable_and_never_sent() -> None:
    for what, broken in ((POST, "put"), (OptOut("x"), "keep"), (POST, "settle")):
        store = Store()
        store.breaks_on = broken
        assert run(errand(what), store) == [ErrandDone(1, ok=False, reason="unavailable")]
        assert ("send" in store.done) is (broken == "settle")


def test_a_fault_of_the_program_is_one_fact_and_not_a_silent_call() -> None:
    store = Store()
    store.kept = ZeroDivisionError()
    assert run(errand(OptOut("x")), store) == [ErrandDone(1, ok=False, reason="unavailable")]


def test_a_full_cell_is_told_by_its_word() -> None:
    store = Store()
    store.kept = ErrandResult(ok=False, reason="full")
    wanted = ReserveQuota("f", (Cell("young", 1),))
    assert run(errand(wanted, 3), store) == [ErrandDone(3, ok=False, reason="full")]


def test_an_outbox_that_cannot_be_read_or_written_ends_nothing() -> None:
    for broken in ("take_due", "settle"):
        store = Store()
        store.breaks_on = broken
        store.due = [Letter("c", 1, 2, POST)]

        async def work(runner: ErrandRunner, told: list) -> None:
            await runner.send_due()
            await until_idle(runner)

        assert run(work, store) == []


def test_what_is_under_way_at_the_end_is_let_go_of() -> None:
    store = Store()
    poster = Poster(store, hangs=True)

    async def work(runner: ErrandRunner, told: list) -> None:
        await runner.aclose()
        store.due = [Letter("c", 1, 2, POST)]
        await runner.send_due()
        await runner.aclose()
        assert runner.running == 0

    assert run(work, store, poster) == []
    assert store.settled == []


def test_where_nothing_can_be_run_the_call_is_told_so_at_once() -> None:
    told: list = []
    NoErrands().begin(INFO, 4, POST, told.append)
    assert told == [ErrandDone(4, ok=False, reason="unavailable")]
