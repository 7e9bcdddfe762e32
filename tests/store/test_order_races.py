"""Contract of orders that many hear of at once, and in any order: what is known is joined."""

from __future__ import annotations

from functools import partial
from itertools import permutations

import trio

from engine.credits.plans import DAY_MS
from engine.errors import RateLimited, Refused
from engine.limits_payments import ORDERS_OPEN_MAX
from engine.payments.order import Dispute, Heard, OrderState
from engine.ports.payments import Told
from tests.store.test_orders import LOOK, MONTH, draft_of, hear, paid, placed, someone, wallet
from tests.store.world import World

# All that a provider can have said of a payment that was paid, disputed, given back in part, won.
STORY = (
    Heard(4_500),
    Heard(4_500, dispute=Dispute.OPEN),
    Heard(4_500, 900, Dispute.OPEN),
    Heard(4_500, 900, Dispute.WON),
)


async def test_a_story_that_is_heard_in_any_order_ends_alike(world: World) -> None:
    """faults.md 38: all orders of four answers, and the first of them once more at the end."""
    owner = await someone(world)
    ends = []
    for number, story in enumerate(permutations(STORY)):
        order = await placed(world, owner)
        for heard in (*story, story[0]):
            known, _ = await hear(world, order, heard)
        ends.append((known.order.state, known.order.given, known.order.heard))
        assert await wallet(world, owner) == (8 * (number + 1), 0)
    assert ends == [(OrderState.APPLIED, 8, STORY[-1])] * 24


async def test_a_copy_of_an_event_says_nothing_more(world: World) -> None:
    """faults.md 37: whatever stands in it, since an event was applied when it was first heard."""
    order = await placed(world, await someone(world))
    first, _ = await hear(world, order, paid(order), "event")
    again, new = await hear(world, order, paid(order, refunded=900), "event")
    assert (again, new) == (first, False)
    _, new = await hear(world, order, paid(order, refunded=900), "another")
    assert new


async def test_an_event_that_brought_nothing_is_not_kept(world: World) -> None:
    order = await placed(world, await someone(world))
    for _ in range(2):
        _, new = await hear(world, order, Heard(), "silent")
        assert not new
    known, new = await hear(world, order, paid(order), "silent")
    assert (known.order.state, new) == (OrderState.APPLIED, True)


async def test_answers_that_come_at_once_are_all_known(world: World) -> None:
    """faults.md 39: from many sides, while the buyer is sent away and an operator refunds."""
    owner, orders = await someone(world), world.store.orders
    for _ in range(5):
        order = await orders.create(owner, draft_of(), now_ms=world.now_ms)
        name, before = order.order_id, await wallet(world, owner)
        took_back: list[int] = []

        async def take_back(amount: int) -> None:
            try:
                await orders.take_back(name, amount, LOOK, now_ms=world.now_ms)  # noqa: B023
            except Refused:  # it is not paid yet, or more goes back already
                return
            took_back.append(amount)  # noqa: B023

        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(orders.sent, name, "ref", now_ms=world.now_ms))
            for answer in (*STORY, *STORY):
                told = Told("ref", answer)
                nursery.start_soon(partial(orders.hear, name, told, None, now_ms=world.now_ms))
            for amount in (450, 900, 1_350):
                nursery.start_soon(take_back, amount)
        known = (await orders.placed(name)).order
        assert (known.sent, known.heard, known.given) == (True, STORY[-1], 8)
        assert known.back == max(took_back, default=0)
        assert await wallet(world, owner) == (before[0] + 8, 0)


async def test_two_months_that_are_paid_at_once_are_two_months(world: World) -> None:
    owner = await someone(world)
    months = [await placed(world, owner, MONTH) for _ in range(4)]
    async with trio.open_nursery() as nursery:
        for order in months:
            nursery.start_soon(hear, world, order, paid(order))
    terms = (await world.store.credits.purse(owner)).terms
    begins = [world.now_ms + 30 * DAY_MS * number for number in range(len(months))]
    assert [one.starts_at for one in terms] == begins


async def test_orders_that_are_placed_at_once_are_not_too_many(world: World) -> None:
    owner, orders = await someone(world), world.store.orders
    refused: list[bool] = []

    async def place() -> None:
        try:
            await orders.create(owner, draft_of(), now_ms=world.now_ms)
        except RateLimited:
            refused.append(True)

    async with trio.open_nursery() as nursery:
        for _ in range(ORDERS_OPEN_MAX + 10):
            nursery.start_soon(place)
    assert len(refused) == 10
