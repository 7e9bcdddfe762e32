"""A client written from the page walks likes, pools, a match and its reveal, in both codecs."""

from __future__ import annotations

from contextlib import ExitStack
from typing import cast

import pytest

from tests.e2e.rest import Json, Person, person_of, seeded
from tests.e2e.server import Server
from tests.e2e.walker import Walker, code_of, hello

DURABLE = {"ev", "room", "epoch", "seq", "at"}
ANYBODY = {"intent": "friend"}


def _rest(stack: ExitStack, server: Server, person: Json) -> Person:
    found = person_of(server, person)
    stack.callback(found.http.close)
    return found


def _like(one: Walker, who: Json, cid: str) -> Json:
    told = one.ask("like.send", group=who["group"], member=who["member"], intent="friend", cid=cid)
    assert told.keys() == {"re", "ok", "like", "left_today", "credits"}, told
    return told


def _meet(one: Walker, other: Walker, mine: Json, theirs: Json) -> tuple[Json, Json]:
    """Like each other; the replies look the same, and both hear of the match."""
    _like(one, theirs, "l-1")
    assert _like(one, theirs, "l-1")["left_today"] == 0, "the same cid is the same like"
    _like(other, mine, "l-2")
    told = one.event("match.new"), other.event("match.new")
    for event in told:
        assert event.keys() == {"ev", "match", "room", "group", "peer", "at"}, event
        assert cast("Json", event["peer"]).keys() == {"alias", "nickname"}
    assert (told[0]["match"], told[0]["room"]) == (told[1]["match"], told[1]["room"])
    return told


def _be_there(one: Walker, other: Walker, room: object) -> tuple[object, object]:
    """Open the room on both sides; who was there first hears of the other."""
    me = one.ask("room.open", room=room)["me"]
    them = other.ask("room.open", room=room)["me"]
    assert one.event("presence") == {"ev": "presence", "room": room, "from": them, "online": True}
    return me, them


def _write(one: Walker, other: Walker, room: object, me: object) -> None:
    for on in (True, False):
        one.ask("typing", room=room, on=on)
        typing = {"ev": "typing", "room": room, "from": me, "on": on}
        assert other.event("typing") == typing
    sent = one.ask("msg.send", room=room, cid="m-1", kind="text", body="안녕하세요")
    assert sent.keys() == {"re", "ok", "seq", "epoch", "at", "dup"}
    said = other.event("msg.new")
    assert said.keys() == DURABLE | {"from", "kind", "body"}
    assert (said["seq"], said["at"], said["from"]) == (sent["seq"], sent["at"], me)


def _read(one: Walker, other: Walker, mark: Json, theirs: Person) -> None:
    """A mark is seen by one's own sessions, and by others where its reader lets everybody."""
    for seen in (False, True):
        theirs.call("PATCH", "/v1/me", {"show_read_marks": seen})
        one.ask("msg.send", room=mark["room"], cid=f"seen {seen}", kind="text", body="또 만나요")
        seq = other.event("msg.new")["seq"]
        assert code_of(other.ask("read", room=mark["room"], seq=seq)) == "ok"
        assert other.event("read") == {**mark, "seq": seq}
    assert one.event("read") == {**mark, "seq": seq}, "the first one was hidden"


def _reveal(one: Walker, other: Walker, match: object, me: object, them: object) -> None:
    step: Json = {"match": match, "step": "profile"}
    codes = [
        code_of(one.ask("reveal.accept", **step)),
        code_of(one.ask("reveal.offer", match=match, step="photo")),
        code_of(one.ask("reveal.offer", match=match, step="soul")),
        code_of(one.ask("reveal.offer", match="nowhere", step="profile")),
        code_of(one.ask("reveal.offer", **step)),
        code_of(one.ask("reveal.withdraw", **step)),
        code_of(one.ask("reveal.offer", **step)),
        code_of(other.ask("reveal.accept", **step)),
        code_of(one.ask("reveal.withdraw", **step)),
    ]
    conflict = "conflict"
    assert codes == [conflict, conflict, "bad_request", "not_found", *["ok"] * 4, conflict]
    for name in ("reveal.offered", "reveal.withdrawn", "reveal.offered"):
        event = other.event(name)
        assert event.keys() == DURABLE | {"from", "match", "step"}
        assert event["from"] == me
    for walker in (one, other):
        done = walker.event("reveal.done")
        assert done.keys() == DURABLE | {"from", "match", "step", "peer"}
        assert done["from"] == them
        assert cast("Json", done["peer"]).keys() == {"bio", "interests", "age_band"}


