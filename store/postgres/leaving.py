"""Leaving a group and being banned from it in PostgreSQL: one ending, two ways to it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import Unauthenticated
from engine.ids import AccountId, GroupId, MemberId
from engine.model.access import (
    NOWHERE,
    Footing,
    check_bans,
    check_faced,
    check_leaves,
    check_lifts_ban,
    check_operator_bans,
)
from engine.model.group import MemberState, Role
from store.connection import Connection, Record
from store.postgres.doomed import drop_files, drop_photo, drop_review
from store.postgres.ending import end_likes_and_matches
from store.postgres.footing import footing_from
from store.postgres.group_rooms import close_rooms, leave_rooms

COUNT = """
UPDATE groups g SET
    females = g.females + (a.gender = 'female')::int * $3,
    males = g.males + (a.gender = 'male')::int * $3,
    others = g.others + (a.gender = 'other')::int * $3
FROM accounts a WHERE g.group_id = $1 AND a.account_id = $2
RETURNING g.females + g.males + g.others
"""

HOLD_ONE = "SELECT state FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE"

# Both accounts before the group, as by whoever joins, leaves or deletes their account.
HOLD_BOTH = """
SELECT account_id, state FROM accounts WHERE account_id = $1 OR account_id = (
    SELECT account_id FROM memberships WHERE group_id = $2 AND member_id = $3)
ORDER BY account_id FOR NO KEY UPDATE
"""

MEMBERS = """
SELECT member_id, account_id, state, role FROM memberships
WHERE group_id = $1 AND (account_id = $2 OR member_id = $3) ORDER BY member_id FOR UPDATE
"""

MEMBERSHIP = """
SELECT state, role FROM memberships WHERE group_id = $1 AND account_id = $2 FOR UPDATE
"""


# In one order, as by whoever else locks several groups.
PLACES_OF = """
SELECT m.group_id, m.role FROM memberships m JOIN groups g USING (group_id)
WHERE m.account_id = $1 AND m.state = 'active' AND g.type = 'location' AND g.ended_at IS NULL
ORDER BY m.group_id
"""

# All that somebody comes in by: their number, their user at a provider, their address.
WAYS_IN = """
SELECT i.identity FROM accounts a
CROSS JOIN LATERAL (
    VALUES (a.phone_digest), (a.clerk_digest)
    UNION SELECT mail_digest FROM group_mails WHERE group_id = $1 AND account_id = $2
) AS i (identity)
WHERE a.account_id = $2 AND i.identity IS NOT NULL
"""

# Whoever comes back under a new account is still banned.
KEEP_OUT = """
INSERT INTO group_bans AS kept (group_id, identity, by_operator)
SELECT $1, unnest($2::bytea[]), $3
ON CONFLICT (group_id, identity)
    DO UPDATE SET by_operator = kept.by_operator OR excluded.by_operator
"""

LET_BACK = """
DELETE FROM group_bans WHERE group_id = $1 AND identity = ANY($2::bytea[]) RETURNING by_operator
"""


@dataclass(frozen=True, slots=True)
class Faced:
    """Two people of a group, one of whom decides over the other."""

    mine: Footing
    account: AccountId
    theirs: Footing
    counted: bool  # in the counts of the group


async def face(db: Connection, group: GroupId, by: AccountId, member: MemberId) -> Faced:
    """Lock both and their group; raises NotFound unless `by` is an active member."""
    held = await db.fetch(HOLD_BOTH, by, group, member)
    states = {row["account_id"]: row["state"] for row in held}
    if states.get(by) != "active":
        raise Unauthenticated
    await db.execute("SELECT 1 FROM groups WHERE group_id = $1 FOR NO KEY UPDATE", group)
    rows = await db.fetch(MEMBERS, group, by, member)
    mine = next((row for row in rows if row["account_id"] == by), None)
    theirs = next((row for row in rows if row["member_id"] == member), None)
    footings = [_footing(mine), _footing(theirs)]
    check_faced(*footings)
    assert theirs is not None
    return Faced(
        mine=footings[0],
        account=AccountId(theirs["account_id"]),
        theirs=footings[1],
        counted=theirs["state"] == "active" and states[theirs["account_id"]] == "active",
    )


def _footing(row: Record | None) -> Footing:
    return NOWHERE if row is None else footing_from(row["state"], row["role"])


async def hold(db: Connection, account: AccountId) -> None:
    """Lock the account, before any group: its deletion takes it out of the counts of its groups."""
    state = await db.fetchval(HOLD_ONE, account)
    if state != "active":
        raise Unauthenticated


async def leave_group(db: Connection, group: GroupId, account: AccountId, now_ms: int) -> None:
    """Leave; raises NotFound, Conflict for the owner while others are in."""
    await hold(db, account)
    await db.execute(
        "SELECT 1 FROM groups WHERE group_id = $1 AND ended_at IS NULL FOR NO KEY UPDATE", group
    )
    row = await db.fetchrow(
        """
        SELECT state, role FROM memberships WHERE group_id = $1 AND account_id = $2 FOR UPDATE
        """,
        group,
        account,
    )
    mine = _footing(row)
    left = 0
    if mine.state is MemberState.ACTIVE:
        left = await db.fetchval(COUNT, group, account, -1)
    check_leaves(mine, left)
    await leave_rooms(db, group, account, now_ms)
    if mine.role is Role.OWNER:
        await end_group(db, group, now_ms)
    await end_membership(db, group, account, MemberState.LEFT)
    await end_likes_and_matches(db, group, account, now_ms)


async def end_group(db: Connection, group: GroupId, now_ms: int) -> None:
    """End a group, its room and its photos; its row is locked already."""
    await close_rooms(db, group, now_ms)
    await drop_files(db, group)
    await db.execute(
        "UPDATE groups SET ended_at = $2 WHERE group_id = $1 AND ended_at IS NULL", group, now_ms
    )


async def leave_places(db: Connection, account: AccountId, now_ms: int) -> None:
    """Leave all groups of places, without a location to be there by; one's own end."""
    for row in await db.fetch(PLACES_OF, account):
        if row["role"] == "owner":
            await db.execute(
                "SELECT FROM groups WHERE group_id = $1 FOR NO KEY UPDATE", row["group_id"]
            )
            await end_group(db, row["group_id"], now_ms)
        else:
            await leave_group(db, row["group_id"], account, now_ms)


