"""The shop on the screen: every state of an order in words, and what is refused leads to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.rest import sign_in
from tests.e2e.server import Server

ORDER = "order-of-a-test"
# The shop gives up asking after so many ms; the person says when to go on.
PATIENCE_MS = 61_000

STATES = (
    ("awaiting", "결제 소식을 기다리고 있어요"),
    ("confirmed", "결제됐어요"),
    ("applied", "다 됐어요"),
    ("failed", "결제되지 않았어요"),
    ("cancelled", "결제를 그만뒀어요"),
    ("refunding", "돈을 돌려드리고 있어요"),
    ("refunded", "돈을 돌려드렸어요"),
    ("disputed", "결제에 이의가 있어 살펴보고 있어요"),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def _order(name: str, state: str) -> dict[str, object]:
    return {
        "order": name,
        "product": "credits_5",
        "names": {"ko": "크레딧 5개", "en": "5 credits"},
        "price": {"amount": 2500, "currency": "KRW", "digits": 0},
        "provider": "kakao",
        "state": state,
        "created_at": 1_790_000_000_000,
        "refunded": 2500 if state == "refunded" else 0,
    }


class Told:
    """What the server says of one order, as the test wants it; no provider has it say all this."""

    def __init__(self, person: Visitor, receipt: str = "") -> None:
        self.state = "awaiting"
        self.asked = 0
        self.receipt = receipt
        person.page.route(f"**/v1/orders/{ORDER}", self._tell)

    def _tell(self, route: Route) -> None:
        self.asked += 1
        order = _order(ORDER, self.state)
        if self.receipt:
            order["receipt"] = self.receipt
        route.fulfill(status=200, content_type="application/json", body=json.dumps(order))


def test_what_became_of_an_order_in_every_state(
    browser: Browser, server: Server, album: Path
) -> None:
    with visitor(browser, server.url, locale="ko-KR", screen=PHONE) as me:
        me.sign_in("010-6100-0001", "상점하나", "female")
        told = Told(me, receipt="javascript:document.title='taken'")
        me.page.goto(f"{server.url}/#shop/{ORDER}")
        for state, words in STATES:
            told.state = state
            me.page.evaluate("location.hash = '#shop'")
            me.page.evaluate(f"location.hash = '#shop/{ORDER}'")
            expect(me.at("order-state").locator("h2")).to_have_text(words)
            if state in {"awaiting", "applied", "refunded"}:
                me.shoot(album / f"70-order-{state}-phone-ko.png")
            # An address that is no page is never a link.
            expect(me.at("order-receipt")).to_have_count(0)
        told.receipt = "https://receipts.example/1"
        me.page.reload()
        expect(me.at("order-receipt")).to_have_attribute("href", told.receipt)
        expect(me.at("order-receipt")).to_have_attribute("rel", "noopener noreferrer")


def test_an_order_is_asked_for_until_it_is_final_and_not_for_ever(
    browser: Browser, server: Server
) -> None:
    with visitor(browser, server.url, locale="en-US", screen=DESK) as me:
        me.sign_in("010-6100-0002", "Shoptwo", "male")
        told = Told(me)
        me.page.clock.install()
        me.page.goto(f"{server.url}/#shop/{ORDER}")
        expect(me.at("order-state")).to_contain_text("Waiting to hear of the payment")
        expect(me.at("order-again")).to_have_count(0)
        for _ in range(70):
            me.page.clock.run_for(1_000)
            if me.at("order-again").count():
                break
        expect(me.at("order-state")).to_contain_text("This takes a little longer")
        asked = told.asked
        me.page.clock.run_for(PATIENCE_MS)
        assert told.asked == asked
        told.state = "applied"
        me.at("order-again").click()
        expect(me.at("order-state")).to_contain_text("All done")
        expect(me.at("order-again")).to_have_count(0)


def test_what_is_spent_or_needs_premium_leads_to_the_shop(
    browser: Browser, server: Server, album: Path
) -> None:
    with visitor(browser, server.url, locale="ko-KR", screen=PHONE) as me:
        me.sign_in("010-6100-0003", "상점셋", "female")
        me.join("유리 온실")
        group = me.page.url.rsplit("/", 1)[1]
        for number, nickname in enumerate(("이웃하나", "이웃둘")):
            neighbour = sign_in(server, f"010-6100-001{number}", nickname, "male")
            neighbour.call("POST", f"/v1/groups/{group}/join", {})
            neighbour.http.close()
        me.like("이웃하나")
        expect(me.at("likes-shop")).to_have_attribute("href", "#/shop")
        me.shoot(album / "71-likes-spent-phone-ko.png")
        name = me.page.get_by_text("이웃둘", exact=True)
        me.at("person-card").filter(has=name).get_by_test_id("like-button").click()
        me.at("like-friend").click()
        me.page.get_by_role("button", name="상점 가기").click()
        expect(me.at("purse")).to_contain_text("크레딧 0개")
        expect(me.at("plan")).to_have_text("무료")


def test_what_was_bought_is_listed_page_by_page(browser: Browser, server: Server) -> None:
    with visitor(browser, server.url, locale="en-US", screen=PHONE) as me:
        me.sign_in("010-6100-0006", "Shopfour", "female")

        def tell(route: Route) -> None:
            second = "cursor=next" in route.request.url
            states = ["refunded"] if second else ["applied", "cancelled"]
            items = [_order(f"order-{state}", state) for state in states]
            page = {"items": items, "cursor": None if second else "next"}
            route.fulfill(status=200, content_type="application/json", body=json.dumps(page))

        me.page.route("**/v1/orders?**", tell)
        me.page.goto(f"{server.url}/#/shop/history")
        expect(me.at("order-open")).to_contain_text(["All done", "The payment was called off"])
        me.at("orders-more").click()
        expect(me.at("order-open")).to_have_count(3)
        expect(me.at("order-open").last).to_be_focused()
        expect(me.at("orders-more")).to_have_count(0)
