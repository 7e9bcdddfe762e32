"""Two people and all a conversation can do, on a phone in Korean and a dark desk in English."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.server import Server

GROUP = "유리 온실"
THUMB, LEAF = "👍", "🌿"

Pair = tuple[Visitor, Visitor]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def matched(browser: Browser, server: Server) -> Iterator[Pair]:
    """Two people who are matched."""
    with (
        visitor(browser, server.url, locale="ko-KR", screen=PHONE) as hana,
        visitor(browser, server.url, locale="en-US", screen=DESK, dark=True) as theo,
    ):
        hana.sign_in("010-3000-0001", "하나", "female")
        theo.sign_in("010-3000-0002", "Theo", "male")
        for person in (hana, theo):
            person.join(GROUP)
        hana.like("Theo")
        theo.like("하나")
        for person in (hana, theo):
            person.at("match-open-chat").click()
        yield hana, theo


def match_row(person: Visitor) -> Locator:
    """Find the row of the match; the room of the group has one too."""
    return person.page.locator('[data-testid="room-item"][data-kind="match"]')


@pytest.fixture
def pair(matched: Pair) -> Pair:
    """The two, with their conversation open."""
    for person in matched:
        person.at("nav-matches").first.evaluate("link => link.click()")
        person.at("search-input").first.fill("")
        match_row(person).click()
        expect(person.at("message-input")).to_be_visible()
    return matched


def _say(speaker: Visitor, listener: Visitor, text: str) -> None:
    speaker.say(text)
    for person in (speaker, listener):
        expect(person.message(text)).to_be_visible()


def test_answering_reacting_and_taking_back(pair: Pair, album: Path) -> None:
    hana, theo = pair
    _say(hana, theo, "주말에 강가 산책 어때요?")
    _answer(hana, theo)
    _react(hana, theo, album)
    _send_more_than_words(hana, theo, album)
    _take_back(hana, theo)
    hana.shoot(album / "12-chat-parts-phone-ko.png")
    theo.shoot(album / "13-chat-parts-desk-en-dark.png")


def _answer(hana: Visitor, theo: Visitor) -> None:
    theo.act("강가 산책", "message-reply")
    expect(theo.at("reply-strip")).to_contain_text("강가 산책")
    expect(theo.at("message-input")).to_be_focused()
    theo.page.keyboard.press("Escape")
    expect(theo.at("reply-strip")).to_be_hidden()
    theo.act("강가 산책", "message-reply")
    theo.say("Sounds lovely. Shall we bring tea?")
    expect(theo.at("reply-strip")).to_be_hidden()
    for person in (hana, theo):
        answer = person.message("Shall we bring tea")
        expect(answer.get_by_test_id("message-quote")).to_contain_text("강가 산책")
    hana.message("Shall we bring tea").get_by_test_id("message-quote").click()
    expect(hana.message("강가 산책")).to_be_focused()


def _react(hana: Visitor, theo: Visitor, album: Path) -> None:
    theo.message("강가 산책").hover()
    theo.message("강가 산책").get_by_test_id("message-menu").click()
    theo.shoot(album / "10-message-menu-desk-en-dark.png")
    theo.at("message-react-0").click()
    for person, own in ((hana, "false"), (theo, "true")):
        chip = person.message("강가 산책").get_by_test_id("reaction")
        expect(chip).to_have_attribute("data-emoji", THUMB)
        expect(chip).to_have_attribute("data-own", own)
        expect(chip).to_have_attribute("data-count", "1")
    hana.message("강가 산책").get_by_test_id("reaction").click()
    for person in (hana, theo):
        chip = person.message("강가 산책").get_by_test_id("reaction")
        expect(chip).to_have_attribute("data-count", "2")
        expect(chip).to_have_attribute("data-own", "true")
    theo.message("강가 산책").get_by_test_id("reaction").click()
    expect(hana.message("강가 산책").get_by_test_id("reaction")).to_have_attribute(
        "data-count", "1"
    )
    hana.act("Shall we bring tea", "message-react-5")
    chip = theo.message("Shall we bring tea").get_by_test_id("reaction")
    expect(chip).to_have_attribute("data-emoji", LEAF)
    theo.page.reload()
    expect(chip).to_have_attribute("data-count", "1")


def _send_more_than_words(hana: Visitor, theo: Visitor, album: Path) -> None:
    theo.at("sticker-open").click()
    theo.at("sticker-tea").click()
    for person in (hana, theo):
        expect(person.page.locator('[data-kind="sticker"] svg[role="img"]')).to_have_count(1)
    hana.context.grant_permissions(["geolocation"])
    hana.context.set_geolocation({"latitude": 37.551234, "longitude": 126.988266})
    hana.at("sticker-open").click()
    hana.at("location-open").click()
    hana.at("location-cancel").click()
    hana.at("location-open").click()
    hana.shoot(album / "11-location-phone-ko.png")
    hana.at("location-label").fill("강가 카페")
    hana.at("location-share").click()
    for person in (hana, theo):
        place = person.page.locator('[data-testid="message"][data-kind="location"]')
        expect(place).to_have_count(1)
        expect(place).to_contain_text("강가 카페")
        expect(place).to_contain_text("37.55,\u00a0126.99")
        expect(place).not_to_contain_text("551234")


def _take_back(hana: Visitor, theo: Visitor) -> None:
    _say(hana, theo, "이 말은 거둘래요")
    seq = hana.message("이 말은").get_attribute("data-seq")
    theo.message("이 말은").hover()
    theo.message("이 말은").get_by_test_id("message-menu").click()
    expect(theo.at("message-reply")).to_be_visible()
    expect(theo.at("message-delete")).to_have_count(0)
    theo.page.keyboard.press("Escape")
    hana.act("이 말은", "message-delete")
    for person, words in ((hana, "지운 메시지예요"), (theo, "Deleted message")):
        place = person.page.locator(f'[data-testid="message"][data-seq="{seq}"]')
        expect(place).to_have_attribute("data-deleted", "true")
        expect(place).to_contain_text(words)
        expect(place.get_by_test_id("message-menu")).to_have_count(0)
    theo.page.reload()
    expect(theo.page.locator(f'[data-seq="{seq}"]')).to_contain_text("Deleted message")
    expect(theo.page.get_by_text("이 말은 거둘래요")).to_have_count(0)


def test_the_keyboard_alone_is_enough(pair: Pair) -> None:
    hana, theo = pair
    for text in ("첫 번째 이야기", "두 번째 이야기"):
        _say(hana, theo, text)
    press = theo.page.keyboard.press
    theo.at("message-input").focus()
    press("Shift+Tab")
    expect(theo.at("sticker-open")).to_be_focused()
    for _ in range(4):  # The newest message is one stop, its button another.
        press("Shift+Tab")
        if theo.message("두 번째").evaluate("node => node === document.activeElement"):
            break
    expect(theo.message("두 번째")).to_be_focused()
    press("ArrowUp")
    expect(theo.message("첫 번째")).to_be_focused()
    press("Enter")
    expect(theo.at("message-react-0")).to_be_focused()
    press("ArrowDown")
    press("Enter")
    chip = hana.message("첫 번째").get_by_test_id("reaction")
    expect(chip).to_have_attribute("data-emoji", THUMB)
    expect(theo.message("첫 번째")).to_be_focused()
    press("Tab")
    expect(theo.message("첫 번째").get_by_test_id("message-menu")).to_be_focused()
    press("Tab")
    expect(theo.message("첫 번째").get_by_test_id("reaction")).to_be_focused()
    press("Space")
    expect(chip).to_have_count(0)


def test_read_marks_typing_and_counts(pair: Pair, browser: Browser, server: Server) -> None:
    hana, theo = pair
    _say(hana, theo, "잘 보이나요?")
    expect(hana.message("잘 보이나요")).to_have_attribute("data-state", "read")
    theo.at("message-input").press_sequentially("I am")
    expect(hana.at("typing-indicator")).to_have_attribute("data-on", "true")
    expect(hana.at("typing-indicator")).to_have_attribute("data-on", "false", timeout=9_000)
    theo.at("message-input").fill("")
    hana.at("nav-matches").first.evaluate("node => node.click()")
    row = match_row(hana)
    expect(row).to_have_attribute("data-unread", "0")
    theo.say("one")
    theo.say("two")
    expect(row).to_have_attribute("data-unread", "2")
    theo.act("two", "message-delete")
    expect(row).to_have_attribute("data-unread", "1")
    _on_another_device(browser, server, hana)
    expect(row).to_have_attribute("data-unread", "0")


def _on_another_device(browser: Browser, server: Server, person: Visitor) -> None:
    """Read the only conversation in a second window of the same person."""
    tokens = person.page.evaluate("localStorage.getItem('glimpse.tokens')")
    with visitor(browser, server.url, locale="en-US", screen=PHONE) as again:
        again.page.evaluate("kept => localStorage.setItem('glimpse.tokens', kept)", tokens)
        again.page.goto(f"{server.url}/#/matches")
        again.page.reload()
        expect(match_row(again)).to_have_attribute("data-unread", "1")
        match_row(again).click()
        expect(again.message("one")).to_be_visible()
        expect(match_row(person)).to_have_attribute("data-unread", "0")


def test_searching_and_going_there(pair: Pair, album: Path) -> None:
    hana, theo = pair
    _say(hana, theo, "도서관 앞 은행나무가 노랗게 물들었어요")
    for number in range(24):
        theo.say(f"another line {number}")
    expect(hana.message("another line 23")).to_be_visible()

    theo.at("search-open").click()
    field = theo.page.locator(".chat-search").get_by_test_id("search-input")
    expect(field).to_be_focused()
    field.press_sequentially("은행")
    found = theo.page.locator(".chat-search").get_by_test_id("search-result")
    expect(found).to_have_count(1)
    expect(found.locator("mark")).to_have_text("은행")
    theo.shoot(album / "14-search-room-desk-en-dark.png")
    theo.page.keyboard.press("ArrowDown")
    theo.page.keyboard.press("Enter")
    expect(theo.message("은행나무")).to_be_focused()
    expect(theo.message("은행나무")).to_be_in_viewport()
    theo.at("to-newest").click()
    expect(theo.message("another line 23")).to_be_in_viewport()

    hana.at("nav-matches").first.evaluate("link => link.click()")
    hana.at("search-input").fill("나")
    expect(hana.page.get_by_role("heading", name="두 글자부터")).to_be_visible()
    hana.at("search-input").fill("없는 말이에요")
    expect(hana.page.get_by_role("heading", name="찾은 메시지가 없어요")).to_be_visible()
    hana.at("search-input").fill("노랗")
    expect(hana.at("search-result")).to_have_count(1)
    hana.shoot(album / "15-search-phone-ko.png")
    hana.at("search-result").click()
    expect(hana.message("은행나무")).to_be_in_viewport()
    expect(hana.message("은행나무")).to_be_focused()


def test_presence_is_a_quiet_word(pair: Pair) -> None:
    hana, theo = pair
    expect(theo.at("presence")).to_have_attribute("data-online", "true")
    expect(theo.at("presence")).to_contain_text("Here now")
    expect(hana.at("presence")).to_contain_text("지금 함께 있어요")
    theo.context.set_offline(True)
    expect(theo.at("presence")).to_be_hidden()
    expect(hana.at("presence")).to_have_attribute("data-online", "false")
    theo.context.set_offline(False)
    expect(theo.at("connection-state")).to_have_attribute("data-state", "connected")
    expect(hana.at("presence")).to_have_attribute("data-online", "true")


def test_step_by_step_by_both_or_by_neither(pair: Pair, album: Path) -> None:
    hana, theo = pair
    theo.at("reveal-open").click()
    expect(theo.at("reveal-step-nickname")).to_have_attribute("data-state", "done")
    expect(theo.at("reveal-step-photo")).to_have_attribute("data-state", "later")
    theo.at("reveal-offer-profile").click()
    expect(theo.at("reveal-step-profile")).to_have_attribute("data-state", "mine")
    theo.at("reveal-withdraw-profile").click()
    theo.at("reveal-offer-profile").click()
    expect(theo.at("reveal-withdraw-profile")).to_be_visible()
    expect(theo.at("reveal-panel").locator("dd")).to_have_count(0)

    expect(hana.at("reveal-banner")).to_contain_text("프로필")
    expect(hana.at("reveal-open").locator(".portrait")).to_have_attribute("data-step", "1")
    hana.shoot(album / "16-reveal-banner-phone-ko.png")
    hana.at("reveal-banner").click()
    hana.at("reveal-accept-profile").click()
    for person in (hana, theo):
        expect(person.at("reveal-step-profile")).to_have_attribute("data-state", "done")
        expect(person.at("reveal-step-photo")).to_have_attribute("data-state", "open")
        expect(person.at("reveal-step-profile").locator("dd").first).to_be_visible()
    hana.page.wait_for_timeout(900)  # The glass clears in 600 ms.
    hana.shoot(album / "17-reveal-phone-ko.png")
    theo.shoot(album / "18-reveal-desk-en-dark.png")
    for person in (hana, theo):
        person.page.keyboard.press("Escape")
        expect(person.at("reveal-panel")).to_have_count(0)
        expect(person.at("reveal-open")).to_be_focused()
        expect(person.at("reveal-open").locator(".portrait")).to_have_attribute("data-step", "2")
        expect(match_row(person).locator(".portrait")).to_have_attribute("data-step", "2")
    theo.page.reload()
    expect(theo.at("reveal-open").locator(".portrait")).to_have_attribute("data-step", "2")


def test_an_end_is_an_end_for_both(pair: Pair) -> None:
    hana, theo = pair
    hana.at("chat-menu").click()
    hana.at("unmatch").click()
    hana.at("unmatch-confirm-yes").click()
    expect(theo.at("room-closed")).to_contain_text("has ended")
    expect(theo.at("message-input")).to_have_count(0)
    expect(theo.at("message-menu")).to_have_count(0)
    expect(theo.at("presence")).to_be_hidden()
