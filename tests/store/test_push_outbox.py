"""Contract of pushes that wait: due by what was committed, one for a wave, gone once settled."""

from __future__ import annotations

from dataclasses import replace

import trio

from engine.ids import DeviceId
from engine.model.push import PushKind
from engine.ports.pushes import Settled, Spoken
from engine.rooms.events import Append, Event, EventName
from tests.store.pushing import LEASE_MS, PUSHES, due_for, open_talk, register
from tests.store.world import DAY_MS, SECOND_MS, World

WAVE_MS = PUSHES.wave_s * 1000


async def test_a_message_waits_for_whoever_is_not_there(world: World) -> None:
    talk = await open_talk(world, members=4)
    speaker, present, *absent = talk.users
    await talk.say(speaker)
    assert not await due_for(world, *talk.users), "before anybody has looked"
    await talk.look(speaker, present)
    pushes = {push.device: push for push in await due_for(world, *talk.users)}
    assert pushes.keys() == {user.device for user in absent}
    for push in pushes.values():
        assert push.waiting.kinds == {PushKind.MESSAGE}
        assert (push.waiting.unread, push.waiting.active) == (True, True)
        assert push.waiting.since_ms == world.now_ms


async def test_ones_own_messages_are_no_news(world: World) -> None:
    talk = await open_talk(world)
    await talk.say(talk.users[0])
    await talk.look()
    assert [push.device for push in await due_for(world, *talk.users)] == [talk.users[1].device]


async def test_a_wave_of_messages_is_one_push(world: World) -> None:
    talk = await open_talk(world)
    me, other = talk.users
    for _ in range(3):
        await talk.say(other)
        await talk.look()
    (push,) = await due_for(world, me)
    await world.store.push_outbox.settle(push, Settled(), now_ms=world.now_ms)
    world.clock.now_ms += LEASE_MS
    await talk.say(other)
    await talk.look()
    assert not await due_for(world, me)


async def test_a_wave_ends_by_reading_and_by_time(world: World) -> None:
    talk = await open_talk(world)
    me, other = talk.users
    for end in ("read", "time"):
        await talk.say(other)
        await talk.look()
        (push,) = await due_for(world, me)
        await world.store.push_outbox.settle(push, Settled(), now_ms=world.now_ms)
        if end == "read":
            await talk.read(me)
        else:
            world.clock.now_ms += WAVE_MS
        await talk.look()
        assert not await due_for(world, me), "nothing new was said"
    await talk.say(other)
    await talk.look()
    assert len(await due_for(world, me)) == 1


async def test_what_was_read_before_the_push_left_is_seen_to_be(world: World) -> None:
    talk = await open_talk(world)
    me, other = talk.users
    await talk.say(other)
    await talk.look()
    await talk.read(me)
    (push,) = await due_for(world, me)
    assert not push.waiting.unread


async def test_what_was_read_or_deleted_before_the_look_is_no_push(world: World) -> None:
    talk = await open_talk(world)
    me, other = talk.users
    await talk.say(other)
    await talk.read(me)
    await talk.look()
    assert not await due_for(world, me)
    said = await talk.say(other)
    alias = talk.aliases[other.account]
    gone = Event(said.seq + 1, world.now_ms, EventName.DELETED, alias, "d", {"target": said.seq})
    await world.append(Append(talk.room, talk.snapshot.fence, said.seq, (gone,), {}))
    await talk.look()
    assert not await due_for(world, me)


async def test_who_is_hidden_is_not_heard_of(world: World) -> None:
    talk = await open_talk(world, members=3)
    me, hidden, other = talk.users
    await world.block(me.account, hidden.account)
    await talk.say(hidden)
    await talk.look()
    assert [push.device for push in await due_for(world, *talk.users)] == [other.device]
    await talk.say(other)
    await talk.look()
    assert me.device in {push.device for push in await due_for(world, *talk.users)}


async def test_who_has_left_is_not_told(world: World) -> None:
    talk = await open_talk(world, members=3)
    gone, speaker, _ = talk.users
    await world.hands.leave_room(talk.room, gone.account)
    await talk.say(speaker)
    await talk.look()
    assert not await due_for(world, gone)


async def test_whoever_took_a_push_has_it_until_the_lease_ends(world: World) -> None:
    talk = await open_talk(world)
    me, other = talk.users
    await talk.say(other)
    await talk.look()
    (first,) = await due_for(world, me)
    world.clock.now_ms += LEASE_MS - 1
    assert not await due_for(world, me)
    world.clock.now_ms += 1
    assert await due_for(world, me) == [first]


async def test_what_comes_while_a_push_is_under_way_gets_its_own(world: World) -> None:
    talk = await open_talk(world)
    me, other = talk.users
    await talk.say(other)
    await talk.look()
    (push,) = await due_for(world, me)
    await talk.read(me)
    await talk.say(other)
    await talk.look()
    world.clock.now_ms += SECOND_MS
    sent = Settled(sent_ms=world.now_ms)
    await world.store.push_outbox.settle(push, sent, now_ms=world.now_ms)
    (newer,) = await due_for(world, me)
    assert newer.waiting.sent_ms == world.now_ms
    assert newer.waiting.since_ms == world.now_ms
    await world.store.push_outbox.settle(newer, Settled(), now_ms=world.now_ms)
    world.clock.now_ms += LEASE_MS
    assert not await due_for(world, me)


