"""Tickets of live pools in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.errors import CidConflict, Conflict, NotFound
from engine.ids import AccountId, GroupId, TicketId
from engine.matching.admission import Applicant, admit, person_of
from engine.matching.ticket import Me, Person, Ticket, Want
from engine.model.account import Gender
from engine.model.consent import Purpose
from engine.model.like import is_sensitive
from engine.model.policy import Policy
from engine.ports.tickets import Joined, Meeting, Outcome, TicketDraft, Waiting
from store.connection import Connection, Record
from store.days import year_of
from store.postgres.agreeing import require_consent
from store.postgres.matches import NewMatch, make_matches
from store.postgres.pool import Postgres
from store.vault import Vault

LOCK = "SELECT FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE"

# Both of every pair, in one order, as a like, a block and leaving the group hold them (I13).
LOCK_ALL = """
SELECT FROM accounts WHERE account_id IN (
    SELECT t.account_id FROM tickets t WHERE t.ticket_id = ANY($1::text[]))
ORDER BY account_id FOR NO KEY UPDATE
"""

APPLICANT = """
SELECT a.gender, a.birth_year, coalesce(a.premium_until, 0) > $3 AS premium,
    g.females - coalesce(h.hidden_females, 0) AS females,
    g.males - coalesce(h.hidden_males, 0) AS males,
    g.others - coalesce(h.hidden_others, 0) AS others
