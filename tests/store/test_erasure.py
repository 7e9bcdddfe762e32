"""Contract of erasure: the person goes, what others hold stays theirs, and a ban stays a ban."""

from __future__ import annotations

import pytest

from engine.errors import Forbidden, NotFound, ProfileRequired, Unauthenticated
from engine.ids import AccountId
from engine.limits_outside import (
    ERASURE_WAITS_MS,
)
from engine.model.group import Role
from engine.ports.accounts import PhoneKey
from engine.ports.outbox import NoticeKind
from engine.ports.seeding import SeededUser
from engine.rooms.events import Append, Event, EventName
from tests.store.world import DAY_MS, POLICY, PROFILE, World

GRACE_MS = 7 * DAY_MS


async def erase(world: World) -> int:
    return await world.store.erasures.erase_due(now_ms=world.now_ms)


async def leave_for_good(world: World, account: AccountId, *, wait_ms: int = 0) -> None:
    """Ask for the deletion and let the grace pass."""
    await world.store.accounts.ask_deletion(
        account, now_ms=world.now_ms, erases_at_ms=world.now_ms + GRACE_MS
    )
    world.clock.now_ms += GRACE_MS + wait_ms
    while await erase(world):
        world.clock.now_ms += ERASURE_WAITS_MS


async def signed_up(world: World) -> tuple[PhoneKey, AccountId]:
    phone = world.phone()
    return phone, (await world.enter(phone)).account


async def nicknames(world: World, user: SeededUser) -> list[str]:
    people = await world.store.groups.people(user.group, user.account)
    return [one.nickname for one in people]


async def test_nobody_is_erased_before_the_grace_has_passed(world: World) -> None:
    phone, account = await signed_up(world)
    await world.store.accounts.ask_deletion(
        account, now_ms=world.now_ms, erases_at_ms=world.now_ms + GRACE_MS
    )
    world.clock.now_ms += GRACE_MS - 1
    await erase(world)
    back = await world.enter(phone)
    assert (back.account, back.new) == (account, False)
    world.clock.now_ms += 1
    await erase(world)
    assert (await world.enter(phone)).account == account, "who took it back is not erased"


async def test_who_was_erased_is_a_stranger_afterwards(world: World) -> None:
    phone, account = await signed_up(world)
    await leave_for_good(world, account)
    await world.open_code(phone, limited=False)
    with pytest.raises(ProfileRequired):
        await world.sign_in(phone)
    back = await world.sign_in(phone, profile=PROFILE)
    assert back.new
    assert back.account != account


async def test_the_other_of_a_match_is_told_and_the_conversation_goes(world: World) -> None:
    alice, bob, *_ = await world.people()
    ids = await world.match(alice, bob)
    await world.append(world.write(await world.claim(ids.room)))
    await world.store.accounts.ask_deletion(
        alice.account, now_ms=world.now_ms, erases_at_ms=world.now_ms + GRACE_MS
    )
    world.clock.now_ms += GRACE_MS
    assert await erase(world) == 1, "it waits until the room is closed"
    kinds = [notice.kind for notice in await world.notices(bob.account)]
    assert kinds == [NoticeKind.MATCH, NoticeKind.MATCH_ENDED]
    room = await world.claim(ids.room)
    closing = Event(room.seq + 1, world.now_ms, EventName.CLOSED, None, None, {})
    await world.append(Append(ids.room, room.fence, room.seq, (closing,), {}))
    assert await erase(world) == 0
    with pytest.raises(NotFound):
        await world.alias_in(ids.room, bob.account)
    found = await world.store.likes.matches(bob.account, now_ms=world.now_ms, after=None, limit=9)
    assert list(found) == []


async def test_a_room_that_nobody_closes_waits_for_a_day_only(world: World) -> None:
    alice, bob, *_ = await world.people()
    ids = await world.match(alice, bob)
    await leave_for_good(world, alice.account)
    with pytest.raises(NotFound):
        await world.alias_in(ids.room, bob.account)


async def test_what_they_said_in_a_group_is_emptied_and_the_room_stays(world: World) -> None:
    room = await world.room(3)
    leaver, stayer = room.occupants[0], room.occupants[1]
    said = [
        world.message(n + 1, one.alias, body=f"line {n}")
        for n, one in enumerate((leaver, stayer, leaver))
    ]
    await world.append(Append(room.room, room.fence, 0, tuple(said), {}))
    await leave_for_good(world, leaver.account)
    seen = await world.store.directory.history(
        room.room, stayer.account, before=None, limit=9, now_ms=world.now_ms
    )
    contents = [dict(event.content) for event in seen.page.events]
    assert contents[0] == contents[2] == {"deleted": True}
    assert contents[1] == {"kind": "text", "body": "line 1"}
    assert seen.page.epoch == room.epoch + 1, "what clients hold is no longer true"
    taken = await world.store.room_log.taken({room.room: room.fence})
    assert list(taken) == [room.room], "its owner reads it anew"


async def test_a_group_goes_to_who_may_do_most_or_ends(world: World) -> None:
    owner, (heir, *_) = (await signed_up(world))[1], await world.people()
    shared, lonely = await world.make_group(owner), await world.make_group(owner, name="Alone")
    await world.join(shared, heir.account, "상속")
    await leave_for_good(world, owner)
    membership = (await world.store.groups.get(shared, heir.account)).me
    assert membership is not None
    assert membership.role is Role.OWNER
    with pytest.raises(NotFound):
        await world.store.groups.get(lonely, heir.account)


async def test_a_ban_from_a_group_outlives_the_person(world: World) -> None:
    phone, account = await signed_up(world)
    owner = (await world.people())[0]
    group = await world.make_group(owner.account)
    trouble = await world.join(group, account, "말썽")
    await world.store.groups.ban(group, owner.account, trouble.member, now_ms=world.now_ms)
    await leave_for_good(world, account)
    back = await world.enter(phone)
    assert back.new
    with pytest.raises(Forbidden):
        await world.join(group, back.account, "새사람")


async def test_a_ban_of_the_account_outlives_the_person(world: World) -> None:
    phone, account = await signed_up(world)
    await world.hands.ban_account(account)
    await leave_for_good(world, account)
    with pytest.raises(Forbidden):
        await world.enter(phone)
    with pytest.raises(Unauthenticated):
        await world.store.accounts.account_of(world.draft().device, account)


async def test_others_are_not_touched(world: World) -> None:
    alice, bob, carol, _ = await world.people()
    kept = await world.match(bob, carol)
    before = await nicknames(world, bob)
    await leave_for_good(world, alice.account)
    assert len(await nicknames(world, bob)) == len(before) - 1
    await world.alias_in(kept.room, bob.account)
    assert POLICY.sign_in.deletion_grace_s * 1000 == GRACE_MS
