"""Guards of likes, matches, reveals and blocks taken out, one at a time: each has to be noticed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import actors.room
import engine.rooms.room
import store.memory.like_undo
import store.memory.likes
from actors.audience import Audience
from actors.node import Node
from actors.room import RoomBehaviour
from api.gateway.gateway import Gateway
from engine.model.reveal import Reveal
from engine.wire.event_frames import EventFrames
from store.memory.likes import MemoryLikes
from store.memory.state import Memory
from tests.sim.faults import CALM
from tests.sim.mutation import Edit, Mutation
from tests.sim.world import SMALL

_FOND = replace(SMALL, heart=0.6, faults=replace(CALM, unmatch_every_s=15.0))
_APART = replace(SMALL, heart=0.1, faults=replace(CALM, block_every_s=6.0, cut_every_s=20.0))


_RESTLESS = replace(
    _FOND, seconds=8.0, faults=replace(CALM, cut_every_s=3.0, store_slow=0.3, store_slow_s_max=2.0)
)
_LOUD = replace(
    _APART,
    people=6,
    rooms=1,
    seconds=3.0,
    message_every_s=0.1,
    heart=0.0,
    faults=replace(CALM, block_every_s=60.0),
)


def _of(name: str, seen: str, owner: Any, function: str, old: str, new: str) -> Mutation:
    return Mutation(name, seen, (Edit(owner, function, old, new),), plan=_FOND)


def _apart(name: str, seen: str, owner: Any, function: str, old: str, new: str) -> Mutation:
    return Mutation(name, seen, (Edit(owner, function, old, new),), plan=_APART)


LIKES = (
    _of(
        "a-like-alone-is-a-match",
        "I6: matches that",
        MemoryLikes,
        "_place",
        "if decision.match:",
        "if True:",
    ),
    _of(
        "intents-that-differ-meet",
        "I6: matches that",
        MemoryLikes,
        "_facts",
        "any(row.request.intent is request.intent for row in theirs)",
        "bool(theirs)",
    ),
    _of(
        "a-like-makes-two-matches",
        "I6",
        MemoryLikes,
        "_match",
        "like.state, like.match, like.told_at = LikeState.MATCHED, ids.match, at",
        "like.match, like.told_at = ids.match, at",
    ),
    _of(
        "who-has-a-match-likes-again",
        "I6: a like between two who have a match",
        MemoryLikes,
        "_facts",
        "matched=any(",
        "matched=False and any(",
    ),
    _of(
        "a-like-takes-effect-each-time",
        "I3: .* took effect twice",
        MemoryLikes,
        "_place",
        "if first is not None:",
        "if False:",
    ),
    _of(
        "what-was-taken-back-matches",
        "I6: matches that",
        store.memory.likes,
        "take_back",
        "row.state = _DONE[how]",
        "pass",
    ),
    _of(
        "one-side-is-not-told-of-a-match",
        "liveness",
        store.memory.likes,
        "open_match",
        "in (sides, sides[::-1]):",
        "in (sides,):",
    ),
    replace(
        _of(
            "a-match-falls-between-two-looks",
            "liveness: .* does not know",
            Gateway,
            "_enter",
            "now_ms=parts.now_ms(), limit",
            "now_ms=now_ms, limit",
        ),
        plan=_RESTLESS,
    ),
    _of(
        "a-match-that-was-told-vanishes",
        "I6: .* was told and has vanished",
        store.memory.like_undo,
        "decide_take_back",
        "if facts.state is LikeState.MATCHED and facts.told:",
        "if False:",
    ),
    _of(
        "a-match-is-told-before-its-moment",
        "I8: .* before its moment",
        store.memory.likes,
        "open_match",
        "due_ms=at",
        "due_ms=0",
    ),
    _of(
        "a-match-that-ended-goes-on",
        "I13: .* goes on",
        Memory,
        "end_match",
        "room.closing = True",
        "pass",
    ),
    _of(
        "nobody-closes-the-room-of-a-match",
        "liveness",
        Memory,
        "end_match",
        'self.tell(NoticeKind.ROOM_CLOSE, {"room": room.room}, due_ms=AT_ONCE_MS, room=room.room)',
        "pass",
    ),
)

REVEALS = (
    _of(
        "one-alone-reveals-both",
        "without both",
        Reveal,
        "standing",
        "Standing.MINE if self.offered_by == me else Standing.THEIRS",
        "Standing.THEIRS",
    ),
    _of(
        "an-offer-shows-what-is-offered",
        "I8: .* is shown the profile",
        engine.rooms.room,
        "reveal_content",
        "if outcome is Outcome.REVEALED:",
        "if True:",
    ),
    _of(
        "an-offer-that-was-withdrawn-stands",
        "without both",
        engine.rooms.room,
        "after",
        "return Reveal(place)\n",
        "return Reveal(place, me)\n",
    ),
    _of(
        "each-side-sees-itself",
        "another own reveal",
        EventFrames,
        "of",
        'event.content["theirs"]',
        'event.content["mine"]',
    ),
)

BLOCKS = (
    _apart(
        "who-is-blocked-is-heard",
        "a block: .* hidden from them",
        RoomBehaviour,
        "_show",
        "if not room.veils:",
        "if True:",
    ),
    _apart(
        "who-is-blocked-is-read-later",
        "a block: .* hidden from them",
        actors.room,
        "open_room",
        "as_seen(events, me, veils, room.find)",
        "events",
    ),
    replace(
        _apart(
            "what-follows-a-block-is-heard",
            "a block: .* hidden from them",
            Node,
            "look_again",
            "self.rooms.look_again(room)",
            "pass",
        ),
        plan=_LOUD,
        worlds=120,  # one in twenty has somebody speak in just that moment
    ),
    _apart(
        "who-is-blocked-is-listed",
        "a block: .* is listed",
        actors.room,
        "open_room",
        "if one.alias not in hidden)",
        ")",
    ),
    _apart(
        "who-is-blocked-is-seen-writing",
        "a block: .* of somebody who is hidden",
        Audience,
        "_parts",
        "return bool(self.apart)",
        "return False",
    ),
    _apart(
        "who-is-blocked-likes",
        "I13: a like between",
        MemoryLikes,
        "_both",
        "if self._memory.hidden(mine.account, theirs.account):",
        "if False:",
    ),
    _apart(
        "a-block-leaves-the-match",
        "I6: matches that",
        Memory,
        "end_between",
        "[row for row in self.matches.values() if row.sides == pair]",
        "[]",
    ),
)

MUTATIONS_OF_BONDS = (*LIKES, *REVEALS, *BLOCKS)
