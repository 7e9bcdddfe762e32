"""The log of a pool: one short line for each event, by numbers, from which it can be played again.

It names nobody: tickets have the number of their arrival, interests the number of their first use,
moments are counted from the first one. What comes out (`end`) is in it as well as what goes in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import msgspec

from engine.matching.ticket import Ticket
from engine.model.account import Gender
from engine.model.like import Intent
from engine.model.policy import policy_from
from engine.model.pool_policy import PoolPolicy

if TYPE_CHECKING:  # it brings the compiled loops, which the first pool loads and no server before
    from engine.matching.search import Numbers

FORMAT = 1

_SIDES = tuple(Gender)
_INTENTS = tuple(Intent)

Line = list[object]


class PoolLog:
    """Takes notes of a pool; engine.matching.notes.Notes."""

    def __init__(self, policy: PoolPolicy, write: Callable[[bytes], None]) -> None:
        self._policy = policy
        self._write = write
        self._words: dict[str, int] = {}
        self._begin_ms: int | None = None
        self._put(["pool", FORMAT, asdict(policy)])

    def joined(self, number: int, ticket: Ticket, apart: Sequence[int], *, now_ms: int) -> None:
        """Somebody has come, who may not meet some of those who wait."""
        now, person = self._at(now_ms), ticket.person
        who = [_SIDES.index(person.side), person.age, int(person.premium)]
        life = [self._at(ticket.joined_ms), self._at(ticket.expires_ms)]
        self._put(["join", now, number, *who, *life, self._said(ticket), list(apart)])

    def updated(self, number: int, ticket: Ticket, *, now_ms: int) -> None:
        """Somebody says something else."""
        self._put(["update", self._at(now_ms), number, self._said(ticket)])

    def left(self, number: int, *, now_ms: int) -> None:
        """Somebody waits no longer."""
        self._put(["leave", self._at(now_ms), number])

    def parted(self, one: int, other: int, *, now_ms: int) -> None:
        """Two may not meet."""
        self._put(["part", self._at(now_ms), one, other])

    def began(self, *, now_ms: int) -> None:
        """A tick has begun."""
        self._put(["begin", self._at(now_ms)])

    def ended(self, intent: Intent, pairs: Numbers, *, now_ms: int) -> None:
        """A tick has ended for those of one intent: a row of two and their score for each pair."""
        self._put(["end", self._at(now_ms), _INTENTS.index(intent), pairs.tolist()])

    def introduced(self, one: int, other: int, *, now_ms: int) -> None:
        """Two have met."""
        self._put(["met", self._at(now_ms), one, other])

    def _at(self, now_ms: int) -> int:
        if self._begin_ms is None:
            self._begin_ms = now_ms
        return now_ms - self._begin_ms

    def _said(self, ticket: Ticket) -> Line:
        me, want = ticket.me, ticket.want
        words = [self._words.setdefault(word, len(self._words)) for word in me.interests]
        features = self._policy.features
        return [
            words,
            list(me.area or ()),
            [features.index(word) for word in me.features],
            _INTENTS.index(want.intent),
            [_SIDES.index(side) for side in want.sides],
            [want.ages.low, want.ages.high, int(want.ages.must)],
            [features.index(word) for word in want.features],
        ]

    def _put(self, line: Line) -> None:
        self._write(msgspec.json.encode(line) + b"\n")


def policy_of(said: Mapping[str, object]) -> PoolPolicy:
    """Read the numbers a log was written under; raises ValueError."""
    return policy_from({"pools": said}).pools
