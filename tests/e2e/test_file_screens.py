"""A photo and a voice in a conversation: sent on a word, seen behind glass, taken back for both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.server import Server
from tests.pictures import png

GROUP = "유리 온실"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def test_a_photo_and_a_voice_go_from_one_to_the_other(
    browser: Browser, server: Server, album: Path
) -> None:
    with (
        visitor(browser, server.url, locale="ko-KR", screen=PHONE) as nari,
        visitor(browser, server.url, locale="en-US", screen=DESK, dark=True) as odin,
    ):
        nari.sign_in("010-3980-0001", "나리", "female")
        odin.sign_in("010-3980-0002", "Odin", "male")
        for person in (nari, odin):
            person.join(GROUP)
        nari.like("Odin")
        odin.like("나리")
        for person in (nari, odin):
            person.at("match-open-chat").click()
        _show_a_photo(nari, odin, album)
        _say_something(nari, odin, album)
        _take_it_back(nari, odin)


def _of_kind(person: Visitor, kind: str) -> Locator:
    return person.page.locator(f'[data-testid="message"][data-kind="{kind}"]')


def _show_a_photo(nari: Visitor, odin: Visitor, album: Path) -> None:
    nari.at("sticker-open").click()
    with nari.page.expect_file_chooser() as chooser:
        nari.at("photo-open").click()
    not_one = {"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"}
    chooser.value.set_files(not_one)  # type: ignore[arg-type]  # a FilePayload
    expect(nari.page.get_by_text("읽을 수 없는 사진이에요")).to_be_visible()
    photo = {"name": "a.png", "mimeType": "image/png", "buffer": png(80, 60)}
    nari.at("photo-input").set_input_files(photo)  # type: ignore[arg-type]  # as above
    expect(nari.at("attachment-image")).to_be_visible()
    expect(_of_kind(nari, "image")).to_have_count(0)
    nari.shoot(album / "80-photo-before-phone-ko.png")
    nari.at("attachment-send").click()
    expect(nari.at("attachment")).to_be_hidden()
    for person in (nari, odin):
        image = _of_kind(person, "image").get_by_test_id("message-image")
        expect(image).to_have_js_property("naturalWidth", 80)
    # Nobody is shown what they did not ask for before both show their photos.
    expect(nari.at("message-veil")).to_be_hidden()
    expect(odin.at("message-veil")).to_be_visible()
    odin.shoot(album / "81-photo-veiled-desk-en-dark.png")
    odin.at("message-veil").click()
    expect(odin.at("message-veil")).to_be_hidden()
    _of_kind(odin, "image").get_by_test_id("message-image").click()
    expect(odin.at("media-large").locator("img")).to_be_visible()
    odin.page.keyboard.press("Escape")


def _say_something(nari: Visitor, odin: Visitor, album: Path) -> None:
    nari.at("sticker-open").click()
    nari.at("voice-open").click()
    expect(nari.page.get_by_text("마이크를 쓸 수 없어요")).to_be_visible()
    expect(nari.at("attachment")).to_be_hidden()
    odin.at("sticker-open").click()
    odin.context.clear_permissions()
    odin.context.grant_permissions(["microphone"])
    odin.at("voice-open").click()
    expect(odin.at("voice-time")).to_have_text("0:01")
    odin.shoot(album / "82-voice-desk-en-dark.png")
    odin.at("voice-done").click()
    expect(odin.at("attachment-audio")).to_be_visible()
    odin.at("attachment-cancel").click()
    expect(odin.at("attachment")).to_be_hidden()
    odin.at("sticker-open").click()
    odin.at("voice-open").click()
    expect(odin.at("voice-time")).to_have_text("0:01")
    odin.at("voice-done").click()
    odin.at("attachment-send").click()
    voice = _of_kind(nari, "voice")
    expect(voice).to_have_count(1)
    expect(voice).to_contain_text("0:01")
    nari.shoot(album / "83-voice-phone-ko.png")
    voice.get_by_test_id("message-voice").click()
    player = voice.get_by_test_id("message-audio")
    expect(player).to_be_visible()
    player.evaluate("audio => audio.readyState || new Promise(r => audio.onloadeddata = r)")


def _take_it_back(nari: Visitor, odin: Visitor) -> None:
    _of_kind(nari, "image").get_by_test_id("message-image").click()
    nari.at("media-more").click()
    nari.at("message-delete").click()
    for person in (nari, odin):
        expect(person.page.locator('[data-testid="message"][data-deleted="true"]')).to_have_count(1)
        expect(person.at("message-image")).to_have_count(0)
