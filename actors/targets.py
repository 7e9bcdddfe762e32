"""The older messages that commands name: in memory mostly, else in the store."""

from __future__ import annotations

from actors.commands import Delete, Post, React
from actors.history import History
from engine.ports.rooms import RoomLog
from engine.rooms.events import Event
from engine.rooms.room import Room


class Targets:
    """Finds what a command speaks of."""

    def __init__(self, room: Room, log: RoomLog, history: History) -> None:
        self._room = room
        self._log = log
        self._history = history

    def far(self, command: object) -> bool:
        """Whether the store has to be asked for what a command names."""
        match command:
            case Post():
                reply_to = command.content.get("reply_to")
                return isinstance(reply_to, int) and self._is_unknown(reply_to)
            case Delete(seq=seq):
                return self._is_unknown(seq) or self._is_ahead(seq)
            case React(seq=seq):
                known = self._room.find(seq) and self._room.knows_reactions(seq)
                return seq >= 1 and (not known or self._is_ahead(seq))
            case _:
                return False

    def _is_unknown(self, seq: int) -> bool:
        return seq >= 1 and self._room.find(seq) is None

    def _is_ahead(self, seq: int) -> bool:
        """Whether nobody was told of it here: what is pending may stand elsewhere as another."""
        return seq > self._room.seq

    def near(self, command: object) -> Event | None:
        """Return the durable message that a command names, from memory."""
        if isinstance(command, Delete | React) and 1 <= command.seq <= self._room.seq:
            return self._room.find(command.seq)
        return None

    async def find(self, command: object) -> Event | None:
        """Return the durable message that a command names, with its reactions."""
        if not self.far(command):
            return self.near(command)
        assert isinstance(command, Post | Delete | React)
        room, log = self._room, self._log
        room.alias_of(command.account)  # nobody else makes us look
        seq = command.content["reply_to"] if isinstance(command, Post) else command.seq
        assert isinstance(seq, int)
        target = None if self._is_ahead(seq) else room.find(seq)
        if target is None and not await self._history.reaches(seq):
            return None
        if target is None:
            page = await log.page(room.room, after=seq - 1, before=None, limit=1)
            target = next((one for one in page.events if one.seq == seq), None)
        if isinstance(command, React) and not room.knows_reactions(seq):
            room.learn_reactions(seq, await log.reactions(room.room, seq))
        return target
