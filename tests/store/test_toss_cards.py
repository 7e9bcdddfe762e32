"""Cards at Toss: shown once, charged once for each order, and forgotten when it is over."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from api.dev_providers.door import Answer, Asked
from api.dev_providers.toss import KEY, Toss
from api.dev_providers.trouble import Fault
from engine.errors import BadRequest, Conflict, NotFound, Unavailable
from engine.payments.order import Ending, Heard
from engine.payments.subscription import Wish
from engine.ports.payments import Bill, Told
from store.providers.payment_calls import Shop
from store.providers.toss_payments import open_toss
from tests.store.paying import (
    BACK,
    BILL,
    CARDS,
    ORDER,
    OTHER,
    PAID,
    Till,
    answering,
    bill,
    buy,
    cards_of,
    open_till,
    show_card,
)

FIRST = replace(BILL, renews=True)
SECOND = replace(bill(OTHER), renews=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the dead no longer than a test likes to."""
    monkeypatch.setattr("store.providers.payment_calls.PAYMENT_CALL_S_MAX", 1.0)


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    async with open_till("toss") as opened:
        yield opened


def cards(till: Till) -> Toss:
    """See what the double has."""
    assert isinstance(till.double, Toss)
    return till.double


async def agreed(till: Till, asked: Bill = FIRST) -> str:
    """Show a card; gives the mandate."""
    page = await till.provider.begin(asked)
    assert (page.url, page.reference) == (f"{CARDS}?order={asked.order}", "")
    told = await till.provider.confirm(asked, "", await show_card(till, asked))
    assert (told.heard, told.reference) == (Heard(), "")
    return told.mandate


async def charge(till: Till, mandate: str, asked: Bill = FIRST) -> Told:
    return await till.provider.renew(asked, mandate, "", since_ms=0)


async def test_a_card_is_shown_and_charged_once_for_each_order(till: Till) -> None:
    mandate = await agreed(till)
    assert till.taken() == 0
    told = await charge(till, mandate)
    assert told.heard == PAID
    assert await charge(till, mandate) == told
    assert await till.provider.ask(FIRST, "") == told
    assert (await charge(till, mandate, SECOND)).heard == PAID
    assert (till.taken(ORDER), till.taken(OTHER)) == (4_500, 4_500)
    # A key is Base64: what an address cannot have must be quoted, and is what was given.
    (key,) = cards(till).cards.cards
    assert {"+", "/", "="} <= set(key)
    assert mandate == f"{ORDER}.{key}"


async def test_an_answer_that_was_lost_charges_nobody_twice(till: Till) -> None:
    mandate = await agreed(till)
    for fault in (Fault.DROP, Fault.LOSE, Fault.GARBLE, Fault.REFUSE):
        till.troubles.plan("charge", fault)
        with pytest.raises(Unavailable):
            await charge(till, mandate)
    told = await charge(till, mandate)
    assert (told.heard, till.taken()) == (PAID, 4_500)
    # Its provider forgets what it answered to which key: the order is known by then.
    cards(till).keys.kept.clear()
    assert await charge(till, mandate) == told
    assert till.taken() == 4_500


async def test_a_lost_answer_of_the_card_is_asked_for_again(till: Till) -> None:
    await till.provider.begin(FIRST)
    returned = await show_card(till, FIRST)
    till.troubles.plan("issue", Fault.LOSE)
    with pytest.raises(Unavailable):
        await till.provider.confirm(FIRST, "", returned)
    told = await till.provider.confirm(FIRST, "", returned)
    assert told.mandate
    assert len(cards(till).cards.cards) == 1


async def test_the_card_of_another_order_is_nobodys(till: Till) -> None:
    returned = await show_card(till, SECOND)
    with pytest.raises(NotFound):
        await till.provider.confirm(FIRST, "", returned)
    with pytest.raises(Conflict):  # who says that it is theirs is not believed either
        await till.provider.confirm(FIRST, "", returned | {"customerKey": ORDER})
    for wrong in ({}, {"authKey": "no key!", "customerKey": ORDER}):
        with pytest.raises(BadRequest):
            await till.provider.confirm(FIRST, "", wrong)
    assert cards(till).cards.cards == {}


async def test_a_mandate_charges_with_its_own_card_only(till: Till) -> None:
    first, second = await agreed(till), await agreed(till, SECOND)
    mixed = f"{OTHER}.{first.partition('.')[2]}"
    for wrong in (mixed, "mandate", f"{ORDER}.", f"{ORDER}.not/../a key"):
        with pytest.raises((Conflict, NotFound)):
            await charge(till, wrong)
    assert till.taken() == 0
    assert (await charge(till, second, SECOND)).heard == PAID


async def test_an_empty_card_is_told_and_nothing_is_taken(till: Till) -> None:
    mandate = await agreed(till)
    (card,) = cards(till).cards.cards.values()
    card.empty = True
    with pytest.raises(Conflict):
        await charge(till, mandate)
    card.empty = False
    # The same order is answered as before; the next one is charged.
    with pytest.raises(Conflict):
        await charge(till, mandate)
    assert till.taken() == 0
    assert (await charge(till, mandate, SECOND)).heard == PAID