async def test_a_push_that_failed_is_due_when_it_was_said(world: World) -> None:
    talk = await open_talk(world)
    me, other = talk.users
    await talk.say(other)
    await talk.look()
    (push,) = await due_for(world, me)
    again = Settled(keeps=push.waiting.kinds, due_ms=world.now_ms + 5 * SECOND_MS, tries=3)
    await world.store.push_outbox.settle(push, again, now_ms=world.now_ms)
    assert not await due_for(world, me)
    world.clock.now_ms += 5 * SECOND_MS
    (later,) = await due_for(world, me)
    assert later == replace(push, tries=3)


async def test_a_dead_token_is_dropped_unless_it_is_another_by_now(world: World) -> None:
    talk = await open_talk(world)
    me, other = talk.users
    await talk.say(other)
    await talk.look()
    (push,) = await due_for(world, me)
    await register(world, me.account, me.device)
    await world.store.push_outbox.settle(push, Settled(dead=True), now_ms=world.now_ms)
    standing = await world.store.pushes.standing(me.account, me.device)
    assert standing.registered
    world.clock.now_ms += LEASE_MS
    (push,) = await due_for(world, me)
    await world.store.push_outbox.settle(push, Settled(dead=True), now_ms=world.now_ms)
    standing = await world.store.pushes.standing(me.account, me.device)
    assert not standing.registered
    world.clock.now_ms += LEASE_MS
    assert not await due_for(world, me)


async def test_settling_what_is_gone_meanwhile_changes_nothing(world: World) -> None:
    talk = await open_talk(world)
    me, other = talk.users
    await talk.say(other)
    await talk.look()
    (push,) = await due_for(world, me)
    await world.store.pushes.forget(me.device)
    await world.store.push_outbox.settle(push, Settled(), now_ms=world.now_ms)
    world.clock.now_ms += LEASE_MS
    assert not await due_for(world, me)


async def test_a_banned_account_is_seen_to_be(world: World) -> None:
    talk = await open_talk(world)
    me, other = talk.users
    await talk.say(other)
    await talk.look()
    await world.hands.ban_account(me.account)
    (push,) = await due_for(world, me)
    assert not push.waiting.active


async def test_a_look_takes_a_bounded_number(world: World) -> None:
    talk = await open_talk(world, members=5)
    await talk.say(talk.users[0])
    await talk.look()
    taken: list[DeviceId] = []
    for _ in range(4):
        due = await world.store.push_outbox.due(now_ms=world.now_ms, limit=1, lease_ms=LEASE_MS)
        taken.extend(push.device for push in due)
    assert len(set(taken)) == 4


async def test_of_many_who_take_at_once_each_push_has_one(world: World) -> None:
    talk = await open_talk(world, members=8)
    await talk.say(talk.users[0])
    await talk.look()
    taken: list[DeviceId] = []

    async def take() -> None:
        taken.extend(push.device for push in await due_for(world, *talk.users))

    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(take)
    assert sorted(taken) == sorted(user.device for user in talk.users[1:])


async def test_looks_news_and_sending_at_once_lose_nothing(world: World) -> None:
    talk = await open_talk(world, members=6)
    speaker, *others = talk.users
    outbox, sent = world.store.push_outbox, set[DeviceId]()

    async def send() -> None:
        for _ in range(4):
            for push in await due_for(world, *talk.users):
                await outbox.settle(push, Settled(), now_ms=world.now_ms)
                sent.add(push.device)

    await talk.say(speaker)
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(send)
            nursery.start_soon(talk.look)
            for one in others:
                nursery.start_soon(register, world, one.account, one.device)
    await talk.look()
    await send()
    assert sent == {one.device for one in others}


async def test_waves_are_forgotten_when_nothing_hangs_on_them(world: World) -> None:
    talk = await open_talk(world)
    me, other = talk.users
    await talk.say(other)
    await talk.look()
    world.clock.now_ms += WAVE_MS
    purge = world.store.push_outbox.purge
    before = await purge(PUSHES, now_ms=world.now_ms)
    (push,) = await due_for(world, me)
    assert push.waiting.unread, "while the push waits, what it is about is known"
    await world.store.push_outbox.settle(push, Settled(), now_ms=world.now_ms)
    assert await purge(PUSHES, now_ms=world.now_ms) == 1
    assert await purge(PUSHES, now_ms=world.now_ms) == 0
    assert before >= 0


async def test_what_nobody_looked_at_is_found_again(world: World) -> None:
    talk, quiet = await open_talk(world), await open_talk(world)
    looks = world.store.push_looks
    world.clock.now_ms += DAY_MS  # later than all that other tests have looked at
    await looks.look([], PUSHES, now_ms=world.now_ms)
    looked_ms = await looks.looked_ms()
    assert looked_ms == world.now_ms
    await looks.look([], PUSHES, now_ms=world.now_ms - 5)
    assert await looks.looked_ms() == looked_ms, "no look makes it earlier"
    world.clock.now_ms += SECOND_MS
    await talk.say(talk.users[1])
    found = await looks.spoken(since_ms=world.now_ms, after=None, limit=10_000)
    assert talk.room in found
    assert quiet.room not in found
    assert talk.room not in await looks.spoken(since_ms=world.now_ms, after=talk.room, limit=10_000)
    await looks.look([Spoken(room) for room in found], PUSHES, now_ms=world.now_ms)
    assert len(await due_for(world, talk.users[0])) == 1
