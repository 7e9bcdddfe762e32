"""Showing oneself in a group: a profile that is changed, and a photo for one person only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.server import Server
from tests.pictures import png, png_part

GROUP = "유리 온실"
PLACE = b"Exif 37.5665N 126.9780E"


@pytest.fixture(scope="module")
def two(server: Server) -> Iterator[tuple[Visitor, Visitor]]:
    """Two people of the demo group."""
    with (
        open_browser() as browser,
        visitor(browser, server.url, locale="ko-KR", screen=PHONE) as mina,
        visitor(browser, server.url, locale="en-US", screen=DESK, dark=True) as felix,
    ):
        mina.sign_in("010-3920-0001", "사진지기", "female")
        felix.sign_in("010-3920-0002", "Felix", "male")
        for person in (mina, felix):
            person.join(GROUP)
        yield mina, felix


def _picture(width: int, height: int) -> FilePayload:
    told = png(width, height, beside=png_part(b"eXIf", PLACE))
    return {"name": "me.png", "mimeType": "image/png", "buffer": told}


def test_a_profile_is_changed_after_joining(two: tuple[Visitor, Visitor], album: Path) -> None:
    mina, felix = two
    mina.at("profile-edit").click()
    mina.at("profile-name").fill("Fe1ix")
    mina.at("profile-bio").fill("010-1234-5678")
    mina.at("profile-dialog-submit").click()
    expect(mina.at("profile-dialog-problem")).to_contain_text("연락처")
    mina.at("profile-bio").fill("저녁에 걸어요")
    mina.at("profile-interests").fill("차, 산책")
    mina.at("profile-dialog-submit").click()
    expect(mina.at("profile-dialog-problem")).to_contain_text("비슷해 보이는")
    mina.at("profile-name").fill("빛지기")
    mina.shoot(album / "66-profile-phone-ko.png")
    mina.at("profile-dialog-submit").click()
    expect(mina.at("profile-dialog")).to_have_count(0)
    felix.page.reload()
    card = felix.at("person-card").filter(has=felix.page.get_by_text("빛지기", exact=True))
    expect(card).to_contain_text("차, 산책")
    mina.nickname = "빛지기"
    # The name stays for a while now; everything else may change.
    mina.at("profile-edit").click()
    expect(mina.at("profile-name")).to_be_disabled()
    mina.at("profile-bio").fill("아침에 걸어요")
    mina.at("profile-dialog-submit").click()
    expect(mina.at("person-card").filter(has_text="아침에 걸어요")).to_have_count(1)


def _show_photo(person: Visitor, width: int, height: int) -> None:
    person.at("profile-edit").click()
    expect(person.at("photo-mine")).to_be_hidden()
    person.at("photo-file").set_input_files(_picture(width, height))
    expect(person.at("photo-mine")).to_be_visible()


def test_a_photo_is_seen_by_who_it_was_revealed_to(
    two: tuple[Visitor, Visitor], album: Path
) -> None:
    mina, felix = two
    _show_photo(mina, 8, 4)
    mina.shoot(album / "67-photo-phone-ko.png")
    mina.page.keyboard.press("Escape")
    _show_photo(felix, 2000, 3)
    felix.at("photo-remove").click()
    expect(felix.at("photo-mine")).to_be_hidden()
    felix.at("photo-file").set_input_files(
        {"name": "me.txt", "mimeType": "text/plain", "buffer": b"no picture"}
    )
    expect(felix.at("photo-problem")).to_contain_text("can’t be read")
    felix.at("photo-file").set_input_files(_picture(2000, 3))
    expect(felix.at("photo-mine")).to_be_visible()
    felix.page.keyboard.press("Escape")
    # Nobody sees it on a card.
    expect(felix.at("person-card").locator("img")).to_have_count(0)
    mina.like("Felix")
    felix.like("빛지기")
    for person in (mina, felix):
        person.at("match-open-chat").click()
        person.at("reveal-open").click()
    for step in ("profile", "photo"):
        mina.at(f"reveal-offer-{step}").click()
        felix.at(f"reveal-accept-{step}").click()
    for person, wide in ((felix, 8), (mina, 1024)):
        expect(person.at("reveal-photo")).to_be_visible()
        assert person.at("reveal-photo").evaluate("image => image.naturalWidth") == wide
    felix.shoot(album / "68-photo-revealed-desk-en.png")


def test_a_member_is_hidden_from_in_the_list(two: tuple[Visitor, Visitor]) -> None:
    mina, felix = two
    for person in two:
        person.page.goto(f"{person.page.url.split('#')[0]}#/groups")
        person.page.reload()  # the dialog of before is still open
        person.at("group-card").filter(has_text=GROUP).first.click()
    card = mina.at("person-card").filter(has=mina.page.get_by_text("Felix", exact=True))
    card.get_by_test_id("person-more").click()
    mina.at("person-hide").click()
    mina.at("hide-confirm-yes").click()
    expect(card).to_have_count(0)
    felix.page.reload()
    expect(felix.at("person-card").first).to_be_visible()
    expect(felix.page.get_by_text("빛지기", exact=True)).to_have_count(0)
