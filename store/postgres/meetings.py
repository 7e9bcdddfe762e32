"""Instant meetings in PostgreSQL: made, entered, looked at, ended."""

from __future__ import annotations

from engine.errors import NotFound, TooSpecific
from engine.ids import AccountId, DescriptionId, GroupId, MemberId
from engine.model.access import NOWHERE, check_ends_meeting
from engine.model.appearance import Appearance
from engine.model.entry import Standing
from engine.model.group import EntryRule, GroupDraft, GroupType, MemberProfile, Membership, Role
from engine.model.meeting import (
    HOUR_MS,
    Description,
    DescriptionReceipt,
    KeptDescription,
    Meeting,
    MeetingCode,
    MeetingDraft,
    MeetingMode,
    OwnLook,
    add_look,
    check_open,
    check_tries,
    descriptions_left,
)
from engine.model.policy import Policy
from store.bundle import Chance
from store.connection import Connection, Record
from store.postgres.ending import forget_untold
from store.postgres.footing import footing_from
from store.postgres.group_rooms import NewRoom
from store.postgres.groups import create_group, new_room, read_group
from store.postgres.joining import Door, join_group
from store.postgres.leaving import hold
from store.postgres.meeting_ask import ASKED_AT, describe, held
from store.postgres.meeting_box import MeetingBox
from store.postgres.meeting_keeping import end_meeting
from store.postgres.pool import Postgres
from store.vault import Vault

# Until it ends nobody knows when it is erased.
NEVER_MS = 2**53 - 1

CREATE = """
WITH made AS (
    INSERT INTO meetings (group_id, mode, ends_at, erases_at, round_at, code_digest, code_sealed,
        key_wrapped, seats)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
    RETURNING group_id
)
INSERT INTO meeting_people (group_id, account_id, seat, came_at)
SELECT group_id, $9, 0, $5 FROM made
"""

BY_CODE = """
SELECT m.group_id, m.ends_at, g.ended_at FROM meetings m JOIN groups g USING (group_id)
WHERE m.code_digest = $1 AND ($2::text IS NULL OR m.group_id = $2)
"""

TRIED = """
INSERT INTO meeting_tries (account_id, tried_at) VALUES ($1, $2)
ON CONFLICT (account_id) DO UPDATE SET tried_at = excluded.tried_at
"""

# Who comes back has the seat they had, and is counted from then on.
SIT = """
WITH seat AS (UPDATE meetings SET seats = seats + 1 WHERE group_id = $1 RETURNING seats - 1 AS n)
INSERT INTO meeting_people (group_id, account_id, seat, came_at)
SELECT $1, $2, seat.n, $3 FROM seat
ON CONFLICT (group_id, account_id) DO UPDATE SET came_at = excluded.came_at
"""

MINE = """
SELECT description_id, at, sealed FROM meeting_descriptions
WHERE group_id = $1 AND account_id = $2 AND open ORDER BY at DESC, description_id DESC
"""

LINES = """
SELECT m.match_id, p.account_id, p.looks_sealed FROM matches m
JOIN meeting_people p ON p.group_id = m.group_id AND p.account_id <> $2
    AND p.account_id IN (m.low_id, m.high_id)
WHERE m.group_id = $1 AND $2 IN (m.low_id, m.high_id) AND m.visible_at <= $3
    AND m.ended_at IS NULL
"""

SHOW = "UPDATE meeting_people SET looks_sealed = $3 WHERE group_id = $1 AND account_id = $2"

WITHDRAW = """
UPDATE meeting_descriptions SET open = false
WHERE description_id = $1 AND group_id = $2 AND account_id = $3 RETURNING true
"""


class PgMeetings:
    """Groups for some hours; engine.ports.meetings.Meetings."""

    def __init__(self, postgres: Postgres, vault: Vault, chance: Chance) -> None:
        self._postgres = postgres
        self._vault = vault
        self._chance = chance

    async def create(
        self,
        group: GroupId,
        member: MemberId,
        owner: AccountId,
        draft: GroupDraft,
        meeting: MeetingDraft,
        code: MeetingCode,
        profile: MemberProfile,
        policy: Policy,
    ) -> None:
        """Make a hidden group of type `instance` with its code, its owner in it."""
        names, key = (member, new_room(self._vault, self._chance)), self._vault.new_room_key(group)
        box = MeetingBox(self._vault, {"group_id": group, "key_wrapped": key})
        now_ms, made = meeting.starts_at, (GroupType.INSTANCE, draft)
        hours = meeting.mode.value, meeting.ends_at, NEVER_MS, now_ms

        async def create(db: Connection) -> None:
            await create_group(db, group, names, owner, made, profile, policy.groups, now_ms)
            sealed = box.close_code(code.text)
            await db.execute(CREATE, group, *hours, code.digest, sealed, key, owner)

        await self._postgres.run(create)

    async def enter(
        self,
        code_digest: bytes,
        group: GroupId | None,
        member: MemberId,
        account: AccountId,
        profile: MemberProfile,
        policy: Policy,
        *,
        now_ms: int,
    ) -> Membership:
        """Enter the meeting of a code, which must be `group` where one is named."""
        names, code = (member, new_room(self._vault, self._chance)), (code_digest, group)
        entered = await self._postgres.run(_enter, code, names, account, profile, policy, now_ms)
        if entered is None:  # only now, so that the try is kept
            raise NotFound("no meeting has this code")
        return entered

    async def get(
        self, group: GroupId, account: AccountId, policy: Policy, *, now_ms: int
    ) -> Meeting:
        """Return a meeting to who is in it; raises NotFound, WindowOver."""
        return await self._postgres.run(_get, group, account, self._vault, policy, now_ms)

    async def show(
        self,
        group: GroupId,
        account: AccountId,
        look: Appearance,
        line: str,
        policy: Policy,
        *,
        now_ms: int,
    ) -> int:
        """Say how one looks; return how often one still may."""
        newest = OwnLook(look, line, now_ms)
        return await self._postgres.run(_show, group, account, newest, self._vault, policy)

    async def describe(
        self,
        group: GroupId,
        account: AccountId,
        description: Description,
        name: DescriptionId,
        policy: Policy,
        *,
        now_ms: int,
    ) -> DescriptionReceipt:
        """Describe somebody; the same `cid` of the same person gives the first answer."""
        asked = account, description, name
        answer = await self._postgres.run(describe, group, asked, self._vault, policy, now_ms)
        if isinstance(answer, TooSpecific):  # only now, so that it is kept and counts
            raise answer
        return answer

    async def withdraw(
        self, group: GroupId, account: AccountId, name: DescriptionId, *, now_ms: int
    ) -> None:
        """Look no longer for an own description; raises NotFound."""
        await self._postgres.run(_withdraw, group, account, name, now_ms)

    async def end(self, group: GroupId, account: AccountId, policy: Policy, *, now_ms: int) -> None:
        """End an own meeting before its hour; raises NotFound, Forbidden."""
        await self._postgres.run(_end, group, account, policy, now_ms)


