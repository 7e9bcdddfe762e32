"""Over real sockets: what a test client of the framework cannot see."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
from hypercorn.config import Config
from hypercorn.trio import serve

from api.doors import drop_who_does_not_read
from api.settings import Environment
from engine.limits import REQUEST_BYTES_MAX
from tests.api.people import make_town

IDLE_S = 0.3
JSON = "Content-Type: application/json"

# Far above what any of this takes; a hang is then told from a slow machine.
PATIENCE_S = 20


@asynccontextmanager
async def listening() -> AsyncIterator[str]:
    """Serve a town and give its address."""
    config = Config()
    config.bind = ["127.0.0.1:0"]
    config.accesslog = config.errorlog = None
    config.keep_alive_timeout = IDLE_S
    app = make_town(Environment.DEV).edge.app
    async with trio.open_nursery() as nursery:
        (address,) = await nursery.start(partial(serve, app, config))
        yield str(address)
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
