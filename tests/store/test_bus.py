"""The bus between processes: memory and Redis carry alike, and lose without a word of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count

import msgspec
import pytest
import trio

from engine.errors import Unavailable
from engine.ids import AccountId, RoomId
from engine.limits_bus import BUS_AGE_S_MAX, BUS_BATCH_MAX, BUS_FRAME_BYTES_MAX
from engine.limits_outside import REDIS_REST_S
from engine.ports.bus import Bus, MembersMoved, News, OutboxNudge, RoomMoved, Told
from engine.ports.outbox import NoticeKind
from store.asyncio_bridge import open_bridge
from store.bundle import Chance
from store.memory.bus import MemorySwitchboard
from store.redis import Frames, Redis, RedisBus, open_redis
from store.redis.frames import Broken
from tests.redis import PrivateRedis, private_redis

ROOM = RoomId("room000000000001")
FOX = AccountId("account fox")
MATCH = {"match": "m", "peer": {"alias": "owl", "nickname": "부엉이"}, "at": 1_700_000_000_000}
EVERY: tuple[News, ...] = (
    OutboxNudge(),
    RoomMoved(ROOM),
    MembersMoved(ROOM),
    *(Told(number, kind, FOX, MATCH) for number, kind in enumerate(NoticeKind)),
)
KEY, OTHER_KEY = bytes(32), bytes([1] * 32)
PATIENCE_S = 30.0

Connect = Callable[[], Bus]


class Counted:
    """A meter that keeps sums."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add."""
        key = " ".join((name, *labels.values()))
        self.sums[key] = self.sums.get(key, 0) + amount

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Nothing is observed here."""
        raise AssertionError(name)


class Clock:
    """Ids that count and a clock that is set; nonces must differ."""

    ids = count(1)

    def __init__(self) -> None:
        self.now_ms = 1_700_000_000_000

    @property
    def chance(self) -> Chance:
        """What an adapter is given."""
        ids = self.ids
        return Chance(
            lambda: self.now_ms,
            lambda: f"id{next(ids):014d}",
            lambda size: next(ids).to_bytes(size),
        )


@asynccontextmanager
async def opened(server: PrivateRedis) -> AsyncIterator[Redis]:
    async with open_bridge() as bridge, open_redis(bridge, server.url) as redis:
        yield redis


def end_of(redis: Redis, *, key: bytes = KEY, meter: Counted | None = None) -> RedisBus:
    return RedisBus(redis, Frames(key, Clock().chance), meter or Counted())


@pytest.fixture(params=["memory", "redis"])
async def connect(request: pytest.FixtureRequest) -> AsyncIterator[Connect]:
    """Make ends of one bus."""
    if request.param == "memory":
        board = MemorySwitchboard()
        yield board.connect
        return
    request.getfixturevalue("patient")
    async with opened(request.getfixturevalue("redis_server")) as redis:
        yield lambda: end_of(redis)


async def hear(bus: Bus, number: int) -> list[News]:
    """Read so many news."""
    news: list[News] = []
    with trio.fail_after(PATIENCE_S):
        while len(news) < number:
            news += await bus.heard()
    return news


async def listening(connect: Connect, number: int) -> list[Bus]:
    """Make ends that listen: their first word is that something may be lost."""
    ends = [connect() for _ in range(number)]
    for end in ends:
        assert list(await end.heard()) == []
    return ends


async def test_all_others_hear_it_whole_once_and_in_its_order(connect: Connect) -> None:
    speaker, *others = await listening(connect, 3)
    await speaker.publish(EVERY)
    await speaker.publish([RoomMoved(ROOM)])
    for other in others:
        assert await hear(other, len(EVERY) + 1) == [*EVERY, RoomMoved(ROOM)]


async def test_nobody_hears_oneself(connect: Connect) -> None:
    one, other = await listening(connect, 2)
    await one.publish([RoomMoved(ROOM)])
    await other.publish([OutboxNudge()])
    assert await hear(one, 1) == [OutboxNudge()]


async def test_who_begins_later_hears_what_is_said_later(connect: Connect) -> None:
    (early,) = await listening(connect, 1)
    await early.publish([RoomMoved(ROOM)])
    (late,) = await listening(connect, 1)
    await early.publish([OutboxNudge()])
    assert await hear(late, 1) == [OutboxNudge()]


async def test_with_nobody_there_it_is_lost_without_a_word(connect: Connect) -> None:
    await connect().publish(EVERY)


async def test_a_full_publication_passes(connect: Connect) -> None:
    speaker, other = await listening(connect, 2)
    news = [Told(n, NoticeKind.MATCH, FOX, {"text": "가" * 300}) for n in range(BUS_BATCH_MAX)]
    await speaker.publish(news)
    assert await hear(other, BUS_BATCH_MAX) == news


async def test_waiting_can_be_given_up_and_begun_again(connect: Connect) -> None:
    speaker, other = await listening(connect, 2)
    with trio.move_on_after(0.05):
        await other.heard()
    news: list[News] = []
    with trio.fail_after(PATIENCE_S):
        while not news:  # it may have to begin anew, and then says so
            with trio.move_on_after(0.5):
                news = list(await other.heard())
            await speaker.publish([OutboxNudge()])
    assert set(news) == {OutboxNudge()}


async def test_a_slow_reader_loses_the_oldest_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.memory.bus.BUS_WAITING_NEWS_MAX", 2)
    board, meter = MemorySwitchboard(), Counted()
    speaker, slow = board.connect(), board.connect(meter)
    await slow.heard()
    await speaker.publish([OutboxNudge(), MembersMoved(ROOM), RoomMoved(ROOM)])
    assert list(await slow.heard()) == []
    assert list(await slow.heard()) == [MembersMoved(ROOM), RoomMoved(ROOM)]
    assert meter.sums == {"bus_dropped_total in": 1}


# --- Redis ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("patient")
async def test_deployments_of_one_redis_do_not_hear_each_other(redis_server: PrivateRedis) -> None:
    async with opened(redis_server) as redis:
        ends = [end_of(redis, key=key) for key in (KEY, OTHER_KEY)]
        for end in ends:
            await end.heard()
        stranger, friend = end_of(redis, key=OTHER_KEY), end_of(redis)
        await stranger.publish([RoomMoved(ROOM)])
        await friend.publish([OutboxNudge()])
        assert await hear(ends[0], 1) == [OutboxNudge()]


@pytest.mark.usefixtures("patient")
async def test_what_others_put_on_the_channel_is_dropped_and_counted(
    redis_server: PrivateRedis,
) -> None:
    meter, clock = Counted(), Clock()
    frames = Frames(KEY, clock.chance)
    sealed, foreign = frames.sealed([RoomMoved(ROOM)]), Frames(OTHER_KEY, clock.chance)
    clock.now_ms -= (BUS_AGE_S_MAX + 1) * 1000
    recorded = frames.sealed([RoomMoved(ROOM)])
    async with opened(redis_server) as redis:
        listener = end_of(redis, meter=meter)
        await listener.heard()
        bad = (
            b"",
            b"{}",
            sealed[:-1],
            sealed[:-1] + bytes([sealed[-1] ^ 1]),
            foreign.sealed([RoomMoved(ROOM)]),
            recorded,
            bytes(BUS_FRAME_BYTES_MAX + 1),
        )
        for frame in bad:
            await redis.publish(frames.channel, frame)
        await redis.publish(frames.channel, sealed)
        assert await hear(listener, 1) == [RoomMoved(ROOM)]
    assert meter.sums == {"bus_dropped_total broken": len(bad)}


@pytest.mark.parametrize(
    "news",
    [
        ["no such news"],
        ["moved"],
        ["moved", ""],
        ["moved", "r" * 65],
        ["moved", 1],
        ["moved", "r", "more"],
        ["told", "1", "match.new", "a", {}],
        ["told", 1, "no.such.notice", "a", {}],
        ["told", 1, "match.new", "a", []],
        "moved",
        None,
    ],
)
async def test_only_news_in_their_form_are_read(news: object) -> None:
    """A process of another version may say more: what it says is dropped, and costs a delay."""
    clock = Clock()
    reader, writer = Frames(KEY, clock.chance), Frames(KEY, clock.chance)
    packed = [clock.chance.fresh_id(), clock.now_ms]
    batches: tuple[object, ...] = ([*packed, [news]], [*packed, news], [*packed, [], 1], packed, {})
    for batch in batches:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("store.redis.frames._Batch", lambda *_, it=batch: it)
            frame = writer.sealed([])
        with pytest.raises(Broken):
            reader.opened(frame)


async def test_redis_sees_no_name_no_room_and_no_word() -> None:
    frames = Frames(KEY, Clock().chance)
    sealed = frames.sealed(EVERY)
    for seen in (ROOM, FOX, "match", "owl", "부엉이"):
        assert seen.encode() not in sealed
        assert seen not in frames.channel
    assert frames.sealed(EVERY)[12:] != sealed[12:]
    assert msgspec.msgpack.encode(MATCH) not in sealed


@pytest.mark.usefixtures("patient")
async def test_a_redis_that_comes_back_is_heard_again() -> None:
    with private_redis() as server:
        async with opened(server) as redis:
            speaker, other = end_of(redis), end_of(redis)
            assert list(await other.heard()) == []
            server.stop()
            with pytest.raises(Unavailable) as caught:
                await other.heard()
            assert str(server.folder) not in str(caught.value)
            with pytest.raises(Unavailable):
                await speaker.publish([OutboxNudge()])
            with pytest.raises(Unavailable):
                await other.heard()
            server.start()
            await trio.sleep(REDIS_REST_S)
            assert list(await other.heard()) == [], "it has missed what was said meanwhile"
            await speaker.publish([OutboxNudge()])
            assert await hear(other, 1) == [OutboxNudge()]


async def test_a_redis_that_hangs_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.redis.subscription.BUS_QUIET_S_MAX", 0.05)
    with private_redis() as server:
        async with opened(server) as redis:
            bus = end_of(redis)
            while list(await bus.heard()) != []:
                pass
            server.freeze()
            with trio.fail_after(PATIENCE_S), pytest.raises(Unavailable):
                await bus.heard()
            with pytest.raises(Unavailable):
                await bus.publish([OutboxNudge()])
            server.thaw()  # so that it can be ended


@pytest.mark.usefixtures("patient")
async def test_a_line_on_which_nothing_comes_is_asked_for(
    redis_server: PrivateRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.redis.subscription.BUS_QUIET_S_MAX", 0.02)
    async with opened(redis_server) as redis:
        speaker, other = end_of(redis), end_of(redis)
        await other.heard()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(hear, other, 1)
            await trio.sleep(0.2)
            await speaker.publish([OutboxNudge()])
