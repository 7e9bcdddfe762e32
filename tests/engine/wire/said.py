"""Frames that clients say: right ones, and well-formed ones that ask for too much."""

from __future__ import annotations

from typing import Any

from engine.limits import INTEGER_MAX_EXCLUSIVE
from engine.wire import frames as wire

TYPING: dict[str, Any] = {"op": "typing", "room": "r", "on": True, "id": 1}

GOOD: list[tuple[dict[str, Any], wire.ClientFrame]] = [
    ({"op": "hello", "id": 1, "token": "t"}, wire.Hello(id=1, token="t")),
    ({"op": "room.open", "id": "a", "room": "r"}, wire.RoomOpen(id="a", room="r")),
    (
        {"op": "room.open", "id": 1, "room": "r", "after": {"epoch": 1, "seq": 2}, "limit": 200},
        wire.RoomOpen(id=1, room="r", after=wire.Position(epoch=1, seq=2), limit=200),
    ),
    ({"op": "room.close", "id": -1, "room": "r"}, wire.RoomClose(id=-1, room="r")),
    (
        {"op": "msg.send", "id": 1, "room": "r", "cid": "c", "kind": "text", "body": "a:b: 가"},
        wire.MessageSend(id=1, room="r", cid="c", kind="text", body="a:b: 가"),
    ),
    (
        {
            "op": "msg.send",
            "id": 1,
            "room": "r",
            "cid": "c",
            "kind": "text",
            "body": "x",
            "reply_to": 3,
        },
        wire.MessageSend(id=1, room="r", cid="c", kind="text", body="x", reply_to=3),
    ),
    (
        {
            "op": "msg.send",
            "id": 1,
            "room": "r",
            "cid": "c",
            "kind": "location",
            "body": {"lat": 1.5, "lng": 2, "label": "a:b"},
        },
        wire.MessageSend(
            id=1,
            room="r",
            cid="c",
            kind="location",
            body={"lat": 1.5, "lng": 2, "label": "a:b"},
        ),
    ),
    (
        {"op": "msg.delete", "id": 1, "room": "r", "seq": 3},
        wire.MessageDelete(id=1, room="r", seq=3),
    ),
    (
        {"op": "msg.react", "id": 1, "room": "r", "seq": 3, "emoji": "👍", "on": True},
        wire.MessageReact(id=1, room="r", seq=3, emoji="👍", on=True),
    ),
    ({"op": "read", "room": "r", "seq": 3}, wire.Read(room="r", seq=3)),
    ({"op": "read", "room": "r", "seq": 3, "id": None}, wire.Read(room="r", seq=3)),
    ({"op": "typing", "room": "r", "on": False, "id": 5}, wire.Typing(room="r", on=False, id=5)),
    (
        {"op": "like.send", "id": 1, "group": "g", "member": "m", "intent": "friend", "cid": "c"},
        wire.LikeSend(id=1, group="g", member="m", intent="friend", cid="c"),
    ),
]

# Well-formed frames that ask for what this protocol does not have.
REJECTED: dict[str, dict[str, Any]] = {
    "unknown op": {"op": "nope", "id": 1},
    "unknown field": {**TYPING, "more": 1},
    "missing field": {"op": "typing", "id": 1, "room": "r"},
    "wrong type": {**TYPING, "room": 5},
    "null where a text is": {**TYPING, "room": None},
    "a number where a truth is": {**TYPING, "on": 1},
    "a list where a text is": {**TYPING, "room": ["r"]},
    "room too long": {**TYPING, "room": "r" * 65},
    "negative seq": {"op": "read", "id": 1, "room": "r", "seq": -1},
    "seq too large": {"op": "read", "id": 1, "room": "r", "seq": INTEGER_MAX_EXCLUSIVE},
    "seq far too large": {"op": "read", "id": 1, "room": "r", "seq": 2**64 - 1},
    "fraction": {"op": "read", "id": 1, "room": "r", "seq": 1.5},
    "limit 0": {"op": "room.open", "id": 1, "room": "r", "limit": 0},
    "limit 201": {"op": "room.open", "id": 1, "room": "r", "limit": 201},
    "half a position": {"op": "room.open", "id": 1, "room": "r", "after": {"seq": 1}},
    "a position with more": {
        "op": "room.open",
        "id": 1,
        "room": "r",
        "after": {"seq": 1, "epoch": 1, "x": 1},
    },
    "empty cid": {"op": "msg.send", "id": 1, "room": "r", "cid": "", "kind": "text", "body": "x"},
    "cid of 65": {
        "op": "msg.send",
        "id": 1,
        "room": "r",
        "cid": "c" * 65,
        "kind": "text",
        "body": "x",
    },
    "a body that nests": {
        "op": "msg.send",
        "id": 1,
        "room": "r",
        "cid": "c",
        "kind": "image",
        "body": {"file": {"x": 1}},
    },
    "a body that is a list": {
        "op": "msg.send",
        "id": 1,
        "room": "r",
        "cid": "c",
        "kind": "image",
        "body": ["x"],
    },
    "a truth in a body": {
        "op": "msg.send",
        "id": 1,
        "room": "r",
        "cid": "c",
        "kind": "image",
        "body": {"file": True},
    },
    "empty token": {"op": "hello", "id": 1, "token": ""},
    "token too long": {"op": "hello", "id": 1, "token": "t" * 2_049},
}
