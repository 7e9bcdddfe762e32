"""Every frame a client may say, by name, in full: what server and clients agree on."""

from __future__ import annotations

import json

import msgpack

from engine.wire import frames as wire
from engine.wire.codec import Codec
from engine.wire.websocket import Opcode
from tests.builders import EPOCH, ROOM

MATCH = "match00000000000"

OPS: dict[str, dict[str, object]] = {
    "hello": {"op": "hello", "id": 1, "token": "a.sealed.token"},
    "room-open": {"op": "room.open", "id": 2, "room": ROOM},
    "room-open-after": {
        "op": "room.open",
        "id": 3,
        "room": ROOM,
        "after": {"epoch": EPOCH, "seq": 12},
        "limit": 200,
    },
    "room-close": {"op": "room.close", "id": 4, "room": ROOM},
    "send-text": {
        "op": "msg.send",
        "id": "a-ref",
        "room": ROOM,
        "cid": "c-1",
        "kind": "text",
        "body": "안녕 😀",
        "reply_to": 3,
    },
    "send-sticker": {
        "op": "msg.send",
        "id": 5,
        "room": ROOM,
        "cid": "c-2",
        "kind": "sticker",
        "body": {"sticker": "wave"},
    },
    "send-location": {
        "op": "msg.send",
        "id": 6,
        "room": ROOM,
        "cid": "c-3",
        "kind": "location",
        "body": {"lat": 37.5, "lng": 127.0, "label": "성수"},
    },
    "send-image": {
        "op": "msg.send",
        "id": 7,
        "room": ROOM,
        "cid": "c-4",
        "kind": "image",
        "body": {"file": "f-1", "w": 640, "h": 480},
    },
    "send-voice": {
        "op": "msg.send",
        "id": 8,
        "room": ROOM,
        "cid": "c-5",
        "kind": "voice",
        "body": {"file": "f-2", "seconds": 3.5},
    },
    "delete": {"op": "msg.delete", "id": 9, "room": ROOM, "seq": 3},
    "react": {"op": "msg.react", "id": 10, "room": ROOM, "seq": 3, "emoji": "👍", "on": True},
    "read": {"op": "read", "room": ROOM, "seq": 3},
    "read-answered": {"op": "read", "id": 11, "room": ROOM, "seq": 3},
    "typing": {"op": "typing", "room": ROOM, "on": True},
    "reveal-offer": {"op": "reveal.offer", "id": 12, "match": MATCH, "step": "profile"},
    "reveal-accept": {"op": "reveal.accept", "id": 13, "match": MATCH, "step": "photo"},
    "reveal-withdraw": {"op": "reveal.withdraw", "id": 14, "match": MATCH, "step": "contact"},
    "like": {
        "op": "like.send",
        "id": 15,
        "group": "group00000000000",
        "member": "member0000000000",
        "intent": "romantic",
        "super": False,
        "cid": "c-6",
    },
    "like-super": {
        "op": "like.send",
        "id": 16,
        "group": "group00000000000",
        "member": "member0000000000",
        "intent": "friend",
        "cid": "c-7",
        "super": True,
        "line": "반가워요 🙂",
        "shown": True,
    },
    "like-undo": {"op": "like.undo", "id": 17, "like": "like000000000000"},
    "like-cancel": {"op": "like.cancel", "id": 18, "like": "like000000000000"},
    "pool-join": {
        "op": "pool.join",
        "id": 19,
        "pool": "group00000000000",
        "me": {"interests": ["차", "go"], "area": {"x": 3, "y": 31}, "features": ["hat"]},
        "want": {
            "intent": "romantic",
            "sides": ["female", "other"],
            "ages": {"low": 20, "high": 35, "must": True},
            "features": ["glasses"],
        },
        "cid": "c-8",
    },
    "pool-join-plain": {
        "op": "pool.join",
        "id": 20,
        "pool": "group00000000000",
        "me": {},
        "want": {"intent": "friend"},
        "cid": "c-9",
    },
    "pool-update": {
        "op": "pool.update",
        "id": 21,
        "ticket": "ticket0000000000",
        "want": {"intent": "friend", "ages": {"low": 20, "high": 35}},
    },
    "pool-leave": {"op": "pool.leave", "id": 22, "ticket": "ticket0000000000"},
    "pool-explain": {"op": "pool.explain", "id": 23, "ticket": "ticket0000000000"},
}

OPCODES = {Codec.JSON: Opcode.TEXT, Codec.MSGPACK: Opcode.BINARY}


def payload_of(name: str, codec: Codec) -> bytes:
    """Write what a client sends, without the WebSocket's own header."""
    if codec is Codec.JSON:
        return json.dumps(OPS[name], ensure_ascii=False, separators=(",", ":")).encode()
    packed: bytes = msgpack.packb(OPS[name])
    return packed


def tags() -> set[str]:
    """List the ops of the protocol, as the decoder knows them."""
    return {str(kind.__struct_config__.tag) for kind in wire.ClientFrame.__args__}
