"""Every frame the server says, by name, and what clients say: what both were written against.

`python -m tests.engine.golden.frames` writes the files beside this one. A changed file is a changed
protocol: it needs an ADR and a line in docs/protocol.md.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.errors import BadFrame, NotFound, RateLimited
from engine.rooms.events import DELETED_CONTENT, Event, EventName
from engine.rooms.veils import blank
from engine.wire.close_codes import CloseCode
from engine.wire.codec import Codec, encode, ok, posted_ok, refusal
from engine.wire.event_frames import EventFrames
from engine.wire.frames import event_fields
from engine.wire.websocket import Opcode, close_frame, server_frame
from tests.builders import EPOCH, FOX, ROOM
from tests.engine.golden.ops import OPS, payload_of

FOLDER = Path(__file__).parent

SAID = Event(
    3, 1_700_000_000_000, EventName.MESSAGE, FOX, "c-1", {"kind": "text", "body": "안녕 😀"}
)
ANSWERED = Event(
    4,
    1_700_000_000_001,
    EventName.MESSAGE,
    FOX,
    "c-2",
    {"kind": "text", "body": "x", "reply_to": 3},
)
ASKED = Event(
    19,
    1_700_000_000_014,
    EventName.MESSAGE,
    FOX,
    "c-19",
    {"kind": "text", "body": "번호 알려줘", "caution": True},
)
CLOSED = Event(5, 1_700_000_000_002, EventName.CLOSED, None, None, {})
BLANK = blank(SAID)
LONG = Event(
    6, 1_700_000_000_003, EventName.MESSAGE, FOX, "c-3", {"kind": "text", "body": "가" * 1_000}
)

PLACE = Event(
    7,
    1_700_000_000_004,
    EventName.MESSAGE,
    FOX,
    "c-4",
    {"kind": "location", "body": {"lat": 37.5, "lng": 127.0, "label": "성수"}},
)
STICKER, IMAGE, VOICE = (
    Event(
        seq,
        1_700_000_000_013,
        EventName.MESSAGE,
        FOX,
        f"c-{seq}",
        {"kind": kind, "body": body},
    )
    for seq, kind, body in (
        (16, "sticker", {"sticker": "wave"}),
        (17, "image", {"file": "f-1", "w": 640, "h": 480}),
        (18, "voice", {"file": "f-2", "seconds": 3.5}),
    )
)
TAKEN_BACK = Event(8, 1_700_000_000_005, EventName.MESSAGE, FOX, "c-5", DELETED_CONTENT)
DELETED = Event(9, 1_700_000_000_006, EventName.DELETED, FOX, None, {"target": 8})
REACTED = Event(
    10,
    1_700_000_000_007,
    EventName.REACTION,
    FOX,
    None,
    {"target": 3, "emoji": "👍", "on": True},
)

OFFERED = Event(
    11,
    1_700_000_000_008,
    EventName.REVEAL_OFFERED,
    FOX,
    None,
    {"match": "match00000000000", "step": "contact"},
)
WITHDRAWN = Event(
    15,
    1_700_000_000_012,
    EventName.REVEAL_WITHDRAWN,
    FOX,
    None,
    {"match": "match00000000000", "step": "contact"},
)
REVEALED = Event(
    12,
    1_700_000_000_009,
    EventName.REVEAL_DONE,
    FOX,
    None,
    {
        "match": "match00000000000",
        "step": "contact",
        "mine": {"contact": "fox@example"},
        "theirs": {"contact": "owl@example"},
    },
)

JOINED = Event(13, 1_700_000_000_010, EventName.JOINED, FOX, "x", {"nickname": "여우"})
LEFT = Event(14, 1_700_000_000_011, EventName.LEFT, FOX, "x", {})

HELLO = {
    "session": "session000000000",
    "heartbeat_s": 25,
    "server_time": 1_700_000_000_000,
    "rooms": [{"room": ROOM, "epoch": EPOCH, "seq": 5, "read": 3}],
}
OPENED = {
    "epoch": EPOCH,
    "seq": 4,
    "recovered": True,
    "members": [{"alias": FOX, "nickname": "여우"}],
    "me": FOX,
    "events": [event_fields(ROOM, EPOCH, one, own=True) for one in (SAID, ANSWERED)],
    "more": True,
}
MATCH = {
    "ev": "match.new",
    "match": "match00000000000",
    "room": ROOM,
    "group": "group00000000000",
    "peer": {"alias": FOX, "nickname": "여우"},
    "at": 1_700_000_000_000,
}

FRAMES: dict[str, Callable[[Codec], bytes]] = {
    "hello": lambda codec: ok(codec, 1, dict(HELLO)),
    "done": lambda codec: ok(codec, "a-ref", {}),
    "posted": lambda codec: posted_ok(codec, 2, seq=3, epoch=EPOCH, at=5, dup=False),
    "opened": lambda codec: ok(codec, 3, dict(OPENED)),
    "like-undone": lambda codec: ok(codec, 17, {"left_today": 0, "credits": 3}),
    "like-received": lambda codec: EventFrames(
        {"ev": "like.received", "group": "group00000000000", "count_band": "a_few"}
    ).frame(codec),
    "group-matching": lambda codec: EventFrames(
        {
            "ev": "group.matching",
            "group": "group00000000000",
            "matching_open": True,
            "romantic_open": False,
        }
    ).frame(codec),
    "review-decided": lambda codec: EventFrames(
        {
            "ev": "review.decided",
            "group": "group00000000000",
            "outcome": "refused",
            "reason": "outdated",
        }
    ).frame(codec),
    "liked": lambda codec: ok(
        codec, 4, {"like": "like000000000000", "left_today": 0, "credits": 2}
    ),
    "waits": lambda codec: ok(
        codec,
        19,
        {"ticket": "ticket0000000000", "expires_in_s": 600, "wait_band": "under_1_min"},
    ),
    "explained": lambda codec: ok(
        codec,
        23,
        {
            "waiting_s": 42,
            "considered_band": "10_to_30",
            "blocked_by": [{"constraint": "ages", "share_band": "half"}],
            "wait_band": "1_to_5_min",
        },
    ),
    "match-new-pool": lambda codec: encode(codec, {**MATCH, "pool": "group00000000000"}),
    "refused": lambda codec: refusal(codec, 5, NotFound("there is no such room")),
    "refused-for-a-while": lambda codec: refusal(codec, 6, RateLimited(retry_after_ms=1_500)),
    "bad-frame": lambda codec: encode(codec, {"ev": "error", "code": BadFrame.code}),
    "draining": lambda codec: encode(codec, {"ev": "session.draining", "retry_after_ms": 12}),
    "typing": lambda codec: encode(codec, {"ev": "typing", "room": ROOM, "from": FOX, "on": True}),
    "read": lambda codec: encode(codec, {"ev": "read", "room": ROOM, "from": FOX, "seq": 3}),
    "match-new": lambda codec: encode(codec, dict(MATCH)),
    "match-ended": lambda codec: encode(
        codec, {"ev": "match.ended", "match": "match00000000000", "room": ROOM}
    ),
    "message": lambda codec: EventFrames.of(ROOM, EPOCH, SAID).frame(codec),
    "message-caution": lambda codec: EventFrames.of(ROOM, EPOCH, ASKED).frame(codec),
    "message-own": lambda codec: EventFrames.of(ROOM, EPOCH, SAID).frame(codec, own=True),
    "message-reply": lambda codec: EventFrames.of(ROOM, EPOCH, ANSWERED).frame(codec),
    "message-long": lambda codec: EventFrames.of(ROOM, EPOCH, LONG).frame(codec),
    "message-sticker": lambda codec: EventFrames.of(ROOM, EPOCH, STICKER).frame(codec),
    "message-image": lambda codec: EventFrames.of(ROOM, EPOCH, IMAGE).frame(codec),
    "message-voice": lambda codec: EventFrames.of(ROOM, EPOCH, VOICE).frame(codec),
    "message-location": lambda codec: EventFrames.of(ROOM, EPOCH, PLACE).frame(codec),
    "message-taken-back": lambda codec: EventFrames.of(ROOM, EPOCH, TAKEN_BACK).frame(codec),
    "deleted": lambda codec: EventFrames.of(ROOM, EPOCH, DELETED).frame(codec),
    "reaction": lambda codec: EventFrames.of(ROOM, EPOCH, REACTED).frame(codec),
    "reveal-offered": lambda codec: EventFrames.of(ROOM, EPOCH, OFFERED).frame(codec),
    "reveal-withdrawn": lambda codec: EventFrames.of(ROOM, EPOCH, WITHDRAWN).frame(codec),
    "reveal-done": lambda codec: EventFrames.of(ROOM, EPOCH, REVEALED).frame(codec),
    "reveal-done-own": lambda codec: EventFrames.of(ROOM, EPOCH, REVEALED).frame(codec, own=True),
    "presence": lambda codec: encode(
        codec, {"ev": "presence", "room": ROOM, "from": FOX, "online": True}
    ),
    "room-joined": lambda codec: EventFrames.of(ROOM, EPOCH, JOINED).frame(codec),
    "room-joined-own": lambda codec: EventFrames.of(ROOM, EPOCH, JOINED).frame(codec, own=True),
    "room-left": lambda codec: EventFrames.of(ROOM, EPOCH, LEFT).frame(codec),
    "room-closed": lambda codec: EventFrames.of(ROOM, EPOCH, CLOSED).frame(codec),
    "room-blank": lambda codec: EventFrames.of(ROOM, EPOCH, BLANK).frame(codec),
    "room-closed-own": lambda codec: EventFrames.of(ROOM, EPOCH, CLOSED).frame(codec, own=True),
    "ping": lambda _: server_frame(Opcode.PING, b""),
    "close": lambda _: close_frame(CloseCode.SLOW_CONSUMER, "reading too slowly"),
}


def golden(name: str, codec: Codec) -> Path:
    """Name the file of a frame."""
    return FOLDER / f"{name}.{codec.name.lower()}.frame"


def main() -> None:
    """Write all files."""
    for old in FOLDER.glob("*.frame"):
        old.unlink()
    for codec in Codec:
        for name, make in FRAMES.items():
            golden(name, codec).write_bytes(make(codec))
        for name in OPS:
            golden(f"op-{name}", codec).write_bytes(payload_of(name, codec))


if __name__ == "__main__":
    main()
