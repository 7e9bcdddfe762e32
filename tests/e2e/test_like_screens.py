"""Likes in the browser: what one costs, a super-like with its line, and taking them back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.server import Server

GROUP = "유리 온실"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def _price(person: Visitor, words: str) -> None:
    expect(person.at("likes-left")).to_contain_text(words)


def _like(person: Visitor, nickname: str) -> None:
    name = person.page.get_by_text(nickname, exact=True)
    card = person.at("person-card").filter(has=name)
    card.get_by_test_id("like-button").click()


def test_what_a_like_costs_and_how_it_is_taken_back(
    browser: Browser, town: Server, album: Path
) -> None:
    with (
        visitor(browser, town.url, locale="ko-KR", screen=PHONE) as mina,
        visitor(browser, town.url, locale="en-US", screen=DESK, dark=True) as noah,
    ):
        mina.sign_in("010-6000-0001", "미나", "female")
        noah.sign_in("010-6000-0002", "Noah", "male")
        for person in (mina, noah):
            person.join(GROUP)
        mina.page.reload()
        _free_like(mina, album)
        town.grant("--phone", "010-6000-0002", "--plan", "premium", "--credits", "3")
        noah.page.reload()
        _super_like(noah, album)
        mina_card = noah.at("person-card").filter(has=noah.page.get_by_text("미나", exact=True))
        mina_card.get_by_test_id("like-back").click()
        noah.shoot(album / "62-like-back-desk-en-dark.png")
        noah.at("take-back-yes").click()
        expect(mina_card.get_by_test_id("like-button")).to_be_visible()
        noah.at("nav-account").first.evaluate("link => link.click()")
        noah.at("shop-open").click()
        moved = noah.at("credit-moves").get_by_role("listitem")
        expect(moved.first).to_contain_text("Given by the operator")
        expect(moved.first).to_contain_text("+3")


def _free_like(mina: Visitor, album: Path) -> None:
    _price(mina, "그냥 보낼 수 있어요")
    _like(mina, "Noah")
    expect(mina.at("like-price")).to_contain_text("그냥 보낼 수 있어요")
    expect(mina.at("like-super")).to_have_count(0)
    mina.shoot(album / "60-like-phone-ko.png")
    mina.at("like-friend").click()
    _price(mina, "오늘은 다 보냈어요")
    mina.at("like-back").click()
    expect(mina.page.get_by_text("14일 뒤에 다시 보낼 수 있어요")).to_be_visible()
    mina.at("take-back-yes").click()
    expect(mina.at("like-back")).to_have_count(0)
    _like(mina, "Noah")
    mina.at("like-friend").click()
    expect(mina.page.get_by_text("얼마 전에 마음을 보낸 사람이에요")).to_be_visible()


def _super_like(noah: Visitor, album: Path) -> None:
    _price(noah, "Premium: as many as you like, 3 of them super today")
    _like(noah, "미나")
    expect(noah.at("like-line")).to_be_hidden()
    noah.at("like-super").check()
    noah.at("like-line").fill("I liked your words about the sea")
    noah.shoot(album / "61-super-like-desk-en-dark.png")
    noah.at("like-friend").click()
    _price(noah, "2 of them super today")
