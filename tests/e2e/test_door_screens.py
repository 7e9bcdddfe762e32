"""The doors of a group in the browser: by a link, by a code, and by asking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.server import Server

INVITED = "초대받은 온실"
ASKED = "묻고 들어오는 온실"


@pytest.fixture(scope="module")
def two(server: Server) -> Iterator[tuple[Visitor, Visitor]]:
    """Somebody who makes groups, and a newcomer."""
    with (
        open_browser() as browser,
        visitor(browser, server.url, locale="ko-KR", screen=PHONE) as host,
        visitor(browser, server.url, locale="en-US", screen=DESK, dark=True) as guest,
    ):
        host.sign_in("010-3900-0001", "문지기", "female")
        guest.sign_in("010-3900-0002", "Orson", "male")
        yield host, guest


def _make(host: Visitor, name: str, entry: str) -> None:
    host.page.goto(f"{host.page.url.split('#')[0]}#/groups")
    host.at("group-create").click()
    host.at("group-name").fill(name)
    host.at("group-entry").select_option(entry)
    host.at("group-create-submit").click()
    expect(host.at("invite-make")).to_be_visible()


def test_a_newcomer_comes_in_by_the_link_of_an_invite(
    two: tuple[Visitor, Visitor], album: Path
) -> None:
    host, guest = two
    _make(host, INVITED, "invite")
    host.at("invite-make").click()
    host.shoot(album / "60-invite-phone-ko.png")
    host.at("invite-make-dialog-submit").click()
    link = host.at("invite-made-link").input_value()
    guest.page.goto(link)
    expect(guest.at("invite-code")).to_have_value(link.rsplit("/", 1)[1])
    guest.at("invite-code").fill("22222222")
    guest.at("invite-dialog-submit").click()
    expect(guest.at("invite-dialog-problem")).to_contain_text("typo")
    guest.shoot(album / "61-invite-wrong-desk-en.png")
    guest.at("invite-code").fill(link.rsplit("/", 1)[1])
    guest.at("invite-dialog-submit").click()
    expect(guest.at("person-card")).to_have_count(2)


def test_a_newcomer_asks_and_is_let_in(two: tuple[Visitor, Visitor], album: Path) -> None:
    host, guest = two
    host.page.reload()
    _make(host, ASKED, "approval")
    guest.page.goto(host.page.url)
    guest.at("group-join").click()
    expect(guest.page.get_by_text("Waiting to be let in").first).to_be_visible()
    host.page.reload()
    expect(host.at("applicant")).to_have_count(1)
    host.shoot(album / "62-applicants-phone-ko.png")
    host.at("applicant-admit").click()
    expect(host.at("applicant")).to_have_count(0)
    expect(host.at("person-card")).to_have_count(2)
    guest.page.reload()
    expect(guest.at("person-card")).to_have_count(2)
