"""Port: instant meetings, decided by the engine inside the store's transaction."""

from __future__ import annotations

from typing import Protocol

from engine.ids import AccountId, DescriptionId, GroupId, MemberId
from engine.model.appearance import Appearance
from engine.model.group import GroupDraft, MemberProfile, Membership
from engine.model.meeting import (
    Description,
    DescriptionReceipt,
    Meeting,
    MeetingCode,
    MeetingDraft,
)
from engine.model.policy import Policy


class Meetings(Protocol):
    """Groups for some hours, in which people are found by how they look."""

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
        """Make a hidden group of type `instance` with its room and its code, its owner in it.

        Raises RateLimited, as for any group.
        """

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
        """Enter the meeting of a code, which must be `group` where one is named.

        Raises NotFound for a wrong code, which counts against the account, and RateLimited when
        these are too many; WindowOver, AlreadyMember, GroupFull, Forbidden (banned).
        """

    async def get(
        self, group: GroupId, account: AccountId, policy: Policy, *, now_ms: int
    ) -> Meeting:
        """Return a meeting to who is in it; raises NotFound, WindowOver."""

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
        """Say how one looks; return how often one still may. The same again costs nothing.

        Raises NotFound, WindowOver, RateLimited.
        """

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
        """Describe somebody; the same `cid` of the same person gives the first answer.

        In one transaction: locks the asker and the meeting, gathers DescriptionFacts, keeps what
        was decided, the refused ones too. Raises NotFound, WindowOver, TooSpecific, RateLimited,
        Conflict without a look of one's own, CidConflict.
        """

    async def withdraw(
        self, group: GroupId, account: AccountId, name: DescriptionId, *, now_ms: int
    ) -> None:
        """Look no longer for an own description; raises NotFound. Repeatable.

        No match that has not been told comes of it (I13).
        """

    async def end(self, group: GroupId, account: AccountId, policy: Policy, *, now_ms: int) -> None:
        """End an own meeting before its hour; raises NotFound, Forbidden. Repeatable."""


class MeetingKeeping(Protocol):
    """What happens at meetings by itself. Each call does a bounded part; zero means all is done.

    Any number of processes may call at once, and one that dies leaves nothing half done.
    """

    async def run_rounds(self, policy: Policy, *, now_ms: int) -> int:
        """Run the rounds that are due; return how many meetings had one.

        For each meeting in one transaction: locks all who have described somebody in the order of
        their ids, asks `engine.model.meeting_pairs`, and makes the matches as two likes do.
        """

    async def end_due(self, policy: Policy, *, now_ms: int) -> int:
        """End meetings whose hour has come, or whose group has; return how many.

        Their code is no more, their room is closed, nothing is looked for. Matches stay.
        """

    async def erase_due(self, policy: Policy, *, now_ms: int) -> int:
        """Erase what was said at meetings that ended long enough ago; return how many were begun.

        Looks, descriptions, answers, nicknames and the keys of the meeting and of its room.
        """
