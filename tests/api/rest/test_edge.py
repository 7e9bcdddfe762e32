"""The edge itself: guards, sizes, malformed input, headers, time limits, what bugs look like."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from quart import Response
from quart.testing.utils import sentinel
from trio.testing import MockClock

from engine.ids import AccountId, DeviceId
from engine.limits import (
    REQUEST_BODY_WITHIN_S,
    REQUEST_BYTES_MAX,
)
from engine.model.policy import Policy, RestPolicy
from tests.api.edge import STRANGER, Edge, make_edge
from tests.api.fakes import make_store

PHONE = "010-1234-5678"

MALFORMED = {
    "empty": b"",
    "cut": b'{"phone":',
    "a list": b"[]",
    "a word": b"phone",
    "duplicate key": b'{"phone":"010-1234-5678","phone":"010-8765-4321"}',
    "NaN": b'{"phone":NaN}',
    "Infinity": b'{"phone":-Infinity}',
    "invalid UTF-8": b'{"phone":"\xff"}',
    "lone surrogate": b'{"phone":"\\ud800"}',
    "NUL": b'{"phone":"\\u0000"}',
    "NUL in a key": b'{"\\u0000":"x"}',
    "deep": b'{"phone":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "huge integer": b'{"phone":' + b"9" * 60_000 + b"}",
    "wrong type": b'{"phone":1}',
    "null": b'{"phone":null}',
    "missing field": b"{}",
    "unknown field": b'{"phone":"010-1234-5678","role":"admin"}',
    "UTF-16": '{"phone":"x"}'.encode("utf-16"),
    "gzip": b"\x1f\x8b\x08\x00",
    "not a phone": b'{"phone":"02-123"}',
    "long phone": b'{"phone":"' + b"0" * 60_000 + b'"}',
}


@pytest.fixture
def edge() -> Edge:
    return make_edge(make_store())


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
async def test_malformed_bodies_are_a_bad_request(edge: Edge, data: bytes) -> None:
    reply = await edge.call("POST", "/v1/auth/otp", data=data)
    assert (reply.status, reply.code) == (400, "bad_request")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_has_to_be_called_json(edge: Edge, media_type: str) -> None:
    data = json.dumps({"phone": PHONE}).encode()
    reply = await edge.call("POST", "/v1/auth/otp", data=data, headers={"Content-Type": media_type})
    assert reply.code == "bad_request"


async def test_a_body_is_measured_before_it_is_read(edge: Edge) -> None:
    fits = b'{"phone":"' + b" " * (REQUEST_BYTES_MAX - 12) + b'"}'
    assert len(fits) == REQUEST_BYTES_MAX
    assert (await edge.call("POST", "/v1/auth/otp", data=fits)).code == "bad_request"
    reply = await edge.call("POST", "/v1/auth/otp", data=fits + b" ")
    assert (reply.status, reply.code) == (413, "too_large")


async def test_a_chunked_body_is_measured_too(edge: Edge) -> None:
    request = edge.app.test_client().request(
        "/v1/auth/otp", method="POST", headers={"Content-Type": "application/json"}
    )
    async with request as connection:
        for _ in range(REQUEST_BYTES_MAX // 8192 + 1):
            await connection.send(b" " * 8192)
        await connection.send_complete()
    response = await connection.as_response()
    assert response.status_code == 413


async def test_a_body_that_trickles_in_is_given_up(edge: Edge, autojump_clock: MockClock) -> None:
    request = edge.app.test_client().request(
        "/v1/auth/otp", method="POST", headers={"Content-Type": "application/json"}
    )
    began = autojump_clock.current_time()
    async with request as connection:
        await connection.send(b"{")
    response = await connection.as_response()
    assert response.status_code == 400
    assert autojump_clock.current_time() - began == REQUEST_BODY_WITHIN_S


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1", 404, "not_found"),
        ("GET", "/v1/nothing", 404, "not_found"),
        ("POST", "/v1/nothing", 404, "not_found"),
        ("GET", "/v1/me/", 404, "not_found"),
        ("GET", "/V1/me", 404, "not_found"),
        ("GET", "/v1/groups/short", 404, "not_found"),
        ("GET", "/v1/groups/" + "a" * 17, 404, "not_found"),
        ("GET", "/v1/groups/..%2f..%2fetc%2fpass", 404, "not_found"),
        ("GET", "/v1/groups/aaaaaaaaaaaaaa%00a", 404, "not_found"),
        ("GET", "/v1/groups/%ff%ff", 404, "not_found"),
        ("PUT", "/v1/me", 405, "bad_request"),
        ("POST", "/v1/config", 405, "bad_request"),
        ("TRACE", "/v1/me", 405, "bad_request"),
        ("GET", "/v1/config?x=1", 400, "bad_request"),
        ("GET", "/v1/groups?limit=0", 400, "bad_request"),
        ("GET", "/v1/groups?limit=-1", 400, "bad_request"),
        ("GET", "/v1/groups?limit=many", 400, "bad_request"),
        ("GET", "/v1/groups?limit=1.5", 400, "bad_request"),
        ("GET", "/v1/groups?limit=1&limit=2", 400, "bad_request"),
        ("GET", "/v1/groups?mine=perhaps", 400, "bad_request"),
        ("GET", "/v1/groups?query=%00", 400, "bad_request"),
        ("GET", "/v1/groups?query=" + "x" * 101, 400, "bad_request"),
        ("GET", "/v1/groups?cursor=", 400, "bad_request"),
        ("GET", "/v1/groups?cursor=made-up", 400, "bad_request"),
        ("GET", "/v1/groups?colour=green", 400, "bad_request"),
        ("GET", "/v1/rooms/aaaaaaaaaaaaaaaa/messages?before=0", 400, "bad_request"),
        ("GET", f"/v1/rooms/aaaaaaaaaaaaaaaa/messages?before={2**53}", 400, "bad_request"),
        ("GET", "/v1/rooms/aaaaaaaaaaaaaaaa/messages?before=" + "9" * 5000, 400, "bad_request"),
    ],
)
async def test_what_cannot_be_asked_is_a_problem_document(
    edge: Edge, method: str, path: str, status: int, code: str
) -> None:
    reply = await edge.call(method, path, token=edge.token())
    assert (reply.status, reply.code) == (status, code)


async def test_a_wrong_method_names_the_right_ones(edge: Edge) -> None:
    reply = await edge.call("PUT", "/v1/me")
    assert set(reply.headers["allow"].split(", ")) >= {"GET", "PATCH", "DELETE"}


async def test_head_and_options(edge: Edge) -> None:
    assert (await edge.call("HEAD", "/v1/config")).status == 200
    reply = await edge.call("OPTIONS", "/v1/me")
    assert reply.status == 200
    assert reply.data == b""


# -------------------------------------------------------------------------------- who is calling

SIGNED_IN = [("GET", "/v1/me"), ("POST", "/v1/groups"), ("DELETE", "/v1/matches/" + "m" * 16)]


@pytest.mark.parametrize(("method", "path"), SIGNED_IN)
async def test_nobody_is_asked_to_sign_in(edge: Edge, method: str, path: str) -> None:
    other = edge.token(AccountId("B" * 16))
    for token in (None, "", "x", other, edge.token(device=DeviceId("E" * 16)), "ÿ"):
        headers = (
            {}
            if token is None
            else {"Authorization": f"Bearer {token}".encode("latin-1", "replace").decode("latin-1")}
        )
        reply = await edge.call(method, path, data=b"not json", headers=headers)
        assert (reply.status, reply.code) == (401, "unauthenticated")
        assert reply.headers["www-authenticate"] == "Bearer"


async def test_an_access_token_ends(edge: Edge) -> None:
    token = edge.token()
    assert (await edge.call("GET", "/v1/me", token=token)).status == 200
    edge.clock.sleep(edge.services.policy.sign_in.access_ttl_s)
    assert (await edge.call("GET", "/v1/me", token=token)).code == "unauthenticated"


async def test_a_token_counts_in_its_own_header_only(edge: Edge) -> None:
    """A page of others can have a cookie sent, and an address is written into logs."""
    token = edge.token()
    for headers in (
        {"Cookie": f"access={token}"},
        {"Cookie": f"Authorization=Bearer {token}"},
        {"Authorization": f"Basic {token}"},
        {"Authorization": token},
        {"Proxy-Authorization": f"Bearer {token}"},
        {"X-Access-Token": token},
        {"Sec-WebSocket-Protocol": token},
    ):
        assert (await edge.call("GET", "/v1/me", headers=headers)).code == "unauthenticated"
    for name in ("access_token", "token", "authorization"):
        assert (await edge.call("GET", f"/v1/me?{name}={token}")).code == "unauthenticated"
    assert (await edge.call("GET", "/v1/me", token=token)).status == 200


SLOW = replace(Policy(), rest=RestPolicy(sign_in_calls_burst_max=9, calls_burst_max=9))


async def test_calls_of_one_account_are_limited() -> None:
    edge = make_edge(make_store(), policy=SLOW)
    policy = edge.services.policy.rest
    replies = [
        await edge.call("GET", "/v1/me", token=edge.token())
        for _ in range(policy.calls_burst_max + 1)
    ]
    assert {reply.status for reply in replies[:-1]} == {200}
    assert (replies[-1].status, replies[-1].code) == (429, "rate_limited")
    assert int(replies[-1].headers["retry-after"]) >= 1
    assert isinstance(replies[-1].fields["retry_after_ms"], int)
    edge.clock.sleep(60 / policy.calls_per_minute_max)
    assert (await edge.call("GET", "/v1/me", token=edge.token())).status == 200


async def test_sign_in_is_limited_by_address() -> None:
    edge = make_edge(make_store(), policy=SLOW)
    burst = edge.services.policy.rest.sign_in_calls_burst_max
    for number in range(burst):
        # One subscriber of IPv6 has all of a /64.
        reply = await edge.call("POST", "/v1/auth/refresh", {}, peer=f"2001:db8::{number:x}")
        assert reply.status == 400
    forwarded = {"X-Forwarded-For": "198.51.100.1", "Forwarded": "for=198.51.100.1"}
    reply = await edge.call(
        "POST", "/v1/auth/refresh", {}, peer="2001:db8::ffff", headers=forwarded
    )
    assert reply.code == "rate_limited"
    assert (await edge.call("POST", "/v1/auth/refresh", {}, peer=STRANGER)).status == 400


# -------------------------------------------------------------------------------------- headers


@pytest.mark.parametrize("path", ["/v1/config", "/v1/nothing", "/", "/v1/docs", "/v1/me"])
async def test_every_answer_is_locked_down(edge: Edge, path: str) -> None:
    reply = await edge.call("GET", path, peer=STRANGER)
    policy = reply.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cross-origin-opener-policy"] == "same-origin"
    assert len(reply.headers["x-request-id"]) == 16
    assert reply.headers["cache-control"] == ("no-cache" if path == "/" else "no-store")
    assert "server" not in reply.headers
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:8080", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost:8081", False),
        ("https://localhost:8080", False),
        ("http://localhost:8080.evil.example", False),
        ("null", False),
        ("", False),
    ],
)
async def test_only_pages_of_the_allow_list_may_read(
    edge: Edge, origin: str, *, allowed: bool
) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for method in ("GET", "OPTIONS"):
        reply = await edge.call(method, "/v1/config", headers=asked)
        assert reply.headers.get("access-control-allow-origin") == (origin if allowed else None)
        assert "access-control-allow-credentials" not in reply.headers
        assert "Origin" in reply.headers["vary"]
    assert ("access-control-allow-headers" in reply.headers) == allowed


@pytest.mark.parametrize("path", ["/v1//config", "/./v1/config", "/v1/config/."])
async def test_a_path_is_not_mended(edge: Edge, path: str) -> None:
    """Two spellings of one path would be two for a proxy's rule, and one route here."""
    response = await edge.app.test_client().open(
        "/", method="GET", json=sentinel, scope_base={"path": path, "raw_path": path.encode()}
    )
    assert isinstance(response, Response)
    assert response.status_code == 404
