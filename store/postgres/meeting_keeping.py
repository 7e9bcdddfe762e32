"""What happens at meetings by itself, in PostgreSQL: rounds, ends, erasures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from engine.ids import AccountId, Alias, GroupId, LikeId, MatchId, RoomId
from engine.model.account import Gender
from engine.model.like import next_tick_ms
from engine.model.meeting_pairs import Attendee, Wish, pair_up
from engine.model.meeting_policy import MeetingPolicy
from engine.model.policy import Policy
from engine.ports.likes import FreshIds
from store.bundle import Chance
from store.connection import Connection, Record
from store.postgres.leaving import end_group
from store.postgres.matches import NewMatch, make_matches
from store.postgres.meeting_box import MeetingBox
from store.postgres.pool import Postgres
from store.vault import Vault

# Meetings that one call takes on; a round of fifty people is some milliseconds.
MEETINGS_AT_ONCE = 20

# Descriptions one statement erases.
ERASED_AT_ONCE = 2_000

DUE_ROUNDS = """
SELECT group_id FROM meetings
WHERE code_digest IS NOT NULL AND round_at <= $1 AND ends_at > $2 ORDER BY round_at LIMIT $3
"""

# As by two likes: people before their group, in the order of their ids.
HOLD = """
SELECT a.account_id FROM accounts a
WHERE a.account_id IN (SELECT d.account_id FROM meeting_descriptions d
    WHERE d.group_id = $1 AND d.open)
ORDER BY a.account_id FOR NO KEY UPDATE
"""

# Whoever is second finds that the round was run.
TAKE = """
UPDATE meetings m SET round_at = $2 FROM groups g
WHERE m.group_id = $1 AND g.group_id = $1 AND g.ended_at IS NULL AND m.code_digest IS NOT NULL
    AND m.round_at <= $3 AND m.ends_at > $2
RETURNING m.group_id, m.key_wrapped
"""

PEOPLE = """
SELECT p.account_id, p.looks_sealed, a.gender, s.nickname FROM meeting_people p
JOIN memberships s ON s.group_id = p.group_id AND s.account_id = p.account_id
    AND s.state = 'active'
JOIN accounts a ON a.account_id = p.account_id AND a.state = 'active'
WHERE p.group_id = $1 ORDER BY p.account_id
"""

DESCRIPTIONS = """
SELECT description_id, account_id, sealed FROM meeting_descriptions
WHERE group_id = $1 AND open ORDER BY description_id
"""

# By the people who are or were in the group: matches of all groups are not looked through.
MET = """
SELECT m.low_id AS one, m.high_id AS other FROM memberships p
JOIN matches m ON m.low_id = p.account_id AND m.group_id = p.group_id
WHERE p.group_id = $1
"""

HIDDEN = """
SELECT blocker_id AS one, blocked_id AS other FROM blocks
WHERE blocker_id = ANY($1::text[]) AND blocked_id = ANY($1::text[])
"""

DUE_ENDS = """
SELECT m.group_id FROM meetings m JOIN groups g USING (group_id)
WHERE m.code_digest IS NOT NULL AND (m.ends_at <= $1 OR g.ended_at IS NOT NULL) LIMIT $2
"""

END = """
UPDATE meetings SET code_digest = NULL, code_sealed = NULL, erases_at = $2
WHERE group_id = $1 AND code_digest IS NOT NULL RETURNING true
"""

DUE_ERASURES = """
SELECT group_id FROM meetings WHERE erased_at IS NULL AND erases_at <= $1
ORDER BY erases_at LIMIT $2
"""

ERASE_DESCRIPTIONS = """
WITH gone AS (DELETE FROM meeting_descriptions WHERE description_id IN (
    SELECT description_id FROM meeting_descriptions WHERE group_id = $1 LIMIT $2) RETURNING true)
