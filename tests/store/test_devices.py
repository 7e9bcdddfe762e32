"""Contract of devices: who sees which, and what ends them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import NotFound, Unauthenticated
from engine.ids import DeviceId
from engine.model.device import Platform, SignedIn
from engine.ports.outbox import NoticeKind
from tests.store.world import DAY_MS, POLICY, SECOND_MS, World


async def test_a_person_sees_their_own_devices_the_newest_first(world: World) -> None:
    phone = world.phone()
    first = await world.enter(phone, replace(world.draft(), platform=Platform.ANDROID))
    start_ms = world.now_ms
    world.clock.now_ms += SECOND_MS
    second = await world.enter(phone)
    await world.enter(world.phone())
    assert list(await world.store.devices.signed_in(first.account)) == [
        SignedIn(second.device, Platform.OTHER, start_ms + SECOND_MS, start_ms + SECOND_MS),
        SignedIn(first.device, Platform.ANDROID, start_ms, start_ms),
    ]


async def test_a_refresh_says_that_the_device_is_used(world: World) -> None:
    draft = world.draft()
    signed = await world.enter(world.phone(), draft)
    made_ms = world.now_ms
    world.clock.now_ms += SECOND_MS
    await world.store.accounts.rotate(
        draft.refresh_digest, b"new" + draft.refresh_digest, POLICY.sign_in, now_ms=world.now_ms
    )
    (device,) = await world.store.devices.signed_in(signed.account)
    assert (device.signed_in_ms, device.used_ms) == (made_ms, made_ms + SECOND_MS)


async def test_one_device_ends_and_the_others_stay(world: World) -> None:
    phone = world.phone()
    one, other = await world.enter(phone), await world.enter(phone)
    await world.store.devices.sign_out(one.account, other.device, now_ms=world.now_ms)
    assert [d.device for d in await world.store.devices.signed_in(one.account)] == [one.device]
    with pytest.raises(Unauthenticated):
        await world.store.accounts.account_of(other.device, other.account)
    (notice,) = await world.notices(one.account)
    assert (notice.kind, notice.content) == (NoticeKind.SIGNED_OUT, {"device": other.device})
    with pytest.raises(NotFound):
        await world.store.devices.sign_out(one.account, other.device, now_ms=world.now_ms)


async def test_nobody_ends_the_device_of_another(world: World) -> None:
    mine, other = await world.enter(world.phone()), await world.enter(world.phone())
    for device in (other.device, DeviceId("never there")):
        with pytest.raises(NotFound):
            await world.store.devices.sign_out(mine.account, device, now_ms=world.now_ms)
    await world.store.accounts.account_of(other.device, other.account)


async def test_all_devices_end_with_their_refresh_tokens(world: World) -> None:
    phone = world.phone()
    drafts = [world.draft() for _ in range(3)]
    signed = [await world.enter(phone, draft) for draft in drafts]
    await world.store.devices.sign_out_all(signed[0].account, now_ms=world.now_ms)
    assert not await world.store.devices.signed_in(signed[0].account)
    for draft in drafts:
        with pytest.raises(Unauthenticated):
            await world.store.accounts.rotate(
                draft.refresh_digest, b"x" + draft.refresh_digest, POLICY.sign_in, now_ms=1
            )
    (notice,) = await world.notices(signed[0].account)
    assert (notice.kind, notice.content) == (NoticeKind.SIGNED_OUT, {})


async def test_it_is_known_which_devices_may_not_act(world: World) -> None:
    phone = world.phone()
    good, out = await world.enter(phone), await world.enter(phone)
    banned, gone = await world.enter(world.phone()), await world.enter(world.phone())
    await world.store.accounts.sign_out(out.device, now_ms=world.now_ms)
    await world.hands.ban_account(banned.account)
    await world.store.accounts.ask_deletion(
        gone.account, now_ms=world.now_ms, erases_at_ms=world.now_ms + DAY_MS
    )
    never = DeviceId("never there")
    asked = [good.device, out.device, banned.device, gone.device, never]
    assert await world.store.devices.ended(asked) == frozenset(asked[1:])
    assert await world.store.devices.ended([]) == frozenset()
