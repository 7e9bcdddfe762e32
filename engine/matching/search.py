"""Who might meet whom: the score of a pair, and the best candidates of each ticket, compiled.

A pool is a table of whole numbers, one column for each ticket. It is sorted by side, cell of the
area, band of ages and interests, so that what one ticket looks for lies side by side in memory and
is scored by the processor several at a time. Scores are counted in hundred-thousandths (ONE).

Interests are sets; how near two are is Jaccard's measure, what they share by what they have. Of a
group too large to be read a ticket reads the window around its own interests; their bits are
ordered by rarity (the highest bit is the rarest), so neighbours share what is rare. That is the
sorted neighbourhood of Hernández and Stolfo, "The merge/purge problem" (SIGMOD 1995).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.matching.compiled import compiled

ONE = 100_000

# The rows of the table.
SIDE = 0  # one bit
WANTS = 1  # bits of sides
AGE = 2
LOW, HIGH = 3, 4  # the ages wished for
SOFT_LOW, SOFT_HIGH = 5, 6  # the ages accepted now: wishes, widened by waiting
MUST_LOW, MUST_HIGH = 7, 8  # the ages ever accepted
CELL = 9  # where: y * CELLS_ACROSS + x
RADIUS = 10  # how many cells away is accepted now
INTERESTS = 11  # a set of bits
BONUS = 12  # what this ticket adds to the score of any of its pairs
FEATURES, NEEDS = 13, 14  # sets of bits: what I have, what the other one must have
OVERDUE = 15  # 1: waited so long that only what must be is asked for
ROWS = 16

CELLS_ACROSS = 32
SIDES = 3

# Candidates are looked at in blocks that stay in the nearest cache.
BLOCK = 2_048
# Smaller windows than this cost more to find than to read.
WINDOW_MIN = 32
# Equals are ranked by chance, within a four-hundredth of a score.
CHANCE = 255

Table = NDArray[np.int32]
Numbers = NDArray[np.int64]
Flags = NDArray[np.uint8]
Truths = NDArray[np.bool_]


class Law(NamedTuple):
    """What a score is made of, in parts of ONE."""

    interests: int
    ages: int
    area: int
    age_reach: int  # years outside the wish at which nothing is left of the part for ages
    area_reach: int  # cells


class Ground(NamedTuple):
    """A sorted table and where its groups begin."""

    table: Table
    offsets: Numbers  # of the groups, by side, cell and band of ages
    cells: Table  # for each ticket, its cell's place among the cells that occur
    near: Table  # the cells that occur, nearest first, for each of them
    apart: Table  # how far those are
    forbidden: Numbers  # pairs that may not meet, as low * tickets + high, sorted
    youngest: int
    band_years: int
    bands: int


@compiled
def _bits(word: np.uint32) -> np.uint32:
    """Count the bits of a word: Warren, "Hacker's Delight", 5-1."""
    pairs = np.uint32(word - np.uint32((word >> np.uint32(1)) & np.uint32(0x55555555)))
    low = np.uint32(pairs & np.uint32(0x33333333))
    fours = np.uint32(low + np.uint32((pairs >> np.uint32(2)) & np.uint32(0x33333333)))
    eights = np.uint32(np.uint32(fours + np.uint32(fours >> np.uint32(4))) & np.uint32(0x0F0F0F0F))
    return np.uint32(np.uint32(eights * np.uint32(0x01010101)) >> np.uint32(24))


@compiled
def _score(
    out: Table, table: Table, mine: Table, start: int, end: int, distance: int, law: Law
) -> None:
    """Write the score of a ticket with each of a range, without bonuses; -1 is: they may not meet.

    No branches and 32 bits throughout, so that it becomes instructions on eight pairs at a time.
    """
    wants, age = table[WANTS, start:end], table[AGE, start:end]
    low, high = table[LOW, start:end], table[HIGH, start:end]
    soft_low, soft_high = table[SOFT_LOW, start:end], table[SOFT_HIGH, start:end]
    must_low, must_high = table[MUST_LOW, start:end], table[MUST_HIGH, start:end]
    radius, interests = table[RADIUS, start:end], table[INTERESTS, start:end]
    features, needs = table[FEATURES, start:end], table[NEEDS, start:end]
    overdue = table[OVERDUE, start:end]
    my_side, my_age, my_low, my_high = mine[SIDE], mine[AGE], mine[LOW], mine[HIGH]
    my_soft_low, my_soft_high = mine[SOFT_LOW], mine[SOFT_HIGH]
    my_must_low, my_must_high, my_overdue = mine[MUST_LOW], mine[MUST_HIGH], mine[OVERDUE]
    my_features, my_needs = mine[FEATURES], mine[NEEDS]
    my_interests = np.uint32(mine[INTERESTS])
    far, near_enough = np.int32(distance), distance <= mine[RADIUS]
    nothing, reach = np.int32(0), np.int32(law.age_reach)
    year = np.int32(law.ages // (2 * law.age_reach))
    all_shared = np.float32(law.interests)
    best = np.int32(2 * law.age_reach * year)
    best += np.int32(law.area * max(0, law.area_reach - distance) // law.area_reach)
    for z in range(end - start):
        theirs = np.uint32(interests[z])
        shared = np.float32(_bits(np.uint32(theirs & my_interests)))
        either = np.float32(max(_bits(np.uint32(theirs | my_interests)), np.uint32(1)))
        off = min(reach, max(nothing, my_low - age[z], age[z] - my_high))
        their_off = min(reach, max(nothing, low[z] - my_age, my_age - high[z]))
        soft = (age[z] >= my_soft_low) & (age[z] <= my_soft_high) & near_enough
        soft &= (my_age >= soft_low[z]) & (my_age <= soft_high[z]) & (far <= radius[z])
        must = (age[z] >= my_must_low) & (age[z] <= my_must_high)
        must &= (my_age >= must_low[z]) & (my_age <= must_high[z])
        must &= ((wants[z] & my_side) != 0) & ((needs[z] & ~my_features) == 0)
        must &= (my_needs & ~features[z]) == 0
        late = (overdue[z] | my_overdue) != 0
        score = best + np.int32(all_shared * shared / either) - year * (off + their_off)
        out[z] = score if must & (soft | late) else np.int32(-1)


@compiled
def _is_forbidden(ground: Ground, one: int, other: int) -> bool:
    tickets = ground.table.shape[1]
    key = min(one, other) * tickets + max(one, other)
    at = np.searchsorted(ground.forbidden, key)
    return bool(at < len(ground.forbidden) and ground.forbidden[at] == key)


@compiled
def _chance(one: int, other: int) -> np.int32:
    """Return 0 to 255, the same for the same pair: equals are not all to want the same one."""
    mixed = np.uint32(one) * np.uint32(2_654_435_761) ^ np.uint32(other) * np.uint32(2_246_822_519)
    return np.int32(np.uint32(mixed) >> np.uint32(24))


@compiled
def _window(interests: Table, start: int, end: int, mine: np.int32, width: int) -> int:
    """Return where to read `width` of a group: around my own interests."""
    low, high = start, end
    while low < high:
        middle = (low + high) >> 1
        if interests[middle] < mine:
            low = middle + 1
        else:
            high = middle
    return min(max(start, low - width // 2), end - width)


@compiled
def _keep(ids: Table, ranks: Table, held: int, candidate: int, rank: np.int32) -> int:
    """Insert into a list that is sorted by rank, best first, and as long as `ids`."""
    place = held if held < len(ids) else held - 1
    while place > 0 and ranks[place - 1] < rank:
        ranks[place] = ranks[place - 1]
        ids[place] = ids[place - 1]
        place -= 1
    ranks[place] = rank
    ids[place] = candidate
    return min(held + 1, len(ids))


@compiled
def _read(  # noqa: PLR0913, PLR0917  # compiled: no objects to gather these in
    ground: Ground, law: Law, i: int, group: int, distance: int, width: int, taken: Flags,
    out: Table, mine: Table, ids: Table, ranks: Table, held: int
) -> tuple[int, int]:  # fmt: skip
    """Put the best of a group into a ticket's list; return how many it holds, and were read."""
    start, end = ground.offsets[group], ground.offsets[group + 1]
    if end - start > width:
        start = _window(ground.table[INTERESTS], start, end, mine[INTERESTS], width)
        end = start + width
    for first in range(start, end, BLOCK):
        last = min(end, first + BLOCK)
        _score(out, ground.table, mine, first, last, distance, law)
        least = np.int32(0) if held < len(ids) else ranks[held - 1] - CHANCE
        for z in range(last - first):
            if out[z] < least:  # most end here
                continue
            j = first + z
            rank = out[z] + _chance(i, j)
            if (held == len(ids) and rank <= ranks[held - 1]) or j == i or taken[j]:
                continue
            if len(ground.forbidden) and _is_forbidden(ground, i, j):
                continue
            held = _keep(ids, ranks, held, j, rank)
            if held == len(ids):
                least = ranks[held - 1] - CHANCE
    return held, end - start