SELECT count(*) FROM gone
"""

# The name of a member keeps the nicknames apart that are empty now.
ERASE = (
    "DELETE FROM meeting_people WHERE group_id = $1",
    """
    UPDATE memberships SET nickname = '', nickname_key = member_id, bio = '', interests = '{}',
        state = CASE state WHEN 'banned' THEN 'banned' ELSE 'left' END
    WHERE group_id = $1
    """,
    """
    DELETE FROM room_members WHERE room_id IN (
        SELECT room_id FROM rooms WHERE group_id = $1 AND kind = 'group')
    """,
    "UPDATE rooms SET key_wrapped = '' WHERE group_id = $1 AND kind = 'group'",
    """
    UPDATE groups SET name = '', name_key = '', description = '', females = 0, males = 0, others = 0
    WHERE group_id = $1
    """,
)

ERASED = """
UPDATE meetings SET key_wrapped = '', answered_sealed = NULL, erased_at = $2 WHERE group_id = $1
"""


class PgMeetingKeeping:
    """Rounds, ends and erasures; engine.ports.meetings.MeetingKeeping."""

    def __init__(self, postgres: Postgres, vault: Vault, chance: Chance) -> None:
        self._postgres = postgres
        self._vault = vault
        self._chance = chance

    async def run_rounds(self, policy: Policy, *, now_ms: int) -> int:
        """Run the rounds that are due; return how many meetings had one."""
        due_ms = now_ms - policy.meetings.round_s * 1000
        groups = await self._postgres.once(_groups, DUE_ROUNDS, due_ms, now_ms, MEETINGS_AT_ONCE)
        for group in groups:
            await self._postgres.run(
                _run_round, group, self._vault, self._chance.fresh_id, policy, now_ms
            )
        return len(groups)

    async def end_due(self, policy: Policy, *, now_ms: int) -> int:
        """End meetings whose hour has come, or whose group has; return how many."""
        groups = await self._postgres.once(_groups, DUE_ENDS, now_ms, MEETINGS_AT_ONCE)
        for group in groups:
            await self._postgres.run(end_meeting, group, policy.meetings, now_ms)
        return len(groups)

    async def erase_due(self, policy: Policy, *, now_ms: int) -> int:  # the port's
        """Erase what was said at meetings that ended long enough ago."""
        groups = await self._postgres.once(_groups, DUE_ERASURES, now_ms, MEETINGS_AT_ONCE)
        for group in groups:
            await self._postgres.run(_erase, group, now_ms)
        return len(groups)


async def end_meeting(db: Connection, group: GroupId, policy: MeetingPolicy, now_ms: int) -> None:
    """End a meeting in the transaction that is open: no code, no room, nothing looked for."""
    await db.execute("SELECT FROM groups WHERE group_id = $1 FOR NO KEY UPDATE", group)
    if not await db.fetchval(END, group, now_ms + policy.erase_after_s * 1000):
        return
    await end_group(db, group, now_ms)
    await db.execute("UPDATE meeting_descriptions SET open = false WHERE group_id = $1", group)


async def _groups(db: Connection, sql: str, *args: int) -> list[GroupId]:
    return [row["group_id"] for row in await db.fetch(sql, *args)]


async def _run_round(
    db: Connection,
    group: GroupId,
    vault: Vault,
    fresh_id: Callable[[], str],
    policy: Policy,
    now_ms: int,
) -> None:
    held = {row["account_id"] for row in await db.fetch(HOLD, group)}
    row = await db.fetchrow(TAKE, group, now_ms, now_ms - policy.meetings.round_s * 1000)
    if row is None or len(held) <= 1:
        return
    people = await db.fetch(PEOPLE, group)
    attendees = await _attendees(db, group, MeetingBox(vault, row), people, held)
    nicknames = {one["account_id"]: one["nickname"] for one in people}
    made = [
        NewMatch(
            group,
            _ids(fresh_id),
            (pair.one, nicknames[pair.one]),
            (pair.other, nicknames[pair.other]),
        )
        for pair in pair_up(attendees, policy)
    ]
    await make_matches(db, made, vault, next_tick_ms(now_ms, tick_s=policy.likes.match_tick_s))


async def _attendees(
    db: Connection, group: GroupId, box: MeetingBox, people: list[Record], held: set[AccountId]
) -> list[Attendee]:
    wishes = defaultdict[AccountId, list[Wish]](list)
    for row in await db.fetch(DESCRIPTIONS, group):
        # Whoever described somebody since the look for accounts is not locked: the next round.
        if row["account_id"] in held:
            said = box.said(row["description_id"], row["sealed"]).description
            wishes[row["account_id"]].append(Wish(said.wanted, said.intent))
    met = await _both_ways(db, MET, group)
    hidden = await _both_ways(db, HIDDEN, [row["account_id"] for row in people])
    attendees = []
    for row in people:
        account = row["account_id"]
        looks = box.looks(account, row["looks_sealed"])
        attendees.append(
            Attendee(
                account,
                Gender(row["gender"]),
                looks[-1].look if looks else None,
                wishes[account],
                len(met[account]),
                frozenset(met[account] | hidden[account]),
            )
        )
    return attendees


async def _both_ways(
    db: Connection, sql: str, arg: object
) -> defaultdict[AccountId, set[AccountId]]:
    pairs = defaultdict[AccountId, set[AccountId]](set)
    for row in await db.fetch(sql, arg):
        one, other = row["one"], row["other"]
        pairs[one].add(other)
        pairs[other].add(one)
    return pairs


def _ids(fresh_id: Callable[[], str]) -> FreshIds:
    return FreshIds(
        LikeId(fresh_id()),
        MatchId(fresh_id()),
        RoomId(fresh_id()),
        Alias(fresh_id()),
        Alias(fresh_id()),
    )


async def _erase(db: Connection, group: GroupId, now_ms: int) -> None:
    erased = await db.fetchval(ERASE_DESCRIPTIONS, group, ERASED_AT_ONCE)
    if erased == ERASED_AT_ONCE:
        return  # the rest with the next call
    for sql in ERASE:
        await db.execute(sql, group)
    await db.execute(ERASED, group, now_ms)
