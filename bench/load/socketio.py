"""Socket.IO 4 over Engine.IO 4, websocket transport only, spoken over a raw WebSocket.

Engine.IO puts one digit before each packet (0 open, 2 ping, 3 pong, 4 message), Socket.IO one more
(0 connect, 2 event, 3 ack, 4 connect error), then the ack id, then JSON.
"""

from __future__ import annotations

import re

import msgspec

from bench.load.dialect import (
    Ack,
    Answer,
    Delivery,
    Heard,
    RefusedByServerError,
    Script,
    Seat,
    Trouble,
)
from bench.load.frames import Opcode

EVENT = b"42["
PING = b"2"
PONG = b"3"
OPEN = b"0"
CONNECT = b"40"
JOIN_ACK = 0
ACK = re.compile(rb"43(\d+)(\[.*\])\Z", re.DOTALL)


class Told(msgspec.Struct, gc=False):
    """The message of the room in a `msg` event."""

    seq: int
    body: str


class Receipt(msgspec.Struct, gc=False):
    """What the app acknowledges with."""

    ok: bool
    seq: int


class Draft(msgspec.Struct):
    room: str
    cid: str
    body: str
    kind: str = "text"


class SocketIoDialect:
    """The peer `socketio`."""

    name = "socketio"
    path = "/socket.io/?EIO=4&transport=websocket"
    subprotocol = ""
    opcode = Opcode.TEXT

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()
        self._event = msgspec.json.Decoder(tuple[str, Told])
        self._receipt = msgspec.json.Decoder(tuple[Receipt])

    def join(self, seat: Seat) -> Script:
        packet = yield b""
        if not packet.startswith(OPEN):
            raise RefusedByServerError(f"no Engine.IO open packet but {packet[:40]!r}")
        packet = yield CONNECT
        if not packet.startswith(CONNECT):
            raise RefusedByServerError(f"no Socket.IO connect but {packet[:40]!r}")
        if not seat.room:
            return 0
        payload = b'42%d["join",%s]' % (JOIN_ACK, self._encoder.encode(seat.room))
        while True:
            heard = self.hear((yield payload))
            payload = heard.payload if isinstance(heard, Answer) else b""
            if isinstance(heard, Ack):
                return heard.seq
            if isinstance(heard, Trouble):
                raise RefusedByServerError(heard.text)

    def say(self, seat: Seat, *, number: int, cid: str, body: str) -> bytes:
        draft = self._encoder.encode(Draft(seat.room, cid, body))
        return b'42%d["send",%s]' % (number, draft)

    def hear(self, payload: bytes) -> Heard:
        try:
            if payload.startswith(EVENT):
                name, told = self._event.decode(payload[2:])
                return Delivery(told.seq, told.body) if name == "msg" else None
            if payload == PING:
                return Answer(PONG)
            if ack := ACK.match(payload):
                (receipt,) = self._receipt.decode(ack[2])
                number = int(ack[1])
                return Ack(number, receipt.seq) if receipt.ok else Trouble(f"{number} refused")
        except msgspec.MsgspecError as exc:
            return Trouble(f"a packet that cannot be read: {exc}")
        return Trouble(f"a packet nobody asked for: {payload[:40]!r}")
