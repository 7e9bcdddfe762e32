"""Messages that are taken back and reactions that come and go, in the room itself."""

from __future__ import annotations

import pytest

from engine.errors import BadRequest, Conflict, Forbidden, NotFound, RoomClosed, WindowOver
from engine.ids import Alias
from engine.limits import (
    REACTED_MESSAGES_CACHED_MAX,
    REACTIONS_PER_PERSON_MAX,
    ROOM_TAIL_EVENTS,
)
from engine.rooms.events import DELETED_CONTENT, Event, EventName
from engine.rooms.room import Room
from tests.builders import FOX, OWL, make_event, make_room, make_snapshot, text

AT = 1_001  # when the first message was said
WITHIN_S = 300


def delete(room: Room, seq: int, alias: Alias = FOX, at: int = AT) -> Event | None:
    """Take a message back."""
    target = room.find(seq)
    assert target is not None
    return room.delete(alias, target, at=at, within_s=WITHIN_S)


def react(room: Room, seq: int, emoji: str, alias: Alias = OWL, *, on: bool = True) -> Event | None:
    """React to a message."""
    target = room.find(seq)
    assert target is not None
    assert room.knows_reactions(seq)
    return room.react(alias, target, emoji, on=on, at=AT)


def test_a_deletion_takes_the_words_and_leaves_the_place() -> None:
    room = make_room(seq=3)
    event = delete(room, 2)
    assert event is not None
    assert (event.name, event.sender, event.content) == (EventName.DELETED, FOX, {"target": 2})
    assert room.append().erased == (event,)
    before = room.newest(9)
    assert before is not None
    assert not any(one.deleted for one in before)  # not before it is durable
    room.settle()
    after = room.newest(9)
    assert after is not None
    assert [one.seq for one in after] == [1, 2, 3, 4]
    assert [one.deleted for one in after] == [False, True, False, False]
    assert after[1].content == DELETED_CONTENT


def test_a_deletion_happens_once() -> None:
    room = make_room(seq=3)
    assert delete(room, 2) is not None
    assert delete(room, 2) is None
    room.settle()
    assert delete(room, 2, at=AT + 10**9) is None
    assert not room.dirty


def test_only_own_messages_are_taken_back() -> None:
    room = make_room(seq=3)
    with pytest.raises(Forbidden):
        delete(room, 2, OWL)
    delete(room, 2)
    room.settle()
    with pytest.raises(Forbidden):
        delete(room, 2, OWL)
    with pytest.raises(NotFound):
        delete(room, 4)  # the deletion itself


def test_a_message_is_taken_back_within_minutes() -> None:
    room = make_room(seq=1)
    with pytest.raises(WindowOver):
        delete(room, 1, at=AT + WITHIN_S * 1000 + 1)
    assert delete(room, 1, at=AT + WITHIN_S * 1000) is not None


def test_the_cid_of_a_deleted_message_is_still_taken() -> None:
    room = make_room(seq=1)
    delete(room, 1)
    room.settle()
    posted = room.post(FOX, "cid 1", text("text 1"), at=AT)
    assert (posted.event.seq, posted.dup) == (1, True)
    assert "text 1" not in str(posted.event.content)


def test_a_deletion_that_was_discarded_did_not_happen() -> None:
    room = make_room(seq=1)
    delete(room, 1)
    room.discard({})
    assert delete(room, 1) is not None


def test_nothing_changes_in_a_closed_room() -> None:
    room = make_room(seq=2, closed=True)
    with pytest.raises(RoomClosed):
        delete(room, 1)
    with pytest.raises(RoomClosed):
        react(room, 1, "👍")


def test_a_reply_names_a_message_and_nothing_else() -> None:
    room = make_room(seq=1)
    delete(room, 1)
    room.settle()
    with pytest.raises(BadRequest):
        room.post(OWL, "a", text("x", reply_to=2), at=AT)
    assert room.post(OWL, "b", text("x", reply_to=1), at=AT).event.content["reply_to"] == 1


