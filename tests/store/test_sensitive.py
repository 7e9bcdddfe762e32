"""Contract of sensitive data: romantic wishes need a consent of their own, and end with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import ConsentRequired, NotFound
from engine.ids import LikeId, TicketId
from engine.matching.ticket import Me, Want
from engine.model.consent import VERSIONS, Consent, Purpose
from engine.model.like import Intent, LikeRequest
from engine.ports.seeding import SeededUser
from engine.ports.tickets import TicketDraft
from tests.builders import place_like
from tests.store.meeting import BLUE, RED, make_party
from tests.store.world import POLICY, SECOND_MS, World

ASKING = replace(POLICY, asks_sensitive=True)
WANTS = {intent: Want(intent) for intent in Intent}


async def say(world: World, who: SeededUser, purpose: Purpose, *, granted: bool = True) -> None:
    said = Consent(purpose, VERSIONS[purpose], granted, world.now_ms)
    await world.store.consents.say(who.account, said)


async def like(
    world: World, sender: SeededUser, target: SeededUser, intent: Intent = Intent.ROMANTIC
) -> LikeId:
    request = LikeRequest(
        sender.group, sender.account, target.member, intent, False, world.chance.fresh_id()
    )
    ids = world.fresh_ids()
    await place_like(world.store.likes, request, ids, ASKING, now_ms=world.now_ms)
    return ids.like


async def sent(world: World, who: SeededUser) -> list[LikeId]:
    found = await world.store.likes.sent(
        who.account, who.group, now_ms=world.now_ms, after=None, limit=10
    )
    return [one.like for one in found]


async def wait(world: World, who: SeededUser, intent: Intent) -> TicketId:
    ticket = TicketId(world.chance.fresh_id())
    draft = TicketDraft(
        ticket, who.group, who.account, world.chance.fresh_id(), Me(), WANTS[intent]
    )
    await world.store.tickets.join(draft, ASKING, now_ms=world.now_ms)
    return ticket


async def waiting(world: World, who: SeededUser) -> list[TicketId]:
    found = await world.store.tickets.waiting(who.group, ASKING, now_ms=world.now_ms)
    return [one.ticket for one in found.tickets]


async def test_a_romantic_like_needs_the_consent_and_no_other(world: World) -> None:
    me, other, third, *_ = await world.people()
    await like(world, me, third, Intent.FRIEND)
    with pytest.raises(ConsentRequired):
        await like(world, me, other)
    await say(world, me, Purpose.MARKETING)
    with pytest.raises(ConsentRequired):
        await like(world, me, other)
    await say(world, other, Purpose.SENSITIVE)
    with pytest.raises(ConsentRequired):
        await like(world, me, other)
    await say(world, me, Purpose.SENSITIVE)
    await world.hands.give(me.account, credit=5, premium_until=0)
    assert await like(world, me, other) in await sent(world, me)


async def test_a_stranger_is_not_told_more_by_it(world: World) -> None:
    me, *_ = await world.people()
    away, *_ = await world.people()
    with pytest.raises(NotFound):
        await like(world, me, away)


async def test_a_withdrawal_ends_romantic_likes_and_no_others(world: World) -> None:
    me, other, friend, admirer = await world.people()
    await world.hands.give(me.account, credit=5, premium_until=0)
    for one in (me, admirer):
        await say(world, one, Purpose.SENSITIVE)
    romantic, friendly = await like(world, me, other), await like(world, me, friend, Intent.FRIEND)
    given = await like(world, admirer, me)
    assert set(await sent(world, me)) == {romantic, friendly}
    await say(world, me, Purpose.SENSITIVE, granted=False)
    assert await sent(world, me) == [friendly]
    assert await sent(world, admirer) == [given], "what others wish is theirs"
    # Nobody is matched by a wish that was taken back.
    await say(world, other, Purpose.SENSITIVE)
    await like(world, other, me)
    world.clock.now_ms += 3 * SECOND_MS
    matches = await world.store.likes.matches(
        other.account, now_ms=world.now_ms, after=None, limit=9
    )
    assert list(matches) == []


async def test_a_romantic_ticket_needs_the_consent_and_ends_with_it(world: World) -> None:
    me, other, *_ = await world.people()
    with pytest.raises(ConsentRequired):
        await wait(world, me, Intent.ROMANTIC)
    friendly = await wait(world, me, Intent.FRIEND)
    want, tickets = WANTS[Intent.ROMANTIC], world.store.tickets
    with pytest.raises(ConsentRequired):
        await tickets.update(friendly, me.account, None, want, ASKING, now_ms=world.now_ms)
    assert await waiting(world, me) == [friendly], "what was refused has changed nothing"
    await say(world, me, Purpose.SENSITIVE)
    await tickets.update(friendly, me.account, None, want, ASKING, now_ms=world.now_ms)
    theirs = await wait(world, other, Intent.FRIEND)
    await say(world, me, Purpose.SENSITIVE, granted=False)
    assert await waiting(world, me) == [theirs]


async def test_a_romantic_description_needs_the_consent_and_ends_with_it(world: World) -> None:
    party = replace(await make_party(world), policy=ASKING)
    me = party.people[1]
    for account in party.people:
        await party.show(account, RED if account == me else BLUE)
    world.clock.now_ms += 600 * SECOND_MS
    with pytest.raises(ConsentRequired):
        await party.describe(me, BLUE, intent=Intent.ROMANTIC)
    agreed = Consent(Purpose.SENSITIVE, VERSIONS[Purpose.SENSITIVE], True, world.now_ms)
    await world.store.consents.say(me, agreed)
    await party.describe(me, BLUE, intent=Intent.ROMANTIC)
    assert len((await party.get(me)).descriptions) == 1
    await world.store.consents.say(me, replace(agreed, granted=False))
    assert list((await party.get(me)).descriptions) == []


async def test_where_it_is_not_asked_nobody_is_refused(world: World) -> None:
    me, other, *_ = await world.people()
    await world.like(me, other, intent=Intent.ROMANTIC)
    assert len(await sent(world, me)) == 1