FROM memberships m
JOIN accounts a ON a.account_id = m.account_id AND a.state = 'active'
JOIN groups g ON g.group_id = m.group_id AND g.ended_at IS NULL
LEFT JOIN hidden_sides h ON h.viewer_id = m.account_id AND h.group_id = m.group_id
WHERE m.group_id = $1 AND m.account_id = $2 AND m.state = 'active'
"""

FIRST = """
SELECT t.*, a.gender, a.birth_year, coalesce(a.premium_until, 0) > $3 AS premium
FROM tickets t JOIN accounts a ON a.account_id = t.account_id
WHERE t.account_id = $1 AND t.cid = $2
"""

REPLACE = """
UPDATE tickets SET state = 'left' WHERE group_id = $1 AND account_id = $2 AND state = 'waiting'
"""

KEEP = """
INSERT INTO tickets (ticket_id, group_id, account_id, cid, me, want, joined_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

CHANGE = """
UPDATE tickets SET me = coalesce($3::jsonb, me), want = coalesce($4::jsonb, want)
WHERE ticket_id = $1 AND account_id = $2 AND state = 'waiting' AND expires_at > $5
RETURNING ticket_id
"""

WAITING = """
SELECT t.*, m.nickname, a.gender, a.birth_year, coalesce(a.premium_until, 0) > $2 AS premium
FROM tickets t
JOIN memberships m ON m.group_id = t.group_id AND m.account_id = t.account_id
    AND m.state = 'active'
JOIN accounts a ON a.account_id = t.account_id AND a.state = 'active'
JOIN groups g ON g.group_id = t.group_id AND g.ended_at IS NULL
WHERE t.group_id = $1 AND t.state = 'waiting' AND t.expires_at > $2
    AND ($3::text[] IS NULL OR t.ticket_id = ANY($3))
ORDER BY t.joined_at, t.ticket_id
"""

# Of one person, or of all who wait.
APART = """
WITH here AS MATERIALIZED (
    SELECT account_id FROM tickets WHERE group_id = $1 AND state = 'waiting'
)
SELECT b.blocker_id AS one, b.blocked_id AS other FROM here t
JOIN blocks b ON b.blocker_id = t.account_id
JOIN here u ON u.account_id = b.blocked_id
WHERE $3::text IS NULL OR $3 IN (b.blocker_id, b.blocked_id)
UNION SELECT m.low_id, m.high_id FROM here t
JOIN matches m ON m.low_id = t.account_id
JOIN here u ON u.account_id = m.high_id
WHERE ((m.ended_at IS NULL AND m.group_id = $1) OR m.visible_at > $2)
    AND ($3::text IS NULL OR $3 IN (m.low_id, m.high_id))
"""

POOLS = """
SELECT DISTINCT group_id FROM tickets WHERE state = 'waiting' AND expires_at > $1 ORDER BY group_id
"""


class PgTickets:
    """Who waits; engine.ports.tickets.Tickets."""

    def __init__(self, postgres: Postgres, vault: Vault) -> None:
        self._postgres = postgres
        self._vault = vault

    async def join(self, draft: TicketDraft, policy: Policy, *, now_ms: int) -> Joined:
        """Store a ticket, in place of the one its person had in this pool."""
        return await self._postgres.run(_join, draft, policy, now_ms)

    async def update(
        self,
        ticket: TicketId,
        account: AccountId,
        me: Me | None,
        want: Want | None,
        policy: Policy,
        *,
        now_ms: int,
    ) -> None:
        """Change what an own ticket says; raises NotFound if it does not wait, ConsentRequired."""
        await self._postgres.run(_update, ticket, account, (me, want), policy, now_ms)

    async def leave(self, ticket: TicketId, account: AccountId, *, now_ms: int) -> None:
        """End an own ticket: no match comes of it from then on."""
        await self._postgres.run(_leave, ticket, account)

    async def pool_of(self, ticket: TicketId, account: AccountId) -> GroupId:
        """Return the group of an own ticket; raises NotFound."""
        group = await self._postgres.once(_pool_of, ticket, account)
        if group is None:
            raise NotFound("there is no such ticket")
        return group

    async def pools(self, *, now_ms: int) -> Sequence[GroupId]:
        """List the groups in which somebody waits."""
        return await self._postgres.once(_pools, now_ms)

    async def waiting(self, group: GroupId, policy: Policy, *, now_ms: int) -> Waiting:
        """Read a pool: those who may still be introduced, and who may not meet whom."""
        return await self._postgres.run(_waiting, group, policy, now_ms)

    async def introduce(
        self, group: GroupId, meetings: Sequence[Meeting], policy: Policy, *, now_ms: int
    ) -> Sequence[Outcome]:
        """Bring pairs together, each with its match, room and both notices."""
        if not meetings:
            return []
        return await self._postgres.run(_introduce, group, meetings, policy, self._vault, now_ms)

    async def purge(self, *, before_ms: int) -> int:
        """Forget tickets whose time was over by then; return how many."""
        return await self._postgres.once(_purge, before_ms)


async def _join(db: Connection, draft: TicketDraft, policy: Policy, now_ms: int) -> Joined:
    year = year_of(now_ms, policy.timezone)
    await db.execute(LOCK, draft.account)
    first = await db.fetchrow(FIRST, draft.account, draft.cid, now_ms)
    if first is not None:
        ticket = _ticket(first, year)
        if (first["group_id"], ticket.me, ticket.want) != (draft.group, draft.me, draft.want):
            raise CidConflict
        waits = first["state"] == "waiting" and ticket.expires_ms > now_ms
        apart = await _apart_from(db, draft, policy, now_ms) if waits else frozenset[AccountId]()
        return Joined(ticket, apart, waits)
    row = await db.fetchrow(APPLICANT, draft.group, draft.account, now_ms)
    if row is None:
        raise NotFound("there is no such pool")
    sides = {Gender(side): row[side.value + "s"] for side in Gender}
    applicant = Applicant(Gender(row["gender"]), row["birth_year"], row["premium"], sides)
    await _check_consent(db, draft.account, draft.want, policy)
    person = admit(applicant, draft.want.intent, policy, year=year)
    expires_ms = now_ms + policy.pools.ticket_s * 1_000
    await db.execute(REPLACE, draft.group, draft.account)
    said = (draft.cid, _json(draft.me), _json(draft.want))
    await db.execute(KEEP, draft.ticket, draft.group, draft.account, *said, now_ms, expires_ms)
    apart = await _apart_from(db, draft, policy, now_ms)
    named = (draft.ticket, draft.account, person, draft.me, draft.want)
    return Joined(Ticket(*named, now_ms, expires_ms), apart)


async def _apart_from(
    db: Connection, draft: TicketDraft, policy: Policy, now_ms: int
) -> frozenset[AccountId]:
    rows = await db.fetch(APART, draft.group, _long_ago_ms(policy, now_ms), draft.account)
    people = {account for row in rows for account in (row["one"], row["other"])}
    return frozenset(people - {draft.account})


async def _update(
    db: Connection,
    ticket: TicketId,
    account: AccountId,
    said: tuple[Me | None, Want | None],
    policy: Policy,
    now_ms: int,
) -> None:
    await db.execute(LOCK, account)
    new = [None if one is None else _json(one) for one in said]
    if await db.fetchval(CHANGE, ticket, account, *new, now_ms) is None:
        raise NotFound("there is no such ticket")
    await _check_consent(db, account, said[1], policy)


async def _check_consent(
    db: Connection, account: AccountId, want: Want | None, policy: Policy
) -> None:
    if want is not None and is_sensitive(want.intent, policy):
        await require_consent(db, account, Purpose.SENSITIVE)


async def _leave(db: Connection, ticket: TicketId, account: AccountId) -> None:
    await db.execute(LOCK, account)
    row = await db.fetchrow(
        "SELECT state FROM tickets WHERE ticket_id = $1 AND account_id = $2", ticket, account
    )
    if row is None:
        raise NotFound("there is no such ticket")
    if row["state"] == "matched":
        raise Conflict("this ticket has met somebody")
    await db.execute("UPDATE tickets SET state = 'left' WHERE ticket_id = $1", ticket)


async def _pool_of(db: Connection, ticket: TicketId, account: AccountId) -> GroupId | None:
    group: GroupId | None = await db.fetchval(
        "SELECT group_id FROM tickets WHERE ticket_id = $1 AND account_id = $2", ticket, account
    )
    return group


async def _pools(db: Connection, now_ms: int) -> list[GroupId]:
    return [row["group_id"] for row in await db.fetch(POOLS, now_ms)]


async def _waiting(db: Connection, group: GroupId, policy: Policy, now_ms: int) -> Waiting:
    year = year_of(now_ms, policy.timezone)
    rows = await db.fetch(WAITING, group, now_ms, None)
    apart = await db.fetch(APART, group, _long_ago_ms(policy, now_ms), None)
    return Waiting(
        [_ticket(row, year) for row in rows], [(row["one"], row["other"]) for row in apart]
    )


async def _introduce(
    db: Connection,
    group: GroupId,
    meetings: Sequence[Meeting],
    policy: Policy,
    vault: Vault,
    now_ms: int,
) -> Sequence[Outcome]:
    named = [ticket for one in meetings for ticket in (one.one, one.other)]
    await db.execute(LOCK_ALL, named)
    people = {row["ticket_id"]: row for row in await db.fetch(WAITING, group, now_ms, named)}
    apart = {
        frozenset((row["one"], row["other"]))
        for row in await db.fetch(APART, group, _long_ago_ms(policy, now_ms), None)
    }
    outcomes: list[Outcome] = []
    made: list[NewMatch] = []
    met: list[TicketId] = []
    for one in meetings:
        both = (one.one, one.other)
        gone = frozenset(ticket for ticket in both if ticket not in people)
        if gone:
            outcomes.append(Outcome(gone))
            continue
        sides = [(people[ticket]["account_id"], people[ticket]["nickname"]) for ticket in both]
        outcome = Outcome(apart=frozenset(account for account, _ in sides) in apart)
        outcomes.append(outcome)
        if outcome.made:
            made.append(NewMatch(group, one.ids, sides[0], sides[1], pool=True))
            met += both
            for ticket in both:
                del people[ticket]
    await make_matches(db, made, vault, now_ms)
    await db.execute("UPDATE tickets SET state = 'matched' WHERE ticket_id = ANY($1::text[])", met)
    return outcomes


async def _purge(db: Connection, before_ms: int) -> int:
    rows = await db.fetch("DELETE FROM tickets WHERE expires_at <= $1 RETURNING 1", before_ms)
    return len(rows)


def _long_ago_ms(policy: Policy, now_ms: int) -> int:
    return now_ms - policy.pools.again_after_s * 1_000


def _ticket(row: Record, year: int) -> Ticket:
    person: Person = person_of(
        Gender(row["gender"]), row["birth_year"], premium=row["premium"], year=year
    )
    return Ticket(
        row["ticket_id"],
        row["account_id"],
        person,
        msgspec.json.decode(row["me"], type=Me),
        msgspec.json.decode(row["want"], type=Want),
        row["joined_at"],
        row["expires_at"],
    )


def _json(said: Me | Want) -> str:
    return msgspec.json.encode(said).decode()
