"""Four writers with connections of their own: matches are exactly the mutual pairs (I6, I13)."""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
from pathlib import Path

import trio

from engine.ids import AccountId
from engine.ports.seeding import SeedPlan
from store.asyncio_bridge import open_bridge
from store.bundle import Chance
from store.connection import connect
from store.postgres import open_postgres_store
from tests.postgres import Databases
from tests.store.world import MASTER_KEY, NOON_MS

ROOT = Path(__file__).resolve().parents[2]
PEOPLE, WRITERS = 60, 4

# One process: its share of everybody's likes, in an order of its own, in batches of its own sizes.
WRITER = """
import base64, json, random, sys
import trio
from engine.errors import Refused
from engine.ids import *
from engine.model.like import Intent, LikeRequest
from engine.model.policy import LikePolicy, Policy
from engine.ports.likes import FreshIds
from store.asyncio_bridge import open_bridge
from store.bundle import Chance
from store.postgres import open_postgres_store
dsn, key, now_ms, seed = sys.argv[1], bytes.fromhex(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
rng = random.Random(seed)
fresh = lambda: base64.urlsafe_b64encode(rng.randbytes(12)).decode()
asked = json.load(sys.stdin)
policy = Policy(likes=LikePolicy(free_per_day=1000))
async def main():
    done = []
    async with open_bridge() as bridge, open_postgres_store(
        bridge, dsn, master_key=key, chance=Chance(lambda: now_ms, fresh, rng.randbytes)
    ) as store:
        async def place(some):
            wishes = [(LikeRequest(g, s, m, Intent.FRIEND, False, c),
                FreshIds(fresh(), fresh(), fresh(), fresh(), fresh())) for g, s, m, c in some]
            answers = await store.likes.place(wishes, policy, now_ms=now_ms)
            done.extend(not isinstance(a, Refused) for a in answers)
        async with trio.open_nursery() as nursery:
            while asked:
                size = rng.randint(1, 9)
                nursery.start_soon(place, asked[:size])
                del asked[:size]
                await trio.sleep(rng.random() * 0.004)
    print(sum(done))
trio.run(main)
"""


def test_matches_are_the_mutual_pairs_whoever_writes_them(
    databases: Databases, rng: random.Random
) -> None:
    dsn = databases.fresh()

    def fresh_id() -> str:
        return base64.urlsafe_b64encode(rng.randbytes(12)).decode()

    async def seeded() -> list[tuple[str, str, str]]:
        chance = Chance(lambda: NOON_MS, fresh_id, rng.randbytes)
        async with (
            open_bridge() as bridge,
            open_postgres_store(bridge, dsn, master_key=MASTER_KEY, chance=chance) as store,
        ):
            users = await store.seeding.seed(SeedPlan(PEOPLE, 2), now_ms=NOON_MS)
            return [(user.group, user.account, user.member) for user in users]

    people = trio.run(seeded)
    likes = [
        (one, other)
        for one in people
        for other in people
        if one is not other and one[0] == other[0] and rng.random() < 0.3
    ]
    asked = [(one[0], one[1], other[2], fresh_id()) for one, other in likes]
    asked += rng.sample(asked, len(asked) // 5)  # retries, also through another writer
    rng.shuffle(asked)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, dsn, MASTER_KEY.hex(), str(NOON_MS), str(number)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    for number, writer in enumerate(writers):
        assert writer.stdin is not None
        writer.stdin.write(json.dumps(asked[number::WRITERS]))
        writer.stdin.close()
    for writer in writers:
        assert writer.stdout is not None
        with writer.stdout as said:
            said.read()
        assert writer.wait(timeout=60) == 0
    pairs = {(one[1], other[1]) for one, other in likes}
    mutual = {(a, b) for a, b in pairs if (b, a) in pairs and a < b}

    async def found() -> tuple[set[tuple[AccountId, AccountId]], list[int]]:
        connection = await connect(dsn)
        try:
            rows = await connection.fetch("SELECT low_id, high_id FROM matches")
            counts = [
                await connection.fetchval(f"SELECT count(*) FROM {what}")
                for what in ("likes", "matches", "rooms", "room_members", "outbox")
            ]
        finally:
            await connection.close(timeout=5)
        return {(row["low_id"], row["high_id"]) for row in rows}, counts

    async def look() -> tuple[set[tuple[AccountId, AccountId]], list[int]]:
        async with open_bridge() as bridge:
            return await bridge.call(found)

    matches, counts = trio.run(look)
    assert matches == mutual
    assert mutual
    n = len(mutual)
    assert counts == [len(likes), n, n, 2 * n, 2 * n]
