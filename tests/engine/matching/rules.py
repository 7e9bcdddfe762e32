"""The rules of a pair written down once more, plainly, and small pools drawn by Hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from engine.matching import search as rows
from engine.matching.problem import Pairing, Problem
from engine.matching.search import ROWS, Law

LAW = Law(interests=40_000, ages=30_000, area=20_000, age_reach=10, area_reach=4)


def score(problem: Problem, i: int, j: int) -> int | None:
    """Score a pair by the words of the domain; None: they may not meet."""
    mine: list[int] = problem.table[:, i].tolist()
    theirs: list[int] = problem.table[:, j].tolist()
    if i == j or any({i, j} == set(pair) for pair in problem.forbidden.tolist()):
        return None
    off = 0
    soft = True
    apart = distance(mine[rows.CELL], theirs[rows.CELL])
    for me, you in ((mine, theirs), (theirs, mine)):
        if not me[rows.WANTS] & you[rows.SIDE] or me[rows.NEEDS] & ~you[rows.FEATURES]:
            return None
        if not me[rows.MUST_LOW] <= you[rows.AGE] <= me[rows.MUST_HIGH]:
            return None
        soft &= me[rows.SOFT_LOW] <= you[rows.AGE] <= me[rows.SOFT_HIGH]
        soft &= apart <= me[rows.RADIUS]
        outside = max(0, me[rows.LOW] - you[rows.AGE], you[rows.AGE] - me[rows.HIGH])
        off += min(problem.law.age_reach, outside)
    if not soft and not (mine[rows.OVERDUE] or theirs[rows.OVERDUE]):
        return None
    shared = (mine[rows.INTERESTS] & theirs[rows.INTERESTS]).bit_count()
    either = max(1, (mine[rows.INTERESTS] | theirs[rows.INTERESTS]).bit_count())
    law = problem.law
    ages = law.ages // (2 * law.age_reach) * (2 * law.age_reach - off)
    area = law.area * max(0, law.area_reach - apart) // law.area_reach
    bonus = mine[rows.BONUS] + theirs[rows.BONUS]
    return law.interests * shared // either + ages + area + bonus + 1


def distance(one: int, other: int) -> int:
    """Count the cells between two, the longer way of across and down."""
    across = rows.CELLS_ACROSS
    return max(abs(one % across - other % across), abs(one // across - other // across))


def best_of_all(problem: Problem) -> int:
    """Try every pairing there is."""
    scores = {
        (i, j): value
        for i in range(problem.tickets)
        for j in range(i + 1, problem.tickets)
        if (value := score(problem, i, j)) is not None
    }

    def best(left: tuple[int, ...]) -> int:
        if len(left) < 2:
            return 0
        first, rest = left[0], left[1:]
        most = best(rest)
        for place, other in enumerate(rest):
            if (first, other) in scores:
                both = scores[first, other] + best(rest[:place] + rest[place + 1 :])
                most = max(most, both)
        return most

    return best(tuple(range(problem.tickets)))


def check(problem: Problem, pairing: Pairing) -> None:
    """Nobody twice, never a forbidden pair, and each score is what the rules say."""
    everybody = [*pairing.first.tolist(), *pairing.second.tolist()]
    assert len(everybody) == len(set(everybody))
    for i, j, said in zip(pairing.first, pairing.second, pairing.scores, strict=True):
        assert score(problem, int(i), int(j)) == said


@st.composite
def problems(draw: st.DrawFn, tickets_max: int = 8) -> Problem:
    """Draw a pool in which everything that can be said is said by somebody."""
    tickets = draw(st.integers(0, tickets_max))
    number = st.integers
    table = np.zeros((ROWS, tickets), np.int32)
    one_side = draw(st.booleans())
    for i in range(tickets):
        side = draw(st.sampled_from((1, 2, 4)))
        age, low = draw(number(19, 45)), draw(number(19, 45))
        high = draw(number(low, 45))
        must = draw(st.booleans())
        years = draw(number(0, 30))
        table[:, i] = [
            side,
            7 if one_side else draw(number(1, 7)),
            age,
            low,
            high,
            max(low - years, low if must else 19),
            min(high + years, high if must else 45),
            low if must else 19,
            high if must else 45,
            draw(number(0, 4)) * rows.CELLS_ACROSS + draw(number(0, 4)),
            draw(number(0, 5)),
            draw(number(0, 2**6 - 1)) << draw(number(0, 25)),
            draw(number(0, 15_000)),
            draw(number(0, 3)),
            draw(st.sampled_from((0, 0, 0, 1, 2))),
            draw(st.sampled_from((0, 0, 1))),
        ]
    ticket = st.integers(0, max(0, tickets - 1))
    pairs = (
        draw(st.lists(st.tuples(ticket, ticket).filter(lambda pair: pair[0] != pair[1])))
        if (tickets > 1)
        else []
    )
    forbidden = np.array(pairs, np.int64).reshape(-1, 2)
    return Problem(table, LAW, forbidden, np.array(draw(st.permutations(range(tickets))), np.int64))
