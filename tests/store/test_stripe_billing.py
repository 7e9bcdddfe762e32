"""Stripe Billing behind our port: each period one invoice, changes by either side, the portal."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import httpx
import pytest

from api.dev_providers.stripe import Stripe, signed
from api.dev_providers.stripe_things import DAY_S, Subscription
from api.dev_providers.trouble import Fault
from engine.errors import Conflict, NotFound, Unavailable
from engine.ids import OrderId
from engine.payments.order import Dispute, Ending, Heard
from engine.payments.subscription import Standing, Wish
from engine.ports.payments import Bill, Hint, Told
from tests.store.paying import BILL, ORDER, PAID, Till, buy, open_till

MONTH = replace(BILL, renews=True, days=30)
SECOND = replace(MONTH, order=OrderId("P" * 16))
THIRD = replace(MONTH, order=OrderId("Q" * 16))
GOES, STOPS, RESTS = Standing(False, False), Standing(True, False), Standing(False, True)


@dataclass
class Plan:
    """A subscription at the double, and its clock."""

    till: Till
    double: Stripe
    at_s: int = 1_795_000_000
    mandate: str = ""
    reference: str = ""

    @property
    def theirs(self) -> Subscription:
        return self.double.begun(ORDER)

    def days(self, count: float) -> None:
        """Let time pass at Stripe."""
        self.at_s += int(count * DAY_S)
        self.double.tick()

    async def begin(self, bill: Bill = MONTH) -> Told:
        page = await self.till.provider.begin(bill)
        told = await self.till.provider.confirm(bill, page.reference, await buy(page.url))
        self.mandate, self.reference = told.mandate, told.reference
        return told

    async def renew(self, bill: Bill = SECOND, *, take: bool = True) -> Told:
        return await self.till.provider.renew(bill, self.mandate, "", since_ms=0, take=take)

    async def no_invoice(self, bill: Bill = SECOND) -> None:
        """See that none is written for a period."""
        with pytest.raises(Unavailable):
            await self.renew(bill)

    async def steer(self, wish: Wish, key: str) -> None:
        await self.till.provider.steer(self.mandate, wish, key=key)

    async def standing(self) -> Standing | None:
        return await self.till.provider.standing(self.mandate)

    async def hints(self) -> list[Hint | None]:
        """Read all webhooks so far."""
        told = []
        for body in self.double.hooks:
            headers = signed(body, at_s=self.at_s)
            told.append(await self.till.provider.hint(headers, body, now_ms=self.at_s * 1_000))
        return told


@pytest.fixture
async def plan(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Plan]:
    """A month that renews, just begun."""
    monkeypatch.setattr("store.providers.payment_calls.PAYMENT_CALL_S_MAX", 1.0)
    async with open_till("stripe") as till:
        assert isinstance(till.double, Stripe)
        one = Plan(till, till.double)
        till.double.now_s = lambda: one.at_s
        yield one


async def test_what_renews_begins_with_a_payment_and_a_mandate(plan: Plan) -> None:
    page = await plan.till.provider.begin(MONTH)
    assert await plan.till.provider.ask(MONTH, page.reference) == Told(page.reference, Heard())
    told = await plan.begin()
    assert (told.heard, told.mandate, bool(told.receipt)) == (PAID, plan.theirs.id, True)
    assert (plan.theirs.days, plan.theirs.metadata) == (30, {"order": ORDER})
    assert await plan.till.provider.ask(MONTH, told.reference) == told


async def test_a_page_that_was_left_begins_nothing(plan: Plan) -> None:
    page = await plan.till.provider.begin(MONTH)
    returned = await buy(page.url, "decline")
    told = await plan.till.provider.confirm(MONTH, page.reference, returned)
    assert told == Told(page.reference, Heard(ending=Ending.CANCELLED))


async def test_a_period_is_charged_when_it_is_due_and_has_an_order_of_its_own(plan: Plan) -> None:
    await plan.begin()
    await plan.no_invoice()
    plan.days(30)
    told = await plan.renew()
    assert (told.heard, bool(told.receipt)) == (PAID, True)
    assert told.reference.startswith("in_")
    assert await plan.renew() == told
    assert await plan.till.provider.ask(SECOND, told.reference) == told
    assert await plan.till.provider.renew(SECOND, "", told.reference, since_ms=0) == told
    with pytest.raises(NotFound):
        await plan.till.provider.ask(THIRD, told.reference)
    assert (plan.till.taken(SECOND.order), len(plan.double.payments)) == (4_500, 2)


async def test_no_invoice_pays_for_two_orders(plan: Plan) -> None:
    await plan.begin()
    plan.days(61)
    first, second = await plan.renew(), await plan.renew(THIRD)
    assert (first.heard, second.heard) == (PAID, PAID)
    assert first.reference < second.reference  # the oldest first
    fourth = replace(MONTH, order=OrderId("R" * 16))
    await plan.no_invoice(fourth)
    assert len(plan.double.payments) == 3


@pytest.mark.parametrize("step", ["invoices", "finalize", "pay"])
@pytest.mark.parametrize("fault", [Fault.LOSE, Fault.DROP])
async def test_an_answer_that_was_lost_on_the_way_to_a_period_costs_nothing(
    plan: Plan, step: str, fault: Fault
) -> None:
    await plan.begin()
    plan.days(30)
    plan.till.troubles.plan(step, fault)
    with pytest.raises(Unavailable):
        await plan.renew()
    plan.days(0.1)
    assert (await plan.renew()).heard == PAID
    assert len(plan.double.payments) == 2


async def test_a_card_that_says_no_is_tried_again_by_stripe(plan: Plan) -> None:
    await plan.begin()
    plan.theirs.good = False
    plan.days(30)
    told = await plan.renew()
    assert (told.heard, told.reference[:3]) == (Heard(), "in_")
    plan.days(2)
    assert await plan.renew() == told
    plan.theirs.good = True
    plan.days(2)
    assert (await plan.till.provider.ask(SECOND, told.reference)).heard == PAID
    assert await plan.standing() == GOES


async def test_who_never_pays_is_cancelled_there_after_a_week(plan: Plan) -> None:
    await plan.begin()
    plan.theirs.good = False
    plan.days(30)
    await plan.renew()
    plan.days(8)
    assert await plan.standing() == STOPS
    with pytest.raises(Conflict):
        await plan.steer(Wish.GO, "go")


async def test_what_was_charged_without_us_is_found_and_what_was_not_is_not(plan: Plan) -> None:
    await plan.begin()
    plan.days(30)
    with pytest.raises(Conflict):
        await plan.renew(take=False)
    assert plan.theirs.invoices[-1].status == "draft"
    plan.days(0.1)
    assert (await plan.renew(take=False)).heard == PAID


async def test_free_days_begin_without_money_and_end_with_a_period(plan: Plan) -> None:
    bill = replace(MONTH, trial_days=7)
    told = await plan.begin(bill)
    assert (told.heard, bool(told.mandate)) == (Heard(ending=Ending.TRIAL), True)
    assert await plan.till.provider.ask(bill, told.reference) == told
    await plan.no_invoice()
    plan.days(7)
    assert (await plan.renew()).heard == PAID
    assert len(plan.double.payments) == 1


async def test_what_a_buyer_wants_reaches_stripe_once_for_each_key(plan: Plan) -> None:
    await plan.begin()
    for key, wish, standing in [
        ("1", Wish.STOP, STOPS),
        ("2", Wish.GO, GOES),
        ("3", Wish.HOLD, RESTS),
        ("4", Wish.GO, GOES),
    ]:
        await plan.steer(wish, key)
        assert await plan.standing() == standing
    await plan.steer(Wish.STOP, "1")  # its answer was lost, and so it comes again
    assert await plan.standing() == GOES
    await plan.steer(Wish.STOP, "5")
    plan.days(31)
    assert (await plan.standing(), len(plan.double.payments)) == (STOPS, 1)
    for wish in (Wish.STOP, Wish.HOLD):
        await plan.steer(wish, f"6 {wish}")
    with pytest.raises(Conflict):
        await plan.steer(Wish.GO, "7")


async def test_who_pauses_for_longer_than_they_have_paid_pays_when_they_resume(plan: Plan) -> None:
    await plan.begin()
    await plan.steer(Wish.HOLD, "1")
    plan.days(50)
    await plan.no_invoice()
    assert len(plan.double.payments) == 1
    await plan.steer(Wish.GO, "2")
    assert (await plan.renew()).heard == PAID
    plan.days(29)
    assert len(plan.double.payments) == 2
    plan.days(2)
    assert len(plan.double.payments) == 3


async def test_who_resumes_in_time_pays_at_the_end_of_the_period(plan: Plan) -> None:
    await plan.begin()
    await plan.steer(Wish.HOLD, "1")
    plan.days(20)
    await plan.steer(Wish.GO, "2")
    await plan.no_invoice()
    plan.days(10)
    assert (await plan.renew()).heard == PAID


async def test_an_end_leaves_nothing_that_could_be_charged(plan: Plan) -> None:
    await plan.begin()
    plan.theirs.good = False
    plan.days(30)
    await plan.renew()
    for _ in range(2):
        await plan.steer(Wish.END, "end")
    assert (plan.theirs.forgotten, plan.theirs.over) == (True, True)
    assert plan.theirs.invoices[-1].status == "void"
    assert await plan.standing() == STOPS
    with pytest.raises(Conflict):
        await plan.till.provider.portal(plan.mandate, "ko")
    ended = await plan.till.provider.ask(SECOND, plan.theirs.invoices[-1].id)
    assert ended.heard == Heard(ending=Ending.FAILED)


async def test_a_mandate_nobody_knows_is_cancelled_and_ends_quietly(plan: Plan) -> None:
    plan.mandate = "sub_unknown"
    assert await plan.standing() == STOPS
    await plan.steer(Wish.END, "end")
    await plan.steer(Wish.STOP, "stop")
    with pytest.raises(Conflict):
        await plan.steer(Wish.GO, "go")
    with pytest.raises(NotFound):
        await plan.renew()
    with pytest.raises(Conflict):
        await plan.till.provider.portal(plan.mandate, "ko")


async def test_money_of_a_period_goes_back_once_for_each_key(plan: Plan) -> None:
    await plan.begin()
    plan.days(30)
    reference = (await plan.renew()).reference
    for _ in range(2):
        told = await plan.till.provider.refund(SECOND, reference, 500, key="once")
        assert told.heard == Heard(4_500, 500)
    first = await plan.till.provider.refund(MONTH, plan.reference, 4_500, key="all")
    assert first.heard == Heard(4_500, 4_500)


async def test_the_portal_is_a_page_where_one_cancels_and_the_form_is_made_once(plan: Plan) -> None:
    await plan.begin()
    for _ in range(2):
        url = await plan.till.provider.portal(plan.mandate, "ko")
    assert len(plan.double.billing.forms) == 1
    async with httpx.AsyncClient() as browser:
        shown = await browser.get(url)
        assert (shown.status_code, "http://shop.example/#shop" in shown.text) == (200, True)
        await browser.post(url, data={"choice": "cancel"})
        assert await plan.standing() == STOPS
        await browser.post(url, data={"choice": "resume"})
    assert await plan.standing() == GOES
    asked = [one for one in plan.till.door.asked if one.path.endswith("portal/configurations")]
    features = asked[-1].body.decode()
    assert "subscription_update%5D%5Benabled%5D=false" in features.replace("[", "%5B").replace(
        "]", "%5D"
    )


async def test_every_event_names_an_order_that_can_be_asked_about(plan: Plan) -> None:
    await plan.begin()
    assert {(one.order, one.renews) for one in await plan.hints() if one is not None} == {
        (ORDER, True),
        (ORDER, False),
    }
    plan.double.hooks.clear()
    plan.theirs.good = False
    plan.days(30.1)
    assert [(one.order, one.reference, one.renews) for one in await plan.hints() if one] == [
        (ORDER, "", True)
    ] * 3
    reference = (await plan.renew()).reference
    plan.double.hooks.clear()
    plan.theirs.good = True
    plan.days(2)
    plan.double.dispute(SECOND.order, "needs_response")
    await plan.till.provider.refund(SECOND, reference, 500, key="k")
    paid, updated, disputed, refunded = await plan.hints()
    assert updated == Hint("evt_000000000000000001", ORDER, "", renews=True)
    for number, one in [(0, paid), (2, disputed), (3, refunded)]:
        event = f"evt_{number:018d}"
        assert one == Hint(event, SECOND.order, reference, renews=True)
    told = await plan.till.provider.ask(SECOND, reference)
    assert told.heard == Heard(4_500, 500, Dispute.OPEN)
    assert "invoice.paid" in json.loads(plan.double.hooks[0])["type"]


@pytest.mark.parametrize(
    "about",
    [
        {"object": "subscription", "id": "sub_1", "metadata": {}},
        {"object": "subscription", "id": "sub_1", "metadata": {"order": "not an id"}},
        {"object": "invoice", "id": "in_1", "parent": None},
        {"object": "invoice", "id": "in_1", "parent": {"subscription_details": None}},
        {"object": "charge", "id": "ch_1", "payment_intent": "pi_of_another_shop"},
    ],
)
async def test_what_renews_elsewhere_is_no_business_of_ours(
    plan: Plan, about: dict[str, object]
) -> None:
    body = json.dumps({"id": "evt_1", "data": {"object": about}}).encode()
    headers = signed(body, at_s=plan.at_s)
    assert await plan.till.provider.hint(headers, body, now_ms=plan.at_s * 1_000) is None
