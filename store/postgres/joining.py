"""Entering a group in PostgreSQL: who comes in, who asks to, and who stays out."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import (
    GroupFull,
    NotFound,
    Refused,
    VerificationRequired,
)
from engine.ids import AccountId, GroupId, MemberId
from engine.model.access import check_door
from engine.model.account import skeleton
from engine.model.entry import Standing, entry_state, members_max
from engine.model.group import (
    EntryRule,
    GroupType,
    MemberProfile,
    Membership,
    MemberState,
    Role,
    Visibility,
)
from engine.model.policy import GroupPolicy
from engine.ports.groups import Proof
from store.connection import Connection, Record
from store.names import free_nickname
from store.postgres.footing import footing_from
from store.postgres.group_rooms import NewRoom, enter_room
from store.postgres.leaving import COUNT, hold
from store.postgres.mail_codes import use_mail_code
from store.postgres.place_proofs import check_place

# Whoever was here before gets a new name for the group, so nobody can tell that they came back.
ENTER = """
INSERT INTO memberships (member_id, group_id, account_id, state, role, nickname, nickname_key, bio,
    interests, joined_at)
VALUES ($1, $2, $3, $10, $4, $5, $6, $7, $8, $9)
ON CONFLICT (group_id, account_id) DO UPDATE SET member_id = excluded.member_id,
    state = excluded.state, role = excluded.role, nickname = excluded.nickname,
    nickname_key = excluded.nickname_key, bio = excluded.bio, interests = excluded.interests,
    joined_at = excluded.joined_at, told_open = 0
"""

# Of who has left too: else a name that is free tells who has gone from who hides from one.
NAMES_LIKE = """
SELECT nickname_key FROM memberships
WHERE group_id = $1 AND starts_with(nickname_key, $2) AND account_id <> $3
"""

USE_INVITE = """
UPDATE group_invites SET uses_left = uses_left - 1
WHERE code_digest = $1 AND group_id = $2 AND expires_at > $3 AND uses_left > 0
RETURNING true
"""

KEPT_OUT = """
SELECT EXISTS (SELECT FROM group_bans b JOIN accounts a ON a.account_id = $2
    AND b.identity IN (a.phone_digest, a.clerk_digest) WHERE b.group_id = $1)
"""

PENDING = "SELECT count(*) FROM memberships WHERE group_id = $1 AND state = 'pending'"


@dataclass(frozen=True, slots=True)
class Door:
    """How one comes into a group."""

    members_max: int
    history: bool  # what was said before is theirs to see
    pending_max: int
    kind: GroupType
    rule: EntryRule
    standing: Standing


def door_of(row: Record, standing: Standing, policy: GroupPolicy) -> Door:
    """Return the door of a group, from its `type` and `entry`, for whoever stands so."""
    kind = GroupType(row["type"])
    return Door(
        members_max(kind, policy),
        policy.history_before_joining,
        policy.pending_max,
        kind,
        EntryRule(row["entry"]),
        standing,
    )


async def enter(
    db: Connection,
    group: GroupId,
    member: MemberId,
    account: AccountId,
    profile: MemberProfile,
    role: Role,
    now_ms: int,
    *,
    state: MemberState = MemberState.ACTIVE,
) -> Membership:
    """Make a membership, under a nickname that is free."""
    taken = await db.fetch(NAMES_LIKE, group, skeleton(profile.nickname), account)
    nickname = free_nickname(profile.nickname, {row["nickname_key"] for row in taken})
    await db.execute(
        ENTER,
        member,
        group,
        account,
        role.value,
        nickname,
        skeleton(nickname),
        profile.bio,
        list(profile.interests),
        now_ms,
        state.value,
    )
    if state is MemberState.ACTIVE:
        await db.execute(COUNT, group, account, 1)
    return Membership(member, group, state, role, nickname)


async def join(
    db: Connection,
    group: GroupId,
    names: tuple[MemberId, NewRoom],
    account: AccountId,
    profile: MemberProfile,
    proof: Proof,
    policy: GroupPolicy,
    now_ms: int,
) -> Membership | Refused:
    """Enter a group, or ask to; a refusal that is returned has to be kept: it counts."""
    await hold(db, account)
    row = await db.fetchrow("SELECT type, entry FROM groups WHERE group_id = $1", group)
    if row is None:
        raise NotFound
    standing, kind = Standing.NOTHING, GroupType(row["type"])
    if proof.mail is not None and kind is GroupType.OFFICIAL:
        refused = await use_mail_code(db, group, account, proof.mail, policy.proofs, now_ms)
        if refused is not None:
            return refused
        standing = Standing.PROVEN
    elif proof.place is not None and kind is GroupType.LOCATION:
        away = await check_place(db, group, account, proof.place, policy.proofs, now_ms)
        if away is not None:
            return away
        standing = Standing.PROVEN
    # Used up only if they come in: all this is one transaction.
    elif proof.invite is not None and await db.fetchval(USE_INVITE, proof.invite, group, now_ms):
        standing = Standing.INVITED
    door = door_of(row, standing, policy)
    return await join_group(db, group, names, account, profile, door, now_ms)


async def join_group(
    db: Connection,
    group: GroupId,
    names: tuple[MemberId, NewRoom],
    account: AccountId,
    profile: MemberProfile,
    door: Door,
    now_ms: int,
) -> Membership:
    """Enter a group; the account is locked already."""
    # The row of the group is the lock for its size and its nicknames.
    row = await db.fetchrow(
        """
        SELECT visibility, females + males + others AS members FROM groups
        WHERE group_id = $1 AND ended_at IS NULL FOR NO KEY UPDATE
        """,
        group,
    )
    state = await db.fetchval(
        "SELECT state FROM memberships WHERE group_id = $1 AND account_id = $2 FOR UPDATE",
        group,
        account,
    )
    if row is None:
        raise NotFound
    kept_out = bool(await db.fetchval(KEPT_OUT, group, account))
    visibility = Visibility(row["visibility"])
    check_door(footing_from(state), visibility, door.standing, kept_out=kept_out)
    comes_as = entry_state(door.kind, door.rule, door.standing)
    if comes_as is None:
        raise VerificationRequired
    pending = comes_as is MemberState.PENDING
    if row["members"] >= door.members_max:
        raise GroupFull
    if pending and await db.fetchval(PENDING, group) >= door.pending_max:
        raise GroupFull("too many people are waiting to be let in")
    member, new_room = names
    entered = await enter(db, group, member, account, profile, Role.MEMBER, now_ms, state=comes_as)
    if pending:
        return entered
    await enter_room(db, group, (account, entered.nickname), new_room, now_ms, history=door.history)
    return entered
