"""A meeting to test with: people who came, how they look, and whom they describe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.ids import AccountId, DescriptionId, GroupId, MemberId
from engine.model.appearance import Appearance, Colour
from engine.model.group import GroupDraft, MemberProfile, Membership, Visibility
from engine.model.like import Intent
from engine.model.meeting import (
    Description,
    DescriptionReceipt,
    Meeting,
    MeetingCode,
    MeetingMode,
    make_meeting,
)
from engine.model.policy import Policy
from tests.store.world import POLICY, World

RED = Appearance(upper_colour=Colour.RED)
BLUE = Appearance(upper_colour=Colour.BLUE)
HOUR_MS = 3_600_000
COUNT_MS = POLICY.meetings.count_every_s * 1000
ROUND_MS = POLICY.meetings.round_s * 1000


@dataclass
class Party:
    """A meeting with its organiser, who is the first of its people."""

    world: World
    group: GroupId
    code: MeetingCode
    people: Sequence[AccountId]
    policy: Policy = POLICY

    async def enter(self, account: AccountId, code: MeetingCode | None = None) -> Membership:
        """Come in by the code."""
        return await self.world.store.meetings.enter(
            (code or self.code).digest,
            None,
            MemberId(self.world.chance.fresh_id()),
            account,
            MemberProfile("손님"),
            self.policy,
            now_ms=self.world.now_ms,
        )

    async def show(self, account: AccountId, look: Appearance, line: str = "") -> int:
        """Say how one looks."""
        return await self.world.store.meetings.show(
            self.group, account, look, line, self.policy, now_ms=self.world.now_ms
        )

    async def show_all(self, look: Appearance) -> None:
        """Everybody looks the same, and was counted."""
        for account in self.people:
            await self.show(account, look)
        self.world.clock.now_ms += COUNT_MS

    async def describe(
        self,
        account: AccountId,
        wanted: Appearance,
        *,
        cid: str | None = None,
        intent: Intent = Intent.FRIEND,
    ) -> DescriptionReceipt:
        """Describe somebody."""
        fresh = self.world.chance.fresh_id
        return await self.world.store.meetings.describe(
            self.group,
            account,
            Description(wanted, intent, cid or fresh()),
            DescriptionId(fresh()),
            self.policy,
            now_ms=self.world.now_ms,
        )

    async def get(self, account: AccountId) -> Meeting:
        """Look at the meeting."""
        return await self.world.store.meetings.get(
            self.group, account, self.policy, now_ms=self.world.now_ms
        )

    async def round(self) -> None:
        """Wait for the next round, and until everybody is told."""
        self.world.clock.now_ms += ROUND_MS
        keeping = self.world.store.meeting_keeping
        await keeping.run_rounds(self.policy, now_ms=self.world.now_ms)
        self.world.clock.now_ms += 3_000

    async def matches(self, account: AccountId) -> int:
        """Count the open matches that somebody was told of."""
        found = await self.world.store.likes.matches(
            account, now_ms=self.world.now_ms, after=None, limit=100
        )
        return sum(match.open and match.group == self.group for match in found)


async def make_party(
    world: World, people: int = 4, mode: MeetingMode = MeetingMode.AUTO, policy: Policy = POLICY
) -> Party:
    """Make a meeting of women and men in turn."""
    users = [user.account for user in await world.people(people)]
    fresh = world.chance.fresh_id
    group, code = GroupId(fresh()), MeetingCode("ABCD2345", world.chance.secret(32))
    await world.store.meetings.create(
        group,
        MemberId(fresh()),
        users[0],
        GroupDraft("전시회", "", "", (), Visibility.HIDDEN, ""),
        make_meeting(mode, 3, policy.meetings, now_ms=world.now_ms),
        code,
        MemberProfile("주최"),
        policy,
    )
    party = Party(world, group, code, users, policy)
    for account in users[1:]:
        await party.enter(account)
    return party
