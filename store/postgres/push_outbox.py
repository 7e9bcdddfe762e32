"""Pushes that come of messages, and all that wait, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from engine.ids import DeviceId, RoomId
from engine.limits_pushes import PUSH_ENDINGS_AT_ONCE, PUSH_WAVES_PURGED_AT_ONCE
from engine.model.push import PushKind, Waiting
from engine.model.push_policy import PushPolicy
from engine.ports.pushes import DuePush, Settled, Spoken
from engine.rooms.events import EventName
from store.connection import Connection, Record
from store.postgres.pool import Postgres
from store.postgres.pushes import digest_of, open_token, settings_from
from store.vault import Vault

# Who has something to read behind what they read and were told of, and has the room not open. It
# locks no row that the log of rooms writes: chat does not wait for pushes.
LOOK = """
WITH behind AS (
    SELECT t.device_id, m.room_id, r.last_seq, m.account_id, m.alias,
        greatest(m.read_seq, m.since_seq, coalesce(w.seq, 0)) AS after_seq
    FROM rooms r JOIN room_members m USING (room_id) JOIN push_tokens t USING (account_id)
    LEFT JOIN push_waves w ON w.device_id = t.device_id AND w.room_id = m.room_id
    WHERE r.room_id = ANY($1::text[]) AND r.visible_at <= $4 AND m.left_at IS NULL
        AND (m.room_id, m.alias) NOT IN (SELECT * FROM unnest($2::text[], $3::text[]))
        AND (w.seq IS NULL OR w.seq <= m.read_seq OR w.at <= $4 - $5)
), rising AS (
    INSERT INTO push_waves AS held (device_id, room_id, seq, at)
    SELECT b.device_id, b.room_id, b.last_seq, $4 FROM behind b
    WHERE EXISTS (
        SELECT FROM room_events e
        WHERE e.room_id = b.room_id AND e.seq > b.after_seq AND e.name = $6
            AND e.sender <> b.alias AND NOT e.deleted AND NOT EXISTS (
                SELECT FROM room_veils v JOIN room_members o ON o.room_id = v.room_id
                    AND o.account_id IN (v.low_id, v.high_id) AND o.account_id <> b.account_id
                WHERE v.room_id = e.room_id AND b.account_id IN (v.low_id, v.high_id)
                    AND (e.sender = o.alias OR e.sender = ANY(o.past_aliases))
                    AND e.seq > v.after_seq AND (v.until_seq IS NULL OR e.seq <= v.until_seq)))
    ORDER BY b.device_id, b.room_id
    ON CONFLICT (device_id, room_id) DO UPDATE SET seq = excluded.seq, at = excluded.at
    RETURNING device_id)
INSERT INTO pushes AS held (device_id, kind, due_at, since_at)
SELECT DISTINCT device_id, $7, $4, $4 FROM rising ORDER BY device_id
ON CONFLICT (device_id, kind) DO UPDATE SET causes = held.causes + 1
"""

LOOKED = """
INSERT INTO push_looks AS held (looked_at) VALUES ($1)
ON CONFLICT (one) DO UPDATE SET looked_at = greatest(held.looked_at, excluded.looked_at)
"""

SPOKEN = """
SELECT room_id FROM rooms WHERE last_at >= $1 AND room_id > $2 ORDER BY room_id LIMIT $3
"""

# All that waits for a device is told at once. The rows of tokens stand for their devices here; who
# notes something new meanwhile does not wait for them.
DUE = """
WITH taken AS (
    SELECT t.device_id FROM push_tokens t WHERE t.device_id IN (
        SELECT device_id FROM pushes WHERE due_at <= $1 ORDER BY due_at LIMIT $3)
    ORDER BY t.device_id FOR NO KEY UPDATE SKIP LOCKED)
UPDATE pushes p SET due_at = $2
FROM taken, push_tokens t JOIN accounts a USING (account_id)
    LEFT JOIN push_settings s USING (account_id)
WHERE p.device_id = taken.device_id AND t.device_id = taken.device_id
RETURNING p.device_id, p.kind, p.since_at, p.causes, p.tries, t.sealed, t.sent_at,
    a.state = 'active' AS active, s.muted, s.quiet_from, s.quiet_to, s.offset_minutes, s.language,
    EXISTS (
        SELECT FROM push_waves w JOIN room_members m ON m.room_id = w.room_id
            AND m.account_id = t.account_id AND m.left_at IS NULL AND m.read_seq < w.seq
        WHERE w.device_id = p.device_id) AS unread
"""

DEAD = "DELETE FROM push_tokens WHERE device_id = $1 AND digest = $2"
SENT = "UPDATE push_tokens SET sent_at = $2 WHERE device_id = $1"
DONE = """
DELETE FROM pushes p USING unnest($2::text[], $3::int[]) AS x(kind, causes)
WHERE p.device_id = $1 AND p.kind = x.kind AND p.causes = x.causes
"""
KEPT = """
UPDATE pushes SET due_at = $3, tries = $4 WHERE device_id = $1 AND kind = ANY($2::text[])
"""
NEWER = """
UPDATE pushes SET due_at = $3, since_at = $3, tries = 0
WHERE device_id = $1 AND kind = ANY($2::text[])
"""

# A walk over all tokens, a page at a time: an index on when plans end would be for this alone.
ENDINGS = """
WITH page AS MATERIALIZED (
    SELECT device_id, account_id, told_until FROM push_tokens
    WHERE device_id > $1 ORDER BY device_id LIMIT $2
), ending AS (
    UPDATE push_tokens t SET told_until = a.premium_until
    FROM page g JOIN accounts a USING (account_id)
    WHERE t.device_id = g.device_id AND a.premium_until > $3 AND a.premium_until <= $4
        AND g.told_until IS DISTINCT FROM a.premium_until AND NOT EXISTS (
            SELECT FROM subscriptions s WHERE s.owner_id = a.account_id
                AND NOT (s.ended OR s.cancelled OR s.paused OR s.trial) AND s.paid_until > $3)
    RETURNING t.device_id
), noted AS (
    INSERT INTO pushes AS held (device_id, kind, due_at, since_at)
    SELECT device_id, $5, $3, $3 FROM ending ORDER BY device_id
    ON CONFLICT (device_id, kind) DO UPDATE SET causes = held.causes + 1)
