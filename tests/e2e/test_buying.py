"""A newcomer buys by each provider with nothing but this checkout, and is sent the money back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Literal
from urllib.parse import urlsplit

import httpx
import pytest

from api.client.orders import NewOrder, create_order, get_order
from api.client.purse import get_credits
from tests.e2e.rest import Person, sign_in
from tests.e2e.server import Server

Way = Literal["stripe", "toss", "kakao"]

PHONES: dict[Way, str] = {
    "stripe": "+821066600001",
    "toss": "+821066600002",
    "kakao": "+821066600003",
}


@pytest.fixture(params=PHONES)
def way(request: pytest.FixtureRequest) -> Way:
    """Each of the three providers."""
    found: Way = request.param
    return found


def order_by(person: Person, way: Way) -> tuple[str, str]:
    """Order ten credits; gives the order and the provider's page."""
    placed = person.client.send(create_order(NewOrder(product="credits_10", provider=way)))
    return placed.order.order, placed.pay_url


def press(server: Server, page: str, choice: str) -> str:
    """Press a button on the provider's page, and follow the browser home; gives where it ends."""
    with httpx.Client() as browser:
        assert "4,500" in browser.get(page).text
        gone = browser.post(page, data={"choice": choice})
        home = gone.headers["Location"]
        assert home.startswith(f"{server.url}/v1/orders/back/")
        back = browser.get(home)
        assert back.status_code == 303, back.text
    return str(back.headers["Location"])


def state(person: Person, order: str) -> str:
    return person.client.send(get_order(order)).state


def balance(person: Person) -> int:
    return person.client.send(get_credits()).credits


@pytest.fixture
def newcomer(server: Server, way: Way) -> Iterator[Person]:
    """Somebody who has just signed up."""
    person = sign_in(server, PHONES[way], f"산사람{way}")
    with closing(person.http):
        yield person


def test_who_declines_gets_nothing(server: Server, newcomer: Person, way: Way) -> None:
    before = balance(newcomer)
    order, page = order_by(newcomer, way)
    press(server, page, "decline")
    assert state(newcomer, order) in {"cancelled", "failed"}
    assert balance(newcomer) == before


def test_credits_come_with_the_money(server: Server, newcomer: Person, way: Way) -> None:
    before = balance(newcomer)
    order, page = order_by(newcomer, way)
    assert state(newcomer, order) == "awaiting"
    assert urlsplit(press(server, page, "pay")).fragment == f"shop/{order}"
    assert (state(newcomer, order), balance(newcomer)) == ("applied", before + 10)


def test_credits_go_with_the_money(town: Server) -> None:
    person = sign_in(town, PHONES["toss"], "산사람")
    with closing(person.http):
        before = balance(person)
        order, page = order_by(person, "toss")
        press(town, page, "pay")
        assert balance(person) == before + 10
        town.admin("refund", order, "--operator", "kim", "--why", "asked for it")
        wait_for(person, order, "refunded")
        assert balance(person) == before


def wait_for(person: Person, order: str, wanted: str) -> None:
    for _ in range(150):
        if state(person, order) == wanted:
            return
        time.sleep(0.2)
    raise AssertionError(f"{state(person, order)} is not {wanted}")