@compiled
def _look(
    ground: Ground, law: Law, i: int, budget: int, taken: Flags,
    out: Table, ids: Table, scores: Table
) -> int:  # fmt: skip
    """Fill a ticket's list, nearest cells first, by reading about `budget`; return how many."""
    mine = ground.table[:, i].copy()
    here = ground.cells[i]
    accepted_low, accepted_high, radius = mine[SOFT_LOW], mine[SOFT_HIGH], mine[RADIUS]
    if mine[OVERDUE]:
        accepted_low, accepted_high, radius = mine[MUST_LOW], mine[MUST_HIGH], CELLS_ACROSS
    band_low = max(0, (accepted_low - ground.youngest) // ground.band_years)
    band_high = min(ground.bands - 1, (accepted_high - ground.youngest) // ground.band_years)
    held = 0
    sides = _bits(np.uint32(mine[WANTS]))
    for place in range(ground.near.shape[1]):
        distance = ground.apart[here, place]
        if distance > radius or budget <= 0 or band_high < band_low:
            break
        width = max(WINDOW_MIN, budget // (2 * sides * (band_high - band_low + 1)))
        for side in range(SIDES):
            if not mine[WANTS] >> side & 1:
                continue
            first = (side * ground.near.shape[0] + ground.near[here, place]) * ground.bands
            for group in range(first + band_low, first + band_high + 1):
                held, read = _read(
                    ground, law, i, group, distance, width, taken, out, mine, ids, scores, held
                )
                budget -= read
    for place in range(held):
        j = ids[place]
        scores[place] += mine[BONUS] + ground.table[BONUS, j] + 1 - _chance(i, j)
    return held


@compiled
def candidates(
    ground: Ground, law: Law, taken: Flags, keep: int, budget: int
) -> tuple[Table, Table]:
    """Return for each free ticket the numbers of its best candidates, best first, and the scores.

    Missing ones are -1. A candidate's bonus is in the score and not in the order: nearly
    everybody will be paired, so a bonus that all compete for says nothing of who fits whom.
    """
    tickets = ground.table.shape[1]
    ids = np.full((tickets, keep), np.int32(-1), np.int32)
    scores = np.zeros((tickets, keep), np.int32)
    out = np.empty(BLOCK, np.int32)
    for i in range(tickets):
        if not taken[i]:
            _look(ground, law, i, budget, taken, out, ids[i], scores[i])
    return ids, scores


@compiled
def serve_in_turn(
    ground: Ground, law: Law, turns: Numbers, taken: Flags, budget: int
) -> tuple[Table, Table]:
    """Give each of `turns`, in this order, a good free partner; return whom, and the score.

    Where the usual look finds nobody, the whole pool is read: who has any partner left gets one;
    the others get -1.
    """
    partner = np.full(len(turns), np.int32(-1), np.int32)
    score = np.zeros(len(turns), np.int32)
    out = np.empty(BLOCK, np.int32)
    everything = 1_000 * ground.table.shape[1]  # more than any number of groups can use up
    for turn in range(len(turns)):
        i = turns[turn]
        if taken[i]:
            continue
        ids, scores = partner[turn : turn + 1], score[turn : turn + 1]
        held = _look(ground, law, i, budget, taken, out, ids, scores)
        if not held:
            held = _look(ground, law, i, everything, taken, out, ids, scores)
        if held:
            taken[i] = taken[partner[turn]] = 1
    return partner, score


@compiled
def all_scores(ground: Ground, law: Law, some: Numbers) -> Table:
    """Return the score of each of `some` with every ticket, 0 where they may not meet."""
    tickets = ground.table.shape[1]
    scores = np.zeros((len(some), tickets), np.int32)
    out = np.empty(tickets, np.int32)
    for row in range(len(some)):
        i = some[row]
        mine = ground.table[:, i].copy()
        here = ground.cells[i]
        for side in range(SIDES):
            if not mine[WANTS] >> side & 1:
                continue
            for place in range(ground.near.shape[1]):
                cell = side * ground.near.shape[0] + ground.near[here, place]
                start = ground.offsets[cell * ground.bands]
                end = ground.offsets[(cell + 1) * ground.bands]
                _score(out, ground.table, mine, start, end, ground.apart[here, place], law)
                for j in range(start, end):
                    if out[j - start] < 0 or j == i or _is_forbidden(ground, i, j):
                        continue
                    bonus = mine[BONUS] + ground.table[BONUS, j]
                    scores[row, j] = out[j - start] + bonus + 1
    return scores


@compiled
def gains_beyond(ground: Ground, law: Law, prices: Numbers, some: Numbers) -> Numbers:
    """Return for each of `some` the most it could gain from anybody at these prices, 0 or more."""
    gains = np.zeros(len(some), np.int64)
    out = np.empty(ground.table.shape[1], np.int32)
    for row in range(len(some)):
        i = some[row]
        mine = ground.table[:, i].copy()
        for side in range(SIDES):
            for place in range(ground.near.shape[1]):
                distance = ground.apart[ground.cells[i], place]
                if not mine[WANTS] >> side & 1:
                    break
                cell = side * ground.near.shape[0] + ground.near[ground.cells[i], place]
                start = ground.offsets[cell * ground.bands]
                end = ground.offsets[(cell + 1) * ground.bands]
                _score(out, ground.table, mine, start, end, distance, law)
                for j in range(start, end):
                    if out[j - start] >= 0 and j != i:
                        gain = out[j - start] + ground.table[BONUS, j] - prices[j]
                        gains[row] = max(gains[row], gain + mine[BONUS] + 1)
    return gains
