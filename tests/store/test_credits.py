"""Contract of the ledger and the plans: each command once, never below zero, whoever is at it."""

from __future__ import annotations

from dataclasses import astuple

import pytest
import trio

from engine.credits.ledger import Ask, Balances, Cause, Entries, Kind, Move
from engine.credits.plans import DAY_MS, Plan, plan_at
from engine.errors import Conflict, NotEnoughCredits, NotFound
from engine.ids import AccountId
from engine.limits import LIST_PAGE_MAX
from tests.store.world import World

NOBODY = AccountId("nobody0000000000")


def give(amount: int, command: str = "gift") -> Ask:
    return Ask(Kind.GIVE, Cause.OPERATOR, command, amount)


def spend(command: str, amount: int = 1) -> Ask:
    return Ask(Kind.SPEND, Cause.LIKE, command, amount)


async def someone(world: World, credit: int = 0) -> AccountId:
    me, *_ = await world.people(4)
    if credit:
        await world.store.credits.move(me.account, give(credit), now_ms=world.now_ms)
    return me.account


async def moved(world: World, owner: AccountId, ask: Ask) -> tuple[Move, Balances]:
    return await world.store.credits.move(owner, ask, now_ms=world.now_ms)


async def check(world: World, owner: AccountId) -> Balances:
    """See that the moves of somebody sum to zero and to what they have."""
    moves = await world.store.credits.moves(owner, after=None, limit=10_000)
    wallet, held, spent, issued, owed = (
        sum(column)
        for column in zip(astuple(Entries()), *(astuple(m.entries) for m in moves), strict=True)
    )
    balances = (await world.store.credits.purse(owner)).balances
    assert wallet + held + spent + issued + owed == 0
    assert astuple(balances) == (wallet, held, spent, -issued, -owed)
    return balances


async def test_a_move_is_made_once_and_written_with_its_cause(world: World) -> None:
    owner = await someone(world)
    first, balances = await moved(world, owner, give(5))
    assert balances == Balances(wallet=5, issued=5)
    assert (first.cause, first.amount, first.at) == (Cause.OPERATOR, 5, world.now_ms)
    world.clock.now_ms += 7
    assert await moved(world, owner, give(5)) == (first, balances)
    with pytest.raises(Conflict):
        await moved(world, owner, give(6))
    with pytest.raises(NotEnoughCredits):
        await moved(world, owner, spend("s", 6))
    assert await check(world, owner) == balances


async def test_a_spending_is_returned_once(world: World) -> None:
    owner = await someone(world, 3)
    await moved(world, owner, spend("s", 2))
    back = Ask(Kind.RETURN, Cause.UNDO, "s")
    for _ in range(2):
        _, balances = await moved(world, owner, back)
        assert balances == Balances(wallet=3, issued=3)
    with pytest.raises(NotFound):
        await moved(world, owner, Ask(Kind.RETURN, Cause.UNDO, "other"))
    await check(world, owner)


async def test_a_hold_is_settled_one_way(world: World) -> None:
    owner = await someone(world, 3)
    await moved(world, owner, Ask(Kind.HOLD, Cause.ORDER, "h", 2))
    assert await check(world, owner) == Balances(wallet=1, held=2, issued=3)
    await moved(world, owner, Ask(Kind.CAPTURE, Cause.ORDER, "h"))
    with pytest.raises(Conflict):
        await moved(world, owner, Ask(Kind.VOID, Cause.ORDER, "h"))
    assert await check(world, owner) == Balances(wallet=1, spent=2, issued=3)


async def test_a_refund_after_spending_is_a_debt(world: World) -> None:
    owner = await someone(world, 3)
    await moved(world, owner, spend("s", 2))
    await moved(world, owner, Ask(Kind.TAKE_BACK, Cause.REFUND, "r", 3))
    assert await check(world, owner) == Balances(spent=2, owed=2)
    await moved(world, owner, give(2, "more"))
    with pytest.raises(NotEnoughCredits):
        await moved(world, owner, spend("again"))
    assert await check(world, owner) == Balances(spent=2, issued=2)


async def test_a_hundred_parallel_spendings_of_ten(world: World) -> None:
    owner = await someone(world, 10)
    outcomes: list[str] = []

    async def one(number: int) -> None:
        try:
            await moved(world, owner, spend(f"s {number}"))
        except NotEnoughCredits:
            outcomes.append("refused")
        else:
            outcomes.append("spent")

    async with trio.open_nursery() as nursery:
        for number in range(100):
            nursery.start_soon(one, number)
    assert sorted(outcomes) == ["refused"] * 90 + ["spent"] * 10
    assert await check(world, owner) == Balances(spent=10, issued=10)


async def test_parallel_repetitions_take_effect_once(world: World) -> None:
    owner = await someone(world, 10)
    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(moved, world, owner, spend("same", 3))
    assert await check(world, owner) == Balances(wallet=7, spent=3, issued=10)


async def test_moves_come_in_pages_newest_first(world: World) -> None:
    owner = await someone(world, 9)
    for number in range(5):
        await moved(world, owner, spend(f"s {number}"))
    pages: list[str] = []
    after = None
    while page := await world.store.credits.moves(owner, after=after, limit=2):
        pages += [move.key for move in page]
        after = page[-1].key
    assert pages == [*[f"make s {n}" for n in (4, 3, 2, 1, 0)], "make gift"]
    assert await world.store.credits.moves(NOBODY, after=None, limit=LIST_PAGE_MAX) == []


async def test_a_plan_is_seen_at_its_time_by_whoever_looks(world: World) -> None:
    me, one, *_ = await world.people(4)
    grant = world.store.credits.grant
    for _ in range(2):
        term = await grant(me.account, "g", Plan.PREMIUM, 2, now_ms=world.now_ms)
    with pytest.raises(Conflict):
        await grant(me.account, "g", Plan.PREMIUM, 3, now_ms=world.now_ms)
    more = await grant(me.account, "g2", Plan.PREMIUM_PLUS, 1, now_ms=world.now_ms)
    purse = await world.store.credits.purse(me.account)
    assert set(purse.terms) == {term, more}
    assert plan_at(purse.terms, world.now_ms) is Plan.PREMIUM_PLUS
    assert (await world.store.accounts.account_of(me.device, me.account)).premium
    await world.like(me, one, super_like=True)
    world.clock.now_ms += 2 * DAY_MS
    assert not (await world.store.accounts.account_of(me.device, me.account)).premium
    assert plan_at(purse.terms, world.now_ms) is Plan.FREE


async def test_nobody_has_nothing(world: World) -> None:
    with pytest.raises(NotFound):
        await moved(world, NOBODY, give(1))
    with pytest.raises(NotFound):
        await world.store.credits.purse(NOBODY)
    with pytest.raises(NotFound):
        await world.store.credits.grant(NOBODY, "g", Plan.PREMIUM, 1, now_ms=world.now_ms)
