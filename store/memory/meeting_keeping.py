"""What happens at meetings by itself, in memory."""

from __future__ import annotations

import trio

from engine.ids import AccountId, Alias, MatchId, RoomId
from engine.model.group import MemberProfile, MemberState
from engine.model.like import next_tick_ms
from engine.model.meeting_pairs import Attendee, Wish, pair_up
from engine.model.policy import Policy
from engine.rooms.events import RoomKind
from store.bundle import Chance
from store.memory.matches import open_match
from store.memory.meeting_rows import MeetingRow
from store.memory.meetings import end_meeting
from store.memory.state import Memory, RoomMemberRow


class MemoryMeetingKeeping:
    """Rounds, ends and erasures; engine.ports.meetings.MeetingKeeping."""

    def __init__(self, memory: Memory, chance: Chance) -> None:
        self._memory = memory
        self._chance = chance

    async def run_rounds(self, policy: Policy, *, now_ms: int) -> int:
        """Run the rounds that are due; return how many meetings had one."""
        await trio.lowlevel.checkpoint()
        due_ms = now_ms - policy.meetings.round_s * 1000
        due = [
            row
            for row in self._memory.meetings.rows.values()
            if row.code is not None and row.round_at <= due_ms and row.ends_at > now_ms
        ]
        for row in due:
            row.round_at = now_ms
            self._run_round(row, policy, now_ms)
        return len(due)

    async def end_due(self, policy: Policy, *, now_ms: int) -> int:
        """End meetings whose hour has come, or whose group has; return how many."""
        await trio.lowlevel.checkpoint()
        due = [
            row
            for row in self._memory.meetings.rows.values()
            if row.code is not None
            and (row.ends_at <= now_ms or self._memory.groups[row.group].ended)
        ]
        for row in due:
            end_meeting(self._memory, row, policy, now_ms=now_ms)
        return len(due)

    async def erase_due(self, policy: Policy, *, now_ms: int) -> int:  # the port's
        """Erase what was said at meetings that ended long enough ago."""
        await trio.lowlevel.checkpoint()
        rows = self._memory.meetings.rows.values()
        due = [row for row in rows if row.erases_at <= now_ms and not row.erased]
        for row in due:
            self._erase(row)
        return len(due)

    def _run_round(self, row: MeetingRow, policy: Policy, now_ms: int) -> None:
        at = next_tick_ms(now_ms, tick_s=policy.likes.match_tick_s)
        fresh = self._chance.fresh_id
        for pair in pair_up(self._attendees(row), policy):
            sides = [self._side(row, one) for one in (pair.one, pair.other)]
            match, room = MatchId(fresh()), RoomId(fresh())
            open_match(self._memory, row.group, match, room, sides, at=at)

    def _side(self, row: MeetingRow, account: AccountId) -> RoomMemberRow:
        nickname = self._memory.members[row.group, account].profile.nickname
        return RoomMemberRow(Alias(self._chance.fresh_id()), account, nickname)

    def _attendees(self, row: MeetingRow) -> list[Attendee]:
        group = row.group
        people = []
        for member, account in self._memory.people_of(group):
            me = member.account
            matches = self._memory.matches.values()
            met = [one.sides - {me} for one in matches if one.group == group and me in one.sides]
            hidden = (
                one for pair in self._memory.blocks if me in pair for one in pair if one != me
            )
            looks = row.people[me].looks
            wishes = [
                Wish(one.description.wanted, one.description.intent)
                for one in self._memory.meetings.descriptions.values()
                if (one.group, one.account) == (group, me) and one.open
            ]
            apart = frozenset[AccountId]().union(*met, hidden)
            look = looks[-1].look if looks else None
            people.append(Attendee(me, account.gender, look, wishes, len(met), apart))
        return people

    def _erase(self, row: MeetingRow) -> None:
        memory, group = self._memory, row.group
        row.people, row.answered, row.erased = {}, (), True
        kept = memory.meetings.descriptions.items()
        memory.meetings.descriptions = {key: one for key, one in kept if one.group != group}
        for member in memory.members.values():
            if member.group == group:
                member.profile = MemberProfile("")
                if member.state is not MemberState.BANNED:
                    member.state = MemberState.LEFT
        for room in memory.rooms.values():
            if room.group == group and room.kind is RoomKind.GROUP:
                room.key_erased, room.members, room.events = True, {}, []
