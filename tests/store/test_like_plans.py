"""What PostgreSQL looks at for a like: never all the likes that wait for one person."""

from __future__ import annotations

import pytest

from store.postgres.like_batch import FACTS, REPLACE
from store.postgres.matches import MATCH
from tests.store.hands import PostgresHands
from tests.store.world import World


@pytest.fixture
def place(module_dsn: str) -> str:
    """Only in a database."""
    return module_dsn


TEXTS = "{a,b}"
WISHES = ("{0,1}", *[TEXTS] * 4, 0)
PAIRS = (["a"], ["b"], ["c"])
MADE = (*[TEXTS] * 3, "{00,00}", *[TEXTS] * 6, ["{}", "{}"], ["{}", "{}"], 0, "match")


@pytest.mark.parametrize(("sql", "arguments"), [(FACTS, WISHES), (REPLACE, PAIRS), (MATCH, MADE)])
async def test_the_likes_for_one_person_are_not_read_to_the_end(
    world: World, sql: str, arguments: tuple[object, ...]
) -> None:
    hands = world.hands
    assert isinstance(hands, PostgresHands)
    plan = str(await hands.value(f"EXPLAIN (FORMAT JSON) {sql}", *arguments))
    assert "likes_open_received" not in plan
