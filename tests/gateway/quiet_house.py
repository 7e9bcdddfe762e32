"""A gateway without a kernel, on a clock that jumps: the real tasks over simulated sockets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, cast

import trio
from cryptography.fernet import Fernet, MultiFernet

from api.auth.tokens import Issuer, Verifier
from api.gateway.gateway import Gateway, GatewayParts
from api.gateway.handshake import Doorman, Entry
from engine.ids import DeviceId
from engine.ports.meter import NoMeter
from engine.wire.codec import Codec
from engine.wire.websocket import Opcode
from store.memory.sign_in_rows import DeviceRow
from tests.actors.world import World, account, open_world
from tests.builders_wire import client_frame, server_frames
from tests.sim.sockets import SimHub, SimSocket

TTL_S = 3_600


class OpenDoor:
    """Everybody comes in, after a moment; the HTTP upgrade has tests of its own."""

    async def admit(self, _: object) -> Entry | None:
        """Let in."""
        await trio.lowlevel.checkpoint()
        return Entry("/v1/ws", Codec.JSON)


@dataclass
class Guest:
    """One client, as bytes."""

    sock: SimSocket
    _data: bytes = b""
    heard: list[dict[str, Any]] = field(default_factory=list)

    def say(self, op: str, **fields: object) -> None:
        """Send an op."""
        frame = json.dumps({"op": op, "id": op, **fields}).encode()
        self.sock.write(client_frame(Opcode.TEXT, frame))

    def listen(self) -> list[dict[str, Any]]:
        """Return all that was said; pings are answered by nobody."""
        self._data += self.sock.take() or b""
        frames, self._data = server_frames(self._data)
        self.heard += [json.loads(data) for opcode, data in frames if opcode == Opcode.TEXT]
        return self.heard


@dataclass
class QuietHouse:
    """A node with its gateway."""

    world: World
    gateway: Gateway
    issuer: Issuer
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def guest(self) -> Guest:
        """Connect somebody who says nothing yet."""
        return Guest(SimSocket(next(self._numbers), capacity=65_536))

    async def welcome(self, guest: Guest) -> None:
        """Do what the gateway does for a connection, to its end."""
        self.gateway._shaking += 1
        await self.gateway._welcome(cast(Any, guest.sock), lambda _: True)

    def token(self, name: str) -> str:
        """Sign somebody in."""
        row, now_ms = DeviceId(f"device of {name}"), self.world.parts.now_ms()
        owner = account(name)
        far_ms = now_ms + TTL_S * 1000
        self.world.memory.devices[row] = DeviceRow(row, owner, row.encode(), far_ms)
        return self.issuer.issue(owner, row, now_ms=now_ms)

    def is_empty(self) -> bool:
        """Whether nobody is left, in any book."""
        return (
            len(self.gateway.hub) == 0
            and self.gateway._shaking == 0
            and len(self.world.node.people) == 0
            and not any(one.listeners for one in self.world.node.rooms._audiences.values())
        )


@asynccontextmanager
async def open_quiet_house() -> AsyncIterator[QuietHouse]:
    """Run a gateway whose sockets are simulated."""
    box = MultiFernet([Fernet(Fernet.generate_key())])
    async with open_world() as world, trio.open_nursery() as nursery:
        gateway = Gateway(
            GatewayParts(
                node=world.node,
                accounts=world.store.accounts,
                directory=world.store.directory,
                verifier=Verifier(box, ttl_s=TTL_S),
                doorman=cast(Doorman, OpenDoor()),
                meter=NoMeter(),
                now_ms=world.parts.now_ms,
                fresh_id=world.parts.fresh_id,
            )
        )
        gateway.hub.close()
        gateway.hub = SimHub()
        for work in (gateway.hub.read, gateway.hub.write, gateway.hub.sweep):
            nursery.start_soon(work)
        house = QuietHouse(world, gateway, Issuer(box))
        yield house
        nursery.cancel_scope.cancel()


async def greeted(house: QuietHouse, nursery: trio.Nursery, name: str) -> Guest:
    """Connect somebody and say hello."""
    guest = house.guest()
    nursery.start_soon(partial(house.welcome, guest))
    guest.say("hello", token=house.token(name))
    await trio.sleep(0.1)
    assert guest.listen()[0]["ok"]
    return guest
