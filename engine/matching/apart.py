"""Who may not meet whom in a pool: blocks, matches they have, and those they had not long ago."""

from __future__ import annotations

from collections.abc import Mapping

from engine.ids import AccountId


class Apart:
    """Pairs of people who both wait; who leaves is forgotten, the store knows when they come."""

    def __init__(self) -> None:
        self._from: dict[AccountId, set[AccountId]] = {}

    def part(self, one: AccountId, other: AccountId) -> None:
        """Keep two people from meeting."""
        self._from.setdefault(one, set()).add(other)
        self._from.setdefault(other, set()).add(one)

    def forget(self, account: AccountId) -> None:
        """Somebody has left."""
        for other in self._from.pop(account, ()):
            theirs = self._from[other]
            theirs.discard(account)
            if not theirs:
                del self._from[other]

    def of(self, account: AccountId) -> frozenset[AccountId]:
        """Return whom somebody does not meet."""
        return frozenset(self._from.get(account, ()))

    def pairs(self, places: Mapping[AccountId, int]) -> list[tuple[int, int]]:
        """List the pairs among those who have a place, each once, in order."""
        found = [
            (places[one], places[other])
            for one, others in self._from.items()
            if one in places
            for other in others
            if other in places and places[one] < places[other]
        ]
        return sorted(found)
