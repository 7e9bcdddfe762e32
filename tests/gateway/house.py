"""A real gateway on a loopback port over the memory twin, and peers that write raw bytes."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import msgpack
import trio
from cryptography.fernet import Fernet, MultiFernet

from actors.node import Node, NodeParts, open_node
from actors.solving import SolvingHere
from api.auth.tokens import Issuer, Verifier
from api.gateway.gateway import Gateway, GatewayParts, listen
from api.gateway.handshake import Doorman
from api.gateway.visitors import Visitors
from engine.ids import DeviceId, RoomId
from engine.model.policy import Policy
from engine.ports.meter import NoMeter
from engine.wire.codec import Codec
from engine.wire.websocket import Opcode
from store.bundle import StoreBundle
from store.memory import open_memory_store
from store.memory.sign_in_rows import DeviceRow
from store.memory.state import Memory
from tests.actors.world import FaultyLog, account, add_room, make_chance
from tests.builders_wire import client_frame, close_payload, server_frames

ORIGIN = "https://app.example"
PATHS = frozenset({"/v1/ws"})
TTL_S = 3_600

# Loopback answers in a moment; a test that waits this long has failed.
PATIENCE_S = 5.0


def head(
    *,
    path: str = "/v1/ws",
    protocols: str | None = Codec.JSON.value,
    origins: tuple[str, ...] = (),
    extra: str = "",
    version: str = "13",
) -> bytes:
    """Write the head of an upgrade request."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: localhost",
        "Connection: Upgrade",
        "Upgrade: websocket",
        f"Sec-WebSocket-Version: {version}",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *(f"Origin: {origin}" for origin in origins),
    ]
    if protocols is not None:
        lines.append(f"Sec-WebSocket-Protocol: {protocols}")
    return ("\r\n".join(lines) + "\r\n" + extra + "\r\n").encode()


class Gone(Exception):
    """The server has hung up."""


class Peer:
    """One raw client."""

    def __init__(self, stream: trio.SocketStream, codec: Codec) -> None:
        self.stream = stream
        self.codec = codec
        self.data = b""
        self.waiting: list[tuple[int, bytes]] = []
        self.events: list[dict[str, Any]] = []
        self._refs = count(1)

    async def send_raw(self, data: bytes) -> None:
        """Write bytes as they are."""
        with trio.fail_after(PATIENCE_S):
            await self.stream.send_all(data)

    def written(self, value: object) -> bytes:
        """Write one message as a frame, without sending it."""
        if self.codec is Codec.JSON:
            data = value if isinstance(value, bytes) else json.dumps(value).encode()
            return client_frame(Opcode.TEXT, data)
        packed = value if isinstance(value, bytes) else msgpack.packb(value)
        return client_frame(Opcode.BINARY, packed)

    async def send(self, value: object) -> None:
        """Send one message; bytes go as they are."""
        await self.send_raw(self.written(value))

    async def frame(self) -> tuple[int, bytes]:
        """Read the next frame; raises Gone at the end."""
        with trio.fail_after(PATIENCE_S):
            while not self.waiting:
                try:
                    data = await self.stream.receive_some(65_536)
                except trio.BrokenResourceError:
                    data = b""
                if not data:
                    raise Gone
                self.waiting, self.data = server_frames(self.data + data)
        return self.waiting.pop(0)

    async def hear(self) -> dict[str, Any]:
        """Read the next message; pings are passed over, a close frame is one too."""
        while True:
            opcode, payload = await self.frame()
            if opcode == Opcode.CLOSE:
                return {"close": int.from_bytes(payload[:2], "big"), "reason": payload[2:].decode()}
            if opcode in {Opcode.TEXT, Opcode.BINARY}:
                assert (opcode == Opcode.TEXT) == (self.codec is Codec.JSON)
                text = self.codec is Codec.JSON
                found: dict[str, Any] = json.loads(payload) if text else msgpack.unpackb(payload)
                return found

    async def closed(self) -> int:
        """Read up to the close frame, answer it, and see the server hang up; return the code."""
        while True:
            said = await self.hear()
            if "close" in said:
                break
        await self.send_raw(client_frame(Opcode.CLOSE, close_payload(said["close"])))
        await self.gone()
        self.stream.socket.close()
        code: int = said["close"]
        return code

    async def gone(self) -> None:
        """See the server hang up."""
        try:
            while True:
                await self.frame()
        except Gone:
            return

    async def ask(self, op: str, **fields: object) -> dict[str, Any]:
        """Send an op and read its reply; events that come before it are kept."""
        ref = next(self._refs)
        await self.send({"op": op, "id": ref, **fields})
        while True:
            said = await self.hear()
            if said.get("re") == ref:
                return said
            self.events.append(said)

    async def event(self) -> dict[str, Any]:
        """Take the next event."""
        return self.events.pop(0) if self.events else await self.hear()

    async def say(self, room: RoomId, cid: str, body: str = "hi") -> dict[str, Any]:
        """Say something and wait for its reply."""
        return await self.ask("msg.send", room=room, cid=cid, kind="text", body=body)


