"""Chaos: forty steps at a time, over the memory twin and over two stores of one PostgreSQL."""

from __future__ import annotations

from functools import partial

import trio
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.money.chaos import ChaosInTheShop
from tests.money.chaos_by_rest import ChaosByRest
from tests.money.chaos_of_renewals import ChaosOfRenewals
from tests.money.shop import open_branches

# Nobody waits minutes for the words of an explanation, in which each step is varied.
_PHASES = [phase for phase in settings().phases if phase is not Phase.explain]
_STEPS = 40
_EXAMPLES_PER_ROUND = 20  # 60 in the suite, 1,000 in a soak
_RENEWALS_PER_ROUND = 20  # 60 and 1,000
_POSTGRES_EXAMPLES_PER_ROUND = 4  # 12 and 200


def stories(examples: int) -> settings:
    return settings(max_examples=examples, stateful_step_count=_STEPS, phases=_PHASES)


def test_what_everybody_has_is_what_their_money_is_worth(rounds: int) -> None:
    many = stories(rounds * _EXAMPLES_PER_ROUND)
    run_state_machine_as_test(ChaosInTheShop, settings=many)


def test_what_renews_is_charged_once_a_period_and_ends_where_it_was_made(rounds: int) -> None:
    run_state_machine_as_test(ChaosOfRenewals, settings=stories(rounds * _RENEWALS_PER_ROUND))


async def test_it_is_so_for_two_processes_over_postgres(dsn: str, rounds: int) -> None:
    many = stories(rounds * _POSTGRES_EXAMPLES_PER_ROUND)
    async with open_branches(dsn) as branches:
        # The stories are told in a thread, and each step is done on this loop.
        tell = partial(run_state_machine_as_test, settings=many)
        await trio.to_thread.run_sync(tell, lambda: ChaosByRest(branches.shop()))
