"""Contract of texts: whatever a text says to a query, a template, a script or a key, it is text.

faults.md 86. Each is kept as it was written, found by itself, and finds nothing else.
"""

from __future__ import annotations

import pytest

from engine.errors import NotFound
from engine.ids import AccountId, GroupId, MemberId, RoomId
from engine.rooms.events import Append, Event, EventName
from tests.store.world import DAY_MS, POLICY, World

TEXTS = [
    "'",
    "' OR '1'='1",
    "'; DROP TABLE accounts; --",
    "x') UNION SELECT phone_sealed FROM accounts --",
    '"; SELECT pg_sleep(9); --',
    "\\'; --",
    "\\",
    "E'\\x41'",
    "$1",
    "$$ SELECT 1 $$",
    "{1,2}",
    '{"a","b"}',
    "NULL",
    "%",
    "_",
    "%%%",
    "100%_of_it",
    "*",
    "glimpse:*",
    "a?[b]",
    "{{7*7}}",
    "${7*7}",
    "<%= 7*7 %>",
    "{0.__class__}",
    "%s%n%x",
    "${jndi:ldap://x}",
    "return redis.call('FLUSHALL')",
    "<script>alert(1)</script>",
    "$(id)",
    "`id`",
    "../../etc/passwd",
]


async def named(world: World, names: list[str]) -> tuple[AccountId, list[GroupId]]:
    """Make groups of these names, so many a day as one may."""
    (user, *_) = await world.people()
    made = list[GroupId]()
    for number, name in enumerate(names):
        if number % POLICY.groups.groups_created_per_day_max == 0:
            world.clock.now_ms += DAY_MS
        made.append(await world.make_group(user.account, name=name))
    return user.account, made


async def found(world: World, who: AccountId, query: str) -> list[GroupId]:
    """Look for groups."""
    seen = await world.store.groups.search(who, query=query, mine=False, after=None, limit=9)
    return [one.group for one in seen]


async def test_a_name_is_found_by_itself_and_by_nothing_else(world: World) -> None:
    mark = world.chance.fresh_id()
    names = [f"{mark}{text}." for text in TEXTS]
    me, made = await named(world, names)
    for name, group in zip(names, made, strict=True):
        assert (await world.store.groups.get(group, me)).name == name
        assert await found(world, me, name) == [group], name


async def test_what_looks_for_everything_finds_what_says_so(world: World) -> None:
    mark = world.chance.fresh_id()
    me, (plain,) = await named(world, [f"{mark} plain {mark}"])
    assert await found(world, me, mark) == [plain]
    for text in TEXTS:
        for query in (f"{mark}{text}", f"{text}{mark}", f"{mark}{text}{mark}"):
            assert await found(world, me, query) == [], query


async def test_what_was_said_is_read_as_it_was_said(world: World) -> None:
    room = await world.room()
    alias = room.occupants[0].alias
    events = tuple(
        Event(n, n, EventName.MESSAGE, alias, f"{text}{n}"[:64], {"kind": "text", "body": text})
        for n, text in enumerate(TEXTS, start=1)
    )
    await world.append(Append(room.room, room.fence, 0, events, {}))
    page = await world.store.room_log.page(room.room, after=0, before=None, limit=len(TEXTS))
    assert [one.content["body"] for one in page.events] == TEXTS
    assert [one.cid for one in page.events] == [one.cid for one in events]


async def test_an_id_that_is_a_query_names_nothing(world: World) -> None:
    (user, *_) = await world.people()
    store, who, now_ms = world.store, user.account, world.now_ms
    for text in TEXTS:
        name = text[:16].ljust(16, "x")
        for look in (
            store.groups.get(GroupId(name), who),
            store.groups.ban(user.group, who, MemberId(name), now_ms=now_ms),
            store.directory.history(RoomId(name), who, before=None, limit=9, now_ms=now_ms),
        ):
            with pytest.raises(NotFound):
                await look
    assert len(await store.groups.people(user.group, who)) > 1
