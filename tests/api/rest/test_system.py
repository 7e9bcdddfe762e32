"""What is asked before anything else, and what only this machine may ask."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio
from trio.testing import MockClock

from api.settings import Environment
from engine.errors import Unavailable
from engine.limits import (
    READY_WITHIN_S,
)
from engine.model.pool_policy import PoolPolicy
from tests.api.edge import LOOPBACK, STRANGER, Edge, make_edge, make_settings
from tests.api.fakes import make_store


@pytest.fixture
def edge() -> Edge:
    return make_edge(make_store())


# ---------------------------------------------------------------------------------------- health


class Health:
    """A store that says how it is, when it says anything."""

    def __init__(self, answer: str | Exception | None, *, delay_s: float = 0) -> None:
        self.answer, self.delay_s = answer, delay_s

    async def check(self) -> str | None:
        await trio.sleep(self.delay_s)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("health", "status"),
    [
        (Health(None), 200),
        (Health("disk full on db-7"), 503),
        (Health(Unavailable("db-7 is away")), 503),
        (Health(None, delay_s=READY_WITHIN_S + 1), 503),
    ],
)
async def test_ready_says_whether_the_store_answers(
    health: Health, status: int, autojump_clock: MockClock
) -> None:
    began = autojump_clock.current_time()
    edge = make_edge(make_store(health=health))
    reply = await edge.call("GET", "/health/ready", peer=STRANGER)
    assert reply.status == status
    assert b"db-7" not in reply.data
    if status == 200:
        assert reply.fields == {"status": "ok"}
    else:
        assert reply.code == "unavailable"
    assert autojump_clock.current_time() - began <= READY_WITHIN_S
    live = await edge.call("GET", "/health/live", peer=STRANGER)
    assert (live.status, live.fields) == (200, {"status": "ok"})


# ------------------------------------------------------------------------- dev routes, loopback

HIDDEN = [
    ("GET", "/v1/dev/outbox"),
    ("POST", "/v1/dev/seed"),
    ("OPTIONS", "/v1/dev/seed"),
    ("GET", "/v1/dev/mails"),
]


@pytest.mark.parametrize(("method", "path"), HIDDEN)
@pytest.mark.parametrize("peer", [STRANGER, "::ffff:203.0.113.7", "2001:db8::1", "", "unix:"])
async def test_dev_routes_are_not_there_for_strangers(method: str, path: str, peer: str) -> None:
    edge = make_edge(make_store(), environment=Environment.DEV)
    forged = {"X-Forwarded-For": LOOPBACK, "Host": "localhost"}
    reply = await edge.call(method, path, {"users": 1, "groups": 1}, peer=peer, headers=forged)
    assert (reply.status, reply.code) == (404, "not_found")


@pytest.mark.parametrize(("method", "path"), HIDDEN)
async def test_dev_routes_are_not_there_in_production(method: str, path: str) -> None:
    edge = make_edge(make_store(), environment=Environment.PRODUCTION)
    reply = await edge.call(method, path, {"users": 1, "groups": 1})
    assert (reply.status, reply.code) == (404, "not_found")


async def test_seeding_is_for_dev_and_bench() -> None:
    edge = make_edge(make_store(), environment=Environment.TEST)
    assert (await edge.call("POST", "/v1/dev/seed", {"users": 1, "groups": 1})).status == 404
    assert (await edge.call("GET", "/v1/dev/outbox", peer="::1")).fields == {"items": []}


@pytest.mark.parametrize(
    ("peer", "opened", "status"),
    [
        (LOOPBACK, False, 200),
        ("::1", False, 200),
        (STRANGER, False, 404),
        (STRANGER, True, 200),
    ],
)
async def test_metrics_are_for_this_machine(peer: str, status: int, *, opened: bool) -> None:
    edge = make_edge(make_store(), settings=replace(make_settings(), metrics_open=opened))
    assert (await edge.call("GET", "/metrics", peer=peer)).status == status


# ---------------------------------------------------------------------------------------- config


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("localhost:8080", "ws://localhost:8081/v1/ws"),
        ("192.168.0.7", "ws://192.168.0.7:8081/v1/ws"),
        ("[::1]:8080", "ws://[::1]:8081/v1/ws"),
        ("evil.example/x?", "ws://127.0.0.1:8081/v1/ws"),
        ("a b", "ws://127.0.0.1:8081/v1/ws"),
        ("", "ws://127.0.0.1:8081/v1/ws"),
    ],
)
async def test_config_names_the_gateway_where_the_client_stands(
    edge: Edge, host: str, url: str
) -> None:
    reply = await edge.call("GET", "/v1/config", headers={"Host": host})
    assert reply.fields["ws_url"] == url


async def test_config_tells_the_public_address_and_the_limits() -> None:
    settings = replace(make_settings(), public_ws_url="wss://ws.example/v1/ws")
    reply = await make_edge(make_store(), settings=settings).call("GET", "/v1/config")
    assert reply.fields == {
        "ws_url": "wss://ws.example/v1/ws",
        "protocol": "glimpse.v1",
        "min_client": "1.0.0",
        "environment": "test",
        "limits": {
            "text_chars_max": 1000,
            "frame_bytes_max": 65536,
            "cid_chars_max": 64,
            "sessions_per_account_max": 5,
            "history_page_max": 200,
            "heartbeat_s": 25,
            "typing_s": 5,
            "nickname_chars_min": 2,
            "nickname_chars_max": 10,
        },
        "likes": {"credits_each": 1, "again_after_s": 1_209_600, "undo_within_s": 300},
        "pools": {"features": list(PoolPolicy().features), "cells_across": 32},
    }
