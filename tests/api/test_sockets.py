"""Over real sockets: what a test client of the framework cannot see."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import cast

import pytest
import trio
import trio.testing
from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable

from api.doors import drop_who_does_not_read
from api.rest.door import serve_http
from api.settings import Environment
from engine.limits import REQUEST_BYTES_MAX
from engine.limits_outside import HTTP_HEAD_BYTES_MAX
from tests.api.people import make_town

IDLE_S = 0.3
JSON = "Content-Type: application/json"

# Far above what any of this takes; a hang is then told from a slow machine.
PATIENCE_S = 20


@asynccontextmanager
async def listening() -> AsyncIterator[str]:
    """Serve a town and give its address."""
    app = make_town(Environment.DEV).edge.app
    with socket.create_server(("127.0.0.1", 0)) as door:
        async with trio.open_nursery() as nursery:
            await nursery.start(
                partial(serve_http, app, door, trio.Event(), now_s=lambda: 0.0, idle_s=IDLE_S)
            )
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
            nursery.cancel_scope.cancel()


async def exchange(address: str, data: bytes) -> bytes:
    """Send, and read to the end of the connection."""
    host, _, port = address.removeprefix("http://").rpartition(":")
    received = b""
    with trio.fail_after(PATIENCE_S):
        async with await trio.open_tcp_stream(host, int(port)) as stream:
            await stream.send_all(data)
            async for part in stream:
                received += bytes(part)
    return received


def request(line: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode() + body


async def test_a_connection_that_is_to_close_is_closed() -> None:
    async with listening() as address:
        for line in ("GET /health/live", "GET /v1/me", "GET /", "HEAD /v1/config"):
            answer = await exchange(address, request(line, "Connection: close"))
            assert answer.startswith(b"HTTP/1.1 ")


async def test_an_idle_connection_is_closed() -> None:
    async with listening() as address:
        two = request("GET /health/live") * 2
        answer = await exchange(address, two)
        assert answer.count(b'{"status":"ok"}') == 2


async def test_oversized_bodies_are_answered_and_the_connection_ends() -> None:
    headers = (JSON, "Connection: close")
    async with listening() as address:
        declared = request("POST /v1/auth/otp", *headers, "Content-Length: 999999999999")
        assert b" 413 " in await exchange(address, declared)
        chunk = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
        chunked = request(
            "POST /v1/auth/otp",
            *headers,
            "Transfer-Encoding: chunked",
            body=chunk * (REQUEST_BYTES_MAX // 0x1000 + 1) + b"0\r\n\r\n",
        )
        assert b" 413 " in await exchange(address, chunked)


async def test_who_does_not_read_the_answer_is_dropped_by_the_kernel() -> None:
    """What `open_doors` sets on the door holds for each connection that comes in by it."""
    with socket.create_server(("127.0.0.1", 0)) as door, socket.socket() as deaf:
        drop_who_does_not_read(door, within_s=0.3)
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.connect(door.getsockname())
        accepted, _ = door.accept()
        accepted.setblocking(False)
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(accepted))
        async with stream:
            with trio.fail_after(PATIENCE_S), pytest.raises(trio.BrokenResourceError):
                await stream.send_all(bytes(50_000_000))


async def test_seeding_is_written_to_its_end() -> None:
    body = b'{"users":350,"groups":2}'
    headers = (
        "Content-Type: application/json",
        "Connection: close",
        f"Content-Length: {len(body)}",
    )
    async with listening() as address:
        answer = await exchange(address, request("POST /v1/dev/seed", *headers, body=body))
    assert answer.count(b'"access":') == 350
    assert answer.endswith(b"0\r\n\r\n")


async def test_answers_without_a_body_do_not_count_one() -> None:
    async with listening() as address:
        answer = await exchange(address, request("GET /", "If-None-Match: *", "Connection: close"))
    assert b" 304 " in answer
    assert b"content-length" not in answer.lower()


async def test_calls_that_come_together_are_answered_in_their_order() -> None:
    calls = request("GET /health/live") + request("GET /v1/me") + request("HEAD /health/live")
    last = request("GET /v1/nowhere", "Connection: close")
    async with listening() as address:
        answer = await exchange(address, calls + last)
    heads = [line for line in answer.split(b"\r\n") if b"HTTP/1.1" in line]
    assert [line[line.index(b"HTTP/1.1 ") + 9 :][:3] for line in heads] == [
        b"200", b"401", b"200", b"404",
    ]  # fmt: skip
    assert answer.count(b'{"status":"ok"}') == 1, "HEAD has none"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"not a request at all\r\n\r\n", b"400"),
        (request("GET /health/live", "Content-Length: 1", "Content-Length: 2"), b"400"),
        (request("POST /v1/auth/otp", JSON, "Transfer-Encoding: chunked", body=b"x\r\n"), b"400"),
        (request("GET /health/live", "X: " + "x" * (HTTP_HEAD_BYTES_MAX + 65_536)), b"431"),
        (request("GET /health/live").replace(b"Host: localhost", b"Host: a\r\nHost: b"), b"400"),
    ],
)
async def test_what_is_no_request_is_refused_and_the_connection_ends(
    data: bytes, status: bytes
) -> None:
    async with listening() as address:
        answer = await exchange(address, data)
        assert answer.startswith(b"HTTP/1.1 " + status), answer
        assert b"connection: close" in answer
        assert b" 200 " in await exchange(address, request("GET /health/live", "Connection: close"))


async def test_a_head_that_does_not_come_to_its_end_is_not_waited_for() -> None:
    async with listening() as address:
        assert await exchange(address, b"GET /health/live HTTP/1.1\r\nHost: x\r\n") == b""


async def test_who_asks_first_is_told_to_go_on() -> None:
    body = b'{"phone":"010-1234-5678"}'
    headers = (JSON, f"Content-Length: {len(body)}", "Expect: 100-continue", "Connection: close")
    async with listening() as address:
        host, _, port = address.removeprefix("http://").rpartition(":")
        with trio.fail_after(PATIENCE_S):
            async with await trio.open_tcp_stream(host, int(port)) as stream:
                await stream.send_all(request("POST /v1/auth/otp", *headers))
                assert bytes(await stream.receive_some()).startswith(b"HTTP/1.1 100")
                await stream.send_all(body)
                assert bytes(await stream.receive_some()).startswith(b"HTTP/1.1 202")


@asynccontextmanager
async def served(app: ASGIFramework) -> AsyncIterator[tuple[trio.SocketStream, trio.Event]]:
    """Serve an application, give a line to it and what closes its door; in the end all is over."""
    closing = trio.Event()
    with socket.create_server(("127.0.0.1", 0)) as door, trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            serving = partial(serve_http, app, door, closing, now_s=lambda: 0.0)
            await nursery.start(serving)
            async with await trio.open_tcp_stream(*door.getsockname()) as stream:
                yield stream, closing
            closing.set()


async def test_a_closed_door_waits_for_the_calls_under_way() -> None:
    called, go_on = trio.Event(), trio.Event()

    async def slow(_: object, __: object, send: ASGISendCallable) -> None:
        called.set()
        await go_on.wait()
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok", "more_body": False})

    async with served(cast("ASGIFramework", slow)) as (stream, closing):
        await stream.send_all(request("GET /"))
        await called.wait()
        closing.set()
        await trio.testing.wait_all_tasks_blocked(0.01)
        go_on.set()
        answer = b"".join([bytes(part) async for part in stream])
    assert answer.endswith(b"\r\n\r\nok")


async def test_a_closed_door_does_not_wait_for_those_who_are_idle() -> None:
    async with served(cast("ASGIFramework", None)) as (stream, closing):
        await trio.testing.wait_all_tasks_blocked(0.01)
        closing.set()
        assert await stream.receive_some() == b""


async def test_a_bug_of_one_call_ends_one_connection() -> None:
    async def broken(*_: object) -> None:
        raise KeyError("what was asked")

    async with served(cast("ASGIFramework", broken)) as (stream, _):
        await stream.send_all(request("GET /"))
        answer = b"".join([bytes(part) async for part in stream])
        assert answer.startswith(b"HTTP/1.1 500")
        assert b"what was asked" not in answer


async def test_who_hangs_up_is_noticed_while_the_answer_is_made() -> None:
    noticed: list[str] = []

    async def listens(_: object, receive: ASGIReceiveCallable, __: object) -> None:
        first, then = await receive(), await receive()
        noticed.extend([first["type"], then["type"]])

    async with served(cast("ASGIFramework", listens)) as (stream, _):
        await stream.send_all(request("GET /"))
        await trio.testing.wait_all_tasks_blocked(0.01)
    assert noticed == ["http.request", "http.disconnect"]


async def test_half_an_answer_is_not_followed_by_another() -> None:
    async def half(_: object, __: object, send: ASGISendCallable) -> None:
        headers = [(b"content-length", b"9")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})

    async with served(cast("ASGIFramework", half)) as (stream, _):
        await stream.send_all(request("GET /") * 2)
        answer = b"".join([bytes(part) async for part in stream])
    assert answer.count(b"HTTP/1.1") == 1
