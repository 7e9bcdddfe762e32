"""The room: what may be said, in which order it stands, and what becomes of it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import pytest

from engine.errors import BadRequest, CidConflict, NotFound, RoomClosed
from engine.limits import ROOM_CIDS, ROOM_TAIL_EVENTS
from engine.rooms.events import EventName
from engine.rooms.room import Room
from tests.builders import FOX, OWL, RAT, account_of, make_event, make_room, make_snapshot, text


def test_a_message_is_pending_until_it_is_settled() -> None:
    room = make_room()
    posted = room.post(FOX, "a", text("hi"), at=5)
    assert (posted.event.seq, posted.dup, room.seq) == (1, False, 0)
    assert room.newest(10) == []
    assert room.dirty
    assert room.settle() == [posted.event]
    assert room.seq == 1
    assert room.newest(10) == [posted.event]
    assert not room.dirty


def test_an_append_carries_all_that_is_pending_under_the_fence() -> None:
    room = Room(make_snapshot(seq=3, fence=9))
    room.post(FOX, "a", text("hi"), at=5)
    room.read(OWL, 2)
    append = room.append()
    assert (append.room, append.fence, append.base_seq) == (room.room, 9, 3)
    assert [event.seq for event in append.events] == [4]
    assert append.reads == {OWL: 2}


def test_the_same_cid_finds_the_first_before_and_after_the_commit() -> None:
    room = make_room()
    first = room.post(FOX, "a", text("hi"), at=5)
    again = room.post(FOX, "a", text("hi"), at=6)
    assert (again.event, again.dup) == (first.event, True)
    assert len(room.settle()) == 1
    later = room.post(FOX, "a", text("hi"), at=7)
    assert (later.event, later.dup) == (first.event, True)
    assert not room.dirty


@pytest.mark.parametrize("settled", [False, True])
def test_the_same_cid_with_another_body_is_a_conflict(*, settled: bool) -> None:
    room = make_room()
    room.post(FOX, "a", text("hi"), at=5)
    if settled:
        room.settle()
    with pytest.raises(CidConflict):
        room.post(FOX, "a", text("ho"), at=6)


def test_a_cid_belongs_to_its_sender() -> None:
    room = make_room()
    room.post(FOX, "a", text("hi"), at=5)
    assert not room.post(OWL, "a", text("ho"), at=6).dup


def test_cids_of_the_tail_are_known_to_a_new_owner() -> None:
    room = make_room(seq=3)
    posted = room.post(FOX, "cid 2", text("text 2"), at=9)
    assert (posted.event.seq, posted.dup) == (2, True)


def test_memory_of_cids_is_bounded_and_keeps_the_newest() -> None:
    room = make_room()
    for n in range(ROOM_CIDS + 1):
        room.post(FOX, f"c{n}", text("x"), at=n)
        room.settle()
    assert not room.post(FOX, "c0", text("x"), at=1).dup  # the store's unique key finds this one
    assert room.post(FOX, "c1", text("x"), at=1).dup


def test_nobody_speaks_in_a_closed_room_but_a_retry_finds_its_message() -> None:
    room = make_room(seq=1, closed=True)
    with pytest.raises(RoomClosed):
        room.post(FOX, "new", text("x"), at=1)
    assert room.post(FOX, "cid 1", text("text 1"), at=1).dup


def test_nothing_follows_a_close_that_is_pending() -> None:
    room = make_room()
    room.post(FOX, "a", text("before"), at=1)
    assert room.close(at=2) is not None
    with pytest.raises(RoomClosed):
        room.post(OWL, "b", text("after"), at=3)
    assert room.close(at=4) is None
    assert [event.name for event in room.settle()] == [EventName.MESSAGE, EventName.CLOSED]
    assert room.closed


def test_a_close_that_was_discarded_did_not_happen() -> None:
    room = make_room()
    room.close(at=2)
    room.discard({})
    assert not room.post(FOX, "a", text("x"), at=3).dup


@pytest.mark.parametrize("reply_to", [0, 4, 2**53 - 1])
def test_a_reply_names_a_message_that_exists(reply_to: int) -> None:
    room = make_room(seq=3)
    with pytest.raises(BadRequest):
        room.post(FOX, "a", text("x", reply_to=reply_to), at=1)
    assert not room.dirty


def test_a_reply_may_name_a_message_of_the_same_batch() -> None:
    room = make_room(seq=3)
    room.post(FOX, "a", text("x"), at=1)
    assert room.post(OWL, "b", text("y", reply_to=4), at=1).event.seq == 5


def test_who_is_not_in_here_is_told_that_there_is_nothing() -> None:
    room = make_room()
    assert room.alias_of(account_of(FOX)) == FOX
    with pytest.raises(NotFound):
        room.alias_of(account_of(RAT))


def test_a_read_mark_only_moves_forward_and_not_beyond_the_log() -> None:
    room = make_room(seq=5)
    assert room.read(FOX, 3)
    assert not room.read(FOX, 3)
    assert not room.read(FOX, 2)
    assert room.read(FOX, 99)
    assert room.append().reads == {FOX: 5}
    assert not room.read(FOX, 7)
    room.settle()
    assert not room.dirty
    assert {one.alias: one.read for one in room.occupants} == {FOX: 5, OWL: 0}


def test_a_message_that_waits_for_its_commit_cannot_be_read_yet() -> None:
    room = make_room(seq=5)
    room.post(FOX, "a", text("x"), at=1)
    room.read(OWL, 6)
    assert room.append().reads == {OWL: 5}


def test_discarding_remembers_what_the_store_knew() -> None:
    room = make_room(seq=2, tail=[])
    old = make_event(1, sender=FOX, cid="a", body="hi")
    room.post(FOX, "a", text("hi"), at=9)
    room.post(OWL, "b", text("yo"), at=9)
    room.read(OWL, 2)
    room.discard({(FOX, "a"): old})
    assert room.post(FOX, "a", text("hi"), at=9).event == old
    assert room.post(OWL, "b", text("yo"), at=9).event.seq == 3
    assert room.append().reads == {OWL: 2}  # a read mark does not depend on the posts


def test_what_memory_does_not_hold_it_does_not_make_up() -> None:
    tail = [make_event(n) for n in range(91, 101)]
    room = make_room(seq=100, tail=tail)
    assert room.newest(10) == tail
    assert room.newest(11) is None
    assert room.after(90, 200) == tail
    assert room.after(90, 3) == tail[:3]
    assert room.after(100, 3) == []
    assert room.after(89, 3) is None


def test_the_tail_is_bounded() -> None:
    room = make_room()
    for n in range(ROOM_TAIL_EVENTS + 10):
        room.post(FOX, f"c{n}", text("x"), at=n)
    room.settle()
    assert room.after(9, 1) is None
    assert [event.seq for event in room.after(10, 2) or []] == [11, 12]


def test_a_snapshot_with_a_gap_is_a_bug_of_the_store() -> None:
    with pytest.raises(AssertionError):
        make_room(seq=3, tail=[make_event(1), make_event(3)])


def test_who_hides_read_marks_is_known() -> None:
    room = make_room()
    assert room.reads_seen(FOX, now_ms=0)


def test_time_never_runs_backwards_within_a_room() -> None:
    room = make_room()
    first = room.post(FOX, "a", text("now"), at=1_000).event
    second = room.post(OWL, "b", text("set back"), at=400).event
    room.settle()
    third = room.post(FOX, "c", text("still back"), at=500).event
    fourth = room.post(FOX, "d", text("later"), at=2_000).event
    assert [one.at for one in (first, second, third, fourth)] == [1_000, 1_000, 1_000, 2_000]


def test_who_comes_twice_is_told_once() -> None:
    room = make_room()
    assert room.moved(EventName.JOINED, RAT, {}, at=1) is not None
    assert room.moved(EventName.JOINED, RAT, {}, at=2) is None
    room.settle()
    assert room.moved(EventName.JOINED, RAT, {}, at=3) is None
    assert room.moved(EventName.LEFT, RAT, {}, at=4) is not None


def test_who_has_left_is_not_in_the_room() -> None:
    room = make_room()
    stays = [one for one in room.occupants if one.alias != OWL]
    assert room.set_occupants(stays) == [OWL]
    with pytest.raises(NotFound):
        room.alias_of(account_of(OWL))
    assert room.alias_of(account_of(FOX)) == FOX


def test_what_was_said_before_one_came_is_no_message_to_them() -> None:
    fox, owl = make_snapshot(seq=2).occupants
    room = make_room(seq=2)
    room.set_occupants([fox, replace(owl, since=1)])
    for seq, theirs in ((1, False), (2, True)):
        target = room.find(seq)
        assert target is not None
        for act in (
            partial(room.post, cid=f"r{seq}", content=text("re", reply_to=seq), at=9),
            partial(room.react, target=target, emoji="👍", on=True, at=9),
        ):
            act(FOX)
            with nullcontext() if theirs else pytest.raises((BadRequest, NotFound)):
                act(OWL)
