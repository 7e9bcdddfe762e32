"""Guards taken out of the product, one at a time: the simulation has to notice each of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import actors.slots
from actors.audience import Audience
from actors.history import History
from actors.room import RoomBehaviour
from actors.rooms import Rooms
from actors.runtime import Actor
from actors.session import Session
from api.gateway.connection import Connection
from engine.rooms.room import Room
from engine.sessions.replies import Replies
from engine.wire.event_frames import EventFrames
from store.memory.rooms import MemoryRoomLog
from tests.sim.faults import CALM
from tests.sim.mutation import Edit, Mutation
from tests.sim.mutations_bonds import MUTATIONS_OF_BONDS
from tests.sim.world import SMALL, Plan

_TWO = replace(SMALL, faults=replace(CALM, overlap_every_s=10.0, cut_every_s=20.0))
_CRASHES = replace(
    SMALL, faults=replace(CALM, crash_before=0.02, crash_within=0.02, crash_on_settle=0.02)
)
_DEAF = replace(
    SMALL, seconds=30.0, message_every_s=0.1, faults=replace(CALM, stop_reading_every_s=300.0)
)
_LOST_CALLS = replace(
    SMALL, people=6, rooms=6, message_every_s=0.8, faults=replace(CALM, store_bug_after=0.1)
)
_FLOOD = replace(
    SMALL,
    people=8,
    rooms=1,
    seconds=4.0,
    message_every_s=0.05,
    heart=0.0,
    faults=replace(CALM, store_slow=0.5),
)


def _of(
    name: str,
    seen: str,
    owner: Any,
    function: str,
    old: str,
    new: str,
    *more: Edit,
    worlds: int = 40,
    plan: Plan = SMALL,
) -> Mutation:
    return Mutation(name, seen, (Edit(owner, function, old, new), *more), worlds, plan)


_OWNERS = (
    _of(
        "a-stale-owner-writes",
        "I4: a stale owner wrote",
        MemoryRoomLog,
        "_append",
        "append.fence != row.fence or ",
        "",
    ),
    _of(
        "a-claim-leaves-the-fence",
        "I4: the fence",
        MemoryRoomLog,
        "claim",
        "fence += 1",
        "fence += 0",
    ),
    _of(
        "nobody-looks-after-the-fences",
        "liveness",
        Rooms,
        "_lose",
        "in taken:",
        "in ():",
        plan=_TWO,
    ),
    _of(
        "an-owner-that-was-robbed-goes-on",
        "liveness|I5",
        RoomBehaviour,
        "_fail",
        "self._actor.reset()",
        "self._actor.release()",
        plan=_TWO,
    ),
    _of(
        "a-room-that-was-robbed-is-not-followed",
        "liveness|I5",
        RoomBehaviour,
        "_read_store",
        "if fence == self._room.fence:",
        "if False:",
        plan=_TWO,
    ),
    _of(
        "a-robbed-owner-calls-lost-what-it-does-not-know",
        "I5: .* was not recovered",
        History,
        "reaches",
        "if self.stale:",
        "if False:",
        plan=_TWO,
    ),
    _of(
        "a-page-goes-further-than-its-answer",
        "I5: .* ends at|I5: .* was not recovered",
        History,
        "_page",
        " if event.seq <= self._room.seq",
        "",
        plan=_TWO,
    ),
    _of(
        "own-writes-stay-unseen",
        "liveness",
        RoomBehaviour,
        "_again",
        "if any(event.seq > self._room.seq for event in result.known.values()):",
        "if False:",
        plan=_LOST_CALLS,
        worlds=100,
    ),
)

_ONCE = (
    _of(
        "a-cid-takes-effect-each-time",
        "I3: .* stands at",
        Room,
        "post",
        "if known is not None:",
        "if False:",
        Edit(MemoryRoomLog, "_append", "if known:", "if False:"),
    ),
    _of(
        "a-cid-has-two-bodies",
        "I3: .* another body under a cid",
        Room,
        "post",
        "raise CidConflict",
        "pass",
    ),
    _of(
        "an-old-cid-is-new-again",
        "I3: .* stands at",
        MemoryRoomLog,
        "_append",
        "if known:",
        "if False:",
    ),
)

_DURABLE = (
    _of(
        "an-append-is-lost",
        "I1: .* is claimed at|I1: the log",
        MemoryRoomLog,
        "_append",
        "self._write(row, append, closes=closes)",
        "pass",
    ),
    _of(
        "it-answers-before-the-commit",
        "I1: .* was told",
        RoomBehaviour,
        "_begin",
        "if begun.posted.event.seq <= room.seq:",
        "if True:",
    ),
    _of(
        "it-shows-before-the-commit",
        "I1: .* is not durable",
        RoomBehaviour,
        "_write",
        "self._actor.hold()",
        "self._audience.show(self._room.room, 1, self._room.append().events)",
    ),
    _of(
        "an-unknown-outcome-is-a-success",
        "I1",
        RoomBehaviour,
        "_committed",
        "case Written():",
        "case Written() | None:",
    ),
    _of(
        "mail-is-lost-in-a-crash",
        "liveness",
        Actor,
        "_after_crash",
        "self._suspects.extend(waiting)",
        "pass",
        plan=_CRASHES,
    ),
)

_ORDER = (
    _of(
        "resume-skips-one",
        "I5: .* resumes at",
        Room,
        "after",
        "missing = self.seq - seq",
        "missing = max(0, self.seq - seq - 1)",
    ),
    _of(
        "resume-repeats-one",
        "I5: .* resumes at",
        Room,
        "after",
        "start = len(self._tail) - missing",
        "start = max(0, len(self._tail) - missing - 1)",
    ),
    _of(
        "nothing-is-caught-up-after-a-reload",
        "I5|liveness",
        RoomBehaviour,
        "catch_up",
        "audience.shown_seq < self._room.seq",
        "False",
    ),
    _of(
        "one-listener-is-left-out",
        "liveness",
        Audience,
        "show",
        ".items()):",
        ".items())[1:]:",
    ),
    _of(
        "a-broadcast-goes-out-twice",
        "I5: .* holds",
        Audience,
        "show",
        "listener.show(joined, room)",
        "listener.show(joined + joined, room)",
    ),
    _of(
        "a-broadcast-is-out-of-order",
        "I5: .* holds",
        Audience,
        "show",
        "for event in events]\n    senders",
        "for event in reversed(events)]\n    senders",
    ),
    _of(
        "answers-in-the-order-of-the-work",
        "out of its order",
        Replies,
        "settle",
        "    slots = self._slots\n",
        "    self._slots.remove(slot)\n    return [] if frame is None else [frame]\n",
    ),
    _of(
        "events-overtake-answers",
        "I5|liveness",
        Replies,
        "hold",
        "in reversed(self._slots)",
        "in ()",
    ),
    _of(
        "a-slow-reader-stays-and-misses-some",
        "I5: .* holds|liveness",
        Connection,
        "_give_up",
        'self.close(CloseCode.SLOW_CONSUMER, "reading too slowly")',
        "pass",
        plan=_DEAF,
    ),
    _of(
        "time-runs-back",
        "I2: time",
        Room,
        "_add",
        "if before and before[-1].at > at:",
        "if False:",
    ),
)

_SECRET = (
    _of(
        "members-by-their-account",
        "I9: .* never leaves",
        actors.slots,
        "_member",
        '"alias": one.alias',
        '"alias": one.account',
    ),
    _of(
        "everybody-sees-the-cid",
        "I9: .* cid of somebody else",
        EventFrames,
        "frame",
        "mine = self._own if own else None",
        "mine = self._own",
    ),
    _of(
        "memory-keeps-what-was-taken-back",
        "that it was taken back",
        Room,
        "_erase",
        "self._tail[place] = without_body(event)",
        "pass",
    ),
    _of(
        "the-store-keeps-what-was-taken-back",
        "I1|taken back",
        MemoryRoomLog,
        "_write",
        "_erase(row, deletion.target)",
        "pass",
    ),
    _of(
        "reactions-are-not-kept",
        "I2: the reactions",
        MemoryRoomLog,
        "_write",
        "row.reactions[key] = held",
        "pass",
    ),
)

_BOUNDS = (
    _of(
        "a-mailbox-without-a-bound",
        "I10: the mailbox",
        Actor,
        "tell",
        "if len(self._mail) >= places:",
        "if False:",
        plan=_FLOOD,
    ),
    _of(
        "an-outbox-without-a-bound",
        "I10: an outbox",
        Connection,
        "send",
        "elif self._queue_bytes > OUTBOX_BYTES_MAX:",
        "elif False:",
        Edit(Connection, "_write", "if self._queue_bytes > OUTBOX_BYTES_MAX", "if False"),
        plan=_DEAF,
    ),
    _of(
        "ops-in-flight-without-a-bound",
        "I10: too many ops",
        Session,
        "_is_full",
        "under_way >= OPS_IN_FLIGHT_MAX",
        "False",
    ),
    _of(
        "ops-without-an-answer-without-a-bound",
        "I10: too many ops",
        Session,
        "_is_full",
        "max(len(self._replies), self._quiet)",
        "len(self._replies)",
        plan=_FLOOD,
    ),
    _of(
        "ghosts-stay",
        "liveness",
        Connection,
        "check",
        "elif now_s - self._heard_s >= SILENCE_S_MAX - _SWEEP_SLACK_S:",
        "elif False:",
    ),
)

MUTATIONS = (
    *_OWNERS,
    *_ONCE,
    *_DURABLE,
    *_ORDER,
    *_SECRET,
    *_BOUNDS,
    *MUTATIONS_OF_BONDS,
)
