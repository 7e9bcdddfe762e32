"""Contract of tokens and settings of pushes: whose they are, and what ends them."""

from __future__ import annotations

import pytest
import trio

from engine.errors import ConsentRequired, NotFound
from engine.ids import AccountId, DeviceId
from engine.model.consent import Purpose
from engine.model.push import (
    PUSH_CONSENTS,
    Language,
    PushKind,
    PushSettings,
    QuietHours,
)
from tests.store.pushing import agree, due_for, fresh_token, open_talk, register
from tests.store.world import DAY_MS, World


async def has_token(world: World, device: DeviceId) -> bool:
    standing = await world.store.pushes.standing(AccountId("nobody"), device)
    return standing.registered


async def test_who_has_said_nothing_is_told_of_everything_at_any_hour(world: World) -> None:
    (user, *_) = await world.people()
    standing = await world.store.pushes.standing(user.account, user.device)
    assert (standing.settings, standing.registered) == (PushSettings(), False)


async def test_settings_are_kept_as_they_were_said_last(world: World) -> None:
    user, other, *_ = await world.people()
    for settings in (
        PushSettings(frozenset({PushKind.LIKES, PushKind.SYSTEM}), QuietHours(1380, 420), -300),
        PushSettings(language=Language.ENGLISH, offset_minutes=840),
    ):
        await world.store.pushes.change(user.account, settings)
        assert (await world.store.pushes.standing(user.account, user.device)).settings == settings
    kept = await world.store.pushes.standing(other.account, other.device)
    assert kept.settings == PushSettings()


@pytest.mark.parametrize("purpose", PUSH_CONSENTS)
async def test_without_both_consents_no_token_is_kept(world: World, purpose: Purpose) -> None:
    (user, *_) = await world.people()
    await agree(world, user.account, *(one for one in PUSH_CONSENTS if one is not purpose))
    for said in (None, True, False):
        if said is not None:
            await agree(world, user.account, purpose, yes=said)
        register_one = world.store.pushes.register
        if said:
            await register_one(user.account, user.device, fresh_token(), now_ms=world.now_ms)
        else:
            with pytest.raises(ConsentRequired):
                await register_one(user.account, user.device, fresh_token(), now_ms=world.now_ms)
        assert await has_token(world, user.device) is bool(said)


async def test_taking_back_another_consent_leaves_tokens_alone(world: World) -> None:
    (user, *_) = await world.people()
    await register(world, user.account, user.device)
    await agree(world, user.account, Purpose.MARKETING, yes=False)
    assert await has_token(world, user.device)


async def test_a_token_moves_with_the_device_and_nothing_of_the_first_is_told_there(
    world: World,
) -> None:
    talk = await open_talk(world)
    first, second = talk.users
    await talk.say(second)
    await talk.look()
    (push,) = await due_for(world, first)
    newer = await world.enter(world.phone())
    await register(world, newer.account, newer.device, push.token)
    assert not await has_token(world, first.device)
    assert await has_token(world, newer.device)
    world.clock.now_ms += DAY_MS
    due = await world.store.push_outbox.due(now_ms=world.now_ms, limit=10_000, lease_ms=1)
    assert push.token not in {one.token for one in due}


async def test_two_devices_that_bring_one_token_at_once_share_it_not(world: World) -> None:
    users = await world.people()
    token = fresh_token()
    for user in users:
        await agree(world, user.account)
    async with trio.open_nursery() as nursery:
        for user in users:
            nursery.start_soon(
                lambda one: world.store.pushes.register(
                    one.account, one.device, token, now_ms=world.now_ms
                ),
                user,
            )
    assert [await has_token(world, user.device) for user in users].count(True) == 1


async def test_a_device_has_its_newest_token_and_what_waits_goes_there(world: World) -> None:
    talk = await open_talk(world)
    first, second = talk.users
    await talk.say(second)
    await talk.look()
    token = await register(world, first.account, first.device)
    (push,) = await due_for(world, first)
    assert push.token == token


async def test_nobody_registers_the_device_of_another_or_one_that_is_out(world: World) -> None:
    mine, theirs = await world.enter(world.phone()), await world.enter(world.phone())
    await agree(world, mine.account)
    await world.store.devices.sign_out(mine.account, mine.device, now_ms=world.now_ms)
    for device in (mine.device, theirs.device, DeviceId("never there")):
        with pytest.raises(NotFound):
            await world.store.pushes.register(
                mine.account, device, fresh_token(), now_ms=world.now_ms
            )


async def test_signing_out_by_any_way_drops_the_token(world: World) -> None:
    phone = world.phone()
    one, two, three = [await world.enter(phone) for _ in range(3)]
    for device in (one.device, two.device, three.device):
        await register(world, one.account, device)
    await world.store.pushes.forget(three.device)
    assert not await has_token(world, three.device)
    await world.store.devices.sign_out(one.account, one.device, now_ms=world.now_ms)
    assert not await has_token(world, one.device)
    assert await has_token(world, two.device)
    await world.store.devices.sign_out_all(one.account, now_ms=world.now_ms)
    assert not await has_token(world, two.device)


async def test_asking_for_a_deletion_drops_the_token(world: World) -> None:
    signed = await world.enter(world.phone())
    await register(world, signed.account, signed.device)
    now_ms = world.now_ms
    await world.store.accounts.ask_deletion(signed.account, now_ms=now_ms, erases_at_ms=now_ms + 1)
    assert not await has_token(world, signed.device)


async def test_the_sixth_device_takes_the_token_of_the_first(world: World) -> None:
    phone = world.phone()
    first = await world.enter(phone)
    await register(world, first.account, first.device)
    for _ in range(5):
        world.clock.now_ms += 1
        await world.enter(phone)
    assert not await has_token(world, first.device)
