"""The Glimpse protocol (docs/protocol.md, section 3) in both of its encodings.

`PlainDialect` is the same without accounts: the peers of `ws` and the bare send loop speak it.
"""

from __future__ import annotations

from collections.abc import Generator

import msgspec

from bench.load.dialect import (
    Ack,
    Delivery,
    Heard,
    RefusedByServerError,
    Script,
    Seat,
    Step,
    Trouble,
)
from bench.load.frames import Opcode

EPHEMERAL = frozenset({"typing", "read", "presence"})
HELLO_REF = -1
OPEN_REF = -2
# The largest page of the protocol: a bench is away for less than that.
PAGE_EVENTS = 200
CLOSING_EVENTS = frozenset({"session.draining", "error"})


class Frame(msgspec.Struct, gc=False):
    """The fields of a server frame that the bench looks at; others are ignored, as promised."""

    ev: str = ""
    re: int | str | None = None
    ok: bool = False
    code: str = ""
    seq: int = -1
    epoch: int = 0
    body: msgspec.Raw = msgspec.Raw(b"")


class Part(msgspec.Struct, gc=False):
    """An event in the answer of `room.open`."""

    ev: str
    seq: int
    body: str = ""

    def heard(self) -> Delivery | Step:
        """Say what it means."""
        return Delivery(self.seq, self.body) if self.ev == "msg.new" else Step(self.seq)


class Opened(msgspec.Struct, gc=False):
    """The answer of `room.open`, read whole."""

    epoch: int
    seq: int
    recovered: bool
    events: list[Part]
    more: bool = False


class Place(msgspec.Struct, frozen=True):
    """Where a reader of a room stopped."""

    epoch: int
    seq: int


class Hello(msgspec.Struct):
    token: str
    op: str = "hello"
    id: int = HELLO_REF


class Open(msgspec.Struct):
    room: str
    limit: int = 1
    op: str = "room.open"
    id: int = OPEN_REF


class Reopen(msgspec.Struct):
    room: str
    after: Place
    limit: int = PAGE_EVENTS
    op: str = "room.open"
    id: int = OPEN_REF


class Send(msgspec.Struct):
    id: int
    room: str
    cid: str
    body: str
    op: str = "msg.send"
    kind: str = "text"


# A script that ends with the reply it asked for.
_Asking = Generator[bytes, bytes, tuple[Frame, bytes]]


class GlimpseDialect:
    """Glimpse with accounts, in JSON or MessagePack."""

    def __init__(self, codec: str, *, path: str = "/v1/ws") -> None:
        self.name = f"glimpse_{codec}"
        self.path = path
        self.subprotocol = f"glimpse.v1.{codec}"
        self._text: msgspec.json.Decoder[str] | msgspec.msgpack.Decoder[str]
        self._decoder: msgspec.json.Decoder[Frame] | msgspec.msgpack.Decoder[Frame]
        self._opened: msgspec.json.Decoder[Opened] | msgspec.msgpack.Decoder[Opened]
        self._encoder: msgspec.json.Encoder | msgspec.msgpack.Encoder
        # Of every room that was opened: what a reader names when it comes back.
        self.epochs: dict[str, int] = {}
        if codec == "msgpack":
            self.opcode = Opcode.BINARY
            self._decoder = msgspec.msgpack.Decoder(Frame)
            self._opened = msgspec.msgpack.Decoder(Opened)
            self._encoder = msgspec.msgpack.Encoder()
            self._text = msgspec.msgpack.Decoder(str)
        else:
            self.opcode = Opcode.TEXT
            self._decoder = msgspec.json.Decoder(Frame)
            self._opened = msgspec.json.Decoder(Opened)
            self._encoder = msgspec.json.Encoder()
            self._text = msgspec.json.Decoder(str)

    def join(self, seat: Seat) -> Script:
        yield from self._ask(Hello(seat.token), HELLO_REF)
        if not seat.room:
            return 0
        return (yield from self.enter(seat))

    def enter(self, seat: Seat) -> Script:
        """Open the room of the seat; hello has been said."""
        frame, _ = yield from self._ask(Open(seat.room), OPEN_REF)
        self.epochs[seat.room] = frame.epoch
        return frame.seq

    def resume(self, seat: Seat, seq: int) -> Generator[bytes, bytes, Opened]:
        """Say hello again and ask for exactly what came after `seq`."""
        yield from self._ask(Hello(seat.token), HELLO_REF)
        place = Place(self.epochs[seat.room], seq)
        _, payload = yield from self._ask(Reopen(seat.room, place), OPEN_REF)
        return self._opened.decode(payload)

    def say(self, seat: Seat, *, number: int, cid: str, body: str) -> bytes:
        return self._encoder.encode(Send(number, seat.room, cid, body))

    def hear(self, payload: bytes) -> Heard:
        try:
            frame = self._decoder.decode(payload)
            if frame.ev == "msg.new":
                return Delivery(frame.seq, self._text.decode(frame.body))
        except msgspec.MsgspecError as exc:
            return Trouble(f"a frame that cannot be read: {exc}")
        if frame.ev:
            if frame.ev in CLOSING_EVENTS:
                return Trouble(f"event {frame.ev} {frame.code}".rstrip())
            return Step(frame.seq) if frame.seq >= 0 and frame.ev not in EPHEMERAL else None
        if not isinstance(frame.re, int):
            return Trouble(f"a reply to {frame.re!r}")
        if not frame.ok:
            return Trouble(f"message {frame.re} refused: {frame.code}")
        return Ack(frame.re, frame.seq)

    def _ask(self, request: msgspec.Struct, ref: int) -> _Asking:
        payload = self._encoder.encode(request)
        while True:
            answer = yield payload
            frame, payload = self._decoder.decode(answer), b""
            if frame.re == ref:
                if not frame.ok:
                    raise RefusedByServerError(f"{request.__class__.__name__}: {frame.code}")
                return frame, answer
            if frame.ev in CLOSING_EVENTS:
                raise RefusedByServerError(f"event {frame.ev} {frame.code}".rstrip())


class PlainDialect(GlimpseDialect):
    """The JSON of Glimpse without hello: what a peer without accounts speaks."""

    def __init__(self) -> None:
        super().__init__("json", path="/")
        self.name = "plain"
        self.subprotocol = ""

    def join(self, seat: Seat) -> Script:
        if not seat.room:
            return 0
        return (yield from self.enter(seat))
