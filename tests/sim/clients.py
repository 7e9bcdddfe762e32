"""Clients that follow protocol.md: resume by (epoch, seq), resend by cid, back off."""

from __future__ import annotations

import random
from collections import deque
from functools import partial
from typing import Any, Protocol

import msgpack
import msgspec
from websockets.speedups import apply_mask

from engine.ids import AccountId, DeviceId, RoomId
from engine.wire.close_codes import CloseCode
from engine.wire.codec import Codec
from engine.wire.websocket import Opcode
from tests.builders_wire import MASK, client_frame, close_payload, server_frames
from tests.sim.agenda import Agenda
from tests.sim.checkers import Truth
from tests.sim.people import LATELY, Person, Said, View
from tests.sim.sockets import SimSocket

_RETRY = frozenset({"busy", "unavailable", "rate_limited"})
_UNCHANGED = _RETRY | {"not_found", "conflict", "room_closed"}
_TWISTED = _RETRY | {"cid_conflict", "room_closed"}
_SILENCE_S = 70.0  # the server pings every 25 s: a client that hears nothing comes again
_decode_json = msgspec.json.Decoder(dict[str, Any])


class Place(Protocol):
    """What a client needs of its world."""

    truth: Truth
    agenda: Agenda

    def fail(self, what: str) -> None:
        """Note a broken promise."""

    def dial(self, codec: Codec) -> SimSocket | None:
        """Connect; None where nobody listens."""

    def token(self, account: AccountId, device: DeviceId) -> str:
        """Sign in by REST."""

    def record(self, who: str, said: bytes) -> None:
        """Put into the history what somebody was told."""


