"""The log of a pool: it comes out again byte for byte, names nobody, and answers "what if"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import quantiles

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.streams import besieged, day
from bench.tickets import Kind
from engine.ids import AccountId, TicketId
from engine.matching.log import PoolLog
from engine.matching.pool import Pool
from engine.matching.replay import numbers_of, replay
from engine.matching.solver import solve
from engine.matching.ticket import Me, Ticket
from engine.model.account import Gender
from tests.engine.matching.people import POLICY, make_ticket

HEAD = b'["pool",1,{}]\n'


def recorded(kind: Kind, seed: int, *, each: int = 5) -> list[bytes]:
    """Write the log of a day."""
    lines: list[bytes] = []
    day(kind, seed, POLICY, ticks=40, each=each, notes=PoolLog(POLICY, lines.append))
    return lines


@pytest.mark.parametrize("kind", [Kind.FRIEND, Kind.ROMANTIC])
@pytest.mark.parametrize("seed", range(3))
def test_a_log_comes_out_again_byte_for_byte(kind: Kind, seed: int) -> None:
    lines = recorded(kind, seed)
    again: list[bytes] = []
    outcome = replay(lines, numbers_of(lines), again.append, exact=True)
    assert again == lines
    assert outcome.met > 0
    assert outcome.met == sum(len(waits) for waits in outcome.waits_ms.values())


def test_what_was_refused_then_is_refused_again() -> None:
    lines: list[bytes] = []
    pool = Pool(POLICY, PoolLog(POLICY, lines.append))
    for name in ("fox", "owl", "cat", "rat"):
        pool.join(make_ticket(name, interests=("차", name)), now_ms=5)
    pool.update(TicketId("cat"), Me(("x",), (1, 2), ("hat",)), None, now_ms=61_000)
    pool.part(AccountId("account of fox"), AccountId("account of owl"), now_ms=61_000)
    (begun,) = pool.begin(now_ms=62_000)
    first, *rest = pool.end(begun, solve(begun.problem), now_ms=62_100)
    for pair in rest:
        pool.introduced(pair, now_ms=62_200)
    pool.leave(first.one, now_ms=62_200)
    for pair in pool.amend(begun, [first], now_ms=62_200):
        pool.introduced(pair, now_ms=62_300)
    pool.join(make_ticket("fox 2", account="account of fox"), now_ms=70_000)
    pool.expire(now_ms=10**9)
    again: list[bytes] = []
    replay(lines, numbers_of(lines), again.append, exact=True)
    assert again == lines
    assert not any(name in b"".join(lines) for name in (b"fox", "차".encode(), b"account"))


def test_what_if_plays_the_same_people_under_other_numbers() -> None:
    lines = recorded(Kind.ROMANTIC, 1)
    other = replace(POLICY, widening=(replace(POLICY.widening[0], years=0, cells=0),))
    under_these = replay(lines, POLICY, lambda _: None, exact=False)
    under_others = replay(lines, other, lambda _: None, exact=False)
    assert under_these.joined == under_others.joined
    assert under_others.met < under_these.met


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ([], "not the log of a pool"),
        ([b"{}\n"], "not the log of a pool"),
        ([b'["pool",2,{}]\n'], "format 1"),
        ([b'["pool",1,{"tick_s":0}]\n'], "tick_s"),
        ([HEAD, b"[1]\n"], "line 2"),
        ([HEAD, b'["leave",1,1]\n', b'["met",1,2,3]\n'], "no tick"),
        ([HEAD, b'["join",0,1,9,30,0,0,9,[[],[],[],0,[0],[19,120,0],[]],[]]\n'], "line 2"),
    ],
)
def test_what_is_no_log_is_refused(lines: list[bytes], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        replay(lines, numbers_of(lines), lambda _: None, exact=True)


def test_priority_for_premium_costs_the_others_little() -> None:
    """The 95th percentile of the free users' waits rises by at most a tenth (domain.md)."""

    def free_p95(policy_lead_s: int) -> float:
        policy = replace(POLICY, premium_lead_s=policy_lead_s)
        waits: list[int] = []

        class Listener(PoolLog):
            def __init__(self) -> None:
                super().__init__(policy, lambda _: None)
                self.free: dict[int, int] = {}

            def joined(
                self, number: int, ticket: Ticket, apart: Sequence[int], *, now_ms: int
            ) -> None:
                if not ticket.person.premium and ticket.person.side is Gender.FEMALE:
                    self.free[number] = now_ms

            def introduced(self, one: int, other: int, *, now_ms: int) -> None:
                waits.extend(now_ms - self.free[n] for n in (one, other) if n in self.free)

        day(Kind.ROMANTIC, 3, policy, ticks=400, each=8, notes=Listener())
        return quantiles(waits, n=20)[18]

    assert free_p95(POLICY.premium_lead_s) <= 1.1 * free_p95(0)


@given(st.integers(0, 2**32 - 1), st.integers(0, 12))
@settings(max_examples=10)
def test_nobody_can_be_starved(seed: int, rivals: int) -> None:
    waited, most = besieged(rivals, seed, POLICY)
    assert waited <= most
