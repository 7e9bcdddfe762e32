"""Guesses that reach the store at one moment are judged one after the other."""

from __future__ import annotations

from functools import partial

import pytest
import trio

from engine.errors import Unauthenticated
from store.bundle import Chance
from tests.store.conftest import Clock
from tests.store.hands import PostgresHands
from tests.store.opening import open_world
from tests.store.world import POLICY, PROFILE

# The last wrong guess, which takes its time before it is done.
GUESS = """
WITH guessed AS (UPDATE codes SET tries = $2 WHERE phone_digest = $1 RETURNING true)
SELECT pg_sleep(0.7) FROM guessed
"""

GUESSING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event = 'PgSleep'
"""


async def test_a_guess_waits_for_the_one_before_it(
    module_dsn: str, chance: tuple[Chance, Clock]
) -> None:
    """faults.md 81. Else all guesses of one moment would be looked at before one is counted."""
    async with open_world(module_dsn, *chance) as world:
        assert isinstance(world.hands, PostgresHands)
        phone, most = world.phone(), POLICY.sign_in.code_tries_max
        await world.open_code(phone)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(world.hands.value, GUESS, phone.digest, most))
            while not await world.hands.value(GUESSING):  # noqa: ASYNC110  # it has no event
                await trio.sleep(0.01)
            with pytest.raises(Unauthenticated):
                await world.sign_in(phone, profile=PROFILE)
