"""Contract of the caps of codes: by address, prefix and in all, and of wrong guesses."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import trio

from engine.errors import RateLimited, Unauthenticated
from engine.model.code_caps import HOUR_S, Cap, Conversion
from tests.store.world import POLICY, PROFILE, SECOND_MS, World


def cap(world: World, most: int) -> Cap:
    return Cap(world.chance.secret(32), HOUR_S, most)


async def ask(world: World, caps: Sequence[Cap]) -> Conversion:
    return await world.store.accounts.open_code(
        world.phone(), b"code", POLICY.sign_in, now_ms=world.now_ms, limited=True, caps=caps
    )


async def test_a_cap_holds_over_numbers_until_its_window_ends(world: World) -> None:
    world.clock.now_ms += HOUR_S * SECOND_MS - world.now_ms % (HOUR_S * SECOND_MS)
    mine, other = cap(world, 2), cap(world, 2)
    for _ in range(2):
        await ask(world, [mine])
    world.clock.now_ms += 1_000
    with pytest.raises(RateLimited) as refused:
        await ask(world, [mine])
    assert refused.value.retry_after_ms == (HOUR_S - 1) * SECOND_MS
    await ask(world, [other])
    world.clock.now_ms += (HOUR_S - 1) * SECOND_MS
    await ask(world, [mine])


async def test_who_is_refused_by_a_wide_cap_has_spent_nothing(world: World) -> None:
    narrow, wide = cap(world, 2), cap(world, 1)
    await ask(world, [wide])
    for _ in range(5):
        with pytest.raises(RateLimited):
            await ask(world, [narrow, wide])
    for _ in range(2):
        await ask(world, [narrow])


async def test_a_refused_code_leaves_the_old_one_good(world: World) -> None:
    phone, full = world.phone(), cap(world, 0)
    await world.open_code(phone, b"old")
    with pytest.raises(RateLimited):
        await world.store.accounts.open_code(
            phone, b"new", POLICY.sign_in, now_ms=world.now_ms, limited=True, caps=[full]
        )
    assert (await world.sign_in(phone, code=b"old", profile=PROFILE)).new


async def test_a_cap_holds_against_many_at_once(world: World) -> None:
    caps, sent = [cap(world, 7), cap(world, 9)], []

    async def come() -> None:
        try:
            sent.append(await ask(world, caps))
        except RateLimited:
            return

    async with trio.open_nursery() as nursery:
        for _ in range(30):
            nursery.start_soon(come)
    assert len(sent) == 7


async def test_wrong_codes_are_counted_over_codes_and_right_ones_are_not(world: World) -> None:
    phone, tries = world.phone(), [cap(world, 6)]

    async def guess(code: bytes) -> None:
        await world.store.accounts.sign_in(
            phone,
            code,
            PROFILE,
            world.draft(),
            POLICY.sign_in,
            now_ms=world.now_ms,
            tries=tries,
        )

    for _ in range(2):
        await world.open_code(phone, b"right")
        for _ in range(3):
            with pytest.raises(Unauthenticated):
                await guess(b"wrong")
        await world.open_code(phone, b"right")
        if _ == 0:
            await guess(b"right")
    with pytest.raises(RateLimited):
        await guess(b"right")
    world.clock.now_ms += HOUR_S * SECOND_MS
    await world.open_code(phone, b"right")
    await guess(b"right")


async def test_parallel_guesses_over_one_number_are_counted_each(world: World) -> None:
    phone, tries, answers = world.phone(), [cap(world, 3)], []
    await world.open_code(phone)

    async def guess(number: int) -> None:
        try:
            await world.store.accounts.sign_in(
                phone,
                b"%d" % number,
                PROFILE,
                world.draft(),
                POLICY.sign_in,
                now_ms=world.now_ms,
                tries=tries,
            )
        except (Unauthenticated, RateLimited) as refused:
            answers.append(type(refused))

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(guess, number)
    assert (answers.count(Unauthenticated), answers.count(RateLimited)) == (3, 17)


async def test_it_is_known_how_many_codes_of_this_hour_were_used(world: World) -> None:
    world.clock.now_ms += 30 * HOUR_S * SECOND_MS
    phone = world.phone()
    await world.open_code(phone)
    await world.sign_in(phone, profile=PROFILE)
    assert await ask(world, []) == Conversion(sent=2, used=1)
    assert await ask(world, []) == Conversion(sent=3, used=1)
    world.clock.now_ms += HOUR_S * SECOND_MS
    assert await ask(world, []) == Conversion(sent=1, used=0)


@pytest.mark.parametrize(
    ("sent", "used", "alarm"), [(99, 0, False), (100, 0, True), (100, 19, True), (100, 20, False)]
)
def test_many_codes_of_which_few_are_used_are_an_alarm(sent: int, used: int, alarm: bool) -> None:  # noqa: FBT001
    assert Conversion(sent, used).is_suspicious(POLICY.sign_in) is alarm
