"""The page on which a card is shown: one script of somebody else, for one order that waits."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from tests.api.edge import Edge
from tests.api.people import Fields, Person
from tests.api.rest.test_orders import buyer, come_back, order

PAGE = "/v1/orders/card/toss?order="


async def subscriber() -> tuple[Person, str]:
    """Order a month that renews, where a card is shown for that."""
    fox = await buyer()
    fox.town.edge.till.cards = True
    name, _ = await order(fox, "premium_month", renews=True)
    return fox, name


def form_of(page: str) -> Fields:
    found = re.search(r'data-form="([^"]*)"', page)
    assert found is not None
    form: Fields = json.loads(unescape(found[1]))
    return form


async def page_of(edge: Edge, name: str) -> tuple[int, str, str]:
    reply = await edge.call("GET", PAGE + name)
    return reply.status, reply.data.decode(), reply.headers["content-security-policy"]


async def test_the_page_runs_our_script_and_one_other() -> None:
    fox, name = await subscriber()
    status, page, policy = await page_of(fox.town.edge, name)
    assert status == 200
    assert form_of(page) == {
        "order": name,
        "language": "ko",
        "price": {"amount": 9_900, "currency": "KRW", "digits": 0},
        "days": 30,
        "free": 0,
        "script": "https://js.till.example/v2/standard",
        "shop": "test_ck",
        "customer": name,
        "back": f"https://shop.example/back?order={name}",
        "failed": f"https://shop.example/back?order={name}&failed=1",
    }
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self' https://js.till.example"
    assert rules["frame-src"] == "https://js.till.example https://*.till.example"
    assert rules["frame-ancestors"] == "'none'"
    assert "unsafe-inline" not in rules["script-src"]
    assert re.findall(r"<script[^>]*>", page) == ['<script type="module" src="/card.js">']


async def test_free_days_are_told_before_a_card_is_shown() -> None:
    fox, _ = await subscriber()
    name, _ = await order(fox, "premium_month", renews=True, trial=True)
    _, page, _ = await page_of(fox.town.edge, name)
    assert form_of(page)["free"] == 7


async def test_what_a_name_says_stays_in_its_attribute() -> None:
    fox, name = await subscriber()
    fox.town.edge.till.card_shop = '"><script>alert(1)</script>'
    _, page, _ = await page_of(fox.town.edge, name)
    assert "<script>" not in page
    assert form_of(page)["shop"] == '"><script>alert(1)</script>'


async def test_who_has_shown_a_card_is_sent_to_the_shop() -> None:
    fox, name = await subscriber()
    await come_back(fox, name, customerKey=name, authKey="auth")
    reply = await fox.town.edge.call("GET", PAGE + name)
    assert (reply.status, reply.headers["location"]) == (303, f"/#shop/{name}")


@pytest.mark.parametrize(("asked", "status"), [("n" * 16, 404), ("x", 400), ("", 400)])
async def test_there_is_no_page_for_no_order(asked: str, status: int) -> None:
    fox, _ = await subscriber()
    reply = await fox.town.edge.call("GET", PAGE + asked)
    assert reply.status == status


async def test_there_is_no_page_for_what_is_paid_elsewhere() -> None:
    fox, _ = await subscriber()
    once, _ = await order(fox)
    kakao, _ = await order(fox, provider="kakao")
    for name in (once, kakao):
        assert (await fox.town.edge.call("GET", PAGE + name)).status == 404
