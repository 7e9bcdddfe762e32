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


def _shop(me: Visitor) -> None:
    me.at("nav-account").first.evaluate("link => link.click()")
    me.at("shop-open").click()


def _subscribe(me: Visitor, provider: str) -> None:
    """Choose a month that goes on, pay at the provider, and come back."""
    _shop(me)
    me.at("buy-premium_month").click()
    me.at("span-renews").check()
    expect(me.at(f"pay-{provider}")).to_be_visible()
    me.at(f"pay-{provider}").check()
    me.at("checkout-submit").click()
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
        _shop(me)
        me.at("buy-premium_month").click()
        expect(me.at("span-once")).to_be_checked()
        expect(me.at("checkout").locator("input[name=provider]:visible")).to_have_count(3)
        me.at("span-renews").check()
        expect(me.at("checkout")).to_contain_text("30일마다 ₩9,900씩 결제돼요")
        me.shoot(album / "76-checkout-renews-phone-ko.png")
        me.page.keyboard.press("Escape")
        _subscribe(me, "kakao")
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


def test_nobody_subscribes_twice_and_is_told_why(browser: Browser, server: Server) -> None:
    with visitor(browser, server.url, locale="en-US", screen=DESK) as me:
        me.sign_in("010-6300-0002", "Subtwice", "male")
        _subscribe(me, "kakao")
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
