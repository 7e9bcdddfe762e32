"""Contract of the search: what is found, by whom, in which order, and what the index shows."""

from __future__ import annotations

import pytest

from engine.errors import BadRequest, NotFound
from engine.ids import RoomId
from engine.rooms.events import Append, Event, EventName
from engine.rooms.search import Search, fold, fold_query, says
from tests.store.searching import find, say, several_rooms, texts
from tests.store.world import DAY_MS, World

LINES = (
    "오늘 저녁에 한국어 수업 같이 들을래요?",
    "Hello THERE, Straße 7",
    "커피 ☕️ 마실래? 👋👋🏽",
    "ㅋㅋㅋ",
    "\uff26\uff55\uff4c\uff4c\u3000\uff57\uff49\uff44\uff54\uff48",
    "a",
    "한국",
    "두  칸\n줄",
)


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("한국", (6, 0)),
        ("한국어", (0,)),
        ("국어 수", (0,)),
        ("\u1112\u1161\u11ab\u1100\u116e\u11a8", (6, 0)),  # the same syllables in pieces
        ("들을래", (0,)),
        ("hello there", (1,)),
        ("eLLo", (1,)),
        ("STRASSE", (1,)),
        ("ll", (4, 1)),
        ("full width", (4,)),
        ("☕️", (2,)),
        ("👋🏽", (2,)),
        ("👋👋", (2,)),
        ("ㅋㅋ", (3,)),
        ("두 칸  줄", (7,)),
        ("국한", ()),
        ("수업에", ()),
        ("%a_", ()),
    ],
)
async def test_parts_of_words_are_found(world: World, query: str, lines: tuple[int, ...]) -> None:
    room = await world.room()
    await say(world, room, *LINES)
    hits = await find(world, room.occupants[1].account, query)
    assert texts(hits) == [LINES[line] for line in lines]
    assert {(hit.room, hit.epoch, hit.me) for hit in hits} <= {
        (room.room, room.epoch, room.occupants[1].alias)
    }


@pytest.mark.parametrize("query", ["", "a", "  가 ", "\u1112\u1161\u11ab", "x" * 101, "  "])
def test_a_query_has_two_to_a_hundred_characters(query: str) -> None:
    with pytest.raises(BadRequest):
        fold_query(query)
    assert fold_query("x" * 100)
    assert fold("ΐ") == fold(fold("ΐ"))


async def test_what_is_no_text_is_not_found(world: World) -> None:
    room = await world.room()
    alias = room.occupants[0].alias
    place = {"lat": 37.5, "lng": 127.0, "label": "서울 시청"}
    events = (
        Event(1, 5, EventName.MESSAGE, alias, "1", {"kind": "image", "body": {"file": "수업"}}),
        Event(2, 6, EventName.MESSAGE, alias, "2", {"kind": "location", "body": place}),
        Event(3, 7, EventName.JOINED, alias, None, {"nickname": "수업"}),
        Event(4, 8, EventName.MESSAGE, alias, "4", {"kind": "text", "body": "수업"}),
        Event(
            5, 9, EventName.MESSAGE, alias, "5", {"kind": "sticker", "body": {"sticker": "수업"}}
        ),
    )
    await world.append(Append(room.room, room.fence, 0, events, {}))
    me = room.occupants[0].account
    assert [hit.event for hit in await find(world, me, "수업")] == [events[3]]
    assert [hit.event for hit in await find(world, me, "시청")] == [events[1]]


async def test_only_who_is_in_a_room_finds_what_is_said_there(world: World) -> None:
    ours, theirs = await world.room(), await world.room()
    await say(world, ours, "우리 이야기")
    await say(world, theirs, "그들 이야기")
    me, other = ours.occupants[0].account, ours.occupants[1].account
    assert texts(await find(world, me, "이야기")) == ["우리 이야기"]
    with pytest.raises(NotFound):
        await find(world, me, "이야기", room=theirs.room)
    with pytest.raises(NotFound):
        await find(world, me, "이야기", room=RoomId("nowhere000000000"))
    await world.hands.leave_room(ours.room, me)
    assert await find(world, me, "이야기") == []
    with pytest.raises(NotFound):
        await find(world, me, "이야기", room=ours.room)
    assert len(await find(world, other, "이야기")) == 1
    before = Search("이야기", None, None, 9)
    early = await world.store.search.find(other, before, now_ms=world.now_ms - DAY_MS)
    assert early.hits == ()


async def test_an_erased_key_leaves_nothing_to_find(world: World) -> None:
    room = await world.room()
    await say(world, room, "사라질 말")
    me = room.occupants[0].account
    assert len(await find(world, me, "사라질")) == 1
    await world.hands.erase_key(room.room)
    assert await find(world, me, "사라질") == []
    assert await find(world, me, "사라질", room=room.room) == []


async def test_a_message_that_was_taken_back_is_not_found(world: World) -> None:
    room = await world.room()
    await say(world, room, "지울 이야기", "남을 이야기")
    alias, me = room.occupants[0].alias, room.occupants[0].account
    deletion = Event(3, world.now_ms, EventName.DELETED, alias, None, {"target": 1})
    await world.append(Append(room.room, room.fence, 2, (deletion,), {}))
    assert texts(await find(world, me, "이야기")) == ["남을 이야기"]
    assert await find(world, me, "지울") == []


async def test_pages_run_through_all_rooms_newest_first(world: World) -> None:
    me, said = await several_rooms(world)
    for query in ("사과", "cherry", "나 3", "39", "없는 말"):
        expected = [event for event in said if says(event, query)]
        assert expected or query == "없는 말"
        for limit in (7, 100):
            hits = await find(world, me.account, query, limit=limit)
            assert [hit.event for hit in hits] == expected
