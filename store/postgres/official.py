"""Official groups in PostgreSQL: made by operators, entered by a code that came by mail."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import (
    BadRequest,
    Conflict,
    NotFound,
)
from engine.ids import AccountId, GroupId, MemberId
from engine.model.access import check_proof_wanted, sees_group
from engine.model.code_caps import Cap
from engine.model.entry import Standing
from engine.model.group import (
    GroupDraft,
    GroupType,
    MemberProfile,
    Membership,
    Role,
    Visibility,
)
from engine.model.policy import GroupPolicy
from engine.model.proof_policy import ProofPolicy
from engine.ports.official import MailKey
from store.bundle import Chance
from store.connection import Connection
from store.postgres.code_counts import spend
from store.postgres.footing import footing_from
from store.postgres.group_rooms import NewRoom
from store.postgres.groups import insert_group, new_room
from store.postgres.joining import KEPT_OUT, door_of, join_group
from store.postgres.leaving import hold
from store.postgres.pool import Postgres
from store.vault import Vault

KEEP_DOMAIN = "INSERT INTO group_domains (group_id, domain) VALUES ($1, $2)"

GROUP = """
SELECT m.state AS mine, g.visibility,
    EXISTS (SELECT FROM group_domains d WHERE d.group_id = $1 AND d.domain = $3) AS fits
FROM groups g LEFT JOIN memberships m ON m.group_id = $1 AND m.account_id = $2
WHERE g.group_id = $1 AND g.type = 'official' AND g.ended_at IS NULL
"""

KEEP_CODE = """
INSERT INTO mail_codes (account_id, group_id, mail_digest, code_digest, tries, expires_at)
VALUES ($1, $2, $3, $4, 0, $5)
ON CONFLICT (account_id, group_id) DO UPDATE SET mail_digest = excluded.mail_digest,
    code_digest = excluded.code_digest, tries = 0, expires_at = excluded.expires_at
"""

PURGE = "DELETE FROM mail_codes WHERE account_id = $1 AND expires_at <= $2"

OWNED = """
SELECT EXISTS (
    SELECT FROM memberships WHERE group_id = $1 AND role = 'owner' AND state = 'active')
"""

APPOINT = "UPDATE memberships SET role = $3 WHERE group_id = $1 AND account_id = $2"


class PgOfficialGroups:
    """Groups of companies and universities; engine.ports.official.OfficialGroups."""

    def __init__(self, postgres: Postgres, vault: Vault, chance: Chance) -> None:
        self._postgres = postgres
        self._vault = vault
        self._chance = chance

    async def make(
        self, group: GroupId, draft: GroupDraft, domains: Sequence[str], *, now_ms: int
    ) -> None:
        """Make an official group, with nobody in it."""
        await self._postgres.run(_make, group, draft, domains, now_ms)

    async def open_mail_code(
        self,
        group: GroupId,
        account: AccountId,
        mail: MailKey,
        code_digest: bytes,
        policy: ProofPolicy,
        *,
        now_ms: int,
        caps: Sequence[Cap],
    ) -> None:
        """Keep a new code of this person for this group, in place of an older one."""
        await self._postgres.run(_open, group, account, mail, code_digest, policy, now_ms, caps)

    async def admit(
        self,
        group: GroupId,
        member: MemberId,
        account: AccountId,
        profile: MemberProfile,
        role: Role,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> Membership:
        """Let somebody in by an operator's word, with a role."""
        names = (member, new_room(self._vault, self._chance))
        return await self._postgres.run(
            _admit, group, names, account, profile, role, policy, now_ms
        )


async def _make(
    db: Connection, group: GroupId, draft: GroupDraft, domains: Sequence[str], now_ms: int
) -> None:
    await insert_group(db, group, GroupType.OFFICIAL, None, draft, now_ms)
    for domain in sorted(set(domains)):
        await db.execute(KEEP_DOMAIN, group, domain)


async def _open(
    db: Connection,
    group: GroupId,
    account: AccountId,
    mail: MailKey,
    code: bytes,
    policy: ProofPolicy,
    now_ms: int,
    caps: Sequence[Cap],
) -> None:
    await hold(db, account)
    row = await db.fetchrow(GROUP, group, account, mail.domain)
    if row is None:
        raise NotFound
    mine = footing_from(row["mine"])
    if not sees_group(Visibility(row["visibility"]), mine, ended=False):
        raise NotFound
    kept_out = bool(await db.fetchval(KEPT_OUT, group, account))
    check_proof_wanted(mine, kept_out=kept_out)
    if not row["fits"]:
        raise BadRequest("this address has no domain of this group")
    await spend(db, caps, now_ms)
    await db.execute(PURGE, account, now_ms)
    expires_at = now_ms + policy.mail_code_ttl_s * 1000
    await db.execute(KEEP_CODE, account, group, mail.digest, code, expires_at)


async def _admit(
    db: Connection,
    group: GroupId,
    names: tuple[MemberId, NewRoom],
    account: AccountId,
    profile: MemberProfile,
    role: Role,
    policy: GroupPolicy,
    now_ms: int,
) -> Membership:
    await hold(db, account)
    row = await db.fetchrow("SELECT type, entry FROM groups WHERE group_id = $1", group)
    if row is None or row["type"] != GroupType.OFFICIAL:
        raise NotFound
    door = door_of(row, Standing.PROVEN, policy)
    entered = await join_group(db, group, names, account, profile, door, now_ms)
    if role is Role.OWNER and await db.fetchval(OWNED, group):
        raise Conflict("this group has an owner: they hand it over")
    await db.execute(APPOINT, group, account, role.value)
    return Membership(entered.member, group, entered.state, role, entered.nickname)
