"""Filling a dev or bench database quickly: COPY, one transaction a call."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import BadRequest
from engine.ids import AccountId, GroupId, MemberId, RoomId
from engine.limits import SEED_S_MAX, SEED_USERS_MAX
from engine.model.account import skeleton
from engine.model.group import GroupDraft, GroupType, MemberProfile, Role, Visibility
from engine.ports.seeding import DemoPerson, SeededUser, SeedPlan
from store.bundle import Chance
from store.connection import Connection, Record
from store.postgres.group_rooms import NewRoom, open_room
from store.postgres.groups import insert_group
from store.postgres.joining import enter
from store.postgres.pool import Postgres
from store.seed_plan import Seeded, SeededRoom, lay_out
from store.vault import Vault

# Far enough: bots are premium for ever, since they like everybody back.
FOR_EVER_MS = 2**53 - 1
REFRESH_MS = 7 * 86_400_000

COUNT_ALL = """
UPDATE groups g SET females = c.females, males = c.males, others = c.others
FROM (SELECT m.group_id,
        count(*) FILTER (WHERE a.gender = 'female') AS females,
        count(*) FILTER (WHERE a.gender = 'male') AS males,
        count(*) FILTER (WHERE a.gender = 'other') AS others
    FROM memberships m JOIN accounts a USING (account_id)
    WHERE m.state = 'active' AND m.group_id = ANY($1::text[]) GROUP BY m.group_id) c
WHERE g.group_id = c.group_id
"""

# Its people know already what a group's numbers mean for them.
NOTHING_TO_TELL = "DELETE FROM groups_changed WHERE group_id = ANY($1::text[])"

FIGURES = "ANALYZE accounts, devices, groups, memberships, rooms, room_members, matches"

# Any like that came after the bot's last word to that person.
LIKES_OF_BOTS = """
SELECT l.target_id, l.group_id, l.sender_member, l.intent
FROM accounts b JOIN likes l ON l.target_id = b.account_id AND l.state = 'open'
WHERE b.bot AND NOT EXISTS (
    SELECT FROM likes back
    WHERE back.sender_id = l.target_id AND back.target_id = l.sender_id
        AND (back.at >= l.at OR (back.state = 'open' AND back.group_id = l.group_id)))
