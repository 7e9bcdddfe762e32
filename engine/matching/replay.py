"""Playing a pool's log again: byte for byte, or under other numbers to see what would have been."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from engine.ids import AccountId, TicketId
from engine.matching.log import FORMAT, PoolLog, policy_of
from engine.matching.pool import Introduction, Pool, Round
from engine.matching.problem import Pairing
from engine.matching.solver import solve
from engine.matching.ticket import Ages, Me, Person, Ticket, Want
from engine.model.account import Gender
from engine.model.like import Intent
from engine.model.pool_policy import PoolPolicy

_SIDES = tuple(Gender)
_INTENTS = tuple(Intent)


class _Said(msgspec.Struct, array_like=True, frozen=True):
    words: list[int]
    area: list[int]
    features: list[int]
    intent: int
    sides: list[int]
    ages: tuple[int, int, bool]
    needs: list[int]


class _Event(msgspec.Struct, array_like=True, frozen=True):
    at: int


class _Join(_Event, tag="join", frozen=True):
    number: int
    side: int
    age: int
    premium: int
    joined: int
    expires: int
    said: _Said
    apart: list[int]


class _Update(_Event, tag="update", frozen=True):
    number: int
    said: _Said


class _Leave(_Event, tag="leave", frozen=True):
    number: int


class _Part(_Event, tag="part", frozen=True):
    one: int
    other: int


class _Begin(_Event, tag="begin", frozen=True):
    pass


class _End(_Event, tag="end", frozen=True):
    intent: int
    pairs: list[tuple[int, int, int]]


class _Met(_Event, tag="met", frozen=True):
    one: int
    other: int


_events = msgspec.json.Decoder(
    _Join | _Update | _Leave | _Part | _Begin | _End | _Met, strict=False
)
_heads = msgspec.json.Decoder(tuple[str, int, dict[str, object]])


@dataclass(slots=True)
class Outcome:
    """What became of those who came."""

    joined: int = 0
    met: int = 0
    score: int = 0
    waits_ms: dict[Gender, list[int]] = field(default_factory=lambda: {side: [] for side in Gender})


def numbers_of(lines: Sequence[bytes]) -> PoolPolicy:
    """Read the numbers a log was written under; raises ValueError where it is no log."""
    try:
        head, version, said = _heads.decode(lines[0])
    except (msgspec.DecodeError, IndexError):
        raise ValueError("this is not the log of a pool") from None
    if (head, version) != ("pool", FORMAT):
        raise ValueError(f"this is not the log of a pool in format {FORMAT}")
    return policy_of(said)


def replay(
    lines: Sequence[bytes], policy: PoolPolicy, write: Callable[[bytes], None], *, exact: bool
) -> Outcome:
    """Play a log; raises ValueError at a line that is none.

    `exact`: what was refused then is refused now. Else every pair of a tick meets at once, and
    what people did later to tickets that have met by then is passed over.
    """
    player = _Player(policy, write, exact=exact)
    for number, line in enumerate(lines[1:], start=2):
        try:
            player.play(_events.decode(line))
        except (msgspec.DecodeError, LookupError):
            raise ValueError(f"line {number} is not of the log of a pool") from None
    return player.outcome


class _Player:
    def __init__(self, policy: PoolPolicy, write: Callable[[bytes], None], *, exact: bool) -> None:
        self._policy = policy
        self._exact = exact
        self._pool = Pool(policy, PoolLog(policy, write))
        self._rounds: dict[int, tuple[Round, Pairing]] = {}
        self._proposed: dict[int, list[Introduction]] = {}
        self.outcome = Outcome()

    def play(self, event: _Event) -> None:
        """Do what was done."""
        pool, now_ms = self._pool, event.at
        match event:
            case _Join():
                apart = [_account(number) for number in event.apart]
                pool.join(self._ticket(event), apart, now_ms=now_ms)
                self.outcome.joined += 1
            case _Update():
                said = event.said
                if _name(event.number) in pool:
                    ticket, me, want = _name(event.number), self._me(said), self._want(said)
                    pool.update(ticket, me, want, now_ms=now_ms)
            case _Leave():
                pool.leave(_name(event.number), now_ms=now_ms)
            case _Part():
                pool.part(_account(event.one), _account(event.other), now_ms=now_ms)
            case _Begin():
                self._rounds = {
                    _INTENTS.index(begun.intent): (begun, solve(begun.problem))
                    for begun in pool.begin(now_ms=now_ms)
                }
                self._proposed = {}
            case _End():
                self._end(event)
            case _Met():
                if self._exact:
                    self._meet(_name(event.one), _name(event.other), now_ms)

    def _end(self, event: _End) -> None:
        if event.intent not in self._rounds:
            return
        begun, pairing = self._rounds[event.intent]
        before = self._proposed.get(event.intent)
        if before is None:
            pairs = list(self._pool.end(begun, pairing, now_ms=event.at))
        elif self._exact:  # amends for what was refused: what has not met since
            left = [pair for pair in before if pair.one in self._pool or pair.other in self._pool]
            pairs = list(self._pool.amend(begun, left, now_ms=event.at))
        else:
            return
        self._proposed[event.intent] = pairs
        if not self._exact:
            for pair in pairs:
                self._meet(pair.one, pair.other, event.at)

    def _meet(self, one: TicketId, other: TicketId, now_ms: int) -> None:
        pairs = [pair for some in self._proposed.values() for pair in some]
        found = next((pair for pair in pairs if (pair.one, pair.other) == (one, other)), None)
        if found is None:
            raise ValueError("two have met whom no tick has brought together")
        self.outcome.score += found.score
        for name in (one, other):
            ticket = self._pool.find(name)
            assert ticket is not None
            self.outcome.met += 1
            self.outcome.waits_ms[ticket.person.side].append(now_ms - ticket.joined_ms)
        self._pool.introduced(found, now_ms=now_ms)

    def _ticket(self, event: _Join) -> Ticket:
        person = Person(_SIDES[event.side], event.age, bool(event.premium))
        named = (_name(event.number), _account(event.number), person)
        said = (self._me(event.said), self._want(event.said))
        return Ticket(*named, *said, event.joined, event.expires)

    def _me(self, said: _Said) -> Me:
        area = (said.area[0], said.area[1]) if said.area else None
        return Me(tuple(f"word {n}" for n in said.words), area, self._features(said.features))

    def _want(self, said: _Said) -> Want:
        low, high, must = said.ages
        sides = tuple(_SIDES[n] for n in said.sides)
        needs = self._features(said.needs)
        return Want(_INTENTS[said.intent], sides, Ages(low, high, bool(must)), needs)

    def _features(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(self._policy.features[n] for n in numbers)


def _name(number: int) -> TicketId:
    return TicketId(f"ticket {number}")


def _account(number: int) -> AccountId:
    return AccountId(f"account {number}")
