"""Four writers with connections of their own: matches are the mutual pairs, and credits hold."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator

import pytest
import trio

from engine.credits.ledger import Kind
from engine.ids import AccountId, Alias, LikeId, MatchId, RoomId
from engine.model.like import Intent, LikeRequest
from engine.model.policy import LikePolicy, Policy
from engine.ports.likes import FreshIds
from engine.ports.seeding import SeededUser, SeedPlan
from store.asyncio_bridge import open_bridge
from store.bundle import Chance
from store.connection import Record, connect
from store.postgres import open_postgres_store
from tests.postgres import Databases
from tests.store.acts import Act, Pay, Place
from tests.store.world import MASTER_KEY, NOON_MS
from tests.store.writers import Writers, open_writers

PEOPLE = 60


class Scene:
    """A database, four writers, and people."""

    def __init__(self, dsn: str, writers: Writers, rng: random.Random) -> None:
        self.dsn = dsn
        self.writers = writers
        self.rng = rng

    def fresh(self) -> str:
        """Make a name."""
        return base64.urlsafe_b64encode(self.rng.randbytes(12)).decode()

    def fresh_ids(self) -> FreshIds:
        """Make names for all that a like may make."""
        like, match, room, *sides = (self.fresh() for _ in range(5))
        return FreshIds(LikeId(like), MatchId(match), RoomId(room), *map(Alias, sides))

    def people(self, users: int, groups: int) -> list[SeededUser]:
        """Make people."""

        async def seeded() -> list[SeededUser]:
            chance = Chance(lambda: NOON_MS, self.fresh, self.rng.randbytes)
            async with (
                open_bridge() as bridge,
                open_postgres_store(bridge, self.dsn, master_key=MASTER_KEY, chance=chance) as it,
            ):
                return list(await it.seeding.seed(SeedPlan(users, groups), now_ms=NOON_MS))

        return trio.run(seeded)

    def rows(self, sql: str, *args: object) -> list[Record]:
        """Look into the database."""

        async def work() -> list[Record]:
            connection = await connect(self.dsn)
            try:
                return await connection.fetch(sql, *args)
            finally:
                await connection.close(timeout=5)

        async def look() -> list[Record]:
            async with open_bridge() as bridge:
                return await bridge.call(work)

        return trio.run(look)


@pytest.fixture
def scene(databases: Databases, rng: random.Random) -> Iterator[Scene]:
    dsn = databases.fresh()
    with open_writers(dsn, rng) as writers:
        yield Scene(dsn, writers, rng)


def test_matches_are_the_mutual_pairs_whoever_writes_them(scene: Scene) -> None:
    rng, people = scene.rng, scene.people(PEOPLE, 2)
    likes = [
        (one, other)
        for one in people
        for other in people
        if one is not other and one.group == other.group and rng.random() < 0.3
    ]
    asked = [
        LikeRequest(
            one.group, one.account, other.member, Intent.FRIEND, super=False, cid=scene.fresh()
        )
        for one, other in likes
    ]
    asked += rng.sample(asked, len(asked) // 5)  # retries, also through another writer
    rng.shuffle(asked)
    scene.writers.do(_shares(scene, asked), Policy(likes=LikePolicy(free_per_day=1000)), NOON_MS)
    pairs = {(one.account, other.account) for one, other in likes}
    mutual = {(a, b) for a, b in pairs if (b, a) in pairs and a < b}
    found = scene.rows("SELECT low_id, high_id FROM matches")
    assert {(row["low_id"], row["high_id"]) for row in found} == mutual
    assert mutual
    n = len(mutual)
    tables = {"likes": len(likes), "matches": n, "rooms": n, "room_members": 2 * n, "outbox": 2 * n}
    for table, count in tables.items():
        (row,) = scene.rows(f"SELECT count(*) AS rows FROM {table}")
        assert row["rows"] == count, table


def _shares(scene: Scene, asked: list[LikeRequest]) -> list[list[Act]]:
    """Give each writer its likes, in batches of any size."""
    shares: list[list[Act]] = []
    for number in range(len(scene.writers.processes)):
        rest, share = asked[number :: len(scene.writers.processes)], list[Act]()
        while rest:
            size = scene.rng.randint(1, 9)
            share.append(Place([(request, scene.fresh_ids()) for request in rest[:size]]))
            del rest[:size]
        shares.append(share)
    return shares


def _check_ledger(scene: Scene, *accounts: AccountId) -> list[tuple[int, int]]:
    """See that moves sum to what is held; return wallets and what was spent (I7)."""
    rows = scene.rows(
        """
        SELECT a.account_id, a.credits, a.credits_held, a.credits_spent, a.credits_issued,
            a.credits_owed, sum(m.wallet) AS wallet, sum(m.held) AS held, sum(m.spent) AS spent,
            -sum(m.issued) AS issued, -sum(m.owed) AS owed
        FROM accounts a JOIN credit_moves m ON m.owner_id = a.account_id
        WHERE a.account_id = ANY($1::text[]) GROUP BY a.account_id ORDER BY a.account_id
        """,
        list(accounts),
    )
    for row in rows:
        for name in ("held", "spent", "issued", "owed"):
            assert row[f"credits_{name}"] == row[name] >= 0
        assert row["credits"] == row["wallet"] >= 0
    return [(row["credits"], row["credits_spent"]) for row in rows]


def test_a_hundred_parallel_spendings_of_ten_over_four_processes(scene: Scene) -> None:
    (owner, *_) = scene.people(4, 1)
    policy = Policy()
    give: list[Act] = [Pay(owner.account, Kind.GIVE, "gift", 10)]
    scene.writers.do([give, [], [], []], policy, NOON_MS)
    shares: list[list[Act]] = [
        [Pay(owner.account, Kind.SPEND, f"{writer}-{number}", 1) for number in range(25)]
        for writer in range(4)
    ]
    said = [one for share in scene.writers.do(shares, policy, NOON_MS) for one in share]
    assert sorted(map(str, said)) == ["not_enough_credits"] * 90 + ["ok"] * 10
    assert _check_ledger(scene, owner.account) == [(0, 10)]


def test_a_hundred_parallel_likes_with_ten_credits_over_four_processes(scene: Scene) -> None:
    sender, *others = scene.people(101, 1)
    policy = Policy()
    give: list[Act] = [Pay(sender.account, Kind.GIVE, "gift", 10)]
    scene.writers.do([give, [], [], []], policy, NOON_MS)
    asked = [
        LikeRequest(
            sender.group, sender.account, one.member, Intent.FRIEND, super=False, cid=scene.fresh()
        )
        for one in others
    ]
    said = scene.writers.do(_shares(scene, asked), policy, NOON_MS)
    answers = [answer for share in said for one in share for answer in one]
    refused = [answer for answer in answers if answer == "not_enough_credits"]
    assert (len(answers), len(refused)) == (100, 89)
    assert _check_ledger(scene, sender.account) == [(0, 10)]
