"""When matching opens and closes, in PostgreSQL: a trigger marks groups, a worker looks."""

from __future__ import annotations

from engine.ids import AccountId, GroupId
from engine.limits import LIST_PAGE_MAX
from engine.model.account import Gender
from engine.model.group import Matching, matching_of
from engine.model.policy import GroupPolicy
from engine.model.push import PushKind
from engine.ports.outbox import NoticeKind
from store.connection import Connection, Record
from store.postgres.outbox import tell_each
from store.postgres.pool import Postgres
from store.postgres.push_notes import note_push

CHANGED = "SELECT group_id, marks FROM groups_changed ORDER BY group_id LIMIT $1"

# Only what was looked at: a change that came meanwhile has left another number.
LOOKED_AT = "DELETE FROM groups_changed WHERE group_id = $1 AND marks = $2"

# Members as they see their group. Their rows stay locked, so that nobody is told twice.
SEEN = """
SELECT m.account_id, m.told_open, g.females - s.females AS females, g.males - s.males AS males,
    g.others - s.others AS others
FROM memberships m JOIN groups g USING (group_id), LATERAL (
    SELECT count(*) FILTER (WHERE a.gender = 'female') AS females,
        count(*) FILTER (WHERE a.gender = 'male') AS males,
        count(*) FILTER (WHERE a.gender = 'other') AS others
    FROM (SELECT blocked_id AS account_id FROM blocks WHERE blocker_id = m.account_id
        UNION SELECT blocker_id FROM blocks WHERE blocked_id = m.account_id) h
    JOIN memberships o ON o.group_id = m.group_id AND o.account_id = h.account_id
        AND o.state = 'active'
    JOIN accounts a ON a.account_id = h.account_id AND a.state = 'active') s
WHERE m.group_id = $1 AND m.state = 'active' AND g.ended_at IS NULL AND g.type <> 'instance'
ORDER BY m.member_id FOR NO KEY UPDATE OF m
"""

TOLD = """
UPDATE memberships m SET told_open = w.told_open
FROM unnest($2::text[], $3::smallint[]) AS w (account_id, told_open)
WHERE m.group_id = $1 AND m.account_id = w.account_id
"""

# Two who hide from each other count no more for each other, or do again.
MARK_SHARED = """
INSERT INTO groups_changed AS held (group_id)
SELECT m.group_id FROM memberships m JOIN memberships o USING (group_id)
WHERE m.account_id = $1 AND o.account_id = $2 AND m.state = 'active' AND o.state = 'active'
ORDER BY m.group_id
ON CONFLICT (group_id) DO UPDATE SET marks = held.marks + 1
"""


class PgOpenings:
    """Tells when matching opens and closes; engine.ports.openings.Openings."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    async def announce(self, policy: GroupPolicy, *, now_ms: int) -> int:
        """Look at some groups whose numbers have changed; return how many those were."""
        changed = await self._postgres.once(_changed)
        for row in changed:
            await self._postgres.run(_announce, GroupId(row["group_id"]), policy, now_ms)
            await self._postgres.once(_looked_at, row)
        return len(changed)


async def mark_shared(db: Connection, one: AccountId, other: AccountId) -> None:
    """Have all groups of two people looked at."""
    await db.execute(MARK_SHARED, one, other)


async def _changed(db: Connection) -> list[Record]:
    return await db.fetch(CHANGED, LIST_PAGE_MAX)


async def _looked_at(db: Connection, row: Record) -> None:
    await db.execute(LOOKED_AT, row["group_id"], row["marks"])


async def _announce(db: Connection, group: GroupId, policy: GroupPolicy, now_ms: int) -> None:
    changed: dict[AccountId, Matching] = {}
    opened: list[AccountId] = []
    for row in await db.fetch(SEEN, group):
        sides = {
            Gender.FEMALE: row["females"],
            Gender.MALE: row["males"],
            Gender.OTHER: row["others"],
        }
        now = matching_of(sides, policy=policy)
        if now is Matching(row["told_open"]):
            continue
        account = AccountId(row["account_id"])
        changed[account] = now
        if now.value > row["told_open"]:
            opened.append(account)
    if not changed:
        return
    await db.execute(TOLD, group, list(changed), [now.value for now in changed.values()])
    said: dict[AccountId, dict[str, object]] = {
        account: {"group": group, **now.said} for account, now in changed.items()
    }
    await tell_each(db, NoticeKind.MATCHING, said, due_ms=now_ms)
    await note_push(db, PushKind.SYSTEM, opened, now_ms)
