"""Counts of likers in PostgreSQL: made at each release, for everybody, in one transaction."""

from __future__ import annotations

import msgspec

from engine.model.like_count import CountBand, count_band, release_of
from engine.model.policy import LikePolicy
from engine.ports.outbox import NoticeKind
from store.connection import Connection, Record

# Two weeks of likes of a million people; nobody waits for it.
RELEASE_S_MAX = 600.0

TAKE = "UPDATE like_releases SET released_at = $1 WHERE released_at < $1 RETURNING true"

# By the time of the like alone: who has left, blocked or deleted since still counts. What the
# sender took back does not, nor what both sides know as a match at the release.
LIKERS = """
SELECT l.group_id, l.target_id, count(DISTINCT l.sender_id) AS likers,
    g.females + g.males + g.others AS members
FROM likes l
JOIN memberships m ON m.group_id = l.group_id AND m.account_id = l.target_id AND m.state = 'active'
JOIN groups g ON g.group_id = l.group_id AND g.ended_at IS NULL
WHERE l.at >= $1 AND l.at < $2 AND l.state NOT IN ('undone', 'cancelled')
    AND (l.state <> 'matched' OR l.told_at >= $3)
GROUP BY l.group_id, l.target_id, g.group_id HAVING count(DISTINCT l.sender_id) >= $4
"""

HELD = "SELECT group_id, account_id, band FROM like_counts"

KEEP = """
INSERT INTO like_counts (group_id, account_id, band)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
"""

TELL = """
INSERT INTO outbox (due_at, kind, account_id, content)
SELECT $1, $2, t.account_id, t.content::jsonb
FROM unnest($3::text[], $4::text[]) AS t(account_id, content)
"""

COUNT = """
SELECT c.band FROM memberships m
LEFT JOIN like_counts c ON c.account_id = m.account_id AND c.group_id = m.group_id
WHERE m.account_id = $1 AND m.group_id = $2 AND m.state = 'active'
"""

_RANKS = {band: rank for rank, band in enumerate(CountBand, start=1)}


async def release(db: Connection, policy: LikePolicy, now_ms: int) -> int:
    """Release the counts in the transaction that is open; return how many people are told."""
    newest = release_of(now_ms, policy)
    if not await db.fetchval(TAKE, newest.at_ms):
        return 0
    await db.execute("SET LOCAL statement_timeout = 0")
    rows = await db.fetch(
        LIKERS, newest.from_ms, newest.until_ms, newest.at_ms, policy.count_likers_min
    )
    held = {
        (row["group_id"], row["account_id"]): CountBand(row["band"]) for row in await db.fetch(HELD)
    }
    bands = _bands(rows, policy)
    risen = [who for who, band in bands.items() if _rank(band) > _rank(held.get(who))]
    await db.execute("DELETE FROM like_counts")
    if bands:
        columns = [(group, account, band.value) for (group, account), band in bands.items()]
        await db.execute(KEEP, *map(list, zip(*columns, strict=True)))
    if risen:
        told = [(account, _news(group, bands[group, account])) for group, account in risen]
        kind = NoticeKind.LIKES.value
        await db.execute(TELL, newest.at_ms, kind, *map(list, zip(*told, strict=True)))
    return len(risen)


def _bands(rows: list[Record], policy: LikePolicy) -> dict[tuple[str, str], CountBand]:
    bands = {}
    for row in rows:
        band = count_band(row["likers"], row["members"], policy)
        if band is not None:
            bands[row["group_id"], row["target_id"]] = band
    return bands


def _rank(band: CountBand | None) -> int:
    return 0 if band is None else _RANKS[band]


def _news(group: str, band: CountBand) -> str:
    return msgspec.json.encode({"group": group, "count_band": band.value}).decode()
