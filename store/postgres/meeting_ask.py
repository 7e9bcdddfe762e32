"""Describing somebody at a meeting, in PostgreSQL: decided by the engine under two locks."""

from __future__ import annotations

from engine.errors import CidConflict, NotFound, TooSpecific
from engine.ids import AccountId, DescriptionId, GroupId
from engine.model.consent import Purpose
from engine.model.like import is_sensitive
from engine.model.meeting import (
    HOUR_MS,
    Description,
    DescriptionReceipt,
    MeetingMode,
    check_open,
)
from engine.model.meeting_ask import (
    DescriptionFacts,
    Here,
    answer_of,
    decide_description,
    kept_max,
)
from engine.model.policy import Policy
from store.connection import Connection, Record
from store.meeting_words import Said
from store.postgres.agreeing import require_consent
from store.postgres.leaving import hold
from store.postgres.meeting_box import MeetingBox
from store.vault import Vault

Asked = tuple[AccountId, Description, DescriptionId]

# Of a meeting, what one of its people may know.
HELD = """
SELECT m.*, g.ended_at, p.looks_sealed, s.role FROM meetings m
JOIN groups g USING (group_id)
JOIN memberships s ON s.group_id = m.group_id AND s.account_id = $2 AND s.state = 'active'
JOIN meeting_people p ON p.group_id = m.group_id AND p.account_id = $2
WHERE m.group_id = $1
"""

ASKED_AT = "SELECT at FROM meeting_descriptions WHERE account_id = $1 AND at > $2"

FIRST = """
SELECT description_id, group_id, sealed FROM meeting_descriptions
WHERE account_id = $1 AND cid = $2
"""

OTHERS = """
SELECT p.account_id, p.seat, p.came_at, p.looks_sealed FROM meeting_people p
JOIN memberships s ON s.group_id = p.group_id AND s.account_id = p.account_id
    AND s.state = 'active'
JOIN accounts a ON a.account_id = p.account_id AND a.state = 'active'
WHERE p.group_id = $1 AND p.account_id <> $2
"""

KEEP = """
INSERT INTO meeting_descriptions (description_id, group_id, account_id, cid, at, open, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

CLOSE_OLD = """
UPDATE meeting_descriptions SET open = false WHERE description_id IN (
    SELECT description_id FROM meeting_descriptions
    WHERE group_id = $1 AND account_id = $2 AND open
    ORDER BY at DESC, description_id DESC OFFSET $3)
"""


async def held(db: Connection, group: GroupId, account: AccountId, now_ms: int) -> Record:
    """Return the meeting to who is in it; raises NotFound, WindowOver."""
    row = await db.fetchrow(HELD, group, account)
    if row is None:
        raise NotFound
    check_open(row["ends_at"], ended=row["ended_at"] is not None, now_ms=now_ms)
    return row


async def describe(
    db: Connection, group: GroupId, asked: Asked, vault: Vault, policy: Policy, now_ms: int
) -> DescriptionReceipt | TooSpecific:
    """Decide and keep a description in the transaction that is open."""
    account, description, name = asked
    await hold(db, account)
    # The lock on the meeting puts its questions in an order: each knows what was told before.
    await db.execute("SELECT FROM meetings WHERE group_id = $1 FOR NO KEY UPDATE", group)
    row = await held(db, group, account, now_ms)
    box = MeetingBox(vault, row)
    first = await db.fetchrow(FIRST, account, description.cid)
    if first is not None:
        if first["group_id"] != group:
            raise CidConflict
        said = box.said(first["description_id"], first["sealed"])
        if said.description != description:
            raise CidConflict
        return answer_of(first["description_id"], said.verdict, said.left)
    if is_sensitive(description.intent, policy):
        await require_consent(db, account, Purpose.SENSITIVE)
    facts = await _facts(db, row, account, box, now_ms)
    decided = decide_description(facts, description, policy.meetings, now_ms=now_ms)
    sealed = box.close_said(name, Said(description, decided.verdict, decided.left))
    await db.execute(KEEP, name, group, account, description.cid, now_ms, decided.kept, sealed)
    await db.execute(CLOSE_OLD, group, account, kept_max(facts.mode, policy.meetings))
    if len(decided.remembered) > len(facts.remembered):
        await db.execute(
            "UPDATE meetings SET answered_sealed = $2 WHERE group_id = $1",
            group,
            box.close_answered(list(decided.remembered)),
        )
    return answer_of(name, decided.verdict, decided.left)


async def _facts(
    db: Connection, row: Record, account: AccountId, box: MeetingBox, now_ms: int
) -> DescriptionFacts:
    asked = await db.fetch(ASKED_AT, account, now_ms - HOUR_MS)
    others = await db.fetch(OTHERS, row["group_id"], account)
    return DescriptionFacts(
        MeetingMode(row["mode"]),
        row["looks_sealed"] is not None,
        [one["at"] for one in asked],
        [
            Here(one["seat"], one["came_at"], box.looks(one["account_id"], one["looks_sealed"]))
            for one in others
        ],
        box.answered(row["answered_sealed"]),
    )
