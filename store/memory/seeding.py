"""Seeding in memory."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.errors import BadRequest
from engine.ids import AccountId, GroupId, MemberId
from engine.limits import SEED_USERS_MAX
from engine.model.group import (
    GroupDraft,
    GroupType,
    Matching,
    MemberProfile,
    MemberState,
    Role,
    Visibility,
)
from engine.model.like_undo import LikeState
from engine.ports.seeding import DemoPerson, SeededUser, SeedPlan
from engine.rooms.events import RoomKind
from store.bundle import Chance
from store.memory.groups import MemoryGroups
from store.memory.like_rows import MatchRow
from store.memory.sign_in_rows import DeviceRow
from store.memory.state import AccountRow, GroupRow, MemberRow, Memory, RoomMemberRow, RoomRow
from store.seed_plan import SeededPerson, SeededRoom, lay_out

FOR_EVER_MS = 2**53 - 1
REFRESH_MS = 7 * 86_400_000


class MemorySeeding:
    """Bulk creation; engine.ports.seeding.Seeding."""

    def __init__(self, memory: Memory, groups: MemoryGroups, chance: Chance) -> None:
        self._memory = memory
        self._groups = groups
        self._chance = chance

    async def seed(self, plan: SeedPlan, *, now_ms: int) -> Sequence[SeededUser]:
        """Make the people, their groups, and with `pairs` or `room_size` their rooms."""
        await trio.lowlevel.checkpoint()
        if plan.users > SEED_USERS_MAX:
            raise BadRequest(f"at most {SEED_USERS_MAX} users at once")
        seeded = lay_out(plan, self._chance.fresh_id)
        for group, draft in seeded.groups:
            self._memory.groups[group] = GroupRow(group, GroupType.CREATED, draft, None, now_ms)
        for person in seeded.people:
            self._add_person(person, seeded.told[person.user.group], now_ms)
        for room in seeded.rooms:
            self._add_room(room, now_ms)
        return [person.user for person in seeded.people]

    async def demo_group(
        self, name: str, description: str, bots: Sequence[DemoPerson], *, now_ms: int
    ) -> tuple[GroupId, Sequence[AccountId]] | None:
        """Make the demo group once; None if it is there already."""
        await trio.lowlevel.checkpoint()
        for row in self._memory.groups.values():
            creator = self._memory.accounts.get(row.creator) if row.creator else None
            if creator is not None and creator.bot and row.draft.name == name and not row.ended:
                return None
        group = GroupId(self._chance.fresh_id())
        accounts = [AccountId(self._chance.fresh_id()) for _ in bots]
        draft = GroupDraft(name, description, "", (), Visibility.PUBLIC, "")
        creator_id = accounts[0] if accounts else None
        self._memory.groups[group] = GroupRow(group, GroupType.CREATED, draft, creator_id, now_ms)
        for number, (account, bot) in enumerate(zip(accounts, bots, strict=True)):
            self._memory.accounts[account] = AccountRow(
                account,
                None,
                bot.nickname,
                bot.birth_year,
                bot.gender,
                premium_until=FOR_EVER_MS,
                bot=True,
                created_at=now_ms,
            )
            profile = MemberProfile(bot.nickname, bot.bio, bot.interests)
            role = Role.MEMBER if number else Role.OWNER
            self._groups.enter(group, MemberId(self._chance.fresh_id()), account, profile, role)
        self._groups.open_room(group, now_ms=now_ms)
        return group, accounts

    async def bot_accounts(self) -> Sequence[AccountId]:
        """All accounts that are bots."""
        await trio.lowlevel.checkpoint()
        return sorted(row.account for row in self._memory.accounts.values() if row.bot)

    async def likes_of_bots(
        self, *, limit: int
    ) -> Sequence[tuple[AccountId, GroupId, MemberId, str]]:
        """Open likes that a bot has received and not returned: (bot, group, liker, intent)."""
        await trio.lowlevel.checkpoint()
        likes = sorted(self._memory.likes.values(), key=lambda like: (like.at, like.like))
        found = []
        for like in likes:
            group, person = like.request.group, like.request.sender
            answered = any(
                (back.request.sender, back.target) == (like.target, person)
                and (
                    back.at >= like.at
                    or (back.state, back.request.group) == (LikeState.OPEN, group)
                )
                for back in likes
            )
            if (
                like.state is LikeState.OPEN
                and self._memory.accounts[like.target].bot
                and not answered
            ):
                found.append((like.target, group, like.sender_member, like.request.intent.value))
        return found[:limit]

    def _add_person(self, person: SeededPerson, told: Matching, now_ms: int) -> None:
        user = person.user
        self._memory.accounts[user.account] = AccountRow(
            user.account,
            None,
            person.nickname,
            person.birth_year,
            person.gender,
            created_at=now_ms,
        )
        self._memory.devices[user.device] = DeviceRow(
            user.device, user.account, self._chance.secret(32), now_ms + REFRESH_MS
        )
        self._memory.members[user.group, user.account] = MemberRow(
            user.member,
            user.group,
            user.account,
            MemberState.ACTIVE,
            Role.MEMBER,
            MemberProfile(person.nickname),
            now_ms,
            told_open=told,
        )

    def _add_room(self, room: SeededRoom, now_ms: int) -> None:
        members = {
            person.alias: RoomMemberRow(person.alias, person.user.account, person.nickname)
            for person in room.people
            if person.alias is not None
        }
        kind = RoomKind.MATCH if room.match else RoomKind.GROUP
        self._memory.rooms[room.room] = RoomRow(
            room.room, kind, room.group, now_ms, now_ms, members
        )
        if room.match:
            sides = frozenset(person.user.account for person in room.people)
            self._memory.matches[room.match] = MatchRow(
                room.match, room.group, room.room, sides, now_ms
            )