def test_a_reply_to_what_is_older_than_memory_needs_to_be_shown_it() -> None:
    tail = [make_event(n) for n in range(11, ROOM_TAIL_EVENTS + 11)]
    room = make_room(seq=ROOM_TAIL_EVENTS + 10, tail=tail)
    with pytest.raises(BadRequest):
        room.post(OWL, "a", text("x", reply_to=3), at=AT)
    with pytest.raises(BadRequest):
        room.post(OWL, "a", text("x", reply_to=3), at=AT, answered=make_event(4))
    assert not room.post(OWL, "a", text("x", reply_to=3), at=AT, answered=make_event(3)).dup


# --- reactions ------------------------------------------------------------------------------


def test_a_reaction_comes_and_goes_and_the_same_again_is_nothing_new() -> None:
    room = make_room(seq=1)
    assert react(room, 1, "👍", on=False) is None
    put = react(room, 1, "👍")
    assert put is not None
    assert put.content == {"target": 1, "emoji": "👍", "on": True}
    assert react(room, 1, "👍") is None
    assert room.append().reactions == {(1, OWL): ("👍",)}
    room.settle()
    assert react(room, 1, "👍") is None
    assert react(room, 1, "👍", FOX) is not None
    assert react(room, 1, "👍", on=False) is not None
    assert room.append().reactions == {(1, OWL): (), (1, FOX): ("👍",)}


def test_reactions_are_read_from_the_tail_by_a_new_owner() -> None:
    content = {"target": 1, "emoji": "👍", "on": True}
    put = Event(2, 5, EventName.REACTION, OWL, None, content)
    off = Event(4, 6, EventName.REACTION, OWL, None, {**content, "emoji": "🎉", "on": False})
    on = Event(3, 6, EventName.REACTION, OWL, None, {**content, "emoji": "🎉"})
    room = make_room(seq=4, tail=[make_event(1), put, on, off])
    assert react(room, 1, "👍") is None
    assert react(room, 1, "🎉", on=False) is None


def test_reactions_of_one_person_to_one_message_are_bounded() -> None:
    room = make_room(seq=2)
    emojis = [chr(0x1F600 + n) for n in range(REACTIONS_PER_PERSON_MAX + 1)]
    for emoji in emojis[:-1]:
        react(room, 1, emoji)
    with pytest.raises(Conflict):
        react(room, 1, emojis[-1])
    assert react(room, 1, emojis[-1], FOX) is not None
    assert react(room, 2, emojis[-1]) is not None
    assert react(room, 1, emojis[0], on=False) is not None
    assert react(room, 1, emojis[-1]) is not None


def test_nobody_reacts_to_what_is_gone_or_is_no_message() -> None:
    room = make_room(seq=2)
    delete(room, 1)
    with pytest.raises(NotFound):
        react(room, 1, "👍")
    room.settle()
    for seq in (1, 3):
        with pytest.raises(NotFound):
            react(room, seq, "👍")


def test_the_reactions_to_a_deleted_message_go_with_it() -> None:
    room = make_room(seq=2)
    react(room, 1, "👍")
    delete(room, 1)
    assert room.append().reactions == {}


def test_memory_of_reactions_is_bounded_and_what_is_pending_is_not_forgotten() -> None:
    tail = [make_event(n) for n in range(201, 457)]
    room = Room(make_snapshot(seq=456, tail=tail))
    for seq in range(1, REACTED_MESSAGES_CACHED_MAX + 2):
        room.learn_reactions(seq, {})
        assert room.react(OWL, make_event(seq), "👍", on=True, at=AT) is not None
    assert not room.knows_reactions(1)
    assert room.knows_reactions(2)
    assert room.react(OWL, make_event(1), "👍", on=True, at=AT) is None
    assert len(room.append().reactions) == REACTED_MESSAGES_CACHED_MAX + 1
