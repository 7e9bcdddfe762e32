"""Codes by mail in PostgreSQL: used up at the door of an official group."""

from __future__ import annotations

import hmac

from engine.errors import Conflict, Forbidden, RateLimited, VerificationRequired
from engine.ids import AccountId, GroupId
from engine.model.proof_policy import ProofPolicy
from engine.ports.groups import MailProof
from store.connection import Connection
from store.postgres.code_counts import count, exhausted

CODE = """
SELECT mail_digest, code_digest FROM mail_codes
WHERE account_id = $1 AND group_id = $2 AND expires_at > $3 AND tries < $4
"""

FAIL = "UPDATE mail_codes SET tries = tries + 1 WHERE account_id = $1 AND group_id = $2"

USE = "DELETE FROM mail_codes WHERE account_id = $1 AND group_id = $2"

BANNED = "SELECT EXISTS (SELECT FROM group_bans WHERE group_id = $1 AND identity = $2)"

# Whoever left has given their address back.
TAKE = """
INSERT INTO group_mails AS held (group_id, mail_digest, account_id) VALUES ($1, $2, $3)
ON CONFLICT (group_id, mail_digest) DO UPDATE SET account_id = excluded.account_id
WHERE held.account_id = excluded.account_id OR NOT EXISTS (
    SELECT FROM memberships m WHERE m.group_id = held.group_id
        AND m.account_id = held.account_id AND m.state IN ('active', 'pending', 'banned'))
RETURNING true
"""


async def use_mail_code(
    db: Connection,
    group: GroupId,
    account: AccountId,
    proof: MailProof,
    policy: ProofPolicy,
    now_ms: int,
) -> VerificationRequired | RateLimited | None:
    """Use a code up; return the refusal of a wrong one, whose try has to be kept.

    The lock on the account makes guesses of one person follow each other.
    """
    if (refused := await exhausted(db, proof.tries, now_ms)) is not None:
        return refused
    row = await db.fetchrow(CODE, account, group, now_ms, policy.mail_code_tries_max)
    shown = proof.mail + proof.code
    if row is None or not hmac.compare_digest(row["mail_digest"] + row["code_digest"], shown):
        await db.execute(FAIL, account, group)
        for cap in proof.tries:
            await count(db, cap, now_ms)
        return VerificationRequired("this code is wrong, used or too old")
    await db.execute(USE, account, group)
    if await db.fetchval(BANNED, group, proof.mail):
        raise Forbidden("you are banned from this group")
    if not await db.fetchval(TAKE, group, proof.mail, account):
        raise Conflict("somebody is in this group by this address already")
    return None
