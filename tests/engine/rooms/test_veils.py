"""Who is hidden from whom: for the two the other has left, for the rest nothing has happened."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from engine.ids import Alias
from engine.rooms.events import Content, Event, EventName, Veil
from engine.rooms.veils import apart, as_seen, in_public, newest_seen

ANN, BEN, CAT = Alias("ann"), Alias("ben"), Alias("cat")
PARTED: Content = {"other": BEN, "nickname": "Ann", "others_nickname": "Ben"}


def event(seq: int, sender: Alias, name: EventName = EventName.MESSAGE, **content: object) -> Event:
    return Event(seq, seq * 10, name, sender, f"c{seq}", content)


LOG = [
    event(1, ANN, body="before"),
    event(2, ANN, EventName.PARTED, **PARTED),
    event(3, ANN, body="secret"),
    event(4, CAT, body="see", reply_to=3),
    event(5, CAT, EventName.REACTION, target=3, emoji="x", on=True),
    event(6, CAT, body="old", reply_to=1),
    event(7, ANN, EventName.MET, **PARTED),
    event(8, ANN, body="after"),
]
BENS = (Veil(frozenset({ANN}), after=1, until=6),)
ANNS = (Veil(frozenset({BEN}), after=1, until=6),)


def shape(events: list[Event]) -> list[tuple[str, object]]:
    return [(one.name, one.sender) for one in events]


def test_for_the_blocked_the_other_has_left_and_comes_back() -> None:
    seen = list(as_seen(LOG, BEN, BENS))
    assert shape(seen) == [
        ("msg.new", ANN),
        ("room.left", ANN),
        ("room.blank", None),
        ("msg.new", CAT),
        ("room.blank", None),
        ("msg.new", CAT),
        ("room.joined", ANN),
        ("msg.new", ANN),
    ]
    assert (seen[2].content, seen[2].cid) == ({}, None)
    assert seen[3].content == {"body": "see"}
    assert seen[5].content == {"body": "old", "reply_to": 1}
    assert seen[6].content == {"nickname": "Ann"}


def test_for_the_blocker_it_is_the_blocked_who_has_left() -> None:
    seen = list(as_seen(LOG, ANN, ANNS))
    assert [seen[1], seen[6]] == [
        Event(2, 20, EventName.LEFT, BEN, None, {}),
        Event(7, 70, EventName.JOINED, BEN, None, {"nickname": "Ben"}),
    ]
    assert [one for one in seen if one.seq not in (2, 7)] == [
        one for one in LOG if one.seq not in (2, 7)
    ]


def test_the_others_see_a_blank_place_and_nothing_else() -> None:
    for seen in (as_seen(LOG, CAT, ()), in_public(LOG)):
        assert [one for one in seen if one.seq not in (2, 7)] == [
            one for one in LOG if one.seq not in (2, 7)
        ]
        assert shape([seen[1], seen[6]]) == [("room.blank", None)] * 2


def test_who_has_a_veil_of_their_own_learns_nothing_of_others() -> None:
    veil = (Veil(frozenset({Alias("dan")}), after=0),)
    seen = list(as_seen(LOG, CAT, veil))
    assert shape([seen[1], seen[6]]) == [("room.blank", None)] * 2
    assert (seen[1].content, seen[6].content) == ({}, {})


def test_what_is_older_than_what_is_at_hand_is_asked_for() -> None:
    (reply,) = as_seen(LOG[3:4], BEN, BENS)
    assert "reply_to" in reply.content
    (reply,) = as_seen(LOG[3:4], BEN, BENS, lambda seq: LOG[seq - 1])
    assert "reply_to" not in reply.content


def test_who_came_back_under_another_alias_stays_hidden() -> None:
    veil = (Veil(frozenset({ANN, CAT}), after=1),)
    assert shape(list(as_seen(LOG[2:4], BEN, veil))) == [("room.blank", None)] * 2


def test_only_a_veil_that_is_down_hides_now() -> None:
    down = (Veil(frozenset({ANN}), after=9),)
    assert apart({BEN: BENS + down, CAT: BENS}) == {BEN: frozenset({ANN})}


def test_the_newest_is_the_newest_that_says_something() -> None:
    assert newest_seen(LOG[:3], BEN, BENS) == Event(2, 20, EventName.LEFT, ANN, None, {})
    assert newest_seen(LOG[:2], CAT, ()) == LOG[0]
    assert newest_seen(LOG[1:2], CAT, ()) is None


@given(st.sampled_from([ANN, BEN, CAT]), st.integers(0, 9), st.none() | st.integers(0, 9))
def test_no_place_is_ever_missing(me: Alias, after: int, until: int | None) -> None:
    veils = (Veil(frozenset({ANN, BEN, CAT} - {me}), after, until),)
    seen = as_seen(LOG, me, veils)
    assert [(one.seq, one.at) for one in seen] == [(one.seq, one.at) for one in LOG]
    words = msgspec.json.encode([one.content for one in seen])
    for one in LOG:
        if veils[0].hides(one) and one.name is EventName.MESSAGE:
            assert str(one.content["body"]).encode() not in words
