"""What stays of somebody who is erased in a room: the places of what they did, and no name."""

from __future__ import annotations

import pytest

from engine.ids import Alias
from engine.rooms.erasure import without_names, without_person
from engine.rooms.events import Content, Event, EventName

ANN, BEN = Alias("ann"), Alias("ben")
PARTED: Content = {"other": BEN, "nickname": "Ann", "others_nickname": "Ben"}


def event(name: EventName, content: Content, sender: Alias | None = ANN) -> Event:
    return Event(7, 1_000, name, sender, "cid", content)


@pytest.mark.parametrize(
    ("name", "content", "left"),
    [
        (EventName.MESSAGE, {"kind": "text", "body": "hi"}, {"deleted": True}),
        (EventName.JOINED, {"nickname": "Ann"}, {"nickname": ""}),
        (EventName.LEFT, {}, {}),
        (EventName.REACTION, {"target": 3, "emoji": "+"}, {"target": 3, "emoji": "+"}),
        (EventName.PARTED, PARTED, {**PARTED, "nickname": ""}),
        (EventName.MET, PARTED, {**PARTED, "nickname": ""}),
    ],
)
def test_what_somebody_did_keeps_its_place_only(
    name: EventName, content: Content, left: Content
) -> None:
    done = event(name, content)
    erased = without_person(done, {ANN})
    assert erased.content == left
    assert (erased.seq, erased.at, erased.sender) == (done.seq, done.at, done.sender)
    assert without_person(erased, {ANN}) is erased, "again changes nothing"


def test_whom_somebody_blocked_is_forgotten_too() -> None:
    assert without_person(event(EventName.PARTED, PARTED), {BEN}).content == {
        **PARTED,
        "others_nickname": "",
    }


def test_others_stay_as_they_are() -> None:
    for name, content in (
        (EventName.MESSAGE, {"kind": "text", "body": "hi"}),
        (EventName.PARTED, PARTED),
    ):
        said = event(name, content)
        assert without_person(said, {Alias("carl")}) is said


def test_news_on_its_way_loses_the_name() -> None:
    assert without_names({"alias": ANN, "nickname": "Ann"}, {ANN}) == {"alias": ANN, "nickname": ""}
    assert without_names({"alias": ANN, **PARTED}, {BEN}) == {
        "alias": ANN,
        **PARTED,
        "others_nickname": "",
    }
    assert without_names({"room": "x"}, {ANN}) == {"room": "x"}
