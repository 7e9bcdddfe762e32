"""Trouble: what callers are told of failures and bugs, and what the log and the numbers hold."""

from __future__ import annotations

import io
import json

import pytest
import structlog
import trio
from trio.testing import MockClock

from api.observe.logging import configure_logging
from engine.errors import Busy, RateLimited, Unavailable
from engine.ids import AccountId, DeviceId
from engine.limits import (
    REQUEST_S_MAX,
)
from engine.model.account import Account
from tests.api.edge import ME, STRANGER, Edge, make_edge
from tests.api.fakes import OneAccount, make_store

PHONE = "010-1234-5678"


@pytest.fixture
def edge() -> Edge:
    return make_edge(make_store())


# ------------------------------------------------------------------------- failures and patience


class Failing(OneAccount):
    """An account store in trouble."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    async def account_of(self, device: DeviceId, account: AccountId) -> Account:
        if self.error is None:
            await trio.sleep_forever()
        else:
            raise self.error
        return ME


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Unavailable(), 503, "unavailable"),
        (Busy(retry_after_ms=1200), 503, "busy"),
        (RateLimited(retry_after_ms=1), 429, "rate_limited"),
        (ZeroDivisionError("secret 42"), 500, "unavailable"),
        (ExceptionGroup("x", [KeyError("secret 42")]), 500, "unavailable"),
        (RecursionError(), 500, "unavailable"),
    ],
)
async def test_trouble_is_told_without_its_inside(error: Exception, status: int, code: str) -> None:
    log = io.StringIO()
    configure_logging(log)
    try:
        edge = make_edge(make_store(accounts=Failing(error)))
        reply = await edge.call("GET", "/v1/me", token=edge.token())
    finally:
        structlog.reset_defaults()
    assert (reply.status, reply.code) == (status, code)
    assert b"secret" not in reply.data
    assert b"Traceback" not in reply.data
    assert "secret" not in log.getvalue()
    assert ('"event": "failed"' in log.getvalue()) == (status == 500)


async def test_a_store_that_hangs_ends_in_unavailable(autojump_clock: MockClock) -> None:
    edge = make_edge(make_store(accounts=Failing(None)))
    began = autojump_clock.current_time()
    reply = await edge.call("GET", "/v1/me", token=edge.token())
    assert (reply.status, reply.code) == (503, "unavailable")
    assert autojump_clock.current_time() - began == REQUEST_S_MAX


async def test_the_log_holds_no_person() -> None:
    log = io.StringIO()
    configure_logging(log)
    try:
        edge = make_edge(make_store())
        group, token = "g" * 16, edge.token()
        await edge.call("GET", f"/v1/groups/{group}?colour=green", token=token)
        await edge.call("GET", "/v1/me", token=token, headers={"User-Agent": "canary\x1b[31m"})
        await edge.call("POST", "/v1/auth/otp", {"phone": PHONE, "x": "canary"}, peer=STRANGER)
        await edge.call("GET", "/canary/\r\n", token=token)
    finally:
        structlog.reset_defaults()
    text = log.getvalue()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["route"] for line in lines] == [
        "/v1/groups/{group}",
        "/v1/me",
        "/v1/auth/otp",
        "none",
    ]
    for canary in (group, token, ME.account, ME.nickname, PHONE, STRANGER, "canary", "green"):
        assert canary not in text


async def test_calls_are_counted_by_the_template_of_their_route(edge: Edge) -> None:
    await edge.call("GET", "/v1/groups/" + "g" * 17, token=edge.token())
    await edge.call("BREW", "/v1/config")
    text = (await edge.call("GET", "/metrics")).data.decode()
    assert (
        'glimpse_http_requests_total{method="GET",route="/v1/groups/{group}",status="404"} 1.0'
        in text
    )
    assert 'method="other"' in text
    assert "g" * 17 not in text
