"""Contract of the doors of groups: invites, who asks to come in, roles, and bans that last."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
import trio

from engine.errors import (
    AlreadyMember,
    Conflict,
    Forbidden,
    GroupFull,
    NotFound,
    RateLimited,
    VerificationRequired,
)
from engine.ids import AccountId, GroupId, MemberId
from engine.model.group import (
    EntryRule,
    GroupDraft,
    MemberProfile,
    Membership,
    MemberState,
    Role,
    Visibility,
)
from engine.model.policy import GroupPolicy
from engine.ports.admissions import Invite
from engine.ports.groups import NO_PROOF, Proof
from tests.store.world import DAY_MS, POLICY, World


async def people(world: World, users: int = 4) -> list[AccountId]:
    """Make accounts."""
    return [user.account for user in await world.people(users)]


async def make(
    world: World,
    owner: AccountId,
    entry: EntryRule,
    visibility: Visibility = Visibility.PUBLIC,
) -> GroupId:
    """Make a group with a door."""
    fresh = world.chance.fresh_id
    draft = GroupDraft("door", "", "", (), visibility, "", entry)
    made = await world.store.groups.create(
        GroupId(fresh()),
        MemberId(fresh()),
        owner,
        draft,
        MemberProfile("주인"),
        POLICY.groups,
        now_ms=world.now_ms,
    )
    assert made.entry is entry
    return made.group


async def knock(
    world: World,
    group: GroupId,
    account: AccountId,
    invite: bytes | None = None,
    policy: GroupPolicy = POLICY.groups,
) -> Membership:
    """Try to come in."""
    return await world.store.groups.join(
        group,
        MemberId(world.chance.fresh_id()),
        account,
        MemberProfile("nick", "hello", ("tea",)),
        policy,
        now_ms=world.now_ms,
        proof=Proof(invite=invite) if invite else NO_PROOF,
    )


async def invite(world: World, group: GroupId, by: AccountId, uses: int = 1) -> bytes:
    """Make an invite that holds for a day."""
    digest = world.chance.secret(32)
    await world.store.admissions.invite(
        group, by, Invite(digest, uses, world.now_ms + DAY_MS), POLICY.groups, now_ms=world.now_ms
    )
    return digest


async def decide(
    world: World,
    group: GroupId,
    by: AccountId,
    member: MemberId,
    *,
    admit: bool,
    policy: GroupPolicy = POLICY.groups,
) -> None:
    """Answer who asks to come in."""
    await world.store.admissions.decide(group, by, member, policy, admit=admit, now_ms=world.now_ms)


async def rooms_of(world: World, account: AccountId, group: GroupId) -> int:
    """Count the rooms of the group somebody is in."""
    rooms = await world.store.directory.rooms(account, now_ms=world.now_ms, after=None, limit=50)
    return sum(room.group == group for room in rooms)


async def test_an_invite_lets_in_as_often_as_it_says(world: World) -> None:
    owner, one, two, three = await people(world)
    group = await make(world, owner, EntryRule.INVITE, Visibility.HIDDEN)
    for stranger in (one, two):
        with pytest.raises(NotFound):
            await knock(world, group, stranger)
    code = await invite(world, group, owner, uses=2)
    assert (await knock(world, group, one, code)).state is MemberState.ACTIVE
    with pytest.raises(AlreadyMember):
        await knock(world, group, one, code)
    assert (await knock(world, group, two, code)).state is MemberState.ACTIVE
    with pytest.raises(NotFound):
        await knock(world, group, three, code)


async def test_an_invite_ends_and_is_good_in_its_group_only(world: World) -> None:
    owner, guest = await people(world, 2)
    group = await make(world, owner, EntryRule.INVITE)
    other = await make(world, owner, EntryRule.INVITE)
    code = await invite(world, group, owner)
    with pytest.raises(VerificationRequired):
        await knock(world, other, guest, code)
    world.clock.now_ms += DAY_MS
    with pytest.raises(VerificationRequired):
        await knock(world, group, guest, code)


async def test_one_use_is_used_by_one_of_many_at_once(world: World) -> None:
    owner, *guests = await people(world, 6)
    group = await make(world, owner, EntryRule.INVITE)
    code = await invite(world, group, owner)
    came = []

    async def come(guest: AccountId) -> None:
        with suppress(VerificationRequired):
            came.append(await knock(world, group, guest, code))

    async with trio.open_nursery() as nursery:
        for guest in guests:
            nursery.start_soon(come, guest)
    assert len(came) == 1
    assert (await world.store.groups.get(group, owner)).members == 2


async def test_members_of_a_created_group_do_not_invite(world: World) -> None:
    owner, member, stranger = await people(world, 3)
    group = await make(world, owner, EntryRule.OPEN)
    await knock(world, group, member)
    with pytest.raises(Forbidden):
        await invite(world, group, member)
    with pytest.raises(NotFound):
        await invite(world, group, stranger)


async def test_open_invites_of_one_person_are_few(world: World) -> None:
    owner, guest = await people(world, 2)
    group = await make(world, owner, EntryRule.INVITE)
    codes = [await invite(world, group, owner) for _ in range(POLICY.groups.invites_open_max)]
    with pytest.raises(RateLimited) as refused:
        await invite(world, group, owner)
    assert refused.value.retry_after_ms == DAY_MS
    await knock(world, group, guest, codes[0])
    await invite(world, group, owner)
    world.clock.now_ms += DAY_MS
    await invite(world, group, owner)


async def test_who_asks_is_nobody_yet_until_let_in(world: World) -> None:
    owner, guest, stranger = await people(world, 3)
    group = await make(world, owner, EntryRule.APPROVAL)
    asked = await knock(world, group, guest)
    assert asked.state is MemberState.PENDING
    assert (await world.store.groups.get(group, owner)).members == 1
    assert await rooms_of(world, guest, group) == 0
    for outside in (guest, stranger):
        with pytest.raises(NotFound):
            await world.store.groups.people(group, outside)
        with pytest.raises(NotFound):
            await world.store.admissions.applicants(group, outside)
        with pytest.raises(NotFound):
            await decide(world, group, outside, asked.member, admit=True)
    (applicant,) = await world.store.admissions.applicants(group, owner)
    assert (applicant.member, applicant.profile) == (
        asked.member,
        MemberProfile("nick", "hello", ("tea",)),
    )
    await decide(world, group, owner, asked.member, admit=True)
    assert (await world.store.groups.get(group, owner)).members == 2
    assert await rooms_of(world, guest, group) == 1
    shown = await world.store.groups.people(group, guest)
    assert {(one.member, one.bio) for one in shown if one.me} == {(asked.member, "hello")}
    assert await world.store.admissions.applicants(group, owner) == []
    with pytest.raises(NotFound):
        await decide(world, group, owner, asked.member, admit=True)


async def test_who_is_not_let_in_may_ask_again(world: World) -> None:
    owner, guest = await people(world, 2)
    group = await make(world, owner, EntryRule.APPROVAL)
    asked = await knock(world, group, guest)
    with pytest.raises(AlreadyMember):
        await knock(world, group, guest)
    await decide(world, group, owner, asked.member, admit=False)
    assert (await world.store.groups.get(group, guest)).me is None
    again = await knock(world, group, guest)
    assert (again.state, again.member == asked.member) == (MemberState.PENDING, False)
    await world.store.groups.leave(group, guest, now_ms=world.now_ms)
    assert await world.store.admissions.applicants(group, owner) == []
    assert (await world.store.groups.get(group, owner)).members == 1


async def test_members_do_not_decide(world: World) -> None:
    owner, member, guest = await people(world, 3)
    group = await make(world, owner, EntryRule.APPROVAL)
    place = await knock(world, group, member, await invite(world, group, owner))
    asked = await knock(world, group, guest)
    with pytest.raises(Forbidden):
        await decide(world, group, member, asked.member, admit=True)
    with pytest.raises(Forbidden):
        await world.store.admissions.applicants(group, member)
    await world.store.admissions.appoint(group, owner, place.member, Role.MODERATOR)
    await decide(world, group, member, asked.member, admit=True)


async def test_a_full_group_lets_nobody_in_and_hears_so_many_only(world: World) -> None:
    owner, one, two = await people(world, 3)
    group = await make(world, owner, EntryRule.APPROVAL)
    few = replace(POLICY.groups, pending_max=1)
    asked = await knock(world, group, one, policy=few)
    with pytest.raises(GroupFull):
        await knock(world, group, two, policy=few)
    full = replace(POLICY.groups, created_members_max=1)
    with pytest.raises(GroupFull):
        await decide(world, group, owner, asked.member, admit=True, policy=full)


async def test_the_owner_hands_over_and_can_leave(world: World) -> None:
    owner, heir, other = await people(world, 3)
    group = await make(world, owner, EntryRule.OPEN)
    theirs = (await knock(world, group, heir)).member
    others = (await knock(world, group, other)).member
    admissions = world.store.admissions
    with pytest.raises(Forbidden):
        await admissions.appoint(group, heir, others, Role.MODERATOR)
    await admissions.appoint(group, owner, theirs, Role.ADMIN)
    await admissions.appoint(group, heir, others, Role.MODERATOR)
    with pytest.raises(Forbidden):
        await admissions.appoint(group, heir, others, Role.OWNER)
    with pytest.raises(Conflict):
        await world.store.groups.leave(group, owner, now_ms=world.now_ms)
    await admissions.appoint(group, owner, theirs, Role.OWNER)
    mine = (await world.store.groups.get(group, owner)).me
    assert mine is not None
    assert mine.role is Role.ADMIN
    with pytest.raises(Forbidden):
        await admissions.appoint(group, owner, theirs, Role.MEMBER)
    await world.store.groups.leave(group, owner, now_ms=world.now_ms)
    assert (await world.store.groups.get(group, heir)).members == 2
    with pytest.raises(NotFound):
        await admissions.appoint(group, heir, mine.member, Role.MEMBER)


async def test_a_ban_is_stronger_than_an_invite_and_reaches_who_asks(world: World) -> None:
    owner, guest = await people(world, 2)
    group = await make(world, owner, EntryRule.APPROVAL)
    asked = await knock(world, group, guest)
    await world.store.groups.ban(group, owner, asked.member, now_ms=world.now_ms)
    assert await world.store.admissions.applicants(group, owner) == []
    with pytest.raises(Forbidden):
        await knock(world, group, guest, await invite(world, group, owner))


async def test_a_ban_outlives_the_account(world: World) -> None:
    (owner,) = await people(world, 1)
    group = await make(world, owner, EntryRule.OPEN)
    phone = world.phone()
    first = (await world.enter(phone)).account
    member = (await knock(world, group, first)).member
    await world.store.groups.ban(group, owner, member, now_ms=world.now_ms)
    await world.hands.forget_account(first)
    second = (await world.enter(phone)).account
    assert second != first
    with pytest.raises(Forbidden):
        await knock(world, group, second)
    assert (await knock(world, group, (await world.enter(world.phone())).account)).state is (
        MemberState.ACTIVE
    )


async def test_a_ban_is_lifted_for_every_way_in(world: World) -> None:
    owner, moderator, them, *_ = await people(world)
    group = await make(world, owner, EntryRule.OPEN)
    place = await knock(world, group, moderator)
    await world.store.admissions.appoint(group, owner, place.member, Role.MODERATOR)
    theirs = await knock(world, group, them)
    ban, admissions = world.store.groups.ban, world.store.admissions
    await ban(group, owner, theirs.member, now_ms=world.now_ms)
    (seen,) = await admissions.banned(group, moderator)
    assert seen.member == theirs.member
    await admissions.lift_ban(group, moderator, seen.member)
    assert await admissions.banned(group, owner) == []
    with pytest.raises(NotFound):
        await admissions.lift_ban(group, owner, seen.member)
    assert (await knock(world, group, them)).state is MemberState.ACTIVE


async def test_who_lifts_bans(world: World) -> None:
    owner, member, admin, them = await people(world)
    group = await make(world, owner, EntryRule.OPEN)
    await knock(world, group, member)
    admissions = world.store.admissions
    high = await knock(world, group, admin)
    await admissions.appoint(group, owner, high.member, Role.ADMIN)
    low = await knock(world, group, them)
    await admissions.appoint(group, owner, low.member, Role.MODERATOR)
    await world.store.groups.ban(group, owner, high.member, now_ms=world.now_ms)
    for call in (admissions.banned(group, member), admissions.lift_ban(group, member, high.member)):
        with pytest.raises(Forbidden):
            await call
    with pytest.raises(Forbidden):  # of an admin, by a moderator
        await admissions.lift_ban(group, them, high.member)
    with pytest.raises(NotFound):  # by who is banned
        await admissions.lift_ban(group, admin, high.member)
    await admissions.lift_ban(group, owner, high.member)
