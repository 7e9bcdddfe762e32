"""Tickets: who waits, who may not meet whom, and one transaction for a match (both stores)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from msgspec.structs import replace as replace_struct

from engine.errors import CidConflict, Conflict, MatchingClosed, NotFound
from engine.ids import TicketId
from engine.matching.ticket import Ages, Me, Ticket, Want
from engine.model.account import Gender
from engine.model.like import Intent
from engine.model.policy import Policy
from engine.ports.seeding import SeededUser
from engine.ports.tickets import Meeting, Outcome, TicketDraft
from tests.store.world import DAY_MS, POLICY, SECOND_MS, World

ME = Me(("차", "go"), (3, 4), ("hat",))
WANT = Want(Intent.FRIEND, (Gender.MALE, Gender.OTHER), Ages(20, 40, must=True), ("bag",))
ANYBODY = Want(Intent.FRIEND)


def draft_of(world: World, user: SeededUser, *, cid: str | None = None) -> TicketDraft:
    """Make a wish to wait."""
    fresh = world.chance.fresh_id
    ticket = TicketId(fresh())
    return TicketDraft(ticket, user.group, user.account, cid or fresh(), ME, ANYBODY)


async def join(world: World, user: SeededUser) -> Ticket:
    """Let somebody wait."""
    draft = draft_of(world, user)
    return (await world.store.tickets.join(draft, POLICY, now_ms=world.now_ms)).ticket


async def waiting(world: World, user: SeededUser) -> list[TicketId]:
    """List the tickets of a pool."""
    found = await world.store.tickets.waiting(user.group, POLICY, now_ms=world.now_ms)
    return [ticket.ticket for ticket in found.tickets]


async def introduce(world: World, *pairs: Sequence[Ticket], group: SeededUser) -> list[Outcome]:
    """Bring pairs together."""
    meetings = [Meeting(one.ticket, other.ticket, world.fresh_ids()) for one, other in pairs]
    made = await world.store.tickets.introduce(group.group, meetings, POLICY, now_ms=world.now_ms)
    return list(made)


async def test_a_ticket_says_what_was_said_and_what_the_account_knows(world: World) -> None:
    fox, owl, *_ = await world.people()
    draft = replace(draft_of(world, fox), want=WANT)
    made = await world.store.tickets.join(draft, POLICY, now_ms=world.now_ms)
    found = await world.store.tickets.waiting(fox.group, POLICY, now_ms=world.now_ms)
    assert list(found.tickets) == [made.ticket]
    ticket = made.ticket
    assert (ticket.account, ticket.me, ticket.want) == (fox.account, ME, WANT)
    other = await join(world, owl)  # people are made women and men in turn
    assert {ticket.person.side, other.person.side} == {Gender.FEMALE, Gender.MALE}
    assert ticket.person.age >= 19
    assert ticket.expires_ms == world.now_ms + POLICY.pools.ticket_s * 1_000
    assert made.apart == frozenset()
    assert fox.group in await world.store.tickets.pools(now_ms=world.now_ms)
    assert await world.store.tickets.pool_of(ticket.ticket, fox.account) == fox.group


async def test_the_same_cid_gets_the_first_ticket(world: World) -> None:
    fox, *_ = await world.people()
    draft = draft_of(world, fox, cid="once")
    first = await world.store.tickets.join(draft, POLICY, now_ms=world.now_ms)
    again = replace(draft, ticket=TicketId(world.chance.fresh_id()))
    assert await world.store.tickets.join(again, POLICY, now_ms=world.now_ms) == first
    with pytest.raises(CidConflict):
        await world.store.tickets.join(replace(again, me=Me()), POLICY, now_ms=world.now_ms)
    await world.store.tickets.leave(first.ticket.ticket, fox.account, now_ms=world.now_ms)
    late = await world.store.tickets.join(again, POLICY, now_ms=world.now_ms)
    assert (late.ticket, late.waits) == (first.ticket, False)
    assert await waiting(world, fox) == []


async def test_joining_again_replaces_the_ticket(world: World) -> None:
    fox, *_ = await world.people()
    first, second = await join(world, fox), await join(world, fox)
    assert await waiting(world, fox) == [second.ticket]
    with pytest.raises(NotFound):
        await world.store.tickets.update(
            first.ticket, fox.account, Me(), None, POLICY, now_ms=world.now_ms
        )


async def test_only_members_of_an_open_group_join(world: World) -> None:
    fox, *_ = await world.people(8, 2)
    stranger = next(one for one in await world.people(4) if one.group != fox.group)
    draft = replace(draft_of(world, fox), account=stranger.account)
    with pytest.raises(NotFound):
        await world.store.tickets.join(draft, POLICY, now_ms=world.now_ms)
    alone, *_ = await world.people(3)
    with pytest.raises(MatchingClosed):
        await world.store.tickets.join(draft_of(world, alone), POLICY, now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await world.store.tickets.pool_of(draft.ticket, fox.account)


async def test_what_is_said_can_be_changed_by_its_person_only(world: World) -> None:
    fox, owl, *_ = await world.people()
    ticket = await join(world, fox)
    tickets = world.store.tickets
    with pytest.raises(NotFound):
        await tickets.update(ticket.ticket, owl.account, Me(), None, POLICY, now_ms=world.now_ms)
    await tickets.update(ticket.ticket, fox.account, None, WANT, POLICY, now_ms=world.now_ms)
    await tickets.update(ticket.ticket, fox.account, Me(("x",)), None, POLICY, now_ms=world.now_ms)
    (found,) = (await tickets.waiting(fox.group, POLICY, now_ms=world.now_ms)).tickets
    assert found == replace_struct(ticket, me=Me(("x",)), want=WANT)


async def test_leaving_is_repeatable_and_wins(world: World) -> None:
    fox, owl, *_ = await world.people()
    mine, theirs = await join(world, fox), await join(world, owl)
    tickets = world.store.tickets
    with pytest.raises(NotFound):
        await tickets.leave(mine.ticket, owl.account, now_ms=world.now_ms)
    for _ in range(2):
        await tickets.leave(mine.ticket, fox.account, now_ms=world.now_ms)
    assert await introduce(world, (mine, theirs), group=fox) == [
        Outcome(gone=frozenset((mine.ticket,)))
    ]
    assert await world.hands.count_open_matches(fox.group) == 0
    assert await waiting(world, fox) == [theirs.ticket]


async def test_a_pair_that_meets_has_a_match_a_room_and_two_notices(world: World) -> None:
    fox, owl, *_ = await world.people()
    mine, theirs = await join(world, fox), await join(world, owl)
    assert await introduce(world, (mine, theirs), group=fox) == [Outcome()]
    told = await world.notices(fox.account, owl.account)
    assert len(told) == 2
    assert {notice.content["pool"] for notice in told} == {fox.group}
    (match,) = await world.store.likes.matches(
        fox.account, now_ms=world.now_ms, after=None, limit=9
    )
    assert told[0].content["match"] == match.match
    assert (await world.claim(match.room)).occupants
    with pytest.raises(Conflict):
        await world.store.tickets.leave(mine.ticket, fox.account, now_ms=world.now_ms)
    assert await introduce(world, (mine, theirs), group=fox) == [
        Outcome(gone=frozenset((mine.ticket, theirs.ticket)))
    ]
    assert await world.hands.count_open_matches(fox.group) == 1


async def test_one_ticket_has_one_match_in_a_batch_too(world: World) -> None:
    fox, owl, cat, *_ = await world.people()
    one, two, three = [await join(world, user) for user in (fox, owl, cat)]
    made = await introduce(world, (one, two), (three, one), group=fox)
    assert made == [Outcome(), Outcome(gone=frozenset((one.ticket,)))]
    assert await waiting(world, fox) == [three.ticket]


async def test_a_block_a_match_and_a_cool_down_keep_apart(world: World) -> None:
    fox, owl, cat, rat, *_ = await world.people(6)
    one, two = await join(world, fox), await join(world, owl)
    await world.block(owl.account, fox.account)
    assert await introduce(world, (one, two), group=fox) == [Outcome(apart=True)]
    again = await world.store.tickets.join(draft_of(world, fox), POLICY, now_ms=world.now_ms)
    assert again.apart == {owl.account}
    ids = await world.match(cat, rat)
    await join(world, cat)
    draft = draft_of(world, rat)
    joined = await world.store.tickets.join(draft, POLICY, now_ms=world.now_ms)
    assert joined.apart == {cat.account}
    found = await world.store.tickets.waiting(fox.group, POLICY, now_ms=world.now_ms)
    pairs = {frozenset(pair) for pair in found.apart}
    assert pairs == {frozenset((fox.account, owl.account)), frozenset((cat.account, rat.account))}
    await world.store.likes.end_match(ids.match, cat.account, now_ms=world.now_ms)
    assert (
        len((await world.store.tickets.waiting(fox.group, POLICY, now_ms=world.now_ms)).apart) == 2
    )
    world.clock.now_ms += POLICY.pools.again_after_s * SECOND_MS + 1
    assert (
        await world.store.tickets.join(draft_of(world, cat), POLICY, now_ms=world.now_ms)
    ).apart == (frozenset())


async def test_who_has_left_the_group_or_is_banned_meets_nobody(world: World) -> None:
    fox, owl, cat, rat, bat, *_ = await world.people(6)
    tickets = [await join(world, user) for user in (fox, owl, cat, rat, bat)]
    await world.store.groups.leave(owl.group, owl.account, now_ms=world.now_ms)
    await world.hands.ban_member(rat.group, rat.account)
    await world.hands.ban_account(bat.account)
    made = await introduce(world, (tickets[0], tickets[1]), (tickets[2], tickets[3]), group=fox)
    assert made == [
        Outcome(gone=frozenset((tickets[1].ticket,))),
        Outcome(gone=frozenset((tickets[3].ticket,))),
    ]
    assert set(await waiting(world, fox)) == {tickets[0].ticket, tickets[2].ticket}


async def test_a_ticket_whose_time_is_over_meets_nobody(world: World) -> None:
    fox, owl, *_ = await world.people()
    mine = await join(world, fox)
    world.clock.now_ms = mine.expires_ms
    theirs = await join(world, owl)
    assert await introduce(world, (mine, theirs), group=fox) == [
        Outcome(gone=frozenset((mine.ticket,)))
    ]
    assert await waiting(world, fox) == [theirs.ticket]
    assert await world.store.tickets.purge(before_ms=world.now_ms) >= 1
    with pytest.raises(NotFound):
        await world.store.tickets.pool_of(mine.ticket, fox.account)


async def test_the_year_is_that_of_the_policy(world: World) -> None:
    fox, *_ = await world.people()
    ticket = await join(world, fox)
    world.clock.now_ms += 400 * DAY_MS
    later = replace(POLICY, pools=replace(Policy().pools, ticket_s=60))
    again = await world.store.tickets.join(draft_of(world, fox), later, now_ms=world.now_ms)
    assert again.ticket.person.age == ticket.person.age + 1
