"""What a room must be after any story: the model beside the machine, over the twin of the store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack, suppress
from functools import partial
from typing import TypeVar
from unittest.mock import patch

import msgspec
import trio
from hypothesis.stateful import RuleBasedStateMachine

from engine.errors import NotFound
from engine.ids import Alias, NodeId
from engine.model.account import Gender
from engine.rooms.events import Event, EventName, RoomKind
from engine.rooms.room import Room
from store.memory.rooms import MemoryRoomDirectory, MemoryRoomLog
from store.memory.state import AccountRow, Memory, RoomMemberRow, RoomRow
from tests.builders import CAT, FOX, OWL, RAT, ROOM, account_of

T = TypeVar("T")
Key = tuple[Alias, str]

TAIL, CIDS, REACTED, EACH = 6, 8, 2, 1  # so small that a short story meets them


def now(work: Callable[[], Awaitable[T]]) -> T:
    """Ask the twin of the store."""
    return trio.run(work)


class ModelledRoom(RuleBasedStateMachine):
    """`log` is what was written, `pending` what was begun; all else the model reads from these."""

    def __init__(self) -> None:
        super().__init__()
        self.bounds = ExitStack()
        for name, bound in (
            ("engine.rooms.room.ROOM_TAIL_EVENTS", TAIL),
            ("store.memory.rooms.ROOM_TAIL_EVENTS", TAIL),
            ("engine.rooms.room.ROOM_CIDS", CIDS),
            ("engine.rooms.reactions.REACTED_MESSAGES_CACHED_MAX", REACTED),
            ("engine.rooms.reactions.REACTIONS_PER_PERSON_MAX", EACH),
        ):
            self.bounds.enter_context(patch(name, bound))
        self.memory = Memory()
        self.store, self.lists = MemoryRoomLog(self.memory), MemoryRoomDirectory(self.memory)
        self.row = RoomRow(ROOM, RoomKind.GROUP, None, 0, 0, {})
        self.memory.rooms[ROOM] = self.row
        for alias in (FOX, OWL, RAT, CAT):
            account = account_of(alias)
            self.memory.accounts[account] = AccountRow(account, None, alias, 2000, Gender.OTHER)
        for alias in (FOX, OWL):
            self.row.members[alias] = RoomMemberRow(alias, account_of(alias), alias)
        self.log: list[Event] = []
        self.pending: list[Event] = []
        self.reads = dict.fromkeys((FOX, OWL, RAT, CAT), 0)
        self.marks: dict[Alias, int] = {}
        self.left: set[Alias] = set()
        self.since: dict[Alias, int] = dict.fromkeys(self.reads, 0)
        self.recalled = 0  # cids that the store had to tell this room of
        self.at = 1_000_000
        self.room = self.claimed()

    def teardown(self) -> None:
        self.bounds.close()

    # --- what the model knows ------------------------------------------------------------

    def claimed(self) -> Room:
        (snapshot,) = now(lambda: self.store.claim([ROOM], NodeId("node"), now_ms=self.at))
        return Room(snapshot)

    def everything(self) -> list[Event]:
        return [*self.log, *self.pending]

    def said(self, events: Iterable[Event]) -> dict[Key, Event]:
        return {(e.sender, e.cid): e for e in events if e.sender is not None and e.cid}

    def ending(self) -> bool:
        return any(event.name is EventName.CLOSED for event in self.everything())

    def gone(self, seq: int) -> bool:
        """Whether a message is taken back, or about to be."""
        return any(e.name is EventName.DELETED and e.target == seq for e in self.everything())

    def reactions_of(self, seq: int, alias: Alias) -> set[str]:
        held: set[str] = set()
        for event in self.everything():
            if event.name is EventName.REACTION and (event.target, event.sender) == (seq, alias):
                emoji = {str(event.content["emoji"])}
                held = held | emoji if event.content["on"] else held - emoji
        return held

    def sees(self, alias: Alias, event: Event) -> bool:
        return event.name is EventName.MESSAGE and event.seq > self.since[alias]

    def durable(self, seq: int) -> Event | None:
        """Find a message as the actor does: in memory, else in the store."""
        if not 1 <= seq <= len(self.log):
            return None
        found = self.room.find(seq)
        assert found == (self.log[seq - 1] if found else None)
        return found or self.log[seq - 1]

    def begun(self, event: Event | None) -> None:
        if event is not None:
            assert not self.ending()
            assert event.seq == len(self.everything()) + 1
            assert event.at >= max([self.at, *(one.at for one in self.everything())])
            self.pending.append(event)

    def is_in(self, alias: Alias) -> bool:
        there = alias in {one.alias for one in self.room.occupants}
        with suppress(NotFound):
            assert self.room.alias_of(account_of(alias)) == alias
            return True
        assert not there
        return False

    def seq_of(self, place: int) -> int:
        """Choose what a command names."""
        messages = [event.seq for event in self.log if event.name is EventName.MESSAGE]
        if place < min(4, len(messages)):
            return messages[-1 - place]
        return len(self.everything()) + 4 - place

    def written(self) -> None:
        self.log += self.pending
        for event in self.pending:
            if event.name is EventName.DELETED:
                place = event.target - 1
                self.log[place] = msgspec.structs.replace(
                    self.log[place], content={"deleted": True}
                )
        self.reads |= self.marks  # who has left has no mark in the store, and nobody asks for it
        self.pending, self.marks = [], {}

    def check_store(self) -> None:
        """What the store says of each member: how far they have read, what is unread, reactions."""
        for alias in self.row.members:
            work = partial(self.lists.rooms, account_of(alias), now_ms=self.at, after=None, limit=9)
            (found,) = now(work)
            unread = [
                event
                for event in self.log[self.reads[alias] :]
                if event.name is EventName.MESSAGE and event.sender != alias and not event.deleted
            ]
            assert (found.read, found.unread) == (self.reads[alias], len(unread))
            assert (found.seq, found.closed) == (len(self.log), self.room.closed)

        for (seq, alias), held in self.row.reactions.items():
            assert set(held) == self.reactions_of(seq, alias), "the store and the log disagree"