def _end(one: Walker, other: Walker, new: Json, mine: Person) -> None:
    (room,) = [one for one in mine.items("/v1/rooms") if one["room"] == new["room"]]
    assert (room["kind"], room["match"], room["revealed"]) == (
        "match",
        new["match"],
        ["profile"],
    )
    assert {"epoch", "seq", "read", "unread", "me", "members", "last", "closed"} <= room.keys()
    page = mine.call("GET", f"/v1/rooms/{new['room']}/messages?limit=2")
    seqs = [event["seq"] for event in cast("list[Json]", page["items"])]
    assert seqs == [cast("int", room["seq"]) - 1, room["seq"]]
    mine.call("DELETE", f"/v1/matches/{new['match']}", status=204)
    for walker in (one, other):
        ended = walker.event("match.ended")
        assert ended == {"ev": "match.ended", "match": new["match"], "room": new["room"]}
        assert walker.event("room.closed").keys() >= DURABLE
    late = other.ask("msg.send", room=new["room"], cid="m-9", kind="text", body="아직 있어요?")
    assert code_of(late) == "room_closed"
    (match,) = mine.items("/v1/matches")
    assert match["state"] == "ended"


def _in_a_pool(one: Walker, other: Walker, pool: object) -> None:
    asked: Json = {"pool": pool, "me": {}, "want": {**ANYBODY, "sides": ["other"]}, "cid": "p-1"}
    waits = one.ask("pool.join", **asked)
    assert waits.keys() == {"re", "ok", "ticket", "expires_in_s", "wait_band"}
    assert one.ask("pool.join", **asked)["ticket"] == waits["ticket"]
    said = one.ask("pool.explain", ticket=waits["ticket"])
    told = {"waiting_s", "considered_band", "blocked_by", "wait_band"}
    assert said.keys() == {"re", "ok"} | told
    assert code_of(other.ask("pool.leave", ticket=waits["ticket"])) == "not_found"
    for _ in range(2):
        assert code_of(one.ask("pool.leave", ticket=waits["ticket"])) == "ok"
    assert code_of(one.ask("pool.update", ticket=waits["ticket"], want=ANYBODY)) == "not_found"
    mine = one.ask("pool.join", pool=pool, me={}, want=ANYBODY, cid="p-2")
    other.ask("pool.join", pool=pool, me={}, want=ANYBODY, cid="p-3")
    for walker in (one, other):
        new = walker.event("match.new")
        assert new.keys() >= {"match", "room", "pool", "peer", "at"}
        assert new["pool"] == pool
    assert code_of(one.ask("pool.leave", ticket=mine["ticket"])) == "conflict"


@pytest.mark.parametrize("codec", ["json", "msgpack"])
def test_two_meet_as_the_page_says(roomy: Server, codec: str) -> None:
    mine, theirs, third, fourth, *_ = seeded(roomy, users=4, groups=1)
    with ExitStack() as stack:
        one, other, left, right = (
            hello(stack, roomy.ws_url, codec, person) for person in (mine, theirs, third, fourth)
        )
        new, _ = _meet(one, other, mine, theirs)
        room = new["room"]
        me, them = _be_there(one, other, room)
        _write(one, other, room, me)
        _read(one, other, {"ev": "read", "room": room, "from": them}, _rest(stack, roomy, theirs))
        _reveal(one, other, new["match"], me, them)
        _end(one, other, new, _rest(stack, roomy, mine))
        _in_a_pool(left, right, mine["group"])


@pytest.mark.parametrize("codec", ["json", "msgpack"])
def test_the_sixth_session_takes_the_place_of_the_oldest(roomy: Server, codec: str) -> None:
    person, _ = seeded(roomy, users=2, groups=1)
    with ExitStack() as stack:
        walkers = [hello(stack, roomy.ws_url, codec, person) for _ in range(6)]
        assert walkers[0].close_code() == 4503
        assert all(code_of(walker.ask("no.such")) == "bad_request" for walker in walkers[1:])
        early = Walker(stack, roomy.ws_url, codec)
        assert code_of(early.ask("room.open", room="nowhere")) == "unauthenticated"
