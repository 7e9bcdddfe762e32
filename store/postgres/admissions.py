"""The doors of groups in PostgreSQL: invites, who asks to come in, and roles."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import GroupFull, NotFound, RateLimited
from engine.ids import AccountId, GroupId, MemberId
from engine.model.access import (
    check,
    check_answers,
    check_appoints,
    may_admit,
    may_decide,
    may_invite,
    member_role,
)
from engine.model.entry import members_max
from engine.model.group import GroupType, MemberProfile, MemberState, Role
from engine.model.policy import GroupPolicy
from engine.model.push import PushKind
from engine.ports.admissions import Applicant, Banned, Invite
from store.bundle import Chance
from store.connection import Connection, Record
from store.postgres.doomed import drop_review
from store.postgres.footing import footing_from
from store.postgres.group_rooms import NewRoom, enter_room
from store.postgres.groups import new_room
from store.postgres.joining import enter
from store.postgres.leaving import end_membership, face, hold, lift_ban
from store.postgres.pool import Postgres
from store.postgres.push_notes import note_push
from store.vault import Vault

PLACE = """
SELECT g.type, g.ended_at IS NOT NULL AS ended, m.state, m.role
FROM memberships m JOIN groups g USING (group_id) WHERE m.group_id = $1 AND m.account_id = $2
"""

# Spent and late ones make room for new ones; the next of their maker's sweeps them.
SWEEP = """
DELETE FROM group_invites
WHERE inviter_id = $1 AND group_id = $2 AND (expires_at <= $3 OR uses_left = 0)
"""

OPEN_INVITES = """
SELECT min(expires_at) AS first, count(*) AS open FROM group_invites
WHERE inviter_id = $1 AND group_id = $2
"""

KEEP_INVITE = """
INSERT INTO group_invites (code_digest, group_id, inviter_id, uses_left, expires_at)
VALUES ($1, $2, $3, $4, $5)
"""

APPLICANTS = """
SELECT m.member_id, m.nickname, m.bio, m.interests
FROM memberships m JOIN accounts a USING (account_id)
WHERE m.group_id = $1 AND m.state = 'pending' AND a.state = 'active' ORDER BY m.member_id
"""

APPLICANT = """
SELECT m.member_id, m.state AS pending, m.nickname, m.bio, m.interests, g.type,
    g.females + g.males + g.others AS members, a.state
