"""What operators see of money, and how they send it back."""

from __future__ import annotations

import pytest

from engine.credits.ledger import Ask, Cause, Kind
from engine.errors import Conflict, NotFound
from engine.ids import AccountId, OrderId
from tests.api.operating import ask
from tests.api.people import Person, Town, make_town
from tests.api.rest.test_orders import buyer_credits, come_back, order

WHO = ("--operator", "ops-kim", "--why", "asked for it")


async def bought(town: Town) -> tuple[Person, str]:
    fox = await town.newcomer()
    name, _ = await order(fox)
    await come_back(fox, name)
    return fox, name


async def test_where_all_is_well_nothing_is_listed() -> None:
    town = make_town()
    await bought(town)
    assert await ask(town, "money") == "1 paid orders, no difference"


async def test_what_the_ledger_has_and_no_order_gave_is_found() -> None:
    town = make_town()
    _, name = await bought(town)
    owner = (await town.store.orders.placed(OrderId(name))).owner
    assert owner is not None
    taken = Ask(Kind.TAKE_BACK, Cause.OPERATOR, "by hand", 3, about=name)
    await town.store.credits.move(AccountId(owner), taken, now_ms=town.edge.clock())
    with pytest.raises(Conflict) as told:
        await ask(town, "money")
    assert str(told.value).splitlines() == [
        f"{name}  given 10, the ledger has 7",
        "1 paid orders, 1 differences",
    ]


async def test_a_provider_that_cannot_be_asked_is_named_as_that() -> None:
    town = make_town()
    _, name = await bought(town)
    with pytest.raises(Conflict, match=f"{name}  the provider does not say: not_found"):
        await ask(town, "money", "--ask")


async def test_money_goes_back_with_the_benefit_and_stands_in_the_log() -> None:
    town = make_town()
    fox, name = await bought(town)
    assert await ask(town, "refund", name, "--amount", "450", *WHO) == (
        f"{name} refunding: 450 to send back"
    )
    with pytest.raises(Conflict, match="450 wait to be sent back"):
        await ask(town, "money")
    await town.edge.services.paydesk.cashier.reconcile()
    assert (await buyer_credits(fox))["credits"] == 9
    assert await ask(town, "refund", name, *WHO) == f"{name} refunding: 4050 to send back"
    await town.edge.services.paydesk.cashier.reconcile()
    shown = await fox.get(f"/v1/orders/{name}")
    assert (shown["state"], shown["refunded"]) == ("refunded", 4_500)
    assert (await buyer_credits(fox))["credits"] == 0
    assert await ask(town, "money") == "1 paid orders, no difference"
    assert f"refund 4500 ({name}): asked for it" in await ask(town, "log")


@pytest.mark.parametrize("amount", ["4501", "-1"])
async def test_more_than_was_paid_does_not_go_back(amount: str) -> None:
    town = make_town()
    _, name = await bought(town)
    with pytest.raises(Conflict):
        await ask(town, "refund", name, f"--amount={amount}", *WHO)
    for unknown in ("A" * 16, "no id"):
        with pytest.raises(NotFound):
            await ask(town, "refund", unknown, *WHO)
