"""Contract of orders: what was heard is joined, and its effect is written with it, once."""

from __future__ import annotations

import pytest
import trio

from engine.credits.ledger import Ask, Cause, Kind
from engine.credits.plans import DAY_MS, Plan, plan_at
from engine.errors import Conflict, NotEnoughCredits, NotFound, RateLimited
from engine.ids import AccountId, OrderId
from engine.limits_payments import (
    ORDER_ASK_FIRST_MS,
    ORDERS_KEPT_MS,
    ORDERS_OPEN_MAX,
)
from engine.model.look import Look
from engine.payments.catalogue import ProductId, on_sale
from engine.payments.order import Dispute, Ending, Heard, OrderState
from engine.payments.provider import ProviderName
from engine.ports.payments import OrderDraft, Placed, Told
from tests.store.test_erasure import leave_for_good
from tests.store.world import World

TEN = ProductId("credits_10")
MONTH = ProductId("premium_month")
LOOK = Look("kim", "desk", "asked for it")
NOBODY = AccountId("nobody0000000000")


def draft_of(product: ProductId = TEN, provider: ProviderName = ProviderName.TOSS) -> OrderDraft:
    catalogue = on_sale()
    price = catalogue.product(product).price
    return OrderDraft(product, catalogue.version, provider, price)


async def someone(world: World) -> AccountId:
    me, *_ = await world.people(4)
    return me.account


async def placed(
    world: World,
    owner: AccountId,
    product: ProductId = TEN,
    provider: ProviderName = ProviderName.TOSS,
) -> Placed:
    """Place an order and send its buyer to the provider."""
    orders = world.store.orders
    order = await orders.create(owner, draft_of(product, provider), now_ms=world.now_ms)
    return await orders.sent(order.order_id, "ref", now_ms=world.now_ms)


async def hear(
    world: World, order: Placed, heard: Heard, event: str | None = None
) -> tuple[Placed, bool]:
    told = Told("ref", heard)
    return await world.store.orders.hear(order.order_id, told, event, now_ms=world.now_ms)


def paid(order: Placed, refunded: int = 0, dispute: Dispute = Dispute.NONE) -> Heard:
    return Heard(order.draft.price.amount, refunded, dispute)


async def wallet(world: World, owner: AccountId) -> tuple[int, int]:
    """Return what may be spent, and the debt."""
    balances = (await world.store.credits.purse(owner)).balances
    return balances.wallet, balances.owed


async def plan(world: World, owner: AccountId) -> Plan:
    return plan_at((await world.store.credits.purse(owner)).terms, world.now_ms)


async def test_an_order_belongs_to_its_buyer_and_is_listed_newest_first(world: World) -> None:
    owner, orders = await someone(world), world.store.orders
    made = []
    for step in range(3):
        world.clock.now_ms += step
        made.append(await orders.create(owner, draft_of(), now_ms=world.now_ms))
    assert [one.order.state for one in made] == [OrderState.CREATED] * 3
    listed = await orders.orders(owner, after=None, limit=2)
    assert list(listed) == [made[2], made[1]]
    assert list(await orders.orders(owner, after=listed[-1].order_id, limit=2)) == [made[0]]
    assert await orders.order(owner, made[0].order_id) == made[0]
    other = (await world.people(4))[1].account
    with pytest.raises(NotFound):
        await orders.order(other, made[0].order_id)
    assert list(await orders.orders(other, after=made[0].order_id, limit=9)) == []
    with pytest.raises(NotFound):
        await orders.placed(OrderId("unknown000000000"))
    with pytest.raises(NotFound):
        await orders.create(NOBODY, draft_of(), now_ms=world.now_ms)


async def test_too_many_open_orders_are_refused(world: World) -> None:
    owner = await someone(world)
    first, *_ = [await placed(world, owner) for _ in range(ORDERS_OPEN_MAX)]
    with pytest.raises(RateLimited):
        await placed(world, owner)
    await hear(world, first, Heard(ending=Ending.CANCELLED))
    await placed(world, owner)


