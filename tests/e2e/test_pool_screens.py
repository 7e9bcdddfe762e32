"""The live pool in the browser: joined, waited in over a reload, left, matched, chatted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.server import Server

GROUP = "유리 온실"
FIRST_POOL_MS = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def test_waiting_in_a_pool_until_a_conversation(
    browser: Browser, server: Server, album: Path
) -> None:
    with (
        visitor(browser, server.url, locale="ko-KR", screen=PHONE) as yuna,
        visitor(browser, server.url, locale="en-US", screen=DESK, dark=True) as noah,
    ):
        yuna.sign_in("010-5000-0001", "유나", "female")
        noah.sign_in("010-5000-0002", "Noah", "male")
        for person in (yuna, noah):
            person.join(GROUP)
        _wait_and_leave(yuna, album)
        _ask_why(noah, album)
        _start(yuna, "차, 산책")
        for person in (yuna, noah):
            expect(person.at("match-open-chat")).to_be_visible()
            person.at("match-open-chat").click()
        noah.say("You like tea too?")
        expect(yuna.message("You like tea too?")).to_be_visible()
        for person in (yuna, noah):  # nobody waits any more
            person.at("nav-groups").first.evaluate("link => link.click()")
            person.at("group-card").filter(has_text=GROUP).first.click()
            expect(person.at("pool-open")).to_be_visible()


def _start(person: Visitor, interests: str) -> None:
    person.at("pool-open").click()
    person.at("pool-interests").fill(interests)
    person.at("pool-dialog-submit").click()


def _wait_and_leave(yuna: Visitor, album: Path) -> None:
    """Nobody else is there; the waiting outlives a reload, and ends when she says so."""
    yuna.at("pool-open").click()
    yuna.at("pool-side-male").check(force=True)
    yuna.at("pool-age-high").fill("35")
    yuna.at("pool-interests").fill("차, 산책")
    yuna.shoot(album / "40-pool-join-phone-ko.png")
    yuna.at("pool-dialog-submit").click()
    # The first pool of a server may still be warming up.
    expect(yuna.at("pool-estimate")).to_have_text(
        "얼마나 걸릴지 아직 몰라요.", timeout=FIRST_POOL_MS
    )
    yuna.shoot(album / "41-pool-waiting-phone-ko.png")
    yuna.page.reload()
    expect(yuna.at("pool-waiting")).to_be_visible()
    _say_more(yuna, album)
    yuna.at("pool-leave").click()
    expect(yuna.at("pool-open")).to_be_visible()


def _say_more(yuna: Visitor, album: Path) -> None:
    """What she has said stands there; where she is and who it must be come to it."""
    yuna.at("pool-change").click()
    expect(yuna.at("pool-interests")).to_have_value("차, 산책")
    expect(yuna.at("pool-age-high")).to_have_value("35")
    yuna.at("pool-area").select_option(label="북쪽")
    yuna.page.get_by_text("이런 사람이어야 해요").click()
    yuna.at("pool-theirs-glasses").check(force=True)
    yuna.shoot(album / "43-pool-change-phone-ko.png")
    yuna.at("pool-dialog-submit").click()
    expect(yuna.at("pool-dialog-submit")).to_have_count(0)
    expect(yuna.at("pool-waiting")).to_be_visible()
    yuna.at("pool-change").click()
    expect(yuna.at("pool-theirs-glasses")).to_be_checked()
    expect(yuna.at("pool-area")).to_have_value('{"x":16,"y":5}')
    yuna.page.keyboard.press("Escape")


def _ask_why(noah: Visitor, album: Path) -> None:
    _start(noah, "tea")
    noah.at("pool-explain").click()
    expect(noah.at("pool-why")).to_contain_text("Few people can be met right now.")
    noah.shoot(album / "42-pool-waiting-desk-en-dark.png")
