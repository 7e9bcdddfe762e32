"""Contract of accounts: codes, sign-in, devices, refresh tokens, deletion."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from engine.errors import Forbidden, ProfileRequired, RateLimited, Unauthenticated
from engine.model.account import SignIn
from engine.ports.outbox import NoticeKind
from tests.store.world import DAY_MS, POLICY, PROFILE, SECOND_MS, World

HOUR_MS = 3_600_000


async def test_a_code_makes_an_account_once_and_is_used_up(world: World) -> None:
    phone, draft = world.phone(), world.draft()
    await world.open_code(phone)
    made = await world.sign_in(phone, profile=PROFILE, draft=draft)
    assert made == SignIn(draft.account, draft.device, new=True)
    with pytest.raises(Unauthenticated):
        await world.sign_in(phone, profile=PROFILE)
    again = await world.enter(phone)
    assert (again.account, again.new) == (draft.account, False)
    account = await world.store.accounts.account_of(again.device, again.account)
    assert (account.nickname, account.birth_year, account.credits) == ("여우", 1995, 0)
    assert account.show_read_marks
    assert not account.premium


async def test_a_code_never_sent_or_of_another_number_is_refused(world: World) -> None:
    phone = world.phone()
    await world.open_code(phone)
    with pytest.raises(Unauthenticated):
        await world.sign_in(world.phone(), profile=PROFILE)


async def test_an_expired_code_is_refused(world: World) -> None:
    phone = world.phone()
    await world.open_code(phone)
    world.clock.now_ms += POLICY.sign_in.code_ttl_s * SECOND_MS
    with pytest.raises(Unauthenticated):
        await world.sign_in(phone, profile=PROFILE)


async def test_a_missing_profile_keeps_the_code_good(world: World) -> None:
    phone = world.phone()
    await world.open_code(phone)
    for _ in range(POLICY.sign_in.code_tries_max + 1):
        with pytest.raises(ProfileRequired):
            await world.sign_in(phone)
    assert (await world.sign_in(phone, profile=PROFILE)).new


async def test_parallel_guesses_cost_a_try_each(world: World) -> None:
    phone = world.phone()
    await world.open_code(phone)
    refused = []

    async def guess(number: int) -> None:
        with pytest.raises(Unauthenticated):
            await world.sign_in(phone, code=b"guess %d" % number, profile=PROFILE)
        refused.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(guess, number)
    assert len(refused) == 20
    with pytest.raises(Unauthenticated):
        await world.sign_in(phone, profile=PROFILE)


async def test_four_wrong_guesses_leave_the_fifth(world: World) -> None:
    phone = world.phone()
    await world.open_code(phone)
    for _ in range(POLICY.sign_in.code_tries_max - 1):
        with pytest.raises(Unauthenticated):
            await world.sign_in(phone, code=b"wrong", profile=PROFILE)
    assert (await world.sign_in(phone, profile=PROFILE)).new


async def test_a_new_code_replaces_the_old_one(world: World) -> None:
    phone = world.phone()
    await world.open_code(phone, b"old")
    await world.open_code(phone, b"new")
    with pytest.raises(Unauthenticated):
        await world.sign_in(phone, code=b"old", profile=PROFILE)
    assert (await world.sign_in(phone, code=b"new", profile=PROFILE)).new


async def test_five_codes_an_hour(world: World) -> None:
    phone = world.phone()
    for _ in range(POLICY.sign_in.codes_per_hour_max):
        await world.open_code(phone)
        world.clock.now_ms += SECOND_MS
    with pytest.raises(RateLimited) as refused:
        await world.open_code(phone)
    assert refused.value.retry_after_ms == HOUR_MS - 5 * SECOND_MS
    await world.open_code(world.phone())
    await world.open_code(phone, limited=False)
    world.clock.now_ms += HOUR_MS
    await world.open_code(phone)


async def test_a_number_that_signs_in_twice_at_once_is_one_account(world: World) -> None:
    phone = world.phone()
    await world.open_code(phone)
    made: list[SignIn] = []

    async def sign_in() -> None:
        try:
            made.append(await world.sign_in(phone, profile=PROFILE))
        except Unauthenticated:
            return

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(sign_in)
    assert len(made) == 1


async def test_a_banned_account_stays_out(world: World) -> None:
    phone = world.phone()
    signed = await world.enter(phone)
    await world.hands.ban_account(signed.account)
    with pytest.raises(Forbidden):
        await world.enter(phone)
    with pytest.raises(Unauthenticated):
        await world.store.accounts.account_of(signed.device, signed.account)


async def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_device(world: World) -> None:
    draft = world.draft()
    signed = await world.enter(world.phone(), draft)
    rotated = await world.store.accounts.rotate(
        draft.refresh_digest, b"second" + draft.refresh_digest, POLICY.sign_in, now_ms=world.now_ms
    )
    assert rotated == SignIn(signed.account, signed.device, new=False)
    with pytest.raises(Unauthenticated):
        await world.store.accounts.rotate(
            draft.refresh_digest, b"other", POLICY.sign_in, now_ms=world.now_ms
        )
    with pytest.raises(Unauthenticated):
        await world.store.accounts.account_of(signed.device, signed.account)
    with pytest.raises(Unauthenticated):
        await world.store.accounts.rotate(
            b"second" + draft.refresh_digest, b"third", POLICY.sign_in, now_ms=world.now_ms
        )
    (notice,) = await world.notices(signed.account)
    assert (notice.kind, notice.content) == (NoticeKind.SIGNED_OUT, {"device": signed.device})


async def test_two_exchanges_at_once_end_the_device(world: World) -> None:
    draft = world.draft()
    signed = await world.enter(world.phone(), draft)
    good: list[SignIn] = []

    async def rotate(number: int) -> None:
        try:
            new = draft.refresh_digest + bytes([number])
            good.append(
                await world.store.accounts.rotate(
                    draft.refresh_digest, new, POLICY.sign_in, now_ms=world.now_ms
                )
            )
        except Unauthenticated:
            return

    async with trio.open_nursery() as nursery:
        for number in range(4):
            nursery.start_soon(rotate, number)
    assert len(good) == 1
    with pytest.raises(Unauthenticated):
        await world.store.accounts.account_of(signed.device, signed.account)


async def test_a_refresh_token_expires(world: World) -> None:
    draft = world.draft()
    await world.enter(world.phone(), draft)
    world.clock.now_ms += POLICY.sign_in.refresh_ttl_s * SECOND_MS
    with pytest.raises(Unauthenticated):
        await world.store.accounts.rotate(
            draft.refresh_digest, b"late", POLICY.sign_in, now_ms=world.now_ms
        )


async def test_the_sixth_device_signs_out_the_oldest(world: World) -> None:
    phone = world.phone()
    devices = []
    for _ in range(POLICY.sign_in.devices_max + 1):
        devices.append((await world.enter(phone)).device)
        world.clock.now_ms += SECOND_MS
    account = (await world.enter(phone)).account
    with pytest.raises(Unauthenticated):
        await world.store.accounts.account_of(devices[0], account)
    with pytest.raises(Unauthenticated):
        await world.store.accounts.account_of(devices[1], account)
    for device in devices[2:]:
        await world.store.accounts.account_of(device, account)
    told = [notice.content["device"] for notice in await world.notices(account)]
    assert told == devices[:2]


async def test_signing_out_twice_tells_once(world: World) -> None:
    signed = await world.enter(world.phone())
    for _ in range(2):
        await world.store.accounts.sign_out(signed.device, now_ms=world.now_ms)
    with pytest.raises(Unauthenticated):
        await world.store.accounts.account_of(signed.device, signed.account)
    assert len(await world.notices(signed.account)) == 1


async def test_a_device_speaks_only_for_its_own_account(world: World) -> None:
    mine, other = await world.enter(world.phone()), await world.enter(world.phone())
    with pytest.raises(Unauthenticated):
        await world.store.accounts.account_of(mine.device, other.account)


async def test_changing_one_thing_keeps_the_other(world: World) -> None:
    signed = await world.enter(world.phone())
    change = world.store.accounts.change
    hidden = await change(signed.account, nickname=None, show_read_marks=False)
    assert (hidden.nickname, hidden.show_read_marks) == ("여우", False)
    renamed = await change(signed.account, nickname="부엉이", show_read_marks=None)
    assert renamed == replace(hidden, nickname="부엉이")
    assert renamed == await world.store.accounts.account_of(signed.device, signed.account)


async def test_premium_ends_by_itself(world: World) -> None:
    signed = await world.enter(world.phone())
    await world.hands.give(signed.account, credit=3, premium_until=world.now_ms + SECOND_MS)
    account = await world.store.accounts.account_of(signed.device, signed.account)
    assert (account.premium, account.credits) == (True, 3)
    world.clock.now_ms += SECOND_MS
    assert not (await world.store.accounts.account_of(signed.device, signed.account)).premium


async def test_a_deleted_account_stops_at_once_and_comes_back_within_its_days(world: World) -> None:
    phone = world.phone()
    signed = await world.enter(phone)
    erases_at_ms = world.now_ms + 7 * DAY_MS
    ask = world.store.accounts.ask_deletion
    assert await ask(signed.account, now_ms=world.now_ms, erases_at_ms=erases_at_ms) == erases_at_ms
    again = await ask(signed.account, now_ms=world.now_ms, erases_at_ms=erases_at_ms + DAY_MS)
    assert again == erases_at_ms
    with pytest.raises(Unauthenticated):
        await world.store.accounts.account_of(signed.device, signed.account)
    (notice,) = await world.notices(signed.account)
    assert (notice.kind, notice.content) == (NoticeKind.SIGNED_OUT, {})
    back = await world.enter(phone)
    assert (back.account, back.new) == (signed.account, False)
    await world.store.accounts.account_of(back.device, back.account)


async def test_the_days_to_come_back_end(world: World) -> None:
    phone = world.phone()
    signed = await world.enter(phone)
    erases_at_ms = world.now_ms + DAY_MS
    await world.store.accounts.ask_deletion(
        signed.account, now_ms=world.now_ms, erases_at_ms=erases_at_ms
    )
    world.clock.now_ms = erases_at_ms
    with pytest.raises(Forbidden):
        await world.enter(phone)


async def test_deletion_does_not_lift_a_ban(world: World) -> None:
    phone = world.phone()
    signed = await world.enter(phone)
    await world.hands.ban_account(signed.account)
    await world.store.accounts.ask_deletion(
        signed.account, now_ms=world.now_ms, erases_at_ms=world.now_ms + DAY_MS
    )
    with pytest.raises(Forbidden):
        await world.enter(phone)


async def test_who_deletes_the_account_is_out_of_sight_of_the_group(world: World) -> None:
    me, *others = await world.people(4)
    groups, accounts = world.store.groups, world.store.accounts
    await accounts.ask_deletion(me.account, now_ms=world.now_ms, erases_at_ms=world.now_ms + DAY_MS)
    group = await groups.get(others[0].group, others[0].account)
    assert (group.members, sum(group.per_side.values())) == (3, 3)
    seen = await groups.people(others[0].group, others[0].account)
    assert me.member not in {person.member for person in seen}
