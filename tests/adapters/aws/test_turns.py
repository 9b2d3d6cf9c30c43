import asyncio
from itertools import pairwise

from app.adapters.aws.turns import Turns


class Rounds:
    """Counts the rounds of the running loop."""

    def __init__(self) -> None:
        self.number = 0
        self._loop = asyncio.get_running_loop()
        self._count()

    def _count(self) -> None:
        self.number += 1
        self._loop.call_soon(self._count)


def test_a_request_that_is_alone_waits_for_no_round():
    async def main():
        turns = Turns()
        rounds = Rounds()
        began = rounds.number
        await turns.next()
        return rounds.number - began

    assert asyncio.run(main()) == 0


def test_of_many_that_are_begun_together_one_begins_in_each_round_in_their_order():
    async def main():
        turns, rounds = Turns(), Rounds()
        begun: list[tuple[int, int]] = []

        async def begin(number: int) -> None:
            await turns.next()
            begun.append((number, rounds.number))

        await asyncio.gather(*(begin(number) for number in range(20)))
        return begun

    begun = asyncio.run(main())
    assert [number for number, _ in begun] == list(range(20))
    assert all(earlier < later for (_, earlier), (_, later) in pairwise(begun))


def test_who_leaves_keeps_nobody_waiting():
    async def main():
        turns = Turns()
        await turns.next()
        tasks = [asyncio.ensure_future(turns.next()) for _ in range(4)]
        await asyncio.sleep(0)
        for left in tasks[1:3]:
            left.cancel()
        await asyncio.wait(tasks)
        later = asyncio.ensure_future(turns.next())
        await later
        return [task.cancelled() for task in tasks]

    assert asyncio.run(main()) == [False, True, True, False]
