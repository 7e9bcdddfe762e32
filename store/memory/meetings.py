"""Instant meetings in memory."""

from __future__ import annotations

import trio

from engine.errors import (
    CidConflict,
    NotFound,
    TooSpecific,
)
from engine.ids import AccountId, DescriptionId, GroupId, MatchId, MemberId
from engine.model.access import check_ends_meeting, member_role
from engine.model.appearance import Appearance
from engine.model.entry import Standing
from engine.model.group import (
    GroupDraft,
    GroupType,
    MemberProfile,
    Membership,
    Role,
)
from engine.model.meeting import (
    Description,
    DescriptionReceipt,
    KeptDescription,
    Meeting,
    MeetingCode,
    MeetingDraft,
    OwnLook,
    add_look,
    check_open,
    check_tries,
    descriptions_left,
)
from engine.model.meeting_ask import (
    DescriptionFacts,
    Here,
    answer_of,
    decide_description,
    kept_max,
)
from engine.model.policy import Policy
from store.memory.agreeing import require_sensitive
from store.memory.groups import MemoryGroups
from store.memory.leaving import end_group
from store.memory.meeting_rows import AttendeeRow, DescriptionRow, MeetingRow
from store.memory.state import Memory

# Until it ends nobody knows when it is erased.
NEVER_MS = 2**53 - 1


