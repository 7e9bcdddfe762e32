"""How tests of the search write, ask and read."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from engine.ids import AccountId, RoomId
from engine.ports.rooms import MessageSearch
from engine.ports.seeding import SeededUser
from engine.rooms.events import Append, Event, Snapshot, Written
from engine.rooms.search import Hit, Search, fold_query
from tests.store.world import World


async def say(world: World, room: Snapshot, *texts: str, sender: int = 0) -> None:
    """Write texts into a room that nobody wrote to before, a second apart."""
    events = []
    for seq, text in enumerate(texts, start=1):
        world.clock.now_ms += 1_000
        events.append(world.message(seq, room.occupants[sender].alias, body=text))
    append = Append(room.room, room.fence, 0, tuple(events), {})
    assert await world.append(append) == [Written()]


async def find(
    world: World,
    account: AccountId,
    query: str,
    *,
    room: RoomId | None = None,
    limit: int = 50,
    by: MessageSearch | None = None,
) -> list[Hit]:
    """Follow a search to its end."""
    found: list[Hit] = []
    before, wanted = None, fold_query(query)
    while True:
        search = Search(wanted, room, before, limit)
        page = await (by or world.store.search).find(account, search, now_ms=world.now_ms)
        assert len(page.hits) <= limit
        found += page.hits
        if page.next is None:
            return found
        assert before is None or page.next < before, "a search goes on"
        before = page.next


def texts(hits: Sequence[Hit]) -> list[object]:
    """Give what the hits say."""
    return [hit.event.content["body"] for hit in hits]


async def several_rooms(world: World) -> tuple[SeededUser, list[Event]]:
    """Give a person some rooms of different sizes, and return all that was said, newest first."""
    me, *others = await world.people(6)
    await world.hands.give(me.account, credit=0, premium_until=2**50)
    rooms = [await world.claim((await world.match(me, other)).room) for other in others]
    chance, said = random.Random(7), list[tuple[int, RoomId, Event]]()
    counts: Counter[RoomId] = Counter()
    for number in range(400):
        room = chance.choices(rooms, (50, 20, 5, 2, 1))[0]
        # Now and then several in the same millisecond.
        world.clock.now_ms += chance.choice((0, 0, 1, 1_000))
        counts[room.room] += 1
        text = f"{chance.choice(('사과', '바나나', 'cherry'))} {number}"
        event = world.message(counts[room.room], room.occupants[0].alias, body=text)
        await world.append(Append(room.room, room.fence, event.seq - 1, (event,), {}))
        said.append((event.at, room.room, event))
    said.sort(key=lambda one: (one[0], one[1], one[2].seq), reverse=True)
    return me, [event for _, _, event in said]
