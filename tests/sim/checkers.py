"""Checkers beside the world: what was written, what was acknowledged, and what each client sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.ids import Alias, RoomId
from engine.rooms.events import (
    Append,
    Event,
    EventName,
    Outcome,
    Snapshot,
    Written,
    without_body,
)
from engine.wire.frames import event_fields
from store.memory.state import Memory
from tests.sim.faults import Call
from tests.sim.hidden import Hidden

# Every account and device of a world carries one of these in its id; no client may ever see one.
_ACCOUNT, _DEVICE = b"ACCT", b"DEVI"


@dataclass
class Truth:
    """What the store said it wrote, kept apart from the store."""

    fail: Callable[[str], None]
    memory: Memory
    logs: dict[RoomId, list[Event]] = field(default_factory=dict)
    shown: dict[RoomId, list[dict[str, object]]] = field(default_factory=dict)
    fences: dict[RoomId, int] = field(default_factory=dict)
    cids: dict[tuple[RoomId, Alias, str], int] = field(default_factory=dict)
    deletions: dict[tuple[RoomId, int], int] = field(default_factory=dict)  # each with its own seq
    acks: dict[tuple[RoomId, Alias, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hidden = Hidden(self.memory, self.length)

    def tap(self, call: Call) -> None:
        """See a call of the store at the moment it takes effect."""
        if call.name == "claim":
            self._claimed(call.value)
        elif call.name == "append":
            for append, outcome in zip(call.args[0], call.value, strict=True):
                self._appended(append, outcome)
        else:
            self.hidden.tap(call)

    def _claimed(self, snapshots: list[Snapshot]) -> None:
        for one in snapshots:
            if one.fence <= self.fences.get(one.room, 0):
                self.fail(f"I4: the fence of {one.room} did not rise")
            self.fences[one.room] = one.fence
            if one.seq != len(self.logs.get(one.room, ())):
                self.fail(f"I1: {one.room} is claimed at {one.seq}, not at what was written")

    def _appended(self, append: Append, outcome: Outcome) -> None:
        if not isinstance(outcome, Written):
            return
        room, log = append.room, self.logs.setdefault(append.room, [])
        shown = self.shown.setdefault(room, [])
        if append.fence != self.fences.get(room):
            self.fail(f"I4: a stale owner wrote to {room}")
        for event in append.events:
            if event.seq != len(log) + 1:
                self.fail(f"I2: {room} has {event.seq} after {len(log)}")
            if log and event.at < log[-1].at:
                self.fail(f"I2: time runs back in {room}, at {event.seq}")
            if event.sender is not None and event.cid is not None:
                key = (room, event.sender, event.cid)
                if key in self.cids:
                    self.fail(f"I3: {event.cid} stands at {self.cids[key]} and at {event.seq}")
                self.cids[key] = event.seq
            log.append(event)
            shown.append(event_fields(room, 1, event, own=False))
        for deletion in append.erased:
            self.deletions[room, deletion.target] = deletion.seq
            log[deletion.target - 1] = without_body(log[deletion.target - 1])
        self.hidden.written(append)

    # --- what clients are told -----------------------------------------------------------

    def length(self, room: RoomId) -> int:
        """How much of a room is durable."""
        return len(self.logs.get(room, ()))

    def is_deleted(self, room: RoomId, seq: int) -> bool:
        """Whether a message was taken back."""
        return (room, seq) in self.deletions

    def event(self, who: str, me: Alias | None, event: dict[str, Any], *, held: int) -> None:
        """Check a durable event that a client was shown who holds, or is told, all up to `held`."""
        room, seq = RoomId(event["room"]), event["seq"]
        if not 1 <= seq <= self.length(room):
            self.fail(f"I1: {who} sees {room} {seq}, and it is not durable")
            return
        cid = event.pop("cid", None)
        truth = self.logs[room][seq - 1]
        otherwise, surely = self.hidden.seen(room, me, truth, self.logs[room])
        if otherwise == event:
            return
        if surely:
            self.fail(f"a block: {who} sees {seq} of {room}, which is hidden from them")
        if truth.name is EventName.REVEAL_DONE and me == truth.sender:
            if event != event_fields(room, 1, truth, own=True):
                self.fail(f"I2: {who} sees another own reveal in {room} than the log")
        elif event.get("deleted"):
            if not self.is_deleted(room, seq) or event != event_fields(room, 1, truth, own=False):
                self.fail(f"I2: {who} sees that {seq} of {room} was taken back")
        elif event != self.shown[room][seq - 1]:
            self.fail(f"I2: {who} sees another {seq} of {room} than the log")
        elif self.deletions.get((room, seq), held + 1) <= held:
            self.fail(f"{who} sees {seq} of {room}, and that it was taken back")
        if cid is not None and (me != truth.sender or cid != truth.cid):
            self.fail(f"I9: {who} sees the cid of somebody else")
        if cid is None and me == truth.sender and truth.cid is not None:
            self.fail(f"{who} does not see an own cid")

    def ack(self, who: str, me: Alias, room: RoomId, said: tuple[str, str], seq: int) -> None:
        """Check that an acknowledged message is in the log, there and nowhere else."""
        cid, body = said
        key = (room, me, cid)
        if self.cids.get(key) != seq:
            self.fail(f"I1: {who} was told that {cid} stands at {seq}; it is {self.cids.get(key)}")
            return
        if self.acks.setdefault(key, seq) != seq:
            self.fail(f"I3: {who} was told two places of {cid}")
        stored = self.logs[room][seq - 1]
        if not stored.deleted and stored.content.get("body") != body:
            self.fail(f"I3: {cid} of {who} has another body")

    def secrets(self, who: str, payload: bytes) -> None:
        """Check that a frame names no account and no device (I9)."""
        if _ACCOUNT in payload or _DEVICE in payload:
            self.fail(f"I9: {who} was shown an id that never leaves the server")

    def stored(self, rooms: dict[RoomId, Any]) -> None:
        """Check at the end that the store holds exactly what it said."""
        for room, row in rooms.items():
            if list(row.events) != self.logs.get(room, []):
                self.fail(f"I1: the log of {room} is not what was written")
            if [event.seq for event in row.events] != list(range(1, len(row.events) + 1)):
                self.fail(f"I2: {room} has a gap")
            if {key: held for key, held in row.reactions.items() if held} != _reactions(row.events):
                self.fail(f"I2: the reactions of {room} are not those of its log")
        for key, seq in self.acks.items():
            if self.cids.get(key) != seq:
                self.fail(f"I1: {key} was acknowledged at {seq} and is not there")


def _reactions(log: list[Event]) -> dict[tuple[int, Alias], tuple[str, ...]]:
    """Work out from a log which reactions are left."""
    left: dict[tuple[int, Alias], tuple[str, ...]] = {}
    for event in log:
        if event.name is EventName.DELETED:
            left = {key: held for key, held in left.items() if key[0] != event.target}
        elif event.name is EventName.REACTION:
            assert event.sender is not None
            key, emoji = (event.target, event.sender), str(event.content["emoji"])
            held = tuple(one for one in left.get(key, ()) if one != emoji)
            left[key] = (*held, emoji) if event.content["on"] else held
    return {key: held for key, held in left.items() if held}
