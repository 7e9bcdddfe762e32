"""Blocks in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import trio

from engine.errors import NotFound
from engine.ids import AccountId, BlockId, GroupId, MemberId
from engine.model.access import check_other
from engine.ports.blocks import Block, NewBlock
from engine.ports.outbox import NoticeKind
from engine.rooms.events import RoomKind
from store.memory.apart import BlockRow
from store.memory.state import Memory, RoomMemberRow, RoomRow


class MemoryBlocks:
    """Who wants to have nothing to do with whom; engine.ports.blocks.Blocks."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def block(self, blocker: AccountId, new: NewBlock, *, now_ms: int) -> None:
        """Hide two people from each other in every group and every room they share."""
        await trio.lowlevel.checkpoint()
        blocked = new.blocked
        check_other(blocked, blocker)
        if (blocker, blocked) in self._memory.blocks:
            return
        self._memory.blocks[blocker, blocked] = BlockRow(new.block, new.nickname, now_ms)
        pair = frozenset((blocker, blocked))
        self._memory.end_between(pair, now_ms=now_ms)
        for room, me, other in self._shared(blocker, blocked):
            if room.veils.let_down(pair, after=len(room.events)):
                self._tell(NoticeKind.ROOM_PARTED, room, me, other, new.block, now_ms)

    async def member_of(
        self, group: GroupId, viewer: AccountId, member: MemberId
    ) -> tuple[AccountId, str]:
        """Return whom a member means by another of their group; raises NotFound."""
        await trio.lowlevel.checkpoint()
        people = [] if self._ended(group) else self._memory.people_of(group)
        found = next((row for row, _ in people if row.member == member), None)
        if found is None or all(row.account != viewer for row, _ in people):
            raise NotFound
        blocks = self._memory.blocks
        hides, mine = (found.account, viewer) in blocks, (viewer, found.account) in blocks
        if hides and not mine:
            raise NotFound
        return found.account, found.profile.nickname

    def _ended(self, group: GroupId) -> bool:
        row = self._memory.groups.get(group)
        return row is None or row.ended

    async def unblock(self, blocker: AccountId, block: BlockId, *, now_ms: int) -> None:
        """Take a block back; a block the other way stays."""
        await trio.lowlevel.checkpoint()
        mine = [key for key, row in self._memory.blocks.items() if row.block == block]
        if not mine or mine[0][0] != blocker:
            return
        (_, blocked) = mine[0]
        del self._memory.blocks[blocker, blocked]
        if self._memory.hidden(blocker, blocked):
            return
        for room in self._memory.rooms.values():
            room.veils.lift(frozenset((blocker, blocked)), until=len(room.events))
        for room, me, other in self._shared(blocker, blocked):
            self._tell(NoticeKind.ROOM_MET, room, me, other, block, now_ms)

    async def listed(
        self, blocker: AccountId, *, after: BlockId | None, limit: int
    ) -> Sequence[Block]:
        """One's own blocks, newest first."""
        await trio.lowlevel.checkpoint()
        mine = {
            (row.at, row.block): row
            for (whose, _), row in self._memory.blocks.items()
            if whose == blocker
        }
        places = sorted(mine, reverse=True)
        if after is not None:
            last = next((place for place in places if place[1] == after), None)
            places = [place for place in places if last and place < last]
        found = [mine[place] for place in places[:limit]]
        return [Block(row.block, row.nickname, row.at) for row in found]

    def _shared(
        self, one: AccountId, other: AccountId
    ) -> Iterator[tuple[RoomRow, RoomMemberRow, RoomMemberRow]]:
        """Yield the open rooms of groups that two people are in now."""
        for _, room in sorted(self._memory.rooms.items()):
            me, them = room.member_of(one), room.member_of(other)
            if room.kind is RoomKind.GROUP and not room.closing and me and them:
                yield room, me, them

    def _tell(
        self,
        kind: NoticeKind,
        room: RoomRow,
        me: RoomMemberRow,
        other: RoomMemberRow,
        block: BlockId,
        now_ms: int,
    ) -> None:
        content: dict[str, object] = {
            "alias": me.alias,
            "nickname": me.nickname,
            "other": other.alias,
            "others_nickname": other.nickname,
            "key": block,
        }
        self._memory.tell(kind, content, due_ms=now_ms, room=room.room)
