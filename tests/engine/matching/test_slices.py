"""What takes long in a large pool is done in slices, and comes to the same as at once."""

from __future__ import annotations

from typing import TypeVar

import pytest

from engine.matching import amends
from engine.matching.pool import Pool
from engine.matching.slices import Slices, at_once
from engine.matching.solver import solve
from tests.engine.matching.people import MINUTE_MS, POLICY, make_ticket

T = TypeVar("T")


def pool_of(people: int) -> Pool:
    """Make a pool of people who would meet anybody, each with words of their own."""
    pool = Pool(POLICY)
    for n in range(people):
        pool.join(make_ticket(f"person {n}", interests=("tea", f"word {n}")), now_ms=0)
    return pool


def counted(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> list[str]:
    """Count the calls of a function from now on."""
    calls, really = [], getattr(owner, name)

    def call(*about: object) -> object:
        calls.append(name)
        return really(*about)

    monkeypatch.setattr(owner, name, call)
    return calls


def in_steps(work: Slices[T], calls: list[str]) -> tuple[list[int], T]:
    """Do work slice by slice; return how many calls each had, and what came of it."""
    each: list[int] = []

    def watched() -> Slices[T]:
        before = len(calls)
        while True:
            try:
                next(work)
            except StopIteration as done:
                result: T = done.value
                return result
            finally:
                each.append(len(calls) - before)
                before = len(calls)
            yield

    return each, at_once(watched())


def test_the_end_of_a_tick_pauses_after_every_few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.matching.pool.POOL_SLICE_PAIRS", 5)
    pool, twin = pool_of(61), pool_of(61)
    (begun,), (other,) = pool.begin(now_ms=1_000), twin.begin(now_ms=1_000)
    pairing = solve(begun.problem)
    named = counted(monkeypatch, pool._roster, "name_at")
    each, met = in_steps(pool.ending(begun, pairing, now_ms=1_000), named)
    assert each == [0, 10, 10, 10, 10, 10, 10]
    assert list(met) == list(twin.end(other, pairing, now_ms=1_000))


def test_amends_pause_after_every_few_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of each pair leave, and all were overdue: each look reads the whole pool."""
    monkeypatch.setattr("engine.matching.amends.POOL_SLICE_READS", 3 * 40)
    pool, twin = pool_of(40), pool_of(40)
    (begun,), (other,) = pool.begin(now_ms=61_000), twin.begin(now_ms=61_000)
    pairing = solve(begun.problem)
    for slot in begun.slots[pairing.first].tolist():
        name = pool._roster.name_at(slot)
        assert pool.leave(name, now_ms=61_000)
        assert twin.leave(name, now_ms=61_000)
    looks = counted(monkeypatch, amends, "scores_with")
    each, met = in_steps(pool.ending(begun, pairing, now_ms=61_000), looks)
    assert (max(each), sum(each), len(met)) == (3, 10, 10)
    assert list(met) == list(twin.end(other, pairing, now_ms=61_000))


def test_expiry_and_new_words_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.matching.pool.POOL_SLICE_PAIRS", 10)
    monkeypatch.setattr("engine.matching.pool.POOL_SLICE_TICKETS", 10)
    pool = pool_of(40)
    for n in range(40):  # a word that many have now takes the bit of one that few have
        pool.join(make_ticket(f"other {n}", interests=("go", f"word {n}")), now_ms=0)
    written = counted(monkeypatch, pool._roster._words, "bits")
    each, _ = in_steps(pool.beginning(now_ms=1_000), written)
    assert (max(each), sum(each)) == (10, 80)
    each, over = in_steps(pool.expiring(now_ms=10 * MINUTE_MS), [])
    assert (len(each), len(over), len(pool)) == (9, 80, 0)
