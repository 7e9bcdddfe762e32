"""What contract tests work with: a store, a clock, people, and hands behind the curtain."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import trio

from engine.errors import NotFound
from engine.ids import (
    AccountId,
    Alias,
    BlockId,
    DeviceId,
    GroupId,
    LikeId,
    MatchId,
    MemberId,
    NodeId,
    RoomId,
)
from engine.model.account import Gender, Profile, SignIn
from engine.model.group import GroupDraft, MemberProfile, Membership, Visibility
from engine.model.like import Intent, LikeReceipt, LikeRequest
from engine.model.policy import Policy
from engine.ports.accounts import DeviceDraft, PhoneKey
from engine.ports.blocks import NewBlock
from engine.ports.likes import FreshIds
from engine.ports.outbox import Notice
from engine.ports.seeding import SeededUser, SeedPlan
from engine.rooms.events import Append, Event, EventName, Outcome, Snapshot
from store.bundle import Chance, StoreBundle
from tests.builders import place_like
from tests.store.hands import Hands

MASTER_KEY = b"test master key of thirty-two by"
NODE = NodeId("node-a")

# Noon in Seoul, so that an hour more or less stays on the same day.
NOON_MS = 1_790_000_000_000 // 86_400_000 * 86_400_000 + 3 * 3_600_000

POLICY = Policy()
SECOND_MS = 1_000
DAY_MS = 86_400_000


class Clock(Protocol):
    """A clock that a test sets."""

    now_ms: int


@dataclass
class World:
    """One store and how a test uses it."""

    store: StoreBundle
    chance: Chance
    clock: Clock
    hands: Hands

    @property
    def now_ms(self) -> int:
        """What time it is."""
        return self.clock.now_ms

    def phone(self) -> PhoneKey:
        """Make the key of a number nobody has."""
        return PhoneKey(self.chance.secret(32), self.chance.secret(40))

    def draft(self) -> DeviceDraft:
        """Make a device about to be signed in."""
        fresh = self.chance.fresh_id
        return DeviceDraft(AccountId(fresh()), DeviceId(fresh()), self.chance.secret(32))

    async def open_code(
        self, phone: PhoneKey, code: bytes = b"code", *, limited: bool = True
    ) -> None:
        """Ask for a code."""
        await self.store.accounts.open_code(
            phone, code, POLICY.sign_in, now_ms=self.now_ms, limited=limited
        )

    async def sign_in(
        self,
        phone: PhoneKey,
        *,
        code: bytes = b"code",
        profile: Profile | None = None,
        draft: DeviceDraft | None = None,
    ) -> SignIn:
        """Sign a device in with a code that was opened."""
        return await self.store.accounts.sign_in(
            phone, code, profile, draft or self.draft(), POLICY.sign_in, now_ms=self.now_ms
        )

    async def enter(self, phone: PhoneKey, draft: DeviceDraft | None = None) -> SignIn:
        """Open a code and sign in with it."""
        await self.open_code(phone, limited=False)
        return await self.sign_in(phone, profile=PROFILE, draft=draft)

    async def people(self, users: int = 4, groups: int = 1) -> Sequence[SeededUser]:
        """Make people in groups, women and men in turn."""
        return await self.store.seeding.seed(SeedPlan(users, groups), now_ms=self.now_ms)

    async def make_group(
        self,
        owner: AccountId,
        *,
        visibility: Visibility = Visibility.PUBLIC,
        name: str = "A circle",
    ) -> GroupId:
        """Make a group of somebody's own."""
        group = GroupId(self.chance.fresh_id())
        draft = GroupDraft(name, "about", "work", ("a", "b"), visibility, "be kind")
        member, profile = MemberId(self.chance.fresh_id()), MemberProfile("주인")
        await self.store.groups.create(
            group, member, owner, draft, profile, POLICY.groups, now_ms=self.now_ms
        )
        return group

    async def join(self, group: GroupId, account: AccountId, nickname: str = "nick") -> Membership:
        """Enter a group."""
        member, profile = MemberId(self.chance.fresh_id()), MemberProfile(nickname, "bio", ("tea",))
        return await self.store.groups.join(
            group, member, account, profile, POLICY.groups, now_ms=self.now_ms
        )

    async def race(
        self,
        pairs: Iterable[tuple[SeededUser, SeededUser]],
        spoil: Callable[[SeededUser, SeededUser], Awaitable[object]],
    ) -> None:
        """Let both of each pair like the other, and something happen to them, all at once."""

        async def like(sender: SeededUser, target: SeededUser) -> None:
            with suppress(NotFound):
                await self.like(sender, target)

        async with trio.open_nursery() as nursery:
            for one, other in pairs:
                nursery.start_soon(like, one, other)
                nursery.start_soon(like, other, one)
                nursery.start_soon(spoil, one, other)

    def fresh_ids(self) -> FreshIds:
        """Make names for all that a like may make."""
        fresh = self.chance.fresh_id
        return FreshIds(
            LikeId(fresh()), MatchId(fresh()), RoomId(fresh()), Alias(fresh()), Alias(fresh())
        )

    async def like(
        self,
        sender: SeededUser,
        target: SeededUser,
        *,
        intent: Intent = Intent.FRIEND,
        cid: str | None = None,
        ids: FreshIds | None = None,
        super_like: bool = False,
        line: str = "",
        shown: bool = False,
    ) -> LikeReceipt:
        """Like somebody of the same group."""
        request = LikeRequest(
            sender.group,
            sender.account,
            target.member,
            intent,
            super_like,
            cid or self.chance.fresh_id(),
            line,
            shown,
        )
        return await place_like(
            self.store.likes, request, ids or self.fresh_ids(), POLICY, now_ms=self.now_ms
        )

    async def send_like(self, sender: AccountId, group: GroupId, member: MemberId) -> None:
        """Like a member as anybody."""
        cid = self.chance.fresh_id()
        request = LikeRequest(group, sender, member, Intent.FRIEND, False, cid)
        await place_like(self.store.likes, request, self.fresh_ids(), POLICY, now_ms=self.now_ms)

    async def match(self, one: SeededUser, other: SeededUser) -> FreshIds:
        """Make two people like each other, and wait until they are told."""
        await self.like(one, other)
        ids = self.fresh_ids()
        await self.like(other, one, ids=ids)
        self.clock.now_ms += 3 * SECOND_MS
        return ids

    async def block(self, blocker: AccountId, blocked: AccountId) -> BlockId:
        """Block somebody; return what the block is called, if it is new."""
        new = NewBlock(blocked, BlockId(self.chance.fresh_id()), "여우")
        await self.store.blocks.block(blocker, new, now_ms=self.now_ms)
        return new.block

    async def notices(self, *accounts: AccountId) -> list[Notice]:
        """List the notices that are due for some accounts."""
        due = await self.store.outbox.due(now_ms=self.now_ms, limit=10_000)
        return [notice for notice in due if notice.account in accounts]

    async def room(self, members: int = 2) -> Snapshot:
        """Make a room and become its owner."""
        users = await self.store.seeding.seed(
            SeedPlan(members, 1, room_size=members), now_ms=self.now_ms
        )
        room = users[0].room
        assert room is not None
        return await self.claim(room)

    async def claim(self, room: RoomId, node: NodeId = NODE) -> Snapshot:
        """Become the owner of one room."""
        (snapshot,) = await self.store.room_log.claim([room], node, now_ms=self.now_ms)
        return snapshot

    async def append(self, *appends: Append) -> Sequence[Outcome]:
        """Write a batch."""
        return await self.store.room_log.append(appends)

    async def alias_in(self, room: RoomId, account: AccountId) -> Alias:
        """Say who somebody is in a room."""
        found = await self.store.directory.history(
            room, account, before=None, limit=1, now_ms=self.now_ms
        )
        return found.me

    def message(
        self, seq: int, sender: Alias, *, cid: str | None = None, body: str = "hi"
    ) -> Event:
        """Make a message."""
        content = {"kind": "text", "body": body}
        cid = cid or self.chance.fresh_id()
        return Event(seq, self.now_ms, EventName.MESSAGE, sender, cid, content)

    def write(self, room: Snapshot, *, base: int = 0, count: int = 1) -> Append:
        """Make an append of some messages of a room's first member."""
        sender = room.occupants[0].alias
        events = tuple(self.message(base + n + 1, sender) for n in range(count))
        return Append(room.room, room.fence, base, events, {})


PROFILE = Profile("여우", 1995, Gender.FEMALE)