async def _enter(
    db: Connection,
    code: tuple[bytes, GroupId | None],
    names: tuple[MemberId, NewRoom],
    account: AccountId,
    profile: MemberProfile,
    policy: Policy,
    now_ms: int,
) -> Membership | None:
    await hold(db, account)
    tries = await db.fetchval("SELECT tried_at FROM meeting_tries WHERE account_id = $1", account)
    recent = check_tries(tries or (), policy.meetings, now_ms=now_ms)
    row = await db.fetchrow(BY_CODE, *code)
    if row is None:
        await db.execute(TRIED, account, [*recent, now_ms])
        return None
    check_open(row["ends_at"], ended=row["ended_at"] is not None, now_ms=now_ms)
    door = Door(
        policy.meetings.members_max,
        policy.groups.history_before_joining,
        policy.groups.pending_max,
        GroupType.INSTANCE,
        EntryRule.INVITE,
        Standing.INVITED,
    )
    entered = await join_group(db, row["group_id"], names, account, profile, door, now_ms)
    await db.execute(SIT, row["group_id"], account, now_ms)
    return entered


async def _get(
    db: Connection, group: GroupId, account: AccountId, vault: Vault, policy: Policy, now_ms: int
) -> Meeting:
    row = await held(db, group, account, now_ms)
    box = MeetingBox(vault, row)
    asked = await db.fetch(ASKED_AT, account, now_ms - HOUR_MS)
    looks = box.looks(account, row["looks_sealed"])
    lines = {}
    for one in await db.fetch(LINES, group, account, now_ms):
        theirs = box.looks(one["account_id"], one["looks_sealed"])
        if theirs and theirs[-1].line:
            lines[one["match_id"]] = theirs[-1].line
    owner = row["role"] == Role.OWNER.value
    left = descriptions_left([one["at"] for one in asked], policy.meetings, now_ms=now_ms)
    return Meeting(
        group=await read_group(db, group, account),
        mode=MeetingMode(row["mode"]),
        ends_at=row["ends_at"],
        code=box.code(row["code_sealed"]) if owner else None,
        look=looks[-1] if looks else None,
        looks_left=policy.meetings.looks_max - len(looks),
        descriptions=[_kept(one, box) for one in await db.fetch(MINE, group, account)],
        descriptions_left=left,
        lines=lines,
    )


def _kept(row: Record, box: MeetingBox) -> KeptDescription:
    description = box.said(row["description_id"], row["sealed"]).description
    return KeptDescription(row["description_id"], description.wanted, description.intent, row["at"])


async def _show(
    db: Connection,
    group: GroupId,
    account: AccountId,
    newest: OwnLook,
    vault: Vault,
    policy: Policy,
) -> int:
    await hold(db, account)
    row = await held(db, group, account, newest.at)
    box = MeetingBox(vault, row)
    looks = add_look(box.looks(account, row["looks_sealed"]), newest, policy.meetings)
    await db.execute(SHOW, group, account, box.close_looks(account, looks))
    return policy.meetings.looks_max - len(looks)


async def _withdraw(
    db: Connection, group: GroupId, account: AccountId, name: DescriptionId, now_ms: int
) -> None:
    await hold(db, account)  # a round holds it too, so no match slips through (I13)
    if not await db.fetchval(WITHDRAW, name, group, account):
        raise NotFound("there is no such description")
    await forget_untold(db, group, account, now_ms)


async def _end(
    db: Connection, group: GroupId, account: AccountId, policy: Policy, now_ms: int
) -> None:
    row = await db.fetchrow(
        """
        SELECT s.state, s.role FROM memberships s JOIN meetings m USING (group_id)
        WHERE s.group_id = $1 AND s.account_id = $2
        """,
        group,
        account,
    )
    check_ends_meeting(NOWHERE if row is None else footing_from(row["state"], row["role"]))
    await end_meeting(db, group, policy.meetings, now_ms)
