"""Keeping order in a group and in a match, in the browser: bans, waiting, a caution, a block."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.server import Server

CIRCLE = "조용한 온실"
GROUP = "유리 온실"
PREMIUM_PHONE = "010-3950-0002"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def _rooms(page: Page, kind: str) -> None:
    """Open the only conversation of a kind."""
    page.get_by_test_id("nav-matches").first.evaluate("link => link.click()")
    page.locator(f'[data-testid="room-item"][data-kind="{kind}"]').click()


def test_an_owner_puts_a_member_out_and_lets_them_in_again(
    browser: Browser, server: Server, album: Path
) -> None:
    with (
        visitor(browser, server.url, locale="ko-KR", screen=PHONE) as host,
        visitor(browser, server.url, locale="en-US", screen=DESK, dark=True) as guest,
    ):
        host.sign_in("010-3940-0001", "온실지기", "female")
        guest.sign_in("010-3940-0002", "Casper", "male")
        host.at("group-create").click()
        host.at("group-name").fill(CIRCLE)
        host.at("group-create-submit").click()
        expect(host.at("person-card")).to_have_count(1)
        guest.page.reload()
        guest.join(CIRCLE)
        _who_keeps_order(guest)
        circle = guest.page.url
        _rooms(guest.page, "group")
        expect(guest.at("message-input")).to_be_visible()
        host.page.reload()
        _give_roles(host, guest, circle)
        _put_out(host, album)
        expect(guest.at("message-input")).to_have_count(0)
        guest.page.goto(circle)
        guest.page.reload()
        expect(guest.page.get_by_text("You can’t come into this group")).to_be_visible()
        expect(guest.at("group-join")).to_have_count(0)
        _let_in_again(host, album)
        guest.page.reload()
        guest.at("group-join").click()
        expect(guest.at("person-card")).to_have_count(2)
        expect(guest.at("bans-open")).to_have_count(0)


def _who_keeps_order(guest: Visitor) -> None:
    hosts = guest.at("person-card").filter(has_text="온실지기")
    expect(hosts.get_by_test_id("role")).to_have_text("owner")
    expect(guest.at("person-order")).to_have_count(0)


def _give_roles(host: Visitor, guest: Visitor, circle: str) -> None:
    """Up, and back to where there is nothing to moderate; handing over waits for a second word."""
    theirs = host.at("person-card").filter(has_text="Casper").get_by_test_id("role")
    for role, mark in (("admin", "관리자"), ("moderator", "운영진")):
        host.at("person-order").click()
        host.at(f"role-{role}").click()
        expect(theirs).to_have_text(mark)
    room = guest.page.url
    guest.page.goto(circle)
    expect(guest.at("invite-make")).to_be_visible()
    expect(guest.at("person-order")).to_have_count(0)
    guest.page.goto(room)
    host.at("person-order").click()
    host.at("role-owner").click()
    expect(host.at("hand-over")).to_contain_text("Casper님에게 모임을 넘겨줄까요?")
    host.page.keyboard.press("Enter")  # The way back has the focus.
    host.at("person-order").click()
    host.at("role-member").click()
    expect(theirs).to_have_count(0)


def _put_out(host: Visitor, album: Path) -> None:
    host.at("person-order").click()
    host.shoot(album / "70-order-phone-ko.png")
    host.at("person-ban").click()
    expect(host.at("ban-confirm")).to_contain_text("Casper님을 내보낼까요?")
    expect(host.at("ban-confirm")).to_contain_text("다시 허락하기 전에는")
    host.shoot(album / "71-ban-phone-ko.png")
    host.page.keyboard.press("Enter")  # The way back has the focus.
    expect(host.at("ban-confirm")).to_have_count(0)
    expect(host.at("person-card")).to_have_count(2)
    host.at("person-order").click()
    host.at("person-ban").click()
    host.at("ban-confirm-yes").click()
    expect(host.page.get_by_text("Casper님을 내보냈어요.")).to_be_visible()
    expect(host.at("person-card")).to_have_count(1)


def _let_in_again(host: Visitor, album: Path) -> None:
    host.at("bans-open").click()
    expect(host.at("ban-item")).to_have_text(["Casper다시 허락하기"])
    host.shoot(album / "78-bans-phone-ko.png")
    host.at("ban-lift").click()
    expect(host.at("bans")).to_contain_text("내보낸 사람이 없어요.")
    expect(host.page.get_by_text("이제 Casper님이 다시 들어올 수 있어요.")).to_be_visible()
    host.page.keyboard.press("Escape")
    expect(host.at("bans-open")).to_be_focused()


def test_a_match_waits_is_careful_and_ends_by_a_block(
    browser: Browser, town: Server, album: Path
) -> None:
    with (
        visitor(browser, town.url, locale="ko-KR", screen=PHONE) as bora,
        visitor(browser, town.url, locale="en-US", screen=DESK, dark=True) as emil,
    ):
        bora.sign_in("010-3950-0001", "보라", "female")
        emil.sign_in(PREMIUM_PHONE, "Emil", "male")
        for person in (bora, emil):
            person.join(GROUP)
        bora.like("Emil")
        emil.like("보라")
        for person in (bora, emil):
            person.at("match-open-chat").click()
        _wait_longer(bora, emil, town, album)
        _be_careful(bora, emil, album)
        _block(bora, emil, album)


def _wait_longer(bora: Visitor, emil: Visitor, town: Server, album: Path) -> None:
    bora.at("chat-menu").click()
    bora.shoot(album / "72-match-menu-phone-ko.png")
    bora.at("extend").click()
    bora.at("extend-dialog-submit").click()
    expect(bora.at("extend-dialog-problem")).to_contain_text("프리미엄")
    bora.shoot(album / "73-extend-phone-ko.png")
    bora.page.keyboard.press("Escape")
    town.grant("--phone", PREMIUM_PHONE, "--plan", "premium")
    emil.at("chat-menu").click()
    emil.at("extend").click()
    emil.shoot(album / "74-extend-desk-en-dark.png")
    emil.at("extend-dialog-submit").click()
    expect(emil.page.get_by_text("waits as long once more")).to_be_visible()
    expect(emil.at("extend-dialog")).to_have_count(0)


def _be_careful(bora: Visitor, emil: Visitor, album: Path) -> None:
    bora.say("제 번호는 010-1234-5678이에요")
    expect(bora.page.get_by_text("연락처와 링크는 연락처 단계에서")).to_be_visible()
    bora.shoot(album / "75-too-soon-phone-ko.png")
    bora.say("번호 좀 알려줘")
    asked = emil.message("번호 좀 알려줘")
    expect(asked.get_by_test_id("message-caution")).to_be_visible()
    expect(bora.message("번호 좀 알려줘").get_by_test_id("message-caution")).to_have_count(0)
    expect(emil.page.get_by_text("010-1234-5678")).to_have_count(0)
    emil.shoot(album / "76-caution-desk-en-dark.png")
    emil.say("Let us take our time.")
    expect(emil.message("take our time").get_by_test_id("message-caution")).to_have_count(0)
    # Who has been spoken to needs no more time.
    emil.at("chat-menu").click()
    expect(emil.at("block")).to_be_visible()
    expect(emil.at("extend")).to_have_count(0)
    emil.page.keyboard.press("Escape")


def _block(bora: Visitor, emil: Visitor, album: Path) -> None:
    emil.at("chat-menu").click()
    emil.at("block").click()
    emil.shoot(album / "77-block-desk-en-dark.png")
    emil.at("block-confirm-yes").click()
    expect(emil.at("message-input")).to_have_count(0)
    expect(bora.at("room-closed")).to_be_visible()
    expect(bora.at("message-input")).to_have_count(0)
    for person, other in ((bora, "Emil"), (emil, "보라")):
        person.page.goto(f"{person.page.url.split('#')[0]}#/groups")
        person.at("group-card").filter(has_text=GROUP).first.click()
        expect(person.at("person-card").filter(has_text=person.nickname)).to_be_visible()
        expect(person.page.get_by_text(other, exact=True)).to_have_count(0)