async def end_membership(
    db: Connection, group: GroupId, account: AccountId, state: MemberState
) -> None:
    await db.execute(
        "UPDATE memberships SET state = $3 WHERE group_id = $1 AND account_id = $2",
        group,
        account,
        state.value,
    )
    await drop_photo(db, group, account)
    await drop_review(db, group, account)


async def ban_member(
    db: Connection, group: GroupId, by: AccountId, member: MemberId, now_ms: int
) -> None:
    """Ban a member: all that leaving does, and they cannot come back."""
    both = await face(db, group, by, member)
    check_bans(both.mine, both.theirs)
    if both.theirs.state is MemberState.BANNED:
        return
    await _expel(db, group, both.account, now_ms, counted=both.counted)


async def lift_ban(db: Connection, group: GroupId, by: AccountId, member: MemberId) -> None:
    """Let somebody come back who is banned: by none of their ways in are they kept out."""
    both = await face(db, group, by, member)
    ways = await _ways_in(db, group, both.account)
    let_back = await db.fetch(LET_BACK, group, ways)
    by_operator = any(row["by_operator"] for row in let_back)
    check_lifts_ban(both.mine, both.theirs, by_operator=by_operator)
    await end_membership(db, group, both.account, MemberState.LEFT)


async def ban_by_operator(db: Connection, group: GroupId, account: AccountId, now_ms: int) -> None:
    """Ban whoever is or was a member, without asking anybody's role; raises Conflict for an owner.

    Who was never a member, or is erased by now, is banned already by not being there.
    """
    account_state = await db.fetchval(HOLD_ONE, account)
    await db.execute("SELECT 1 FROM groups WHERE group_id = $1 FOR NO KEY UPDATE", group)
    theirs = await db.fetchrow(MEMBERSHIP, group, account)
    if theirs is None:
        return
    if theirs["state"] == "banned":
        await _keep_out(db, group, account, by_operator=True)
        return
    check_operator_bans(footing_from(theirs["state"], theirs["role"]))
    counted = theirs["state"] == "active" and account_state == "active"
    await _expel(db, group, account, now_ms, counted=counted, by_operator=True)


async def _expel(
    db: Connection,
    group: GroupId,
    account: AccountId,
    now_ms: int,
    *,
    counted: bool,
    by_operator: bool = False,
) -> None:
    if counted:
        await db.fetchval(COUNT, group, account, -1)
    await leave_rooms(db, group, account, now_ms)
    await end_membership(db, group, account, MemberState.BANNED)
    await _keep_out(db, group, account, by_operator=by_operator)
    await end_likes_and_matches(db, group, account, now_ms)


async def _keep_out(
    db: Connection, group: GroupId, account: AccountId, *, by_operator: bool
) -> None:
    await db.execute(KEEP_OUT, group, await _ways_in(db, group, account), by_operator)


async def _ways_in(db: Connection, group: GroupId, account: AccountId) -> list[bytes]:
    return [row["identity"] for row in await db.fetch(WAYS_IN, group, account)]
