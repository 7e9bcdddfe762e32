"""One against many: the same rules as where a whole pool is read."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from engine.matching.pairs import may_ever_meet, scores_with
from engine.matching.problem import Problem
from tests.engine.matching.rules import problems, score


@given(problems())
def test_a_score_is_the_same_however_it_is_reached(problem: Problem) -> None:
    free = Problem(problem.table, problem.law, np.zeros((0, 2), np.int64), problem.seniority)
    others = np.arange(problem.tickets)
    for i in range(problem.tickets):
        found = scores_with(problem.table, problem.law, i, others).tolist()
        plain = [score(free, i, j) for j in range(problem.tickets)]
        assert found == [-1 if value is None else value for value in plain]
        ever = may_ever_meet(problem.table, i, others)
        assert not any(value is not None and not ever[j] for j, value in enumerate(plain))
