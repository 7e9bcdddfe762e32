"""Placing likes in PostgreSQL: many of many groups in one transaction of five statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.credits.ledger import Ask, Balances, Cause, Kind, decide_move
from engine.errors import Refused
from engine.ids import AccountId, LikeId
from engine.model.account import Gender
from engine.model.consent import Purpose
from engine.model.like import (
    Intent,
    LikeFacts,
    LikeReceipt,
    LikeRequest,
    is_sensitive,
    next_tick_ms,
)
from engine.model.like_batch import LikeBatch, Placed
from engine.model.policy import Policy
from engine.ports.likes import FreshIds
from store.connection import Connection, Record
from store.days import day_end_ms, day_start_ms
from store.postgres.agreeing import who_agrees
from store.postgres.credits import move_row
from store.postgres.literals import array_literals
from store.postgres.matches import NewMatch, make_matches
from store.vault import Vault

Wish = tuple[LikeRequest, FreshIds]
Sides = dict[tuple[str, str], dict[Gender, int]]

# Both of every pair, in one order: whoever likes back at the same moment, leaves, blocks or pays
# waits here, and then sees what was done (I6, I13). Who is not active is not found.
LOCK = """
SELECT account_id, credits, coalesce(premium_until, 0) > $3 AS premium FROM accounts
WHERE state = 'active' AND account_id IN (SELECT unnest($1::text[])
    UNION SELECT m.account_id FROM memberships m WHERE m.member_id = ANY($2::text[]))
ORDER BY account_id FOR NO KEY UPDATE
"""

# One row for each wish; a target that the sender may not like is NULL. Each look is LATERAL with a
# limit: the planner would make joins and hashes of plain ones, over whole tables. `coalesce` keeps
# it from partial indexes that it would read to the end: of the nicknames of a group, and of the
# open likes for one person, who may have thousands.
FACTS = """
SELECT q.n, mine.nickname AS my_nickname, mine.member_id AS my_member, theirs.nickname,
    theirs.account_id AS target, g.females, g.males, g.others,
    given.liked_at, coalesce(given.replaces, false) AS replaces,
    today.likes AS likes_today, today.supers AS supers_today,
    (SELECT true FROM matches m WHERE m.group_id = q.group_id AND m.ended_at IS NULL
        AND m.low_id = least(q.sender_id, theirs.account_id)
        AND m.high_id = greatest(q.sender_id, theirs.account_id) LIMIT 1) IS NOT NULL AS matched,
    (SELECT l.intent FROM likes l WHERE l.group_id = q.group_id AND coalesce(l.state, '') = 'open'
        AND l.sender_id = theirs.account_id AND l.target_id = q.sender_id LIMIT 1) AS back,
    blocks.has_blocks,
    f.like_id, f.group_id, f.target_member, f.intent, f.super, f.shown, f.line_sealed, f.left_today,
    f.credits
FROM unnest($1::text::int[], $2::text::text[], $3::text::text[], $4::text::text[],
        $5::text::text[])
    AS q(n, group_id, sender_id, member_id, cid)
CROSS JOIN LATERAL (SELECT count(*) AS likes, count(*) FILTER (WHERE l.super) AS supers
    FROM likes l WHERE l.sender_id = q.sender_id AND l.at >= $6) today
CROSS JOIN LATERAL (SELECT
    (SELECT true FROM blocks b WHERE b.blocker_id = q.sender_id LIMIT 1) IS NOT NULL
    OR (SELECT true FROM blocks b WHERE b.blocked_id = q.sender_id LIMIT 1) IS NOT NULL
    AS has_blocks OFFSET 0) blocks
LEFT JOIN LATERAL (SELECT l.* FROM likes l
    WHERE l.sender_id = q.sender_id AND l.cid = q.cid LIMIT 1) f ON true
LEFT JOIN LATERAL (SELECT g.* FROM groups g
    WHERE g.group_id = q.group_id AND g.ended_at IS NULL LIMIT 1) g ON true
LEFT JOIN LATERAL (SELECT m.* FROM memberships m
    WHERE m.group_id = g.group_id AND m.account_id = q.sender_id
        AND coalesce(m.state, '') = 'active' LIMIT 1) mine ON true
LEFT JOIN LATERAL (SELECT m.* FROM memberships m
    WHERE m.member_id = q.member_id AND m.group_id = mine.group_id
        AND coalesce(m.state, '') = 'active'
        AND (NOT blocks.has_blocks OR (
            (SELECT true FROM blocks b WHERE b.blocker_id = q.sender_id
                AND b.blocked_id = m.account_id LIMIT 1) IS NULL
            AND (SELECT true FROM blocks b WHERE b.blocked_id = q.sender_id
                AND b.blocker_id = m.account_id LIMIT 1) IS NULL))
    LIMIT 1) theirs ON true
LEFT JOIN LATERAL (SELECT max(l.at) FILTER (WHERE l.state <> 'undone') AS liked_at,
        bool_or(l.state = 'open') AS replaces
    FROM likes l WHERE l.group_id = q.group_id AND l.sender_id = q.sender_id
        AND l.target_id = theirs.account_id) given ON true
