"""How good a tick was: near the optimum or not, and how unequally people are seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.matching.pairs import scores_with
from engine.matching.problem import Pairing, Problem
from engine.matching.solver import optimum


@dataclass(frozen=True, slots=True)
class Sample:
    """One tick, measured."""

    ratio: float  # of the best sum there is
    gini: float  # of how many others each could meet: 0 is equal, 1 is all for one


def sampled(problem: Problem, pairing: Pairing) -> Sample:
    """Compare a result with the exact optimum; for pools of some hundreds."""
    best = optimum(problem).score
    everybody = np.arange(problem.tickets)
    seen = np.array(
        [
            np.count_nonzero(scores_with(problem.table, problem.law, one, everybody) >= 0)
            for one in range(problem.tickets)
        ]
    )
    return Sample(pairing.score / best if best else 1.0, gini(seen))


def gini(shares: NDArray[np.int64]) -> float:
    """Return how unequal shares are: Gini, "Variabilità e mutabilità" (1912)."""
    total = int(shares.sum())
    if not total:
        return 0.0
    count = len(shares)
    ranks = np.arange(1, count + 1)
    return float((2 * (ranks * np.sort(shares)).sum()) / (count * total) - (count + 1) / count)
