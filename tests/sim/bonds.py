"""Checker beside the world: who likes whom, who is matched, revealed or hidden, told by the calls.

It keeps its own books from what the store was asked and answered, and compares: the store's matches
with the likes that were given, and what anybody is shown with what both sides have agreed to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.ids import AccountId, LikeId, MatchId, MemberId, RoomId
from engine.model.like import LikeReceipt, LikeRequest
from engine.ports.likes import FreshIds
from engine.rooms.events import REVEALS, Append, Event, EventName, Written
from store.memory.state import Memory
from tests.sim.faults import Call

# What a person shows in their circle, each with the number of its owner: nobody else may see it
# before both have agreed to that.
_SECRET = re.compile(rb"SECRET([a-z]+)(\d+)x")
_STEPS = ("profile", "photo", "contact")

Pair = frozenset[AccountId]


def secret(kind: str, number: int) -> str:
    """Make up something that others may see by mutual consent only."""
    return f"SECRET{kind}{number}x"


@dataclass(frozen=True, slots=True)
class _Like:
    sender: AccountId
    target: AccountId
    intent: str

    @property
    def pair(self) -> Pair:
        return frozenset((self.sender, self.target))


@dataclass(slots=True)
class _Reveal:
    """How far a match has come, read from its log."""

    done: int = 0
    offered: tuple[str, object] | None = None  # step, and whose offer it is


@dataclass
class Bonds:
    """What the people of a world have with each other."""

    memory: Memory
    fail: Callable[[str], None]
    now_ms: Callable[[], int]
    members: dict[MemberId, AccountId] = field(default_factory=dict)
    likes: dict[LikeId, _Like] = field(default_factory=dict)  # open ones
    matches: dict[MatchId, Pair] = field(default_factory=dict)  # open ones
    ever: dict[MatchId, Pair] = field(default_factory=dict)
    rooms: dict[RoomId, MatchId] = field(default_factory=dict)
    told: dict[MatchId, int] = field(default_factory=dict)  # each with its moment
    ended: set[RoomId] = field(default_factory=set)
    gone: set[RoomId] = field(default_factory=set)
    blocked: set[Pair] = field(default_factory=set)
    revealed: set[tuple[Pair, str]] = field(default_factory=set)
    clock_stepped = False  # so that what was told may seem to lie in the future
    _mutual: dict[MatchId, dict[LikeId, _Like]] = field(default_factory=dict)
    _reveals: dict[RoomId, _Reveal] = field(default_factory=dict)

    def open(self, match: MatchId, room: RoomId, pair: Pair) -> None:
        """Note a match."""
        self.matches[match] = self.ever[match] = pair
        self.rooms[room] = match

    # --- calls of the store --------------------------------------------------------------

    def tap(self, call: Call) -> None:
        """See a call of the store at the moment it takes effect."""
        args = call.args
        match call.name:
            case "place":
                for (request, ids), answer in zip(args[0], call.value, strict=True):
                    if isinstance(answer, LikeReceipt) and answer.like == ids.like:
                        self._liked(request, ids)
            case "take_back":
                self._taken_back(args[1], at=call.options["now_ms"])
            case "append":
                for append, outcome in zip(args[0], call.value, strict=True):
                    if isinstance(outcome, Written):
                        self._written(append)
                return
            case "end_match":
                self._end(args[0])
            case "block":
                pair = frozenset((args[0], args[1].blocked))
                self._block(pair, at=call.options["now_ms"])
            case _:
                return
        self._compare()

    def _liked(self, request: LikeRequest, ids: FreshIds) -> None:
        like = _Like(request.sender, self.members[request.member], request.intent.value)
        if like.pair in self.blocked:
            self.fail("I13: a like between two who are hidden from each other")
        if like.pair in self.matches.values():
            self.fail("I6: a like between two who have a match")
        between = {key: one for key, one in self.likes.items() if one.pair == like.pair}
        self.likes = {key: one for key, one in self.likes.items() if key not in between}
        theirs = {key: one for key, one in between.items() if one.sender != like.sender}
        if any(one.intent == like.intent for one in theirs.values()):
            self._mutual[ids.match] = {**theirs, ids.like: like}
            self.open(ids.match, ids.room, like.pair)
        else:
            self.likes |= {**theirs, ids.like: like}

    def _taken_back(self, like: LikeId, *, at: int) -> None:
        self.likes.pop(like, None)
        match = self._match_of(like)
        if match is not None:  # nobody has been told of it, and the other like is open again
            self._vanish(match, at=at)
            mates = self._mutual.pop(match)
            self.likes |= {key: one for key, one in mates.items() if key != like}

    def _vanish(self, match: MatchId, *, at: int) -> None:
        """A call of that time has undone a match of which nobody had been told then."""
        if self.told.get(match, at + 1) <= at and not self.clock_stepped:
            self.fail(f"I6: {match} was told and has vanished")
        self.matches.pop(match, None)
        self.gone |= {room for room, one in self.rooms.items() if one == match}

    def _end(self, match: MatchId) -> None:
        self.matches.pop(match, None)
        self.ended |= {room for room, one in self.rooms.items() if one == match}

    def _block(self, pair: Pair, *, at: int) -> None:
        self.blocked.add(pair)
        self.likes = {key: one for key, one in self.likes.items() if one.pair != pair}
        for match in [match for match, one in self.matches.items() if one == pair]:
            if match in self.memory.matches:
                self._end(match)
            else:
                self._vanish(match, at=at)
                self._mutual.pop(match, None)

    def _compare(self) -> None:
        """Matches are exactly the mutual likes that nobody has ended."""
        rows = self.memory.matches.items()
        stored = {match: row.sides for match, row in rows if not row.ended}
        if stored != self.matches:
            odd = sorted({match for match, _ in stored.items() ^ self.matches.items()})
            self.fail(f"I6: matches that are not the mutual likes: {odd}")

    def _match_of(self, like: LikeId) -> MatchId | None:
        return next((match for match, both in self._mutual.items() if like in both), None)

    def between(self, room: RoomId) -> Pair:
        """Return the two whose match has a room; nobody where it has none."""
        match = self.rooms.get(room)
        return frozenset() if match is None else self.ever[match]

    def is_open(self, like: LikeId) -> bool:
        """Whether a like can still make a match, or has made one that is not over."""
        return like in self.likes or self._match_of(like) in self.matches

    def is_stored(self, like: LikeId) -> bool:
        """Whether a like is there, whatever became of it."""
        return any(row.like == like for row in self.memory.likes.values())

    # --- what is written in rooms --------------------------------------------------------

    def _written(self, append: Append) -> None:
        """See what a room wrote."""
        closes = any(event.name is EventName.CLOSED for event in append.events)
        if append.room in self.ended and append.events and not closes:
            self.fail(f"I13: {append.room} goes on after its match has ended")
        for event in append.events:
            if event.name in REVEALS:
                self._step(append.room, event)

    def _step(self, room: RoomId, event: Event) -> None:
        state, step = self._reveals.setdefault(room, _Reveal()), str(event.content["step"])
        if event.name is EventName.REVEAL_OFFERED:
            state.offered = step, event.sender
        elif event.name is EventName.REVEAL_WITHDRAWN:
            state.offered = None
        else:
            if state.offered not in {(step, one) for one in self.memory.rooms[room].members}:
                self.fail(f"a reveal without both: {step} in {room}")
            if state.offered == (step, event.sender):
                self.fail(f"a reveal without both: {step} in {room}, by one alone")
            if step != _STEPS[state.done]:
                self.fail(f"a reveal out of its order: {step} in {room}")
            state.done, state.offered = state.done + 1, None
            self.revealed.add((self.ever[self.rooms[room]], step))

    # --- what clients are told -----------------------------------------------------------

    def shown(self, who: str, account: AccountId, said: bytes) -> None:
        """Check that what somebody was sent holds of others only what both have agreed to."""
        if b"SECRET" not in said:
            return
        people = list(self.members.values())
        for word, number in _SECRET.findall(said):
            kind, other = word.decode(), people[int(number)]
            pair = frozenset((account, other))
            agreed = pair in self.ever.values() if kind == "name" else (pair, kind) in self.revealed
            if other != account and not agreed:
                self.fail(f"I8: {who} is shown the {kind} of p{int(number)} without both")

    def announced(self, who: str, account: AccountId, event: Mapping[str, Any]) -> None:
        """Check a `match.new` or `match.ended`."""
        match, room = MatchId(event["match"]), RoomId(event["room"])
        if account not in self.ever.get(match, ()) or self.rooms.get(room) != match:
            self.fail(f"I6: {who} is told of a match that is not theirs: {match}")
        if event["ev"] == "match.ended":
            if match in self.matches:
                self.fail(f"{who} is told of the end of {match}, which goes on")
            return
        self.told[match] = event["at"]
        if event["at"] > self.now_ms() and not self.clock_stepped:
            self.fail(f"I8: {who} is told of {match} before its moment")