ORDER BY q.n
"""

HIDDEN = "SELECT * FROM hidden_sides WHERE viewer_id = ANY($1::text[])"

# A like may be given again after the cool-down while the last one is still open.
REPLACE = """
UPDATE likes l SET state = 'ended' FROM unnest($1::text[], $2::text[], $3::text[])
    AS f(group_id, sender_id, target_id)
WHERE l.group_id = f.group_id AND l.sender_id = f.sender_id AND l.target_id = f.target_id
    AND coalesce(l.state, '') = 'open'
"""

KEEP = """
INSERT INTO likes (like_id, group_id, sender_id, target_id, sender_member, target_member, intent,
    super, shown, line_sealed, cid, at, state, match_id, told_at, spent, left_today, credits)
SELECT f.like_id, f.group_id, f.sender_id, f.target_id, f.sender_member, f.target_member, f.intent,
    f.super, f.shown, decode(f.line_hex, 'hex'), f.cid, $1,
    CASE WHEN f.match_id IS NULL THEN 'open' ELSE 'matched' END, f.match_id,
    CASE WHEN f.match_id IS NULL THEN NULL::bigint ELSE $2 END, f.spent, f.left_today, f.credits
FROM unnest($3::text::text[], $4::text::text[], $5::text::text[], $6::text::text[],
        $7::text::text[], $8::text::text[], $9::text::text[], $10::text::bool[],
        $11::text::bool[], $12::text::text[], $13::text::text[], $14::text::text[],
        $15::text::int[], $16::text::int[], $17::text::int[])
    AS f(like_id, group_id, sender_id, target_id, sender_member, target_member, intent, super,
        shown, line_hex, cid, match_id, spent, left_today, credits)
"""

PAY = """
WITH paid AS (
    UPDATE accounts a SET credits = a.credits - x.spent, credits_spent = a.credits_spent + x.spent
    FROM (SELECT f.owner_id, sum(f.spent) AS spent
        FROM unnest($1::text[], $6::int[]) AS f(owner_id, spent) GROUP BY f.owner_id) x
    WHERE a.account_id = x.owner_id
)
INSERT INTO credit_moves
    (owner_id, key, kind, cause, amount, about, at, wallet, held, spent, issued, owed)
SELECT f.owner_id, f.key, f.kind, f.cause, f.amount, f.about, f.at, f.wallet, f.held, f.spent,
    f.issued, f.owed
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $7::text[], $8::bigint[],
    $9::int[], $10::int[], $6::int[], $11::int[], $12::int[])
    AS f(owner_id, key, kind, cause, amount, about, at, wallet, held, spent, issued, owed)
"""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was gathered for the wishes of a batch, in their order."""

    rows: Sequence[Record]
    accounts: dict[str, Record]
    hidden: Sides
    today: tuple[int, int]  # ms: where the day begins and ends
    agreed: frozenset[AccountId]  # of those whose wish needs a consent


async def place_all(
    db: Connection, wishes: Sequence[Wish], policy: Policy, vault: Vault, now_ms: int
) -> Sequence[LikeReceipt | Refused]:
    """Decide and store likes in the transaction that is open."""
    known = await _gather(db, wishes, policy, now_ms)
    batch = LikeBatch(_receipts(wishes, known.rows, vault), policy, now_ms=now_ms)
    answers = [
        batch.place(request, ids.like, ids.match, _facts(request, row, known))
        for (request, ids), row in zip(wishes, known.rows, strict=True)
    ]
    if batch.placed:
        rows = {ids.like: row for (_, ids), row in zip(wishes, known.rows, strict=True)}
        fresh = {ids.like: ids for _, ids in wishes}
        tick_ms = next_tick_ms(now_ms, tick_s=policy.likes.match_tick_s)
        await _replace(db, [one for one in batch.placed if rows[one.like]["replaces"]])
        await _keep(db, batch.placed, rows, vault, now_ms, tick_ms)
        await _pay(db, batch.placed, known.accounts, now_ms)
        made = [one for one in batch.placed if one.decision.match]
        await _match(db, [(one, fresh[one.like], rows[one.like]) for one in made], vault, tick_ms)
    return answers


async def _gather(db: Connection, wishes: Sequence[Wish], policy: Policy, now_ms: int) -> _Known:
    asked = [request for request, _ in wishes]
    senders = [request.sender for request in asked]
    members = [request.member for request in asked]
    accounts = await db.fetch(LOCK, senders, members, now_ms)
    today = day_start_ms(now_ms, policy.timezone)
    wanted = [
        (n, request.group, request.sender, request.member, request.cid)
        for n, request in enumerate(asked)
    ]
    rows = await db.fetch(FACTS, *array_literals(wanted, width=5), today)
    with_blocks = [sender for sender, row in zip(senders, rows, strict=True) if row["has_blocks"]]
    hidden: Sides = {}
    if with_blocks:
        for row in await db.fetch(HIDDEN, with_blocks):
            hidden[row["viewer_id"], row["group_id"]] = _sides(row, "hidden_")
    days = today, day_end_ms(now_ms, policy.timezone)
    asking = {request.sender for request in asked if is_sensitive(request.intent, policy)}
    agreed = await who_agrees(db, sorted(asking), Purpose.SENSITIVE) if asking else frozenset()
    return _Known(rows, {row["account_id"]: row for row in accounts}, hidden, days, agreed)


