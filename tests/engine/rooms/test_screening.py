"""What a match may not say before its contact step, and what comes with a caution."""

from __future__ import annotations

import pytest

from engine.errors import CidConflict, ContactTooSoon
from engine.limits import ROOM_TAIL_EVENTS
from engine.rooms.events import Event, EventName, RoomKind
from engine.rooms.message import screened
from engine.rooms.room import Room
from tests.builders import FOX, OWL, make_event, make_snapshot, text

NUMBER = "010-1234-5678"


def pair(*, seq: int = 0) -> Room:
    return Room(make_snapshot(seq=seq, kind=RoomKind.MATCH))


def test_a_number_is_refused_and_nothing_is_kept() -> None:
    room = pair()
    with pytest.raises(ContactTooSoon):
        room.post(FOX, "a", text(NUMBER), at=5)
    assert not room.dirty
    assert room.post(FOX, "a", text("안녕"), at=6).event.seq == 1


def test_a_name_of_a_place_is_looked_at_and_a_sticker_is_not() -> None:
    with pytest.raises(ContactTooSoon):
        screened({"kind": "location", "body": {"lat": 1.0, "lng": 1.0, "label": NUMBER}}, list)
    said = {"kind": "sticker", "body": {"sticker": "01012345678"}}
    assert screened(said, list) == said


def test_what_asks_for_a_contact_comes_with_a_caution_and_is_one_message_still() -> None:
    room = pair()
    posted = room.post(FOX, "a", text("번호 좀 알려줘"), at=5)
    assert posted.event.content == {**text("번호 좀 알려줘"), "caution": True}
    for _ in range(2):
        assert room.post(FOX, "a", text("번호 좀 알려줘"), at=6).dup
        room.settle()
    with pytest.raises(CidConflict):
        room.post(FOX, "a", text("번호 알려줘"), at=7)


@pytest.mark.parametrize("settled", [False, True])
def test_a_number_in_pieces_ends_before_its_last_one(*, settled: bool) -> None:
    room = pair()
    for cid, piece in (("a", "010"), ("b", "1234")):
        room.post(FOX, cid, text(piece), at=5)
        room.post(OWL, cid, text("응?"), at=5)
        if settled:
            room.settle()
    with pytest.raises(ContactTooSoon):
        room.post(FOX, "c", text("5678"), at=6)
    room.post(OWL, "c", text("5678"), at=6)


def test_pieces_are_looked_for_in_the_last_few_texts_only() -> None:
    room = pair(seq=ROOM_TAIL_EVENTS)
    assert room.post(FOX, "a", text("5678"), at=2_000).event.content == text("5678")


def test_a_group_says_what_it_likes() -> None:
    room = Room(make_snapshot(kind=RoomKind.GROUP))
    assert room.post(FOX, "a", text(NUMBER), at=5).event.content == text(NUMBER)


@pytest.mark.parametrize(
    ("step", "free"), [("profile", False), ("photo", False), ("contact", True)]
)
def test_after_the_contact_step_numbers_are_free(step: str, *, free: bool) -> None:
    done = Event(1, 1, EventName.REVEAL_DONE, FOX, None, {"match": "m", "step": step})
    room = Room(make_snapshot(seq=1, tail=[done], kind=RoomKind.MATCH, reveal=done))
    if free:
        assert room.post(OWL, "a", text(NUMBER), at=5).event.content == text(NUMBER)
        return
    with pytest.raises(ContactTooSoon):
        room.post(OWL, "a", text(NUMBER), at=5)


def test_what_is_in_the_log_already_is_answered_with_its_place() -> None:
    kept = make_event(1, cid="a", body=NUMBER)
    room = Room(make_snapshot(seq=1, tail=[kept], kind=RoomKind.MATCH))
    assert room.post(FOX, "a", text(NUMBER), at=5).dup
