"""Contract of the other rules of likes: batches, super-likes, taking back, and coarse counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.credits.ledger import Ask, Cause, Kind
from engine.errors import (
    CidConflict,
    Conflict,
    CooldownActive,
    NotFound,
    PremiumRequired,
    RateLimited,
    Refused,
    WindowOver,
)
from engine.ids import LikeId
from engine.model.like import Intent, LikeReceipt, LikeRequest
from engine.model.like_count import CountBand, next_release_ms
from engine.model.like_undo import TakeBack
from engine.ports.likes import Allowance
from engine.ports.outbox import NoticeKind
from engine.ports.seeding import SeededUser
from tests.store.world import DAY_MS, POLICY, SECOND_MS, World

FOR_EVER = 2**50


def wish(world: World, one: SeededUser, other: SeededUser) -> LikeRequest:
    cid = world.chance.fresh_id()
    return LikeRequest(one.group, one.account, other.member, Intent.FRIEND, super=False, cid=cid)


async def back(
    world: World, who: SeededUser, like: LikeId, how: TakeBack = TakeBack.UNDO
) -> Allowance:
    return await world.store.likes.take_back(who.account, like, how, POLICY, now_ms=world.now_ms)


async def test_a_batch_is_as_one_after_the_other(world: World) -> None:
    alice, bob, carol, dan = await world.people(4)
    stranger, *_ = await world.people(4)
    await world.hands.give(alice.account, credit=1, premium_until=0)
    first = wish(world, alice, bob)
    asked = [
        first,
        first,
        replace(first, member=carol.member),
        wish(world, bob, alice),
        wish(world, bob, alice),
        wish(world, alice, carol),
        wish(world, alice, dan),
        wish(world, stranger, alice),
    ]
    ids = [world.fresh_ids() for _ in asked]
    answers = await world.store.likes.place(
        list(zip(asked, ids, strict=True)), POLICY, now_ms=world.now_ms
    )
    said = [
        one.code if isinstance(one, Refused) else (one.left_today, one.credits) for one in answers
    ]
    assert said == [
        (0, 1),
        (0, 1),
        CidConflict.code,
        (0, 0),
        CooldownActive.code,
        (0, 0),
        "not_enough_credits",
        "not_found",
    ]
    assert await world.hands.count_open_matches(alice.group) == 1
    assert answers[0] == answers[1] == LikeReceipt(ids[0].like, 0, 1)


async def test_three_super_likes_a_day_and_their_line_after_the_match(world: World) -> None:
    me, one, *others = await world.people(6)
    await world.hands.give(me.account, credit=0, premium_until=FOR_EVER)
    await world.like(me, one, super_like=True, line="hello there")
    for other in others[:2]:
        await world.like(me, other, super_like=True)
    with pytest.raises(RateLimited) as refused:
        await world.like(me, others[2], super_like=True)
    assert 0 < (refused.value.retry_after_ms or 0) <= DAY_MS
    left = await world.store.likes.allowance(me.account, POLICY, now_ms=world.now_ms)
    assert (left.left_today, left.supers_left) == (0, 0)
    await world.like(one, me)
    world.clock.now_ms += 3 * SECOND_MS
    for who, line in ((one, "hello there"), (me, "")):
        (match,) = await world.store.likes.matches(
            who.account, now_ms=world.now_ms, after=None, limit=9
        )
        assert match.line == line


async def test_undo_gives_the_credit_back_once(world: World) -> None:
    me, one, two, _ = await world.people(4)
    give = Ask(Kind.GIVE, Cause.OPERATOR, "gift", 3)
    await world.store.credits.move(me.account, give, now_ms=world.now_ms)
    await world.like(me, one)
    world.clock.now_ms += SECOND_MS
    paid = await world.like(me, two)
    assert paid.credits == 2
    with pytest.raises(PremiumRequired):
        await back(world, me, paid.like)
    await world.hands.give(me.account, credit=2, premium_until=FOR_EVER)
    for _ in range(2):
        assert (await back(world, me, paid.like)).credits == 3
    await world.like(me, two)  # as if it had never been
    moves = await world.store.credits.moves(me.account, after=None, limit=9)
    assert [move.cause for move in moves] == [Cause.UNDO, Cause.LIKE, Cause.OPERATOR]


async def test_only_the_latest_like_and_for_five_minutes(world: World) -> None:
    me, one, two, three = await world.people(4)
    await world.hands.give(me.account, credit=0, premium_until=FOR_EVER)
    first = await world.like(me, one)
    world.clock.now_ms += SECOND_MS
    second = await world.like(me, two)
    with pytest.raises(Conflict):
        await back(world, me, first.like)
    with pytest.raises(NotFound):
        await back(world, three, second.like)
    await back(world, me, second.like)
    await back(world, me, first.like)
    third = await world.like(me, three)
    world.clock.now_ms += POLICY.likes.undo_within_s * 1000 + 1
    with pytest.raises(WindowOver):
        await back(world, me, third.like)


async def test_cancel_takes_any_like_back_and_no_match_and_keeps_the_cooldown(
    world: World,
) -> None:
    me, one, two, _ = await world.people(4)
    liked = await world.like(me, one)
    world.clock.now_ms += DAY_MS
    for _ in range(2):
        await back(world, me, liked.like, TakeBack.CANCEL)
    with pytest.raises(CooldownActive):
        await world.like(me, one)
    with pytest.raises(Conflict):
        await back(world, me, liked.like)
    await world.like(one, me)
    assert await world.hands.count_open_matches(me.group) == 0
    matched = await world.like(me, two)
    await world.like(two, me)
    world.clock.now_ms += 3 * SECOND_MS
    for how in TakeBack:
        with pytest.raises(Conflict):
            await back(world, me, matched.like, how)


@pytest.mark.parametrize("how", TakeBack)
async def test_taking_back_never_tells_of_a_match(world: World, how: TakeBack) -> None:
    """In both worlds the answer is the same, nothing is told, and the other like is open."""
    users = await world.people(8)
    for me, other, mutual in ((users[0], users[1], False), (users[2], users[3], True)):
        await world.hands.give(me.account, credit=0, premium_until=FOR_EVER)
        if mutual:
            await world.like(other, me)
        mine = await world.like(me, other)
        sent = await world.store.likes.sent(
            me.account, me.group, now_ms=world.now_ms, after=None, limit=9
        )
        assert [one.like for one in sent] == [mine.like]
        people = await world.store.groups.people(me.group, me.account)
        assert [one.liked for one in people if one.member == other.member] == ["friend"]
        assert await back(world, me, mine.like, how) == Allowance(
            0, POLICY.likes.supers_per_day_max, 0
        )
        assert await back(world, me, mine.like, how) == Allowance(
            0, POLICY.likes.supers_per_day_max, 0
        )
    assert await world.hands.count_open_matches(users[0].group) == 0
    world.clock.now_ms += 3 * SECOND_MS
    assert await world.notices(*[user.account for user in users]) == []
    seen = await world.store.groups.people(users[3].group, users[3].account)
    assert [one.liked for one in seen if one.member == users[2].member] == ["friend"]


async def release(world: World) -> None:
    """Let the next release come, and one more that has nothing to do."""
    world.clock.now_ms = next_release_ms(world.now_ms, POLICY.likes)
    await world.store.likes.release(POLICY, now_ms=world.now_ms)
    assert await world.store.likes.release(POLICY, now_ms=world.now_ms) == 0


async def bands(world: World, *users: SeededUser) -> list[CountBand | None]:
    return [await world.store.likes.count(user.account, user.group) for user in users]


async def test_counts_are_of_three_late_and_blind_to_who_has_left(world: World) -> None:
    few, two, *likers = await world.people(12)
    for liker in likers[:3]:
        await world.like(liker, few)
    for liker in likers[3:5]:
        await world.like(liker, two)
    assert await bands(world, few, two) == [None, None]
    await release(world)
    await release(world)
    assert await bands(world, few, two) == [CountBand.A_FEW, None]
    told = await world.notices(few.account, two.account)
    assert [(n.kind, n.account) for n in told] == [(NoticeKind.LIKES, few.account)]
    assert told[0].content == {"group": few.group, "count_band": "a_few"}
    await world.store.groups.leave(few.group, likers[0].account, now_ms=world.now_ms)
    await world.block(few.account, likers[1].account)
    await release(world)
    assert await bands(world, few, two) == [CountBand.A_FEW, None]
    world.clock.now_ms += POLICY.likes.count_for_s * 1000
    await release(world)
    assert await bands(world, few) == [None]


async def test_no_count_in_a_small_group(world: World) -> None:
    me, *likers = await world.people(6)
    for liker in likers:
        await world.like(liker, me)
    await release(world)
    await release(world)
    assert await bands(world, me) == [None]
    with pytest.raises(NotFound):
        await world.store.likes.count(me.account, (await world.people(4))[0].group)


async def test_only_who_lets_it_be_seen_is_seen(world: World) -> None:
    me, open_one, closed_one, _ = await world.people(4)
    await world.like(open_one, me, shown=True)
    await world.like(closed_one, me)

    async def shown(before_ms: int) -> list[str]:
        found = await world.store.likes.shown(me.account, me.group, before_ms=before_ms, limit=9)
        return [one.member for one in found]

    assert await shown(world.now_ms) == []
    assert await shown(world.now_ms + 1) == [open_one.member]
    await world.block(open_one.account, me.account)
    assert await shown(world.now_ms + 1) == []
