"""Contract of likes: what they cost, when two are a match, and who wins a race."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from engine.errors import (
    BadRequest,
    CidConflict,
    CooldownActive,
    MatchingClosed,
    NotEnoughCredits,
    NotFound,
    PremiumRequired,
)
from engine.ids import MatchId
from engine.model.like import Intent, LikeReceipt
from engine.ports.outbox import NoticeKind
from engine.ports.seeding import SeededUser
from tests.store.world import DAY_MS, NODE, POLICY, SECOND_MS, World

FOURTEEN_DAYS_MS = POLICY.likes.again_after_s * 1000


async def test_the_first_like_of_a_day_is_free(world: World) -> None:
    me, one, two, three = await world.people(4)
    await world.hands.give(me.account, credit=1, premium_until=0)
    first = await world.like(me, one)
    assert (first.left_today, first.credits) == (0, 1)
    second = await world.like(me, two)
    assert (second.left_today, second.credits) == (0, 0)
    world.clock.now_ms += DAY_MS
    third = await world.like(me, three)
    assert (third.left_today, third.credits) == (0, 0)


async def test_without_credits_the_second_like_is_refused_and_nothing_is_kept(
    world: World,
) -> None:
    me, one, two, _ = await world.people(4)
    await world.like(me, one)
    with pytest.raises(NotEnoughCredits):
        await world.like(me, two)
    liked = [p for p in await world.store.groups.people(me.group, me.account) if p.liked]
    assert [person.member for person in liked] == [one.member]
    world.clock.now_ms += DAY_MS
    await world.like(me, two)


async def test_two_likes_at_once_spend_one_credit_each(world: World) -> None:
    me, *others = await world.people(12)
    await world.hands.give(me.account, credit=3, premium_until=0)
    outcomes: list[str] = []

    async def like(target: SeededUser) -> None:
        try:
            await world.like(me, target)
            outcomes.append("liked")
        except NotEnoughCredits:
            outcomes.append("no credits")

    async with trio.open_nursery() as nursery:
        for other in others:
            nursery.start_soon(like, other)
    # One is free, three are paid.
    assert sorted(outcomes) == ["liked"] * 4 + ["no credits"] * 7


async def test_premium_pays_nothing_and_may_be_super(world: World) -> None:
    me, one, two, _ = await world.people(4)
    with pytest.raises(PremiumRequired):
        await world.like(me, one, super_like=True)
    await world.hands.give(me.account, credit=2, premium_until=world.now_ms + DAY_MS)
    await world.like(me, one, super_like=True)
    assert (await world.like(me, two)).credits == 2


async def test_a_retry_gets_the_first_receipt(world: World) -> None:
    me, one, two, _ = await world.people(4)
    first = await world.like(me, one, cid="same")
    assert await world.like(me, one, cid="same") == first
    with pytest.raises(CidConflict):
        await world.like(me, two, cid="same")
    with pytest.raises(CidConflict):
        await world.like(me, one, cid="same", intent=Intent.ROMANTIC)
    other = await world.like(two, one, cid="same")
    assert other.like != first.like


async def test_parallel_retries_make_one_like(world: World) -> None:
    me, one, *_ = await world.people(4)
    receipts: set[LikeReceipt] = set()

    async def like() -> None:
        receipts.add(await world.like(me, one, cid="again"))

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(like)
    assert len(receipts) == 1


async def test_what_may_not_be_liked(world: World) -> None:
    me, other, *_ = await world.people(4)
    stranger, *_ = await world.people(4)
    with pytest.raises(BadRequest):
        await world.like(me, me)
    for sender, target in ((stranger, other), (me, stranger)):
        here = replace(sender, group=me.group)
        with pytest.raises(NotFound):
            await world.like(here, target)
    await world.hands.ban_member(me.group, other.account)
    with pytest.raises(NotFound):
        await world.like(me, other)


async def test_matching_opens_with_enough_people(world: World) -> None:
    me, other, _ = await world.people(3)
    with pytest.raises(MatchingClosed):
        await world.like(me, other)


async def test_the_same_person_again_after_fourteen_days(world: World) -> None:
    me, other, *_ = await world.people(4)
    await world.like(me, other)
    world.clock.now_ms += FOURTEEN_DAYS_MS - SECOND_MS
    with pytest.raises(CooldownActive) as refused:
        await world.like(me, other)
    assert refused.value.retry_after_ms == SECOND_MS
    world.clock.now_ms += SECOND_MS
    await world.like(me, other, intent=Intent.ROMANTIC)
    liked = [p.liked for p in await world.store.groups.people(me.group, me.account) if p.liked]
    assert liked == ["romantic"]


async def test_the_cooldown_holds_over_names(world: World) -> None:
    me, other, *_ = await world.people(4)
    await world.like(me, other)
    await world.store.groups.leave(other.group, other.account, now_ms=world.now_ms)
    again = await world.join(other.group, other.account, "new name")
    renamed = SeededUser(0, other.account, other.device, other.group, again.member, None)
    with pytest.raises(CooldownActive):
        await world.like(me, renamed)
    with pytest.raises(NotFound):
        await world.like(me, other)


async def test_two_likes_are_a_match_that_shows_at_the_tick(world: World) -> None:
    one, other, *_ = await world.people(4)
    await world.like(one, other)
    ids = world.fresh_ids()
    receipt = await world.like(other, one, ids=ids)
    assert receipt == LikeReceipt(ids.like, 0, 0)
    for account in (one.account, other.account):
        assert not await world.store.likes.matches(
            account, now_ms=world.now_ms, after=None, limit=9
        )
        assert not await world.store.directory.marks(account, now_ms=world.now_ms, limit=9)
    assert await world.notices(one.account, other.account) == []
    assert not await world.store.room_log.claim([ids.room], NODE, now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await world.store.likes.end_match(ids.match, one.account, now_ms=world.now_ms)

    tick_ms = int(POLICY.likes.match_tick_s * 1000)
    at = world.now_ms // tick_ms * tick_ms + tick_ms
    world.clock.now_ms = at
    (mine,) = await world.store.likes.matches(one.account, now_ms=at, after=None, limit=9)
    assert (mine.match, mine.room, mine.group, mine.at, mine.open) == (
        ids.match,
        ids.room,
        one.group,
        at,
        True,
    )
    notices = {notice.account: notice for notice in await world.notices(one.account, other.account)}
    assert len(notices) == 2
    assert notices[one.account].kind is NoticeKind.MATCH
    assert notices[one.account].content == {
        "match": ids.match,
        "room": ids.room,
        "group": one.group,
        "peer": {"alias": mine.peer, "nickname": mine.peer_nickname},
        "at": at,
    }
    room = await world.claim(ids.room)
    aliases = {occupant.account: occupant.alias for occupant in room.occupants}
    assert aliases[other.account] == mine.peer
    assert aliases[one.account] == await world.alias_in(ids.room, one.account)
    assert await world.hands.count_open_matches(one.group) == 1


async def test_other_intents_do_not_meet(world: World) -> None:
    one, other, *_ = await world.people(4)
    await world.like(one, other, intent=Intent.FRIEND)
    await world.like(other, one, intent=Intent.ROMANTIC)
    assert await world.hands.count_open_matches(one.group) == 0


async def test_two_likes_that_race_make_exactly_one_match(world: World) -> None:
    users = await world.people(80)
    pairs = list(zip(users[::2], users[1::2], strict=True))
    async with trio.open_nursery() as nursery:
        for one, other in pairs:
            nursery.start_soon(world.like, one, other)
            nursery.start_soon(world.like, other, one)
    assert await world.hands.count_open_matches(users[0].group) == len(pairs)
    world.clock.now_ms += 3 * SECOND_MS
    for one, other in pairs:
        mine, theirs = [
            await world.store.likes.matches(user.account, now_ms=world.now_ms, after=None, limit=9)
            for user in (one, other)
        ]
        assert [match.room for match in mine] == [match.room for match in theirs]
        assert len(mine) == 1
        assert len(await world.notices(one.account, other.account)) == 2


async def test_who_has_left_is_in_no_later_match(world: World) -> None:
    users = await world.people(60)
    pairs = zip(users[4::2], users[5::2], strict=True)
    await world.race(pairs, lambda one, _: _leave(world, one))
    # Whatever was made before the leaving was undone by it: nobody had been told yet.
    assert await world.hands.count_open_matches(users[0].group) == 0
    world.clock.now_ms += 3 * SECOND_MS
    for user in users:
        assert await world.notices(user.account) == []
        marks = await world.store.directory.marks(user.account, now_ms=world.now_ms, limit=9)
        assert marks == []


async def _leave(world: World, user: SeededUser) -> None:
    await world.store.groups.leave(user.group, user.account, now_ms=world.now_ms)


async def test_leaving_ends_a_told_match_and_open_likes_both_ways(world: World) -> None:
    me, peer, liker, liked = await world.people(4)
    ids = await world.match(me, peer)
    await world.like(liker, me)
    world.clock.now_ms += DAY_MS
    await world.like(me, liked)
    await _leave(world, me)
    (match,) = await world.store.likes.matches(
        peer.account, now_ms=world.now_ms, after=None, limit=9
    )
    assert not match.open
    kinds = [notice.kind for notice in await world.notices(peer.account)]
    assert kinds == [NoticeKind.MATCH, NoticeKind.MATCH_ENDED]
    seen = await world.store.groups.people(me.group, liker.account)
    assert [person.liked for person in seen] == [None] * 3
    assert (await world.claim(ids.room)).closed is False


async def test_deletion_ends_all_likes_and_matches(world: World) -> None:
    me, peer, liked, mutual = await world.people(4)
    ids = await world.match(me, peer)
    world.clock.now_ms += DAY_MS
    await world.like(mutual, me)
    await world.like(me, mutual)
    await world.like(liked, me)
    now_ms = world.now_ms
    await world.store.accounts.ask_deletion(me.account, now_ms=now_ms, erases_at_ms=now_ms + DAY_MS)
    assert await world.hands.count_open_matches(me.group) == 0
    world.clock.now_ms += 3 * SECOND_MS
    assert await world.notices(mutual.account) == [], "nobody was told of that one"
    (*_, ended) = await world.notices(peer.account)
    assert (ended.kind, ended.content["match"]) == (NoticeKind.MATCH_ENDED, ids.match)
    for one in (liked, mutual):
        sent = await world.store.likes.sent(
            one.account, one.group, now_ms=world.now_ms, after=None, limit=9
        )
        assert sent == []


async def test_either_side_ends_a_match_once_for_both(world: World) -> None:
    one, other, stranger, _ = await world.people(4)
    ids = await world.match(one, other)
    end = world.store.likes.end_match
    with pytest.raises(NotFound):
        await end(ids.match, stranger.account, now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await end(MatchId("nothing000000000"), one.account, now_ms=world.now_ms)
    for account in (other.account, one.account, other.account):
        await end(ids.match, account, now_ms=world.now_ms)
    ended = [
        notice
        for notice in await world.notices(one.account, other.account)
        if notice.kind is NoticeKind.MATCH_ENDED
    ]
    assert [notice.content for notice in ended] == [{"match": ids.match, "room": ids.room}] * 2
    due = await world.store.outbox.due(now_ms=world.now_ms, limit=10_000)
    closes = [notice for notice in due if notice.room == ids.room]
    assert [notice.kind for notice in closes] == [NoticeKind.ROOM_CLOSE]
    with pytest.raises(CooldownActive):
        await world.like(one, other)


async def test_who_is_matched_cannot_like_again_before_it_ends(world: World) -> None:
    one, other, *_ = await world.people(4)
    ids = await world.match(one, other)
    world.clock.now_ms += FOURTEEN_DAYS_MS
    with pytest.raises(CooldownActive):
        await world.like(one, other)
    await world.store.likes.end_match(ids.match, one.account, now_ms=world.now_ms)
    await world.match(one, other)
    assert await world.hands.count_open_matches(one.group) == 1


async def test_matches_come_in_pages_newest_first(world: World) -> None:
    me, *others = await world.people(8)
    await world.hands.give(me.account, credit=0, premium_until=2**50)
    made = [(await world.match(me, other)).match for other in others[:5]]
    pages: list[MatchId] = []
    after = None
    while page := await world.store.likes.matches(
        me.account, now_ms=world.now_ms, after=after, limit=2
    ):
        pages += [match.match for match in page]
        after = page[-1].match
    assert pages == made[::-1]
