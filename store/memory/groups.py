"""Groups in memory."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.errors import (
    GroupFull,
    NotFound,
    RateLimited,
    Unauthenticated,
    VerificationRequired,
)
from engine.ids import AccountId, Alias, GroupId, MemberId, RoomId
from engine.model.access import (
    NOWHERE,
    check_bans,
    check_door,
    check_faced,
    check_operator_bans,
    sees_group,
)
from engine.model.account import skeleton
from engine.model.entry import Standing, entry_state, members_max
from engine.model.group import (
    Group,
    GroupDraft,
    GroupType,
    MemberProfile,
    Membership,
    MemberState,
    Person,
    Role,
    Visibility,
    has_room,
)
from engine.model.policy import GroupPolicy
from engine.ports.groups import NO_PROOF, Proof
from store.bundle import Chance
from store.memory.doors import shown_at_door
from store.memory.leaving import end_in_group, leave
from store.memory.state import GroupRow, MemberRow, Memory
from store.memory.ways_in import ways_in
from store.names import free_nickname, name_key

DAY_MS = 86_400_000


class MemoryGroups:
    """Circles; engine.ports.groups.Groups."""

    def __init__(self, memory: Memory, chance: Chance) -> None:
        self._memory = memory
        self._chance = chance

    async def create(
        self,
        group: GroupId,
        member: MemberId,
        owner: AccountId,
        draft: GroupDraft,
        profile: MemberProfile,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> Group:
        """Make a group of type `created` with its owner in it; raises RateLimited."""
        await trio.lowlevel.checkpoint()
        return self.make(
            GroupType.CREATED, group, member, owner, draft, profile, policy, now_ms=now_ms
        )

    def make(
        self,
        kind: GroupType,
        group: GroupId,
        member: MemberId,
        owner: AccountId,
        draft: GroupDraft,
        profile: MemberProfile,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> Group:
        """Make a group and its room, its owner in both; raises RateLimited."""
        self.check_active(owner)
        made = sorted(
            row.created_at
            for row in self._memory.groups.values()
            if row.creator == owner and row.created_at > now_ms - DAY_MS
        )
        if len(made) >= policy.groups_created_per_day_max:
            raise RateLimited(retry_after_ms=made[0] + DAY_MS - now_ms)
        row = GroupRow(group, kind, draft, owner, now_ms)
        self._memory.groups[group] = row
        self.enter(group, member, owner, profile, Role.OWNER)
        if has_room(kind):
            self.open_room(group, now_ms=now_ms)
        return self._seen(row, owner)

    async def get(self, group: GroupId, viewer: AccountId) -> Group:
        """Return the group; raises NotFound, also for a hidden one to a stranger."""
        await trio.lowlevel.checkpoint()
        row = self._memory.groups.get(group)
        if row is None or not self.sees(row, viewer):
            raise NotFound
        return self._seen(row, viewer)

    async def search(
        self, viewer: AccountId, *, query: str, mine: bool, after: GroupId | None, limit: int
    ) -> Sequence[Group]:
        """Public groups whose name contains `query` (or all of the viewer's own), by id."""
        await trio.lowlevel.checkpoint()
        found = [
            row
            for row in sorted(self._memory.groups.values(), key=lambda row: row.group)
            if not row.ended
            and row.group > (after or "")
            and name_key(query) in name_key(row.draft.name)
            and (
                self._memory.footing_of(row.group, viewer).inside
                if mine
                else row.draft.visibility is Visibility.PUBLIC
            )
        ]
        return [self._seen(row, viewer) for row in found[:limit]]

    async def join(
        self,
        group: GroupId,
        member: MemberId,
        account: AccountId,
        profile: MemberProfile,
        policy: GroupPolicy,
        *,
        now_ms: int,
        proof: Proof = NO_PROOF,
    ) -> Membership:
        """Enter a group, or ask to; raises NotFound, AlreadyMember, GroupFull, Forbidden."""
        await trio.lowlevel.checkpoint()
        row = self._memory.groups.get(group)
        if row is None:
            raise NotFound
        self.check_active(account)
        shown = shown_at_door(self._memory, row, account, proof, policy.proofs, now_ms=now_ms)
        entered = self.admit(
            group,
            member,
            account,
            profile,
            members_max=members_max(row.type, policy),
            policy=policy,
            now_ms=now_ms,
            standing=shown.standing,
        )
        shown.use()
        return entered

    def admit(
        self,
        group: GroupId,
        member: MemberId,
        account: AccountId,
        profile: MemberProfile,
        *,
        members_max: int,
        policy: GroupPolicy,
        now_ms: int,
        standing: Standing,
    ) -> Membership:
        """Enter a group, or ask to; a hidden one only with something to show."""
        self.check_active(account)
        row = self._memory.groups.get(group)
        if row is None or row.ended:
            raise NotFound
        mine, kept_out = self._memory.footing_of(group, account), self.keeps_out(group, account)
        check_door(mine, row.draft.visibility, standing, kept_out=kept_out)
        comes_as = entry_state(row.type, row.draft.entry, standing)
        if comes_as is None:
            raise VerificationRequired
        if len(self._memory.people_of(group)) >= members_max:
            raise GroupFull
        if comes_as is MemberState.PENDING:
            if len(self.pending_of(group)) >= policy.pending_max:
                raise GroupFull("too many people are waiting to be let in")
            return self.enter(group, member, account, profile, Role.MEMBER, state=comes_as)
        return self.let_in(group, member, account, profile, policy, now_ms=now_ms)

    def let_in(
        self,
        group: GroupId,
        member: MemberId,
        account: AccountId,
        profile: MemberProfile,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> Membership:
        """Make an active member of somebody, in the group's room too, if it has one."""
        entered = self.enter(group, member, account, profile, Role.MEMBER)
        if not has_room(self._memory.groups[group].type):
            return entered
        if not self._memory.rooms_of(group):
            self.open_room(group, now_ms=now_ms)
            return entered
        self._memory.enter_room(
            group,
            account,
            Alias(self._chance.fresh_id()),
            entered.nickname,
            history=policy.history_before_joining,
            now_ms=now_ms,
        )
        return entered

    async def leave(self, group: GroupId, account: AccountId, *, now_ms: int) -> None:
        """Leave; raises NotFound, Conflict for the owner while others are in."""
        await trio.lowlevel.checkpoint()
        self.check_active(account)
        leave(self._memory, group, account, now_ms=now_ms)

    async def ban(self, group: GroupId, by: AccountId, member: MemberId, *, now_ms: int) -> None:
        """Ban a member: all that leaving does, and they cannot come back."""
        await trio.lowlevel.checkpoint()
        mine, theirs = self.face(group, by, member)
        check_bans(mine.footing, theirs.footing)
        if theirs.state is not MemberState.BANNED:
            self._expel(theirs, now_ms)

    def ban_by_operator(self, group: GroupId, account: AccountId, *, now_ms: int) -> None:
        """Ban whoever is or was a member; raises Conflict for an owner."""
        theirs = self._memory.members.get((group, account))
        if theirs is None:
            return
        if theirs.state is MemberState.BANNED:
            self._keep_out(theirs, by_operator=True)
            return
        check_operator_bans(theirs.footing)
        self._expel(theirs, now_ms, by_operator=True)

    def _expel(self, member: MemberRow, now_ms: int, *, by_operator: bool = False) -> None:
        self._memory.leave_rooms(member.group, member.account, now_ms=now_ms)
        member.state = MemberState.BANNED
        self._keep_out(member, by_operator=by_operator)
        end_in_group(self._memory, member.group, member.account, now_ms=now_ms)

    async def people(self, group: GroupId, viewer: AccountId) -> Sequence[Person]:
        """All active members as the viewer sees them; raises NotFound for who is not in."""
        await trio.lowlevel.checkpoint()
        people = self._memory.people_of(group)
        if all(row.account != viewer for row, _ in people):
            raise NotFound
        liked = {
            row.target: row.request.intent.value
            for row in self._memory.likes.values()
            if row.request.sender == viewer
            and row.request.group == group
            and row.seems_open(now_ms=self._chance.now_ms())
        }
        return [
            Person(
                member=row.member,
                nickname=row.profile.nickname,
                role=row.role,
                birth_year=account.birth_year,
                gender=account.gender,
                bio=row.profile.bio,
                interests=row.profile.interests,
                bot=account.bot,
                me=row.account == viewer,
                liked=liked.get(row.account),
            )
            for row, account in people
            if not self._memory.hidden(viewer, account.account)
            and (row.account == viewer or not self._is_meeting(group))
        ]

    def enter(
        self,
        group: GroupId,
        member: MemberId,
        account: AccountId,
        profile: MemberProfile,
        role: Role,
        *,
        state: MemberState = MemberState.ACTIVE,
    ) -> Membership:
        """Make a membership, under a nickname that is free."""
        taken = {
            skeleton(row.profile.nickname)
            for row in self._memory.members.values()
            if row.group == group and row.account != account
        }
        nickname = free_nickname(profile.nickname, taken)
        profile = MemberProfile(nickname, profile.bio, profile.interests)
        held, now_ms = self._memory.members.get((group, account)), self._chance.now_ms()
        row = MemberRow(member, group, account, state, role, profile, now_ms)
        row.renamed_at = None if held is None else held.renamed_at
        self._memory.members[group, account] = row
        return _seen_membership(row)

    def face(self, group: GroupId, by: AccountId, member: MemberId) -> tuple[MemberRow, MemberRow]:
        """Return who decides and over whom; raises NotFound unless `by` is an active member."""
        self.check_active(by)
        mine = self._memory.members.get((group, by))
        theirs = next((one for one in self._memory.members.values() if one.member == member), None)
        here = theirs is not None and theirs.group == group
        check_faced(
            NOWHERE if mine is None else mine.footing,
            theirs.footing if theirs is not None and here else NOWHERE,
        )
        assert mine is not None
        assert theirs is not None
        return mine, theirs

    def pending_of(self, group: GroupId) -> list[MemberRow]:
        """List who asks to come in."""
        rows = self._memory.members.values()
        return [one for one in rows if one.group == group and one.state is MemberState.PENDING]

    def keeps_out(self, group: GroupId, account: AccountId) -> bool:
        """Say whether somebody is banned, be it under an account that is gone."""
        held = self._memory.members.get((group, account))
        if held is not None and held.state is MemberState.BANNED:
            return True
        identities = ways_in(self._memory.accounts[account])
        return any((group, one) in self._memory.kept_out for one in identities)

    def let_back(self, group: GroupId, account: AccountId) -> None:
        """Keep somebody out no more, by none of their ways in."""
        for key in self._ways_in(group, account):
            self._memory.kept_out.pop(key, None)

    def by_operator(self, group: GroupId, account: AccountId) -> bool:
        """Say whether an operator banned somebody."""
        return any(self._memory.kept_out.get(key) for key in self._ways_in(group, account))

    def _keep_out(self, member: MemberRow, *, by_operator: bool) -> None:
        kept = self._memory.kept_out
        for key in self._ways_in(member.group, member.account):
            kept[key] = by_operator or kept.get(key, False)

    def _ways_in(self, group: GroupId, account: AccountId) -> set[tuple[GroupId, bytes]]:
        boxes = self._memory.official.boxes_of(group, account)
        return {(group, one) for one in ways_in(self._memory.accounts[account])} | boxes

    def open_room(self, group: GroupId, *, now_ms: int) -> None:
        """Make the room of a group that has none."""
        fresh_id = self._chance.fresh_id
        self._memory.open_room(group, RoomId(fresh_id()), fresh_id, now_ms=now_ms)

    def check_active(self, account: AccountId) -> None:
        row = self._memory.accounts.get(account)
        if row is None or row.state != "active":
            raise Unauthenticated

    def sees(self, row: GroupRow, viewer: AccountId) -> bool:
        """Say whether a group is there for somebody."""
        mine = self._memory.footing_of(row.group, viewer)
        return sees_group(row.draft.visibility, mine, ended=row.ended)

    def _is_meeting(self, group: GroupId) -> bool:
        return self._memory.groups[group].type is GroupType.INSTANCE

    def seen(self, group: GroupId, viewer: AccountId) -> Group:
        """Return a group as its member sees it."""
        return self._seen(self._memory.groups[group], viewer)

    def _seen(self, row: GroupRow, viewer: AccountId) -> Group:
        held = self._memory.members.get((row.group, viewer))
        sides = self._memory.sides_of(row.group, viewer)
        draft = row.draft
        return Group(
            group=row.group,
            type=row.type,
            name=draft.name,
            description=draft.description,
            category=draft.category,
            tags=draft.tags,
            visibility=draft.visibility,
            rules=draft.rules,
            entry=draft.entry,
            members=sum(sides.values()),
            per_side=sides,
            me=None if held is None or held.state is MemberState.LEFT else _seen_membership(held),
        )


def _seen_membership(row: MemberRow) -> Membership:
    return Membership(row.member, row.group, row.state, row.role, row.profile.nickname)
