"""Interests as bits: a pool has 31 of them, for the words that most of those who wait have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

BITS = 31

# A word takes the bit of another when it has so many times more people: no bit changes hands to
# and fro, and two who join with odd words take nothing from everybody.
TIMES_AHEAD = 2


class Words:
    """Who comes first gets a bit; a word without one counts as not said until it has one."""

    def __init__(self) -> None:
        self._people: Counter[str] = Counter()
        self._bit: dict[str, int] = {}
        self._free = list(range(BITS - 1, -1, -1))
        self._without: set[str] = set()
        self._since: dict[str, int] = {}  # equals are told apart by who came first
        self._arrivals = 0

    def add(self, words: Iterable[str]) -> None:
        """Somebody with these has come."""
        for word in words:
            self._people[word] += 1
            if word not in self._since:
                self._arrivals += 1
                self._since[word] = self._arrivals
            if word not in self._bit:
                if self._free:
                    self._bit[word] = self._free.pop()
                    self._without.discard(word)
                else:
                    self._without.add(word)

    def remove(self, words: Iterable[str]) -> None:
        """Somebody with these has gone."""
        for word in words:
            self._people[word] -= 1
            if self._people[word] == 0:
                del self._people[word], self._since[word]
                self._without.discard(word)
                bit = self._bit.pop(word, None)
                if bit is not None:
                    self._free.append(bit)

    def bits(self, words: Iterable[str]) -> int:
        """Return the set of those that have a bit."""
        total = 0
        for word in words:
            bit = self._bit.get(word)
            if bit is not None:
                total |= 1 << bit
        return total

    def settle(self) -> bool:
        """Give bits to who needs them most; True where the bits of those who wait have changed."""
        changed = False
        while self._without:
            word = min(self._without, key=self._rank)
            if not self._free:
                rarest = max(self._bit, key=self._rank)
                if self._people[word] < TIMES_AHEAD * self._people[rarest]:
                    break
                self._free.append(self._bit.pop(rarest))
                self._without.add(rarest)
            self._without.discard(word)
            self._bit[word] = self._free.pop()
            changed = True
        return changed

    def _rank(self, word: str) -> tuple[int, int]:
        return -self._people[word], self._since[word]
