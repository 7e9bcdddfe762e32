"""Rates of REST: what is told of them, whom they count, and what holds without a Redis."""

from __future__ import annotations

from dataclasses import replace

import pytest
from quart import Response
from quart.testing.utils import sentinel

from api.addresses import Proxies, parse_address
from api.app import all_routes
from api.rest.route import Access
from api.settings import Environment, load_settings
from engine.errors import Unavailable
from engine.model.policy import Policy, RestPolicy
from engine.sessions.rates import Rate, Taken
from store.memory.rates import MemoryRates
from tests.api.edge import LOOPBACK, STRANGER, Edge, make_edge, make_settings
from tests.api.fakes import make_store
from tests.api.people import make_town

FEW = Policy(
    rest=RestPolicy(
        sign_in_calls_per_minute_max=60,
        sign_in_calls_burst_max=2,
        calls_per_minute_max=60,
        calls_burst_max=3,
    )
)
PROXY = "10.0.0.9"
PROFILE: dict[str, object] = {"nickname": "fox", "birth_year": 1996, "gender": "female"}
OTP = {"phone": "nonsense"}  # refused after it has been counted


class NoRates:
    """A Redis that is away."""

    async def take(self, name: str, rate: Rate, *, now_ms: int) -> Taken:
        raise Unavailable("Redis does not answer")


def proxied(text: str) -> Proxies:
    environ = {"GLIMPSE_ENV": "test", "GLIMPSE_TRUSTED_PROXIES": text}
    return load_settings(environ, make_settings().data_dir).proxies


async def sign_in(edge: Edge, *, peer: str, forwarded: str | None = None) -> int:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    reply = await edge.call("POST", "/v1/auth/otp", OTP, peer=peer, headers=headers)
    return reply.status


async def test_each_answer_says_what_is_left() -> None:
    edge = make_edge(make_store(), policy=FEW)
    replies = [await edge.call("GET", "/v1/me", token=edge.token()) for _ in range(4)]
    assert [reply.headers["ratelimit-limit"] for reply in replies] == ["3"] * 4
    assert [reply.headers["ratelimit-remaining"] for reply in replies] == ["2", "1", "0", "0"]
    assert [reply.headers["ratelimit-reset"] for reply in replies] == ["1", "2", "3", "3"]
    assert [reply.status for reply in replies] == [200, 200, 200, 429]
    assert replies[-1].headers["retry-after"] == "1"


async def test_what_is_not_counted_says_nothing() -> None:
    reply = await make_edge(make_store(), policy=FEW).call("GET", "/v1/config")
    assert not [name for name in reply.headers if name.startswith("ratelimit")]


async def test_without_redis_signing_in_is_refused_and_reading_goes_on() -> None:
    edge = make_edge(make_store(rates=NoRates()), policy=FEW)
    assert await sign_in(edge, peer=STRANGER) == 503
    replies = [await edge.call("GET", "/v1/me", token=edge.token()) for _ in range(4)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429], "by this process alone"


async def test_two_processes_with_one_redis_share_a_budget() -> None:
    rates = MemoryRates()
    edges = [make_edge(make_store(rates=rates), policy=FEW) for _ in range(2)]
    statuses = [(await edge.call("GET", "/v1/me", token=edge.token())).status for edge in edges * 2]
    assert statuses == [200, 200, 200, 429]


async def test_nobody_but_a_proxy_of_ours_says_where_a_call_came_from() -> None:
    settings = replace(make_settings(), proxies=proxied("10.0.0.0/8"))
    edge = make_edge(make_store(), policy=FEW, settings=settings)
    for number in range(2):
        assert await sign_in(edge, peer=STRANGER, forwarded=f"198.51.100.{number}") == 400
    assert await sign_in(edge, peer=STRANGER, forwarded="198.51.100.9") == 429
    for number in range(4):  # each is somebody else, as the proxy says
        assert await sign_in(edge, peer=PROXY, forwarded=f"198.51.100.{number}") == 400
    # What the caller wrote before the proxy's own word changes nothing.
    assert await sign_in(edge, peer=PROXY, forwarded="1.1.1.1, 198.51.100.3") == 400
    assert await sign_in(edge, peer=PROXY, forwarded="2.2.2.2, 198.51.100.3") == 429


@pytest.mark.parametrize(
    ("forwarded", "caller"),
    [
        ([], PROXY),
        ([""], PROXY),
        (["198.51.100.1"], "198.51.100.1"),
        (["198.51.100.1, 10.1.1.1"], "198.51.100.1"),
        (["198.51.100.1", "10.1.1.1"], "198.51.100.1"),
        (["127.0.0.1, 198.51.100.1"], "198.51.100.1"),
        (["10.1.1.1"], "10.1.1.1"),
        (["fox"], PROXY),
        (["198.51.100.1, fox"], PROXY),
        (["198.51.100.1:4711"], PROXY),
        (["2001:db8::1"], "2001:db8::1"),
        (["::ffff:198.51.100.1"], "::ffff:198.51.100.1"),
        ([",".join(["198.51.100.1"] + ["10.1.1.1"] * 40)], "10.1.1.1"),
    ],
)
def test_the_last_hop_that_is_not_ours_is_the_caller(forwarded: list[str], caller: str) -> None:
    assert proxied("10.0.0.0/8").caller(PROXY, forwarded) == caller


