"""Making matches in PostgreSQL: the same for two likes and for two who described each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from engine.ids import AccountId, GroupId
from engine.ports.likes import FreshIds
from engine.ports.outbox import NoticeKind
from store.connection import Connection
from store.postgres.literals import array_literals
from store.vault import Vault

MATCH = """
WITH f AS MATERIALIZED (
    SELECT * FROM unnest($1::text::text[], $2::text::text[], $3::text::text[], $4::text::text[],
        $5::text::text[], $6::text::text[], $7::text::text[], $8::text::text[], $9::text::text[],
        $10::text::text[], $11::text[], $12::text[])
        AS f(match_id, group_id, room_id, key_hex, one, other, one_alias, other_alias,
            one_nickname, other_nickname, one_content, other_content)
), answered AS (
    UPDATE likes l SET state = 'matched', match_id = x.match_id, told_at = $13
    FROM f CROSS JOIN LATERAL (SELECT o.like_id, f.match_id FROM likes o
        WHERE o.group_id = f.group_id AND coalesce(o.state, '') = 'open'
            AND o.sender_id = f.other AND o.target_id = f.one LIMIT 1) x
    WHERE l.like_id = x.like_id
), made AS (
    INSERT INTO rooms (room_id, kind, group_id, visible_at, last_at, key_wrapped)
    SELECT f.room_id, 'match', f.group_id, $13, $13, decode(f.key_hex, 'hex')
    FROM f
), matched AS (
    INSERT INTO matches (match_id, group_id, room_id, low_id, high_id, visible_at)
    SELECT f.match_id, f.group_id, f.room_id, least(f.one, f.other), greatest(f.one, f.other), $13
    FROM f
), entered AS (
    INSERT INTO room_members (room_id, alias, account_id, nickname, joined_at)
    SELECT f.room_id, f.one_alias, f.one, f.one_nickname, $13 FROM f
    UNION ALL SELECT f.room_id, f.other_alias, f.other, f.other_nickname, $13 FROM f
)
INSERT INTO outbox (due_at, kind, account_id, content)
SELECT $13, $14, f.one, f.one_content::jsonb FROM f
UNION ALL SELECT $13, $14, f.other, f.other_content::jsonb FROM f
"""


@dataclass(frozen=True, slots=True)
class NewMatch:
    """Two people, each with the nickname they have there, who are to be introduced."""

    group: GroupId
    ids: FreshIds
    sender: tuple[AccountId, str]
    target: tuple[AccountId, str]
    pool: bool = False  # the group's live pool has brought them together


async def make_matches(
    db: Connection, made: Sequence[NewMatch], vault: Vault, tick_ms: int
) -> None:
    """Write matches, their rooms and both notices of each, in the transaction that is open.

    Nobody sees any of it before `tick_ms`. An open like of the target is part of the match.
    """
    rows: list[tuple[str, ...]] = []
    news: list[tuple[str, str]] = []
    for new in made:
        ids = new.ids
        (one, my_nickname), (other, nickname) = new.sender, new.target
        sides = ((ids.sender_alias, my_nickname), (ids.target_alias, nickname))
        news.append((_news(new, sides[1], tick_ms), _news(new, sides[0], tick_ms)))
        rows.append(
            (
                ids.match,
                new.group,
                ids.room,
                vault.new_room_key(ids.room).hex(),
                one,
                other,
                ids.sender_alias,
                ids.target_alias,
                my_nickname,
                nickname,
            )
        )
    if rows:
        told = map(list, zip(*news, strict=True))
        columns = array_literals(rows, width=10)
        await db.execute(MATCH, *columns, *told, tick_ms, NoticeKind.MATCH.value)


def _news(new: NewMatch, peer: tuple[str, str], tick_ms: int) -> str:
    alias, nickname = peer
    content: dict[str, object] = {
        "match": new.ids.match,
        "room": new.ids.room,
        "group": new.group,
        "peer": {"alias": alias, "nickname": nickname},
        "at": tick_ms,
    }
    if new.pool:
        content["pool"] = new.group
    return msgspec.json.encode(content).decode()
