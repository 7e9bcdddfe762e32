"""Pools drawn from a seed: two kinds with realistic marginals, and an adversarial one."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from engine.matching import search as rows
from engine.matching.columns import law_of, widen
from engine.matching.problem import Problem
from engine.matching.search import CELLS_ACROSS, ONE, ROWS
from engine.model.pool_policy import PoolPolicy

Draw = NDArray[np.int64]

POLICY = PoolPolicy()
AREAS, AREAS_ACROSS = 20, 5
INTERESTS, INTERESTS_EACH_MAX = 20, 6
YOUNGEST, OLDEST = 19, 45
FEMALE, MALE, ANYBODY = 1, 2, 7
MALE_SHARE, MUST_SHARE, ODD_SHARE = 0.45, 0.3, 0.05
# Of an adversarial pool.
PICKY_SHARE, LONELY_SHARE, NEW_SHARE = 0.5, 0.1, 0.2
WAIT_S = 8.0


class Kind(StrEnum):
    """What kind of pool is drawn."""

    ROMANTIC = "romantic"
    FRIEND = "friend"
    ADVERSARIAL = "adversarial"  # everybody wants the few, and greedy takes the wrong ones


def drawn(tickets: int, kind: Kind, seed: int) -> Problem:
    """Draw a pool at the moment of a tick."""
    chance = np.random.default_rng(seed)
    table = np.zeros((ROWS, tickets), np.int32)
    _sides(table, kind, chance)
    _ages(table, chance)
    skew = 1.2 if kind is Kind.ADVERSARIAL else 0.7
    area = chance.choice(AREAS, tickets, p=_skewed(AREAS, skew))
    table[rows.CELL] = area // AREAS_ACROSS * CELLS_ACROSS + area % AREAS_ACROSS
    table[rows.INTERESTS] = _interests(tickets, chance)
    waited_s = chance.exponential(WAIT_S, tickets)
    if kind is Kind.ADVERSARIAL:
        _spoil(table, waited_s, chance)
    _waiting(table, waited_s, chance)
    seniority = np.empty(tickets, np.int64)
    seniority[np.argsort(-waited_s, kind="stable")] = np.arange(tickets)
    return Problem(table, law_of(POLICY), np.zeros((0, 2), np.int64), seniority)


def _sides(table: rows.Table, kind: Kind, chance: np.random.Generator) -> None:
    male = chance.random(table.shape[1]) < MALE_SHARE
    table[rows.SIDE] = np.where(male, MALE, FEMALE)
    table[rows.WANTS] = ANYBODY if kind is Kind.FRIEND else np.where(male, FEMALE, MALE)


def _ages(table: rows.Table, chance: np.random.Generator) -> None:
    tickets = table.shape[1]
    age = np.clip(YOUNGEST + chance.gamma(2.2, 4.0, tickets), YOUNGEST, OLDEST).astype(np.int64)
    width = chance.integers(1, 8, tickets)
    middle = age + np.rint(chance.normal(0, 2, tickets)).astype(np.int64)
    low, high = middle - width, middle + width
    must = chance.random(tickets) < MUST_SHARE
    odd = chance.random(tickets) < ODD_SHARE
    low[odd] = chance.integers(YOUNGEST, OLDEST, np.count_nonzero(odd))
    high[odd] = low[odd] + 1
    must |= odd
    low, high = np.clip(low, YOUNGEST, OLDEST), np.clip(high, YOUNGEST, OLDEST)
    table[rows.AGE], table[rows.LOW], table[rows.HIGH] = age, low, high
    table[rows.MUST_LOW] = np.where(must, low, YOUNGEST)
    table[rows.MUST_HIGH] = np.where(must, high, OLDEST)


def _interests(tickets: int, chance: np.random.Generator) -> Draw:
    # The greatest of log-weights with Gumbel noise are a draw without replacement.
    noisy = np.log(_skewed(INTERESTS, 0.8)) + chance.gumbel(size=(tickets, INTERESTS))
    best = np.argsort(-noisy, axis=1)[:, :INTERESTS_EACH_MAX]
    has = (
        np.arange(INTERESTS_EACH_MAX) < chance.integers(1, INTERESTS_EACH_MAX + 1, tickets)[:, None]
    )
    together: Draw = np.where(has, 1 << best, 0).sum(axis=1)
    return together


def _waiting(table: rows.Table, waited_s: NDArray[np.float64], chance: np.random.Generator) -> None:
    quality = (chance.random(len(waited_s)) * ONE * POLICY.quality_weight / 2).astype(np.int64)
    waited_ms = (waited_s * 1_000).astype(np.int64)
    widen(table, waited_ms, np.zeros_like(waited_ms), quality, POLICY)


def _spoil(table: rows.Table, waited_s: NDArray[np.float64], chance: np.random.Generator) -> None:
    """Let most want the same few years, strictly, and a tenth have interests nobody shares."""
    tickets = len(waited_s)
    picky = chance.random(tickets) < PICKY_SHARE
    for low in (rows.LOW, rows.MUST_LOW):
        table[low, picky] = 24
    for high in (rows.HIGH, rows.MUST_HIGH):
        table[high, picky] = 27
    odd = chance.random(tickets) < LONELY_SHARE
    table[rows.INTERESTS, odd] = 1 << (INTERESTS + chance.integers(0, 10, np.count_nonzero(odd)))
    waited_s[chance.random(tickets) < NEW_SHARE] = 0.0


def _skewed(kinds: int, power: float) -> NDArray[np.float64]:
    weights = 1 / np.arange(1, kinds + 1) ** power
    return np.asarray(weights / weights.sum())
