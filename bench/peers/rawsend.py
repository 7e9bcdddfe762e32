"""The limit: one epoll loop that sends one prebuilt frame to each member, one `send` a delivery.

Nothing is durable, nothing is joined, a client that does not read is dropped. A server that sends
each delivery by itself cannot cost less than this in Python.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import select
import signal
import socket
import sys
from dataclasses import dataclass, field
from time import time_ns

import msgspec
from websockets.speedups import apply_mask

from bench.load.frames import Opcode, server_frame

ACCEPT_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
BACKLOG = 1_024
READ_BYTES = 65_536
EVENTS_MAX = 1_024
NS_PER_MS = 1_000_000
MASK_BYTES = 4
SHORT_MAX = 125


class Request(msgspec.Struct, gc=False):
    op: str
    id: int
    room: str
    cid: str = ""
    kind: str = ""
    body: str = ""


class Event(msgspec.Struct, gc=False):
    room: str
    seq: int
    at: int
    sender: str = msgspec.field(name="from")
    cid: str
    kind: str
    body: str
    ev: str = "msg.new"


class Reply(msgspec.Struct, gc=False):
    re: int
    seq: int
    ok: bool = True


@dataclass(slots=True, eq=False)
class Room:
    seq: int = 0
    members: list[socket.socket] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Peer:
    sock: socket.socket
    alias: str
    upgraded: bool = False
    rest: bytes = b""
    room: Room | None = None


def send_all_or_end(sock: socket.socket, frame: bytes) -> None:
    """Send the whole frame at once; half a frame must never be followed by another."""
    try:
        if sock.send(frame) == len(frame):
            return
    except OSError:
        pass
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)  # Read as an end by the loop, which drops it.


class RawSend:
    """The whole server."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(Request).decode
        self._rooms: dict[str, Room] = {}
        self._peers: dict[int, Peer] = {}
        self._epoll = select.epoll()

    def serve(self) -> None:
        """Listen on a free port of loopback until the process is ended."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self._epoll.register(listener, select.EPOLLIN)
        print(f"ready http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        while True:
            for fd, _ in self._epoll.poll(-1, EVENTS_MAX):
                if fd == listener.fileno():
                    self._accept(listener)
                elif peer := self._peers.get(fd):
                    self._read(peer)

    def _accept(self, listener: socket.socket) -> None:
        sock, _ = listener.accept()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peers[sock.fileno()] = Peer(sock, f"a{len(self._peers):015}")
        self._epoll.register(sock, select.EPOLLIN)

    def _read(self, peer: Peer) -> None:
        try:
            data = peer.sock.recv(READ_BYTES)
        except OSError:
            data = b""
        if not data:
            self._drop(peer)
            return
        data = peer.rest + data
        peer.rest = self._frames(peer, data) if peer.upgraded else self._upgrade(peer, data)

    def _upgrade(self, peer: Peer, data: bytes) -> bytes:
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            return data
        key = head.lower().index(b"sec-websocket-key: ") + len(b"sec-websocket-key: ")
        token = head[key:].partition(b"\r\n")[0] + ACCEPT_GUID
        accept = base64.b64encode(hashlib.sha1(token, usedforsecurity=False).digest())
        peer.sock.send(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        peer.upgraded = True
        return rest

    def _frames(self, peer: Peer, data: bytes) -> bytes:
        at = 0
        while len(data) - at >= 2 + MASK_BYTES:
            size, start = data[at + 1] & 0x7F, at + 2
            if size > SHORT_MAX:
                size, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            body = start + MASK_BYTES
            if len(data) < body + size:
                break
            if data[at] & 0x0F == Opcode.TEXT:
                mask, payload = data[start:body], data[body : body + size]
                self._handle(peer, self._decode(apply_mask(payload, mask)))
            at = body + size
        return data[at:]

    def _handle(self, peer: Peer, request: Request) -> None:
        room = self._rooms.setdefault(request.room, Room())
        if request.op == "room.open":
            room.members.append(peer.sock)
            peer.room = room
            self._reply(peer, request.id, room.seq)
            return
        room.seq += 1
        self._deliver(room.members, room.seq, self._event_frame(peer, request, room.seq))
        self._reply(peer, request.id, room.seq)

    def _reply(self, peer: Peer, ref: int, seq: int) -> None:
        send_all_or_end(peer.sock, server_frame(Opcode.TEXT, self._encode(Reply(ref, seq))))

    def _event_frame(self, peer: Peer, request: Request, seq: int) -> bytes:
        event = Event(
            room=request.room,
            seq=seq,
            at=time_ns() // NS_PER_MS,
            sender=peer.alias,
            cid=request.cid,
            kind=request.kind,
            body=request.body,
        )
        return server_frame(Opcode.TEXT, self._encode(event))

    def _deliver(self, members: list[socket.socket], _seq: int, frame: bytes) -> None:
        for member in members:
            send_all_or_end(member, frame)

    def _drop(self, peer: Peer) -> None:
        del self._peers[peer.sock.fileno()]
        if peer.room is not None:
            peer.room.members.remove(peer.sock)
        peer.sock.close()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    RawSend().serve()
