"""Bounds of the door (I10): so many connections, handshakes and bytes, and then no more."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from api.gateway.greeting import EarlyLine
from engine.limits import OUTBOX_EPHEMERAL_BYTES_MAX
from engine.wire.close_codes import CloseCode
from tests.gateway.house import House, open_house


async def refused(house: House) -> bool:
    """See whether the door stays shut."""
    stream = await house.knock()
    with trio.move_on_after(1):
        return await stream.receive_some() == b""
    await stream.aclose()
    return False


async def test_a_process_serves_so_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.gateway.gateway.CONNECTIONS_MAX", 2)
    async with open_house() as house:
        fox, owl = await house.person("fox"), await house.person("owl")
        assert await refused(house)
        await fox.stream.aclose()
        await house.until(lambda: len(house.gateway.hub) == 1)
        rat = await house.person("rat")
        for one in (owl, rat):
            assert (await one.ask("room.close", room="r"))["code"] == "not_found"


async def test_so_many_shake_hands_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.gateway.gateway.HANDSHAKES_MAX", 2)
    async with open_house() as house:
        waiting = [await house.knock() for _ in range(2)]
        await house.until(lambda: house.gateway._shaking == 2)
        assert await refused(house)
        for stream in waiting:
            await stream.aclose()
        await house.until(lambda: house.gateway._shaking == 0)
        assert (await house.person("fox")).events == []


class Ended:
    """A connection that only remembers what it was told."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.code: CloseCode | None = None

    def send(self, frame: bytes) -> None:
        """Keep a frame."""
        self.sent.append(frame)

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Keep a code."""
        del reason
        self.code = code


def test_what_waits_behind_a_hello_is_bounded() -> None:
    connection: Any = Ended()
    line = EarlyLine(connection)
    frame = b"x" * (OUTBOX_EPHEMERAL_BYTES_MAX // 2)
    line.send(frame)
    line.send(frame)
    assert (connection.code, connection.sent) == (None, [])
    line.send(b"x")
    assert connection.code is CloseCode.SLOW_CONSUMER
