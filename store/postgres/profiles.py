"""Profiles of members in PostgreSQL."""

from __future__ import annotations

from engine.errors import Conflict, NotFound
from engine.ids import AccountId, GroupId
from engine.model.account import skeleton
from engine.model.group import GroupType, MemberProfile
from engine.model.policy import GroupPolicy
from engine.model.profile_change import OwnProfile, ProfileChange, changed_profile
from engine.ports.outbox import NoticeKind
from store.connection import Connection, Record
from store.postgres.leaving import hold
from store.postgres.outbox import tell
from store.postgres.pool import Postgres

# The row of the group is the lock for its nicknames, as it is for whoever joins.
HOLD_GROUP = "SELECT FROM groups WHERE group_id = $1 FOR NO KEY UPDATE"

MINE = """
SELECT g.type, m.nickname, m.bio, m.interests, m.renamed_at
FROM memberships m JOIN groups g USING (group_id)
WHERE m.group_id = $1 AND m.account_id = $2 AND m.state IN ('active', 'pending')
    AND g.ended_at IS NULL
"""

# By who has left too: else a name that is free tells who has gone from who hides from one.
TAKEN = """
SELECT EXISTS (SELECT FROM memberships
    WHERE group_id = $1 AND nickname_key = $3 AND account_id <> $2)
"""

CHANGE = """
UPDATE memberships
SET nickname = $3, nickname_key = $4, bio = $5, interests = $6, renamed_at = $7
WHERE group_id = $1 AND account_id = $2
"""

RENAME_IN_ROOMS = """
UPDATE room_members m SET nickname = $3 FROM rooms r
WHERE r.group_id = $1 AND r.kind = 'group' AND m.room_id = r.room_id AND m.account_id = $2
    AND m.left_at IS NULL
RETURNING m.room_id
"""


class PgProfiles:
    """How people show themselves; engine.ports.profiles.Profiles."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    async def mine(self, group: GroupId, account: AccountId) -> OwnProfile:
        """Return one's profile; raises NotFound."""
        return _own(await self._postgres.once(_mine, group, account))

    async def change(
        self,
        group: GroupId,
        account: AccountId,
        change: ProfileChange,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> OwnProfile:
        """Change one's profile; raises NotFound, RateLimited, Conflict."""
        return await self._postgres.run(_change, group, account, change, policy, now_ms)


def _own(row: Record) -> OwnProfile:
    profile = MemberProfile(row["nickname"], row["bio"], tuple(row["interests"]))
    return OwnProfile(profile, row["renamed_at"])


async def _mine(db: Connection, group: GroupId, account: AccountId) -> Record:
    row = await db.fetchrow(MINE, group, account)
    if row is None:
        raise NotFound
    return row


async def _change(
    db: Connection,
    group: GroupId,
    account: AccountId,
    change: ProfileChange,
    policy: GroupPolicy,
    now_ms: int,
) -> OwnProfile:
    # One's own account is the lock for all that is done to one's membership.
    await hold(db, account)
    await db.execute(HOLD_GROUP, group)
    row = await _mine(db, group, account)
    now = _own(row)
    new = changed_profile(GroupType(row["type"]), now, change, policy, now_ms=now_ms)
    shown, key = new.profile, skeleton(new.profile.nickname)
    renamed = shown.nickname != now.profile.nickname
    if renamed and await db.fetchval(TAKEN, group, account, key):
        raise Conflict("somebody in this group has a nickname that looks like this one")
    fields = shown.nickname, key, shown.bio, list(shown.interests), new.renamed_at
    await db.execute(CHANGE, group, account, *fields)
    if renamed:
        for room in await db.fetch(RENAME_IN_ROOMS, group, account, shown.nickname):
            await tell(db, NoticeKind.ROOM_MEMBERS, {}, due_ms=now_ms, room=room["room_id"])
    return new
