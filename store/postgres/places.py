"""Groups of a place in PostgreSQL: made, ended, and the record of looks at positions."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import NotFound
from engine.ids import AccountId, GroupId, MemberId
from engine.model.access import member_role, sees_group
from engine.model.consent import Purpose
from engine.model.group import GroupDraft, GroupType, MemberProfile, Role, Visibility
from engine.model.place import PlaceSeen
from engine.model.policy import GroupPolicy
from engine.ports.places import LocationAct, Source
from store.bundle import Chance
from store.connection import Connection, Record
from store.postgres.agreeing import require_consent
from store.postgres.footing import footing_from
from store.postgres.group_rooms import NewRoom
from store.postgres.groups import create_group, new_room
from store.postgres.leaving import end_group
from store.postgres.place_proofs import place_from
from store.postgres.pool import Postgres
from store.vault import Vault

# Groups that one call ends, and old rows that one call forgets.
ENDED_AT_ONCE = 20
FORGOTTEN_AT_ONCE = 1_000

CREATE = """
INSERT INTO group_places (group_id, latitude, longitude, radius_m, ends_at)
VALUES ($1, $2, $3, $4, $5)
"""

PLACE = """
SELECT p.*, g.visibility, m.state, m.role FROM group_places p JOIN groups g USING (group_id)
LEFT JOIN memberships m ON m.group_id = g.group_id AND m.account_id = $2
WHERE p.group_id = $1 AND g.ended_at IS NULL
"""

ROLE = """
SELECT m.state, m.role FROM memberships m
JOIN group_places p USING (group_id) JOIN groups g USING (group_id)
WHERE m.group_id = $1 AND m.account_id = $2 AND g.ended_at IS NULL
"""

DUE = "SELECT group_id FROM group_places WHERE open AND ends_at <= $1 ORDER BY ends_at LIMIT $2"

CLOSE = "UPDATE group_places SET open = false WHERE group_id = $1 AND open RETURNING true"

ACTS = "SELECT account_id, source, at FROM location_acts WHERE account_id = $1 ORDER BY act_id"

FORGET_ACTS = """
WITH gone AS (DELETE FROM location_acts WHERE act_id IN (
    SELECT act_id FROM location_acts WHERE at < $1 ORDER BY at LIMIT $2) RETURNING true)
SELECT count(*) FROM gone
"""

FORGET_CODES = """
WITH gone AS (DELETE FROM place_codes_used WHERE (group_id, nonce, account_id) IN (
    SELECT group_id, nonce, account_id FROM place_codes_used WHERE used_at < $1
    ORDER BY used_at LIMIT $2) RETURNING true)
SELECT count(*) FROM gone
"""


class PgPlaces:
    """Groups of places; engine.ports.places.Places."""

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
        seen: PlaceSeen,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> None:
        """Make a group of a place, its owner in it; raises RateLimited, ConsentRequired."""
        names = (member, new_room(self._vault, self._chance))
        made = (draft, seen)
        await self._postgres.run(_create, group, names, owner, made, profile, policy, now_ms)

    async def get(self, group: GroupId, viewer: AccountId) -> PlaceSeen:
        """Return where a group is; raises NotFound."""
        row = await self._postgres.once(_row, PLACE, group, viewer)
        mine = footing_from(row["state"], row["role"])
        if not sees_group(Visibility(row["visibility"]), mine, ended=False):
            raise NotFound
        return PlaceSeen(place_from(row), row["ends_at"])

    async def role(self, group: GroupId, viewer: AccountId) -> Role:
        """Return the role of a member; raises NotFound for others."""
        row = await self._postgres.once(_row, ROLE, group, viewer)
        return member_role(footing_from(row["state"], row["role"]))

    async def end_due(self, *, now_ms: int) -> int:
        """End groups whose hour has come; return how many."""
        groups = await self._postgres.once(_due, now_ms)
        for group in groups:
            await self._postgres.run(_end, group, now_ms)
        return len(groups)

    async def acts(self, account: AccountId) -> Sequence[LocationAct]:
        """Return when somebody's location was looked at, the oldest first."""
        rows = await self._postgres.once(_acts, account)
        return [LocationAct(row["account_id"], Source(row["source"]), row["at"]) for row in rows]

    async def purge(self, policy: GroupPolicy, *, now_ms: int) -> int:
        """Forget looks that are old enough, and used codes that are too old anyway."""
        return await self._postgres.run(_purge, policy, now_ms)


async def _create(
    db: Connection,
    group: GroupId,
    names: tuple[MemberId, NewRoom],
    owner: AccountId,
    made_of: tuple[GroupDraft, PlaceSeen],
    profile: MemberProfile,
    policy: GroupPolicy,
    now_ms: int,
) -> None:
    draft, seen = made_of
    made = GroupType.LOCATION, draft
    await create_group(db, group, names, owner, made, profile, policy, now_ms)
    await require_consent(db, owner, Purpose.LOCATION)
    place = seen.place
    await db.execute(CREATE, group, place.latitude, place.longitude, place.radius_m, seen.ends_at)


async def _row(db: Connection, sql: str, group: GroupId, viewer: AccountId) -> Record:
    row = await db.fetchrow(sql, group, viewer)
    if row is None:
        raise NotFound
    return row


async def _due(db: Connection, now_ms: int) -> list[GroupId]:
    return [row["group_id"] for row in await db.fetch(DUE, now_ms, ENDED_AT_ONCE)]


async def _end(db: Connection, group: GroupId, now_ms: int) -> None:
    await db.execute("SELECT FROM groups WHERE group_id = $1 FOR NO KEY UPDATE", group)
    if await db.fetchval(CLOSE, group):
        await end_group(db, group, now_ms)


async def _acts(db: Connection, account: AccountId) -> list[Record]:
    return await db.fetch(ACTS, account)


async def _purge(db: Connection, policy: GroupPolicy, now_ms: int) -> int:
    proofs = policy.proofs
    acts_before = now_ms - proofs.location_acts_kept_s * 1000
    codes_before = now_ms - 2 * proofs.place_code_s * 1000
    acts: int = await db.fetchval(FORGET_ACTS, acts_before, FORGOTTEN_AT_ONCE)
    codes: int = await db.fetchval(FORGET_CODES, codes_before, FORGOTTEN_AT_ONCE)
    return acts + codes
