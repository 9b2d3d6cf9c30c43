"""Wrong keys, by whichever door they are tried: counted together, told to the audit log, slowed down."""

import asyncio
from pathlib import Path

import httpx

from app.web.tries import TRIES
from tests.web.test_access import Manor, within


async def bearer(manor: Manor, key: str) -> httpx.Response:
    return await manor.house.http.get("/api/calls", headers={"Authorization": f"Bearer {key}"})


def test_who_guesses_keys_by_header_waits_as_on_the_sign_in_page(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        key = manor.key()[1]
        for _ in range(TRIES):
            assert (await bearer(manor, "dialai_guess")).status_code == 401
        slowed = await bearer(manor, key)
        assert (slowed.status_code, slowed.headers["retry-after"]) == (429, "60")
        assert "Try again in 60 s" in slowed.json()["error"]
        manor.house.clock.ms += 60_000
        assert (await bearer(manor, key)).status_code == 200

    within(tmp_path, scenario)


def test_who_guesses_keeps_nobody_out_whose_key_was_right_before(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        number, key = manor.key()
        assert (await bearer(manor, key)).status_code == 200
        for _ in range(TRIES + 1):
            await bearer(manor, "dialai_guess")
        assert (await bearer(manor, key)).status_code == 200
        assert (await manor.sign_in(key)).status_code == 303
        assert manor.book.revoke(number, manor.wall.now)
        assert (await bearer(manor, key)).status_code == 429, "a key that was revoked waits like a guess"

    within(tmp_path, scenario)


def test_both_doors_count_together(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        for _ in range(TRIES - 1):
            await bearer(manor, "dialai_guess")
        assert (await manor.sign_in("dialai_guess")).status_code == 401
        assert (await manor.sign_in(manor.key()[1])).status_code == 429
        assert (await bearer(manor, "dialai_guess")).status_code == 429

    within(tmp_path, scenario)


def test_a_right_key_does_not_hide_the_wrong_ones_before_it(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        key = manor.key()[1]
        for _ in range(TRIES - 1):
            await manor.sign_in("dialai_guess")
        assert (await manor.sign_in(key)).status_code == 303
        assert (await bearer(manor, key)).status_code == 200
        assert (await manor.sign_in("dialai_guess")).status_code == 401
        assert (await manor.sign_in("dialai_guess")).status_code == 429

    within(tmp_path, scenario)


def test_guesses_at_the_same_moment_are_no_more_than_guesses_one_by_one(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        tried = [bearer(manor, "dialai_guess") if n % 2 else manor.sign_in("dialai_guess") for n in range(60)]
        statuses = [answer.status_code for answer in await asyncio.gather(*tried)]
        assert (statuses.count(401), statuses.count(429)) == (TRIES, 60 - TRIES)

    within(tmp_path, scenario)


def test_right_keys_at_the_same_moment_wait_for_nothing(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        key = manor.key()[1]
        answers = await asyncio.gather(*(bearer(manor, key) for _ in range(30)))
        assert {answer.status_code for answer in answers} == {200}

    within(tmp_path, scenario)


def test_a_wrong_key_is_noted_and_is_not_in_the_note(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        await bearer(manor, "dialai_guess")
        (deed,) = manor.book.deeds()
        assert (deed.who, deed.action, deed.address, deed.detail) == ("?", "key_refused", "127.0.0.1", "")

    within(tmp_path, scenario)


def test_who_is_signed_in_goes_on_while_somebody_else_guesses(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        await manor.sign_in(manor.key()[1])
        for _ in range(TRIES + 1):
            await bearer(manor, "dialai_guess")
        assert (await manor.house.http.get("/api/calls")).status_code == 200

    within(tmp_path, scenario)
