"""Statistics of a group: what its people have in common, never a few of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.model.account import age_band
from engine.model.group import Person

INTERESTS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """So many people have this in common."""

    name: str
    people: int


@dataclass(frozen=True, slots=True)
class GroupStatistics:
    """What is told: cells of fewer than k people look as if they were empty."""

    sides: tuple[Cell, ...]
    ages: tuple[Cell, ...]
    interests: tuple[Cell, ...]


def statistics_of(people: Iterable[Person], *, year: int, k: int) -> GroupStatistics:
    """Count people by side, by age and by interest."""
    seen = list(people)
    words = Counter(word for one in seen for word in one.interests)
    shared = [Cell(word, count) for word, count in words.items() if count >= k]
    shared.sort(key=lambda cell: (-cell.people, cell.name))
    return GroupStatistics(
        sides=parts(Counter(one.gender.value for one in seen), k=k),
        ages=parts(Counter(age_band(one.birth_year, year=year) for one in seen), k=k),
        interests=tuple(shared[:INTERESTS_SHOWN]),
    )


def parts(counts: Mapping[str, int], *, k: int) -> tuple[Cell, ...]:
    """Return the parts of a whole that can be told.

    Whoever knows the whole can subtract: what is left out sums to nothing or to k at least, so the
    smallest part that could be told may have to be left out as well.
    """
    told = sorted((count, name) for name, count in counts.items() if count >= k)
    missing = sum(count for count in counts.values() if count < k)
    while 0 < missing < k and told:
        missing += told.pop(0)[0]
    return tuple(Cell(name, count) for name, count in sorted((name, count) for count, name in told))