ORDER BY l.at, l.like_id LIMIT $1
"""


class PgSeeding:
    """Bulk creation; engine.ports.seeding.Seeding."""

    def __init__(self, postgres: Postgres, vault: Vault, chance: Chance) -> None:
        self._postgres = postgres
        self._vault = vault
        self._chance = chance

    async def seed(self, plan: SeedPlan, *, now_ms: int) -> Sequence[SeededUser]:
        """Make the people, their groups, and with `pairs` or `room_size` their rooms."""
        if plan.users > SEED_USERS_MAX:
            raise BadRequest(f"at most {SEED_USERS_MAX} users at once")
        seeded = lay_out(plan, self._chance.fresh_id)
        keys = [self._vault.new_room_key(room.room) for room in seeded.rooms]
        digests = [self._chance.secret(32) for _ in seeded.people]
        await self._postgres.run(_seed, seeded, keys, digests, now_ms, within_s=SEED_S_MAX)
        return [person.user for person in seeded.people]

    async def demo_group(
        self, name: str, description: str, bots: Sequence[DemoPerson], *, now_ms: int
    ) -> tuple[GroupId, Sequence[AccountId]] | None:
        """Make the demo group once; None if it is there already."""
        group = GroupId(self._chance.fresh_id())
        names = [
            (AccountId(self._chance.fresh_id()), MemberId(self._chance.fresh_id())) for _ in bots
        ]
        room = RoomId(self._chance.fresh_id())
        new_room = NewRoom(room, self._vault.new_room_key(room), self._chance.fresh_id)
        draft = GroupDraft(name, description, "", (), Visibility.PUBLIC, "")
        made = await self._postgres.run(_demo, group, draft, bots, names, new_room, now_ms)
        return (group, [account for account, _ in names]) if made else None

    async def bot_accounts(self) -> Sequence[AccountId]:
        """All accounts that are bots."""
        return [row["account_id"] for row in await self._postgres.once(_bots)]

    async def likes_of_bots(
        self, *, limit: int
    ) -> Sequence[tuple[AccountId, GroupId, MemberId, str]]:
        """Open likes that a bot has received and not returned: (bot, group, liker, intent)."""
        rows = await self._postgres.once(_likes_of_bots, limit)
        return [
            (row["target_id"], row["group_id"], row["sender_member"], row["intent"]) for row in rows
        ]


async def _seed(
    db: Connection, seeded: Seeded, keys: Sequence[bytes], digests: Sequence[bytes], now_ms: int
) -> None:
    await db.execute("SET LOCAL statement_timeout = 0")
    for group, draft in seeded.groups:
        await insert_group(db, group, GroupType.CREATED, None, draft, now_ms)
    await _copy_people(db, seeded, digests, now_ms)
    await _copy_rooms(db, seeded.rooms, keys, now_ms)
    groups = [group for group, _ in seeded.groups]
    await db.execute(COUNT_ALL, groups)
    await db.execute(NOTHING_TO_TELL, groups)
    # Without figures of what is in them now, pages of large tables are planned as of empty ones.
    await db.execute(FIGURES)


async def _copy_people(
    db: Connection, seeded: Seeded, digests: Sequence[bytes], now_ms: int
) -> None:
    people = seeded.people
    await db.copy_records_to_table(
        "accounts",
        columns=("account_id", "nickname", "birth_year", "gender", "created_at"),
        records=[
            (person.user.account, person.nickname, person.birth_year, person.gender.value, now_ms)
            for person in people
        ],
    )
    await db.copy_records_to_table(
        "devices",
        columns=(
            "device_id", "account_id", "refresh_digest", "refresh_expires_at", "created_at",
            "used_at",
        ),
        records=[
            (person.user.device, person.user.account, digest, now_ms + REFRESH_MS, now_ms, now_ms)
            for person, digest in zip(people, digests, strict=True)
        ],
    )  # fmt: skip
    await db.copy_records_to_table(
        "memberships",
        columns=(
            "member_id", "group_id", "account_id", "state", "role", "nickname", "nickname_key",
            "bio", "interests", "joined_at", "told_open",
        ),
        records=[
            (person.user.member, person.user.group, person.user.account, "active", "member",
             person.nickname, skeleton(person.nickname), "", [], now_ms,
             seeded.told[person.user.group].value)
            for person in people
        ],
    )  # fmt: skip


async def _copy_rooms(
    db: Connection, rooms: Sequence[SeededRoom], keys: Sequence[bytes], now_ms: int
) -> None:
    await db.copy_records_to_table(
        "rooms",
        columns=("room_id", "kind", "group_id", "visible_at", "last_at", "key_wrapped"),
        records=[
            (room.room, "match" if room.match else "group", room.group, now_ms, now_ms, key)
            for room, key in zip(rooms, keys, strict=True)
        ],
    )
    await db.copy_records_to_table(
        "room_members",
        columns=("room_id", "alias", "account_id", "nickname", "joined_at"),
        records=[
            (room.room, person.alias, person.user.account, person.nickname, now_ms)
            for room in rooms
            for person in room.people
        ],
    )
    pairs = [(room, sorted(p.user.account for p in room.people)) for room in rooms if room.match]
    await db.copy_records_to_table(
        "matches",
        columns=("match_id", "group_id", "room_id", "low_id", "high_id", "visible_at"),
        records=[(room.match, room.group, room.room, *pair, now_ms) for room, pair in pairs],
    )


async def _demo(
    db: Connection,
    group: GroupId,
    draft: GroupDraft,
    bots: Sequence[DemoPerson],
    names: Sequence[tuple[AccountId, MemberId]],
    new_room: NewRoom,
    now_ms: int,
) -> bool:
    # Two processes may start at once: the lock lets one of them make the group.
    await db.execute("SELECT pg_advisory_xact_lock(hashtext('demo group'))")
    there = await db.fetchval(
        """
        SELECT true FROM groups g JOIN accounts a ON a.account_id = g.creator_id
        WHERE a.bot AND g.name = $1 AND g.ended_at IS NULL
        """,
        draft.name,
    )
    if there:
        return False
    for (account, _), bot in zip(names, bots, strict=True):
        await db.execute(
            """
            INSERT INTO accounts (account_id, nickname, birth_year, gender, premium_until, bot,
                created_at)
            VALUES ($1, $2, $3, $4, $5, true, $6)
            """,
            account,
            bot.nickname,
            bot.birth_year,
            bot.gender.value,
            FOR_EVER_MS,
            now_ms,
        )
    await insert_group(db, group, GroupType.CREATED, names[0][0] if names else None, draft, now_ms)
    for number, ((account, member), bot) in enumerate(zip(names, bots, strict=True)):
        role = Role.MEMBER if number else Role.OWNER
        profile = MemberProfile(bot.nickname, bot.bio, bot.interests)
        await enter(db, group, member, account, profile, role, now_ms)
    await open_room(db, group, new_room, now_ms)
    return True


async def _bots(db: Connection) -> list[Record]:
    return await db.fetch("SELECT account_id FROM accounts WHERE bot ORDER BY account_id")


async def _likes_of_bots(db: Connection, limit: int) -> list[Record]:
    return await db.fetch(LIKES_OF_BOTS, limit)
