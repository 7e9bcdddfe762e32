"""Looking for people of a group, and reading back to the beginning of a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import DESK, PHONE, Visitor, open_browser, visitor
from tests.e2e.phone import calling
from tests.e2e.rest import Json, seeded, sign_in
from tests.e2e.server import Server

CIRCLE = "찾아보는 온실"
PEOPLE = (("나무하나", "female", "산책"), ("나무둘", "male", "산책"), ("바다", "female", "수영"))
LINES = 130


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def test_people_are_found_by_what_their_cards_show(
    browser: Browser, server: Server, album: Path
) -> None:
    _gather(server)
    with visitor(browser, server.url, locale="ko-KR", screen=PHONE) as me:
        me.sign_in("010-3970-0009", "찾는이", "male")
        me.join(CIRCLE)
        cards = me.at("person-card")
        expect(cards).to_have_count(4)
        me.at("people-search").fill("나무")
        expect(cards).to_have_count(2)
        expect(me.at("people-found")).to_have_text("2명 찾았어요")
        me.at("people-filters").click()
        me.at("people-gender").select_option("female")
        expect(cards).to_have_count(1)
        expect(cards).to_contain_text("나무하나")
        me.shoot(album / "79-people-search-phone-ko.png")
        me.at("people-search").fill("")
        me.at("people-interest").fill("수영")
        expect(cards).to_contain_text(["바다"])
        me.at("people-age").select_option("60+")
        expect(cards).to_have_count(0)
        expect(me.page.get_by_text("찾은 사람이 없어요")).to_be_visible()
        for choice in ("people-age", "people-gender"):
            me.at(choice).select_option("")
        me.at("people-interest").fill("")
        expect(cards).to_have_count(4)


def _gather(server: Server) -> None:
    group: object = None
    for number, (nickname, gender, interest) in enumerate(PEOPLE):
        person = sign_in(server, f"010-3970-000{number}", nickname, gender)
        profile = {"nickname": nickname, "interests": [interest]}
        if group is None:
            body: Json = {"type": "created", "name": CIRCLE, "profile": profile}
            group = person.call("POST", "/v1/groups", body, status=201)["group"]
        else:
            person.call("POST", f"/v1/groups/{group}/join", {"profile": profile})
        person.http.close()


def test_one_reads_back_to_the_beginning(browser: Browser, roomy: Server) -> None:
    """History comes page by page while one scrolls, and what is read stays where it is."""
    one, other = seeded(roomy, users=2, groups=1, pairs=True)
    room = one["room"]
    with calling(roomy.ws_url, other["access"]) as phone:
        for number in range(LINES):
            phone.reply(phone.write(room, f"c{number}", f"line {number:03}"))
    with visitor(browser, roomy.url, locale="en-US", screen=DESK) as me:
        _enter(me, one)
        me.page.goto(f"{roomy.url}/#/matches/{room}")
        me.page.reload()
        expect(me.message(f"line {LINES - 1}")).to_be_in_viewport()
        assert f"line {0:03}" not in me.lines()
        first = me.message("line 000")
        for _ in range(LINES):
            me.page.locator(".chat-scroll").evaluate("node => node.scrollBy(0, -600)")
            me.page.wait_for_timeout(50)
            if first.count():
                break
        expect(first).to_have_count(1)
        assert me.lines() == [f"line {number:03}" for number in range(LINES)]


def _enter(me: Visitor, person: Json) -> None:
    """Sign in with the token of a seeded person."""
    tokens = {"access": person["access"], "refresh": "none", "expiresAt": 4_000_000_000_000}
    me.page.evaluate("kept => localStorage.setItem('glimpse.tokens', JSON.stringify(kept))", tokens)
