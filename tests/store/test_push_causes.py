"""Contract of what becomes a push: what was told, paid, let in or ends soon, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ids import AccountId
from engine.limits_pushes import PUSH_ENDINGS_AT_ONCE
from engine.model.group import EntryRule
from engine.model.like_count import next_release_ms
from engine.model.push import PushKind
from engine.payments.subscription import Change
from engine.ports.seeding import SeededUser
from tests.store.pushing import PUSHES, kinds_for, register
from tests.store.test_admissions import decide, knock, make
from tests.store.test_official import campus_of
from tests.store.test_openings import F, M, circle, told
from tests.store.test_orders import hear, paid, placed
from tests.store.test_reviews import LETTER, Desk
from tests.store.test_subscriptions import subscribed, tried
from tests.store.world import DAY_MS, POLICY, World

ENDING_MS = PUSHES.ending_s * 1000


async def reachable(world: World, count: int = 4) -> Sequence[SeededUser]:
    """Make people whose devices have tokens."""
    users = await world.people(count)
    for user in users:
        await register(world, user.account, user.device)
    return users


async def give_token(world: World, account: AccountId) -> None:
    (device, *_) = await world.store.devices.signed_in(account)
    await register(world, account, device.device)


async def tell_all(world: World) -> None:
    """Tell all notices that are due."""
    due = await world.store.outbox.due(now_ms=world.now_ms, limit=10_000)
    await world.store.outbox.confirm([one.number for one in due], now_ms=world.now_ms)


async def look_for_endings(world: World) -> None:
    after = None
    while True:
        after = await world.store.push_outbox.note_endings(PUSHES, after=after, now_ms=world.now_ms)
        if after is None:
            return


async def test_a_match_is_a_push_to_both_once_it_was_told_and_not_before(world: World) -> None:
    one, other, *_ = await reachable(world)
    await world.like(one, other)
    await world.like(other, one)
    await tell_all(world)
    assert await kinds_for(world, one.account) == set(), "its tick has not come"
    world.clock.now_ms += 60_000
    assert await kinds_for(world, one.account) == set(), "nobody was told"
    await tell_all(world)
    assert await kinds_for(world, one.account) == {PushKind.MATCH}
    assert await kinds_for(world, other.account) == {PushKind.MATCH}
    await tell_all(world)
    assert await kinds_for(world, one.account) == set()


async def test_a_match_that_was_never_told_is_no_push(world: World) -> None:
    one, other, *_ = await reachable(world)
    await world.like(one, other)
    await world.like(other, one)
    await world.block(one.account, other.account)
    world.clock.now_ms += 60_000
    await tell_all(world)
    for user in (one, other):
        assert await kinds_for(world, user.account) == set()


async def test_a_like_is_no_push_and_its_count_is_one_when_it_is_released(world: World) -> None:
    me, *others = await reachable(world, 12)
    for liker in others[:4]:
        await world.like(liker, me)
    await tell_all(world)
    assert await kinds_for(world, me.account) == set()
    for _ in range(2):
        world.clock.now_ms = next_release_ms(world.now_ms, POLICY.likes)
        await world.store.likes.release(POLICY, now_ms=world.now_ms)
    await tell_all(world)
    assert await kinds_for(world, me.account) == {PushKind.LIKES}
    assert await kinds_for(world, others[0].account) == set()


async def test_who_is_let_in_gets_one_and_who_is_not_gets_none(world: World) -> None:
    for admit in (True, False):
        owner, guest, *_ = [user.account for user in await reachable(world)]
        group = await make(world, owner, EntryRule.APPROVAL)
        asked = await knock(world, group, guest)
        await decide(world, group, owner, asked.member, admit=admit)
        assert await kinds_for(world, guest) == ({PushKind.INVITATION} if admit else set())
        assert await kinds_for(world, owner) == set()


async def test_a_payment_and_a_refund_are_pushes_and_their_echoes_are_not(world: World) -> None:
    (user, *_) = await reachable(world)
    order = await placed(world, user.account)
    assert await kinds_for(world, user.account) == set()
    for heard in (paid(order), paid(order, refunded=order.draft.price.amount)):
        for expected in ({PushKind.PAYMENT}, set[PushKind]()):
            await hear(world, order, heard)
            assert await kinds_for(world, user.account) == expected


async def test_that_matching_has_opened_is_a_push_and_that_it_closed_is_none(world: World) -> None:
    group, people = await circle(world, F, F, F)
    for account in people:
        await give_token(world, account)
    await told(world, group, *people)
    assert await kinds_for(world, people[0]) == set()
    newcomer = (await circle(world, M))[1][0]
    await world.join(group, newcomer)
    await told(world, group, *people)
    assert await kinds_for(world, people[0]) == {PushKind.SYSTEM}
    await world.store.groups.leave(group, newcomer, now_ms=world.now_ms)
    await told(world, group, *people)
    assert await kinds_for(world, people[0]) == set()


async def test_that_a_plan_ends_soon_is_said_once_to_whom_nothing_renews_it(world: World) -> None:
    soon, later, over, renewed = [user.account for user in await reachable(world)]
    now_ms = world.now_ms
    await world.hands.give(soon, credit=0, premium_until=now_ms + ENDING_MS)
    await world.hands.give(later, credit=0, premium_until=now_ms + ENDING_MS + 1)
    await world.hands.give(over, credit=0, premium_until=now_ms)
    await subscribed(world, renewed)
    await kinds_for(world, renewed)  # that it was paid
    await world.hands.give(renewed, credit=0, premium_until=now_ms + DAY_MS)
    await look_for_endings(world)
    for account in (later, over, renewed):
        assert await kinds_for(world, account) == set()
    assert await kinds_for(world, soon) == {PushKind.SUBSCRIPTION}
    await look_for_endings(world)
    assert await kinds_for(world, soon) == set(), "once"
    await world.store.subscriptions.change(renewed, Change.CANCEL, now_ms=now_ms)
    await look_for_endings(world)
    assert await kinds_for(world, renewed) == {PushKind.SUBSCRIPTION}


async def test_who_is_late_with_a_payment_is_told_before_the_days_of_grace_end(
    world: World,
) -> None:
    (user, *_) = await reachable(world)
    await subscribed(world, user.account)
    held = await world.store.subscriptions.own(user.account)
    world.clock.now_ms = held.subscription.paid_until
    await kinds_for(world, user.account)  # that it was paid
    await world.hands.give(user.account, credit=0, premium_until=world.now_ms + ENDING_MS)
    world.clock.now_ms -= 1
    await look_for_endings(world)
    assert await kinds_for(world, user.account) == set()
    world.clock.now_ms += 1
    await look_for_endings(world)
    assert await kinds_for(world, user.account) == {PushKind.SUBSCRIPTION}


async def test_who_is_charged_after_free_days_is_told_before_they_end(world: World) -> None:
    fox = (await reachable(world))[0].account
    assert await tried(world, fox)
    await kinds_for(world, fox)
    await look_for_endings(world)
    assert await kinds_for(world, fox) == set(), "not yet"
    world.clock.now_ms += 7 * DAY_MS - ENDING_MS
    await look_for_endings(world)
    assert await kinds_for(world, fox) == {PushKind.SUBSCRIPTION}


async def test_what_becomes_of_a_paper_is_a_push(world: World) -> None:
    desk = Desk(world, await campus_of(world))
    signed = await world.enter(world.phone())
    await register(world, signed.account, signed.device)
    await desk.hand_in(signed.account, LETTER)
    assert await kinds_for(world, signed.account) == set()
    (review,) = await desk.open()
    await desk.decide(review)
    await tell_all(world)
    assert await kinds_for(world, signed.account) == {PushKind.VERIFICATION}


def test_one_look_for_endings_is_bounded() -> None:
    assert 1 <= PUSH_ENDINGS_AT_ONCE <= 10_000