@pytest.mark.parametrize("peer", ["203.0.113.7", "::1", "unix:", "", "11.0.0.1"])
def test_others_are_who_they_are(peer: str) -> None:
    assert proxied("10.0.0.0/8, 2001:db8::/32").caller(peer, ["198.51.100.1"]) == peer


async def test_a_proxy_on_this_machine_makes_nobody_an_operator() -> None:
    settings = replace(make_settings(), proxies=proxied("127.0.0.0/8"))
    edge = make_edge(make_store(), settings=settings)
    for forwarded, status in (("198.51.100.1", 404), ("127.0.0.1", 200)):
        headers = {"X-Forwarded-For": forwarded}
        reply = await edge.call("GET", "/metrics", peer=LOOPBACK, headers=headers)
        assert reply.status == status


async def test_the_scheme_is_the_proxys_word() -> None:
    settings = replace(make_settings(), proxies=proxied("10.0.0.0/8"))
    edge = make_edge(make_store(), settings=settings)
    headers = {"X-Forwarded-Proto": "https"}
    for peer, scheme in ((PROXY, "wss"), (STRANGER, "ws")):
        reply = await edge.call("GET", "/v1/config", peer=peer, headers=headers)
        assert str(reply.fields["ws_url"]).startswith(f"{scheme}://")


def test_an_address_in_other_clothes_is_the_same_one() -> None:
    assert parse_address("::ffff:203.0.113.7") == parse_address(" 203.0.113.7 ")


SPELLINGS = [
    ("POST", "/v1/auth/otp/"),
    ("POST", "/v1/auth//otp"),
    ("POST", "//v1/auth/otp"),
    ("POST", "/V1/auth/otp"),
    ("POST", "/v1/auth/OTP"),
    ("POST", "/v1/auth/otp;x=1"),
    ("POST", "/v1/auth/./otp"),
    ("POST", "/v1/auth/otp%20"),
    ("POST", "/v1/auth/%6ftp"),
    ("POST", "/v1/auth/otp?x=1"),
    ("post", "/v1/auth/otp"),
    ("PUT", "/v1/auth/otp"),
    ("GET", "/v1/auth/otp"),
    ("HEAD", "/v1/auth/otp"),
    ("OPTIONS", "/v1/auth/otp"),
]
CLAIMS = [
    {"X-Forwarded-For": "198.51.100.1"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"Forwarded": "for=198.51.100.1"},
    {"X-Real-IP": "198.51.100.1"},
    {"True-Client-IP": "198.51.100.1"},
    {"CF-Connecting-IP": "198.51.100.1"},
    {"X-Client-IP": "198.51.100.1"},
    {"X-HTTP-Method-Override": "POST"},
    {"X-Original-URL": "/v1/auth/refresh"},
    {"Idempotency-Key": "another"},
    {"Authorization": "Bearer x"},
    {"User-Agent": "another"},
    {"Cookie": "session=another"},
]


async def test_no_other_spelling_of_a_call_has_a_budget_of_its_own() -> None:
    edge = make_town(policy=FEW).edge
    for number in range(2):
        ask = {"phone": f"010-{1000 + number}-0000"}
        assert (await edge.call("POST", "/v1/auth/otp", ask, peer=STRANGER)).status == 202
    again = {"phone": "010-7000-0000"}
    for method, path in SPELLINGS:
        reply = await edge.call(method, path, again, peer=STRANGER)
        assert reply.status in {200, 404, 405, 429}, (method, path)
        assert len(edge.texts.sent) == 2, (method, path)
    for headers in CLAIMS:
        reply = await edge.call("POST", "/v1/auth/otp", again, peer=STRANGER, headers=headers)
        assert reply.status == 429, headers
    assert len(edge.texts.sent) == 2


async def test_what_a_proxy_does_not_look_at_is_not_its_word() -> None:
    """An upgrade to HTTP/2 that a proxy lets pass is a tunnel: all in it is the caller's own."""
    settings = replace(make_settings(), proxies=proxied("10.0.0.0/8"))
    edge = make_edge(make_store(), policy=FEW, settings=settings)
    for path in ("/metrics", "/v1/config"):
        response = await edge.app.test_client().open(
            path,
            http_version="2",
            json=sentinel,
            headers={"X-Forwarded-For": LOOPBACK},
            scope_base={"client": (PROXY, 4711)},
        )
        assert isinstance(response, Response)
        assert response.status_code == 400


async def test_all_devices_of_somebody_share_one_budget() -> None:
    town = make_town(policy=FEW)
    devices = []
    for number in range(3):
        devices.append(await town.sign_in("010-7000-0000", PROFILE if number == 0 else None))
        town.edge.clock.sleep(60)
    statuses = [(await device.call("GET", "/v1/me")).status for device in devices * 2]
    assert statuses == [200, 200, 200, 429, 429, 429]


def test_whoever_is_not_signed_in_is_counted_by_address() -> None:
    opened = [
        route
        for route in all_routes(Environment.DEV)
        if route.spec.access is Access.ANYBODY and route.changes and not route.takes_bytes
    ]
    assert len(opened) >= 4
    # Webhooks come from few addresses, in bursts, and prove who sent them.
    assert [route.path for route in opened if not route.spec.rate_by_address] == []