@dataclass
class House:
    """A gateway with all that stands below it."""

    port: int
    gateway: Gateway
    node: Node
    memory: Memory
    log: FaultyLog
    store: StoreBundle
    issuer: Issuer
    now_ms: Callable[[], int]
    nursery: trio.Nursery

    def token(self, name: str, device: str | None = None) -> str:
        """Sign somebody in on a device of theirs."""
        row = DeviceId(device or f"device of {name}")
        owner = account(name)
        self.memory.devices.setdefault(
            row, DeviceRow(row, owner, row.encode(), self.now_ms() + TTL_S * 1000)
        )
        return self.issuer.issue(owner, row, now_ms=self.now_ms())

    async def knock(self, *, receive_bytes: int | None = None) -> trio.SocketStream:
        """Connect by TCP."""
        sock = trio.socket.socket()
        if receive_bytes is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        try:
            await sock.connect(("127.0.0.1", self.port))
        except BaseException:
            sock.close()
            raise
        stream = trio.SocketStream(sock)
        self.nursery.start_soon(close_in_the_end, stream)
        return stream

    async def peer(
        self, codec: Codec = Codec.JSON, *, receive_bytes: int | None = None, behind: bytes = b""
    ) -> Peer:
        """Connect and shake hands; `behind` follows the head in the same segment."""
        stream = await self.knock(receive_bytes=receive_bytes)
        await stream.send_all(head(protocols=codec.value) + behind)
        peer = Peer(stream, codec)
        answer, peer.data = await read_head(stream)
        assert answer.startswith(b"HTTP/1.1 101"), answer
        assert codec.value.encode() in answer
        peer.waiting, peer.data = server_frames(peer.data)
        return peer

    async def person(
        self, name: str, codec: Codec = Codec.JSON, *, receive_bytes: int | None = None
    ) -> Peer:
        """Connect somebody and say hello."""
        peer = await self.peer(codec, receive_bytes=receive_bytes)
        reply = await peer.ask("hello", token=self.token(name))
        assert reply["ok"], reply
        return peer

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        with trio.fail_after(PATIENCE_S):
            while not condition():  # noqa: ASYNC110  # what is waited for has no event
                await trio.sleep(0.002)


async def close_in_the_end(stream: trio.SocketStream) -> None:
    """Close a socket when the test ends."""
    try:
        await trio.sleep_forever()
    finally:
        stream.socket.close()


async def read_head(stream: trio.SocketStream) -> tuple[bytes, bytes]:
    """Read an HTTP answer up to the end of its head, or of the connection."""
    data = b""
    with trio.fail_after(PATIENCE_S):
        while b"\r\n\r\n" not in data:
            try:
                more = await stream.receive_some(65_536)
            except trio.BrokenResourceError:
                more = b""
            if not more:
                break
            data += more
    answer, _, rest = data.partition(b"\r\n\r\n")
    return answer, rest


@asynccontextmanager
async def open_house(
    *,
    policy: Policy | None = None,
    rooms: int = 1,
    paths: frozenset[str] = PATHS,
    visitors: Visitors | None = None,
) -> AsyncIterator[House]:
    """Serve on a port of its own."""
    memory, chance = Memory(), make_chance()
    store, log = open_memory_store(chance=chance, memory=memory), FaultyLog(memory)
    log.append_s = 0.0
    for number in range(rooms):
        add_room(memory, number)
    box = MultiFernet([Fernet(Fernet.generate_key())])
    parts = NodeParts(
        log=log,
        likes=store.likes,
        outbox=store.outbox,
        push_looks=store.push_looks,
        tickets=store.tickets,
        solving=SolvingHere(),
        policy=policy or Policy(limited=False),
        meter=NoMeter(),
        now_ms=chance.now_ms,
        fresh_id=chance.fresh_id,
    )
    async with open_node(parts) as node, trio.open_nursery() as nursery:
        gateway = Gateway(
            GatewayParts(
                node=node,
                accounts=store.accounts,
                directory=store.directory,
                verifier=Verifier(box, ttl_s=TTL_S),
                doorman=Doorman(frozenset({ORIGIN}), paths),
                meter=NoMeter(),
                now_ms=chance.now_ms,
                fresh_id=chance.fresh_id,
                visitors=Visitors(trust_loopback=True) if visitors is None else visitors,
            )
        )
        listener = listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        await nursery.start(partial(gateway.serve, listener))
        issuer = Issuer(box)
        yield House(port, gateway, node, memory, log, store, issuer, chance.now_ms, nursery)
        nursery.cancel_scope.cancel()