def _sides(row: Record, prefix: str = "") -> dict[Gender, int]:
    return {
        Gender.FEMALE: row[prefix + "females"],
        Gender.MALE: row[prefix + "males"],
        Gender.OTHER: row[prefix + "others"],
    }


def _facts(request: LikeRequest, row: Record, known: _Known) -> LikeFacts:
    sender = known.accounts.get(request.sender)
    target: AccountId | None = row["target"]
    # Who is not active, or joined again between the two looks, is not locked: it is too late.
    if sender is None or target not in known.accounts:
        target = None
    sides = _sides(row) if target is not None else {}
    hidden = known.hidden.get((request.sender, request.group), {})
    seen = {side: count - hidden.get(side, 0) for side, count in sides.items()}
    return LikeFacts(
        target=target,
        members=sum(seen.values()),
        per_side=seen,
        liked_at_ms=row["liked_at"],
        matched=row["matched"],
        likes_today=row["likes_today"],
        supers_today=row["supers_today"],
        tomorrow_ms=known.today[1],
        credits=0 if sender is None else sender["credits"],
        premium=sender is not None and sender["premium"],
        mutual=row["back"] == request.intent.value,
        agreed=request.sender in known.agreed,
    )


def _receipts(
    wishes: Sequence[Wish], rows: Sequence[Record], vault: Vault
) -> dict[tuple[AccountId, str], tuple[LikeRequest, LikeReceipt]]:
    """Read the likes that are stored under the cids of the batch."""
    found = {}
    for (request, _), row in zip(wishes, rows, strict=True):
        if row["like_id"] is not None:
            first = LikeRequest(
                row["group_id"],
                request.sender,
                row["target_member"],
                Intent(row["intent"]),
                row["super"],
                request.cid,
                open_line(vault, row["like_id"], row["line_sealed"]),
                row["shown"],
            )
            receipt = LikeReceipt(row["like_id"], row["left_today"], row["credits"])
            found[request.sender, request.cid] = first, receipt
    return found


def open_line(vault: Vault, like: str, sealed: bytes | None) -> str:
    """Read the line of a super-like; most likes have none."""
    return "" if sealed is None else vault.open(sealed, f"line|{like}").decode()


def _seal_line(vault: Vault, placed: Placed) -> str | None:
    line = placed.request.line
    return vault.seal(line.encode(), f"line|{placed.like}").hex() if line else None


async def _replace(db: Connection, placed: Sequence[Placed]) -> None:
    if placed:
        rows = [(one.request.group, one.request.sender, one.decision.target) for one in placed]
        await db.execute(REPLACE, *map(list, zip(*rows, strict=True)))


async def _keep(
    db: Connection,
    placed: Sequence[Placed],
    rows: dict[LikeId, Record],
    vault: Vault,
    now_ms: int,
    tick_ms: int,
) -> None:
    kept = [
        (
            one.like,
            one.request.group,
            one.request.sender,
            one.decision.target,
            rows[one.like]["my_member"],
            one.request.member,
            one.request.intent.value,
            one.request.super,
            one.request.shown,
            _seal_line(vault, one),
            one.request.cid,
            one.match,
            one.decision.cost,
            one.decision.left_today,
            one.decision.credits,
        )
        for one in placed
    ]
    await db.execute(KEEP, now_ms, tick_ms, *array_literals(kept, width=15))


async def _pay(
    db: Connection, placed: Sequence[Placed], accounts: dict[str, Record], now_ms: int
) -> None:
    paid = []
    for one in placed:
        cost, sender = one.decision.cost, one.request.sender
        if cost:
            wallet = accounts[sender]["credits"]
            ask = Ask(Kind.SPEND, Cause.LIKE, like_command(one.like), cost, one.like)
            # What the engine has decided it could pay, it can pay: of the rest nothing is asked.
            move = decide_move(Balances(wallet, issued=wallet), ask, None, now_ms=now_ms)
            key, kind, cause, amount, about, at, *entries = move_row(move)
            wallet, held, spent, issued, owed = entries
            paid.append(
                (sender, key, kind, cause, amount, spent, about, at, wallet, held, issued, owed)
            )
    if paid:
        await db.execute(PAY, *map(list, zip(*paid, strict=True)))


def like_command(like: str) -> str:
    """Name the move that paid for a like."""
    return f"like {like}"


async def _match(
    db: Connection, made: Sequence[tuple[Placed, FreshIds, Record]], vault: Vault, tick_ms: int
) -> None:
    new = [
        NewMatch(
            placed.request.group,
            ids,
            (placed.request.sender, row["my_nickname"]),
            (placed.decision.target, row["nickname"]),
        )
        for placed, ids, row in made
    ]
    await make_matches(db, new, vault, tick_ms)
