"""Bots: clients without a socket. They speak the wire protocol to a session like everybody else."""

from __future__ import annotations

from functools import partial

import msgspec
import trio

from actors.line import Line
from actors.node import Node
from actors.people import NO_DEVICE
from actors.session import Session
from api.demo.cast import CAST, GROUP_DESCRIPTION, GROUP_NAME, answer, greeting
from api.services import Services
from engine.errors import Outage, Refused
from engine.ids import AccountId
from engine.limits import HELLO_ROOMS_MAX
from engine.model.like import Intent, LikeRequest
from engine.wire.close_codes import CloseCode
from engine.wire.codec import Codec
from engine.wire.websocket import Opcode

# Events that may wait for one bot; a person writes slower than a bot reads.
_EVENTS_MAX = 100

# How often bots look whether somebody likes them, and how many likes one look takes.
_LOOK_S = 3.0
_LIKES_PER_LOOK = 20

_THINK_S = 1.2
_PAIR = 2


class BotLine(Line):
    """The line of a session that ends in a bot: what is sent is put into its queue, or dropped."""

    def __init__(self) -> None:
        self.closed = False
        self._send, self.events = trio.open_memory_channel[dict[str, object]](_EVENTS_MAX)

    def send(self, frame: bytes) -> None:
        """Take a frame: the header of a server's frame never contains a brace."""
        if self.closed:
            return
        event = msgspec.json.decode(frame[frame.index(b"{") :], type=dict[str, object])
        try:
            self._send.send_nowait(event)
        except trio.WouldBlock:
            return  # It reads the room again when it is spoken to next.

    def send_ephemeral(self, frame: bytes) -> None:
        """Bots do not watch people type."""

    def close(self, code: CloseCode, reason: str = "") -> None:
        """The session ends."""
        self.closed = True
        self._send.close()

    def resume(self) -> None:
        """A bot never sends so much that it has to wait."""


class Bot:
    """Answers in its rooms."""

    def __init__(self, account: AccountId, node: Node, services: Services) -> None:
        self._account = account
        self._services = services
        self._line = BotLine()
        self._session = Session(self._line, Codec.JSON, account, NO_DEVICE, node)
        self._node = node
        self._me: dict[str, str] = {}  # room -> own alias
        self._turns = 0

    async def run(self) -> None:
        """Follow all own rooms and answer until the session ends."""
        self._node.people.enter(self._account, self._session)
        now_ms = self._services.world.now_ms()
        marks = await self._services.store.directory.marks(
            self._account, now_ms=now_ms, limit=HELLO_ROOMS_MAX
        )
        for mark in marks:
            self._open(mark.room)
        async for event in self._line.events:
            await self._act(event)

    def _say(self, op: str, **fields: object) -> None:
        frame = {"op": op, "id": self._services.world.fresh_id(), **fields}
        self._session.receive(Opcode.TEXT, msgspec.json.encode(frame))

    def _open(self, room: str) -> None:
        frame = {"op": "room.open", "id": f"open {room}", "room": room, "limit": 50}
        self._session.receive(Opcode.TEXT, msgspec.json.encode(frame))

    async def _act(self, event: dict[str, object]) -> None:
        room, ref = event.get("room"), event.get("re")
        if event.get("ev") == "match.new" and isinstance(room, str):
            self._open(room)
        elif isinstance(ref, str) and ref.startswith("open ") and event.get("ok") is True:
            await self._enter(ref.removeprefix("open "), event)
        elif event.get("ev") == "msg.new" and isinstance(room, str):
            await self._reply(room, event)

    async def _enter(self, room: str, opened: dict[str, object]) -> None:
        """Greet in an empty room; answer what was said while nobody was here."""
        me, events, members = opened["me"], opened["events"], opened["members"]
        assert isinstance(me, str)
        assert isinstance(events, list)
        assert isinstance(members, list)
        if len(members) > _PAIR:
            # In the room of a group everybody would hear all bots answer all bots.
            self._say("room.close", room=room)
            return
        self._me[room] = me
        if events:
            await self._reply(room, events[-1])
            return
        nickname = next(str(one["nickname"]) for one in members if one["alias"] == me)
        await trio.sleep(_THINK_S)
        # The cid makes the greeting one, however often the bot comes back to an empty room.
        self._say("msg.send", room=room, cid="hello", kind="text", body=greeting(nickname))

    async def _reply(self, room: str, event: dict[str, object]) -> None:
        sender, body, seq = event.get("from"), event.get("body"), event.get("seq")
        if sender is None or sender == self._me.get(room) or not isinstance(body, str):
            return
        self._say("read", room=room, seq=seq)
        self._say("typing", room=room, on=True)
        await trio.sleep(_THINK_S)
        self._say("typing", room=room, on=False)
        self._turns += 1
        line = answer(body, self._turns)
        self._say("msg.send", room=room, cid=f"to {seq}", kind="text", body=line)


async def run_demo(node: Node, services: Services) -> None:
    """Make the demo group if the store has none, then let its bots live until cancelled."""
    seeding = services.store.seeding
    await seeding.demo_group(GROUP_NAME, GROUP_DESCRIPTION, CAST, now_ms=services.world.now_ms())
    async with trio.open_nursery() as nursery:
        for account in await seeding.bot_accounts():
            nursery.start_soon(Bot(account, node, services).run)
        nursery.start_soon(partial(_like_back, services))


async def _like_back(services: Services) -> None:
    """Return the likes that bots received, each once."""
    while True:
        await trio.sleep(_LOOK_S)
        try:
            waiting = await services.store.seeding.likes_of_bots(limit=_LIKES_PER_LOOK)
        except Outage:
            continue
        for bot, group, liker, intent in waiting:
            request = LikeRequest(
                group=group,
                sender=bot,
                member=liker,
                intent=Intent(intent),
                super=False,
                cid=services.world.fresh_id(),
            )
            try:
                await services.desk.place(request)
            except (Refused, Outage):
                continue  # It comes again with the next look, if it is still open.
