"""Hands behind the curtain of a store: what operators and time do to it, and what is left in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from engine.ids import (
    AccountId,
    GroupId,
    RoomId,
)
from engine.model.group import MemberState
from store.asyncio_bridge import Bridge
from store.connection import connect
from store.memory.state import Memory


class Hands(Protocol):
    """What operators will do by ports that do not exist yet."""

    async def ban_account(self, account: AccountId) -> None: ...
    async def ban_member(self, group: GroupId, account: AccountId) -> None: ...
    async def give(self, account: AccountId, *, credit: int, premium_until: int) -> None: ...
    async def count_open_matches(self, group: GroupId) -> int: ...
    async def leave_room(self, room: RoomId, account: AccountId) -> None: ...
    async def erase_key(self, room: RoomId) -> None: ...
    async def forget_account(self, account: AccountId) -> None: ...
    async def traces_of_meeting(self, group: GroupId) -> int: ...
    async def count_matched_pairs(self, group: GroupId) -> int: ...


class MemoryHands:
    """Hands that reach into memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def ban_account(self, account: AccountId) -> None:
        """Ban a person."""
        self._memory.accounts[account].state = "banned"

    async def ban_member(self, group: GroupId, account: AccountId) -> None:
        """Ban a person from one group."""
        self._memory.members[group, account].state = MemberState.BANNED

    async def give(self, account: AccountId, *, credit: int, premium_until: int) -> None:
        """Give somebody credits and premium."""
        row = self._memory.accounts[account]
        held = row.balances
        issued = credit + held.held + held.spent - held.owed
        row.balances = replace(held, wallet=credit, issued=issued)
        row.premium_until = premium_until

    async def leave_room(self, room: RoomId, account: AccountId) -> None:
        """Take a person out of a room."""
        member = self._memory.rooms[room].member_of(account)
        assert member is not None
        self._memory.rooms[room].leave(member.alias)

    async def forget_account(self, account: AccountId) -> None:
        """Leave of an account what its erasure leaves: nothing that says whose it was."""
        row = self._memory.accounts[account]
        row.phone, row.state = None, "deleting"

    async def erase_key(self, room: RoomId) -> None:
        """Erase a room's key, and with it its text."""
        self._memory.rooms[room].key_erased = True

    async def count_matched_pairs(self, group: GroupId) -> int:
        """Count the pairs of people who have ever been matched in a group."""
        return len({row.sides for row in self._memory.matches.values() if row.group == group})

    async def traces_of_meeting(self, group: GroupId) -> int:
        """Count what is left of what was said at a meeting."""
        memory = self._memory
        meeting = memory.meetings.rows[group]
        said = [one for one in memory.meetings.descriptions.values() if one.group == group]
        names = [row for row in memory.members.values() if row.group == group]
        return (
            len(meeting.people)
            + len(meeting.answered)
            + len(said)
            + sum(bool(row.profile.nickname) for row in names)
            + sum(len(room.members) + (not room.key_erased) for room in memory.rooms_of(group))
        )

    async def count_open_matches(self, group: GroupId) -> int:
        """Count the matches of a group, told or not."""
        rows = self._memory.matches.values()
        return sum(row.group == group and not row.ended for row in rows)


class PostgresHands:
    """Hands that write SQL."""

    def __init__(self, bridge: Bridge, dsn: str) -> None:
        self._bridge = bridge
        self._dsn = dsn

    async def value(self, sql: str, *args: object) -> object:
        """Run one statement on a connection of its own and return its first value."""

        async def work() -> object:
            connection = await connect(self._dsn)
            try:
                found: object = await connection.fetchval(sql, *args)
                return found
            finally:
                await connection.close(timeout=5)

        return await self._bridge.call(work)

    async def ban_account(self, account: AccountId) -> None:
        """Ban a person."""
        await self.value("UPDATE accounts SET state = 'banned' WHERE account_id = $1", account)

    async def ban_member(self, group: GroupId, account: AccountId) -> None:
        """Ban a person from one group."""
        sql = "UPDATE memberships SET state = 'banned' WHERE group_id = $1 AND account_id = $2"
        await self.value(sql, group, account)

    async def give(self, account: AccountId, *, credit: int, premium_until: int) -> None:
        """Give somebody credits and premium."""
        sql = """
            UPDATE accounts SET credits = $2, premium_until = $3,
                credits_issued = $2 + credits_held + credits_spent - credits_owed
            WHERE account_id = $1
        """
        await self.value(sql, account, credit, premium_until)

    async def leave_room(self, room: RoomId, account: AccountId) -> None:
        """Take a person out of a room."""
        sql = "UPDATE room_members SET left_at = 1 WHERE room_id = $1 AND account_id = $2"
        await self.value(sql, room, account)

    async def forget_account(self, account: AccountId) -> None:
        """Leave of an account what its erasure leaves: nothing that says whose it was."""
        sql = """
        UPDATE accounts SET phone_digest = NULL, phone_sealed = NULL, state = 'deleting'
        WHERE account_id = $1
        """
        await self.value(sql, account)

    async def erase_key(self, room: RoomId) -> None:
        """Erase a room's key, and with it its text."""
        await self.value("UPDATE rooms SET key_wrapped = '' WHERE room_id = $1", room)

    async def count_matched_pairs(self, group: GroupId) -> int:
        """Count the pairs of people who have ever been matched in a group."""
        sql = "SELECT count(DISTINCT (low_id, high_id)) FROM matches WHERE group_id = $1"
        found = await self.value(sql, group)
        assert isinstance(found, int)
        return found

    async def traces_of_meeting(self, group: GroupId) -> int:
        """Count what is left of what was said at a meeting."""
        sql = """
            SELECT (SELECT count(*) FROM meeting_people WHERE group_id = $1)
                + (SELECT count(*) FROM meeting_descriptions WHERE group_id = $1)
                + (SELECT count(*) FROM memberships WHERE group_id = $1 AND nickname <> '')
                + (SELECT count(*) FROM groups WHERE group_id = $1 AND name <> '')
                + (SELECT count(*) FROM meetings WHERE group_id = $1
                    AND (key_wrapped <> '' OR answered_sealed IS NOT NULL))
                + (SELECT count(*) FROM rooms r LEFT JOIN room_members m USING (room_id)
                    WHERE r.group_id = $1 AND r.kind = 'group'
                    AND (r.key_wrapped <> '' OR m.account_id IS NOT NULL))
        """
        found = await self.value(sql, group)
        assert isinstance(found, int)
        return found

    async def count_open_matches(self, group: GroupId) -> int:
        """Count the matches of a group, told or not."""
        sql = "SELECT count(*) FROM matches WHERE group_id = $1 AND ended_at IS NULL"
        found = await self.value(sql, group)
        assert isinstance(found, int)
        return found
