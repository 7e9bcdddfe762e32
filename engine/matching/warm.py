"""Compiling ahead: small pools that pass by everything a tick may need."""

from __future__ import annotations

import numpy as np

from engine.matching import search as rows
from engine.matching.columns import law_of, widen
from engine.matching.graph import greedy, join_lists
from engine.matching.problem import Problem, lay_out
from engine.matching.search import ROWS, candidates
from engine.matching.solver import EXACT_TICKETS_MAX, solve
from engine.matching.ticket import AGE_MAX, AGE_MIN
from engine.model.pool_policy import PoolPolicy

_EVERYBODY = 7


def warm() -> None:
    """Compile the exact way and the fast ones, for pools of one side and of two."""
    for tickets in (4, EXACT_TICKETS_MAX + 100):
        for two_sides in (False, True):
            solve(_plain(tickets, two_sides=two_sides))
    _large(_plain(EXACT_TICKETS_MAX, two_sides=False))


def _large(problem: Problem) -> None:
    """Do with a few what is done with many of one side only (engine/matching/fast.py)."""
    _, ground = lay_out(problem)
    nobody = np.zeros(problem.tickets, np.uint8)
    greedy(join_lists(*candidates(ground, problem.law, nobody, 8, 128)))


def _plain(tickets: int, *, two_sides: bool) -> Problem:
    table = np.zeros((ROWS, tickets), np.int32)
    numbers = np.arange(tickets)
    side = 1 + numbers % 2
    table[rows.SIDE] = side
    table[rows.WANTS] = 3 - side if two_sides else _EVERYBODY
    table[rows.AGE] = AGE_MIN + numbers % 30
    table[rows.LOW] = table[rows.MUST_LOW] = AGE_MIN
    table[rows.HIGH] = table[rows.MUST_HIGH] = AGE_MAX
    table[rows.INTERESTS] = 1 << numbers % 20
    policy = PoolPolicy()
    waited_ms = numbers % 70 * 1_000
    widen(table, waited_ms, np.zeros_like(waited_ms), np.zeros_like(waited_ms), policy)
    forbidden = np.array([[0, 1]], np.int64)
    return Problem(table, law_of(policy), forbidden, numbers.astype(np.int64))
