"""Paying on the screen, from the shop to the provider and back: a newcomer, each of three ways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.rest import sign_in
from tests.e2e.server import Server

GROUP = "유리 온실"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def _order(me: Visitor, product: str, provider: str) -> None:
    """Choose from the shop, and arrive on the page of the provider."""
    me.at(f"buy-{product}").click()
    me.at(f"pay-{provider}").check()
    me.at("checkout-submit").click()
    expect(me.page.locator("button[value=pay]")).to_be_visible()


def _pay(me: Visitor, words: str) -> None:
    """Pay on the page of the provider, and see in the shop what became of it."""
    me.page.locator("button[value=pay]").click()
    expect(me.page).to_have_url(re.compile(r"/#shop/.+"))
    expect(me.at("order-state").locator("h2")).to_have_text(words)


def test_a_newcomer_buys_spends_is_refunded_and_buys_premium(
    browser: Browser, town: Server, album: Path
) -> None:
    with visitor(browser, town.url, locale="ko-KR", screen=PHONE) as me:
        me.sign_in("010-6200-0001", "손님하나", "female")
        me.join(GROUP)
        group = me.page.url.rsplit("/", 1)[1]
        for number, nickname in enumerate(("단골하나", "단골둘", "단골셋")):
            regular = sign_in(town, f"010-6200-001{number}", nickname, "male")
            regular.call("POST", f"/v1/groups/{group}/join", {})
            regular.http.close()
        me.page.reload()
        me.like("단골하나")
        me.at("likes-shop").click()
        expect(me.at("purse")).to_contain_text("크레딧 0개")
        me.shoot(album / "72-shop-phone-ko.png")
        _buy_and_spend(me, group, album)
        _is_refunded(me, town, album)
        _buy_premium(me, group)
        me.shop()
        me.at("shop-history").click()
        expect(me.at("order-open")).to_contain_text(["프리미엄 한 달", "크레딧 10개", "크레딧 5개"])
        expect(me.at("credit-moves").get_by_role("listitem")).to_contain_text(
            ["구매", "환불", "마음 보내기", "구매"]
        )
        me.shoot(album / "75-bought-phone-ko.png")


def _buy_and_spend(me: Visitor, group: str, album: Path) -> None:
    """Five credits by KakaoPay; one of them goes with a like."""
    _order(me, "credits_5", "kakao")
    expect(me.page.locator("h1")).to_have_text("크레딧 5개")
    _pay(me, "다 됐어요")
    me.shoot(album / "73-paid-phone-ko.png")
    me.at("order-shop").click()
    expect(me.at("purse")).to_contain_text("크레딧 5개")
    me.page.evaluate(f"location.hash = '#/groups/{group}'")
    me.like("단골둘")
    expect(me.at("likes-left")).to_contain_text("4크레딧")
    me.at("nav-account").first.evaluate("link => link.click()")
    expect(me.at("account-credits")).to_have_text("4")


def _is_refunded(me: Visitor, town: Server, album: Path) -> None:
    """What is left goes back with the money, and what was spent is owed until the next purchase."""
    me.shop()
    me.at("shop-history").click()
    me.at("order-open").click()
    expect(me.at("order-state")).to_contain_text("다 됐어요")
    order = me.page.url.rsplit("/", 1)[1]
    town.admin("refund", order, "--operator", "kim", "--why", "asked for it")
    me.page.reload()
    expect(me.at("order-state").locator("h2")).to_have_text("돈을 돌려드렸어요")
    expect(me.page.get_by_text("돌려받은 금액")).to_be_visible()
    me.at("order-shop").click()
    expect(me.at("owed")).to_contain_text("이미 쓴 1개")
    me.shoot(album / "74-owed-phone-ko.png")
    _order(me, "credits_10", "toss")
    _pay(me, "다 됐어요")
    me.at("order-shop").click()
    expect(me.at("purse")).to_contain_text("크레딧 9개")
    expect(me.at("owed")).to_have_count(0)


def _buy_premium(me: Visitor, group: str) -> None:
    _order(me, "premium_month", "stripe")
    _pay(me, "다 됐어요")
    me.at("order-shop").click()
    expect(me.at("plan")).to_contain_text(re.compile("^프리미엄 · .+까지$"))
    me.page.evaluate(f"location.hash = '#/groups/{group}'")
    me.like("단골셋")
    expect(me.at("likes-left")).to_contain_text("프리미엄이라 마음껏")


def test_a_payment_that_is_declined_costs_nothing_and_another_way_is_found(
    browser: Browser, server: Server, album: Path
) -> None:
    with visitor(browser, server.url, locale="en-US", screen=DESK, dark=True) as me:
        me.sign_in("010-6200-0002", "Decliner", "male")
        me.shop()
        for provider in ("stripe", "toss", "kakao"):
            _order(me, "credits_10", provider)
            me.page.locator("button[value=decline]").click()
            expect(me.at("order-state")).to_contain_text(
                re.compile("no money has gone", re.IGNORECASE)
            )
            expect(me.at("purse")).to_contain_text("0 credits")
        _order(me, "credits_10", "stripe")
        expect(me.page.locator("strong")).to_have_text("₩4,500")
        _pay(me, "All done")
        expect(me.at("purse")).to_contain_text("10 credits")
        me.shoot(album / "75-paid-desk-en-dark.png")


def test_closing_the_page_of_the_provider_loses_nothing(browser: Browser, server: Server) -> None:
    with visitor(browser, server.url, locale="en-US", screen=PHONE) as me:
        me.sign_in("010-6200-0003", "Leaver", "male")
        me.shop()
        _order(me, "credits_5", "kakao")
        me.page.go_back()
        expect(me.at("checkout")).to_have_count(0)
        me.at("shop-history").click()
        me.at("order-open").click()
        expect(me.at("order-state")).to_contain_text("Waiting to hear of the payment")
        me.page.go_back()
        me.page.go_back()
        _order(me, "credits_5", "kakao")
        _pay(me, "All done")
        me.at("order-shop").click()
        expect(me.at("purse")).to_contain_text("5 credits")


def test_an_answer_that_is_lost_on_the_way_orders_nothing_twice(
    browser: Browser, server: Server
) -> None:
    with visitor(browser, server.url, locale="en-US", screen=PHONE) as me:
        me.sign_in("010-6200-0004", "Unlucky", "female")
        me.shop()
        lost = 2

        def lose(route: Route) -> None:
            nonlocal lost
            if route.request.method != "POST" or lost == 0:
                return route.fallback()
            lost -= 1
            route.fetch()  # the server has done it
            return route.abort()

        me.page.route("**/v1/orders", lose)
        _order(me, "credits_5", "toss")
        assert lost == 0
        _pay(me, "All done")
        me.page.goto(f"{server.url}/#/shop/history")
        expect(me.at("order-open")).to_have_count(1)
