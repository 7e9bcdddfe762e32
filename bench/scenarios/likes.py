"""How many likes a second are durable, and do mutual ones make exactly one match each?

The desk of a node with its writers, over an embedded PostgreSQL: sessions are left out, what they
cost is the question of other scenarios. Eight writers hand likes in side by side, some twice.
"""

from __future__ import annotations

import base64
import os
import secrets
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import trio

from actors.alarm import Alarm
from actors.likes import LikeDesk
from api.observe.metrics import Metrics
from api.serve import calm_garbage_collector
from bench.errors import EXIT_BROKEN_PROMISE, EXIT_OK
from bench.limits import IN_FLIGHT_MAX, LIKES_MAX
from bench.measure import Usage, usage
from bench.report import Figures, publish
from bench.scenarios.scenario import Scenario, within
from bench.targets import glimpse_settings
from engine.ids import ID_BYTES, LikeId
from engine.model.like import Intent, LikeRequest
from engine.model.policy import Policy
from engine.ports.seeding import SeededUser, SeedPlan
from store.asyncio_bridge import Bridge, open_bridge
from store.bundle import Chance, StoreBundle
from store.connection import connect
from store.embedded import open_embedded
from store.migrate import migrate
from store.postgres import open_postgres_store

LIKES = 20_000
WRITERS = 8
IN_FLIGHT = 64
GROUP_MEMBERS = 500
# Every second pair likes back, and every tenth like is handed in twice.
MUTUAL_EVERY = 2
TWICE_EVERY = 10


@dataclass(slots=True)
class Tally:
    """What was asked and what was answered."""

    asked: list[LikeRequest]
    pairs: int
    receipts: dict[str, set[LikeId]] = field(default_factory=dict)
    seconds: float = 0.0
    spent: tuple[Usage, Usage] | None = None  # before and after


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--likes", type=int, default=LIKES, help=f"default {LIKES}")
    parser.add_argument(
        "--in-flight", type=int, default=IN_FLIGHT, help=f"per writer (default {IN_FLIGHT})"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(arguments: Namespace) -> int:
    likes = within("--likes", arguments.likes, WRITERS, LIKES_MAX)
    in_flight = within("--in-flight", arguments.in_flight, 1, IN_FLIGHT_MAX)
    with glimpse_settings() as settings:
        figures = trio.run(_measure, Path(settings["GLIMPSE_DATA_DIR"]), likes, in_flight)
    publish(figures, as_json=arguments.json)
    broken = figures["lost"] or figures["doubled"]
    return EXIT_BROKEN_PROMISE if broken else EXIT_OK


async def _measure(folder: Path, likes: int, in_flight: int) -> Figures:
    chance = Chance(_now_ms, lambda: secrets.token_urlsafe(ID_BYTES), secrets.token_bytes)
    async with open_embedded(folder) as embedded, open_bridge() as bridge:
        await migrate(bridge, embedded.dsn)
        key = secrets.token_bytes(32)
        async with open_postgres_store(
            bridge, embedded.dsn, master_key=key, chance=chance, meter=Metrics()
        ) as store:
            # Of two pairs three people like somebody.
            users = likes * 4 // 3 // 4 * 4
            groups = -(-users // GROUP_MEMBERS)
            people = await store.seeding.seed(SeedPlan(users, groups), now_ms=_now_ms())
            tally = _plan(people, chance)
            # As the server does: what the bench itself holds is looked through for cycles no more.
            calm_garbage_collector()
            await _place_all(store, chance, tally, in_flight)
            return await _figures(bridge, embedded.dsn, tally)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _plan(people: Sequence[SeededUser], chance: Chance) -> Tally:
    """Let one of each pair like the other, and every second pair like back, each for free."""
    asked, pairs = [], 0
    for number, (one, other) in enumerate(zip(people[::2], people[1::2], strict=True)):
        if one.group != other.group:
            continue
        asked.append(_request(one, other, chance))
        if number % MUTUAL_EVERY == 0:
            asked.append(_request(other, one, chance))
            pairs += 1
    asked += asked[::TWICE_EVERY]
    secrets.SystemRandom().shuffle(asked)
    return Tally(asked, pairs)


def _request(one: SeededUser, other: SeededUser, chance: Chance) -> LikeRequest:
    cid = base64.urlsafe_b64encode(chance.secret(12)).decode()
    return LikeRequest(one.group, one.account, other.member, Intent.FRIEND, super=False, cid=cid)


async def _place_all(store: StoreBundle, chance: Chance, tally: Tally, in_flight: int) -> None:
    alarm, meter = Alarm(), Metrics()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(alarm.run)
        desk = LikeDesk(
            store.likes,
            Policy(),
            alarm=alarm,
            nursery=nursery,
            now_ms=_now_ms,
            fresh_id=chance.fresh_id,
            nudge=lambda: None,
            meter=meter,
        )
        began, before = trio.current_time(), usage(os.getpid())
        async with trio.open_nursery() as writers:
            for writer in range(WRITERS):
                mine = iter(tally.asked[writer::WRITERS])
                for _ in range(in_flight):
                    writers.start_soon(_write, desk, mine, tally)
        tally.seconds = trio.current_time() - began
        tally.spent = before, usage(os.getpid())
        await desk.drain()
        nursery.cancel_scope.cancel()


async def _write(desk: LikeDesk, requests: Iterator[LikeRequest], tally: Tally) -> None:
    """Hand likes in one after the other; a writer has many of these."""
    for request in requests:
        receipt = await desk.place(request)
        tally.receipts.setdefault(request.cid, set()).add(receipt.like)


async def _figures(bridge: Bridge, dsn: str, tally: Tally) -> Figures:
    async def count() -> tuple[set[str], int, int, int]:
        connection = await connect(dsn)
        try:
            likes = {row["like_id"] for row in await connection.fetch("SELECT like_id FROM likes")}
            matches = await connection.fetchval("SELECT count(*) FROM matches")
            rooms = await connection.fetchval("SELECT count(*) FROM rooms WHERE kind = 'match'")
            notices = await connection.fetchval("SELECT count(*) FROM outbox")
            return likes, matches, rooms, notices
        finally:
            await connection.close(timeout=5)

    stored, matches, rooms, notices = await bridge.call(count, within_s=60.0)
    acknowledged = {like for likes in tally.receipts.values() for like in likes}
    likes = len(tally.receipts)
    assert tally.spent is not None, "what was placed was measured"
    before, after = tally.spent
    missing = abs(matches - rooms) + abs(2 * matches - notices)
    return {
        "scenario": "likes",
        "writers": WRITERS,
        "likes": likes,
        "seconds": round(tally.seconds, 3),
        "likes_per_second": round(likes / tally.seconds, 1),
        "cpu_us_per_like": round((after.server_cpu_s - before.server_cpu_s) / likes * 1e6, 1),
        "store_cpu_us_per_like": round((after.store_cpu_s - before.store_cpu_s) / likes * 1e6, 1),
        "matches": matches,
        "lost": len(acknowledged - stored) + max(0, tally.pairs - matches) + missing,
        "doubled": len(stored) - likes + max(0, matches - tally.pairs),
    }


LIKES_SCENARIO = Scenario(
    "likes",
    "eight writers hand likes in: how many are durable a second, and is a match made once?",
    add_arguments,
    run,
)