class MemoryMeetings:
    """Groups for some hours; engine.ports.meetings.Meetings."""

    def __init__(self, memory: Memory, groups: MemoryGroups) -> None:
        self._memory = memory
        self._groups = groups

    async def create(
        self,
        group: GroupId,
        member: MemberId,
        owner: AccountId,
        draft: GroupDraft,
        meeting: MeetingDraft,
        code: MeetingCode,
        profile: MemberProfile,
        policy: Policy,
    ) -> None:
        """Make a hidden group of type `instance` with its code, its owner in it."""
        await trio.lowlevel.checkpoint()
        kind, now_ms = GroupType.INSTANCE, meeting.starts_at
        self._groups.make(kind, group, member, owner, draft, profile, policy.groups, now_ms=now_ms)
        row = MeetingRow(group, meeting.mode, meeting.ends_at, code, now_ms, NEVER_MS)
        self._memory.meetings.rows[group] = row
        row.people[owner] = AttendeeRow(0, now_ms)

    async def enter(
        self,
        code_digest: bytes,
        group: GroupId | None,
        member: MemberId,
        account: AccountId,
        profile: MemberProfile,
        policy: Policy,
        *,
        now_ms: int,
    ) -> Membership:
        """Enter the meeting of a code, which must be `group` where one is named."""
        await trio.lowlevel.checkpoint()
        tries = self._memory.meetings.tries
        recent = check_tries(tries.get(account, []), policy.meetings, now_ms=now_ms)
        rows = self._memory.meetings.rows.values()
        found = [one for one in rows if one.code is not None and one.code.digest == code_digest]
        if not found or group not in {None, found[0].group}:
            tries[account] = [*recent, now_ms]
            raise NotFound("no meeting has this code")
        row = found[0]
        check_open(row.ends_at, ended=self._memory.groups[row.group].ended, now_ms=now_ms)
        entered = self._groups.admit(
            row.group,
            member,
            account,
            profile,
            members_max=policy.meetings.members_max,
            policy=policy.groups,
            now_ms=now_ms,
            standing=Standing.INVITED,
        )
        held = row.people.get(account)
        if held is None:
            row.people[account] = AttendeeRow(len(row.people), now_ms)
        else:
            held.came_at = now_ms
        return entered

    async def get(
        self, group: GroupId, account: AccountId, policy: Policy, *, now_ms: int
    ) -> Meeting:
        """Return a meeting to who is in it; raises NotFound, WindowOver."""
        await trio.lowlevel.checkpoint()
        row, me = self._held(group, account, now_ms)
        mine = self._memory.members[group, account]
        asked_at = self._asked_at(account)
        owner = mine.role is Role.OWNER
        return Meeting(
            group=self._groups.seen(group, account),
            mode=row.mode,
            ends_at=row.ends_at,
            code=row.code.text if owner and row.code is not None else None,
            look=me.looks[-1] if me.looks else None,
            looks_left=policy.meetings.looks_max - len(me.looks),
            descriptions=[
                KeptDescription(one.name, one.description.wanted, one.description.intent, one.at)
                for one in self._open(group, account)
            ],
            descriptions_left=descriptions_left(asked_at, policy.meetings, now_ms=now_ms),
            lines=self._lines(row, account, now_ms),
        )

    async def show(
        self,
        group: GroupId,
        account: AccountId,
        look: Appearance,
        line: str,
        policy: Policy,
        *,
        now_ms: int,
    ) -> int:
        """Say how one looks; return how often one still may."""
        await trio.lowlevel.checkpoint()
        _, me = self._held(group, account, now_ms)
        me.looks = add_look(me.looks, OwnLook(look, line, now_ms), policy.meetings)
        return policy.meetings.looks_max - len(me.looks)

    async def describe(
        self,
        group: GroupId,
        account: AccountId,
        description: Description,
        name: DescriptionId,
        policy: Policy,
        *,
        now_ms: int,
    ) -> DescriptionReceipt:
        """Describe somebody; the same `cid` of the same person gives the first answer."""
        await trio.lowlevel.checkpoint()
        descriptions = self._memory.meetings.descriptions
        first = descriptions.get((account, description.cid))
        if first is None:
            row, me = self._held(group, account, now_ms)
            require_sensitive(self._memory, account, description.intent, policy)
            facts = DescriptionFacts(
                row.mode,
                bool(me.looks),
                self._asked_at(account),
                [Here(one.seat, one.came_at, one.looks) for one in self._others(row, account)],
                row.answered,
            )
            decided = decide_description(facts, description, policy.meetings, now_ms=now_ms)
            row.answered = decided.remembered
            verdict, left = decided.verdict, decided.left
            first = DescriptionRow(
                name, group, account, description, now_ms, verdict, left, decided.kept
            )
            descriptions[account, description.cid] = first
            for old in self._open(group, account)[kept_max(row.mode, policy.meetings) :]:
                old.open = False
        elif (first.group, first.description) != (group, description):
            raise CidConflict
        answer = answer_of(first.name, first.verdict, first.left)
        if isinstance(answer, TooSpecific):
            raise answer
        return answer

    async def withdraw(
        self, group: GroupId, account: AccountId, name: DescriptionId, *, now_ms: int
    ) -> None:
        """Look no longer for an own description; raises NotFound."""
        await trio.lowlevel.checkpoint()
        rows = self._memory.meetings.descriptions.values()
        found = [
            one for one in rows if (one.name, one.group, one.account) == (name, group, account)
        ]
        if not found:
            raise NotFound("there is no such description")
        found[0].open = False
        matches = self._memory.matches.values()
        untold = [row for row in matches if row.group == group and account in row.sides]
        for match in untold:
            if match.visible_at > now_ms:
                self._memory.forget_match(match)

    async def end(self, group: GroupId, account: AccountId, policy: Policy, *, now_ms: int) -> None:
        """End an own meeting before its hour; raises NotFound, Forbidden."""
        await trio.lowlevel.checkpoint()
        row = self._memory.meetings.rows.get(group)
        check_ends_meeting(self._memory.footing_of(group, account))
        if row is None:
            raise NotFound
        end_meeting(self._memory, row, policy, now_ms=now_ms)

    def _held(
        self, group: GroupId, account: AccountId, now_ms: int
    ) -> tuple[MeetingRow, AttendeeRow]:
        row = self._memory.meetings.rows.get(group)
        member_role(self._memory.footing_of(group, account))
        if row is None:
            raise NotFound
        check_open(row.ends_at, ended=self._memory.groups[group].ended, now_ms=now_ms)
        return row, row.people[account]

    def _others(self, row: MeetingRow, account: AccountId) -> list[AttendeeRow]:
        here = {one.account for one, _ in self._memory.people_of(row.group)} - {account}
        return [row.people[one] for one in here]

    def _asked_at(self, account: AccountId) -> list[int]:
        rows = self._memory.meetings.descriptions.values()
        return [one.at for one in rows if one.account == account]

    def _open(self, group: GroupId, account: AccountId) -> list[DescriptionRow]:
        rows = self._memory.meetings.descriptions.values()
        mine = [one for one in rows if (one.group, one.account) == (group, account) and one.open]
        return sorted(mine, key=lambda one: (one.at, one.name), reverse=True)

    def _lines(self, row: MeetingRow, account: AccountId, now_ms: int) -> dict[MatchId, str]:
        lines = {}
        for match in self._memory.matches.values():
            if match.group == row.group and account in match.sides and not match.ended:
                (peer,) = match.sides - {account}
                looks = row.people[peer].looks
                if match.visible_at <= now_ms and looks and looks[-1].line:
                    lines[match.match] = looks[-1].line
        return lines


def end_meeting(memory: Memory, row: MeetingRow, policy: Policy, *, now_ms: int) -> None:
    """End a meeting: no code, no room, nothing looked for."""
    if row.code is None:
        return
    end_group(memory, row.group, now_ms=now_ms)
    row.code, row.erases_at = None, now_ms + policy.meetings.erase_after_s * 1000
    for one in memory.meetings.descriptions.values():
        if one.group == row.group:
            one.open = False
