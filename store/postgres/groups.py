"""Groups in PostgreSQL: found, made, entered and left."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import (
    NotFound,
    RateLimited,
    Refused,
)
from engine.ids import AccountId, GroupId, MemberId, RoomId
from engine.model.access import sees_group
from engine.model.account import Gender
from engine.model.group import (
    EntryRule,
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
from store.connection import Connection, Record
from store.names import name_key
from store.postgres.footing import footing_from
from store.postgres.group_rooms import NewRoom, open_room
from store.postgres.joining import enter, join
from store.postgres.leaving import ban_member, hold, leave_group
from store.postgres.pool import Postgres
from store.vault import Vault

DAY_MS = 86_400_000

GROUP = """
SELECT g.*, h.hidden_females, h.hidden_males, h.hidden_others,
    m.member_id, m.state AS my_state, m.role, m.nickname
FROM groups g LEFT JOIN memberships m
    ON m.group_id = g.group_id AND m.account_id = $2 AND m.state <> 'left'
LEFT JOIN hidden_sides h ON h.viewer_id = $2 AND h.group_id = g.group_id
WHERE g.group_id = $1 AND g.ended_at IS NULL
"""

# By id, so that the cursor of a page stays true whatever is made or renamed meanwhile.
SEARCH_PUBLIC = """
SELECT g.*, h.hidden_females, h.hidden_males, h.hidden_others,
    m.member_id, m.state AS my_state, m.role, m.nickname
FROM groups g LEFT JOIN memberships m
    ON m.group_id = g.group_id AND m.account_id = $1 AND m.state <> 'left'
LEFT JOIN hidden_sides h ON h.viewer_id = $1 AND h.group_id = g.group_id
WHERE g.ended_at IS NULL AND g.visibility = 'public'
    AND g.group_id > $3 AND strpos(g.name_key, $2) > 0
ORDER BY g.group_id LIMIT $4
"""

SEARCH_MINE = """
SELECT g.*, h.hidden_females, h.hidden_males, h.hidden_others,
    m.member_id, m.state AS my_state, m.role, m.nickname
FROM memberships m JOIN groups g USING (group_id)
LEFT JOIN hidden_sides h ON h.viewer_id = $1 AND h.group_id = g.group_id
WHERE m.account_id = $1 AND m.state IN ('active', 'pending')
    AND g.ended_at IS NULL AND g.group_id > $3 AND strpos(g.name_key, $2) > 0
ORDER BY g.group_id LIMIT $4
"""

# At a meeting nobody is listed: age and side of a nickname would point at who it is.
PEOPLE = """
SELECT m.member_id, m.nickname, m.role, m.bio, m.interests, a.birth_year, a.gender, a.bot,
    m.account_id = $2 AS me, l.intent AS liked
FROM memberships m JOIN accounts a USING (account_id)
LEFT JOIN likes l ON l.group_id = $1 AND l.sender_id = $2 AND l.target_id = m.account_id
    AND (l.state = 'open' OR (l.state = 'matched' AND l.told_at > $3))
WHERE m.group_id = $1 AND m.state = 'active' AND a.state = 'active'
    AND m.account_id NOT IN (SELECT h.account_id FROM hidden_people h WHERE h.viewer_id = $2)
    AND (m.account_id = $2 OR (SELECT g.type FROM groups g WHERE g.group_id = $1) <> 'instance')
