"""Sessions of devices that may not act end within a minute, whoever was told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import trio
from trio.testing import MockClock

from actors.people import NO_DEVICE, People
from api.demo.bots import BotLine
from api.gateway.recheck import end_void_sessions
from api.observe.metrics import Metrics
from engine.errors import NotFound, Unavailable
from engine.ids import AccountId, DeviceId
from engine.limits import DEVICES_ASKED_MAX, DEVICES_CHECKED_EVERY_S
from engine.model.device import SignedIn
from engine.model.policy import Policy
from engine.wire.close_codes import CloseCode
from engine.wire.codec import Codec

FOX = AccountId("fox")


@dataclass(eq=False)
class Socket:
    """A session that notes how it was closed."""

    device: DeviceId
    codec: Codec = Codec.JSON
    closed: CloseCode | None = None

    def show(self, frame: bytes) -> None:
        """Nothing is shown here."""
        raise AssertionError(frame)

    def close(self, code: CloseCode, reason: str = "") -> None:
        """End."""
        self.closed = code


@dataclass
class Books:
    """What the store says of devices, and how it was asked."""

    void: set[DeviceId] = field(default_factory=set)
    down: bool = False
    asked: list[int] = field(default_factory=list)

    async def signed_in(self, account: AccountId) -> Sequence[SignedIn]:
        raise AssertionError(account)

    async def sign_out(self, account: AccountId, device: DeviceId, *, now_ms: int) -> None:
        raise NotFound

    async def sign_out_all(self, account: AccountId, *, now_ms: int) -> None:
        raise AssertionError(account)

    async def ended(self, devices: Sequence[DeviceId]) -> frozenset[DeviceId]:
        self.asked.append(len(devices))
        if self.down:
            raise Unavailable
        return frozenset(self.void & set(devices))


@asynccontextmanager
async def watched(people: People, books: Books) -> AsyncIterator[None]:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(end_void_sessions, people, books, Metrics())
        yield
        nursery.cancel_scope.cancel()


def people_on(*sockets: Socket) -> People:
    policy = Policy()
    people = People(policy.chat, policy.pools)
    for socket in sockets:
        people.enter(FOX, socket)
    return people


async def test_a_socket_ends_with_its_device_and_no_other(autojump_clock: MockClock) -> None:
    began_s = autojump_clock.current_time()
    lost, kept = Socket(DeviceId("lost")), Socket(DeviceId("kept"))
    books = Books()
    async with watched(people_on(lost, kept), books):
        await trio.sleep(DEVICES_CHECKED_EVERY_S + 1)
        assert (lost.closed, kept.closed) == (None, None)
        books.void.add(lost.device)
        await trio.sleep(60 - DEVICES_CHECKED_EVERY_S)
    assert autojump_clock.current_time() - began_s < 2 * 60
    assert (lost.closed, kept.closed) == (CloseCode.BAD_TOKEN, None)


async def test_of_whom_another_process_says_so_it_looks_at_once_and_at_nobody_else(
    autojump_clock: MockClock,
) -> None:
    autojump_clock.rate = 0
    lost, kept, other = (Socket(DeviceId(name)) for name in ("lost", "kept", "other"))
    books, people = Books(void={lost.device}), people_on(lost, kept)
    people.enter(AccountId("owl"), other)
    async with watched(people, books):
        for account in (FOX, AccountId("nobody here")):
            people.doubt(account)
        await trio.sleep(1)
        assert books.asked == [2]
        assert [one.closed for one in (lost, kept, other)] == [CloseCode.BAD_TOKEN, None, None]
        await trio.sleep(DEVICES_CHECKED_EVERY_S)
    assert books.asked == [2, 3]


async def test_an_outage_only_delays(autojump_clock: MockClock) -> None:
    autojump_clock.rate = 0
    lost = Socket(DeviceId("lost"))
    books = Books(void={lost.device}, down=True)
    async with watched(people_on(lost), books):
        await trio.sleep(DEVICES_CHECKED_EVERY_S + 1)
        assert (books.asked, lost.closed) == ([1], None)
        books.down = False
        await trio.sleep(DEVICES_CHECKED_EVERY_S)
    assert lost.closed is CloseCode.BAD_TOKEN


async def test_a_question_is_bounded(autojump_clock: MockClock) -> None:
    autojump_clock.rate = 0
    policy = Policy()
    people = People(policy.chat, policy.pools)
    for number in range(DEVICES_ASKED_MAX + 1):
        people.enter(AccountId(f"a{number}"), Socket(DeviceId(f"d{number}")))
    books = Books()
    async with watched(people, books):
        await trio.sleep(DEVICES_CHECKED_EVERY_S + 1)
    assert books.asked == [DEVICES_ASKED_MAX, 1]


@pytest.mark.usefixtures("autojump_clock")
async def test_who_is_here_without_a_device_stays() -> None:
    bot, phone = Socket(NO_DEVICE), Socket(DeviceId("phone"))
    books = Books(void={NO_DEVICE, DeviceId("phone")})
    async with watched(people_on(bot, phone), books):
        await trio.sleep(DEVICES_CHECKED_EVERY_S + 1)
    assert bot.closed is None
    assert phone.closed is CloseCode.BAD_TOKEN


async def test_a_bot_that_was_closed_takes_no_more_news() -> None:
    line = BotLine()
    line.close(CloseCode.DRAINING)
    line.send(b"\x81\x02{}")
    assert line.events.statistics().current_buffer_used == 0
