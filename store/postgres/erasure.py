"""Erasing people in PostgreSQL, step by step: whoever stops midway goes on there next time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.ids import AccountId, GroupId, RoomId
from engine.limits_outside import (
    ERASED_ACCOUNTS_MAX,
    ERASED_EVENTS_MAX,
    ERASURE_WAITS_MS,
)
from engine.rooms.erasure import without_person
from store.bundle import Chance
from store.connection import Connection, Record
from store.postgres.ending import end_likes_and_matches
from store.postgres.group_rooms import close_rooms, leave_rooms
from store.postgres.pool import Postgres
from store.postgres.room_rows import event_from
from store.vault import Vault, seal_body

_encode = msgspec.json.encode

DUE = """
SELECT account_id, erases_at FROM accounts
WHERE erases_at <= $1 AND state IN ('deleting', 'banned') ORDER BY erases_at LIMIT $2
"""

HOLD = "SELECT FROM accounts WHERE account_id = $1 FOR UPDATE"

IN_GROUPS = """
SELECT m.group_id, m.role FROM memberships m
WHERE m.account_id = $1 AND m.state IN ('active', 'pending') ORDER BY m.group_id
"""

# Whoever may do most, and of those the one who is here for longest.
HEIR = """
UPDATE memberships SET role = 'owner' WHERE member_id = (
    SELECT m.member_id FROM memberships m JOIN accounts a USING (account_id)
    WHERE m.group_id = $1 AND m.account_id <> $2 AND m.state = 'active' AND a.state = 'active'
    ORDER BY array_position(ARRAY['admin', 'moderator', 'member'], m.role), m.joined_at, m.member_id
    LIMIT 1)
RETURNING true
"""

LEFT = """
UPDATE memberships SET state = 'left', role = 'member' WHERE group_id = $1 AND account_id = $2
"""

ROOMS = """
SELECT r.room_id, r.kind, r.closed_at, r.key_wrapped, m.alias || m.past_aliases AS aliases
FROM room_members m JOIN rooms r USING (room_id) WHERE m.account_id = $1 ORDER BY r.room_id
"""

# What somebody may stand in: what they said, how they came, and blocks, which name two people.
SAID = """
SELECT seq, at, name, sender, cid, sealed FROM room_events
WHERE room_id = $1 AND seq > $3 AND (sender = ANY($2::text[]) AND name IN ('msg.new', 'room.joined')
    OR name IN ('room.parted', 'room.met'))
ORDER BY seq LIMIT $4
"""

EMPTY = """
UPDATE room_events e SET sealed = x.sealed, grams = NULL, deleted = e.name = 'msg.new'
FROM unnest($2::bigint[], $3::bytea[]) AS x(seq, sealed)
WHERE e.room_id = $1 AND e.seq = x.seq
"""

UNREACT = "DELETE FROM room_reactions WHERE room_id = $1 AND alias = ANY($2::text[])"

# News that nobody has fetched yet.
UNTELL_NAMES = """
UPDATE outbox SET content = content
    || CASE WHEN content->>'alias' = ANY($2::text[]) AND content ? 'nickname'
        THEN '{"nickname": ""}' ELSE '{}' END::jsonb
    || CASE WHEN content->>'other' = ANY($2::text[]) AND content ? 'others_nickname'
        THEN '{"others_nickname": ""}' ELSE '{}' END::jsonb
WHERE room_id = $1
"""
# By the two people: the notices of everybody are not looked through for one room.
UNTELL_MATCH = """
DELETE FROM outbox o USING matches m
WHERE m.room_id = $1 AND o.account_id IN (m.low_id, m.high_id)
    AND o.kind = 'match.new' AND o.content->>'room' = m.room_id
"""

# What clients hold of this room is no longer true (protocol.md 2), and its owner reads it anew.
RENEW = """
UPDATE rooms SET epoch = epoch + 1, fence = fence + 1, owner = NULL WHERE room_id = $1
"""

# The ban of an account is kept under the keyed hashes of its ways in, with nothing else of the
# person; bans from groups are kept by themselves.
KEEP = """
INSERT INTO accounts
    (account_id, phone_digest, phone_sealed, clerk_digest, nickname, birth_year, gender, state,
    created_at)
VALUES ($1, $2, CASE WHEN $2::bytea IS NULL THEN NULL ELSE ''::bytea END, $3, '', 0, 'other',
    'banned', $4)