ORDER BY m.member_id
"""

INSERT_GROUP = """
INSERT INTO groups (group_id, type, name, name_key, description, category, tags, visibility, rules,
    entry, creator_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


class PgGroups:
    """Circles; engine.ports.groups.Groups."""

    def __init__(self, postgres: Postgres, vault: Vault, chance: Chance) -> None:
        self._postgres = postgres
        self._vault = vault
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
        names = (member, new_room(self._vault, self._chance))
        made = GroupType.CREATED, draft
        await self._postgres.run(create_group, group, names, owner, made, profile, policy, now_ms)
        return await self.get(group, owner)

    async def get(self, group: GroupId, viewer: AccountId) -> Group:
        """Return the group; raises NotFound, also for a hidden one to a stranger."""
        return await self._postgres.once(read_group, group, viewer)

    async def search(
        self, viewer: AccountId, *, query: str, mine: bool, after: GroupId | None, limit: int
    ) -> Sequence[Group]:
        """Public groups whose name contains `query` (or all of the viewer's own), by id."""
        sql = SEARCH_MINE if mine else SEARCH_PUBLIC
        rows = await self._postgres.once(_search, sql, viewer, name_key(query), after or "", limit)
        return [_group_from(row) for row in rows]

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
        names = (member, new_room(self._vault, self._chance))
        entered = await self._postgres.run(
            join, group, names, account, profile, proof, policy, now_ms
        )
        if isinstance(entered, Refused):
            raise entered
        return entered

    async def leave(self, group: GroupId, account: AccountId, *, now_ms: int) -> None:
        """Leave; raises NotFound, Conflict for the owner while others are in."""
        await self._postgres.run(leave_group, group, account, now_ms)

    async def ban(self, group: GroupId, by: AccountId, member: MemberId, *, now_ms: int) -> None:
        """Ban a member: all that leaving does, and they cannot come back."""
        await self._postgres.run(ban_member, group, by, member, now_ms)

    async def people(self, group: GroupId, viewer: AccountId) -> Sequence[Person]:
        """All active members as the viewer sees them; raises NotFound for who is not in."""
        rows = await self._postgres.once(_people, group, viewer, self._chance.now_ms())
        if not any(row["me"] for row in rows):
            raise NotFound
        return [_person_from(row) for row in rows]


def new_room(vault: Vault, chance: Chance) -> NewRoom:
    """Return what a room is made of."""
    room = RoomId(chance.fresh_id())
    return NewRoom(room, vault.new_room_key(room), chance.fresh_id)


def _group_from(row: Record) -> Group:
    sides = {
        Gender.FEMALE: row["females"] - (row["hidden_females"] or 0),
        Gender.MALE: row["males"] - (row["hidden_males"] or 0),
        Gender.OTHER: row["others"] - (row["hidden_others"] or 0),
    }
    me = None
    if row["member_id"] is not None:
        me = Membership(
            member=row["member_id"],
            group=row["group_id"],
            state=MemberState(row["my_state"]),
            role=Role(row["role"]),
            nickname=row["nickname"],
        )
    return Group(
        group=row["group_id"],
        type=GroupType(row["type"]),
        name=row["name"],
        description=row["description"],
        category=row["category"],
        tags=tuple(row["tags"]),
        visibility=Visibility(row["visibility"]),
        rules=row["rules"],
        entry=EntryRule(row["entry"]),
        members=sum(sides.values()),
        per_side=sides,
        me=me,
    )


def _person_from(row: Record) -> Person:
    return Person(
        member=row["member_id"],
        nickname=row["nickname"],
        role=Role(row["role"]),
        birth_year=row["birth_year"],
        gender=Gender(row["gender"]),
        bio=row["bio"],
        interests=tuple(row["interests"]),
        bot=row["bot"],
        me=row["me"],
        liked=row["liked"],
    )


async def create_group(
    db: Connection,
    group: GroupId,
    names: tuple[MemberId, NewRoom],
    owner: AccountId,
    made: tuple[GroupType, GroupDraft],
    profile: MemberProfile,
    policy: GroupPolicy,
    now_ms: int,
) -> None:
    """Make a group and its room, its owner in both; raises RateLimited."""
    # The lock on the account makes two creations of one person count each other.
    await hold(db, owner)
    newest = await db.fetch(
        """
        SELECT created_at FROM groups WHERE creator_id = $1 AND created_at > $2
        ORDER BY created_at
        """,
        owner,
        now_ms - DAY_MS,
    )
    if len(newest) >= policy.groups_created_per_day_max:
        raise RateLimited(retry_after_ms=newest[0]["created_at"] + DAY_MS - now_ms)
    await insert_group(db, group, made[0], owner, made[1], now_ms)
    member, new_room = names
    await enter(db, group, member, owner, profile, Role.OWNER, now_ms)
    if has_room(made[0]):
        await open_room(db, group, new_room, now_ms)


async def insert_group(
    db: Connection,
    group: GroupId,
    kind: GroupType,
    creator: AccountId | None,
    draft: GroupDraft,
    now_ms: int,
) -> None:
    """Write the row of a new group, still without members."""
    await db.execute(
        INSERT_GROUP,
        group,
        kind.value,
        draft.name,
        name_key(draft.name),
        draft.description,
        draft.category,
        list(draft.tags),
        draft.visibility.value,
        draft.rules,
        draft.entry.value,
        creator,
        now_ms,
    )


async def read_group(db: Connection, group: GroupId, viewer: AccountId) -> Group:
    """Read a group; raises NotFound, also for a hidden one to a stranger."""
    row = await db.fetchrow(GROUP, group, viewer)
    if row is None:
        raise NotFound
    mine = footing_from(row["my_state"], row["role"])
    if not sees_group(Visibility(row["visibility"]), mine, ended=False):
        raise NotFound
    return _group_from(row)


async def _search(
    db: Connection, sql: str, viewer: AccountId, query: str, after: str, limit: int
) -> list[Record]:
    return await db.fetch(sql, viewer, query, after, limit)


async def _people(db: Connection, group: GroupId, viewer: AccountId, now_ms: int) -> list[Record]:
    return await db.fetch(PEOPLE, group, viewer, now_ms)
