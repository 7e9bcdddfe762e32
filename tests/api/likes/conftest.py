"""A street over PostgreSQL, entered by both doors: each rule is tested at each of them."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest

from actors.node import NodeParts, open_node
from actors.solving import SolvingHere
from engine.model.policy import Policy
from engine.ports.meter import NoMeter
from store import bundle
from store.asyncio_bridge import open_bridge
from store.postgres import open_postgres_store
from tests.api.edge import Clock, make_edge
from tests.api.likes.street import Door, Random, Street
from tests.postgres import databases_of
from tests.store.world import MASTER_KEY, NOON_MS


@pytest.fixture(scope="module")
def likes_dsn(pytestconfig: pytest.Config) -> str:
    """A migrated database for a module of tests; each makes people and groups of its own."""
    return databases_of(pytestconfig).fresh()


@pytest.fixture(params=list(Door))
async def street(
    request: pytest.FixtureRequest, likes_dsn: str, rng: random.Random
) -> AsyncIterator[Street]:
    """People who like by REST, and then people who like by their sessions."""
    clock, chance, policy = Clock(NOON_MS), Random(rng=rng), Policy(limited=False)
    given = bundle.Chance(clock, chance.fresh_id, chance.secret)
    async with (
        open_bridge() as bridge,
        open_postgres_store(bridge, likes_dsn, master_key=MASTER_KEY, chance=given) as store,
        open_node(
            NodeParts(
                log=store.room_log,
                likes=store.likes,
                outbox=store.outbox,
                push_looks=store.push_looks,
                tickets=store.tickets,
                solving=SolvingHere(),
                policy=policy,
                meter=NoMeter(),
                now_ms=clock,
                fresh_id=chance.fresh_id,
            )
        ) as node,
    ):
        edge = make_edge(store, desk=node.likes, policy=policy, clock=clock, chance=chance)
        yield Street(edge, store, node=node, door=request.param, rng=rng)
