"""A plan that renews, on the screen: chosen in the shop, looked at, stopped, resumed, and late."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.server import Server

DAY_MS = 86_400_000
DAY_IN_KOREAN = re.compile(r"\d+월 \d+일 .요일")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def _choose(me: Visitor, provider: str, span: str = "renews") -> None:
    """Choose a month that goes on, and leave for the provider."""
    me.shop()
    me.at("buy-premium_month").click()
    me.at(f"span-{span}").check()
    expect(me.at(f"pay-{provider}")).to_be_visible()
    me.at(f"pay-{provider}").check()
    me.at("checkout-submit").click()


def _pay(me: Visitor) -> None:
    """Press the button of the provider, and come back."""
    me.page.locator("button[value=pay]").click()
    expect(me.page).to_have_url(re.compile(r"/#shop/.+"))
    expect(me.at("order-state")).to_have_attribute("data-state", "applied")


def _stands(me: Visitor, state: str) -> None:
    expect(me.at("subscription-state")).to_have_attribute("data-state", state)


def test_a_newcomer_subscribes_stops_and_goes_on(
    browser: Browser, server: Server, album: Path
) -> None:
    with visitor(browser, server.url, locale="ko-KR", screen=PHONE) as me:
        me.sign_in("010-6300-0001", "구독하나", "female")
        me.page.goto(f"{server.url}/#/shop/subscription")
        expect(me.at("subscription-state")).to_contain_text("지금은 구독이 없어요")
        me.shop()
        me.at("buy-premium_month").click()
        expect(me.at("span-once")).to_be_checked()
        me.at("span-renews").check()
        expect(me.at("checkout")).to_contain_text("30일마다 ₩9,900씩 결제돼요")
        me.shoot(album / "76-checkout-renews-phone-ko.png")
        me.page.keyboard.press("Escape")
        _choose(me, "kakao")
        _pay(me)
        me.at("order-state").wait_for()
        me.page.locator("[data-testid=subscription-open]:visible").first.click()
        _stands(me, "active")
        expect(me.at("subscription-state")).to_contain_text("카카오페이에서 ₩9,900이 결제돼요")
        expect(me.at("subscription-day")).to_have_text(DAY_IN_KOREAN)
        me.shoot(album / "77-subscription-active-phone-ko.png")
        me.at("subscription-cancel").click()
        expect(me.at("subscription-cancel-sure")).to_contain_text("까지는 그대로 쓸 수 있고")
        me.at("subscription-cancel-sure-yes").click()
        _stands(me, "cancelled")
        expect(me.at("subscription-cancel")).to_have_count(0)
        me.shoot(album / "78-subscription-cancelled-phone-ko.png")
        me.at("subscription-resume").click()
        _stands(me, "active")
        me.at("subscription-pause").click()
        me.at("subscription-pause-sure-yes").click()
        _stands(me, "paused")
        me.page.reload()
        _stands(me, "paused")
        me.at("subscription-resume").click()
        _stands(me, "active")
        me.at("subscription-history").click()
        expect(me.at("order-open")).to_contain_text(["프리미엄 한 달 · 구독"])
        me.page.goto(f"{server.url}/#/shop")
        expect(me.at("purse")).to_contain_text("이어지고 있어요")


def test_a_card_is_shown_to_toss_on_a_page_of_its_own(
    browser: Browser, server: Server, album: Path
) -> None:
    with visitor(browser, server.url, locale="ko-KR", screen=PHONE) as me:
        me.sign_in("010-6300-0005", "구독다섯", "female")
        _choose(me, "toss")
        expect(me.page.locator("#card")).to_contain_text("카드를 등록하면 ₩9,900이 바로 결제되고")
        me.shoot(album / "76-card-phone-ko.png")
        me.at("card-open").click()
        me.page.locator("button[value=decline]").click()
        expect(me.at("order-state")).to_contain_text("결제하지 않았다면 나간 돈은 없어요")
        me.page.go_back()
        me.page.go_back()
        me.at("card-open").click()
        _pay(me)
        me.page.locator("[data-testid=subscription-open]:visible").first.click()
        _stands(me, "active")
        expect(me.at("subscription-state")).to_contain_text("토스페이먼츠에서 ₩9,900이 결제돼요")
        expect(me.at("subscription-portal")).to_have_count(0)
        me.at("subscription-history").click()
        me.at("order-open").first.click()
        expect(me.at("order-receipt")).to_be_visible()
        card = me.page.url.replace("/#/shop/", "/v1/orders/card/toss?order=")
        me.page.goto(card)
        expect(me.at("order-state")).to_have_attribute("data-state", "applied")


def test_free_days_come_first_and_cost_nothing_to_stop(
    browser: Browser, server: Server, album: Path
) -> None:
    with visitor(browser, server.url, locale="en-US", screen=DESK) as me:
        me.sign_in("010-6300-0006", "Subsix", "male")
        _choose(me, "toss", "trial")
        expect(me.page.locator("#card")).to_contain_text("nothing is paid for 7 days")
        me.at("card-open").click()
        _pay(me)
        me.page.goto(f"{server.url}/#/shop/subscription")
        _stands(me, "trial")
        expect(me.at("subscription-state")).to_contain_text("for the first time")
        me.shoot(album / "77-subscription-trial-desk-en.png")
        me.at("subscription-cancel").click()
        me.at("subscription-cancel-sure-yes").click()
        _stands(me, "cancelled")
        me.shop()
        me.at("buy-premium_month").click()
        me.at("span-trial").check()
        expect(me.at("checkout-submit")).to_have_text("Start 7 free days")
        me.at("checkout-submit").click()
        expect(me.at("checkout-problem")).to_contain_text("for the first time only")


def test_whoever_pays_by_stripe_changes_their_card_on_its_page(
    browser: Browser, server: Server
) -> None:
    with visitor(browser, server.url, locale="en-US", screen=PHONE) as me:
        me.sign_in("010-6300-0007", "Subseven", "female")
        _choose(me, "stripe")
        _pay(me)
        me.page.goto(f"{server.url}/#/shop/subscription")
        _stands(me, "active")
        me.at("subscription-portal").click()
        expect(me.page.locator("button[value=card]")).to_be_visible()
        me.page.get_by_role("link", name="Back").click()
        expect(me.page).to_have_url(re.compile(r"/#/?shop"))


def test_nobody_subscribes_twice_and_is_told_why(browser: Browser, server: Server) -> None:
    with visitor(browser, server.url, locale="en-US", screen=DESK) as me:
        me.sign_in("010-6300-0002", "Subtwice", "male")
        _choose(me, "kakao")
        _pay(me)
        me.at("buy-premium_plus_year").click()
        me.at("span-renews").check()
        me.at("checkout-submit").click()
        expect(me.at("checkout-problem")).to_contain_text("You already have a subscription")


class Told:
    """What the server says of a subscription, as the test wants it; time makes these states."""

    def __init__(self, person: Visitor) -> None:
        now_ms = int(time.time() * 1_000)
        self.answer: dict[str, object] | None = {
            "product": "premium_month",
            "names": {"ko": "프리미엄 한 달", "en": "Premium, one month"},
            "price": {"amount": 9_900, "currency": "KRW", "digits": 0},
            "provider": "toss",
            "state": "past_due",
            "paid_until": now_ms - DAY_MS,
            "pay_by": now_ms + 6 * DAY_MS,
        }
        self.asked: list[str] = []
        self.fails = 0
        person.page.route("**/v1/subscription", self._tell)

    def _tell(self, route: Route) -> None:
        if route.request.method == "POST":
            self.asked.append(json.loads(route.request.post_data or "")["change"])
        if self.fails:
            self.fails -= 1
            return route.fulfill(status=409, json={"code": "conflict"})
        if self.answer is None:
            return route.fulfill(status=404, json={"code": "not_found"})
        return route.fulfill(status=200, json=self.answer)

    def says(self, **fields: object) -> None:
        """Say something else from now on."""
        assert self.answer is not None
        self.answer |= fields


def test_who_is_late_is_told_what_to_do(browser: Browser, server: Server, album: Path) -> None:
    with visitor(browser, server.url, locale="ko-KR", screen=PHONE) as me:
        me.sign_in("010-6300-0003", "구독셋", "female")
        told = Told(me)
        me.page.goto(f"{server.url}/#/shop/subscription")
        _stands(me, "past_due")
        expect(me.at("subscription-state")).to_contain_text("카드나 잔액을 확인해 주세요")
        expect(me.at("subscription-day")).to_have_text(DAY_IN_KOREAN)
        me.shoot(album / "79-subscription-late-phone-ko.png")
        me.at("subscription-cancel").click()
        expect(me.at("subscription-cancel-sure")).to_contain_text("바로 끝나요")
        told.says(state="expired")
        me.at("subscription-cancel-sure-yes").click()
        expect(me.at("subscription-state")).to_contain_text("지금은 구독이 없어요")
        assert told.asked == ["cancel"]
        expect(me.at("subscription-shop")).to_have_attribute("href", "#/shop")


def test_whoever_rested_for_long_is_told_that_it_costs_today(
    browser: Browser, server: Server, album: Path
) -> None:
    with visitor(browser, server.url, locale="en-US", screen=DESK, dark=True) as me:
        me.sign_in("010-6300-0004", "Subfour", "male")
        told = Told(me)
        told.says(state="paused")
        me.page.goto(f"{server.url}/#/shop/subscription")
        _stands(me, "paused")
        me.at("subscription-resume").click()
        expect(me.at("subscription-resume-sure")).to_contain_text("₩9,900 will be paid today")
        me.shoot(album / "79-subscription-resume-desk-en-dark.png")
        told.fails = 1
        told.says(state="cancelled", paid_until=int(time.time() * 1_000) + DAY_MS)
        me.at("subscription-resume-sure-yes").click()
        # It had changed by itself: the page shows what it is now.
        _stands(me, "cancelled")
        expect(me.page.locator("#toasts")).to_contain_text("changed meanwhile")
        # A state of a later server is no reason to show nothing.
        told.says(state="hibernating")
        me.page.reload()
        expect(me.at("subscription-state")).to_contain_text("You have a subscription")
        expect(me.at("subscription-cancel")).to_be_enabled()