class Client:
    """One device of a person."""

    def __init__(
        self, place: Place, person: Person, device: DeviceId, name: str, rng: random.Random
    ) -> None:
        self.place = place
        self.person = person
        self.name = name
        self.rng = rng
        self.codec = rng.choice(list(Codec))
        self.views = {room: View() for room in person.rooms}
        self.waiting: dict[str, Said] = {}  # mine, without an answer yet
        self.sock: SimSocket | None = None
        self.greeted = False
        self.stopped_s = 0.0  # it reads nothing before this
        self.connects = 0
        self.opens = 0
        self._device = device
        self._token: str | None = None
        self._asked: deque[tuple[int, str, Any]] = deque()
        self._ref = 0
        self._data = b""
        self._failures = 0
        self._latency_s = 0.0
        self._heard_s = 0.0
        self._taking = False  # it will look at what has come

    # --- the line ------------------------------------------------------------------------

    def dial(self) -> None:
        """Connect, follow, and come back, for ever."""
        sock = self.sock = self.place.dial(self.codec)
        if sock is None:
            self._down()
            return
        self.connects += 1
        self._taking = False
        self._heard_s = self.place.agenda.now_s
        self._latency_s = self.rng.choice((0.0, 0.02, 0.04, 0.2))
        sock.arrived = partial(self._arrived, sock)
        if self._token is None:
            self._token = self.place.token(self.person.account, self._device)
        self.ask("hello", None, {"token": self._token})
        self.place.agenda.after(_SILENCE_S, partial(self._doubt, sock))

    def _arrived(self, sock: SimSocket) -> None:
        if sock is self.sock and not self._taking:
            self._taking = True
            wait_s = max(self._latency_s, self.stopped_s - self.place.agenda.now_s)
            self.place.agenda.after(wait_s, partial(self._take, sock))

    def _take(self, sock: SimSocket) -> None:
        if sock is not self.sock:
            return
        self._taking = False
        data = sock.take()
        if data is None:
            return
        if not data:
            self.hang_up()
            return
        self._heard_s = self.place.agenda.now_s
        data = self._data + data if self._data else data
        self.place.record(self.name, data)
        self.place.truth.secrets(self.name, data)
        frames, self._data = server_frames(data)
        for opcode, payload in frames:
            if self._frame(sock, opcode, payload):
                self._taking = True  # no more
                self.place.agenda.after(self._latency_s, partial(self._leave, sock))
                return

    def _leave(self, sock: SimSocket) -> None:
        if sock is self.sock:
            self.hang_up()

    def _doubt(self, sock: SimSocket) -> None:
        """The server pings: nobody who hears nothing for long is connected."""
        if sock is self.sock:
            silent_s = self.place.agenda.now_s - max(self._heard_s, self.stopped_s)
            if silent_s >= _SILENCE_S:
                self.hang_up()
            else:
                left_s = max(1.0, _SILENCE_S - silent_s)
                self.place.agenda.after(left_s, partial(self._doubt, sock))

    def hang_up(self) -> None:
        """Notice that the connection is gone, without waiting for the server's word."""
        if self.sock is not None:
            self.sock.hang_up()
            self._down()

    def _down(self) -> None:
        self._failures += 1
        most_s = min(0.25 * 2**self._failures, 10.0)
        self.place.agenda.after(self.rng.uniform(0.05, most_s), self.dial)
        self.sock, self.greeted = None, False
        self._data = b""
        self._asked.clear()
        for view in self.views.values():
            view.live, view.opening = False, 0
        for said in self.waiting.values():
            said.flying = False

    # --- what comes ----------------------------------------------------------------------

    def _frame(self, sock: SimSocket, opcode: int, payload: bytes) -> bool:
        """Take one frame; True when it is the last."""
        if opcode == Opcode.PING:
            sock.write(client_frame(Opcode.PONG, payload))
        elif opcode == Opcode.CLOSE:
            self._closed(int.from_bytes(payload[:2], "big"))
            sock.write(client_frame(Opcode.CLOSE, close_payload(1000)))
            return True
        else:
            text = self.codec is Codec.JSON
            said = _decode_json.decode(payload) if text else msgpack.unpackb(payload)
            if "re" in said:
                self._reply(said)
            else:
                self._event(said)
        return False

    def _closed(self, code: int) -> None:
        if code not in set(CloseCode):
            self.place.fail(f"{self.name} was closed with {code}")
        if code in {CloseCode.SESSION_EXPIRED, CloseCode.BAD_TOKEN, CloseCode.REPLACED}:
            self._token = None
        if code == CloseCode.PROTOCOL_ABUSE:
            self.place.fail(f"{self.name} follows the protocol and was closed for abuse")

    def _event(self, event: dict[str, Any]) -> None:
        if "seq" not in event or "epoch" not in event:
            return
        view = self.views[RoomId(event["room"])]
        self.place.truth.event(self.name, view.me, event, held=view.last or 0)
        if view.opening or not view.live:
            return  # the page that was or will be asked for has it, or comes before it
        if event["seq"] != (view.last or 0) + 1:
            self.place.fail(
                f"I5: {self.name} holds {event['room']} up to {view.last}, then {event['seq']}"
            )
        view.last = event["seq"]
        view.closed = view.closed or event["ev"] == "room.closed"

    def _reply(self, reply: dict[str, Any]) -> None:
        if not self._asked or self._asked[0][0] != reply["re"]:
            self.place.fail(f"{self.name}: the answer to {reply['re']} is out of its order")
            return
        _, op, about = self._asked.popleft()
        if op == "hello":
            self._hello(reply)
        elif op == "room.open":
            self._opened(about, reply)
        elif op == "msg.send":
            self._sent(about, reply)
        elif op == "repeat" and reply["ok"]:
            self._acknowledged(about, reply["seq"])
        elif op == "twist":
            self._twisted(about, reply)
        elif op == "msg.delete":
            self._deleted(about, reply)
        elif op == "msg.react" and reply.get("code", "conflict") not in _UNCHANGED:
            self.place.fail(f"{self.name}: a reaction was refused: {reply}")

    def _hello(self, reply: dict[str, Any]) -> None:
        if not reply["ok"]:
            if reply["code"] == "unauthenticated":
                self._token = None
            return
        self.greeted, self._failures = True, 0
        if {one["room"] for one in reply["rooms"]} != set(self.views):
            self.place.fail(f"{self.name}: hello lists other rooms")
        for room in self.views:
            self.open(room)

    def _opened(self, about: tuple[RoomId, int | None], reply: dict[str, Any]) -> None:
        room, after = about
        view, truth = self.views[room], self.place.truth
        view.opening -= 1
        if not reply["ok"]:
            if reply["code"] not in _RETRY:
                self.place.fail(f"{self.name}: {room} cannot be opened: {reply['code']}")
            return
        view.me, view.epoch = reply["me"], reply["epoch"]
        events = reply["events"]
        held = max(view.last or 0, events[-1]["seq"] if events else 0)
        for event in events:
            truth.event(self.name, view.me, event, held=held)
            view.closed = view.closed or event["ev"] == "room.closed"
        seqs = [event["seq"] for event in events]
        first = seqs[0] if seqs else (after or 0) + 1
        if seqs != list(range(first, first + len(seqs))):
            self.place.fail(f"I5: {self.name}: a page of {room} has a gap")
        if not reply["recovered"]:
            self.place.fail(f"I5: {self.name}: {room} was not recovered and is all there")
            after = None
        elif after is not None and first != after + 1:
            self.place.fail(f"I5: {self.name}: {room} resumes at {first} after {after}")
        view.last = seqs[-1] if seqs else after or 0
        if reply.get("more"):
            self.open(room)
        elif view.last != reply["seq"]:
            self.place.fail(f"I5: {self.name}: {room} ends at {reply['seq']}, not {view.last}")
        elif not view.opening:
            view.live = True
            self.resend(room)

    def _sent(self, said: Said, reply: dict[str, Any]) -> None:
        said.flying = False
        if reply["ok"]:
            self._acknowledged(said, reply["seq"])
            self.waiting.pop(said.cid, None)
        elif reply["code"] in _RETRY or (reply["code"] == "cid_conflict" and said.twisted):
            # A conflict with what is pending itself, and turns out to be the one in conflict.
            said.again_s = self.place.agenda.now_s + self.rng.uniform(0.1, 1.0)
            said.again_s += reply.get("retry_after_ms", 0) / 1000
        elif reply["code"] == "room_closed":
            self.waiting.pop(said.cid, None)
        else:
            self.place.fail(f"{self.name}: {said.cid} was refused: {reply['code']}")

    def _acknowledged(self, said: Said, seq: int) -> None:
        me = self.views[said.room].me
        assert me is not None
        said.seq = seq
        self.place.truth.ack(self.name, me, said.room, (said.cid, said.body), seq)

    def _twisted(self, said: Said, reply: dict[str, Any]) -> None:
        gone = reply["ok"] and self.place.truth.is_deleted(said.room, reply["seq"])
        if not gone and reply.get("code") not in _TWISTED:
            self.place.fail(f"I3: {self.name}: another body under a cid: {reply}")

    def _deleted(self, said: Said, reply: dict[str, Any]) -> None:
        assert said.seq is not None
        if reply["ok"] and not self.place.truth.is_deleted(said.room, said.seq):
            self.place.fail(f"I1: {self.name} was told that {said.cid} is gone, and it is there")
        if not reply["ok"] and reply["code"] not in _RETRY | {"window_over", "room_closed"}:
            self.place.fail(f"{self.name}: an own message cannot be taken back: {reply}")

    # --- what goes -----------------------------------------------------------------------

    def ask(self, op: str, about: object, fields: dict[str, object], *, sort: str = "") -> None:
        """Send an op and remember what its answer is about."""
        self._ref += 1
        self._asked.append((self._ref, sort or op, about))
        self.put({"op": op, "id": self._ref, **fields})

    def put(self, fields: dict[str, object]) -> None:
        """Send one frame."""
        assert self.sock is not None
        if self.codec is Codec.JSON:
            opcode, data = Opcode.TEXT, msgspec.json.encode(fields)
        else:
            opcode, data = Opcode.BINARY, msgpack.packb(fields)
        head = client_frame(opcode, size=len(data))
        self.sock.write(head + apply_mask(data, MASK))

    def open(self, room: RoomId) -> None:
        """Open a room where one left off."""
        view = self.views[room]
        view.opening, view.live = view.opening + 1, False
        self.opens += 1
        after = None if view.last is None else {"epoch": view.epoch, "seq": view.last}
        fields: dict[str, object] = {"room": room}
        if after is not None:
            fields["after"] = after
        if self.rng.random() < 0.3:
            fields["limit"] = self.rng.randint(1, 20)
        self.ask("room.open", (room, view.last), fields)

    def say(self, room: RoomId, body: str) -> None:
        """Say something new."""
        cid = f"{self.name}.{len(self.person.said)}"
        said = self.person.said[cid] = self.waiting[cid] = Said(room, cid, body)
        self.person.lately.setdefault(room, deque(maxlen=LATELY)).append(said)
        self.send(said)

    def send(self, said: Said) -> None:
        """Send a message, for the first time or again."""
        said.flying = True
        self.ask("msg.send", said, _fields_of(said))

    def repeat(self, said: Said) -> None:
        """Send a message that is under way, or was acknowledged, once more."""
        self.ask("msg.send", said, _fields_of(said), sort="repeat")

    def twist(self, said: Said) -> None:
        """Send something else under a cid that was acknowledged."""
        said.twisted = True
        self.ask("msg.send", said, {**_fields_of(said), "body": "another"}, sort="twist")

    def delete(self, said: Said) -> None:
        """Take a message back that was acknowledged."""
        self.ask("msg.delete", said, {"room": said.room, "seq": said.seq})

    def react(self, room: RoomId, seq: int, emoji: str, *, on: bool) -> None:
        """Put a reaction on whatever stands there, or take it off."""
        self.ask("msg.react", None, {"room": room, "seq": seq, "emoji": emoji, "on": on})

    def resend(self, room: RoomId | None = None) -> None:
        """Send again what has no answer and is not under way."""
        now = self.place.agenda.now_s
        for said in list(self.waiting.values()):
            if room in {None, said.room} and not said.flying and said.again_s <= now:
                self.send(said)

    def retry(self) -> None:
        """Open again what could not be opened, and send what could not be sent."""
        for room, view in self.views.items():
            if not view.live and not view.opening:
                self.open(room)
        if all(view.live for view in self.views.values()):
            self.resend()

    def close(self, room: RoomId) -> None:
        """Close a room, and open it again at once: what falls between comes with the page."""
        self.ask("room.close", None, {"room": room})
        self.open(room)

    def describe(self) -> str:
        """Say what it waits for."""
        truth = self.place.truth
        behind = [
            (room, view.live, view.opening, view.last, truth.length(room))
            for room, view in self.views.items()
            if not view.live or view.opening or view.last != truth.length(room)
        ]
        return f"greeted {self.greeted}, waits for {list(self.waiting)[:3]}, behind in {behind}"

    @property
    def settled(self) -> bool:
        """Whether it holds all there is and waits for nothing."""
        truth = self.place.truth
        return (
            self.greeted
            and not self.waiting
            and all(
                view.live and not view.opening and view.last == truth.length(room)
                for room, view in self.views.items()
            )
        )


def _fields_of(said: Said) -> dict[str, object]:
    return {"room": said.room, "cid": said.cid, "kind": "text", "body": said.body}
