"""Buyers who try to have what others paid for, or to have twice what they paid for once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import get_args
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from tests.e2e.rest import Person, sign_in
from tests.e2e.server import Server
from tests.e2e.test_buying import Way, balance, order_by, state

WAYS: tuple[Way, ...] = get_args(Way)
Query = dict[str, str]


@pytest.fixture
def thief(server: Server) -> Iterator[Person]:
    with closing((person := sign_in(server, "+821066600061", "도둑고양이")).http):
        yield person


@pytest.fixture
def honest(server: Server) -> Iterator[Person]:
    with closing((person := sign_in(server, "+821066600062", "정직한곰")).http):
        yield person


def brought(page: str) -> Query:
    """Pay at a provider's page; return what the browser would bring back to the shop."""
    gone = httpx.post(page, data={"choice": "pay"})
    return dict(parse_qsl(urlsplit(gone.headers["Location"]).query))


def back(server: Server, way: Way, query: Query) -> int:
    return httpx.get(f"{server.url}/v1/orders/back/{way}?{urlencode(query)}").status_code


@pytest.mark.parametrize("way", WAYS)
def test_what_somebody_else_paid_pays_nothing_of_mine(
    server: Server, thief: Person, honest: Person, way: Way
) -> None:
    """faults.md 40 and 41: another's order, provider and amount, and the same page a lot."""
    (mine, _), (theirs, page) = order_by(thief, way), order_by(honest, way)
    had, query = balance(honest), brought(page)
    for stolen in (query | {"order": mine}, query | {"order": mine, "orderId": mine}):
        assert back(server, way, stolen) in {303, 404}
    assert (state(thief, mine), balance(thief)) == ("awaiting", 0)
    for other in WAYS:
        if other != way:
            assert back(server, other, query) == 404
    assert (state(honest, theirs), balance(honest)) == ("awaiting", had)
    with ThreadPoolExecutor(10) as at_once:
        cheap = [query | {"amount": "1"}] * 40
        assert set(at_once.map(lambda one: back(server, way, one), cheap)) == {303}
    assert (state(honest, theirs), balance(honest)) == ("applied", had + 10)
    thief.call("GET", f"/v1/orders/{theirs}", status=404)
    assert balance(thief) == 0