async def test_who_walks_away_has_shown_nothing(till: Till) -> None:
    returned = await show_card(till, FIRST, "decline")
    assert returned["failed"] == "1"
    assert await till.provider.confirm(FIRST, "", returned) == Told("", Heard())
    assert (await charge(till, await agreed(till))).heard == PAID  # they may come back


async def test_a_charge_that_is_under_way_is_no_refusal(till: Till) -> None:
    mandate = await agreed(till)

    def busy(asked: Asked) -> Answer:
        if asked.method == "GET":  # nothing has come of it yet
            return till.double(asked)
        return Answer(409, json.dumps({"code": "IDEMPOTENT_REQUEST_PROCESSING"}).encode())

    with answering(till, busy), pytest.raises(Unavailable):
        await charge(till, mandate)
    assert (await charge(till, mandate)).heard == PAID


async def test_to_find_a_charge_takes_none(till: Till) -> None:
    mandate = await agreed(till)
    with pytest.raises(Conflict):
        await till.provider.renew(FIRST, mandate, "", since_ms=0, take=False)
    assert till.taken() == 0
    told = await charge(till, mandate)
    assert await till.provider.renew(FIRST, mandate, "", since_ms=0, take=False) == told


async def test_money_of_a_card_goes_back_like_any_other(till: Till) -> None:
    told = await charge(till, await agreed(till))
    for _ in range(2):
        back = await till.provider.refund(FIRST, told.reference, 500, key="back")
        assert back.heard == Heard(4_500, 500)
    assert till.taken() == 4_000


async def test_an_end_forgets_the_card_and_nothing_else_does(till: Till) -> None:
    mandate = await agreed(till)
    for wish in (Wish.STOP, Wish.HOLD, Wish.GO):
        await till.provider.steer(mandate, wish, key=wish)
    assert (await charge(till, mandate)).heard == PAID
    for fault in (Fault.REFUSE, Fault.LOSE):
        till.troubles.plan("forget", fault)
        with pytest.raises(Unavailable):
            await till.provider.steer(mandate, Wish.END, key="end")
    await till.provider.steer(mandate, Wish.END, key="end")
    assert cards(till).cards.cards == {}
    assert len(cards(till).cards.deleted) == 1
    # It is gone already, or Toss has its reasons: an end is an end.
    await till.provider.steer(mandate, Wish.END, key="end")
    with answering(till, lambda _: Answer(403, b'{"code": "FORBIDDEN_REQUEST"}')):
        await till.provider.steer(mandate, Wish.END, key="end")
    with pytest.raises(Conflict):
        await charge(till, mandate, SECOND)


async def test_free_days_begin_with_a_card_and_no_money(till: Till) -> None:
    assert till.provider.tries
    trial = replace(FIRST, trial_days=7)
    told = await till.provider.confirm(trial, "", await show_card(till, trial))
    assert (told.heard, bool(told.mandate)) == (Heard(ending=Ending.TRIAL), True)
    assert till.taken() == 0
    assert (await charge(till, told.mandate, SECOND)).heard == PAID


async def test_the_shop_that_keeps_cards_may_have_a_key_of_its_own(till: Till) -> None:
    shop = Shop(till.door.url, KEY, BACK + "toss")
    async with open_toss(shop, cards_of(till.door, "live_sk_other")) as provider:
        page = await provider.begin(BILL)
        told = await provider.confirm(BILL, page.reference, await buy(page.url))
        assert told.heard == PAID
        with pytest.raises(Unavailable):  # the double does not know that key
            await provider.confirm(SECOND, "", await show_card(till, SECOND))
        asked = till.door.asked[-1].headers["Authorization"]
    assert asked != till.door.asked[0].headers["Authorization"]


async def test_without_a_client_key_nothing_renews(till: Till) -> None:
    async with open_toss(Shop(till.door.url, KEY, BACK + "toss")) as provider:
        assert (provider.renews, provider.tries) == (False, False)
        with pytest.raises(Conflict):
            await provider.begin(FIRST)
        with pytest.raises(NotFound):
            provider.card(FIRST)
    with pytest.raises(NotFound):  # nor is a card shown for what is bought once
        till.provider.card(BILL)


async def test_a_billing_key_reaches_no_log(till: Till, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = await till.provider.confirm(FIRST, "", await show_card(till, FIRST))
    await charge(till, told.mandate)
    till.troubles.plan("charge", Fault.DROP)
    with pytest.raises(Unavailable) as failed:
        await charge(till, told.mandate, SECOND)
    (key,) = cards(till).cards.cards
    for said in (caplog.text, repr(told), repr(failed.value), str(failed.value)):
        assert key not in said
        assert key[4:36] not in said  # what an address does not quote