async def test_money_becomes_credits_once_however_often_it_is_heard(world: World) -> None:
    owner = await someone(world)
    order = await placed(world, owner)
    known, new = await hear(world, order, paid(order), "first")
    assert (known.order.state, known.ask_at, new) == (OrderState.APPLIED, None, True)
    for event in ("first", "second", None):
        again, new = await hear(world, order, paid(order), event)
        assert (again, new) == (known, False)
    assert await wallet(world, owner) == (10, 0)
    (move,) = await world.store.credits.moves(owner, after=None, limit=9)
    assert (move.cause, move.about) == (Cause.ORDER, order.order_id)


async def test_an_event_of_one_provider_is_none_of_another(world: World) -> None:
    owner = await someone(world)
    for provider in (ProviderName.TOSS, ProviderName.KAKAO):
        order = await placed(world, owner, provider=provider)
        _, new = await hear(world, order, paid(order), "same name")
        assert new
    assert await wallet(world, owner) == (20, 0)


async def test_many_at_once_give_once(world: World) -> None:
    owner = await someone(world)
    order = await placed(world, owner)
    news: list[bool] = []

    async def post(event: str) -> None:
        news.append((await hear(world, order, paid(order), event))[1])

    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(post, f"event {number % 5}")
    assert sum(news) == 1
    assert await wallet(world, owner) == (10, 0)


async def test_what_was_spent_of_a_refund_is_a_debt_that_blocks_spending(world: World) -> None:
    owner, ledger = await someone(world), world.store.credits
    order = await placed(world, owner)
    await hear(world, order, paid(order))
    spend = Ask(Kind.SPEND, Cause.LIKE, "spent", 4)
    await ledger.move(owner, spend, now_ms=world.now_ms)
    known, _ = await hear(world, order, paid(order, refunded=order.draft.price.amount))
    assert known.order.state is OrderState.REFUNDED
    assert await wallet(world, owner) == (0, 4)
    with pytest.raises(NotEnoughCredits):
        await ledger.move(owner, Ask(Kind.SPEND, Cause.LIKE, "more", 1), now_ms=world.now_ms)
    again = await placed(world, owner)
    await hear(world, again, paid(again))
    assert await wallet(world, owner) == (6, 0)


async def test_a_dispute_takes_back_and_gives_again_when_it_is_won(world: World) -> None:
    owner = await someone(world)
    order = await placed(world, owner)
    await hear(world, order, paid(order))
    disputed, _ = await hear(world, order, paid(order, dispute=Dispute.OPEN))
    assert disputed.order.state is OrderState.DISPUTED
    assert disputed.ask_at is not None
    assert await wallet(world, owner) == (0, 0)
    await hear(world, order, paid(order, dispute=Dispute.WON))
    assert await wallet(world, owner) == (10, 0)


async def test_another_amount_than_the_price_gives_nothing_and_goes_back(world: World) -> None:
    owner = await someone(world)
    order = await placed(world, owner)
    known, _ = await hear(world, order, Heard(4_499))
    assert (known.order.state, known.order.to_refund) == (OrderState.REFUNDING, 4_499)
    assert known.ask_at == world.now_ms
    assert await wallet(world, owner) == (0, 0)


async def test_a_month_is_given_lengthened_and_taken_back(world: World) -> None:
    owner = await someone(world)
    first, second = await placed(world, owner, MONTH), await placed(world, owner, MONTH)
    await hear(world, first, paid(first))
    await hear(world, second, paid(second))
    terms = (await world.store.credits.purse(owner)).terms
    begin = world.now_ms
    assert [one.starts_at for one in terms] == [begin, begin + 30 * DAY_MS]
    assert await plan(world, owner) is Plan.PREMIUM
    world.clock.now_ms += 10 * DAY_MS
    await hear(world, first, paid(first, refunded=first.draft.price.amount))
    (left,) = (await world.store.credits.purse(owner)).terms
    assert (left.starts_at, left.days) == (world.now_ms, 30)
    await hear(world, second, paid(second, refunded=second.draft.price.amount))
    assert await plan(world, owner) is Plan.FREE
    assert (await world.store.credits.purse(owner)).terms == ()


