"""Contract of mandates: an order keeps one while it waits, and it is at rest only sealed."""

from __future__ import annotations

import pytest

from engine.errors import NotFound
from engine.ids import OrderId
from engine.limits_payments import ORDER_ASK_FIRST_MS
from engine.payments.order import Ending, Heard
from engine.ports.payments import Placed
from store.mandates import Mandates
from store.vault import Unsealable, Vault
from tests.store.hands import PostgresHands
from tests.store.test_orders import MONTH, hear, paid, placed, someone
from tests.store.test_subscriptions import subscribed
from tests.store.world import World

CANARY = "order.canary+/="


async def asked(world: World) -> Placed:
    """Place an order, and let its provider be asked about it in vain for a while."""
    order = await placed(world, await someone(world), MONTH)
    await world.store.orders.ask_again(order.order_id, at_ms=world.now_ms * 2, in_vain=True)
    return order


async def test_an_order_keeps_the_first_mandate_and_is_asked_about_soon(world: World) -> None:
    orders, order = world.store.orders, await asked(world)
    name = order.order_id
    assert (order.agreed, await orders.mandate(name)) == (False, "")
    assert await orders.agree(name, CANARY, now_ms=world.now_ms)
    assert not await orders.agree(name, "another", now_ms=world.now_ms)
    kept = await orders.placed(name)
    assert (kept.agreed, kept.asked, kept.ask_at) == (
        True,
        0,
        world.now_ms + ORDER_ASK_FIRST_MS,
    )
    assert await orders.mandate(name) == CANARY
    with pytest.raises(NotFound):
        await orders.agree(OrderId("n" * 16), CANARY, now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await orders.mandate(OrderId("n" * 16))


@pytest.mark.parametrize("ends", [None, Ending.FAILED, Ending.CANCELLED, Ending.TRIAL])
async def test_what_waits_no_more_keeps_none(world: World, ends: Ending | None) -> None:
    orders, order = world.store.orders, await asked(world)
    name = order.order_id
    await orders.agree(name, CANARY, now_ms=world.now_ms)
    assert (await hear(world, order, Heard()))[0].agreed
    heard = paid(order) if ends is None else Heard(ending=ends)
    known, _ = await hear(world, order, heard)
    assert (known.agreed, await orders.mandate(name)) == (False, "")
    assert not await orders.agree(name, CANARY, now_ms=world.now_ms)
    assert await orders.mandate(name) == ""


async def test_at_rest_a_mandate_is_sealed(world: World) -> None:
    order = await asked(world)
    await world.store.orders.agree(order.order_id, CANARY, now_ms=world.now_ms)
    owner = await someone(world)
    await subscribed(world, owner, CANARY)
    assert (await world.store.subscriptions.own(owner)).mandate == CANARY
    if not isinstance(world.hands, PostgresHands):
        return
    for sql in (
        "SELECT string_agg(mandate, ' ') FROM orders WHERE order_id = $1",
        "SELECT string_agg(mandate, ' ') FROM subscriptions WHERE began_by <> $1",
    ):
        kept = await world.hands.value(sql, order.order_id)
        assert isinstance(kept, str)
        assert kept.startswith("sealed:")
        assert "canary" not in kept


def test_a_mandate_opens_in_its_own_row_only() -> None:
    mandates = Mandates(Vault(b"k" * 32, lambda size: b"n" * size))
    kept = mandates.seal(CANARY, "one")
    assert mandates.open(kept, "one") == CANARY
    with pytest.raises(Unsealable):
        mandates.open(kept, "two")
    # KakaoPay's of before they were sealed end as they are.
    assert mandates.open("S1234567890", "two") == "S1234567890"
