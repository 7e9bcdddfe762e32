"""When likes open in a group, and what a count of them says, in the browser."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import asyncpg
from playwright.sync_api import expect

from tests.e2e.browser import PHONE, Visitor, open_browser, visitor
from tests.e2e.rest import Person, sign_in
from tests.e2e.server import Server

NAME = "여는 온실"
TWO_DAYS_MS = 2 * 86_400_000


def test_likes_open_with_four_and_romance_with_two_and_two(town: Server, album: Path) -> None:
    with (
        ExitStack() as stack,
        open_browser() as browser,
        visitor(browser, town.url, locale="ko-KR", screen=PHONE) as daon,
    ):
        daon.sign_in("010-6300-0000", "다온", "female")
        group = _make(daon)
        _join(stack, town, group, 1, "female")
        _join(stack, town, group, 2, "male")
        daon.page.reload()
        expect(daon.page.get_by_text("아직 열리지 않았어요")).to_be_visible()
        expect(daon.at("like-button").first).to_be_disabled()
        daon.shoot(album / "66-closed-phone-ko.png")
        _join(stack, town, group, 3, "female")
        daon.page.reload()
        expect(daon.at("like-button").first).to_be_enabled()
        _likes(daon, "사람2", "like-romantic")
        expect(daon.page.get_by_text("여기서는 아직 마음을")).to_be_visible()
        expect(daon.at("liked-note")).to_have_count(0)
        fourth = _join(stack, town, group, 4, "male")
        daon.page.reload()
        _likes(daon, "사람2", "like-romantic")
        expect(daon.at("liked-note")).to_have_count(1)
        _count(stack, town, daon, group, fourth, album)


def _make(daon: Visitor) -> str:
    daon.at("nav-groups").first.click()
    daon.at("group-create").click()
    daon.at("group-name").fill(NAME)
    daon.at("group-create-submit").click()
    expect(daon.at("person-card")).to_have_count(1)
    return daon.page.url.rsplit("/", 1)[1]


def _join(stack: ExitStack, town: Server, group: str, number: int, gender: str) -> Person:
    person = sign_in(town, f"010-6300-{number:04}", f"사람{number}", gender)
    stack.callback(person.http.close)
    person.call("POST", f"/v1/groups/{group}/join", {})
    return person


def _likes(daon: Visitor, nickname: str, intent: str) -> None:
    card = daon.at("person-card").filter(has=daon.page.get_by_text(nickname, exact=True))
    card.get_by_test_id("like-button").click()
    daon.at(intent).click()


def _count(
    stack: ExitStack, town: Server, daon: Visitor, group: str, fourth: Person, album: Path
) -> None:
    """Three like her; the next day a quiet line says that it is a few, and no number."""
    admirers = [fourth, *(_join(stack, town, group, number, "male") for number in range(5, 10))][:3]
    (hers,) = (
        one for one in fourth.items(f"/v1/groups/{group}/members") if one["nickname"] == "다온"
    )
    for one in admirers:
        body = {"member": hers["member"], "intent": "friend"}
        one.call("POST", f"/v1/groups/{group}/likes", body, status=202)
    daon.page.reload()
    expect(daon.at("person-card").first).to_be_visible()
    expect(daon.at("likes-band")).to_be_hidden()
    with ThreadPoolExecutor(1) as thread:  # the browser has the loop of this one
        thread.submit(asyncio.run, _let_days_pass(town, group)).result()
    assert town.stop() == 0
    town.start()  # it looks first whether counts are due
    daon.page.reload()
    expect(daon.at("likes-band")).to_contain_text("몇 사람")
    daon.shoot(album / "67-band-phone-ko.png")


async def _let_days_pass(town: Server, group: str) -> None:
    assert town.database is not None
    database = await asyncpg.connect(town.database)
    try:
        await database.execute(
            "UPDATE likes SET at = at - $2 WHERE group_id = $1", group, TWO_DAYS_MS
        )
        await database.execute(
            "UPDATE like_releases SET released_at = released_at - $1", TWO_DAYS_MS
        )
    finally:
        await database.close()