"""


class PgErasures:
    """Erases people; engine.ports.erasure.Erasures."""

    def __init__(self, postgres: Postgres, vault: Vault, chance: Chance) -> None:
        self._postgres = postgres
        self._vault = vault
        self._chance = chance

    async def erase_due(self, *, now_ms: int) -> int:
        """Take some accounts whose time has come as far as they go; return how many wait."""
        due = await self._postgres.once(_due, now_ms)
        left = 0
        for row in due:
            account = AccountId(row["account_id"])
            patient = now_ms < row["erases_at"] + ERASURE_WAITS_MS
            await self._postgres.run(_settle, account, now_ms)
            if not await self._empty_rooms(account, patient=patient):
                left += 1
                continue
            tombstone = AccountId(self._chance.fresh_id())
            await self._postgres.run(_erase, account, tombstone, now_ms)
        return left

    async def _empty_rooms(self, account: AccountId, *, patient: bool) -> bool:
        """Empty what somebody said; False while a room of two still has to be closed."""
        done = True
        for room in await self._postgres.once(_rooms, account):
            if room["kind"] == "group":
                await self._empty_group_room(room)
            elif room["closed_at"] is None and patient:
                done = False
            else:
                await self._postgres.run(_drop_room, room["room_id"])
        return done

    async def _empty_group_room(self, room: Record) -> None:
        if not room["key_wrapped"]:
            return  # its text is gone already, with its key
        await self._postgres.once(_untell, room)
        after: int | None = 0
        changed = 0
        while after is not None:
            after, count = await self._postgres.run(_empty_some, room, after, self._vault)
            changed += count
        if changed:
            await self._postgres.once(_renew, room["room_id"])


async def _due(db: Connection, now_ms: int) -> Sequence[Record]:
    return await db.fetch(DUE, now_ms, ERASED_ACCOUNTS_MAX)


async def _rooms(db: Connection, account: AccountId) -> Sequence[Record]:
    return await db.fetch(ROOMS, account)


async def _settle(db: Connection, account: AccountId, now_ms: int) -> None:
    """Leave every group; somebody else becomes the owner of one's own."""
    await db.execute(HOLD, account)
    for row in await db.fetch(IN_GROUPS, account):
        group = GroupId(row["group_id"])
        await db.execute("SELECT FROM groups WHERE group_id = $1 FOR NO KEY UPDATE", group)
        if row["role"] == "owner" and not await db.fetchval(HEIR, group, account):
            await close_rooms(db, group, now_ms)
            await db.execute("UPDATE groups SET ended_at = $2 WHERE group_id = $1", group, now_ms)
        await leave_rooms(db, group, account, now_ms)
        await db.execute(LEFT, group, account)
        await end_likes_and_matches(db, group, account, now_ms)


async def _drop_room(db: Connection, room: RoomId) -> None:
    """A conversation of two goes whole: every line of it is about both, and so is its key."""
    await db.execute(UNTELL_MATCH, room)
    await db.execute("DELETE FROM room_events WHERE room_id = $1", room)
    await db.execute("DELETE FROM rooms WHERE room_id = $1", room)


async def _untell(db: Connection, room: Record) -> None:
    await db.execute(UNTELL_NAMES, room["room_id"], room["aliases"])


async def _empty_some(
    db: Connection, room: Record, after: int, vault: Vault
) -> tuple[int | None, int]:
    """Empty some events behind a seq; return the last of them (None: the end), and how many."""
    name, aliases = room["room_id"], room["aliases"]
    rows = await db.fetch(SAID, name, aliases, after, ERASED_EVENTS_MAX)
    if not rows:
        return None, 0
    key = vault.learn(name, room["key_wrapped"])
    events = [event_from(row, vault, name) for row in rows]
    emptied = [without_person(event, frozenset(aliases)) for event in events]
    changed = [new for new, old in zip(emptied, events, strict=True) if new is not old]
    sealed = [
        seal_body(key, _encode(event.content), name, event.seq, event.sender, nonce=nonce)
        for event, nonce in zip(changed, vault.nonces(len(changed)), strict=True)
    ]
    await db.execute(EMPTY, name, [event.seq for event in changed], sealed)
    await db.execute(UNREACT, name, aliases)
    return rows[-1]["seq"], len(changed)


async def _renew(db: Connection, room: RoomId) -> None:
    await db.execute(RENEW, room)


async def _erase(db: Connection, account: AccountId, tombstone: AccountId, now_ms: int) -> None:
    """Delete the account, which takes all rows that are about it along."""
    row = await db.fetchrow(
        """
        SELECT phone_digest, clerk_digest, state FROM accounts WHERE account_id = $1 FOR UPDATE
        """,
        account,
    )
    if row is None:
        return
    digest = row["phone_digest"]
    await db.execute("DELETE FROM answers WHERE scope = $1", f"account:{account}")
    await db.execute("DELETE FROM codes WHERE phone_digest = $1", digest)
    # Nothing may be charged any more: who looks after subscriptions ends the mandate.
    await db.execute("UPDATE subscriptions SET look_at = 0 WHERE owner_id = $1", account)
    await db.execute("DELETE FROM accounts WHERE account_id = $1", account)
    if row["state"] == "banned":
        await db.execute(KEEP, tombstone, digest, row["clerk_digest"], now_ms)