SELECT max(device_id) AS last, count(*) AS devices FROM page
"""

PURGE = """
DELETE FROM push_waves WHERE (device_id, room_id) IN (
    SELECT w.device_id, w.room_id FROM push_waves w WHERE w.at <= $1 AND NOT EXISTS (
        SELECT FROM pushes p WHERE p.device_id = w.device_id AND p.kind = $2)
    LIMIT $3)
"""

_MESSAGE = PushKind.MESSAGE.value


class PgPushLooks:
    """What was said in rooms; engine.ports.pushes.PushLooks."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    async def look(self, rooms: Sequence[Spoken], policy: PushPolicy, *, now_ms: int) -> None:
        """Put down who has something to read in these rooms."""
        await self._postgres.run(_look, rooms, policy.wave_s * 1000, now_ms)

    async def looked_ms(self) -> int | None:
        """Return when somebody looked for the last time."""
        return await self._postgres.once(_looked)

    async def spoken(self, *, since_ms: int, after: RoomId | None, limit: int) -> Sequence[RoomId]:
        """Return rooms that have spoken since a moment, by id."""
        rows = await self._postgres.once(_fetch, SPOKEN, since_ms, after or "", limit)
        return [row["room_id"] for row in rows]


class PgPushOutbox:
    """Pushes that wait; engine.ports.pushes.PushOutbox."""

    def __init__(self, postgres: Postgres, vault: Vault) -> None:
        self._postgres = postgres
        self._vault = vault

    async def due(self, *, now_ms: int, limit: int, lease_ms: int) -> Sequence[DuePush]:
        """Return what is due, by device."""
        rows = await self._postgres.once(_fetch, DUE, now_ms, now_ms + lease_ms, limit)
        rows.sort(key=_device)
        return [self._due(device, list(theirs)) for device, theirs in groupby(rows, _device)]

    async def settle(self, push: DuePush, settled: Settled, *, now_ms: int) -> None:
        """Note what became of a push."""
        await self._postgres.run(_settle, push, settled, now_ms)

    async def note_endings(
        self, policy: PushPolicy, *, after: DeviceId | None, now_ms: int
    ) -> DeviceId | None:
        """Have people told whose plan ends soon and is not renewed."""
        until_ms, kind = now_ms + policy.ending_s * 1000, PushKind.SUBSCRIPTION.value
        place = (after or "", PUSH_ENDINGS_AT_ONCE)
        (row,) = await self._postgres.once(_fetch, ENDINGS, *place, now_ms, until_ms, kind)
        return row["last"] if row["devices"] == PUSH_ENDINGS_AT_ONCE else None

    async def purge(self, policy: PushPolicy, *, now_ms: int) -> int:
        """Forget waves that have passed."""
        return await self._postgres.once(_purge, now_ms - policy.wave_s * 1000)

    def _due(self, device: DeviceId, rows: Sequence[Record]) -> DuePush:
        one, causes = rows[0], {PushKind(row["kind"]): row["causes"] for row in rows}
        waiting = Waiting(
            kinds=frozenset(causes),
            since_ms=min(row["since_at"] for row in rows),
            active=one["active"],
            unread=one["unread"],
            sent_ms=one["sent_at"],
        )
        token = open_token(self._vault, device, one["sealed"])
        tries = max(row["tries"] for row in rows)
        return DuePush(device, token, settings_from(one), waiting, tries, causes)


def _device(row: Record) -> DeviceId:
    return DeviceId(row["device_id"])


async def _fetch(db: Connection, sql: str, *arguments: object) -> list[Record]:
    return await db.fetch(sql, *arguments)


async def _looked(db: Connection) -> int | None:
    looked: int | None = await db.fetchval("SELECT looked_at FROM push_looks")
    return looked


async def _look(db: Connection, rooms: Sequence[Spoken], wave_ms: int, now_ms: int) -> None:
    if rooms:
        present = [(one.room, alias) for one in rooms for alias in one.present]
        await db.execute(
            LOOK,
            [one.room for one in rooms],
            [room for room, _ in present],
            [alias for _, alias in present],
            now_ms,
            wave_ms,
            EventName.MESSAGE.value,
            _MESSAGE,
        )
    await db.execute(LOOKED, now_ms)


async def _settle(db: Connection, push: DuePush, settled: Settled, now_ms: int) -> None:
    if settled.dead:
        await db.execute(DEAD, push.device, digest_of(push.token))
        return
    if settled.sent_ms is not None:
        await db.execute(SENT, push.device, settled.sent_ms)
    done = {kind.value: n for kind, n in push.causes.items() if kind not in settled.keeps}
    if done:
        await db.execute(DONE, push.device, list(done), list(done.values()))
        await db.execute(NEWER, push.device, list(done), now_ms)
    if settled.keeps:
        kept = [kind.value for kind in settled.keeps]
        await db.execute(KEPT, push.device, kept, settled.due_ms, settled.tries)


async def _purge(db: Connection, before_ms: int) -> int:
    done = await db.execute(PURGE, before_ms, _MESSAGE, PUSH_WAVES_PURGED_AT_ONCE)
    return int(done.rpartition(" ")[2])
