"""Replies: in the order of the ops, whatever order the work ends in; no event overtakes one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sessions.replies import Replies, Slot


def test_replies_wait_for_those_before_them() -> None:
    replies = Replies()
    first, second, third = replies.open(), replies.open(), replies.open()
    assert replies.settle(third, b"3") == []
    assert replies.settle(first, b"1") == [b"1"]
    assert len(replies) == 2
    assert replies.settle(second, b"2") == [b"2", b"3"]
    assert len(replies) == 0


def test_an_op_that_owes_no_reply_still_has_its_turn() -> None:
    replies = Replies()
    first, quiet, third = replies.open(), replies.open(), replies.open()
    assert replies.settle(quiet, None) == []
    assert replies.settle(third, b"3") == []
    assert replies.settle(first, b"1") == [b"1", b"3"]


def test_an_op_is_answered_once() -> None:
    replies = Replies()
    replies.open()
    slot = replies.open()
    replies.settle(slot, b"x")
    with pytest.raises(AssertionError):
        replies.settle(slot, b"y")


def test_an_event_waits_behind_the_youngest_answer_that_waits() -> None:
    replies = Replies()
    assert not replies.hold(b"now")  # nothing waits: send it at once
    first, second, third = replies.open(), replies.open(), replies.open()
    assert not replies.hold(b"now")  # no answer is ready: there is nothing to overtake
    replies.settle(second, b"2")
    assert replies.hold(b"after 2")
    replies.settle(third, b"3")
    assert replies.hold(b"after 3")
    assert replies.settle(first, b"1") == [b"1", b"2", b"after 2", b"3", b"after 3"]
    assert not replies.hold(b"now")


def test_an_event_does_not_wait_behind_answers_about_another_room() -> None:
    """A page of its own room that is asked for already would hold it, and it would come twice."""
    replies = Replies()
    page, elsewhere, refused = replies.open(), replies.open(), replies.open()
    replies.settle(elsewhere, b"done there", "there")
    replies.settle(refused, b"busy")
    assert not replies.hold(b"event of here", "here")
    assert replies.hold(b"event of there", "there")
    sent = replies.settle(page, b"page", "here")
    assert sent == [b"page", b"done there", b"event of there", b"busy"]


def test_what_is_held_is_counted() -> None:
    replies = Replies()
    first, second = replies.open(), replies.open()
    replies.settle(second, b"12345")
    replies.hold(b"678")
    assert replies.waiting_bytes == 8
    replies.settle(first, b"x")
    assert replies.waiting_bytes == 0


@given(st.data())
def test_order_holds_under_any_order_of_settling(data: st.DataObject) -> None:
    """Model: an event comes after every answer that was ready before it; all come once."""
    replies = Replies()
    waiting: list[tuple[int, Slot]] = []
    sent: list[bytes] = []
    owed: list[bytes] = []
    ready: set[bytes] = set()  # answers that were settled so far
    before: dict[bytes, set[bytes]] = {}  # event: the answers it may not overtake
    topics = {}
    opened = shown = 0
    for step in data.draw(st.lists(st.sampled_from(["open", "settle", "event"]), max_size=60)):
        if step == "open":
            topics[b"reply %d" % opened] = data.draw(st.sampled_from("ab"))
            waiting.append((opened, replies.open()))
            owed.append(b"reply %d" % opened)
            opened += 1
        elif step == "settle" and waiting:
            number, slot = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
            ready.add(b"reply %d" % number)
            reply = b"reply %d" % number
            sent += replies.settle(slot, reply, topics[reply])
        elif step == "event":
            event = b"event %d" % shown
            shown += 1
            topics[event] = topic = data.draw(st.sampled_from("ab"))
            before[event] = {one for one in ready if topics[one] == topic}
            if not replies.hold(event, topic):
                sent.append(event)
    while waiting:
        number, slot = waiting.pop()
        sent += replies.settle(slot, b"reply %d" % number)
    assert [one for one in sent if one.startswith(b"reply")] == owed
    for topic in "ab":
        mine = [one for one in sent if one.startswith(b"event") and topics[one] == topic]
        assert mine == [one for one in before if topics[one] == topic]
    for event, answers in before.items():
        assert answers <= set(sent[: sent.index(event)])
    assert replies.waiting_bytes == 0
