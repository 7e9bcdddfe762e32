"""Two people in two browsers: sign in, join, like, match, chat, cut the cable, lose nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.cable import Cable
from tests.e2e.server import Server

CUT_LINES = 5
GROUP = "유리 온실"


@pytest.fixture
def cable(server: Server) -> Iterator[Cable]:
    """The cable of one of the two people."""
    made = Cable(server.ws_port)
    yield made
    made.close()


def _through(cable: Cable, person: Visitor) -> None:
    """Lead a person's WebSocket through the cable, as another network would."""

    def answer(route: Route) -> None:
        config = route.fetch().json()
        config["ws_url"] = f"ws://127.0.0.1:{cable.port}/v1/ws"
        route.fulfill(json=config)

    person.context.route("**/v1/config", answer)
    person.page.reload()


def _seqs(person: Visitor) -> list[str]:
    found: list[str] = person.page.eval_on_selector_all(
        '[data-testid="message"]', "nodes => nodes.map(n => n.dataset.seq)"
    )
    return found


def test_the_whole_way(server: Server, cable: Cable, album: Path) -> None:
    with (
        open_browser() as browser,
        visitor(browser, server.url, locale="ko-KR", screen=PHONE) as mina,
        visitor(browser, server.url, locale="en-US", screen=DESK, dark=True) as joon,
    ):
        _through(cable, mina)
        expect(mina.page.locator("html")).to_have_attribute("lang", "ko")
        expect(joon.page.locator("html")).to_have_attribute("lang", "en")
        mina.shoot(album / "01-sign-in-phone-ko.png")
        joon.shoot(album / "02-sign-in-desk-en-dark.png")
        mina.sign_in("010-2000-0001", "미나", "female")
        joon.sign_in("010-2000-0002", "Joon", "male")
        mina.shoot(album / "03-groups-phone-ko.png")
        for person in (mina, joon):
            person.join(GROUP)
        mina.shoot(album / "04-people-phone-ko.png")
        joon.shoot(album / "05-people-desk-en-dark.png")

        mina.like("Joon")
        expect(joon.at("match-moment")).to_have_count(0)
        joon.like("미나")
        for person in (mina, joon):
            expect(person.at("match-moment")).to_be_visible()
        mina.page.wait_for_timeout(900)  # The glass clears in 600 ms.
        mina.shoot(album / "06-match-phone-ko.png")
        for person in (mina, joon):
            person.at("match-open-chat").click()

        _chat(mina, joon)
        _cut_and_resume(mina, joon, cable, album)
        mina.shoot(album / "08-chat-phone-ko.png")
        joon.shoot(album / "09-chat-desk-en-dark.png")


def _chat(mina: Visitor, joon: Visitor) -> None:
    mina.say("안녕하세요, 반가워요!")
    expect(joon.at("message").filter(has_text="반가워요")).to_be_visible()
    joon.at("message-input").press_sequentially("Hel")
    expect(mina.at("typing-indicator")).to_have_attribute("data-on", "true")
    joon.say("Hello! Nice to meet you: shall we talk?")
    expect(mina.at("message").filter(has_text="shall we talk")).to_be_visible()
    own = mina.at("message").filter(has_text="반가워요")
    expect(own).to_have_attribute("data-state", "read")


def _cut_and_resume(mina: Visitor, joon: Visitor, cable: Cable, album: Path) -> None:
    cable.pull()
    mina.context.set_offline(True)
    expect(mina.at("connection-state")).to_have_attribute("data-state", "offline")
    for number in range(CUT_LINES):
        mina.say(f"끊긴 동안 {number}")
        joon.say(f"while you were away {number}")
    waiting = mina.page.locator('[data-testid="message"][data-state="waiting"]')
    expect(waiting).to_have_count(CUT_LINES)
    mina.shoot(album / "07-offline-phone-ko.png")
    expect(joon.at("message").filter(has_text="끊긴 동안")).to_have_count(0)

    cable.plug()
    mina.context.set_offline(False)
    expect(mina.at("connection-state")).to_have_attribute("data-state", "connected")
    expect(waiting).to_have_count(0)
    for person in (mina, joon):
        for number in range(CUT_LINES):
            for text in (f"끊긴 동안 {number}", f"while you were away {number}"):
                expect(person.at("message").filter(has_text=text)).to_have_count(1)
    total = 2 + 2 * CUT_LINES
    wanted = [str(seq) for seq in range(1, total + 1)]
    assert _seqs(mina) == wanted
    assert _seqs(joon) == wanted
    texts = [_texts(person) for person in (mina, joon)]
    assert texts[0] == texts[1], json.dumps(texts, ensure_ascii=False)


def _texts(person: Visitor) -> list[list[str]]:
    found: list[list[str]] = person.page.eval_on_selector_all(
        '[data-testid="message"]',
        "nodes => nodes.map(n => [n.dataset.seq, n.querySelector('.bubble')?.textContent ?? ''])",
    )
    return found


def test_a_bot_answers_a_lonely_visitor(server: Server) -> None:
    with (
        open_browser() as browser,
        visitor(browser, server.url, locale="en-US", screen=PHONE) as alone,
    ):
        alone.sign_in("010-2000-0003", "Alone", "other")
        alone.join(GROUP)
        alone.like("BotWren")
        expect(alone.at("match-moment")).to_be_visible(timeout=20_000)
        alone.at("match-open-chat").click()
        expect(alone.at("message").filter(has_text="I am a bot")).to_be_visible()
        alone.say("How are you?")
        expect(alone.at("message")).to_have_count(3)
