"""Contract of Clerk's accounts: sessions are devices, and events end them whenever they come."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from engine.errors import Forbidden, ProfileRequired, Unauthenticated
from engine.limits_outside import (
    CLERK_ENDED_KEPT_S,
    WEBHOOKS_KEPT_S,
)
from engine.model.account import SignIn
from engine.model.clerk import ClerkChange
from engine.ports.clerk import ClerkKey
from engine.ports.outbox import NoticeKind
from tests.store.world import DAY_MS, POLICY, PROFILE, SECOND_MS, World


def fresh_key(world: World) -> ClerkKey:
    return ClerkKey(world.chance.secret(32), world.chance.secret(32))


async def enter(world: World, key: ClerkKey) -> SignIn:
    return await world.store.clerk.sign_in(
        key, PROFILE, world.draft(), POLICY.sign_in, now_ms=world.now_ms
    )


async def apply(
    world: World, change: ClerkChange, key: ClerkKey, event_id: str | None = None
) -> bool:
    return await world.store.clerk.apply(
        event_id or world.chance.fresh_id(),
        change,
        key,
        now_ms=world.now_ms,
        erases_at_ms=world.now_ms + 7 * DAY_MS,
    )


async def is_out(world: World, signed: SignIn) -> bool:
    try:
        await world.store.accounts.account_of(signed.device, signed.account)
    except Unauthenticated:
        return True
    return False


async def test_a_user_is_one_account_and_a_session_one_device(world: World) -> None:
    key, draft = fresh_key(world), world.draft()
    with pytest.raises(ProfileRequired):
        await world.store.clerk.sign_in(key, None, draft, POLICY.sign_in, now_ms=world.now_ms)
    first = await world.store.clerk.sign_in(
        key, PROFILE, draft, POLICY.sign_in, now_ms=world.now_ms
    )
    assert first == SignIn(draft.account, draft.device, new=True)
    assert await enter(world, key) == replace(first, new=False)
    other = await enter(world, replace(key, session=world.chance.secret(32)))
    assert (other.account, other.new) == (first.account, False)
    assert other.device != first.device
    assert len(await world.store.devices.signed_in(first.account)) == 2
    account = await world.store.accounts.account_of(first.device, first.account)
    assert (account.nickname, account.birth_year) == ("여우", 1995)


async def test_a_user_who_comes_twice_at_once_is_one_account(world: World) -> None:
    key, made = fresh_key(world), []

    async def come() -> None:
        made.append(await enter(world, key))

    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(come)
    assert len({one.account for one in made}) == len({one.device for one in made}) == 1
    assert sum(one.new for one in made) == 1


async def test_a_session_that_ends_there_ends_here(world: World) -> None:
    key = fresh_key(world)
    lost = await enter(world, key)
    kept = await enter(world, replace(key, session=world.chance.secret(32)))
    assert await apply(world, ClerkChange.SESSION_ENDED, key)
    assert (await is_out(world, lost), await is_out(world, kept)) == (True, False)
    (notice,) = await world.notices(lost.account)
    assert (notice.kind, notice.content) == (NoticeKind.SIGNED_OUT, {"device": lost.device})
    with pytest.raises(Unauthenticated):
        await enter(world, key)


async def test_a_session_that_ended_before_it_came_never_begins(world: World) -> None:
    key = fresh_key(world)
    await apply(world, ClerkChange.SESSION_ENDED, key)
    with pytest.raises(Unauthenticated):
        await enter(world, key)


async def test_an_end_and_a_sign_in_at_once_leave_nobody_in(world: World) -> None:
    for _ in range(5):
        key = fresh_key(world)
        signed: list[SignIn] = []

        async def come(key: ClerkKey = key, signed: list[SignIn] = signed) -> None:
            try:
                signed.append(await enter(world, key))
            except Unauthenticated:
                return

        async with trio.open_nursery() as nursery:
            nursery.start_soon(come)
            nursery.start_soon(apply, world, ClerkChange.SESSION_ENDED, key)
            nursery.start_soon(come)
        for one in signed:
            assert await is_out(world, one)


async def test_a_device_that_was_signed_out_here_does_not_come_back(world: World) -> None:
    key = fresh_key(world)
    signed = await enter(world, key)
    await world.store.devices.sign_out(signed.account, signed.device, now_ms=world.now_ms)
    with pytest.raises(Unauthenticated):
        await enter(world, key)
    # Nor when old devices are forgotten, which is when another one signs in.
    world.clock.now_ms += 30 * DAY_MS
    await enter(world, replace(key, session=world.chance.secret(32)))
    with pytest.raises(Unauthenticated):
        await enter(world, key)


async def test_who_is_shut_out_there_is_signed_out_here(world: World) -> None:
    key = fresh_key(world)
    signed = await enter(world, key)
    bystander = await enter(world, fresh_key(world))
    await apply(world, ClerkChange.USER_SHUT_OUT, key)
    assert (await is_out(world, signed), await is_out(world, bystander)) == (True, False)


async def test_who_is_deleted_there_is_deleted_here(world: World) -> None:
    key = fresh_key(world)
    signed = await enter(world, key)
    await apply(world, ClerkChange.USER_DELETED, replace(key, session=b""))
    assert await is_out(world, signed)
    with pytest.raises(Unauthenticated):
        await enter(world, replace(key, session=world.chance.secret(32)))
    unknown = fresh_key(world)
    assert await apply(world, ClerkChange.USER_DELETED, unknown)
    with pytest.raises(Unauthenticated):
        await enter(world, unknown)


async def test_an_event_counts_once_however_often_it_comes(world: World) -> None:
    key, event_id = fresh_key(world), world.chance.fresh_id()
    signed, taken = await enter(world, key), []

    async def come() -> None:
        taken.append(await apply(world, ClerkChange.SESSION_ENDED, key, event_id))

    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(come)
    assert sorted(taken) == [False] * 5 + [True]
    assert len(await world.notices(signed.account)) == 1


async def test_a_banned_user_stays_out(world: World) -> None:
    key = fresh_key(world)
    signed = await enter(world, key)
    await world.hands.ban_account(signed.account)
    with pytest.raises(Forbidden):
        await enter(world, key)


async def test_what_can_come_no_more_is_forgotten(world: World) -> None:
    key, event_id = fresh_key(world), world.chance.fresh_id()
    await world.store.clerk.purge(now_ms=world.now_ms)
    await apply(world, ClerkChange.SESSION_ENDED, key, event_id)
    await world.store.clerk.purge(now_ms=world.now_ms + WEBHOOKS_KEPT_S * SECOND_MS)
    assert not await apply(world, ClerkChange.SESSION_ENDED, key, event_id)
    await world.store.clerk.purge(now_ms=world.now_ms + WEBHOOKS_KEPT_S * SECOND_MS + 1)
    assert await apply(world, ClerkChange.NOTHING, key, event_id)
    with pytest.raises(Unauthenticated):
        await enter(world, key)
    world.clock.now_ms += CLERK_ENDED_KEPT_S * SECOND_MS + 1
    assert await world.store.clerk.purge(now_ms=world.now_ms)
    assert (await enter(world, key)).new