async def test_an_operator_has_some_of_the_money_go_back(world: World) -> None:
    owner, orders = await someone(world), world.store.orders
    order = await placed(world, owner)
    with pytest.raises(Conflict):
        await orders.take_back(order.order_id, 900, LOOK, now_ms=world.now_ms)
    await hear(world, order, paid(order))
    wanted = await orders.take_back(order.order_id, 900, LOOK, now_ms=world.now_ms)
    assert (wanted.order.state, wanted.order.to_refund) == (OrderState.REFUNDING, 900)
    assert await wallet(world, owner) == (10, 0)
    with pytest.raises(Conflict):
        await orders.take_back(order.order_id, 800, LOOK, now_ms=world.now_ms)
    with pytest.raises(Conflict):
        await orders.take_back(order.order_id, 4_501, LOOK, now_ms=world.now_ms)
    (said,) = [
        one
        for one in await world.store.operator_log.page(after=0, limit=1_000)
        if one.subject == order.order_id
    ]
    assert (said.look, said.deed) == (LOOK, "refund 900")
    known, _ = await hear(world, order, paid(order, refunded=900))
    assert (known.order.state, known.order.to_refund) == (OrderState.APPLIED, 0)
    assert await wallet(world, owner) == (8, 0)


async def test_due_orders_are_lent_to_one_who_asks(world: World) -> None:
    owner, orders = await someone(world), world.store.orders
    order = await placed(world, owner)
    assert order.ask_at == world.now_ms + ORDER_ASK_FIRST_MS
    world.clock.now_ms += ORDER_ASK_FIRST_MS

    async def due() -> list[OrderId]:
        found = await orders.due(now_ms=world.now_ms, limit=100, lease_ms=1_000)
        return [one.order_id for one in found if one.order_id == order.order_id]

    assert await due() == [order.order_id]
    assert await due() == []
    world.clock.now_ms += 1_000
    assert await due() == [order.order_id]
    await orders.ask_again(order.order_id, at_ms=world.now_ms + 5, in_vain=True)
    assert (await orders.placed(order.order_id)).asked == 1
    world.clock.now_ms += 5
    assert await due() == [order.order_id]
    await orders.ask_again(order.order_id, at_ms=None, in_vain=False)
    world.clock.now_ms += ORDERS_KEPT_MS // 2
    assert await due() == []


async def test_the_audit_finds_what_the_ledger_and_the_plans_say(world: World) -> None:
    owner, orders = await someone(world), world.store.orders
    ten, month = await placed(world, owner), await placed(world, owner, MONTH)
    unpaid = await placed(world, owner)
    for order in (ten, month):
        await hear(world, order, paid(order))
    found, after = {}, None
    while page := await orders.audit(after=after, limit=1):
        ((one, granted),) = page
        found[one.order_id], after = (one.order.given, granted), one.order_id
    assert found[ten.order_id] == (10, 10)
    assert found[month.order_id] == (30, 30)
    assert unpaid.order_id not in found


async def test_records_outlive_the_buyer_and_name_nobody(world: World) -> None:
    signed = await world.enter(world.phone())
    orders = world.store.orders
    order, late = await placed(world, signed.account), await placed(world, signed.account)
    await hear(world, order, paid(order))
    await leave_for_good(world, signed.account)
    kept = await orders.placed(order.order_id)
    assert (kept.owner, kept.order.given) == (None, 10)
    # Money that comes when there is nobody to give anything to goes back.
    known, _ = await hear(world, late, paid(late))
    assert known.order.to_refund == late.draft.price.amount
    await orders.purge(now_ms=order.created_at + ORDERS_KEPT_MS)
    assert (await orders.placed(order.order_id)).owner is None
    assert await orders.purge(now_ms=order.created_at + ORDERS_KEPT_MS + 1) >= 2
    with pytest.raises(NotFound):
        await orders.placed(order.order_id)