FROM memberships m JOIN groups g USING (group_id) JOIN accounts a USING (account_id)
WHERE m.group_id = $1 AND m.account_id = $2
"""

BANNED = """
SELECT member_id, nickname FROM memberships
WHERE group_id = $1 AND state = 'banned' ORDER BY member_id
"""

APPOINT = "UPDATE memberships SET role = $3 WHERE group_id = $1 AND account_id = $2"


class PgAdmissions:
    """Who is let in; engine.ports.admissions.Admissions."""

    def __init__(self, postgres: Postgres, vault: Vault, chance: Chance) -> None:
        self._postgres = postgres
        self._vault = vault
        self._chance = chance

    async def invite(
        self, group: GroupId, by: AccountId, invite: Invite, policy: GroupPolicy, *, now_ms: int
    ) -> None:
        """Keep an invite; raises NotFound, Forbidden, RateLimited."""
        await self._postgres.run(_invite, group, by, invite, policy, now_ms)

    async def applicants(self, group: GroupId, viewer: AccountId) -> Sequence[Applicant]:
        """Who is pending, by member id; raises NotFound, Forbidden."""
        return await self._postgres.once(_applicants, group, viewer)

    async def decide(
        self,
        group: GroupId,
        by: AccountId,
        member: MemberId,
        policy: GroupPolicy,
        *,
        admit: bool,
        now_ms: int,
    ) -> None:
        """Let an applicant in, or not; raises NotFound, Forbidden, GroupFull."""
        room = new_room(self._vault, self._chance) if admit else None
        await self._postgres.run(_decide, group, by, member, room, policy, now_ms)

    async def banned(self, group: GroupId, viewer: AccountId) -> Sequence[Banned]:
        """Who is banned, by member id; raises NotFound, Forbidden."""
        return await self._postgres.once(_banned, group, viewer)

    async def lift_ban(self, group: GroupId, by: AccountId, member: MemberId) -> None:
        """Let somebody come back who is banned; raises NotFound, Forbidden."""
        await self._postgres.run(lift_ban, group, by, member)

    async def appoint(self, group: GroupId, by: AccountId, member: MemberId, role: Role) -> None:
        """Give an active member a role; raises NotFound, Forbidden."""
        await self._postgres.run(_appoint, group, by, member, role)


async def _standing(db: Connection, group: GroupId, account: AccountId) -> tuple[GroupType, Role]:
    """Return the type of a group and the role in it of its member; raises NotFound for others."""
    row = await db.fetchrow(PLACE, group, account)
    if row is None:
        raise NotFound
    role = member_role(footing_from(row["state"], row["role"]), ended=row["ended"])
    return GroupType(row["type"]), role


async def _invite(
    db: Connection,
    group: GroupId,
    by: AccountId,
    invite: Invite,
    policy: GroupPolicy,
    now_ms: int,
) -> None:
    await hold(db, by)
    check(may_invite(*await _standing(db, group, by)))
    await db.execute(SWEEP, by, group, now_ms)
    held = await db.fetchrow(OPEN_INVITES, by, group)
    if held is not None and held["open"] >= policy.invites_open_max:
        raise RateLimited(retry_after_ms=held["first"] - now_ms)
    await db.execute(KEEP_INVITE, invite.code_digest, group, by, invite.uses, invite.expires_at)


async def _applicants(db: Connection, group: GroupId, viewer: AccountId) -> list[Applicant]:
    kind, role = await _standing(db, group, viewer)
    check(may_admit(kind, role))
    return [
        Applicant(MemberId(row["member_id"]), _profile(row))
        for row in await db.fetch(APPLICANTS, group)
    ]


async def _banned(db: Connection, group: GroupId, viewer: AccountId) -> list[Banned]:
    _, role = await _standing(db, group, viewer)
    check(may_decide(role))
    rows = await db.fetch(BANNED, group)
    return [Banned(MemberId(row["member_id"]), row["nickname"]) for row in rows]


async def _decide(
    db: Connection,
    group: GroupId,
    by: AccountId,
    member: MemberId,
    room: NewRoom | None,
    policy: GroupPolicy,
    now_ms: int,
) -> None:
    both = await face(db, group, by, member)
    row = await _applicant(db, group, both.account)
    check(may_admit(GroupType(row["type"]), both.mine.role))
    check_answers(both.mine, both.theirs, active=row["state"] == "active")
    await drop_review(db, group, both.account)
    if room is None:
        await end_membership(db, group, both.account, MemberState.LEFT)
        return
    await admit_applicant(db, group, both.account, room, policy, now_ms)
    await note_push(db, PushKind.INVITATION, [both.account], now_ms)


async def admit_applicant(
    db: Connection,
    group: GroupId,
    account: AccountId,
    room: NewRoom,
    policy: GroupPolicy,
    now_ms: int,
) -> None:
    """Make a member of who asks to come in; account and group are locked. Raises GroupFull."""
    row = await _applicant(db, group, account)
    if row["pending"] != MemberState.PENDING or row["state"] != "active":
        raise NotFound("nobody of this name asks to come in")
    if row["members"] >= members_max(GroupType(row["type"]), policy):
        raise GroupFull
    member = MemberId(row["member_id"])
    entered = await enter(db, group, member, account, _profile(row), Role.MEMBER, now_ms)
    who = account, entered.nickname
    await enter_room(db, group, who, room, now_ms, history=policy.history_before_joining)


async def _applicant(db: Connection, group: GroupId, account: AccountId) -> Record:
    row = await db.fetchrow(APPLICANT, group, account)
    if row is None:
        raise NotFound
    return row


async def _appoint(
    db: Connection, group: GroupId, by: AccountId, member: MemberId, role: Role
) -> None:
    both = await face(db, group, by, member)
    check_appoints(both.mine, both.theirs, role)
    await db.execute(APPOINT, group, both.account, role.value)
    if role is Role.OWNER:
        await db.execute(APPOINT, group, by, Role.ADMIN.value)


def _profile(row: Record) -> MemberProfile:
    return MemberProfile(row["nickname"], row["bio"], tuple(row["interests"]))
