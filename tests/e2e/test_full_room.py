"""A room of a thousand, over real sockets: all hear all, and one finds what was said meanwhile."""

from __future__ import annotations

from typing import cast

from bench.load.crowd import Crowd
from bench.load.glimpse import GlimpseDialect
from bench.load.talk import Talk
from engine.limits import PAGE_EVENTS_MAX, ROOM_MEMBERS_MAX
from tests.e2e.phone import calling
from tests.e2e.rest import Json, Person, person_of, seeded
from tests.e2e.server import Server
from tests.e2e.storm import seats_of

_SPEAKERS = 60
_MESSAGES = 120
_BODY_CHARS = 32


def test_a_thousand_in_one_room_lose_nothing(roomy: Server) -> None:
    people = seeded(roomy, users=ROOM_MEMBERS_MAX, groups=1, room_size=ROOM_MEMBERS_MAX)
    room = people[0]["room"]
    assert {one["room"] for one in people} == {room}
    with Crowd(GlimpseDialect("json"), "127.0.0.1", roomy.ws_port) as crowd:
        crowd.join(seats_of(people))
        crowd.settle()
        talk = Talk(crowd, body_chars=_BODY_CHARS, tag="full-")
        talk.run(crowd.clients[:_SPEAKERS], messages=_MESSAGES, in_flight=1)
        assert (talk.lost, talk.unacked, talk.tally.doubled, talk.tally.told) == (0, 0, 0, [])
    late = person_of(roomy, people[-1])
    with late.http:
        _find_it_all(roomy, late, room)


def _find_it_all(roomy: Server, late: Person, room: object) -> None:
    """Somebody who said nothing counts, pages, reads, and takes part."""
    assert _row(late, room)["unread"] == _MESSAGES
    with calling(roomy.ws_url, late.access) as phone:
        opened = phone.open(room)
        assert len(cast("list[Json]", opened["members"])) == ROOM_MEMBERS_MAX
        assert len(_history(late, room)) == opened["seq"] == _MESSAGES
        assert phone.ask("read", room=room, seq=opened["seq"])["ok"] is True
        assert _row(late, room)["unread"] == 0
        assert phone.say(room, "late")["seq"] == _MESSAGES + 1


def _row(person: Person, room: object) -> Json:
    (row,) = [one for one in person.items("/v1/rooms") if one["room"] == room]
    assert len(cast("list[Json]", row["members"])) == ROOM_MEMBERS_MAX
    return row


def _history(person: Person, room: object) -> set[object]:
    """Page through the room to its beginning."""
    seen: list[Json] = []
    before = ""
    while True:
        path = f"/v1/rooms/{room}/messages?limit={PAGE_EVENTS_MAX // 4}{before}"
        page = person.call("GET", path)
        seen = [*cast("list[Json]", page["items"]), *seen]
        if not page["more"]:
            return {one["seq"] for one in seen}
        before = f"&before={seen[0]['seq']}"
