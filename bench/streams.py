"""People who come to a live pool one by one, drawn from a seed, and one who is made to wait."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np

from bench.tickets import AREAS, AREAS_ACROSS, INTERESTS, MALE_SHARE, MUST_SHARE, Kind
from engine.ids import AccountId, TicketId
from engine.matching.notes import NO_NOTES, Notes
from engine.matching.pool import Pool
from engine.matching.solver import solve
from engine.matching.ticket import Ages, Me, Person, Ticket, Want
from engine.model.account import Gender
from engine.model.like import Intent
from engine.model.pool_policy import PoolPolicy

_PREMIUM_SHARE = 0.2
_OTHER_SIDE = {Gender.FEMALE: Gender.MALE, Gender.MALE: Gender.FEMALE}


def arrivals(kind: Kind, seed: int, policy: PoolPolicy) -> Iterator[Ticket]:
    """Draw people for ever; all have come at the moment 0."""
    chance = np.random.default_rng(seed)
    intent = Intent.FRIEND if kind is Kind.FRIEND else Intent.ROMANTIC
    for number in count():
        side = Gender.MALE if chance.random() < MALE_SHARE else Gender.FEMALE
        age = int(min(19 + chance.gamma(2.2, 4.0), 45))
        width = int(chance.integers(1, 8))
        must = bool(chance.random() < MUST_SHARE)
        ages = Ages(max(19, age - width), min(45, age + width), must)
        words = tuple(f"word {n}" for n in np.unique(chance.integers(0, INTERESTS, 4)))
        area = divmod(int(chance.integers(0, AREAS)), AREAS_ACROSS)
        sides = tuple(Gender) if intent is Intent.FRIEND else (_OTHER_SIDE[side],)
        yield Ticket(
            TicketId(f"ticket {number}"),
            AccountId(f"account {number}"),
            Person(side, age, bool(chance.random() < _PREMIUM_SHARE)),
            Me(words, area),
            Want(intent, sides, ages),
            0,
            policy.ticket_s * 1_000,
        )


def day(
    kind: Kind, seed: int, policy: PoolPolicy, *, ticks: int, each: int, notes: Notes = NO_NOTES
) -> Pool:
    """Let some people come in each tick and a few leave while it is solved; return the pool."""
    chance = np.random.default_rng(seed + 1)
    pool, people = Pool(policy, notes), arrivals(kind, seed, policy)
    for tick in range(ticks):
        now_ms = tick * round(policy.tick_s * 1_000)
        for _ in range(each):
            pool.join(moved(next(people), now_ms), now_ms=now_ms)
        pool.expire(now_ms=now_ms)
        rounds = pool.begin(now_ms=now_ms)
        for ticket in pool.tickets():
            if chance.random() < 1 / 200:
                pool.leave(ticket.ticket, now_ms=now_ms)
        for begun in rounds:
            for pair in pool.end(begun, solve(begun.problem), now_ms=now_ms):
                pool.introduced(pair, now_ms=now_ms)
    return pool


def moved(ticket: Ticket, now_ms: int) -> Ticket:
    """Let somebody come later."""
    life_ms = ticket.expires_ms - ticket.joined_ms
    return Ticket(
        ticket.ticket,
        ticket.account,
        ticket.person,
        ticket.me,
        ticket.want,
        now_ms,
        now_ms + life_ms,
    )


def besieged(rivals: int, seed: int, policy: PoolPolicy) -> tuple[int, int]:
    """Count the ticks somebody waits whom everybody tries to starve, and the bound of that.

    In each tick one person comes whom the victim could meet, and stays for it. Before the victim
    came rivals who want the same; with each tick come premium rivals whom the newcomer likes
    better, and one whom the victim could meet as well and who leaves while the tick is solved.
    """
    chance = np.random.default_rng(seed)
    tick_ms = round(policy.tick_s * 1_000)
    pool, number = Pool(policy), count()

    def come(name: str, side: Gender, now_ms: int, *, premium: bool = False) -> TicketId:
        named = TicketId(f"{name} {next(number)}")
        want = Want(Intent.ROMANTIC, (_OTHER_SIDE[side],))
        words = () if name == "victim" else (f"word {chance.integers(0, 3)}",)
        person = Person(side, 25, premium)
        lives_ms = 10_000 * policy.ticket_s
        pool.join(
            Ticket(named, AccountId(named), person, Me(words), want, now_ms, now_ms + lives_ms),
            now_ms=now_ms,
        )
        return named

    for _ in range(rivals):
        come("rival", Gender.FEMALE, 0)
    victim = come("victim", Gender.FEMALE, 0)
    overdue = -(-policy.overdue_s * 1_000 // tick_ms)
    for tick in count(1):
        now_ms = tick * tick_ms
        come("newcomer", Gender.MALE, now_ms)
        leaver = come("leaver", Gender.MALE, now_ms)
        for _ in range(3):
            come("rival", Gender.FEMALE, now_ms, premium=True)
        (begun,) = pool.begin(now_ms=now_ms)
        pairing = solve(begun.problem)
        pool.leave(leaver, now_ms=now_ms)
        for pair in pool.end(begun, pairing, now_ms=now_ms):
            pool.introduced(pair, now_ms=now_ms)
        if victim not in pool or tick > 10 * (overdue + rivals):
            break
    return tick, overdue + rivals + 1
