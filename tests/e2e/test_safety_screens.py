"""Keeping away from somebody, on a phone in Korean: report, block, and take a block back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.server import Server

GROUP = "유리 온실"

Pair = tuple[Visitor, Visitor]


@pytest.fixture(scope="module")
def neighbours(server: Server) -> Iterator[Pair]:
    """Two people in the room of one group."""
    with (
        open_browser() as browser,
        visitor(browser, server.url, locale="ko-KR", screen=PHONE) as hana,
        visitor(browser, server.url, locale="en-US", screen=DESK, dark=True) as theo,
    ):
        hana.sign_in("010-3100-0001", "하늘", "female")
        theo.sign_in("010-3100-0002", "Ruben", "male")
        for person in (hana, theo):
            person.join(GROUP)
            person.at("nav-matches").first.evaluate("link => link.click()")
            row = person.page.locator('[data-testid="room-item"][data-kind="group"]')
            expect(row).to_have_count(1)
            row.click()
            expect(person.at("message-input")).to_be_visible()
        yield hana, theo


def test_a_message_is_reported_and_its_sender_hears_nothing(neighbours: Pair, album: Path) -> None:
    hana, ruben = neighbours
    ruben.say("Send me money first.")
    expect(hana.message("Send me money first.")).to_be_visible()
    hana.act("Send me money first.", "message-report")
    hana.at("report-fraud").check()
    hana.at("report-text").fill("처음부터 돈 이야기를 했어요.")
    hana.shoot(album / "20-report-phone-ko.png")
    hana.at("report-send").click()
    expect(hana.page.get_by_text("신고했어요.")).to_be_visible()
    expect(hana.at("report-dialog")).to_have_count(0)
    expect(ruben.page.get_by_text("Reported")).to_have_count(0)


def test_a_block_is_a_leave_for_the_other_and_can_be_taken_back(
    neighbours: Pair, album: Path
) -> None:
    hana, ruben = neighbours
    hana.at("chat-menu").click()
    hana.at("members-open").click()
    rubens = hana.at("members").locator("li").filter(has_text="Ruben")
    rubens.get_by_test_id("member-menu").click()
    hana.at("person-block").click()
    hana.at("block-confirm-yes").click()
    expect(ruben.page.get_by_text("하늘 left")).to_be_visible()
    expect(hana.page.get_by_text("Ruben님이 나갔어요")).to_be_visible()
    hana.say("이제 조용해요")
    expect(hana.message("이제 조용해요")).to_be_visible()
    hana.at("nav-account").first.evaluate("link => link.click()")
    hana.at("blocks-open").click()
    expect(hana.at("block-item")).to_contain_text("Ruben")
    hana.shoot(album / "21-blocks-phone-ko.png")
    hana.at("unblock").click()
    expect(hana.at("block-item")).to_have_count(0)
    expect(ruben.page.get_by_text("하늘 joined")).to_be_visible()
    expect(ruben.page.get_by_text("이제 조용해요")).to_have_count(0)
