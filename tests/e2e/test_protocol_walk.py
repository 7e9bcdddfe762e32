"""A client written from the page alone walks the frames of the contract, in both codecs."""

from __future__ import annotations

from contextlib import ExitStack
from typing import cast

import pytest

from tests.e2e.rest import Json, seeded
from tests.e2e.server import Server
from tests.e2e.walker import Walker, code_of, hello

FRAME_BYTES_MAX = 64 * 1024


def _refusals(one: Walker, room: object) -> list[tuple[str, object, object]]:
    text: Json = {"room": room, "kind": "text", "body": "가"}
    asked: list[tuple[str, Json, str]] = [
        ("no.such", {}, "bad_request"),
        ("room.open", {"room": room, "extra": 1}, "bad_request"),
        ("room.open", {"room": room, "limit": 201}, "bad_request"),
        ("room.open", {"room": "nowhere"}, "not_found"),
        ("room.close", {"room": "nowhere"}, "not_found"),
        ("room.close", {"room": "A" * 16}, "not_found"),
        ("msg.send", {**text, "cid": ""}, "bad_request"),
        ("msg.send", {**text, "cid": "c" * 65}, "bad_request"),
        ("msg.send", {**text, "cid": "k", "kind": "film"}, "bad_request"),
        ("msg.send", {**text, "cid": "first", "body": "다른"}, "cid_conflict"),
        ("msg.send", {**text, "cid": "n", "room": "nowhere"}, "not_found"),
        ("msg.send", {**text, "cid": "c" * 64, "body": " " + "가" * 1000 + " "}, "ok"),
        ("msg.send", {**text, "cid": "s", "kind": "sticker", "body": {"sticker": "wave"}}, "ok"),
        ("msg.send", {**text, "cid": "l", "kind": "location", "body": {"lat": 1, "lng": 2}}, "ok"),
        ("msg.send", {**text, "cid": "r", "reply_to": 1}, "ok"),
        ("read", {"room": room, "seq": 1}, "ok"),
        ("typing", {"room": room, "on": True}, "ok"),
        ("pool.leave", {"ticket": "nothing"}, "not_found"),
        ("pool.explain", {"ticket": "nothing"}, "not_found"),
    ]
    return [
        (f"{op} {fields}"[:120], want, code_of(one.ask(op, **fields))) for op, fields, want in asked
    ]


def _change(one: Walker, other: Walker, room: object, seq: object) -> None:
    on: Json = {"room": room, "seq": seq, "emoji": "👍", "on": True}
    assert code_of(other.ask("msg.react", **on)) == "ok"
    reaction = one.event("msg.reaction")
    assert (reaction["target"], reaction["emoji"], reaction["on"]) == (seq, "👍", True)
    assert code_of(other.ask("msg.delete", room=room, seq=seq)) == "forbidden"
    assert code_of(one.ask("msg.delete", room=room, seq=seq)) == "ok"
    assert other.event("msg.deleted")["target"] == seq


def _resume(one: Walker, room: object, sent: Json) -> None:
    whole = cast("list[Json]", one.ask("room.open", room=room, limit=200)["events"])
    seqs = [cast("int", event["seq"]) for event in whole]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    place = {"epoch": sent["epoch"], "seq": sent["seq"]}
    resumed = one.ask("room.open", room=room, after=place, limit=2)
    after = [event["seq"] for event in cast("list[Json]", resumed["events"])]
    assert (resumed["recovered"], resumed["more"]) == (True, True)
    assert after == [seq for seq in seqs if seq > cast("int", sent["seq"])][:2]
    assert one.ask("room.open", room=room, after={**place, "epoch": 999})["recovered"] is False


def _walk_a_room(one: Walker, other: Walker, room: object) -> None:
    me = one.ask("room.open", room=room)["me"]
    opened = other.ask("room.open", room=room)
    assert opened["recovered"] is True
    assert me in [member["alias"] for member in cast("list[Json]", opened["members"])]
    first = {"room": room, "cid": "first", "kind": "text", "body": " 안녕 "}
    sent, again = one.ask("msg.send", **first), one.ask("msg.send", **first)
    assert (sent["dup"], again["dup"], again["seq"]) == (False, True, sent["seq"])
    own, heard = one.event("msg.new"), other.event("msg.new")
    assert (own["cid"], heard["from"], heard["seq"]) == ("first", me, sent["seq"])
    assert "cid" not in heard
    assert [line for line in _refusals(one, room) if line[1] != line[2]] == []
    _change(one, other, room, sent["seq"])
    _resume(one, room, sent)


@pytest.mark.parametrize("codec", ["json", "msgpack"])
def test_the_page_and_the_server_say_the_same(roomy: Server, codec: str) -> None:
    url = roomy.ws_url
    mine, theirs = seeded(roomy, users=2, groups=1, pairs=True)
    with ExitStack() as stack:
        one, other = hello(stack, url, codec, mine), hello(stack, url, codec, theirs)
        _walk_a_room(one, other, mine["room"])
        stranger = Walker(stack, url, codec)
        stranger.ws.send(b"\xc1" if codec == "msgpack" else "{")
        assert stranger.hear()["code"] == "bad_frame"
        forger = Walker(stack, url, codec)
        assert forger.ask("hello", token="nobody's")["code"] == "unauthenticated"
        assert forger.close_code() == 4501
        one.ws.send("x" * (FRAME_BYTES_MAX + 1) if codec == "json" else bytes(FRAME_BYTES_MAX + 1))
        assert one.close_code() == 1009
